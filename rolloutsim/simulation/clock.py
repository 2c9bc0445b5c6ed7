"""SimPy's clock with one addition: events at absolute instants, in the model's order within an instant."""

from __future__ import annotations

from heapq import heappush

import simpy

__all__ = ["CANCEL", "FLEET_TIMEOUT", "GRANT", "At", "Clock"]

#: The order within an instant: a robot's link, completion, deadline and re-check (numbered like the events of
#: `rolloutsim.simulation.robot`), then cancel, fleet timeout and grant. Robots of equal order go by their index.
CANCEL, FLEET_TIMEOUT, GRANT = 4, 5, 6

_ROBOTS = 1 << 40


class Clock(simpy.Environment):
    """A SimPy environment that is asked for instants instead of delays.

    ``timeout(t - now)`` would happen at ``now + (t - now)``, which in floating point is not always ``t``: instants would drift apart by one unit in
    the last place and ties would be decided by chance.

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
        return At(self, t, order, robot)

    def push(self, event: simpy.Event, t: float, priority: int) -> None:
        heappush(self._queue, (t, priority, next(self._eid), event))  # type: ignore[misc]  # SimPy types priorities as 0 or 1


class At(simpy.Event):
    """An event that has been triggered for an instant."""

    def __init__(self, clock: Clock, t: float, order: int, robot: int) -> None:
        self.env = clock
        self.callbacks = []
        self._value = None
        self._ok = True
        clock.push(self, t, (order + 1) * _ROBOTS + robot)
