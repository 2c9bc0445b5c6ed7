"""What one replicate leaves behind: records in the order in which they happen, columns afterwards."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from rolloutsim.kernel import kernel
from rolloutsim.simulation.model.draws import PHASE_COUNT
from rolloutsim.simulation.model.job import BREACH
from rolloutsim.simulation.model.robot import Robot
from rolloutsim.simulation.records.traffic import Traffic
from rolloutsim.vocabulary import CODES, JOB_STATUSES

if TYPE_CHECKING:
    import numpy as np

    from rolloutsim.simulation.records.link_totals import LinkTotals

    Array = np.ndarray[Any, Any]

__all__ = [
    "ATTEMPT_WIDTH",
    "FLOW_FIELDS",
    "HOLD_FIELDS",
    "ROBOT_FIELDS",
    "USE_FIELDS",
    "Columns",
    "Counted",
    "JobRecord",
    "Log",
    "attempt_row",
    "flow_row",
    "job_record",
    "make_columns",
    "robot_row",
]

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
HOLD_FIELDS = ("robot", "granted", "freed")
FLOW_FIELDS = ("robot", "started", "ended", "rate")
USE_FIELDS = ("t", "group", "rate", "flows")
#: Numbers of an attempt: `attempt_row`, then when each phase was entered.
ATTEMPT_WIDTH = 6 + PHASE_COUNT
_INTEGERS = {"index", "status", "verdict", "ended_by", "seen", "attempt", "robot", "group", "flows"}


class JobRecord(NamedTuple):
    """What the controller knows of a job at its end."""

    status: str
    code: str | None
    release: int
    ended_s: float
    breached_s: float  #: NaN without
    overshoot: float  #: NaN without
    peak: int
    stages: int  #: begun


def job_record(job: Any, release: int) -> JobRecord:
    """Return the record of a `rolloutsim.simulation.model.job.Job`."""
    overshoot = float(job.failures - job.failures_at_breach) if job.cause == BREACH else float("nan")
    code = CODES[job.code] if job.code >= 0 else None
    return JobRecord(
        JOB_STATUSES[job.status], code, release, float(job.ended), float(job.breached), overshoot, int(job.peak), int(job.stages)
    )


class Columns(NamedTuple):
    """One replicate in columns; those of robots have a row for each robot that got a slot, in order of its index."""

    job: JobRecord
    robots: Records
    steps: dict[str, Array]  #: robot, attempt, phase, started, ended, code; by robot, then in order of time
    holds: Records  #: robot, granted, freed: each time a slot was held
    flows: Records  #: robot, started, ended, rate (B/s): each transfer at one rate, or of one share at its mean
    uses: Records  #: t, group, rate (B/s), flows: what each group of robots takes of its link from then on; in order of time
    counted: Counted | None  #: what was counted as the replicate went on and has no rows in `flows` and `uses`


class Counted(NamedTuple):
    """What is known of changes of bit rates that have no rows."""

    traffic: Traffic
    totals: LinkTotals
    steps: Array  #: shape (n, 2): instants, and what all shared links carry together from then on (B/s), which `traffic` does not contain


class Log:
    """Collects the records of one replicate.

    Parameters
    ----------
    steps
        Whether to keep a record of each phase, and of when slots were held.
    """

    def __init__(self, *, steps: bool = True) -> None:
        self._keep_steps = steps
        # Flat arrays of doubles, in which all these numbers are exact: tuples would be a hundred bytes and an allocation each.
        self._robots, self._attempts, self._holds, self._flows = array("d"), array("d"), array("d"), array("d")
        self._uses = array("d")

    def attempt(self, r: Robot) -> None:
        """Record an attempt that has just ended."""
        if self._keep_steps:
            self._attempts.extend(attempt_row(r))
            self._attempts.extend(r.entered)

    def flow(self, row: tuple[float, ...]) -> None:
        """Record a `flow_row`."""
        self._flows.extend(row)

    def use(self, row: tuple[float, ...]) -> None:
        """Record how much a group takes of its link from now on: `rolloutsim.simulation.model.transfers.use_row`."""
        self._uses.extend(row)

    def hold(self, robot: Robot) -> None:
        """Record that a robot held a slot until now."""
        if self._keep_steps:
            self._holds.extend((robot.index, robot.granted, robot.t))

    def robot(self, r: Robot) -> None:
        """Record a robot for which nothing more will happen."""
        self._robots.extend(robot_row(r))

    def columns(self, job: JobRecord) -> Columns:
        """Return everything in columns."""
        import numpy as np

        robots, *rest = map(np.frombuffer, (self._robots, self._attempts, self._holds, self._flows, self._uses))
        return make_columns(job, robots.reshape(-1, len(ROBOT_FIELDS)), *rest)


@kernel
def robot_row(r: Any) -> tuple[Any, ...]:
    """Return a robot's `ROBOT_FIELDS`."""
    return (
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


@kernel
def flow_row(r: Any, since: float, sent: float, rate: float, shared: bool) -> tuple[Any, ...]:
    """Return the transfer to a robot since an instant, when it had got `sent` (B): at a rate (B/s), over a shared link at the mean one."""
    return r.index, since, r.t, (r.bytes - sent) / (r.t - since) if shared else rate


@kernel
def attempt_row(r: Any) -> tuple[Any, ...]:
    """Return what is kept of an attempt that has just ended, and before what `Robot.entered` holds."""
    return r.index, r.attempt, r.fail_phase, r.fail_code, r.left_code, r.t


def make_columns(job: JobRecord, robots: Array, attempts: Array, holds: Array, flows: Array, uses: Array) -> Columns:
    """Turn rows into columns; of robots they are the rows of a matrix, the others lie one after the other in flat arrays."""
    return Columns(
        job,
        Records(ROBOT_FIELDS, robots),
        _steps(attempts.reshape(-1, ATTEMPT_WIDTH)),
        Records(HOLD_FIELDS, holds.reshape(-1, len(HOLD_FIELDS))),
        Records(FLOW_FIELDS, flows.reshape(-1, len(FLOW_FIELDS))),
        Records(USE_FIELDS, uses.reshape(-1, len(USE_FIELDS))),
        None,
    )


class Records(Mapping[str, "Array"]):
    """Columns that are made of rows when one asks for them, because few are asked for when robots are only counted.

    Parameters
    ----------
    names
        Of the columns.
    rows
        Shape (rows, columns); they are put in order of the first one, and rows with the same keep theirs.
    """

    def __init__(self, names: tuple[str, ...], rows: Array) -> None:
        key = rows[:, 0]
        #: In order.
        self.rows: Array = rows[key.argsort(kind="stable")] if (key[1:] < key[:-1]).any() else rows
        self._names = names
        self._made: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if name not in self._made:
            if name not in self._names:
                raise KeyError(name)
            kind = "int64" if name in _INTEGERS else "float64"
            self._made[name] = self.rows[:, self._names.index(name)].astype(kind, copy=False)
        return self._made[name]

    def numbers(self, name: str) -> Array:
        """Return a column of doubles, whatever it holds."""
        column: Array = self.rows[:, self._names.index(name)]
        return column

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _steps(attempts: Array) -> dict[str, Array]:
    """Turn attempts into a row for each of their phases: it ends where the next one begins, the last one with the attempt."""
    import numpy as np

    if not len(attempts):
        whole, real = np.array([], np.int64), np.array([])
        return {"robot": whole, "attempt": whole, "phase": whole, "started": real, "ended": real, "code": whole}
    attempts = attempts[np.argsort(attempts[:, 0], kind="stable")]
    robot, attempt, fail_phase, fail_code, left_code, end = attempts[:, :6].T
    entered = attempts[:, 6:]
    ended, code = np.empty_like(entered), np.empty_like(entered)
    following, is_last = end.copy(), np.ones(len(end), np.bool_)
    for phase in reversed(range(PHASE_COUNT)):
        here = entered[:, phase] >= 0.0
        ended[:, phase] = following
        code[:, phase] = np.where(is_last, left_code, np.where(fail_phase == phase, fail_code, -1))
        following = np.where(here, entered[:, phase], following)
        is_last &= ~here
    rows, phases = np.nonzero(entered >= 0.0)
    return {
        "robot": robot[rows].astype(np.int64),
        "attempt": attempt[rows].astype(np.int64),
        "phase": phases,
        "started": entered[rows, phases],
        "ended": ended[rows, phases],
        "code": code[rows, phases].astype(np.int64),
    }
