"""Rows that stop a job: which failures they count, how many of what are too many, and what happens then.

The rules `comparator`, `denominator`, `minimum_completed`, `counts` and `on_breach` with a threshold are one such row in other words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, ConfigDict, Field

from rolloutsim.scenario.parts.amounts import Robots
from rolloutsim.scenario.parts.fields import MOST_ROBOTS, Custom, FieldType, Part, Schema, Whole
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.numbers import NUMBER_PATTERN, read_number
from rolloutsim.scenario.reading.problems import ProblemError, Problems, did_you_mean
from rolloutsim.vocabulary import FAILURE_KINDS, MOST_ROWS, VERDICT_KINDS

__all__ = ["AMOUNT", "KINDS", "RETRIED_KINDS", "SOME_KINDS", "Amount", "Stop", "Stops"]

_PERCENT = re.compile(rf"\s*({NUMBER_PATTERN})\s*%\s*")


class Amount(NamedTuple):
    """A number of robots, or a share of something.

    Attributes
    ----------
    value
        Robots, or hundredths of a percent.
    is_share
        Whether it is a share.
    """

    value: int
    is_share: bool

    def __str__(self) -> str:
        if self.is_share:
            return f"{self.value / 100:.10g} %"
        return f"{self.value} robots"


class AmountType(FieldType[Amount]):
    """``3 robots``, or a percentage of at most two decimals."""

    name = "amount"
    robots = Robots(0)

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Amount:
        match = _PERCENT.fullmatch(raw) if isinstance(raw, str) else None
        if match is None:
            if not isinstance(raw, str):
                number = raw if isinstance(raw, int) and not isinstance(raw, bool) else 20
                raise ProblemError(
                    "missing-unit", "this is a percentage or a number of robots", f"write {number} % or {number} robots, whichever you mean"
                )
            return Amount(self.robots.parse(raw), is_share=False)
        hundredths = Fraction(read_number(match[1])) * 100
        if not 0 <= hundredths <= 10_000:
            raise ProblemError("out-of-range", "a percentage of robots lies between 0 % and 100 %", "write e.g. 20 %")
        if hundredths.denominator != 1:
            raise ProblemError("out-of-range", "a percentage of robots has at most two decimals", f"write {round(hundredths) / 100:g} %")
        return Amount(int(hundredths), is_share=True)

    def write(self, value: Amount) -> Any:
        return None if value is None else str(value)

    def schema(self) -> Schema:
        share = {"type": "string", "pattern": r"^\s*\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\s*%\s*$"}
        return {"anyOf": [share, {"type": "string", "pattern": r"^\s*[0-9]+\s*robots?\s*$"}]}


def parse_kinds(raw: Any, known: Sequence[str] = FAILURE_KINDS) -> frozenset[str]:
    """Return kinds of failures.

    Parameters
    ----------
    raw
        Plain data.
    known
        The kinds that there may be.

    Raises
    ------
    ProblemError
        It is no list of different kinds.
    """
    if not isinstance(raw, list | frozenset):
        raise ProblemError("wrong-type", "a list is needed", f"write [{', '.join(known)}] or some of these")
    problems = Problems()
    for number, word in enumerate(raw):
        if word not in known:
            problems.add((number,), ProblemError("unknown-name", "not one of the values", did_you_mean(word, known)))
        elif isinstance(raw, list) and word in raw[:number]:
            problems.add((number,), ProblemError("duplicate", "this is listed twice", "remove one"))
    problems.check()
    return frozenset(raw)


def _some_kinds(raw: Any, known: Sequence[str] = FAILURE_KINDS) -> frozenset[str]:
    kinds = parse_kinds(raw, known)
    if not kinds:
        raise ProblemError("empty", "a row is about at least one kind of failure", "name at least one, or remove the key")
    return kinds


def _retried_kinds(raw: Any) -> frozenset[str]:
    if isinstance(raw, list) and "latent" in raw:
        why = "a failure after success comes when the deployment to the robot has ended, so nothing tries again"
        raise ProblemError("does-not-fit", why, "remove latent", found="latent")
    return _some_kinds(raw, VERDICT_KINDS)


def _rows(raw: Any) -> Any:
    if not isinstance(raw, list | tuple):
        raise ProblemError(
            "wrong-type", "the rows are a list", "write - {at_least: 20 %, of: completed, minimum: 100}, a line for each row"
        )
    if len(raw) > MOST_ROWS:
        raise ProblemError("too-large", f"{MOST_ROWS} rows are the most, and these are {len(raw)}", "remove some")
    return raw


def _kinds_schema(kinds: tuple[str, ...], **more: Any) -> Schema:
    return {"type": "array", "items": {"enum": list(kinds)}, "uniqueItems": True, **more}


KINDS = Custom(parse_kinds, _kinds_schema(FAILURE_KINDS), "counts", sorted)
SOME_KINDS = Custom(_some_kinds, _kinds_schema(FAILURE_KINDS, minItems=1), "kinds", sorted)
RETRIED_KINDS = Custom(_retried_kinds, _kinds_schema(VERDICT_KINDS, minItems=1), "retried_kinds", sorted)
AMOUNT = AmountType()


def _one_threshold(schema: dict[str, Any]) -> None:
    schema["oneOf"] = [{"required": [key], "properties": {key: {"not": {"type": "null"}}}} for key in ("at_least", "exceeds")]


class Stop(Part):
    """A row: it stops the job when failures of some kinds reach or exceed an amount."""

    model_config = ConfigDict(json_schema_extra=_one_threshold)

    kinds: Annotated[frozenset[str], SOME_KINDS] = Field(
        frozenset(VERDICT_KINDS), description="Which failures count; all kinds but latent if absent."
    )
    at_least: Annotated[Amount, AMOUNT] | None = Field(None, description="As many failures as this stop the job.")
    exceeds: Annotated[Amount, AMOUNT] | None = Field(None, description="More failures than this stop the job.")
    of: Literal["fleet", "completed", "stage", "batch"] = Field(
        "fleet", description="What a percentage is taken of; of a stage or batch, only its own failures count."
    )
    minimum: Annotated[int, Whole(1, MOST_ROBOTS, 20)] | None = Field(
        None, description="Results of the job before which the row does not hold; of: completed needs it."
    )
    then: Literal["stop", "abort"] = Field("stop", description="Whether robots in flight finish, or end at once.")

    @property
    def threshold(self) -> Amount:
        """The amount that is reached or exceeded."""
        amount = self.exceeds if self.at_least is None else self.at_least
        assert amount is not None  # by `rolloutsim.scenario.checks.stops`
        return amount


Stops = Annotated[tuple[Stop, ...], BeforeValidator(_rows)]
