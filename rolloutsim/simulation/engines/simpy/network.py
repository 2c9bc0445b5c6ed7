"""The shared links of one replicate: a robot joins with its bytes, and leaves when they are there or when it is interrupted.

The rate of each flow is decided in `rolloutsim.simulation.fairshare.sharing`; here it is brought together with SimPy's
clock. There is one alarm, for the next finish of all; when a flow joins or leaves it is set again, and an old one is ignored.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

import simpy

from rolloutsim.simulation.engines.simpy.clock import Clock
from rolloutsim.simulation.fairshare.shared_links import Links
from rolloutsim.simulation.fairshare.sharing import finish, make_sharing, next_finish, spreads
from rolloutsim.simulation.model.deadlines import end_of, snap
from rolloutsim.simulation.model.model_tables import ModelTables
from rolloutsim.simulation.model.robot import PASSED, STOPPED, Robot
from rolloutsim.simulation.model.transfers import begin_transfer, end_transfer, group_of, is_complete, use_row
from rolloutsim.simulation.model.transitions import transition
from rolloutsim.simulation.records.log import Log

__all__ = ["Network"]


class Network:
    """Links that robots share.

    Parameters
    ----------
    clock
        Of the replicate.
    plan
        The scenario.
    links
        What is shared.
    log
        Where it is recorded how much of each link is used.
    """

    def __init__(self, clock: Clock, plan: ModelTables, links: Links, log: Log) -> None:
        self._clock, self._plan, self._log = clock, plan, log
        self.links = make_sharing(len(plan.cohort), links.capacities, links.origin)
        self._arrivals: dict[int, tuple[Robot, simpy.Event]] = {}
        self._groups = range(len(links.sites))
        self._next: tuple[float, int] = (float("inf"), -1)

    def transfer(self, robot: Robot) -> Generator[simpy.Event, Any, tuple[float, int]]:
        """Share a link until all bytes have arrived, or something else happens to the robot. Return the instant and the event."""
        arrival = self.join(robot)
        t, event = transition(self._plan, robot)
        yield arrival | self._clock.at(t, event, robot.index)
        complete = event == STOPPED and self.is_complete(robot)
        if self.leave(robot):
            return t, PASSED if complete else event
        if not arrival.processed:
            yield arrival
        return self._clock.now, PASSED

    def join(self, robot: Robot) -> simpy.Event:
        """Let a robot's bytes flow; returns the event of their having arrived."""
        self.ring()
        begin_transfer(self._plan, self.links, robot, self._clock.now)
        arrival = self._clock.event()
        self._arrivals[robot.index] = robot, arrival
        self._changed(group_of(self._plan, robot))
        return arrival

    def leave(self, robot: Robot) -> bool:
        """End the flow to a robot, unless its bytes have arrived by now: then False. `robot.got` is what has come."""
        self.ring()
        flowed = end_transfer(self.links, robot, self._clock.now)
        if flowed:
            del self._arrivals[robot.index]
            self._changed(group_of(self._plan, robot))
        return flowed

    def ring(self) -> None:
        """Let everything arrive that is due by now."""
        while next_finish(self.links)[0] <= self._clock.now:
            self._finish()

    def is_complete(self, robot: Robot) -> bool:
        """Return whether all bytes of a robot are there at its deadline, which is now, but for rounding."""
        self.ring()
        return is_complete(self.links, robot, self._clock.now)

    def finish_at_deadline(self) -> bool:
        """Let everything arrive that is due by a deadline, which is now, but for rounding; False if nothing is."""
        found = False
        while snap(next_finish(self.links)[0], self._clock.now) <= self._clock.now:
            self._finish()
            found = True
        return found

    def _finish(self) -> None:
        _t, index = finish(self.links, self._clock.now)
        robot, arrival = self._arrivals.pop(index)
        self._clock.let(arrival, max(self._clock.now, end_of(self._plan, robot, self._clock.now)), PASSED, index)
        self._changed(self._plan.group[self._plan.cohort[index]])

    def _ring_for(self, due: tuple[float, int], _: Any) -> None:
        if due == self._next:
            self.ring()

    def _changed(self, group: int) -> None:
        """Set the alarm, and record what is used now."""
        following = next_finish(self.links)
        if following != self._next:
            self._next = following
            if following[1] >= 0:
                alarm = self._clock.at(following[0], PASSED, following[1])
                assert alarm.callbacks is not None
                alarm.callbacks.append(partial(self._ring_for, following))
        for number in self._groups if spreads(self.links) else (group,):
            self._log.use(use_row(self.links, self._clock.now, number))
