"""The state of one robot, its phases, and the events that happen to it, in numbers.

Which event comes next is in `rolloutsim.simulation.model.transitions`, what follows from it in `rolloutsim.simulation.model.events`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from rolloutsim.vocabulary import PHASES

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
    rate: float = 0.0  #: of its own link, B/s; 0 while the origin is down
    rate_until: float = math.inf  #: its next change, while bytes flow
    rate_process: int = -1  #: row of the plan for its recorded rates
    rates: int = -1  #: which of them it follows, from where, and the last change
    rate_shift: float = 0.0
    rate_number: int = 0
    fail_phase: int = -1  #: the phase in which the current attempt will fail by a coin, if it gets there
    fail_code: int = -1  #: and with which code; -2 = a coin that depends on when it is entered decides then
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
    row_retries: int = 0  #: by each row, packed: see `rolloutsim.simulation.model.retries`
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
    regressed: float = -1.0  #: when its failure after success is known, if the job or the observation lasts until then
    recovery: float = -1.0  #: how long a rollback takes after that
    own_rate: float = 0.0  #: of its own link, B/s, where the rate varies
    own_rate_until: float = math.inf
    origin_up: bool = True  #: whether the origin sends, where it has outages
    origin_until: float = -1.0
    origin_spell: int = 0
