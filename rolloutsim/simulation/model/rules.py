"""The rules of the job as pure functions: which robots count as failed, when the failure threshold is breached, when a gate shuts."""

from __future__ import annotations

from typing import NamedTuple

from rolloutsim.kernel import kernel
from rolloutsim.simulation.model.events import OWN, ROBOT_TIMER
from rolloutsim.vocabulary import CODES

__all__ = ["Gate", "JobRules", "breached", "counts", "gate_shuts"]

FLEET, COMPLETED, BATCH = range(3)
NO_RESPONSE_CODE = CODES.index("RobotDeploymentNoResponse")


class Gate(NamedTuple):
    """What stands between a stage and the next."""

    soak: float = 0.0  #: s, from the last verdict of the stage
    max_failures: int = -1  #: robots; -1 = not limited
    share_of: int = -1  #: the largest share of failures as a fraction in whole numbers, this above …
    share_in: int = 1  #: … and this below the line; -1 above = not limited


class JobRules(NamedTuple):
    """What the controller needs to know, in numbers."""

    robots: int
    concurrency: int  #: robots
    dispatch: int  #: position in `rolloutsim.simulation.model.dispatch.DISPATCH`
    in_batches: bool  #: the next robots are chosen when all of the last batch have ended
    batch_end: bool  #: evaluate at the end of each batch only
    threshold: int  #: percent, or robots if `absolute`; -1 = nothing aborts
    absolute: bool
    exceeds: bool
    denominator: int
    minimum_completed: int
    counts_failed: bool
    counts_timeout: bool
    counts_no_response: bool
    aborts: bool  #: on breach, robots in flight end at once
    offline: int  #: position in `rolloutsim.simulation.model.dispatch.OFFLINE`
    fleet_timeout: float
    cancel_at: float
    deadline: float  #: the rule cancel_at or the fleet timeout, whichever is first: what ends there but for rounding ends there
    preparing_code: int  #: with which preparing ends, whatever its coins; -1 = by its coins
    stages: int  #: a job without stages is one stage
    gates: tuple[Gate, ...]  #: one for each stage


@kernel
def counts(rules: JobRules, verdict: int, ended_by: int) -> bool:
    """Return whether a robot's verdict counts as a failure; what the job inflicts never does.

    Examples
    --------
    A success counts never, whatever the rules.

    >>> counts(None, -1, OWN)
    False
    """
    if verdict < 0:
        return False
    if ended_by == OWN:
        return rules.counts_failed
    if ended_by == ROBOT_TIMER:
        return rules.counts_no_response if verdict == NO_RESPONSE_CODE else rules.counts_timeout
    return False


@kernel
def breached(rules: JobRules, failures: int, completed: int, batch_failures: int, batch_size: int) -> bool:
    """Return whether the failure threshold is breached, in integers.

    Parameters
    ----------
    failures, completed
        Counted failures and results of the job so far.
    batch_failures, batch_size
        Counted failures and robots of the current batch.
    """
    if rules.threshold < 0:
        return False
    total = rules.robots
    if rules.denominator == BATCH:
        failures, total = batch_failures, batch_size
    elif rules.denominator == COMPLETED:
        if completed < rules.minimum_completed:
            return False
        total = completed
    left, right = (failures, rules.threshold) if rules.absolute else (100 * failures, rules.threshold * total)
    return left > right if rules.exceeds else left >= right


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
