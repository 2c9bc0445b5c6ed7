"""How much of the shared links was used, counted change by change: peaks, exact integrals, and for how long any link was full.

Everything is a place in two sequences, `x` of numbers and `w` of whole numbers, as in `rolloutsim.simulation.fairshare.layout`: a row for
each group of robots, one for the origin, which carries what all groups together do, and one for the time in which any link is full. What
happens at one instant counts when the instant is over, because only then is it known.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.kernel import kernel
from rolloutsim.simulation.fairshare.shared_links import Links
from rolloutsim.simulation.records.link_usage import is_full

if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence

    Array = np.ndarray[Any, Any]

__all__ = ["CARRIED", "CHANGED", "NOW", "LinkTotals", "count_uses", "end_instant", "link_columns", "new_totals", "note_use", "use_by_group"]

#: More doubles than it takes to write a sum of doubles down exactly: each of them holds another 53 of the 2,098 bits that they reach over.
_MOST = 42

# x begins with the instant that is not over yet, when the last one was at which something changed, and what was carried from then on.
NOW, CHANGED, CARRIED, _ROWS = 0, 1, 2, 3
# A row: at what rate the link was used since when, and the integral of what was before.
_CAPACITY, _SINCE, _RATE, _LARGEST, _INTEGRAL = range(5)
_WIDTH = _INTEGRAL + _MOST
# After the rows: the rate of each group, sums of two of these, sums of two of those, and so on; the last one is the sum of all.

# w begins with the numbers of links that are full, and of groups of which the rate was set at the instant that is not over.
_FULL, _SET, _COUNTS = 0, 1, 2
# Then, by row, how many doubles its integral has, and whether it is full; by group whether its rate was set; and which these groups are.


class LinkTotals(NamedTuple):
    """What has been counted of one replicate; rates are in B/s, instants in s."""

    x: Array
    w: Array


def new_totals(links: Links) -> LinkTotals:
    """Return totals of links of which nothing has been used."""
    groups = len(links.sites)
    x = np.zeros(_ROWS + (groups + 2) * _WIDTH + 2 * groups + 64)
    x[_ROWS + _CAPACITY :: _WIDTH][: groups + 2] = [*links.capacities, links.origin, math.inf]
    return LinkTotals(x, np.zeros(_COUNTS + 2 * (groups + 2) + 2 * groups, np.int64))


@kernel
def note_use(x: MutableSequence[float], w: MutableSequence[int], groups: int, t: float, group: int, rate: float, ended: float) -> bool:
    """Note the rate at which a group uses its link from an instant on.

    Parameters
    ----------
    x, w, groups
        `LinkTotals`, and how many groups there are.
    t
        The instant; it never decreases from one call to the next.
    group, rate
        Which group, and its rate.
    ended
        When the job ended, infinity if it has not. What flows after that is not part of the integrals.

    Returns
    -------
    bool
        Whether an instant is over at which something changed: it is ``x[CHANGED]``, and all links together carry ``x[CARRIED]`` since.
    """
    changed = t > x[NOW] and end_instant(x, w, groups, ended)
    x[NOW] = t
    x[_ROWS + (groups + 2) * _WIDTH + group] = rate
    is_set = _COUNTS + 2 * (groups + 2)
    if w[is_set + group] == 0:
        w[is_set + group] = 1
        w[is_set + groups + w[_SET]] = group
        w[_SET] += 1
    return bool(changed)


@kernel
def end_instant(x: MutableSequence[float], w: MutableSequence[int], groups: int, ended: float) -> bool:
    """Count what was set at the instant that is over; True if something changed, as for `note_use`."""
    t, was_full = x[NOW], w[_FULL] > 0
    first, is_set = _ROWS + (groups + 2) * _WIDTH, _COUNTS + 2 * (groups + 2)
    listed = is_set + groups
    limited, changed = x[_ROWS + groups * _WIDTH + _CAPACITY] < math.inf, 0
    for place in range(listed, listed + w[_SET]):
        group = w[place]
        w[is_set + group] = 0
        if x[first + group] != x[_ROWS + group * _WIDTH + _RATE]:
            limited = limited or x[_ROWS + group * _WIDTH + _CAPACITY] < math.inf
            set_rate(x, w, groups, group, x[first + group], ended)
            w[listed + changed] = group
            changed += 1
    w[_SET] = 0
    if changed == 0:
        return False
    x[CHANGED] = t
    x[CARRIED] = add_up(x, w, groups, listed, changed)
    set_rate(x, w, groups, groups, x[CARRIED], ended)
    if limited:
        since = _ROWS + (groups + 1) * _WIDTH + _SINCE
        if was_full:
            add_exactly(x, w, groups + 1, t - x[since])
        x[since] = t
    return True


@kernel
def set_rate(x: MutableSequence[float], w: MutableSequence[int], groups: int, link: int, rate: float, ended: float) -> None:
    """Use a link at another rate from now on."""
    row = _ROWS + link * _WIDTH
    if x[row + _CAPACITY] < math.inf:
        add_exactly(x, w, link, x[row + _RATE] * max(0.0, min(x[NOW], ended) - x[row + _SINCE]))
        full = 1 if is_full(rate, x[row + _CAPACITY]) else 0
        w[_FULL] += full - w[_COUNTS + groups + 2 + link]
        w[_COUNTS + groups + 2 + link] = full
    x[row + _SINCE] = x[NOW]
    x[row + _RATE] = rate
    x[row + _LARGEST] = max(x[row + _LARGEST], rate)


@kernel
def add_up(x: MutableSequence[float], w: MutableSequence[int], groups: int, listed: int, changed: int) -> float:
    """Return the sum of the rates of all groups, of which those listed have changed: added in pairs, and these in pairs again."""
    level, size = _ROWS + (groups + 2) * _WIDTH, groups
    while size > 1:
        above = 0
        for place in range(changed):
            pair = w[listed + place] // 2
            if above == 0 or w[listed + above - 1] != pair:
                together = x[level + 2 * pair]
                if 2 * pair + 1 < size:
                    together += x[level + 2 * pair + 1]
                x[level + size + pair] = together
                w[listed + above] = pair
                above += 1
        changed = above
        level += size
        size = (size + 1) // 2
    return float(x[level])


@kernel
def add_exactly(x: MutableSequence[float], w: MutableSequence[int], row: int, value: float) -> None:
    """Add to an integral, of which nothing is rounded off: doubles that do not overlap (Shewchuk, 1997), as `math.fsum` has them."""
    first, kept = _ROWS + row * _WIDTH + _INTEGRAL, 0
    for place in range(first, first + w[_COUNTS + row]):
        other = x[place]
        if abs(value) < abs(other):
            value, other = other, value
        together = value + other
        rest = other - (together - value)
        if rest != 0.0:
            x[first + kept] = rest
            kept += 1
        value = together
    x[first + kept] = value
    w[_COUNTS + row] = kept + 1


@kernel
def count_uses(
    x: MutableSequence[float],
    w: MutableSequence[int],
    groups: int,
    uses: Sequence[float],
    rows: int,
    ended: float,
    steps: MutableSequence[float],
    count: int,
) -> int:
    """Count rows, and everything to the end of the replicate.

    Parameters
    ----------
    x, w, groups, ended
        As for `note_use`.
    uses, rows
        `rolloutsim.simulation.records.log.USE_FIELDS` of one change after the other, in order of time, and how many there are.
    steps, count
        When what all links carry together changed, and what it is from then on, one after the other; how many there are already.

    Returns
    -------
    int
        How many there are in the end.
    """
    for start in range(0, 4 * rows, 4):
        if note_use(x, w, groups, uses[start], int(uses[start + 1]), uses[start + 2], ended):
            steps[2 * count] = x[CHANGED]
            steps[2 * count + 1] = x[CARRIED]
            count += 1
    if end_instant(x, w, groups, ended):
        steps[2 * count] = x[CHANGED]
        steps[2 * count + 1] = x[CARRIED]
        count += 1
    x[NOW] = ended
    for link in range(groups + 1):
        set_rate(x, w, groups, link, x[_ROWS + link * _WIDTH + _RATE], ended)
    return count


def link_columns(x: Array, w: Array, groups: int, until: float) -> dict[str, float]:
    """Return the columns of `jobs` on links.

    Parameters
    ----------
    x, w, groups
        As for `note_use`, after `count_uses`.
    until
        When the job ended (s).
    """
    rows = x[_ROWS : _ROWS + (groups + 2) * _WIDTH].reshape(-1, _WIDTH)
    counts = w[_COUNTS : _COUNTS + groups + 2]
    limited = np.flatnonzero(rows[: groups + 1, _CAPACITY] < math.inf).tolist()
    if not limited:
        return {"utilisation_peak": math.nan, "utilisation_mean": math.nan, "saturated_s": math.nan}

    def integral(row: int) -> float:
        return math.fsum(rows[row, _INTEGRAL : _INTEGRAL + counts[row]].tolist())

    capacity = rows[:, _CAPACITY].tolist()
    return {
        "utilisation_peak": max(min(1.0, float(rows[link, _LARGEST]) / capacity[link]) for link in limited),
        "utilisation_mean": min(1.0, max(integral(link) / capacity[link] for link in limited) / until) if until > 0.0 else 0.0,
        "saturated_s": integral(groups + 1),
    }


def use_by_group(x: Array, w: Array, groups: int, until: float) -> Array:
    """Return the largest rate of each group (bit/s), and the largest and mean used share of its link, NaN without a limit.

    Parameters
    ----------
    x, w, groups, until
        As for `link_columns`.

    Returns
    -------
    Array
        Shape (groups, 3).
    """
    rows = x[_ROWS : _ROWS + groups * _WIDTH].reshape(-1, _WIDTH)
    largest, capacity = rows[:, _LARGEST], rows[:, _CAPACITY]
    integrals = [math.fsum(row[_INTEGRAL : _INTEGRAL + count].tolist()) for row, count in zip(rows, w[_COUNTS:].tolist(), strict=False)]
    mean = np.array(integrals) / capacity / until if until > 0.0 else np.zeros(groups)
    shares = np.where(capacity[:, None] < math.inf, np.minimum(1.0, np.stack([largest / capacity, mean], axis=1)), math.nan)
    return np.column_stack([8.0 * largest, shares])
