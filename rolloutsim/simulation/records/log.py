"""What one replicate leaves behind: records in the order in which they happen, columns afterwards."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from rolloutsim.kernel import kernel
from rolloutsim.simulation.model.draws import PHASE_COUNT
from rolloutsim.simulation.model.job import BREACH, Job, overshoot
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
    "JOB_FIELDS",
    "REGRESSION_FIELDS",
    "ROBOT_FIELDS",
    "USE_FIELDS",
    "Columns",
    "Counted",
    "JobRecord",
    "Log",
    "Written",
    "attempt_row",
    "flow_row",
    "job_record",
    "job_row",
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
    "left",
    "slot",
    "offline",
    "downtime",
    "left_down",
)
#: Attributes of a robot that become columns once the job has ended: see `rolloutsim.simulation.records.regressions`.
REGRESSION_FIELDS = ("regressed", "recovery")
#: Numbers of a job, by the columns of `jobs` that they become.
JOB_FIELDS = (
    "status",
    "failure_code",
    "release",
    "time_to_complete_s",
    "breached_s",
    "overshoot",
    "peak_in_flight",
    "stages_reached",
    "stopped_by",
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
    stopped_by: int  #: position in `rolloutsim.vocabulary.STOPPED_BY`, -1 without

    def numbers(self) -> list[float]:
        """Return the `job_row`."""
        return [JOB_STATUSES.index(self.status), -1.0 if self.code is None else CODES.index(self.code), *self[2:]]


@kernel
def job_row(job: Job, release: int) -> tuple[float, ...]:
    """Return a job's `JOB_FIELDS`."""
    beyond = float(overshoot(job)) if job.cause == BREACH else math.nan
    return job.status, job.code, release, job.ended, job.breached, beyond, job.peak, job.stages, job.stopped_by


def _named(row: Sequence[float]) -> JobRecord:
    status, code, release, ended, breached, beyond, *counts = row
    name = CODES[int(code)] if code >= 0 else None
    return JobRecord(JOB_STATUSES[int(status)], name, int(release), float(ended), float(breached), float(beyond), *map(int, counts))


def job_record(job: Job, release: int) -> JobRecord:
    """Return what is reported of a job."""
    return _named(job_row(job, release))


class Written(NamedTuple):
    """The records of a replicate in flat arrays of doubles."""

    robots: Array  #: `ROBOT_FIELDS`, column by column, by index; `granted` is negative of those that never got a slot
    regressions: Array  #: `REGRESSION_FIELDS` likewise; may be empty if no robot can fail after success
    attempts: Array  #: rows one after the other, as are the next three; there may be room left after `ends` of them
    holds: Array
    flows: Array
    uses: Array
    ends: Sequence[int]


class Counted(NamedTuple):
    """What is known of changes of bit rates that have no rows."""

    traffic: Traffic
    totals: LinkTotals
    steps: Array  #: instants, and what all shared links carry together from then on (B/s), which `traffic` does not contain, …
    end: int  #: … so many numbers


