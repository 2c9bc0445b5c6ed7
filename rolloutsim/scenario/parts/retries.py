"""When a robot tries again: rows by failure codes or kinds of failures, each with its pauses."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from rolloutsim.distributions import Constant, Distribution
from rolloutsim.scenario.parts.amounts import Dist
from rolloutsim.scenario.parts.fields import Custom, FieldType, Of, Part, Schema, Whole, closed
from rolloutsim.scenario.parts.stops import RETRIED_KINDS
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.problems import ProblemError, Problems, did_you_mean
from rolloutsim.scenario.reading.quantities import TIME
from rolloutsim.vocabulary import CODES, JOB_ONLY_CODES

__all__ = ["CODE", "MOST_RETRY_ROWS", "Burst", "Retries", "RetriesType"]

#: A robot keeps how often it has tried again by each row, which is this many numbers.
MOST_RETRY_ROWS = 4

ROBOT_CODES = tuple(code for code in CODES if code not in JOB_ONLY_CODES)


def _code(raw: Any) -> str:
    if raw in ROBOT_CODES:
        return str(raw)
    if raw in CODES:
        raise ProblemError(
            "does-not-fit", "only a job can have this code, not a robot", "take one of a robot's codes, see rolloutsim codes"
        )
    raise ProblemError("unknown-name", "no such failure code", did_you_mean(raw, ROBOT_CODES, listing="rolloutsim codes lists them"))


def _retried(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or not raw:
        raise ProblemError("wrong-type", "a list of failure codes is needed", "write e.g. [ExtractingBundleFailure], or remove retries")
    problems = Problems()
    codes = [problems.attempt((number,), _code, code) for number, code in enumerate(raw)]
    for number, code in enumerate(codes):
        if code is not None and code in codes[:number]:
            problems.add((number,), ProblemError("duplicate", "this is listed twice", "remove one"))
    problems.check()
    return tuple(code for code in codes if code is not None)


CODE = Custom(_code, {})
_RETRIED = Custom(_retried, {"type": "array", "items": {"enum": list(ROBOT_CODES)}, "minItems": 1, "uniqueItems": True}, write=list)


class BackoffsType(FieldType[tuple[Distribution, ...]]):
    """A duration, or a list of durations of which the last one repeats."""

    one = Dist(TIME)

    def parse(self, raw: Any, folder: DataFolder | None = None) -> tuple[Distribution, ...]:
        if isinstance(raw, tuple):
            return raw
        if not isinstance(raw, list):
            return (self.one.parse(raw, folder),)
        if not raw:
            raise ProblemError("empty", "a list of pauses has at least one", "write e.g. [1 min, 10 min], or remove it")
        problems = Problems()
        pauses = [problems.attempt((number,), self.one.parse, pause, folder) for number, pause in enumerate(raw)]
        problems.check()
        return tuple(pause for pause in pauses if pause is not None)

    def write(self, value: tuple[Distribution, ...]) -> Any:
        written = [self.one.write(pause) for pause in value]
        return written if len(written) > 1 else written[0]

    def schema(self) -> Schema:
        return {"anyOf": [self.one.ref(), {"type": "array", "items": self.one.ref(), "minItems": 1}]}


class Burst(Part):
    """A longer pause after some tries in a row."""

    tries: Annotated[int, Whole(2, 1000, 3)] = Field(description="Tries in a row, the first one included.")
    pause: Annotated[Distribution, Dist(TIME)] = Field(description="Pause after them, in place of the backoff.")


def _codes_or_kinds(schema: dict[str, Any]) -> None:
    schema["oneOf"] = [{"required": [key], "properties": {key: {"not": {"type": "null"}}}} for key in ("codes", "kinds")]


class Retries(Part):
    """When a robot tries again."""

    model_config = ConfigDict(json_schema_extra=_codes_or_kinds)

    UNWRITTEN = frozenset({"codes", "kinds"})

    codes: Annotated[tuple[str, ...], _RETRIED] = Field((), description="Failure codes after which the robot tries again.")
    kinds: Annotated[frozenset[str], RETRIED_KINDS] = Field(
        frozenset(), description="Kinds of failures after which the robot tries again, in place of codes."
    )
    max: Annotated[int, Whole(1, 1000, 2)] = Field(description="Retries per robot at most.")
    backoff: Annotated[tuple[Distribution, ...], BackoffsType()] = Field(
        (Constant(0.0),), description="Pause before a retry; of a list the n-th before the n-th retry, and the last one from then on."
    )
    burst: Burst | None = Field(None, description="Tries in a row and the longer pause after them.")
    slot: Literal["hold", "queue"] = Field(
        "hold", description="Whether the robot holds its slot or goes to the back of the queue; hold if absent."
    )


class RetriesType(FieldType[tuple[Retries, ...]]):
    """A `Retries`, a list of them, or ``none``."""

    one = Of(Retries)

    def parse(self, raw: Any, folder: DataFolder | None = None) -> tuple[Retries, ...]:
        if isinstance(raw, tuple):
            return raw
        if raw in ("none", {}):
            return ()
        if not isinstance(raw, list):
            return (self.one.parse(raw, folder),)
        if len(raw) > MOST_RETRY_ROWS:
            raise ProblemError("too-large", f"{MOST_RETRY_ROWS} rows are the most, and these are {len(raw)}", "remove some")
        problems = Problems()
        rows = [problems.attempt((number,), self.one.parse, row, folder) for number, row in enumerate(raw)]
        problems.check()
        return tuple(row for row in rows if row is not None)

    def write(self, value: tuple[Retries, ...]) -> Any:
        rows = [row.write() for row in value]
        return rows if len(rows) > 1 else rows[0] if rows else {}

    def schema(self) -> Schema:
        several = {"type": "array", "items": self.one.ref(), "minItems": 1, "maxItems": MOST_RETRY_ROWS}
        return {"anyOf": [{"const": "none"}, {"type": "null"}, closed({}), self.one.ref(), several]}
