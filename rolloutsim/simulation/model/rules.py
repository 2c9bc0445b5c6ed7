"""The rules of the job as pure functions: which kind of failure a verdict is, when a stop row holds, when a gate shuts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rolloutsim.kernel import kernel
from rolloutsim.simulation.model.events import OWN, ROBOT_TIMER
from rolloutsim.vocabulary import CODES, FAILURE_KINDS, VERDICT_KINDS

__all__ = [
    "JOB",
    "LATENT_KIND",
    "SCOPES",
    "SETS",
    "STAGE",
    "VERDICTS",
    "Gate",
    "GroupRow",
    "JobRules",
    "LimitRow",
    "StopRow",
    "counted",
    "failure_kind",
    "gate_shuts",
    "is_awaited",
    "is_limited",
    "is_too_much",
]

OWN_FAILURE, REJECTED, TIMEOUT, NO_RESPONSE, LATENT = range(len(FAILURE_KINDS))
#: All kinds that a deployment ends with, and the kind that shows later, a bit for each.
VERDICTS, LATENT_KIND = (1 << len(VERDICT_KINDS)) - 1, 1 << LATENT
#: In which kinds a robot can have failed, a bit for each: in one, or late after its timer and then after its success.
KINDS_OF = (*(1 << kind for kind in range(len(FAILURE_KINDS))), 1 << TIMEOUT | LATENT_KIND, 1 << NO_RESPONSE | LATENT_KIND)
SETS = len(KINDS_OF)
#: Within which failures are counted: the job, its current stage, its current batch.
SCOPES = 3
JOB, STAGE, BATCH = range(SCOPES)
#: What a percentage is taken of, as in a scenario's `stop` rows.
FLEET, COMPLETED, OF_STAGE, OF_BATCH = range(4)
NO_RESPONSE_CODE, CONDITION_CODE = CODES.index("RobotDeploymentNoResponse"), CODES.index("DownloadConditionFailed")


class Gate(NamedTuple):
    """What stands between a stage and the next."""

    soak: float = 0.0  #: s, from the last verdict of the stage
    max_failures: int = -1  #: robots; -1 = not limited
    share_of: int = -1  #: the largest share of failures as a fraction in whole numbers, this above …
    share_in: int = 1  #: … and this below the line; -1 above = not limited


class StopRow(NamedTuple):
    """A row of the rules that stops the job."""

    kinds: int  #: bit k is set if kind k of `FAILURE_KINDS` counts
    threshold: int  #: robots if `absolute`, otherwise hundredths of a percent
    absolute: bool
    exceeds: bool  #: failures above the threshold stop the job, otherwise also as many
    of: int
    minimum: int  #: results before which the row does not hold
    aborts: bool  #: robots in flight end at once


class LimitRow(NamedTuple):
    """A row of the rules that limits how many robots are deployed, or how many start in a time."""

    most: int  #: robots, or hundredths of a percent if `is_share`
    is_share: bool = False  #: of the robots of the current stage, or of a group
    rounding: int = 0  #: what is added before a share is divided by 10,000
    in_flight: bool = False  #: counts robots that hold a slot
    failed: bool = False  #: counts robots that have failed
    offline: bool = False  #: counts robots that are offline and hold no slot
    grouped: bool = False  #: counts the robots of each of its groups: see `rolloutsim.simulation.model.groups`
    per_stage: bool = False  #: only those of the current stage
    every: float = 0.0  #: s for which `most` grants are allowed; 0 = robots are counted
    is_even: bool = False  #: grants are evenly spread over that time
    factor: float = 1.0  #: by which `most` grows …
    each: int = 0  #: … with so many robots, 0 = never …
    to: float = 0.0  #: … up to this
    by_granted: bool = False  #: robots that got a slot
    by_succeeded: bool = False  #: robots that have succeeded
    plus: int = 0  #: grants of the job more than `most` for each robot that was reached, or that has succeeded; 0 = robots are counted
    by_reached: bool = False  #: robots that were reached


class GroupRow(NamedTuple):
    """A group of a limit."""

    row: int
    robots: int


class JobRules(NamedTuple):
    """What the controller needs to know, in numbers."""

    robots: int
    concurrency: int  #: robots
    dispatch: int  #: position in `rolloutsim.simulation.model.dispatch.DISPATCH`
    in_batches: bool  #: the next robots are chosen when all of the last batch have ended
    batch_end: bool  #: evaluate at the end of each batch only
    recounts: bool  #: a success may stop the job: rows need a number of results, or no failure at all
    counts: int  #: kinds that count at gates, as in `StopRow`
    regresses: bool  #: robots may fail after they have succeeded
    follows: bool  #: robots that have succeeded are followed to failures that a gate or a stop row counts
    gate_order: int  #: the order within its instant of a gate: before what completes on robots, or after all that happens to them
    aborts: bool  #: if a gate shuts, robots that install late end at once
    offline: int  #: position in `rolloutsim.simulation.model.dispatch.OFFLINE`
    fleet_timeout: float
    cancel_at: float
    deadline: float  #: the rule cancel_at or the fleet timeout, whichever is first: what ends there but for rounding ends there
    preparing_code: int  #: with which preparing ends, whatever its coins; -1 = by its coins
    stages: int  #: a job without stages is one stage
    gates: tuple[Gate, ...]  #: one for each stage
    stop_rows: int
    stops: tuple[StopRow, ...]  #: in the order in which they are checked
    limit_rows: int
    limits: tuple[LimitRow, ...]
    grouped: bool  #: whether some limits count the robots of groups
    watches: bool  #: whether some count robots that are offline
    lanes: int  #: of robots that are in the same groups; 1 without groups
    lane_of: tuple[int, ...]  #: by cohort
    cell_of: tuple[int, ...]  #: by lane, for each limit: its group, -1 = does not count them
    cells: int
    groups: tuple[GroupRow, ...]
    kept_grants: int  #: how many of the last grants limits need the instants of
    windows: int  #: in which robots may start, 0 = at any time
    opening: tuple[float, ...]  #: when the windows open and close, ascending (s)
    counts_reached: bool  #: whether a limit needs to know how many robots were reached
    delays: bool  #: whether robots may have to wait for limits or windows although a slot is free


@kernel
def failure_kind(verdict: int, ended_by: int) -> int:
    """Return which of `FAILURE_KINDS` a robot's verdict is; -1 for a success and for what the job inflicts.

    Examples
    --------
    >>> failure_kind(-1, OWN), failure_kind(CONDITION_CODE, OWN), failure_kind(CONDITION_CODE, ROBOT_TIMER)
    (-1, 1, 2)
    """
    if verdict < 0:
        return -1
    if ended_by == OWN:
        return REJECTED if verdict == CONDITION_CODE else OWN_FAILURE
    if ended_by == ROBOT_TIMER:
        return NO_RESPONSE if verdict == NO_RESPONSE_CODE else TIMEOUT
    return -1


@kernel
def counted(failures: Sequence[int], scope: int, kinds: int) -> int:
    """Return how many robots have failed in some kinds in the job, in its stage or in its batch; each counts once.

    Parameters
    ----------
    failures
        `rolloutsim.simulation.model.job.Job.failures`.
    scope
        `JOB`, `STAGE` or `BATCH`.
    kinds
        A bit for each kind.

    Examples
    --------
    >>> counted([5, 3, 2, 1, 0, 0, 0], JOB, 0b0101)
    7
    """
    total = 0
    for number in range(SETS):
        if KINDS_OF[number] & kinds:
            total += failures[scope * SETS + number]
    return total


@kernel
def is_too_much(row: StopRow, failures: int, total: int) -> bool:
    """Return whether a row's threshold is breached, in integers.

    Parameters
    ----------
    failures
        That the row counts.
    total
        What its percentage is taken of.

    Examples
    --------
    >>> row = StopRow(kinds=15, threshold=1250, absolute=False, exceeds=False, of=FLEET, minimum=0, aborts=False)
    >>> is_too_much(row, 2, 16), is_too_much(row._replace(exceeds=True), 2, 16)
    (True, False)
    """
    left, right = (failures, row.threshold) if row.absolute else (10_000 * failures, row.threshold * total)
    return left > right if row.exceeds else left >= right


@kernel
def is_limited(gate: Gate) -> bool:
    """Return whether a gate can shut."""
    return gate.max_failures >= 0 or gate.share_of >= 0


@kernel
def is_awaited(rules: JobRules, gate: Gate) -> bool:
    """Return whether the end of a stage comes after its last verdict: there is a soak, or what the gate counts may still show then."""
    return gate.soak > 0.0 or (rules.follows and is_limited(gate))


@kernel
def gate_shuts(gate: Gate, failures: int, completed: int) -> bool:
    """Return whether a stage's gate stops the job after the soak, in integers: more failures than the most that it allows.

    Parameters
    ----------
    failures, completed
        Counted failures and results of the job so far, those of earlier stages included.

    Examples
    --------
    At most 2 % of 100 robots are 2.

    >>> gate = Gate(share_of=2, share_in=100)
    >>> [gate_shuts(gate, failures, 100) for failures in (2, 3)]
    [False, True]
    """
    if gate.max_failures >= 0 and failures > gate.max_failures:
        return True
    return gate.share_of >= 0 and failures * gate.share_in > gate.share_of * completed
