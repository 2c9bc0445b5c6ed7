"""How a robot is connected: one class and one entry in `KINDS` for each kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from rolloutsim.distributions import Distribution
from rolloutsim.scenario.parts.presets import parse_preset
from rolloutsim.scenario.parts.schedule import Schedule, parse_schedule, write_schedule
from rolloutsim.scenario.parts.traces import Trace, parse_online_trace, write_trace
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import parse_distribution, write_distribution
from rolloutsim.scenario.reading.problems import ProblemError, Problems, did_you_mean, read_mapping
from rolloutsim.scenario.reading.quantities import TIME, words

__all__ = [
    "KINDS",
    "Always",
    "Connectivity",
    "Never",
    "Renewal",
    "check_spells",
    "parse_connectivity",
    "write_connectivity",
]


@dataclass(frozen=True)
class Always:
    """Never offline."""

    @property
    def availability(self) -> float:
        """The share of time online."""
        return 1.0


@dataclass(frozen=True)
class Never:
    """Switched off for good."""

    @property
    def availability(self) -> float:
        """The share of time online."""
        return 0.0


@dataclass(frozen=True)
class Renewal:
    """Alternating spells online and offline, drawn independently.

    Attributes
    ----------
    up, down
        Lengths of the spells (s).
    start
        The state at the job's creation; ``equilibrium``: as at a random instant of a process that has always been running.
    preset
        The published fit that the spells are from, if they are.
    """

    up: Distribution
    down: Distribution
    start: Literal["equilibrium", "up", "down"] = "equilibrium"
    preset: str = field(default="", compare=False)

    @property
    def availability(self) -> float:
        """The long-run share of time online."""
        return self.up.mean() / (self.up.mean() + self.down.mean())


Connectivity = Always | Never | Renewal | Schedule | Trace


def check_spells(problems: Problems, **spells: Distribution | None) -> None:
    """Note spells with which an alternating process has no equilibrium."""
    for name, spell in spells.items():
        mean = None if spell is None else spell.mean()
        if mean == 0:
            problems.add(
                (name,),
                ProblemError("never-ends", "spells of mean 0 never end their alternation", "give it a length, or use always or never"),
            )
        elif mean is not None and not math.isfinite(mean):
            why = "the mean of this distribution is infinite, so there is no equilibrium to start in"
            problems.add((name,), ProblemError("never-ends", why, "take a pareto shape above 1, or cut it off with truncated"))


def _parse_renewal(raw: Any, folder: DataFolder | None) -> Renewal:
    problems = Problems()
    given = read_mapping(raw, ("up", "down", "start"), ("up", "down"), problems)
    up, down = (problems.attempt((key,), parse_distribution, given[key], TIME, folder) if key in given else None for key in ("up", "down"))
    check_spells(problems, up=up, down=down)
    start = given.get("start", "equilibrium")
    if start not in ("equilibrium", "up", "down"):
        problems.add(("start",), ProblemError("unknown-name", "not one of the values", did_you_mean(start, ("equilibrium", "up", "down"))))
    problems.check()
    assert up is not None
    assert down is not None
    return Renewal(up, down, start)


def _parse_preset(raw: Any, folder: DataFolder | None) -> Renewal:
    preset = parse_preset(raw)
    return Renewal(preset.up, preset.down, preset=preset.name)


#: What is written as a mapping of one key.
KINDS: dict[str, Callable[[Any, DataFolder | None], Connectivity]] = {
    "renewal": _parse_renewal,
    "schedule": parse_schedule,
    "trace": parse_online_trace,
    "preset": _parse_preset,
}
WORDS: dict[str, Connectivity] = {"always": Always(), "never": Never()}


def parse_connectivity(raw: Any, folder: DataFolder | None = None) -> Connectivity:
    """Return a connectivity: ``always``, ``never``, or a mapping of one of `KINDS`, as ``{renewal: {up, down, start}}``."""
    example = "{renewal: {up: {exponential: {mean: 20 min}}, down: {exponential: {mean: 2 min}}}}"
    if isinstance(raw, str) and raw in WORDS:
        return WORDS[raw]
    if not isinstance(raw, dict) or len(raw) != 1:
        options = ("always", "never", *KINDS)
        hint = did_you_mean(raw, options) if isinstance(raw, str) else f"write always, never or {example}"
        raise ProblemError(
            "unknown-name" if isinstance(raw, str) else "wrong-type", f"a connectivity is {words(('always', 'never', *KINDS))}", hint
        )
    ((name, parameters),) = raw.items()
    problems = Problems()
    if name in WORDS:
        problems.add(
            (name,),
            ProblemError("wrong-type", "this is a word without parameters", f"write connectivity: {name}", key=True, found=name),
        )
    elif name not in KINDS:
        hint = did_you_mean(name, ("always", "never", *KINDS))
        problems.add((name,), ProblemError("unknown-name", "no such connectivity", hint, key=True, found=str(name)))
    else:
        result = problems.attempt((name,), KINDS[name], parameters, folder)
    problems.check()
    assert result is not None
    return result


def write_connectivity(connectivity: Connectivity) -> Any:
    """Return a connectivity as a file spells it."""
    if isinstance(connectivity, Renewal):
        up, down = write_distribution(connectivity.up), write_distribution(connectivity.down)
        return {"renewal": {"up": up, "down": down, "start": connectivity.start}}
    if isinstance(connectivity, Schedule):
        return {"schedule": write_schedule(connectivity)}
    if isinstance(connectivity, Trace):
        return {"trace": write_trace(connectivity, "online")}
    return "always" if isinstance(connectivity, Always) else "never"
