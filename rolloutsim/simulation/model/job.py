"""The job's books, kept by both engines: verdicts counted, thresholds evaluated, the terminal status.

An engine decides when these functions are called and ends the robots that they name; what follows for the job is here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rolloutsim.kernel import inlined, kernel
from rolloutsim.simulation.model.draws import fated_code
from rolloutsim.simulation.model.events import FAILED
from rolloutsim.simulation.model.rules import (
    BATCH,
    COMPLETED,
    JOB,
    LATENT,
    OF_BATCH,
    OF_STAGE,
    REJECTED,
    SCOPES,
    SETS,
    STAGE,
    VERDICTS,
    Gate,
    JobRules,
    StopRow,
    counted,
    failure_kind,
    gate_shuts,
    is_too_much,
)
from rolloutsim.vocabulary import CODES, ENDED_BY, JOB_STATUSES, STOPPED_BY

if TYPE_CHECKING:
    from rolloutsim.simulation.model.model_tables import ModelTables
    from rolloutsim.simulation.model.robot import Robot

__all__ = [
    "BREACH",
    "CANCELED",
    "SUCCEEDED",
    "TIMED_OUT",
    "Job",
    "begin_batch",
    "begin_stage",
    "breach",
    "count_latent",
    "count_verdict",
    "end",
    "end_of_job",
    "finish_preparing",
    "gate_stops",
    "has_news",
    "is_breached",
    "is_open",
    "overshoot",
    "refuse_retry",
    "start_robot",
    "stop",
]

PREPARING, IN_PROGRESS, SUCCEEDED, JOB_FAILED, JOB_CANCELED = (
    JOB_STATUSES.index(status) for status in ("Preparing", "InProgress", "Succeeded", "Failed", "Canceled")
)
#: What ends a job before its time.
BREACH, CANCELED, TIMED_OUT = (ENDED_BY.index(cause) for cause in ("breach", "cancel", "fleet_timeout"))
GATE = STOPPED_BY.index("gate")
FIRST_LIMIT = STOPPED_BY.index("limits 1")
BREACH_CODE, TIMEOUT_CODE = CODES.index("FailureThresholdBreached"), CODES.index("FleetDeploymentTimeout")


@dataclass(slots=True, eq=False)
class Job:
    """The state of the job; positions in `rolloutsim.vocabulary`, -1 stands for none."""

    status: int = JOB_STATUSES.index("Preparing")  #: Pending lasts 0 s
    code: int = -1
    cause: int = -1  #: what ended it before its time
    withdrawn: bool = False  #: robots no longer install late
    in_flight: int = 0
    granted: int = 0  #: slots so far
    reached: int = 0  #: robots that were reached while they held a slot, again after each grant; counted only if a limit needs it
    idle_at: float = -1.0  #: the last instant at which robots started offline because none was in flight, of jobs with groups
    peak: int = 0  #: most robots in flight
    stages: int = 0  #: begun
    stage_size: int = 0
    stage_left: int = 0  #: robots of the current stage without a verdict
    failures: list[int] = field(default_factory=lambda: [0] * (SCOPES * SETS))  #: robots by `KINDS_OF` in the job, its stage and its batch
    failing: bool = False  #: the last verdict, or what showed since, is a failure
    completed: int = 0
    batches: int = 0  #: begun
    batch_size: int = 0
    batch_left: int = 0  #: robots of the current batch in flight, or to be started
    ended: float = math.nan
    breached: float = math.nan
    stopped_by: int = -1  #: position in `STOPPED_BY`
    stop_kinds: int = 0  #: the kinds of failure that it counts
    failures_at_breach: int = 0


@kernel
def finish_preparing(plan: ModelTables, rules: JobRules, job: Job, job_key: int, release: int, t: float) -> None:
    """The job is prepared, or fails at that."""
    code = rules.preparing_code
    if code < 0:
        code = fated_code(plan, job_key, job_key, job_key, job_key, release, 0, 0, 0.0)
    if code >= 0:
        end(job, JOB_FAILED, code, t)
    else:
        job.status = IN_PROGRESS


@kernel
def begin_stage(job: Job, robots: int) -> None:
    job.stages += 1
    job.stage_size = robots
    job.stage_left = robots
    for number in range(SETS):
        job.failures[STAGE * SETS + number] = 0


@kernel
def begin_batch(job: Job, robots: int) -> None:
    job.batches += 1
    job.batch_size = robots
    job.batch_left = robots
    for number in range(SETS):
        job.failures[BATCH * SETS + number] = 0


@kernel
def start_robot(job: Job) -> None:
    job.in_flight += 1
    job.granted += 1
    job.peak = max(job.peak, job.in_flight)


@inlined
def count_verdict(job: Job, verdict: int, ended_by: int, returning: bool) -> bool:
    """A slot is free: count the verdict of the robot that held it; False if it is none yet, because the robot comes back."""
    job.in_flight -= 1
    job.batch_left -= 1
    if returning and job.cause < 0:
        return False
    job.completed += 1
    job.stage_left -= 1
    kind = failure_kind(verdict, ended_by)
    job.failing = kind >= 0
    if kind >= 0:
        for scope in range(SCOPES):
            job.failures[scope * SETS + kind] += 1
    return True


@kernel
def count_latent(job: Job, kind: int, stage: int, batch: int) -> None:
    """Count a failure after success.

    Parameters
    ----------
    job
        The job, which is open.
    kind
        Of the robot's verdict, -1 if that was a success: a robot that has failed before is one robot that has failed.
    stage, batch
        Of the verdict; in its scopes counts only what belongs to the current stage and the current batch.
    """
    job.failing = True
    for scope in range(SCOPES):
        if (scope == STAGE and stage != job.stages) or (scope == BATCH and batch != job.batches):
            continue
        if kind >= 0:
            job.failures[scope * SETS + kind] -= 1
        job.failures[scope * SETS + LATENT + max(0, kind - REJECTED)] += 1


@kernel
def first_stop(rules: JobRules, stops: Sequence[StopRow], job: Job) -> int:
    """Return the first of the stop rows that holds, -1 if none does."""
    for number in range(rules.stop_rows):
        row = stops[number]
        if job.completed < row.minimum:
            continue
        scope, total = JOB, rules.robots
        if row.of == COMPLETED:
            total = job.completed
        elif row.of == OF_STAGE:
            scope, total = STAGE, job.stage_size
        elif row.of == OF_BATCH:
            scope, total = BATCH, job.batch_size
        if is_too_much(row, counted(job.failures, scope, row.kinds), total):
            return number
    return -1


@inlined
def is_breached(rules: JobRules, stops: Sequence[StopRow], job: Job, t: float) -> bool:
    """Return, after a verdict, whether to breach now; a job that was stopped ends with its last robot in flight."""
    if job.cause < 0:
        if job.batch_left == 0 if rules.batch_end else job.failing or rules.recounts:
            job.stopped_by = first_stop(rules, stops, job)
        return bool(job.stopped_by >= 0)
    if job.in_flight == 0:
        end(job, SUCCEEDED, -1, t)
    return False


@kernel
def gate_stops(rules: JobRules, gate: Gate, job: Job) -> bool:
    """Return whether the gate of a stage stops the job."""
    if gate_shuts(gate, counted(job.failures, JOB, rules.counts), job.completed):
        job.stopped_by = GATE
    return bool(job.stopped_by >= 0)


@kernel
def breach(rules: JobRules, stops: Sequence[StopRow], job: Job, t: float) -> bool:
    """Note that `job.stopped_by` stops the job; return whether robots in flight and late ones end at once."""
    aborts = rules.aborts
    job.breached = t
    job.stop_kinds = rules.counts if job.stopped_by == GATE else VERDICTS
    if job.stopped_by < FIRST_LIMIT:
        row = stops[job.stopped_by]
        job.stop_kinds = row.kinds
        aborts = row.aborts
    job.failures_at_breach = counted(job.failures, JOB, job.stop_kinds)
    return bool(aborts)


@kernel
def overshoot(job: Job) -> int:
    """Return how many failures that count there were after the breach."""
    return counted(job.failures, JOB, job.stop_kinds) - job.failures_at_breach


@kernel
def stop(job: Job, cause: int, abort: bool, t: float) -> None:
    """Start no more robots and, on abort, end those in flight and late: the engine ends the robots, this is the rest."""
    if job.cause < 0:
        job.cause = cause
    if abort:
        job.withdrawn = True
    if job.in_flight == 0:
        end(job, SUCCEEDED, -1, t)


@kernel
def refuse_retry(r: Robot, cause: int) -> None:
    """The job denies a robot another attempt: it keeps its last code."""
    r.status = FAILED
    r.ended_by = cause


@kernel
def end(job: Job, status: int, code: int, t: float) -> None:
    """The job reaches its terminal status; what stopped it goes before everything else."""
    if job.cause == BREACH:
        status, code = JOB_FAILED, BREACH_CODE
    elif job.cause == CANCELED:
        status, code = JOB_CANCELED, -1
    elif job.cause == TIMED_OUT:
        status, code = JOB_FAILED, TIMEOUT_CODE
    job.status = status
    job.code = code
    job.ended = t


@kernel
def is_open(job: Job) -> bool:
    """Return whether the job has not reached a terminal status."""
    return bool(job.status <= IN_PROGRESS)


@kernel
def end_of_job(job: Job) -> float:
    """Return when the job ended, infinity if it has not."""
    return math.inf if is_open(job) else float(job.ended)


@inlined
def has_news(rules: JobRules, job: Job) -> bool:
    """Return, after a verdict, whether the controller may be waiting: for a batch, the stage or all in flight to be over, or for room."""
    return bool(job.batch_left == 0 or job.stage_left == 0 or job.in_flight == 0 or rules.delays)


assert JOB_STATUSES.index("Pending") < PREPARING < IN_PROGRESS < min(SUCCEEDED, JOB_FAILED, JOB_CANCELED)
