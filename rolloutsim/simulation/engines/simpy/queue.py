"""The robots that wait for a slot, and which of them is next."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable

from rolloutsim.simulation.model.connectivity import follow_link
from rolloutsim.simulation.model.dispatch import batch_limit, offline_limit, prefers_online
from rolloutsim.simulation.model.job import Job
from rolloutsim.simulation.model.model_tables import ModelTables
from rolloutsim.simulation.model.robot import Robot
from rolloutsim.simulation.model.rules import JobRules

__all__ = ["Queue"]


class Queue:
    """Robots in order of deployment; those that come back for another attempt join at the end.

    Parameters
    ----------
    plan
        The scenario.
    rules
        How many start together, and whether they may be offline: see `rolloutsim.simulation.model.dispatch`.
    order
        Indices of the robots in order of deployment.
    create
        Makes the robot of an index, at time 0. A robot is made when it is first looked at.
    """

    def __init__(self, plan: ModelTables, rules: JobRules, order: Iterable[int], create: Callable[[int], Robot]) -> None:
        self._plan, self._rules, self._create = plan, rules, create
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

    def take(self, now: float, job: Job) -> list[Robot]:
        """Remove and return the robots that start together when a slot is free: one, or a batch; none if they are all to wait."""
        online = self._take_online(now, batch_limit(self._rules, job)) if prefers_online(self._rules) else []
        return online or self._take_first(offline_limit(self._rules, job))

    def _take_first(self, most: int) -> list[Robot]:
        return [self._robot(self._waiting.popleft()) for _ in range(min(most, len(self._waiting)))]

    def _take_online(self, now: float, most: int) -> list[Robot]:
        self.next_up = math.inf
        robots: list[Robot] = []
        place = 0
        while place < len(self._waiting) and len(robots) < most:
            robot = self._waiting[place] = self._robot(self._waiting[place])
            follow_link(self._plan, robot, now)
            if robot.up:
                robots.append(robot)
                del self._waiting[place]
            else:
                self.next_up = min(self.next_up, robot.until)
                place += 1
        return robots

    def _robot(self, entry: int | Robot) -> Robot:
        return self._create(entry) if isinstance(entry, int) else entry
