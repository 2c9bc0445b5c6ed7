"""The shared links of one replicate: a robot joins with its bytes, and leaves when they are there or when it is interrupted.

Who flows how fast is decided in `rolloutsim.simulation.sharing`; here it is brought together with SimPy's clock. There is one alarm, for
the next finish of all; when somebody joins or leaves it is set anew, and an old one is not heard.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from rolloutsim.simulation.clock import At, Clock
from rolloutsim.simulation.links import Links
from rolloutsim.simulation.log import Log
from rolloutsim.simulation.plan import Plan
from rolloutsim.simulation.robot import DOWNLOADING, PASSED, Robot
from rolloutsim.simulation.sharing import finish, join, leave, make_sharing, next_finish, used

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

    def __init__(self, clock: Clock, plan: Plan, links: Links, log: Log) -> None:
        self._clock, self._plan, self._log = clock, plan, log
        self._links = make_sharing(len(plan.cohort), links.capacities, links.origin)
        self._has_origin = links.origin < float("inf")
        self._arrivals: dict[int, At] = {}
        self._flows = [0] * len(links.sites)
        self._next: tuple[float, int] = (float("inf"), -1)

    def carries(self, robot: Robot) -> bool:
        """Tell whether bytes are about to flow to a robot over a shared link."""
        return (
            robot.phase == DOWNLOADING
            and robot.up
            and robot.left > 0.0
            and robot.work <= 0.0
            and robot.code < 0
            and self._plan.group[robot.link] >= 0
        )

    def join(self, robot: Robot) -> At:
        """Let a robot's bytes flow; returns the event of their having arrived."""
        self.ring()
        group = self._plan.group[robot.link]
        join(self._links, self._clock.now, robot.index, group, robot.rate, robot.left)
        robot.sharing = True
        arrival = self._arrivals[robot.index] = At(self._clock)
        self._flows[group] += 1
        self._changed(group)
        return arrival

    def leave(self, robot: Robot) -> bool:
        """End the flow to a robot, unless its bytes have arrived by now: then False. `robot.got` is what has come."""
        self.ring()
        if self._arrivals.pop(robot.index, None) is None:
            robot.got = robot.left
            return False
        robot.got = robot.left - leave(self._links, self._clock.now, robot.index)
        group = self._plan.group[robot.link]
        self._flows[group] -= 1
        self._changed(group)
        return True

    def ring(self) -> None:
        """Let everything arrive that is due by now."""
        while next_finish(self._links)[0] <= self._clock.now:
            _t, index = finish(self._links)
            group = self._plan.group[self._plan.cohort[index]]
            self._flows[group] -= 1
            self._clock.let(self._arrivals.pop(index), self._clock.now, PASSED, index)
            self._changed(group)

    def _ring_for(self, due: tuple[float, int], _: Any) -> None:
        if due == self._next:
            self.ring()

    def _changed(self, group: int) -> None:
        """Set the alarm, and record what is used now."""
        following = next_finish(self._links)
        if following != self._next:
            self._next = following
            if following[1] >= 0:
                alarm = self._clock.at(following[0], PASSED, following[1])
                assert alarm.callbacks is not None
                alarm.callbacks.append(partial(self._ring_for, following))
        for number in range(len(self._flows)) if self._has_origin else (group,):
            self._log.use(self._clock.now, number, used(self._links, number), self._flows[number])
