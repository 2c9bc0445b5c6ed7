"""The robots that wait for a slot, and which of them is next."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator

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
        How many robots start together, and whether they may be offline: see `rolloutsim.simulation.model.dispatch`.
    robots, count
        The robots in order of deployment, at time 0, and how many there are. Each is asked for when it is first looked at.
    """

    def __init__(self, plan: ModelTables, rules: JobRules, robots: Iterator[Robot], count: int) -> None:
        self._plan, self._rules = plan, rules
        self._passed_over: deque[Robot] = deque()  # they were offline, and are still the first
        self._unseen, self._unseen_count = robots, count
        self._returned: deque[Robot] = deque()
        self.count = count  #: how many robots wait
        self.next_up = math.inf  #: after a `take` in vain: when the first of the waiting robots will be online (s)

    def put(self, robot: Robot) -> None:
        """Let a robot wait for another attempt."""
        self._returned.append(robot)
        self.count += 1

    def started(self) -> list[Robot]:
        """Return the waiting robots that have had an attempt before."""
        return [robot for robot in (*self._passed_over, *self._returned) if robot.attempt >= 0]

    def take(self, now: float, job: Job) -> list[Robot]:
        """Remove and return the robots that start together when a slot is free: one, or a batch; none if they are all to wait."""
        online = self._take_online(now, batch_limit(self._rules, job)) if prefers_online(self._rules) else []
        return online or [self._first() for _ in range(min(offline_limit(self._rules, job), self.count))]

    def _take_online(self, now: float, most: int) -> list[Robot]:
        online: list[Robot] = []
        offline: list[Robot] = []
        while len(online) < most and self.count:
            robot = self._first()
            follow_link(self._plan, robot, now)
            (online if robot.up else offline).append(robot)
        self.next_up = min((robot.until for robot in offline), default=math.inf)
        self._passed_over.extendleft(reversed(offline))
        self.count += len(offline)
        return online

    def _first(self) -> Robot:
        """Remove and return the first robot, online or not."""
        self.count -= 1
        if self._passed_over:
            return self._passed_over.popleft()
        if self._unseen_count:
            self._unseen_count -= 1
            return next(self._unseen)
        return self._returned.popleft()
