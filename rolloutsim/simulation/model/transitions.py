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
from typing import TYPE_CHECKING

from rolloutsim.kernel import inlined, kernel
from rolloutsim.simulation.model.deadlines import end_of
from rolloutsim.simulation.model.robot import (
    CONDITION,
    DOWNLOADING,
    EXTRACTING,
    LATE,
    LINK,
    PASSED,
    POST_LAUNCH,
    REACHING,
    RECHECK,
    REPORTING,
    STOPPED,
)

if TYPE_CHECKING:
    from rolloutsim.simulation.model.model_tables import ModelTables
    from rolloutsim.simulation.model.robot import Robot

__all__ = ["transition"]


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
