"""The groups of robots that limits count, in the SimPy engine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from heapq import heappop, heappush

from rolloutsim.simulation.model.connectivity import follow_link
from rolloutsim.simulation.model.groups import (
    Cell,
    begin_groups,
    enter_stage,
    full_row,
    is_watched,
    mark_link,
    mark_start,
    mark_verdict,
    stalled_groups,
)
from rolloutsim.simulation.model.initial_state import Fleet
from rolloutsim.simulation.model.job import Job
from rolloutsim.simulation.model.model_tables import ModelTables
from rolloutsim.simulation.model.robot import Robot
from rolloutsim.simulation.model.rules import JobRules, failure_kind

__all__ = ["RobotGroups"]


class RobotGroups:
    """What limits count: a `rolloutsim.simulation.model.groups.Groups`, and the links of robots that count while they are offline.

    Parameters
    ----------
    plan, rules
        The scenario.
    fleet
        The robots.
    """

    def __init__(self, plan: ModelTables, rules: JobRules, fleet: Fleet) -> None:
        self._plan, self._fleet = plan, fleet
        self.rules, self.limits, self.cell_of = rules, rules.limits, rules.cell_of
        self.lane_of = [rules.lane_of[cohort] for cohort in plan.cohort]
        self.cells = [Cell(group.row, group.robots) for group in rules.groups]
        self.marks, self.lined_up = [0] * len(plan.cohort), [0] * rules.lanes
        begin_groups(self, len(plan.cohort))
        self._stage: list[int] = []
        self._changes: list[tuple[float, int, Robot]] = []  # a heap of links by their next change

    def begin(self, now: float) -> None:
        """Watch the links of the robots that count while they are offline."""
        watched = [index for index, lane in enumerate(self.lane_of) if is_watched(self, lane)]
        for robot in self._fleet.robots(watched):
            self._note_link(robot, now)

    def enter_stage(self, robots: Sequence[int]) -> None:
        """A stage begins."""
        enter_stage(self, [*self._stage, *robots], 0, len(self._stage), len(self._stage) + len(robots))
        self._stage = list(robots)

    def follow(self, now: float) -> None:
        """Note which links have changed by now."""
        while self._changes and self._changes[0][0] <= now:
            self._note_link(heappop(self._changes)[2], now)

    def _note_link(self, robot: Robot, now: float) -> None:
        follow_link(self._plan, robot, now)
        mark_link(self, robot.index, robot.up, robot.until == math.inf)
        if robot.until < math.inf:
            heappush(self._changes, (robot.until, robot.index, robot))

    @property
    def next_change(self) -> float:
        """When the next of these links changes (s)."""
        return self._changes[0][0] if self._changes else math.inf

    def have_room(self, robot: Robot) -> bool:
        """Return whether a robot may start."""
        return full_row(self, self.lane_of[robot.index], False) < 0

    def start(self, robot: Robot) -> None:
        """A robot gets a slot."""
        mark_start(self, robot.index)

    def end(self, robot: Robot, *, is_final: bool) -> None:
        """A robot gives its slot back."""
        mark_verdict(self, robot.index, is_final and failure_kind(robot.verdict, robot.ended_by) >= 0)

    def stalled_by(self, job: Job, waiting: int) -> int:
        """Return which row stalls the job, -1 if none does."""
        return stalled_groups(self, job, waiting)
