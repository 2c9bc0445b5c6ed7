"""The robots that wait for a slot, and who of them is next."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from rolloutsim.kernel import kernel
from rolloutsim.simulation.link import follow_link
from rolloutsim.simulation.plan import Plan
from rolloutsim.simulation.robot import Robot
from rolloutsim.simulation.rules import HOLD, SKIP

__all__ = ["Queue", "falls_back", "may_start"]


class Queue:
    """Robots in order of deployment; those that come back for another attempt join at the end.

    Parameters
    ----------
    plan
        The scenario.
    order
        Indices of the robots in order of deployment.
    offline
        `HOLD`: the first robot is next, online or not. `SKIP`: the first that is online; once a whole pass has found none, the rest
        as under hold. `WAIT`: the first that is online, or nobody.
    create
        Makes the robot of an index, at time 0. A robot is made when it is first looked at.
    """

    def __init__(self, plan: Plan, order: Iterable[int], offline: int, create: Callable[[int], Robot]) -> None:
        self._plan, self._offline, self._create = plan, offline, create
        self._waiting: deque[int | Robot] = deque(order)
        self.next_up = math.inf  #: after a `take` in vain: when the first of the waiting robots will be online (s)

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, robot: Robot) -> None:
        """Let a robot wait for another attempt."""
        self._waiting.append(robot)

    def started(self) -> list[Robot]:
        """Return the waiting robots that have had an attempt before."""
        return [robot for robot in self._waiting if not isinstance(robot, int) and robot.attempt >= 0]

    def take(self, now: float) -> Robot | None:
        """Remove and return the next robot; None if under `WAIT` all are offline."""
        robots = self.take_more(now, 1)
        return robots[0] if robots else None

    def take_more(self, now: float, most: int) -> list[Robot]:
        """Remove and return up to `most` robots that start together: under `SKIP` and `WAIT` those that are online."""
        robots = self._choose(now, most)
        if not robots and falls_back(self._offline):
            self._offline = HOLD
            robots = self._choose(now, most)
        return robots

    def _choose(self, now: float, most: int) -> list[Robot]:
        robots: list[Robot] = []
        while self._waiting and len(robots) < most:
            robot = self._first(now)
            if robot is None:
                break
            robots.append(robot)
        return robots

    def _first(self, now: float) -> Robot | None:
        self.next_up = math.inf
        for place, entry in enumerate(self._waiting):
            robot = self._waiting[place] = self._create(entry) if isinstance(entry, int) else entry
            if may_start(self._plan, robot, self._offline, now):
                del self._waiting[place]
                return robot
            self.next_up = min(self.next_up, robot.until)
        return None


@kernel
def may_start(plan: Any, r: Any, offline: int, now: float) -> bool:
    """Tell whether a waiting robot may get a slot now."""
    if offline == HOLD:
        return True
    follow_link(plan, r, now)
    return bool(r.up)


@kernel
def falls_back(offline: int) -> bool:
    """Tell whether the rest of the queue goes on as under `HOLD` after a whole pass has found nobody online."""
    return offline == SKIP
