"""Counting a replicate: sums over its robots, and when shares of them had the release."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence, Sequence
from typing import Any

from rolloutsim.kernel import compiled_as, kernel
from rolloutsim.vocabulary import CODES, ROBOT_STATUSES

__all__ = ["COUNTED", "count_robots", "in_order", "reach"]

IN_SYNC = ROBOT_STATUSES.index("InSync")
CODE_COUNT = len(CODES)

#: What is counted and added up over the robots of a cohort that got a slot.
COUNTED = ("exposed", "succeeded", "converged", "left_down", "bytes", "slot", "offline", "downtime")
WIDTH = len(COUNTED)

#: Buckets with more entries are sorted by merging.
FEW = 24


@kernel
def count_robots(
    index: Sequence[float],
    status: Sequence[float],
    verdict: Sequence[float],
    converged: Sequence[float],
    left_down: Sequence[float],
    amounts: tuple[Sequence[float], Sequence[float], Sequence[float], Sequence[float]],
    cohort: Sequence[int],
    sums: MutableSequence[float],
    codes: MutableSequence[float],
) -> None:
    """Count the robots of each cohort, one after the other.

    Parameters
    ----------
    index, status, verdict, converged, left_down
        Columns of the robots that got a slot, in order of their index.
    amounts
        Columns of the bytes, and of the times (s) with a slot, offline in it, and down.
    cohort
        Of each robot of the fleet.
    sums
        Zeros; afterwards `COUNTED`, cohort by cohort.
    codes
        Zeros; afterwards how often each code is the verdict, cohort by cohort.
    """
    sent, slot, offline, downtime = amounts
    for i in range(len(index)):
        own = cohort[int(index[i])]
        place = own * WIDTH
        sums[place] += 1.0
        if status[i] == IN_SYNC:
            sums[place + 1] += 1.0
        if converged[i] >= 0.0:
            sums[place + 2] += 1.0
        sums[place + 3] += left_down[i]
        sums[place + 4] += sent[i]
        sums[place + 5] += slot[i]
        sums[place + 6] += offline[i]
        sums[place + 7] += downtime[i]
        if verdict[i] >= 0.0:
            codes[own * CODE_COUNT + int(verdict[i])] += 1.0


@kernel
def reach(
    index: Sequence[float],
    converged: Sequence[float],
    cohort: Sequence[int],
    reachable: Sequence[bool],
    ranks: Sequence[int],
    shares: int,
    spare: tuple[MutableSequence[float], MutableSequence[int], MutableSequence[int]],
    seen: MutableSequence[int],
    found: MutableSequence[float],
) -> None:
    """Find when so many robots of each group had the release.

    Parameters
    ----------
    index, converged
        Columns of the robots that got a slot: its number in the fleet, and when it had the release (s), negative if never.
    cohort, reachable
        Of each robot of the fleet.
    ranks
        By group (the fleet, those that are reachable, each cohort) how many robots each share is, ascending.
    shares
        How many shares there are.
    spare
        Room for an instant and two places of each robot.
    seen
        Zeros: two for each group.
    found
        By group and share, NaN; afterwards the instants (s) of those that are reached.
    """
    instants, robots, order = spare
    count = 0
    for i in range(len(index)):
        if converged[i] >= 0.0:
            instants[count] = converged[i]
            robots[count] = int(index[i])
            count += 1
    in_order(instants, count, order)
    for number in range(count):
        t, robot = instants[order[number]], robots[order[number]]
        note(0, t, ranks, shares, seen, found)
        if reachable[robot]:
            note(1, t, ranks, shares, seen, found)
        note(2 + cohort[robot], t, ranks, shares, seen, found)


@kernel
def note(group: int, t: float, ranks: Sequence[int], shares: int, seen: MutableSequence[int], found: MutableSequence[float]) -> None:
    """Count one more robot of a group."""
    seen[2 * group] += 1
    share = seen[2 * group + 1]
    while share < shares and ranks[group * shares + share] == seen[2 * group]:
        found[group * shares + share] = t
        share += 1
    seen[2 * group + 1] = share


@kernel
def merge(t: Sequence[float], order: MutableSequence[int], spare: MutableSequence[int], first: int, last: int) -> None:
    """Sort a part of an order by merging runs, which keeps equal ones as they are."""
    width = 1
    while width < last - first:
        start = first
        while start + width < last:
            middle, end = start + width, min(start + 2 * width, last)
            if t[order[middle - 1]] > t[order[middle]]:
                left, right = start, middle
                for place in range(start, end):
                    if right == end or (left < middle and t[order[left]] <= t[order[right]]):
                        spare[place] = order[left]
                        left += 1
                    else:
                        spare[place] = order[right]
                        right += 1
                for place in range(start, end):
                    order[place] = spare[place]
            start = end
        width *= 2


@kernel
def insert(t: Sequence[float], order: MutableSequence[int], first: int, last: int) -> None:
    """Sort a part of an order by inserting one after the other, which keeps equal ones as they are."""
    for place in range(first + 1, last):
        i = order[place]
        before = place
        while before > first and t[order[before - 1]] > t[i]:
            order[before] = order[before - 1]
            before -= 1
        order[before] = i


def _in_order_compiled() -> Callable[..., None]:
    import numpy as np

    def in_order(t: Any, count: int, order: Any) -> None:
        if count == 0:
            return
        low = high = t[0]
        for i in range(count):
            low, high = min(low, t[i]), max(high, t[i])
        scale = (count - 1) / (high - low) if high > low else 0.0
        if not scale < np.inf:
            scale = 0.0
        # Equal parts of the time, about as many as entries: what is left to sort is little.
        bucket: Any = np.empty(count, np.int64)
        heads = np.zeros(count + 1, np.int64)
        for i in range(count):
            bucket[i] = min(int((t[i] - low) * scale), count - 1)
            heads[bucket[i] + 1] += 1
        for i in range(count):
            heads[i + 1] += heads[i]
        for i in range(count):
            order[heads[bucket[i]]] = i
            heads[bucket[i]] += 1
        first = 0
        for i in range(count):
            last = heads[i]  # where the next bucket began
            if last - first > FEW:
                merge(t, order, bucket, first, last)
            elif last - first > 1:
                insert(t, order, first, last)
            first = last

    return in_order


@compiled_as(_in_order_compiled)
def in_order(t: Sequence[float], count: int, order: MutableSequence[int]) -> None:
    """Put the places of the first `count` instants in their order; equal ones keep theirs.

    Examples
    --------
    >>> order = [0] * 4
    >>> in_order([2.0, 1.0, 2.0, 0.0], 4, order)
    >>> order
    [3, 1, 0, 2]
    """
    order[:count] = sorted(range(count), key=t.__getitem__)
