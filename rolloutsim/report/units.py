"""How quantities are written for people: times in s, min, h or d, shares in percent, an estimate with its interval.

Inside, everything is SI; only here, at the very edge, a time gets the unit in which people think of it. Numbers keep the digits that their
interval supports, and a value and its limits always share one unit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rolloutsim.analysis.formats import percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "TIME_UNITS",
    "Interval",
    "TimeUnit",
    "count",
    "decimals",
    "fleet_size",
    "sentence",
    "share_text",
    "time_text",
    "time_unit",
    "trim",
]


class Interval(Protocol):
    """What is written of an `rolloutsim.analysis.estimates.Estimate`."""

    @property
    def low(self) -> float:
        """Lower limit."""

    @property
    def best(self) -> float:
        """Value, NaN if it cannot be estimated and infinite if never reached."""

    @property
    def high(self) -> float:
        """Upper limit, infinite if there is none."""

    @property
    def note(self) -> str:
        """What the numbers do not show."""


class TimeUnit(NamedTuple):
    """A unit of time.

    Attributes
    ----------
    symbol
        As printed after the number.
    seconds
        Its length in s.
    steps
        Distances of ticks, in this unit, that read well.
    """

    symbol: str
    seconds: float
    steps: tuple[float, ...]


TIME_UNITS = (
    TimeUnit("s", 1.0, (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30)),
    TimeUnit("min", 60.0, (0.5, 1, 2, 5, 10, 15, 20, 30)),
    TimeUnit("h", 3600.0, (0.25, 0.5, 1, 2, 3, 4, 6, 8, 12)),
    TimeUnit("d", 86400.0, (0.5, 1, 2, 5, 10, 20, 30)),
)

#: Up to here a number stays in the smaller unit: 119 s, 119 min, 71 h.
_LIMITS = (120.0, 120.0, 72.0)


def time_unit(seconds: float) -> TimeUnit:
    """Return the unit in which a time, or an axis that ends there, reads best.

    >>> [time_unit(t).symbol for t in (0, 90, 600, 86400, 864000)]
    ['s', 's', 'min', 'h', 'd']
    """
    for unit, limit in zip(TIME_UNITS, _LIMITS, strict=False):
        if not abs(seconds) >= limit * unit.seconds:
            return unit
    return TIME_UNITS[-1]


def decimals(value: float, spread: float | None = None) -> int:
    """Return how many decimals a number deserves: three significant digits, or two of its interval's half-width if that is more.

    >>> decimals(123.4), decimals(12.34), decimals(0.01234), decimals(123.4, spread=0.5)
    (0, 1, 4, 2)
    """
    digits = 2 - _magnitude(value)
    if spread is not None and math.isfinite(spread) and spread > 1e-6 * abs(value):
        digits = max(digits, 1 - _magnitude(spread))
    return min(max(digits, 0), 6)


def _magnitude(value: float) -> int:
    return math.floor(math.log10(abs(value))) if value and math.isfinite(value) else 2


def trim(number: str) -> str:
    """Drop a fraction of nothing but zeros, which claims digits that a round number does not need.

    >>> trim("30.0"), trim("5.280")
    ('30', '5.280')
    """
    whole, _, fraction = number.partition(".")
    return whole if not fraction.strip("0") else number


def count(number: float) -> str:
    """Write a whole number with thousands separated.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,.0f}"


def fleet_size(jobs: pd.DataFrame) -> str:
    """Write how many robots the fleet has, from the table `jobs`."""
    return " or ".join(count(size) for size in sorted(set(jobs["robots"]))) or "no"


def time_text(estimate: Interval) -> tuple[str, str]:
    """Write an estimated time: its value, and its interval in the same unit, with what else there is to know.

    >>> from math import inf, nan
    >>> from rolloutsim.analysis.estimates import Estimate
    >>> time_text(Estimate(18000.0, 19000.0, 19800.0, 400))
    ('5.28 h', '[5.00, 5.50]')
    >>> time_text(Estimate(nan, nan, nan, 100, note="not estimable, needs 368"))
    ('', 'not estimable, needs 368')
    >>> time_text(Estimate(18000.0, 19000.0, inf, 400, note="not reached in 37 of 400"))
    ('5.28 h', '[5.00, never], not reached in 37 of 400')
    """
    if math.isnan(estimate.best):
        return "", estimate.note
    known = [limit for limit in (estimate.best, estimate.low, estimate.high) if math.isfinite(limit)]
    if not known:
        return "never", estimate.note
    unit = time_unit(known[0])
    digits = decimals(known[0] / unit.seconds, (estimate.high - estimate.low) / 2 / unit.seconds)
    low, best, high = (
        f"{limit / unit.seconds:.{digits}f}" if math.isfinite(limit) else "never" for limit in (estimate.low, estimate.best, estimate.high)
    )
    value = f"{best} {unit.symbol}" if math.isfinite(estimate.best) else best
    interval = "" if math.isnan(estimate.low) else f"[{low}, {high}]" if math.isfinite(estimate.best) else f"> {low} {unit.symbol}"
    return value, _join(interval, estimate.note)


def share_text(estimate: Interval) -> tuple[str, str]:
    """Write an estimated share or probability in percent: its value and its interval. None and all are not claimed, only bounded.

    >>> from rolloutsim.analysis.estimates import Estimate
    >>> share_text(Estimate(0.021, 0.034, 0.051, 400))
    ('3.40 %', '[2.10, 5.10]')
    >>> share_text(Estimate(0.0, 0.0, 0.0122, 300, note="0 of 300"))
    ('< 1.22 %', '0 of 300')
    """
    if math.isnan(estimate.best):
        return "", estimate.note
    if estimate.best == 0 and estimate.high > 0:
        return f"< {percent(estimate.high)}", estimate.note
    if estimate.best == 1 and estimate.low < 1:
        return f"> {percent(estimate.low)}", estimate.note
    spread = 50 * (estimate.high - estimate.low)
    digits = min(decimals(100 * estimate.best, spread), 4)
    low, best, high = (f"{100 * limit:.{digits}f}" for limit in (estimate.low, estimate.best, estimate.high))
    return f"{best} %", _join(f"[{low}, {high}]" if math.isfinite(spread) else "", estimate.note)


def sentence(parts: tuple[str, str]) -> str:
    """Write value and interval in one line.

    >>> sentence(("5.28 h", "[5.00, 5.50]")), sentence(("never", "not reached in 9 of 9")), sentence(("", "not estimable, needs 368"))
    ('5.28 h [5.00, 5.50]', 'never, not reached in 9 of 9', 'not estimable, needs 368')
    """
    value, interval = parts
    return " ".join(parts) if interval.startswith("[") else _join(value, interval)


def _join(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
