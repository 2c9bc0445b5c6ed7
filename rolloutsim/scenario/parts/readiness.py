"""Whether a robot may be updated when it is asked: what the download condition finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rolloutsim.distributions import Distribution
from rolloutsim.scenario.parts.connectivity import check_spells
from rolloutsim.scenario.parts.fields import parse_probability
from rolloutsim.scenario.parts.schedule import Schedule, parse_schedule, write_schedule
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import parse_distribution, write_distribution
from rolloutsim.scenario.reading.problems import ProblemError, Problems, read_mapping
from rolloutsim.scenario.reading.quantities import TIME

__all__ = ["Ready", "ReadyProbability", "ReadyRenewal", "parse_ready", "write_ready"]


@dataclass(frozen=True)
class ReadyProbability:
    """Ready with probability `p` at every check, independently."""

    p: float = 1.0

    @property
    def share(self) -> float:
        """The probability of being ready at a random instant."""
        return self.p


@dataclass(frozen=True)
class ReadyRenewal:
    """Ready while idle; busy and idle spells (s) alternate, in equilibrium at the job's creation."""

    busy: Distribution
    idle: Distribution

    @property
    def share(self) -> float:
        """The probability of being ready at a random instant."""
        return self.idle.mean() / (self.busy.mean() + self.idle.mean())


Ready = ReadyProbability | ReadyRenewal | Schedule


def _parse_renewal(raw: Any, folder: DataFolder | None) -> ReadyRenewal:
    problems = Problems()
    given = read_mapping(raw, ("busy", "idle"), ("busy", "idle"), problems)
    busy, idle = (
        problems.attempt((key,), parse_distribution, given[key], TIME, folder) if key in given else None for key in ("busy", "idle")
    )
    check_spells(problems, busy=busy, idle=idle)
    problems.check()
    assert busy is not None
    assert idle is not None
    return ReadyRenewal(busy, idle)


def _parse_schedule(raw: Any, folder: DataFolder | None) -> Schedule:
    problems = Problems()
    given = read_mapping(raw, ("schedule",), ("schedule",), problems)
    schedule = problems.attempt(("schedule",), parse_schedule, given["schedule"], folder)
    problems.check()
    assert schedule is not None
    return schedule


#: By the key that tells a kind from the others.
KINDS: dict[str, Callable[[Any, DataFolder | None], Ready]] = {"busy": _parse_renewal, "idle": _parse_renewal, "schedule": _parse_schedule}


def parse_ready(raw: Any, folder: DataFolder | None = None) -> Ready:
    """Return a readiness: a probability, ``{busy: <distribution>, idle: <distribution>}`` or ``{schedule: …}``."""
    if not isinstance(raw, dict):
        if isinstance(raw, bool) or raw is None or isinstance(raw, list):
            raise ProblemError("wrong-type", "a probability, {busy: …, idle: …} or {schedule: …} is needed", "write e.g. 0.95")
        return ReadyProbability(parse_probability(raw))
    return next((KINDS[key] for key in raw if key in KINDS), _parse_renewal)(raw, folder)


def write_ready(ready: Ready) -> Any:
    """Return a readiness as a file spells it."""
    if isinstance(ready, ReadyProbability):
        return ready.p
    if isinstance(ready, Schedule):
        return {"schedule": write_schedule(ready)}
    return {"busy": write_distribution(ready.busy), "idle": write_distribution(ready.idle)}
