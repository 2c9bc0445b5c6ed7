"""One robot's deployment as a state machine, written once for both engines.

The table of phases, as in `docs/model.md`, section 3; each line names one transition function, which answers "the robot is in this
phase at time t: what happens to it next, and when?" without changing anything:

=============  ==========================================================  ================
phase          what has to pass                                            function
=============  ==========================================================  ================
`VALIDATING`   its duration                                                `working`
`REACHING`     its duration, of time online                                `online`
`CONDITION`    the link at its start, its duration; deferred: a wait       `checking`
`DOWNLOADING`  its duration, of time online; then the bytes over the link  `downloading`
`EXTRACTING`   its duration, then at once those of the next three,         `installing`
`PRE_LAUNCH`   because no other robot notices when one of these           `installing`
`LAUNCHING`    gives way to the next                                       `installing`
`POST_LAUNCH`                                                              `installing`
`REPORTING`    its duration, of time online                                `online`
`BACKOFF`      the pause before a retry, the slot held                     `working`
`LATE`         the link, after the timer ended; nothing else               `online`
=============  ==========================================================  ================

What follows from an event is in `rolloutsim.simulation.model.events`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rolloutsim.kernel import inlined, kernel
from rolloutsim.simulation.model.deadlines import end_of
from rolloutsim.vocabulary import PHASES

if TYPE_CHECKING:
    from rolloutsim.simulation.model.model_tables import ModelTables

__all__ = [
    "BACKOFF",
    "CANCEL",
    "CONDITION",
    "CUT",
    "CUT_BEFORE",
    "DOWNLOADING",
    "ENDED",
    "EXTRACTING",
    "FLEET_TIMEOUT",
    "GRANT",
    "LATE",
    "LAUNCHING",
    "LINK",
    "PASSED",
    "PENDING",
    "POST_LAUNCH",
    "REACHING",
    "RECHECK",
    "REPORTING",
    "STOPPED",
    "VALIDATING",
    "Robot",
    "transition",
]

(VALIDATING, REACHING, CONDITION, DOWNLOADING, EXTRACTING, PRE_LAUNCH, LAUNCHING, POST_LAUNCH, REPORTING) = range(1, len(PHASES))
PENDING, BACKOFF, LATE, ENDED = 0, 10, 11, 12

#: What can happen to a robot: its link (or its rate) changed, a phase is complete, its timer (or the observation) ended, its condition
#: is to be checked again, the job ended it: after what was complete on it at that instant, or before.
LINK, PASSED, STOPPED, RECHECK, CUT, CUT_BEFORE = range(6)
#: The order within an instant: the first four events of robots, then what happens to the job. Robots of equal order go by their index.
CANCEL, FLEET_TIMEOUT, GRANT = 4, 5, 6


@dataclass(slots=True, eq=False)
class Robot:
    """The state of one robot. Compiled code keeps the same attributes in a record of the same names.

    Instants and durations are seconds, -1.0 stands for "not (yet)"; codes and statuses are positions in `rolloutsim.vocabulary`, -1
    stands for none.
    """

    durations: list[float]  #: of each phase in the current attempt
    entered: list[float]  #: when each phase of the current attempt was entered
    index: int = 0  #: in the fleet, as listed
    profile: int = 0  #: row of the plan for its cohort and the job's release
    link: int = 0  #: row of the plan for its alternating process of connectivity
    busy: int = 0  #: the same for the busy/idle process of its download condition
    key: int = 0
    cohort_key: int = 0
    job_key: int = 0
    site: int = -1  #: row of the plan for the process of its site's outages
    site_key: int = 0
    rate: float = 0.0  #: of its own link, B/s
    rate_until: float = math.inf  #: its next change, while bytes flow
    rate_process: int = -1  #: row of the plan for its recorded rates
    rates: int = -1  #: which of them it follows, from where, and the last change
    rate_shift: float = 0.0
    rate_number: int = 0
    fail_phase: int = -1  #: the phase in which the current attempt will fail by a coin, if it gets there
    fail_code: int = -1  #: and with which code
    left: float = 0.0  #: bytes still to download

    t: float = 0.0  #: the instant up to which everything below is true
    up: bool = True  #: online: all layers of its link are
    until: float = math.inf  #: the next change of a layer
    spell: int = 0
    pattern: int = -1  #: that its own layer follows, and how much later
    shift: float = 0.0
    own_up: bool = True  #: its own layer, where there are two
    own_until: float = math.inf
    site_up: bool = True
    site_until: float = math.inf
    site_spell: int = 0
    idle: bool = True
    idle_until: float = math.inf
    idle_spell: int = 0
    idle_pattern: int = -1
    idle_shift: float = 0.0

    # what is drawn at the start ends here
    phase: int = 0
    work: float = 0.0  #: what is left of the phase's duration
    code: int = -1  #: with which the phase will fail
    attempt: int = -1
    check: int = 0  #: of the download condition, within the attempt
    wake: float = -1.0  #: when a deferred robot checks again, or one that gave its slot back returns
    sharing: bool = False  #: its bytes flow over a shared link, which decides when they are there
    got: float = 0.0  #: what the shared link brought since `t`
    stop: float = 0.0  #: when its timer ends (late: the observation)
    holding: bool = False  #: it holds a slot
    late: bool = False  #: its timer has ended and it goes on without a slot
    outcome: int = -1  #: what it has to report: success or a code
    retries: int = 0
    returning: bool = False  #: it gave its slot back and will queue again
    seen: int = -1  #: the last phase entered before the verdict
    left_code: int = -1  #: with which the last phase of the current attempt ended

    granted: float = -1.0
    reached: float = -1.0
    finished: float = -1.0
    reported: float = -1.0
    converged: float = -1.0
    status: int = 2  #: PendingNewDeployment
    verdict: int = -1
    ended_by: int = -1
    bytes: float = 0.0
    slot: float = 0.0
    offline: float = 0.0
    launched: float = -1.0
    down_since: float = -1.0
    restored: float = -1.0  #: when the old application runs again after a rollback
    downtime: float = 0.0
    left_down: bool = False


@kernel
def working(plan: ModelTables, r: Robot) -> tuple[float, int]:
    """Work on the robot or in the cloud goes on, online or not."""
    end = end_of(plan, r, r.t + r.work)
    if end <= r.stop:
        return end, PASSED
    return r.stop, STOPPED


@kernel
def online(plan: ModelTables, r: Robot) -> tuple[float, int]:
    """Work that needs the link pauses while it is down."""
    if r.up:
        end = end_of(plan, r, r.t + r.work)
        if end <= r.until and end <= r.stop:
            return end, PASSED
    if r.until <= r.stop:
        return r.until, LINK
    return r.stop, STOPPED


@kernel
def checking(plan: ModelTables, r: Robot) -> tuple[float, int]:
    """The condition's script needs the link at its start only; a deferred robot waits for its next check."""
    if r.wake >= 0.0:
        if r.wake < r.stop:
            return r.wake, RECHECK
        return r.stop, STOPPED
    if r.up:
        return working(plan, r)
    if r.until <= r.stop:
        return r.until, LINK
    return r.stop, STOPPED


