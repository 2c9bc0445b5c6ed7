"""A binary heap of events in the model's order: by instant, then by place within the instant."""

from __future__ import annotations

import math
from typing import Any

from rolloutsim.kernel import kernel

__all__ = ["NO_KEY", "ORDER_BITS", "heapify", "is_before", "key_of", "pop", "push"]

#: Bits of a key below the order of the event, for the robot's index.
ORDER_BITS = 40
NO_KEY = 1 << 60


@kernel
def key_of(order: int, index: int) -> int:
    """Return an event's place within its instant: its order, then the robot's index."""
    return (order << ORDER_BITS) + index


@kernel
def is_before(t: float, key: int, other_t: float, other_key: int) -> bool:
    """Tell whether an event happens before another one."""
    return t < other_t or (t == other_t and key < other_key)


@kernel
def push(times: Any, keys: Any, items: Any, size: int, t: float, key: int, item: int) -> None:
    """Add an event to a heap of `size` events; the arrays have room for it."""
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if not is_before(t, key, times[above], keys[above]):
            break
        times[place] = times[above]
        keys[place] = keys[above]
        items[place] = items[above]
        place = above
    times[place] = t
    keys[place] = key
    items[place] = item


@kernel
def pop(times: Any, keys: Any, items: Any, size: int) -> None:
    """Remove the first event of a heap of `size` events; it stays readable at place 0 until then."""
    settle(times, keys, items, size - 1, 0, times[size - 1], keys[size - 1], items[size - 1])


@kernel
def settle(times: Any, keys: Any, items: Any, size: int, place: int, t: float, key: int, item: int) -> None:
    """Put an event where it belongs at or below a place."""
    below = 2 * place + 1
    while below < size:
        if below + 1 < size and is_before(times[below + 1], keys[below + 1], times[below], keys[below]):
            below += 1
        if not is_before(times[below], keys[below], t, key):
            break
        times[place] = times[below]
        keys[place] = keys[below]
        items[place] = items[below]
        place = below
        below = 2 * place + 1
    times[place] = t
    keys[place] = key
    items[place] = item


@kernel
def heapify(times: Any, keys: Any, items: Any, size: int) -> None:
    """Bring arrays of `size` events into the order of a heap."""
    for place in range(size // 2 - 1, -1, -1):
        settle(times, keys, items, size, place, times[place], keys[place], items[place])


assert math.log2(NO_KEY) > ORDER_BITS + 3
