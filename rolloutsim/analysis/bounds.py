"""What is demanded of a metric, in its own unit: a bound that it keeps, or a tolerance about its value."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.analysis.expressions import Query, parse_metric
from rolloutsim.analysis.metrics import METRICS
from rolloutsim.errors import UsageError
from rolloutsim.printing import shorten
from rolloutsim.scenario.parts.amounts import parse_probability
from rolloutsim.scenario.parts.experiment import METRIC, parse_check, split_check
from rolloutsim.scenario.reading.numbers import NUMBER_PATTERN, read_number
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.quantities import ROBOTS, dimension_of, parse_quantity

if TYPE_CHECKING:
    from rolloutsim.analysis.metrics import Metric

__all__ = ["Check", "Tolerance"]

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {"<=": operator.le, "<": operator.lt, ">=": operator.ge, ">": operator.gt}


class Check(NamedTuple):
    """A statement that is true or false, e.g. ``time_to_reach_90.p90 <= 9 h``.

    Attributes
    ----------
    text
        As it was written.
    query
        What is compared …
    comparison
        … by ``<=``, ``<``, ``>=`` or ``>`` …
    bound
        … with this, in the metric's SI unit.
    """

    text: str
    query: Query
    comparison: str
    bound: float

    @classmethod
    def parse(cls, text: str, groups: Mapping[str, Sequence[str]] | None = None) -> Check:
        """Take a check apart.

        Raises
        ------
        UsageError
            With everything that is wrong with it.

        Examples
        --------
        >>> Check.parse("time_to_reach_90.p90 <= 9 h").bound
        32400.0
        >>> Check.parse("abort_probability <= 9 h")
        Traceback (most recent call last):
        ...
        rolloutsim.errors.UsageError: abort_probability <= 9 h: abort_probability has no unit; write a number such as 0.05, or 5 %
        """
        try:
            metric, comparison, bound = split_check(parse_check(text))
        except ProblemError as error:
            raise UsageError(f"{text}: {_words(error)}") from None
        query, amount = _parse(text, metric, bound, groups)
        return cls(text, query, comparison, amount)

    def holds(self, value: float) -> bool:
        """Return whether a value keeps the bound.

        >>> Check.parse("failed_share < 5 %").holds(0.05)
        False
        """
        return _COMPARISONS[self.comparison](value, self.bound)


class Tolerance(NamedTuple):
    """A distance about the value of a metric, e.g. ``time_to_complete.p95 5%`` or ``abort_probability 0.005``.

    Attributes
    ----------
    text
        As it was written, with one blank between metric and distance.
    query
        Of what.
    size
        Larger than zero: a part of the value if `relative`, else in the metric's SI unit.
    relative
        Whether it was written in percent.
    """

    text: str
    query: Query
    size: float
    relative: bool

    @property
    def note(self) -> str:
        """What may be misunderstood: percent of a share are relative. Empty if nothing is.

        >>> Tolerance.parse("abort_probability 5%").note
        'abort_probability 5%: 5% is relative, a part of the value; percentage points are written as pp'
        """
        if not self.relative or self.query.metric.kind == "quantity":
            return ""
        size = self.text.partition(" ")[2]
        return f"{self.text}: {size} is relative, a part of the value; percentage points are written as pp"

    @classmethod
    def parse(cls, text: str, groups: Mapping[str, Sequence[str]] | None = None) -> Tolerance:
        """Take a tolerance apart.

        Raises
        ------
        UsageError
            With everything that is wrong with it.

        Examples
        --------
        >>> Tolerance.parse("time_to_complete.p95 2 min")[2:], Tolerance.parse("time_to_complete.p95 5 %")[2:]
        ((120.0, False), (0.05, True))
        >>> Tolerance.parse("abort_probability 1 pp")[2:]
        (0.01, False)
        """
        metric, size = _apart(text.strip())
        if not size:
            raise UsageError(f"{text}: a metric and a distance are needed, e.g. time_to_complete.p95 5%, or abort_probability 0.005")
        relative, points = size.endswith("%"), size.endswith("pp")
        try:
            number = _plain(size.removesuffix("%").removesuffix("pp").strip())
        except ProblemError as error:
            raise UsageError(f"{shorten(text)}: {_words(error)}") from None
        if relative or points:
            query = _parse(text, metric, None, groups)[0]
            if number is None:
                unit = "%" if relative else "pp"
                raise UsageError(f"{text}: {size!r} is not a number and {unit}; write e.g. 5 {unit}")
            if points and query.metric.kind == "quantity":
                raise UsageError(f"{text}: {query.metric.name} is no share, so it has no percentage points; write e.g. 5 %, of its value")
            amount = number / 100
        else:
            query, amount = _parse(text, metric, size, groups)
        if not 0 < amount < math.inf:
            raise UsageError(f"{text}: the distance is larger than zero, and finite: write e.g. 5 %, or 0.005")
        return cls(f"{metric} {size}", query, amount, relative)


def _apart(text: str) -> tuple[str, str]:
    """Return a metric and what follows it; names in its brackets may have blanks."""
    found = METRIC.match(text)
    end = found.end() if found else len(text.partition(" ")[0])
    return text[:end], text[end:].strip()


def _parse(text: str, metric: str, amount: str | None, groups: Mapping[str, Sequence[str]] | None) -> tuple[Query, float]:
    """Return the query and the amount in its unit (0 for None); all mistakes in both are raised together."""
    try:
        query = parse_metric(metric, groups=groups)
    except UsageError as error:
        raise UsageError(f"{text}: {str(error).removeprefix(f'{metric}: ')}") from None
    try:
        return query, 0.0 if amount is None else _amount(amount, query.metric)
    except ProblemError as error:
        raise UsageError(f"{text}: {_words(error)}") from None


def _amount(text: str, metric: Metric) -> float:
    """Return an amount in the unit of a metric."""
    number = _plain(text)
    dimension = dimension_of(metric.unit)
    if dimension is not None:
        return parse_quantity(text, dimension)
    if metric.kind != "quantity":
        if number is None and not text.endswith("%"):
            raise ProblemError("missing-unit", f"{metric.name} has no unit", "write a number such as 0.05, or 5 %")
        return parse_probability(text if number is None else number)
    if number is None and text.endswith("%"):
        share = f", or ask for {metric.name}_share" if f"{metric.name}_share" in METRICS else ""
        raise ProblemError("wrong-unit", f"{metric.name} is no share", f"write a number{share}")
    return parse_quantity(text, ROBOTS) if number is None else number


def _plain(text: str) -> float | None:
    """Return a number without a unit, or None.

    Raises
    ------
    ProblemError
        It has too many digits.
    """
    return float(read_number(text)) if re.fullmatch(NUMBER_PATTERN, text) else None


def _words(error: ProblemError) -> str:
    return "; ".join(part for part in (error.problem.why, error.problem.hint) if part)
