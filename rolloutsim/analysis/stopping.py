"""How many replicates: after which numbers the intervals are checked, what precision is reached, and how many more it would take.

Numbers of replicates grow geometrically, so that there are few looks, and they are fixed beforehand: where a study stops depends on
its replicates alone, not on how fast or on how many workers they were made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from rolloutsim.analysis.estimates import Estimate, limits, plain, quantile_needs

if TYPE_CHECKING:
    from rolloutsim.analysis.bounds import Tolerance
    from rolloutsim.analysis.expressions import Query

__all__ = ["PILOT", "Reached", "first_look", "looks", "more_in_words", "more_replicates", "reached", "rounded_up", "smallest"]

#: Replicates before an interval is trusted to stop anything.
PILOT = 40

GROWTH = 1.5

#: More than can be simulated.
_MOST = 10**9


def looks(first: int, most: int) -> tuple[int, ...]:
    """Return the numbers of replicates after which the intervals are checked.

    >>> looks(40, 300)
    (40, 60, 90, 135, 203, 300)
    """
    found = [min(first, most)]
    while found[-1] < most:
        following = math.ceil(GROWTH * found[-1])
        # A last step of less than half of the usual one would show hardly more than the look before it.
        found.append(most if following * (1 + GROWTH) / 2 > most else following)
    return tuple(found)


def first_look(queries: Iterable[Query]) -> int:
    """Return the number of replicates before which it is not worth looking.

    >>> from rolloutsim.analysis.expressions import parse_metric
    >>> first_look([parse_metric("time_to_complete.p95"), parse_metric("failed")])
    72
    """
    return max([PILOT, *(quantile_needs(query.q) for query in queries if query.q is not None)])


class Reached(NamedTuple):
    """How precise an estimate is, measured against what was asked for.

    Attributes
    ----------
    tolerance
        What was asked for.
    estimate
        The estimate of its metric.
    half_width
        Distance from the estimate to the farther limit of its interval, relative to the estimate if the tolerance is; NaN where there
        is no interval, infinite where it does not end.
    met
        Whether that is within the tolerance.
    more
        About how many more replicates would do; 0 if met, None if that is unknown. Where there is no interval, so many make one
        possible, which may be too wide.
    """

    tolerance: Tolerance
    estimate: Estimate
    half_width: float
    met: bool
    more: int | None

    def to_json(self) -> dict[str, Any]:
        """Return a dict for JSON."""
        return {
            "asked": self.tolerance.text,
            "metric": str(self.tolerance.query),
            "size": self.tolerance.size,
            "relative": self.tolerance.relative,
            "half_width": plain(self.half_width),
            "met": self.met,
            "more": self.more,
            "estimate": self.estimate.to_json(),
        }


def reached(tolerance: Tolerance, estimate: Estimate, replicates: int, *, least: int = 2) -> Reached:
    """Measure the precision of an estimate.

    Parameters
    ----------
    replicates
        All that were simulated; the conditions of the metric may have chosen fewer.
    least
        About how many that meet the conditions it takes for there to be an interval.

    Examples
    --------
    >>> from rolloutsim.analysis.bounds import Tolerance
    >>> found = reached(Tolerance.parse("time_to_complete 5%"), Estimate(90.0, 100.0, 110.0, 100), 100)
    >>> found.half_width, found.met, found.more
    (0.1, False, 300)
    """
    half = half_width(estimate, relative=tolerance.relative)
    met = half <= tolerance.size
    more = None
    if met:
        more = 0
    elif not estimate.estimable or math.isnan(half):
        more = missing(least, estimate.n, replicates)
    elif estimate.method == "clopper-pearson":
        needed = smallest(estimate.n, lambda n: half_width(limits(estimate.best, n), relative=tolerance.relative) <= tolerance.size)
        more = more_replicates(needed, estimate.n, replicates)
    elif estimate.method == "none differs":
        more = more_replicates(estimate.n * half / tolerance.size, estimate.n, replicates)
    elif math.isfinite(half):
        more = more_replicates(estimate.n * (half / tolerance.size) ** 2, estimate.n, replicates)
    return Reached(tolerance, estimate, half, met, more)


def half_width(estimate: Estimate, *, relative: bool) -> float:
    """Return the distance from an estimate to the farther limit of its interval."""
    if math.isnan(estimate.best) or math.isnan(estimate.low):
        return math.nan
    if math.isinf(estimate.best):
        return math.inf
    half = max(estimate.high - estimate.best, estimate.best - estimate.low)
    if not relative:
        return half
    return half / abs(estimate.best) if estimate.best else (math.inf if half else 0.0)


def missing(least: int, n: int, replicates: int) -> int | None:
    """Return how many replicates are missing for there to be an interval at all; None if their number does not help, or nothing is there.

    Parameters
    ----------
    least
        How many are needed that meet the conditions.
    n, replicates
        How many did, of how many.

    >>> missing(72, 20, 400), missing(72, 0, 400), missing(2, 40, 40)
    (1100, None, None)
    """
    return more_replicates(least, n, replicates) if n < least else None


def more_replicates(needed: float | None, n: int, replicates: int) -> int | None:
    """Return how many more replicates give about as many that meet the conditions as are needed.

    Parameters
    ----------
    needed
        How many are needed that meet the conditions.
    n, replicates
        How many did, of how many.

    Examples
    --------
    >>> more_replicates(72, 20, 400), more_replicates(1234, 400, 400), more_replicates(72, 0, 400)
    (1100, 840, None)
    """
    if needed is None or not n or needed > _MOST:
        return None
    return rounded_up((needed - n) * replicates / n)


def more_in_words(more: int, *, at_least: bool, purpose: str) -> str:
    """Write how many more replicates are needed.

    Parameters
    ----------
    at_least
        Whether they only make an interval possible.
    purpose
        What they are for, e.g. ``decide``.

    >>> more_in_words(1, at_least=False, purpose="decide"), more_in_words(1234, at_least=True, purpose="decide")
    ('about 1 more replicate would decide', 'at least 1,234 more replicates are needed for an interval')
    """
    said = f"{more:,} more replicate{'' if more == 1 else 's'}"
    return f"at least {said} {'is' if more == 1 else 'are'} needed for an interval" if at_least else f"about {said} would {purpose}"


def rounded_up(number: float) -> int:
    """Round up to two digits, for an estimate that is not worth more.

    >>> rounded_up(834.2), rounded_up(7.0), rounded_up(-3.0)
    (840, 7, 1)
    """
    whole = max(math.ceil(number - 1e-9), 1)
    step: int = 10 ** max(len(str(whole)) - 2, 0)
    return -(-whole // step) * step


def smallest(start: int, good: Callable[[int], bool]) -> int | None:
    """Return the smallest number above ``start`` that is good, if all above it are; None if it is too large to be useful.

    >>> smallest(10, lambda n: n * n > 1000)
    32
    """
    low, high = start, 2 * start + 1
    while not good(high):
        low, high = high, 2 * high
        if high > _MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if good(middle) else (middle, high)
    return high
