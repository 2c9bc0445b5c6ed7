"""Rows that limit a rollout: how many robots may be deployed at once, start in a time, or start before others are reached."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from rolloutsim.scenario.parts.amounts import POSITIVE_TIME, Quantity, Robots
from rolloutsim.scenario.parts.fields import Custom, Part, Schema, parse_text
from rolloutsim.scenario.parts.stops import AMOUNT, Amount
from rolloutsim.scenario.reading.problems import ProblemError, Problems, did_you_mean
from rolloutsim.scenario.reading.quantities import NUMBER, parse_number
from rolloutsim.vocabulary import MOST_ROWS

__all__ = ["ROUNDED", "Growth", "Limit", "Limits", "robots_of"]

#: By rule of rounding, what is added to hundredths of a percent of robots before they are divided by 10,000.
ROUNDED = {"floor": 0, "ceil": 9_999, "half_up": 5_000}

COUNTED = ("in_flight", "failed", "offline")
_SMALLEST_FACTOR = 1.01


def robots_of(amount: Amount, robots: int, rounding: str) -> int:
    """Return an amount of some robots in robots; a percentage is at least 1.

    Examples
    --------
    >>> [robots_of(Amount(1250, is_share=True), 20, rounding) for rounding in ROUNDED]
    [2, 3, 3]
    """
    return max(1, (robots * amount.value + ROUNDED[rounding]) // 10_000) if amount.is_share else amount.value


def _counted(raw: Any) -> frozenset[str]:
    if not isinstance(raw, list | frozenset) or not raw:
        raise ProblemError("wrong-type", "a list is needed", f"write [{', '.join(COUNTED)}] or one of these")
    problems = Problems()
    for number, word in enumerate(raw):
        if word not in COUNTED:
            problems.add((number,), ProblemError("unknown-name", "not one of the values", did_you_mean(word, COUNTED)))
        elif isinstance(raw, list) and word in raw[:number]:
            problems.add((number,), ProblemError("duplicate", "this is listed twice", "remove one"))
    problems.check()
    return frozenset(raw)


def _names(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple):
        raise ProblemError("wrong-type", "a list of cohorts is needed", f"write [{raw}]" if isinstance(raw, str) else "write e.g. [canary]")
    if not raw:
        raise ProblemError("empty", "a row is about at least one cohort", "name a cohort, or remove the key")
    problems = Problems()
    names = [problems.attempt((number,), parse_text, name) for number, name in enumerate(raw)]
    problems.check()
    return tuple(name for name in names if name is not None)


def _factor(raw: Any) -> float:
    value = parse_number(raw)
    if not _SMALLEST_FACTOR <= value <= 1000:
        raise ProblemError("out-of-range", f"a factor from {_SMALLEST_FACTOR} to 1,000 is needed", "write e.g. 2")
    return value


def _rows(raw: Any) -> Any:
    if not isinstance(raw, list | tuple):
        raise ProblemError("wrong-type", "the rows are a list", "write - {max: 10 %}, a line for each row")
    if len(raw) > MOST_ROWS:
        raise ProblemError("too-large", f"{MOST_ROWS} rows are the most, and these are {len(raw)}", "remove some")
    return raw


_COUNTED_SCHEMA: Schema = {"type": "array", "items": {"enum": list(COUNTED)}, "minItems": 1, "uniqueItems": True}
_COUNTED = Custom(_counted, _COUNTED_SCHEMA, "limited", lambda kinds: [kind for kind in COUNTED if kind in kinds])
_FACTOR = Custom(_factor, {"anyOf": [{"type": "number", "minimum": _SMALLEST_FACTOR, "maximum": 1000}, Quantity(NUMBER).ref()]}, "factor")


_NAMES: Schema = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_OF = Custom(_names, _NAMES, "limited_cohorts", list)


class Growth(Part):
    """How a rate grows with the number of robots."""

    factor: Annotated[float, _FACTOR] = Field(description="The rate is multiplied by this …")
    each: Annotated[int, Robots(1)] = Field(description="… each time that so many more robots are counted …")
    by: Literal["granted", "succeeded", "either"] = Field(
        "granted", description="… of those that got a slot, the last one included, of those that have succeeded, or of whichever are more …"
    )
    to: Annotated[int, Robots(1)] = Field(description="… up to this rate.")


class Limit(Part):
    """A row: a robot may start only if every row that covers it has room."""

    UNWRITTEN = frozenset({"of"})

    max: Annotated[Amount, AMOUNT] = Field(
        description="Robots at most; a percentage is of the robots that the row counts together, and at least 1."
    )
    counts: Annotated[frozenset[str], _COUNTED] = Field(
        frozenset({"in_flight"}),
        description="What takes room: robots that hold a slot, that have failed, that are offline without a slot; in_flight if absent.",
    )
    per: Literal["stage", "site", "cohort"] | None = Field(
        None, description="Robots of the current stage only, or those of each site or each cohort by themselves; absent = of the whole job."
    )
    of: Annotated[tuple[str, ...], _OF] = Field((), description="The cohorts that the row is about; absent = all.")
    every: Annotated[float, POSITIVE_TIME] | None = Field(
        None, description="Time in which so many robots may start; then nothing is counted."
    )
    spread: Literal["burst", "even"] = Field(
        "burst", description="Whether they may start together, or one after the other at equal distances."
    )
    grow: Growth | None = Field(None, description="How the rate grows; absent = it does not.")
    plus: Annotated[int, Robots(1)] | None = Field(
        None, description="A slow start: max robots may start, and so many more for each robot of for_each; then nothing else is counted."
    )
    for_each: Literal["reached", "succeeded"] | None = Field(
        None, description="Which robots let more start: those that were reached, or those that have succeeded."
    )

    @property
    def is_count(self) -> bool:
        """Whether the row counts robots, and not starts."""
        return self.every is None and self.plus is None

    @property
    def is_grouped(self) -> bool:
        """Whether the row has room for some robots while it has none for others, or counts robots that take no part."""
        return self.is_count and (self.per in ("site", "cohort") or bool(self.of) or "offline" in self.counts)


Limits = Annotated[tuple[Limit, ...], BeforeValidator(_rows)]