class Columns:
    """One replicate in columns, made when they are asked for.

    Parameters
    ----------
    job
        Its `JOB_FIELDS`.
    written
        Its records.
    releases
        By cohort, whether it got the bad release (1).
    counted
        What was counted as the replicate went on and has no rows in `flows` and `uses`.
    """

    def __init__(self, job: Sequence[float], written: Written, releases: Sequence[int], counted: Counted | None = None) -> None:
        self.job_row, self.written, self.releases, self.counted = job, written, releases, counted

    @cached_property
    def job(self) -> JobRecord:
        """What the controller knows."""
        return _named(self.job_row)

    @cached_property
    def robots(self) -> Records:
        """A row for each robot that got a slot, in order of its index."""
        rows = self.written.robots.reshape(len(ROBOT_FIELDS), -1).T
        started = rows[:, ROBOT_FIELDS.index("granted")] >= 0.0
        return Records(ROBOT_FIELDS, rows if started.all() else rows[started])

    @cached_property
    def regressed(self) -> Array:
        """When the failure of each robot of `robots` after success was known (s), -1 if it was not."""
        import numpy as np

        started = self.written.robots.reshape(len(ROBOT_FIELDS), -1)[ROBOT_FIELDS.index("granted")] >= 0.0
        if not len(self.written.regressions):
            return np.full(int(started.sum()), -1.0)
        regressed: Array = self.written.regressions.reshape(len(REGRESSION_FIELDS), -1)[0][started]
        return regressed

    @cached_property
    def steps(self) -> dict[str, Array]:
        """Robot, attempt, phase, started, ended, code; by robot, then in order of time."""
        return _steps(self._rows(self.written.attempts, 0, ATTEMPT_WIDTH))

    @cached_property
    def holds(self) -> Records:
        """Robot, granted, freed: each time a slot was held."""
        return Records(HOLD_FIELDS, self._rows(self.written.holds, 1, len(HOLD_FIELDS)))

    @cached_property
    def flows(self) -> Records:
        """Robot, started, ended, rate (B/s): each transfer at one rate, or of one share at its mean."""
        return Records(FLOW_FIELDS, self._rows(self.written.flows, 2, len(FLOW_FIELDS)))

    @cached_property
    def uses(self) -> Records:
        """T, group, rate (B/s), flows: what each group of robots takes of its link from then on; in order of time."""
        return Records(USE_FIELDS, self._rows(self.written.uses, 3, len(USE_FIELDS)))

    def _rows(self, numbers: Array, which: int, width: int) -> Array:
        return numbers[: self.written.ends[which]].reshape(-1, width)


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
        self._regressions = array("d")
        self._uses = array("d")

    def attempt(self, r: Robot) -> None:
        """Record an attempt that has just ended."""
        if self._keep_steps:
            self._attempts.extend(attempt_row(r))
            self._attempts.extend(r.entered)

    def connect(self, job: Job, under_way: Callable[[], tuple[float, list[float]]]) -> None:
        """Learn what a log has to know that counts as the replicate goes on, if it does.

        Parameters
        ----------
        job
            The job, whose state changes.
        under_way
            Returns the instant before which no transfer begins that has no row and will have one, except for those of the rows
            returned with it: their end is infinity.
        """

    def flow(self, row: tuple[float, ...]) -> None:
        """Record a `flow_row` that ends now."""
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
        self._regressions.extend((r.regressed, r.recovery))

    def columns(self, job: JobRecord, releases: Sequence[int]) -> Columns:
        """Return everything in columns; the release is given by cohort."""
        import numpy as np

        rows = np.frombuffer(self._robots).reshape(-1, len(ROBOT_FIELDS))
        order = np.argsort(rows[:, 0], kind="stable")
        by_column = rows[order].T.ravel()
        regressions = np.frombuffer(self._regressions).reshape(-1, len(REGRESSION_FIELDS))[order].T.ravel()
        attempts, holds, flows, uses = map(np.frombuffer, (self._attempts, self._holds, self._flows, self._uses))
        ends = [len(part) for part in (attempts, holds, flows, uses)]
        return Columns(job.numbers(), Written(by_column, regressions, attempts, holds, flows, uses, ends), releases)


@kernel
def robot_row(r: Robot) -> tuple[float, ...]:
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
        r.left,
        r.slot,
        r.offline,
        r.downtime,
        r.left_down,
    )


@kernel
def flow_row(r: Robot, since: float, sent: float, rate: float, shared: bool) -> tuple[float, ...]:
    """Return the transfer to a robot since an instant, when it had got `sent` (B): at a rate (B/s), over a shared link at the mean one."""
    return r.index, since, r.t, (r.bytes - sent) / (r.t - since) if shared else rate


@kernel
def attempt_row(r: Robot) -> tuple[float, ...]:
    """Return what is kept of an attempt that has just ended, and before what `Robot.entered` holds."""
    return r.index, r.attempt, r.fail_phase, r.fail_code, r.left_code, r.t


class Records(Mapping[str, "Array"]):
    """Columns that are made of rows when they are asked for, because few are asked for when robots are only counted.

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
