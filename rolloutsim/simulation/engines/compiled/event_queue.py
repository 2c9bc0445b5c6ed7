"""The agenda of the compiled engine: what happens next to each robot, in the model's order.

A heap in which every node has four children, because what is compared then lies side by side. An entry is an instant and a *key*, its place
within that instant: the order of the event and, below it, the robot's index. Each robot has at most one entry and knows where it is.
"""

from __future__ import annotations

from typing import Any

from rolloutsim.kernel import inlined, kernel

__all__ = ["NOBODY", "NO_KEY", "cancel", "enter", "index_of", "is_before", "key_of", "reschedule"]

_ORDER_BITS = 40
_INDEX = (1 << _ORDER_BITS) - 1

#: After all keys.
NO_KEY = 1 << 60

#: Where a robot without an entry is.
NOBODY = -1


@kernel
def key_of(order: int, index: int) -> int:
    """Return an event's place within its instant: its order, then the robot's index."""
    return (order << _ORDER_BITS) + index


@kernel
def index_of(key: int) -> int:
    """Return the index of the robot of a key."""
    return key & _INDEX


@kernel
def is_before(t: float, key: int, other_t: float, other_key: int) -> bool:
    """Tell whether an event happens before another one."""
    return t < other_t or (t == other_t and key < other_key)


@inlined
def enter(room: Any, t: float, key: int) -> None:
    """Give a robot that has no entry one for what happens to it at `t`."""
    room.desk.entries += 1
    rise(room, room.desk.entries - 1, t, key)


@kernel
def cancel(room: Any, index: int) -> None:
    """Remove a robot's entry."""
    hole = room.where[index]
    room.where[index] = NOBODY
    room.desk.entries -= 1
    last = room.desk.entries
    if hole < last:
        settle(room, hole, room.times[last], room.keys[last])


@kernel
def reschedule(room: Any, t: float, key: int) -> None:
    """Something else happens next to a robot that has an entry."""
    settle(room, room.where[index_of(key)], t, key)


@inlined
def settle(room: Any, hole: int, t: float, key: int) -> None:
    """Put an entry where it belongs, above or below a free place."""
    if hole > 0 and is_before(t, key, room.times[(hole - 1) >> 2], room.keys[(hole - 1) >> 2]):
        rise(room, hole, t, key)
    else:
        sink(room, hole, t, key)


@kernel
def rise(room: Any, hole: int, t: float, key: int) -> None:
    while hole > 0:
        above = (hole - 1) >> 2
        if not is_before(t, key, room.times[above], room.keys[above]):
            break
        put(room, hole, room.times[above], room.keys[above])
        hole = above
    put(room, hole, t, key)


@inlined
def sink(room: Any, hole: int, t: float, key: int) -> None:
    entries = room.desk.entries
    while True:
        first = 4 * hole + 1
        if first >= entries:
            break
        least = first
        for child in range(first + 1, min(first + 4, entries)):
            if is_before(room.times[child], room.keys[child], room.times[least], room.keys[least]):
                least = child
        if not is_before(room.times[least], room.keys[least], t, key):
            break
        put(room, hole, room.times[least], room.keys[least])
        hole = least
    put(room, hole, t, key)


@inlined
def put(room: Any, place: int, t: float, key: int) -> None:
    room.times[place] = t
    room.keys[place] = key
    room.where[index_of(key)] = place
