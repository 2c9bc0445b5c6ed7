"""How the values of any metric are written: in a unit that suits their size, a value and its interval in the same one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.report.units import decimals, time_unit, trim

if TYPE_CHECKING:
    from rolloutsim.analysis import Query
    from rolloutsim.report.units import Interval

__all__ = ["Scale", "amount", "common_scale", "scale"]

_PREFIXES = (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3))


class Scale(NamedTuple):
    """A unit to write values in.

    Attributes
    ----------
    symbol
        As printed after the number; empty for counts.
    size
        In the unit that the tables have.
    """

    symbol: str
    size: float


def scale(query: Query, largest: float) -> Scale:
    """Return the unit in which values of a metric up to this one read best.

    >>> from rolloutsim.analysis import parse_metric
    >>> [scale(parse_metric(name), 5000.0).symbol for name in ("slot", "bytes_sent", "abort_probability", "failed")]
    ['min', 'kB', '%', '']
    """
    unit = query.metric.unit
    if query.metric.kind != "quantity":
        return Scale("%", 0.01)
    if unit == "s":
        best = time_unit(largest)
        return Scale(best.symbol, best.seconds)
    if not unit:
        return Scale("", 1.0)
    prefix, size = next((entry for entry in _PREFIXES if abs(largest) >= entry[1]), ("", 1.0))
    return Scale(prefix + unit, size)


def common_scale(query: Query, values: Iterable[float]) -> Scale:
    """Return one unit for values that stand in one column or on one axis: that of the largest.

    >>> from rolloutsim.analysis import parse_metric
    >>> common_scale(parse_metric("time_to_complete.p95"), [20.0, 9000.0, math.inf]).symbol
    'h'
    """
    return scale(query, max((abs(value) for value in values if math.isfinite(value)), default=0.0))


def amount(interval: Interval, query: Query, *, difference: bool = False, unit: Scale | None = None) -> tuple[str, str]:
    """Write a value of a metric, or a difference of such values, and its interval; differences of shares are in percentage points (pp).

    A probability of 0 or 1 is written with the limit that the interval gives it by `rolloutsim.report.units.share_text`; here numbers are
    written as they are, because a difference may well be 0. Numbers that stand side by side share a `unit`; default: the one that suits the
    value.

    >>> from math import inf, nan
    >>> from rolloutsim.analysis import Estimate, parse_metric
    >>> time, share = parse_metric("time_to_complete.p95"), parse_metric("abort_probability")
    >>> amount(Estimate(-90.0, -30.0, 30.0, 400), time)
    ('-30 s', '[-90, 30]')
    >>> amount(Estimate(0.01, 0.025, 0.04, 400), share)
    ('2.5 %', '[1.0, 4.0]')
    >>> amount(Estimate(0.01, 0.025, 0.04, 400), share, difference=True)
    ('2.5 pp', '[1.0, 4.0]')
    >>> amount(Estimate(3600.0, inf, inf, 400, note="not reached in 37 of 400"), time)
    ('never', '> 60 min')
    >>> amount(Estimate(nan, nan, nan, 10, note="not estimable, needs 72"), time)
    ('', 'not estimable, needs 72')
    """
    if math.isnan(interval.best):
        return "", interval.note
    known = [abs(limit) for limit in (interval.best, interval.low, interval.high) if math.isfinite(limit)]
    if not known:
        return "never", ""
    unit = unit or scale(query, known[0] or max(known))
    spread = (interval.high - interval.low) / 2
    # Two digits of the half-width are all the precision of the interval.
    digits = decimals(known[0] / unit.size) if not 0 < spread < math.inf else min(max(1 - math.floor(math.log10(spread / unit.size)), 0), 6)

    def write(value: float) -> str:
        return f"{value / unit.size:,.{digits}f}" if math.isfinite(value) else "never"

    symbol = " pp" if difference and unit.symbol == "%" else f" {unit.symbol}" if unit.symbol else ""
    if not math.isfinite(interval.best):
        return "never", f"> {trim(write(interval.low))}{symbol}" if math.isfinite(interval.low) else ""
    limits = "" if math.isnan(spread) else f"[{write(interval.low)}, {write(interval.high)}]"
    return (trim(write(interval.best)) if not limits else write(interval.best)) + symbol, limits