@kernel
def downloading(plan: ModelTables, r: Robot) -> tuple[float, int]:
    """Bytes flow while it is online, at its own rate; over a shared link the end is not foretold, because others may join.

    A code of the download is met before the first byte.
    """
    if r.work > 0.0 or r.code >= 0 or not r.up:
        return online(plan, r)
    end = r.t if r.left <= 0.0 else r.t + r.left / r.rate if r.rate > 0.0 and not r.sharing else math.inf
    end = end_of(plan, r, end)
    change = min(r.until, r.rate_until)
    if end <= change and end <= r.stop:
        return end, PASSED
    if change <= r.stop:
        return change, LINK
    return r.stop, STOPPED


@inlined
def installing(plan: ModelTables, r: Robot) -> tuple[float, int]:
    """One phase follows the other until one fails or the last is complete."""
    phase = r.phase
    end = end_of(plan, r, r.t + r.work)
    while end <= r.stop:
        following = plan.following[phase]
        if phase == r.fail_phase or following == REPORTING:
            return end, PASSED
        phase = following
        end = end_of(plan, r, end + r.durations[phase])
    return r.stop, STOPPED


@inlined
def transition(plan: ModelTables, r: Robot) -> tuple[float, int]:
    """Return when the next thing happens to a robot, and what; the robot is not changed."""
    phase = r.phase
    if EXTRACTING <= phase <= POST_LAUNCH:
        return installing(plan, r)
    if phase == DOWNLOADING:
        return downloading(plan, r)
    if phase == CONDITION:
        return checking(plan, r)
    if phase in (REACHING, REPORTING, LATE):
        return online(plan, r)
    return working(plan, r)
