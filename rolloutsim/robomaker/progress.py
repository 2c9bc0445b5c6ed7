"""The record of a job's replicate, and what is to be seen of it at an instant: nothing of that depends on what happens later."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.vocabulary import CODES, ENDED_BY, PHASES, ROBOT_STATUSES, STEP_OF_PHASE

if TYPE_CHECKING:
    from rolloutsim.simulation.records.log import Columns

__all__ = ["Record", "RobotProgress", "make_record"]

_OWN_ENDS = ("own", "robot_timer")
PENDING, DEPLOYING, IN_SYNC = "PendingNewDeployment", "Deploying", "InSync"


class RobotProgress(NamedTuple):
    """A robot at an instant; instants are seconds since the job's creation.

    Attributes
    ----------
    status, code
        Of RoboMaker.
    started, finished
        When it got its slot and when its verdict was in the cloud, None before.
    step
        RoboMaker's step of the phase that it is in, or was in last; None before the first and where the phase has none.
    phase, since
        That phase, and when it began.
    """

    status: str
    code: str | None = None
    started: float | None = None
    finished: float | None = None
    step: str | None = None
    phase: str = ""
    since: float = 0.0


NOT_STARTED = RobotProgress(PENDING)


class _Robot(NamedTuple):
    granted: tuple[float, ...]
    freed: tuple[float, ...]
    verdict_at: float  #: from when on the verdict holds: the end of the last slot, or when the job denied another attempt
    status: str
    code: str | None
    converged: float  #: infinity if never
    entered: tuple[float, ...]
    phases: tuple[str, ...]


@dataclass
class Record:
    """What happens in a job.

    Attributes
    ----------
    prepared, ended, breached
        Instants; infinity for never.
    status, code
        At the end.
    robots
        By index; None for those that never got a slot.
    rows
        How many phases and slots are recorded.
    """

    prepared: float
    ended: float
    breached: float
    status: str
    code: str | None
    robots: list[_Robot | None]
    rows: int

    def robot(self, index: int, t: float, withdrawn: float = math.inf) -> RobotProgress:
        """Return a robot at an instant.

        Parameters
        ----------
        index
            Of the robot in the job.
        t
            The instant.
        withdrawn
            From when on it no longer installs late.
        """
        robot = self.robots[index]
        slot = -1 if robot is None else bisect_right(robot.granted, t) - 1
        if robot is None or slot < 0:
            return NOT_STARTED
        started, freed = robot.granted[slot], robot.freed[slot]
        place = bisect_right(robot.entered, min(t, freed)) - 1
        phase = robot.phases[place] if place >= 0 else ""
        since = robot.entered[place] if place >= 0 else 0.0
        step = STEP_OF_PHASE.get(phase)
        if t < freed:
            return RobotProgress(DEPLOYING, None, started, None, step, phase, since)
        if t < robot.verdict_at:  # it waits for another attempt
            return NOT_STARTED
        if robot.converged <= t and robot.converged <= withdrawn:
            return RobotProgress(IN_SYNC, None, started, robot.converged, "Finished", phase, since)
        return RobotProgress(robot.status, robot.code, started, robot.verdict_at, step, phase, since)


def make_record(columns: Columns, robots: int, prepared: float, stopped: float) -> Record:
    """Make a record of what a replicate leaves.

    Parameters
    ----------
    columns
        The records of the replicate, with those of its phases.
    robots
        How many robots the job has.
    prepared
        When it is prepared.
    stopped
        When it is canceled or its time is over, if it has not ended by then.
    """
    job = columns.job
    breached = math.inf if math.isnan(job.breached_s) else job.breached_s
    slots: list[list[tuple[float, float]]] = [[] for _ in range(robots)]
    for index, granted, freed in zip(*(columns.holds[name].tolist() for name in ("robot", "granted", "freed")), strict=True):
        slots[index].append((granted, freed))
    phases: list[list[tuple[float, str]]] = [[] for _ in range(robots)]
    for index, phase, started in zip(*(columns.steps[name].tolist() for name in ("robot", "phase", "started")), strict=True):
        phases[index].append((started, PHASES[phase]))
    made: list[_Robot | None] = [None] * robots
    names = ("index", "status", "verdict", "ended_by", "converged", "reported")
    for index, status, verdict, ended_by, converged, reported in zip(*(columns.robots[name].tolist() for name in names), strict=True):
        own = ENDED_BY[ended_by] in _OWN_ENDS
        by_job = breached if ENDED_BY[ended_by] == "breach" else stopped
        made[index] = _Robot(
            granted=tuple(granted for granted, _ in slots[index]),
            freed=tuple(freed for _, freed in slots[index]),
            verdict_at=reported if own else max(reported, by_job),
            status=ROBOT_STATUSES[status],
            code=None if verdict < 0 else CODES[verdict],
            converged=converged if converged >= 0.0 else math.inf,
            entered=tuple(started for started, _ in phases[index]),
            phases=tuple(phase for _, phase in phases[index]),
        )
    rows = len(columns.holds["robot"]) + len(columns.steps["robot"])
    return Record(prepared, job.ended_s, breached, job.status, job.code, made, rows)
