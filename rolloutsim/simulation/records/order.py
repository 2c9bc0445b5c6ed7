"""Putting instants in their order: sorted in plain Python, by equal parts of the time in compiled code."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from typing import Any

from rolloutsim.kernel import compiled_as, kernel

__all__ = ["in_order", "insert", "merge"]

#: Parts of the time with more entries are sorted by merging.
FEW = 24


@kernel
def merge(
    t: MutableSequence[float],
    order: MutableSequence[int],
    spare_t: MutableSequence[float],
    spare: MutableSequence[int],
    first: int,
    last: int,
) -> None:
    """Sort a part of some instants, and what belongs to them, by merging runs, which keeps equal ones as they are."""
    width = 1
    while width < last - first:
        start = first
        while start + width < last:
            middle, end = start + width, min(start + 2 * width, last)
            if t[middle - 1] > t[middle]:
                left, right = start, middle
                for place in range(start, end):
                    if right == end or (left < middle and t[left] <= t[right]):
                        spare_t[place - first], spare[place - first] = t[left], order[left]
                        left += 1
                    else:
                        spare_t[place - first], spare[place - first] = t[right], order[right]
                        right += 1
                for place in range(start, end):
                    t[place], order[place] = spare_t[place - first], spare[place - first]
            start = end
        width *= 2


@kernel
def insert(t: MutableSequence[float], order: MutableSequence[int], first: int, last: int) -> None:
    """Sort a part of some instants, and what belongs to them, one after the other, which keeps equal ones as they are."""
    for place in range(first + 1, last):
        now, own = t[place], order[place]
        before = place
        while before > first and t[before - 1] > now:
            t[before], order[before] = t[before - 1], order[before - 1]
            before -= 1
        t[before], order[before] = now, own


def _in_order_compiled() -> Callable[..., None]:
    import numpy as np

    def in_order(t: Any, count: int, ascending: Any, order: Any) -> None:
        if count == 0:
            return
        low = high = t[0]
        for i in range(count):
            low, high = min(low, t[i]), max(high, t[i])
        scale = (count - 1) / (high - low) if high > low else 0.0
        if not scale < np.inf:
            scale = 0.0
        # Equal parts of the time, about as many as entries: what is left to sort is little.
        part: Any = np.empty(count, np.int32)
        heads = np.zeros(count + 1, np.int32)
        for i in range(count):
            part[i] = min(int((t[i] - low) * scale), count - 1)
            heads[part[i] + 1] += 1
        for i in range(count):
            heads[i + 1] += heads[i]
        for i in range(count):
            place = heads[part[i]]
            heads[part[i]] = place + 1
            ascending[place] = t[i]
            order[place] = i
        first = 0
        for i in range(count):
            last = heads[i]  # where the next part began
            if last - first > FEW:
                spare_t: Any = np.empty(last - first)
                spare: Any = np.empty(last - first, np.int64)
                merge(ascending, order, spare_t, spare, first, last)
            elif last - first > 1:
                insert(ascending, order, first, last)
            first = last

    return in_order


@compiled_as(_in_order_compiled)
def in_order(t: MutableSequence[float], count: int, ascending: MutableSequence[float], order: MutableSequence[int]) -> None:
    """Put the first `count` instants in their order, and their places; equal ones keep theirs.

    Examples
    --------
    >>> ascending, order = [0.0] * 4, [0] * 4
    >>> in_order([2.0, 1.0, 2.0, 0.0], 4, ascending, order)
    >>> ascending, order
    ([0.0, 1.0, 2.0, 2.0], [3, 1, 0, 2])
    """
    order[:count] = sorted(range(count), key=t.__getitem__)
    ascending[:count] = sorted(t[:count])
