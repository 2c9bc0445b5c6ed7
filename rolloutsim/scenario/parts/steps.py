"""The phases of a deployment as a scenario describes them: durations, failures, and how overrides are merged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rolloutsim.distributions import FORMS, Constant, Distribution
from rolloutsim.scenario.parts.fields import parse_probability
from rolloutsim.scenario.parts.readiness import Ready, ReadyProbability, parse_ready, write_ready
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import note_missing_duration, parse_distribution, write_distribution
from rolloutsim.scenario.reading.problems import ProblemError, Problems, did_you_mean, read_mapping
from rolloutsim.scenario.reading.quantities import NUMBER, TIME, format_quantity, parse_quantity, words
from rolloutsim.vocabulary import CODES, FAILURE_CODES, PHASE_CODES, PHASES, RELEASE_CODES

__all__ = ["RECHECK", "SCOPES", "Chance", "Scope", "Step", "StepChange", "merge_steps", "parse_steps", "write_chance", "write_step"]

Scope = Literal["job", "cohort", "robot"]
SCOPES = ("job", "cohort", "robot")
INSTANT = Constant(0.0)
READY = ReadyProbability()
RECHECK = 600.0


@dataclass(frozen=True)
class Chance:
    """The probability of a failure, and what shares it.

    Attributes
    ----------
    probability
        A number, or a distribution on [0, 1].
    drawn
        Who shares one draw of that distribution.
    coin
        Who shares one coin; a robot's own is thrown anew in each attempt.
    """

    probability: float | Distribution
    drawn: Scope = "job"
    coin: Scope = "robot"

    @property
    def mean(self) -> float:
        """The probability, on average."""
        return self.probability.mean() if isinstance(self.probability, Distribution) else self.probability


@dataclass(frozen=True)
class StepChange:
    """What one place of the file says about a phase; None is not said."""

    duration: Distribution | None = None
    failures: Mapping[str, Chance] = field(default_factory=dict)
    agent_timeout: float | None = None
    ready: Ready | None = None
    recheck: float | None = None


@dataclass(frozen=True)
class Step:
    """A phase with nothing left open.

    Attributes
    ----------
    duration
        (s)
    failures
        By failure code.
    agent_timeout
        Of `reaching`: the handshake's longest time online (s).
    ready, recheck
        Of `condition`: what the check finds, and the time between checks of a deferred robot (s).
    """

    duration: Distribution = INSTANT
    failures: Mapping[str, Chance] = field(default_factory=dict)
    agent_timeout: float = math.inf
    ready: Ready = READY
    recheck: float = RECHECK


def merge_steps(*layers: Mapping[str, StepChange]) -> dict[str, Step]:
    """Return all phases; later layers win, value by value and code by code."""
    steps = {}
    for phase in PHASES:
        said: dict[str, Any] = {"failures": {}}
        for change in (layer[phase] for layer in layers if phase in layer):
            for name in ("duration", "agent_timeout", "ready", "recheck"):
                value = getattr(change, name)
                said |= {} if value is None else {name: value}
            said["failures"] = said["failures"] | change.failures
        steps[phase] = Step(**said)
    return steps


def parse_steps(raw: Any, folder: DataFolder | None = None, *, of_job: bool = True) -> dict[str, StepChange]:
    """Return what a ``steps:`` mapping says.

    Parameters
    ----------
    raw
        Phases with their durations and failures.
    folder
        To which files are relative.
    of_job
        Whether the phase of the job, `preparing`, may be among them.
    """
    if raw is None:
        return {}
    problems = Problems()
    given = read_mapping(raw, PHASES, (), problems)
    steps: dict[str, StepChange] = {}
    for phase, said in given.items():
        if phase == "preparing" and not of_job:
            error = ProblemError(
                "misplaced-key", "preparing belongs to the job, not to a cohort", "put it under application.steps", key=True, found=phase
            )
            problems.add((phase,), error)
            continue
        step = problems.attempt((phase,), _parse_step, said, phase, folder)
        steps |= {} if step is None else {phase: step}
    problems.check()
    return steps


def _parse_step(raw: Any, phase: str, folder: DataFolder | None) -> StepChange:
    if raw is None:
        return StepChange()
    problems = Problems()
    own = {"reaching": ("agent_timeout",), "condition": ("ready", "recheck")}.get(phase, ())
    given = read_mapping(note_missing_duration(raw, problems), ("duration", "failures", *own), (), problems)
    said: dict[str, Any] = {}
    if "duration" in given:
        said["duration"] = problems.attempt(("duration",), parse_distribution, given["duration"], TIME, folder)
    if given.get("failures") is not None:
        said["failures"] = problems.attempt(("failures",), _parse_failures, given["failures"], phase, folder)
    if "agent_timeout" in given:
        said["agent_timeout"] = problems.attempt(("agent_timeout",), _parse_agent_timeout, given["agent_timeout"])
    if "ready" in given:
        said["ready"] = problems.attempt(("ready",), parse_ready, given["ready"], folder)
    if "recheck" in given:
        said["recheck"] = problems.attempt(("recheck",), _parse_recheck, given["recheck"])
    problems.check()
    return StepChange(**said)


def _parse_agent_timeout(raw: Any) -> float:
    return math.inf if raw == "never" else parse_quantity(raw, TIME)


def _parse_recheck(raw: Any) -> float:
    seconds = parse_quantity(raw, TIME)
    if seconds == 0:
        raise ProblemError("out-of-range", "checks without a pause would never end", "write e.g. 10 min")
    return seconds


def _parse_failures(raw: Any, phase: str, folder: DataFolder | None) -> dict[str, Chance]:
    if not isinstance(raw, dict):
        code = (PHASE_CODES[phase] or ("CODE",))[0]
        raise ProblemError("wrong-type", "a probability for each failure code is needed", f"write {{{code}: 0.01}}")
    problems = Problems()
    chances: dict[str, Chance] = {}
    for code, said in raw.items():
        if code not in PHASE_CODES[phase]:
            problems.add((code,), _misplaced(code, phase))
            continue
        chance = problems.attempt((code,), _parse_chance, said, code, phase, folder)
        chances |= {} if chance is None else {code: chance}
    problems.check()
    return chances


def _misplaced(code: str, phase: str) -> ProblemError:
    phases = [name for name, codes in PHASE_CODES.items() if code in codes]
    taken = PHASE_CODES[phase]
    listed = f"codes of {phase}: {', '.join(taken)}" if taken else f"{phase} has no failure codes"
    if phases:
        where = words(phases)
        return ProblemError("misplaced-key", f"{phase} does not fail with this code", f"move it to {where}; {listed}", key=True, found=code)
    if code in CODES:
        produced = next(entry.produced for entry in FAILURE_CODES if entry.name == code)
        return ProblemError(
            "misplaced-key", "this code has no probability of its own", f"it comes about so: {produced}", key=True, found=code
        )
    near = did_you_mean(code, taken) if taken else ""
    anywhere = did_you_mean(code, CODES)
    hint = near if near.startswith("did you mean") else anywhere
    return ProblemError(
        "unknown-name", "no such failure code", "; ".join(part for part in (hint.split(";")[0], listed) if part), key=True, found=code
    )


def _parse_chance(raw: Any, code: str, phase: str, folder: DataFolder | None) -> Chance:
    shared: Scope = "job" if code in RELEASE_CODES or phase == "preparing" else "robot"
    if not isinstance(raw, dict):
        return Chance(parse_probability(raw), coin=shared)
    problems = Problems()
    said = {key: value for key, value in raw.items() if key != "per"}
    scope: Scope | None = raw.get("per")
    if "per" in raw and scope not in SCOPES:
        problems.add(("per",), ProblemError("unknown-name", "not one of the values", did_you_mean(scope, SCOPES)))
    elif scope not in (None, "job") and phase == "preparing":
        problems.add(("per",), ProblemError("does-not-fit", "preparing belongs to the job", "write per: job, or leave it out"))
    wrapped = "probability" in said
    inner = said["probability"] if wrapped else said
    for key in said.keys() - {"probability"} if wrapped else said.keys() - FORMS.keys():
        known = ("probability", "per") if wrapped else ("probability", "per", *FORMS)
        hint = did_you_mean(key, known).split(";")[0] or "write {probability: 0.01, per: job}, or a distribution"
        problems.add((key,), ProblemError("unknown-key", "no such key here", hint, key=True, found=str(key)))
    if not problems and not said:
        problems.add((), ProblemError("wrong-type", "a probability is needed", "write {probability: 0.01, per: job}, or a distribution"))
    problems.check()
    value = problems.attempt(("probability",) if wrapped else (), _parse_uncertain, inner, folder)
    problems.check()
    assert value is not None
    if isinstance(value, float):
        return Chance(value, coin=scope or shared)
    if wrapped:
        return Chance(value, coin=scope or shared)
    return Chance(value, drawn=scope or "job", coin="job" if phase == "preparing" else "robot")


def _parse_uncertain(raw: Any, folder: DataFolder | None) -> float | Distribution:
    """Return a probability, or a distribution that stays within [0, 1]."""
    if not isinstance(raw, dict):
        return parse_probability(raw)
    distribution = parse_distribution(raw, NUMBER, folder)
    low, high = distribution.support()
    if low < 0 or high > 1:
        why = f"a probability lies between 0 and 1, and this distribution reaches {'infinity' if math.isinf(high) else f'{high:g}'}"
        raise ProblemError("out-of-range", why, "take a beta, a uniform or a triangular, or cut it off: {truncated: {of: …, high: 1}}")
    return distribution.ppf(0.5) if distribution.is_constant else distribution


def write_chance(chance: Chance) -> Any:
    """Return a chance as a file spells it, its scopes always named."""
    if not isinstance(chance.probability, Distribution):
        return {"probability": chance.probability, "per": chance.coin}
    written = write_distribution(chance.probability, NUMBER)
    if chance.coin == "robot":
        return {**written, "per": chance.drawn}
    return {"probability": written, "per": chance.coin}


def write_step(step: Step | StepChange, phase: str) -> dict[str, Any]:
    """Return a phase as a file spells it."""
    written: dict[str, Any] = {}
    if step.duration is not None:
        written["duration"] = write_distribution(step.duration)
    if step.failures:
        written["failures"] = {code: write_chance(step.failures[code]) for code in PHASE_CODES[phase] if code in step.failures}
    if phase == "reaching" and step.agent_timeout is not None:
        never = math.isinf(step.agent_timeout)
        written["agent_timeout"] = "never" if never else format_quantity(step.agent_timeout, TIME)
    if phase == "condition" and step.ready is not None:
        written["ready"] = write_ready(step.ready)
    if phase == "condition" and step.recheck is not None:
        written["recheck"] = format_quantity(step.recheck, TIME)
    return written
