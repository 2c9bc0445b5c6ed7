"""The phases of a deployment as a scenario describes them: durations, failures, and how overrides are merged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from rolloutsim.distributions import FAMILIES, Constant, Distribution
from rolloutsim.errors import Problem
from rolloutsim.scenario.parts.amounts import PROBABILITY, Dist, Or, Quantity, parse_probability
from rolloutsim.scenario.parts.changing import CHANGES, Changing
from rolloutsim.scenario.parts.fields import Choice, FieldType, Key, Keys, Schema, closed
from rolloutsim.scenario.parts.readiness import Ready, ReadyProbability, ReadyType
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import note_missing_duration, parse_distribution, write_distribution
from rolloutsim.scenario.reading.problems import ProblemError, Problems, did_you_mean, parse_at
from rolloutsim.scenario.reading.quantities import NUMBER, TIME, words
from rolloutsim.vocabulary import CODES, FAILURE_CODES, PHASE_CODES, PHASES, RELEASE_CODES, STEP_OF_PHASE

__all__ = ["APPLICATION_STEPS", "COHORT_STEPS", "RECHECK", "SCOPES", "STEPS", "Chance", "Scope", "Step", "StepChange", "merge_steps"]

Scope = Literal["job", "site", "class", "cohort", "robot"]
SCOPES = get_args(Scope)
INSTANT = Constant(0.0)
READY = ReadyProbability()
RECHECK = 600.0


@dataclass(frozen=True)
class Chance:
    """The probability of a failure, and what shares it.

    Attributes
    ----------
    probability
        A number, a distribution on [0, 1], or one that changes at instants of the job.
    drawn
        The scope of one draw of that distribution.
    coin
        The scope of one coin; a robot's own is tossed again in each attempt.
    """

    probability: float | Distribution | Changing
    drawn: Scope = "job"
    coin: Scope = "robot"

    @property
    def is_possible(self) -> bool:
        """Whether the failure can happen."""
        return any(value > 0 for value in self._values)

    @property
    def is_uncertain(self) -> bool:
        """Whether a coin decides."""
        return any(0 < value < 1 for value in self._values)

    @property
    def _values(self) -> tuple[float, ...]:
        if isinstance(self.probability, Changing):
            return self.probability.values
        return (self.probability.mean() if isinstance(self.probability, Distribution) else self.probability,)


@dataclass(frozen=True)
class StepChange:
    """What one place of the file defines of a phase; None is not defined."""

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
        merged: dict[str, Any] = {"failures": {}}
        for change in (layer[phase] for layer in layers if phase in layer):
            for name in ("duration", "agent_timeout", "ready", "recheck"):
                value = getattr(change, name)
                merged |= {} if value is None else {name: value}
            merged["failures"] = merged["failures"] | change.failures
        steps[phase] = Step(**merged)
    return steps


class ChanceType(FieldType[Chance]):
    """A probability, a distribution of it, or one that changes; ``per`` is the scope of one coin or draw.

    Parameters
    ----------
    shared
        The scope of the coin if none is given.
    of_job
        Whether only the job can have this failure.
    """

    name = "chance"
    per = Choice(SCOPES)

    def __init__(self, shared: Scope, of_job: bool) -> None:
        self.shared, self.of_job = shared, of_job

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Chance:
        if not isinstance(raw, dict):
            return Chance(parse_probability(raw), coin=self.shared)
        problems = Problems()
        scope: Any = problems.attempt(("per",), self._scope, raw["per"]) if "per" in raw else None
        given = {key: value for key, value in raw.items() if key != "per"}
        wrapped = "probability" in given
        inner = given["probability"] if wrapped else given
        for key in given.keys() - {"probability"} if wrapped else given.keys() - FAMILIES.keys() - {"at"}:
            known = ("probability", "per") if wrapped else ("probability", "per", "at", *FAMILIES)
            hint = did_you_mean(key, known).split(";")[0] or "write {probability: 0.01, per: job}, or a distribution"
            problems.add((key,), ProblemError("unknown-key", "no such key here", hint, key=True, found=str(key)))
        if not problems and not given:
            problems.add(
                (), ProblemError("wrong-type", "a probability is needed", "write {probability: 0.01, per: job}, or a distribution")
            )
        problems.check()
        value = parse_at("probability", _parse_uncertain, inner, folder) if wrapped else _parse_uncertain(inner, folder)
        if wrapped or not isinstance(value, Distribution):
            return Chance(value, coin=scope or self.shared)
        return Chance(value, drawn=scope or "job", coin="job" if self.of_job else "robot")

    def _scope(self, raw: Any) -> str:
        scope = self.per.parse(raw)
        if scope != "job" and self.of_job:
            raise ProblemError("does-not-fit", "preparing belongs to the job", "write per: job, or leave it out")
        return scope

    def write(self, value: Chance) -> Any:
        """Return a chance as a file spells it, its scopes always named."""
        if isinstance(value.probability, Changing):
            return {"at": CHANGES.write(value.probability), "per": value.coin}
        if not isinstance(value.probability, Distribution):
            return {"probability": value.probability, "per": value.coin}
        written = write_distribution(value.probability, NUMBER)
        if value.coin == "robot":
            return {**written, "per": value.drawn}
        return {"probability": written, "per": value.coin}

    def schema(self) -> Schema:
        per, number = self.per.ref("Scope of one coin, or of one draw of the probability."), Dist(NUMBER)
        changing = {"at": CHANGES.ref()}
        probability: Schema = {"anyOf": [PROBABILITY.ref(), number.ref(), closed(changing, ("at",))], "description": "The probability."}
        wrapped = closed({"probability": probability, "per": per}, ("probability",))
        drawn = [closed({name: number.parameters(name), "per": per}, (name,)) for name in FAMILIES]
        described = "A probability, a distribution of it, or one that changes; per is the scope of one coin or draw."
        return {"anyOf": [PROBABILITY.ref(), wrapped, closed({**changing, "per": per}, ("at",)), *drawn], "description": described}


class FailuresType(FieldType[Mapping[str, Chance]]):
    """The probabilities of the failure codes of a phase."""

    def __init__(self, phase: str) -> None:
        of_job = phase == "preparing"
        codes = () if phase == "reporting" else PHASE_CODES[phase]
        meanings = {code.name: f"{code.meaning} Here: {code.produced}." for code in FAILURE_CODES}
        self.phase = phase
        self.codes = Keys(
            {code: Key(ChanceType("job" if of_job or code in RELEASE_CODES else "robot", of_job), meanings[code]) for code in codes}
        )

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Mapping[str, Chance]:
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            code = next(iter(self.codes.keys), "CODE")
            raise ProblemError("wrong-type", "a probability for each failure code is needed", f"write {{{code}: 0.01}}")
        problems = Problems()
        for code in raw.keys() - self.codes.keys.keys():
            problems.add((code,), _misplaced(code, self.phase))
        chances = problems.attempt((), self.codes.parse, {code: raw[code] for code in raw if code in self.codes.keys}, folder)
        problems.check()
        return chances or {}

    def write(self, value: Mapping[str, Chance]) -> Any:
        return self.codes.write(value) or None

    def schema(self) -> Schema:
        return {"anyOf": [self.codes.schema(), {"type": "null"}]}


class StepType(FieldType[StepChange | Step]):
    """What a place of the file defines of a phase."""

    def __init__(self, phase: str) -> None:
        own: dict[str, Key] = {}
        if phase == "reaching":
            timeout = Or("never", math.inf, Quantity(TIME))
            own["agent_timeout"] = Key(timeout, "In reaching: longest handshake, in time online; never if absent.")
        if phase == "condition":
            own["ready"] = Key(ReadyType(), "In condition: whether the robot may be updated; 1 if absent.")
            recheck = Quantity(TIME, _NO_PAUSE)
            own["recheck"] = Key(recheck, "In condition: time between checks of a deferred robot; 10 min if absent.")
        self.keys = Keys(
            {
                "duration": Key(Dist(TIME), "Duration of the phase; 0 s if absent."),
                "failures": Key(FailuresType(phase), "Probabilities of failure codes."),
                **own,
            }
        )

    def parse(self, raw: Any, folder: DataFolder | None = None) -> StepChange:
        if raw is None:
            return StepChange()
        problems = Problems()
        raw = note_missing_duration(raw, problems)
        given = problems.attempt((), self.keys.parse, raw, folder)
        problems.check()
        return StepChange(**(given or {}))

    def write(self, value: StepChange | Step) -> Any:
        return {name: written for name, written in self.keys.write(vars(value)).items() if written is not None}

    def schema(self) -> Schema:
        return {"anyOf": [self.keys.schema(), {"type": "null"}]}


class StepsType(FieldType[Mapping[str, StepChange]]):
    """The phases: what each takes, and how it fails."""

    def __init__(self, name: str, phases: tuple[str, ...]) -> None:
        self.name = name
        steps = {phase: f"RoboMaker's step {step}." for phase in phases if (step := STEP_OF_PHASE.get(phase))}
        self.phases = Keys({phase: Key(StepType(phase), steps.get(phase, "No step of RoboMaker's.")) for phase in phases})

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Mapping[str, StepChange]:
        if raw is None:
            return {}
        problems = Problems()
        if isinstance(raw, dict) and "preparing" in raw and "preparing" not in self.phases.keys:
            why = "preparing belongs to the job, not to a cohort"
            problems.add(("preparing",), ProblemError("misplaced-key", why, "put it under application.steps", key=True, found="preparing"))
            raw = {phase: step for phase, step in raw.items() if phase != "preparing"}
        steps = problems.attempt((), self.phases.parse, raw, folder)
        problems.check()
        return steps or {}

    def write(self, value: Mapping[str, StepChange | Step]) -> Any:
        return {phase: self.phases.keys[phase].type.write(step) for phase, step in value.items()}

    def schema(self) -> Schema:
        return {"anyOf": [self.phases.schema(), {"type": "null"}]}


class ApplicationStepsType(StepsType):
    """The phases of all robots, which are written with nothing left open."""

    def write(self, value: Mapping[str, Any]) -> Any:
        return super().write(merge_steps(value))


def _misplaced(code: str, phase: str) -> ProblemError:
    if phase == "reporting":
        why = "reporting cannot fail: the outcome is known by then, and a report that does not arrive in time is a timeout"
        hint = "move the code to the phase that fails; rules.timeout_codes names the code of a timeout"
        return ProblemError("misplaced-key", why, hint, key=True, found=code)
    phases = [name for name, codes in PHASE_CODES.items() if code in codes]
    taken = PHASE_CODES[phase]
    listed = f"codes of {phase}: {', '.join(taken)}"
    if phases:
        where = words(phases)
        return ProblemError("misplaced-key", f"{phase} does not fail with this code", f"move it to {where}; {listed}", key=True, found=code)
    if code in CODES:
        produced = next(entry.produced for entry in FAILURE_CODES if entry.name == code)
        produced = produced.removeprefix("of the job: ").removeprefix("no dice: ")
        return ProblemError(
            "misplaced-key", "this code has no probability of its own", f"the model produces it when {produced}", key=True, found=code
        )
    near = did_you_mean(code, taken)
    anywhere = did_you_mean(code, CODES)
    hint = near if near.startswith("did you mean") else anywhere
    return ProblemError(
        "unknown-name", "no such failure code", "; ".join(part for part in (hint.split(";")[0], listed) if part), key=True, found=code
    )


def _parse_uncertain(raw: Any, folder: DataFolder | None) -> float | Distribution | Changing:
    """Return a probability, a distribution that stays within [0, 1], or what changes."""
    if not isinstance(raw, dict):
        return parse_probability(raw)
    if raw.keys() == {"at"}:
        return parse_at("at", CHANGES.parse, raw["at"])
    distribution = parse_distribution(raw, NUMBER, folder)
    low, high = distribution.support()
    if low < 0 or high > 1:
        why = f"a probability lies between 0 and 1, and this distribution reaches {'infinity' if math.isinf(high) else f'{high:g}'}"
        raise ProblemError("out-of-range", why, "take a beta, a uniform or a triangular, or cut it off: {truncated: {of: …, high: 1}}")
    return distribution.ppf(0.5) if distribution.is_constant else distribution


_NO_PAUSE = Problem("out-of-range", why="checks without a pause would never end", hint="write e.g. 10 min")
STEPS = StepsType("steps", PHASES)
APPLICATION_STEPS = ApplicationStepsType("steps", PHASES)
COHORT_STEPS = StepsType("cohort_steps", PHASES[1:])
