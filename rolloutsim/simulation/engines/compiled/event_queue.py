"""The event queue of the compiled engine: what happens next to each robot, in the model's order.

A heap in which every node has four children, because what is compared then lies side by side. An entry is an instant and a *key*, its place
within that instant: the order of the event and, below it, the robot's index. Each robot has at most one entry and knows where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.kernel import inlined, kernel
from rolloutsim.simulation.engines.compiled.state import NO_ROBOT

if TYPE_CHECKING:
    from rolloutsim.simulation.engines.compiled.state import EngineState

__all__ = ["NO_KEY", "index_of", "is_before", "key_of", "push", "remove", "reschedule"]

_ORDER_BITS = 40
_INDEX = (1 << _ORDER_BITS) - 1

#: After all keys.
NO_KEY = 1 << 60


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
    """Return whether an event happens before another one."""
    return t < other_t or (t == other_t and key < other_key)


@inlined
def push(state: EngineState, t: float, key: int) -> None:
    """Give a robot that has no entry one for what happens to it at `t`."""
    state.counters.entries += 1
    sift_up(state, state.counters.entries - 1, t, key)


@kernel
def remove(state: EngineState, index: int) -> None:
    """Remove a robot's entry."""
    hole = state.where[index]
    state.where[index] = NO_ROBOT
    state.counters.entries -= 1
    last = state.counters.entries
    if hole < last:
        settle(state, hole, state.times[last], state.keys[last])


@kernel
def reschedule(state: EngineState, t: float, key: int) -> None:
    """Something else happens next to a robot that has an entry."""
    settle(state, state.where[index_of(key)], t, key)


@inlined
def settle(state: EngineState, hole: int, t: float, key: int) -> None:
    """Put an entry where it belongs, above or below a free place."""
    if hole > 0 and is_before(t, key, state.times[(hole - 1) >> 2], state.keys[(hole - 1) >> 2]):
        sift_up(state, hole, t, key)
    else:
        sift_down(state, hole, t, key)


@kernel
def sift_up(state: EngineState, hole: int, t: float, key: int) -> None:
    while hole > 0:
        above = (hole - 1) >> 2
        if not is_before(t, key, state.times[above], state.keys[above]):
            break
        put(state, hole, state.times[above], state.keys[above])
        hole = above
    put(state, hole, t, key)


@inlined
def sift_down(state: EngineState, hole: int, t: float, key: int) -> None:
    entries = state.counters.entries
    while True:
        first = 4 * hole + 1
        if first + 3 < entries:
            least = earlier(state, earlier(state, first, first + 1), earlier(state, first + 2, first + 3))
        elif first < entries:
            least = first
            for child in range(first + 1, entries):
                least = earlier(state, least, child)
        else:
            break
        if not is_before(state.times[least], state.keys[least], t, key):
            break
        put(state, hole, state.times[least], state.keys[least])
        hole = least
    put(state, hole, t, key)


@inlined
def earlier(state: EngineState, place: int, other: int) -> int:
    """Return which of two entries happens first, without a branch that a processor would have to guess."""
    t, other_t, key, other_key = state.times[place], state.times[other], state.keys[place], state.keys[other]
    return other if (other_t < t) | ((other_t == t) & (other_key < key)) else place


@inlined
def put(state: EngineState, place: int, t: float, key: int) -> None:
    state.times[place] = t
    state.keys[place] = key
    state.where[index_of(key)] = place
