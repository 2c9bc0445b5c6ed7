"""SimPy's clock with one addition: events at absolute instants, in the model's order within an instant."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import simpy
from simpy.core import BoundClass
from simpy.events import NORMAL, EventPriority, ProcessGenerator

from rolloutsim.simulation.model.robot import GRANT

__all__ = ["At", "Clock", "Slots"]

_ROBOTS = 1 << 40


class At(simpy.Event):
    """An event that happens at an instant.

    Parameters
    ----------
    clock
        On which it happens.
    t
        The instant (s), which must not be past.
    order, robot
        Its place among the events of that instant. What SimPy does by itself at an instant (starting and interrupting processes) comes
        before all of them.
    """

    _ok, _value = True, None

    def __init__(self, clock: Clock, t: float, order: int = 0, robot: int = 0) -> None:
        self.env, self.callbacks = clock, []
        heappush(clock._queue, (t, (order + 1) * _ROBOTS + robot, next(clock._eid), self))  # type: ignore[misc]  # SimPy has two priorities


class _Begun(simpy.Process):
    """A process that begins at once, without an event for that."""

    def __init__(self, clock: Clock, generator: ProcessGenerator) -> None:
        self.env, self.callbacks, self._generator = clock, [], generator
        active = clock.active_process
        self._resume(clock.ready)
        clock._active_proc = active


class Clock(simpy.Environment):
    """A SimPy environment that is asked for instants instead of delays.

    ``timeout(t - now)`` would happen at ``now + (t - now)``, which in floating point is not always ``t``: instants would drift
    apart by one unit in the last place and ties would be decided by chance.

    Examples
    --------
    >>> clock = Clock()
    >>> def process():
    ...     yield clock.at(0.1 + 0.2)
    ...     print(clock.now == 0.1 + 0.2)
    >>> _ = clock.process(process())
    >>> clock.run()
    True
    """

    def __init__(self) -> None:
        super().__init__()
        self.ready = self.event()
        self.ready._ok, self.ready._value = True, None
        self._place = 0  # of the last event of this instant; it never moves back

    if TYPE_CHECKING:

        def begin(self, generator: ProcessGenerator) -> simpy.Process:
            """Return a process that has begun."""
            return _Begun(self, generator)

        def at(self, t: float, order: int = 0, robot: int = 0) -> At:
            """Return an event that happens at an instant."""
            return At(self, t, order, robot)

    else:
        begin, at = BoundClass(_Begun), BoundClass(At)

    def let(self, event: simpy.Event, t: float, order: int, robot: int) -> None:
        """Let an event happen at an instant; see `At`."""
        event._ok, event._value = True, None
        heappush(self._queue, (t, (order + 1) * _ROBOTS + robot, next(self._eid), event))  # type: ignore[misc]

    def schedule(self, event: simpy.Event, priority: EventPriority = NORMAL, delay: float = 0) -> None:
        """Let an event happen after a delay, as SimPy does; but that a process ends is no event if no other waits for it."""
        if event.callbacks or not event._ok or not isinstance(event, simpy.Process):
            super().schedule(event, priority, delay)
        else:
            event.callbacks = None  # type: ignore[assignment]  # how SimPy marks what has happened

    def is_before(self, order: int, robot: int) -> bool:
        """Return whether this instant has not come to a place among its events yet."""
        return self._place < (order + 1) * _ROBOTS + robot

    def run(self) -> None:  # type: ignore[override]  # not until something else
        """Let all events happen, one after the other as SimPy does, and record the last place within each instant."""
        queue = self._queue
        while queue:
            t, place, _, event = heappop(queue)
            if place > self._place or t > self._now:
                self._place = place
            self._now = t
            callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]  # how SimPy marks what has happened
            for callback in callbacks:
                callback(event)
            if not event._ok and not event.defused:
                raise event._value


class Slots:
    """Slots that are granted when everything else of an instant has happened; otherwise as a `simpy.Resource`.

    Freeing one costs the same however many there are, where SimPy looks for its holder in a list.
    """

    def __init__(self, clock: Clock, capacity: int) -> None:
        self._clock, self._free = clock, capacity
        self._requests: deque[simpy.Event] = deque()

    def request(self) -> simpy.Event:
        """Return the event of getting a slot."""
        if self._free:
            self._free -= 1
            return self._clock.at(self._clock.now, GRANT)
        self._requests.append(self._clock.event())
        return self._requests[-1]

    def free(self) -> None:
        """Take a slot back."""
        if self._requests:
            self._clock.let(self._requests.popleft(), self._clock.now, GRANT, 0)
        else:
            self._free += 1
