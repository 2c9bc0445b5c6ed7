"""What one replicate leaves behind: records in the order in which they happen, columns afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rolloutsim.simulation.robot import REPORTING, VALIDATING, Robot

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ROBOT_FIELDS", "Columns", "JobRecord", "Log"]

#: Attributes of a robot that become columns.
ROBOT_FIELDS = (
    "index",
    "status",
    "verdict",
    "ended_by",
    "seen",
    "granted",
    "reached",
    "finished",
    "reported",
    "converged",
    "attempt",
    "bytes",
    "slot",
    "offline",
    "downtime",
    "left_down",
)
_INTEGERS = {"index", "status", "verdict", "ended_by", "seen", "attempt", "robot", "phase", "code"}


class JobRecord(NamedTuple):
    """What the controller knows of a job at its end."""

    status: str
    code: str | None
    release: int
    ended_s: float
    breached_s: float  #: NaN without
    overshoot: float  #: NaN without
    peak: int


class Columns(NamedTuple):
    """One replicate in columns; those of robots have a row for each robot that got a slot, in order of its index."""

    job: JobRecord
    robots: dict[str, np.ndarray[Any, Any]]
    steps: dict[str, np.ndarray[Any, Any]]  #: robot, attempt, phase, started, ended, code; by robot, then in order of time
    holds: dict[str, np.ndarray[Any, Any]]  #: robot, granted, freed: each time a slot was held
    flows: dict[str, np.ndarray[Any, Any]]  #: robot, started, ended, rate (B/s): each uninterrupted transfer


class Log:
    """Collects the records of one replicate.

    Parameters
    ----------
    steps
        Whether to keep a record of each phase.
    """

    def __init__(self, *, steps: bool = True) -> None:
        self._keep_steps = steps
        self._robots: list[tuple[Any, ...]] = []
        self._steps: list[tuple[int, int, int, float, float, int]] = []
        self._holds: list[tuple[int, float, float]] = []
        self._flows: list[tuple[int, float, float, float]] = []

    def before(self, robot: Robot) -> tuple[int, int, float, float, float]:
        """Remember a robot as it is before an event."""
        return robot.phase, robot.attempt, robot.entered, robot.t, robot.bytes

    def after(self, robot: Robot, before: tuple[int, int, float, float, float]) -> None:
        """Record what an event has changed: a phase that ended, bytes that flowed."""
        phase, attempt, entered, since, sent = before
        if robot.bytes > sent and robot.t > since:
            self._flows.append((robot.index, since, robot.t, robot.rate))
        if robot.phase != phase and VALIDATING <= phase <= REPORTING and self._keep_steps:
            self._steps.append((robot.index, attempt, phase, entered, robot.t, robot.left_code))

    def hold(self, robot: Robot) -> None:
        """Record that a robot held a slot until now."""
        self._holds.append((robot.index, robot.granted, robot.t))

    def robot(self, r: Robot) -> None:
        """Record a robot for which nothing more will happen."""
        self._robots.append(
            (
                r.index,
                r.status,
                r.verdict,
                r.ended_by,
                r.seen,
                r.granted,
                r.reached,
                r.finished,
                r.reported,
                r.converged,
                r.attempt,
                r.bytes,
                r.slot,
                r.offline,
                r.downtime,
                r.left_down,
            )
        )

    def columns(self, job: JobRecord) -> Columns:
        """Return everything in columns."""
        return Columns(
            job,
            _columns(ROBOT_FIELDS, self._robots),
            _columns(("robot", "attempt", "phase", "started", "ended", "code"), self._steps),
            _columns(("robot", "granted", "freed"), self._holds),
            _columns(("robot", "started", "ended", "rate"), self._flows),
        )


def _columns(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> dict[str, np.ndarray[Any, Any]]:
    """Turn rows into columns, by robot; a robot's rows keep their order."""
    import numpy as np

    lists = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    columns = {name: np.array(values, np.int64 if name in _INTEGERS else np.float64) for name, values in zip(names, lists, strict=True)}
    order = np.argsort(columns[names[0]], kind="stable")
    return {name: values[order] for name, values in columns.items()}
