"""The robots that wait for a slot, and which of them is next."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator

from rolloutsim.simulation.engines.simpy.groups import RobotGroups
from rolloutsim.simulation.model.connectivity import follow_link
from rolloutsim.simulation.model.dispatch import batch_limit, note_offline_start, offline_limit, prefers_online, starts_offline
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
    groups
        That limits count, if any do: then a robot is passed over as long as they have no room for it.
    """

    def __init__(self, plan: ModelTables, rules: JobRules, robots: Iterator[Robot], count: int, groups: RobotGroups | None = None) -> None:
        self._plan, self._rules, self._groups = plan, rules, groups
        self._passed_over: deque[Robot] = deque()  # they were offline or had no room, and are still the first
        self._unseen, self._unseen_count = robots, count
        self._returned: deque[Robot] = deque()
        self.count = count  #: how many robots wait
        self.next_up = math.inf  #: after a `take` in vain: when the first of the waiting robots will be online (s)

    def put(self, robot: Robot) -> None:
        """Let a robot wait for another attempt."""
        self._returned.append(robot)
        self.count += 1
        if self._groups is not None:
            self._groups.lined_up[self._groups.lane_of[robot.index]] += 1

    def started(self) -> list[Robot]:
        """Return the waiting robots that have had an attempt before."""
        return [robot for robot in (*self._passed_over, *self._returned) if robot.attempt >= 0]

    def take(self, now: float, job: Job) -> list[Robot]:
        """Remove and return the robots that start together when a slot is free: one, or a batch; none if they are all to wait."""
        if self._groups is not None:
            return self._take_with_room(self._groups, now, job)
        online = self._take_online(now, batch_limit(self._rules, job)) if prefers_online(self._rules) else []
        return online or [self._first() for _ in range(min(offline_limit(self._rules, job), self.count))]

    def take_next(self) -> Robot:
        """Remove and return the first robot in line, whatever limits and links are."""
        return self._first()

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

    def _take_with_room(self, groups: RobotGroups, now: float, job: Job) -> list[Robot]:
        """Remove and return the first robot for which limits have room, one that is online if that matters."""
        passed_over: list[Robot] = []
        offline: list[Robot] = []
        chosen: Robot | None = None
        while chosen is None and self.count:
            robot = self._first()
            has_room = groups.have_room(robot)
            if has_room and prefers_online(self._rules):
                follow_link(self._plan, robot, now)
                offline += [] if robot.up else [robot]
            if has_room and (robot.up or not prefers_online(self._rules)):
                chosen = robot
            else:
                passed_over.append(robot)
        if chosen is None and offline and starts_offline(self._rules, job, now):
            chosen = offline[0]
            note_offline_start(job, now)
            passed_over.remove(chosen)
        self.next_up = min((robot.until for robot in offline), default=math.inf)
        self._passed_over.extendleft(reversed(passed_over))
        self.count += len(passed_over)
        if chosen is None:
            return []
        groups.lined_up[groups.lane_of[chosen.index]] -= 1
        return [chosen]

    def _first(self) -> Robot:
        """Remove and return the first robot, online or not."""
        self.count -= 1
        if self._passed_over:
            return self._passed_over.popleft()
        if self._unseen_count:
            self._unseen_count -= 1
            return next(self._unseen)
        return self._returned.popleft()
