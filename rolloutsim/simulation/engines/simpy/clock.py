"""SimPy's clock with one addition: events at absolute instants, in the model's order within an instant."""

from __future__ import annotations

from heapq import heappush
from typing import Any

import simpy

from rolloutsim.simulation.model.robot import GRANT

__all__ = ["At", "Clock", "Slots"]

_ROBOTS = 1 << 40


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

    def at(self, t: float, order: int = 0, robot: int = 0) -> At:
        """Return an event that happens at the instant `t` (s), which must not be past.

        Parameters
        ----------
        t
            Seconds on the simulation's clock.
        order, robot
            Its place among the events of that instant. What SimPy does by itself at an instant (starting processes, granting
            requests) comes before all of them.
        """
        event = At(self)
        self.let(event, t, order, robot)
        return event

    def let(self, event: At, t: float, order: int, robot: int) -> None:
        """Let an event that was made without an instant happen at `t`; see `at`."""
        self.push(event, t, (order + 1) * _ROBOTS + robot)

    def push(self, event: simpy.Event, t: float, priority: int) -> None:
        """Let a triggered event happen at the instant `t`."""
        heappush(self._queue, (t, priority, next(self._eid), event))  # type: ignore[misc]  # SimPy types priorities as 0 or 1


class At(simpy.Event):
    """An event that has been triggered for an instant."""

    def __init__(self, clock: Clock) -> None:
        self.env = clock
        self.callbacks = []
        self._value = None
        self._ok = True


class Slots(simpy.Resource):
    """A SimPy resource that grants a slot when everything else of the instant has happened.

    Releases a slot in O(1), without scheduling a `Release` event; SimPy looks for the holder in a
    list.
    """

    def __init__(self, clock: Clock, capacity: int) -> None:
        super().__init__(clock, capacity)
        self._clock = clock
        self.users = _Holders()  # type: ignore[assignment]  # of a list it uses append, remove and len

    def free(self, request: Any) -> None:
        """Take back a slot at once."""
        self.users.remove(request)
        self._trigger_put(None)

    def _do_put(self, event: Any) -> None:
        if len(self.users) < self.capacity:
            self.users.append(event)
            event.usage_since = self._clock.now
            event._ok, event._value = True, None
            self._clock.push(event, self._clock.now, (GRANT + 1) * _ROBOTS)


class _Holders(dict[Any, None]):
    """The two methods of a list that a resource uses."""

    def append(self, request: Any) -> None:
        self[request] = None

    def remove(self, request: Any) -> None:
        del self[request]
