"""The functions that apply events to a robot.

`grant` gives it a slot, `advance` applies an event that `rolloutsim.simulation.model.transitions.transition` returned, `cut` ends it for
the job's reasons, `stay_late` lets it go on without slot and timer. Between two events the caller does nothing but wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.distributions.table import ppf
from rolloutsim.kernel import inlined, kernel
from rolloutsim.randomness import uniform
from rolloutsim.simulation.model.causes import READY as READY_CAUSE
from rolloutsim.simulation.model.causes import ROLLBACK as ROLLBACK_CAUSE
from rolloutsim.simulation.model.connectivity import follow_link, follow_rate, is_idle
from rolloutsim.simulation.model.deadlines import end_of, snap
from rolloutsim.simulation.model.draws import CHECK_BITS, OPEN, PHASE_COUNT, decide_coin, draw_attempt, draw_duration, turn_in_sync
from rolloutsim.simulation.model.retries import retry, retry_row
from rolloutsim.simulation.model.robot import (
    BACKOFF,
    CONDITION,
    CUT,
    CUT_BEFORE,
    DOWNLOADING,
    ENDED,
    EXTRACTING,
    LATE,
    LAUNCHING,
    LINK,
    PASSED,
    POST_LAUNCH,
    REACHING,
    RECHECK,
    REPORTING,
    STOPPED,
    VALIDATING,
)
from rolloutsim.vocabulary import ENDED_BY, ROBOT_STATUSES

if TYPE_CHECKING:
    from rolloutsim.simulation.model.model_tables import ModelTables
    from rolloutsim.simulation.model.robot import Robot

__all__ = ["OWN", "ROBOT_TIMER", "advance", "cut", "grant", "is_installed", "settle_downtime", "stay_late"]

FAILED = ROBOT_STATUSES.index("Failed")
IN_SYNC = ROBOT_STATUSES.index("InSync")
NO_RESPONSE = ROBOT_STATUSES.index("NoResponse")
OWN = ENDED_BY.index("own")
ROBOT_TIMER = ENDED_BY.index("robot_timer")


@inlined
def grant(plan: ModelTables, r: Robot, t: float) -> None:
    """Give the robot a slot at `t`: its timer starts and a new attempt begins."""
    follow_link(plan, r, t)
    r.holding = True
    r.granted = t
    r.stop = snap(t + plan.reach_timeout, plan.job_deadline)
    r.reached = -1.0
    r.returning = False
    begin_attempt(plan, r, VALIDATING)


@inlined
def begin_attempt(plan: ModelTables, r: Robot, phase: int) -> None:
    r.attempt += 1
    r.check = 0
    r.wake = -1.0
    r.left_code = -1
    if r.attempt > 0:
        draw_attempt(plan, r, r.attempt)
        forget_phases(r)
        if not r.late:
            r.left = plan.profiles[r.profile].size
    enter(plan, r, phase)


@kernel
def forget_phases(r: Robot) -> None:
    for phase in range(PHASE_COUNT):
        r.entered[phase] = -1.0


@inlined
def enter(plan: ModelTables, r: Robot, phase: int) -> None:
    r.phase = phase
    if not r.late:
        r.seen = phase
    r.entered[phase] = r.t
    r.work = r.durations[phase]
    r.code = -1
    if phase == r.fail_phase:
        if r.fail_code == OPEN:
            decide_coin(plan, r, phase, r.t)
        r.code = r.fail_code if phase == r.fail_phase else -1
    if phase == DOWNLOADING and r.code >= 0:
        r.work = 0.0  # this failure occurs before the first byte


@inlined
def advance(plan: ModelTables, r: Robot, t: float, event: int) -> None:
    """Move the robot to `t` and let `event` happen to it.

    Afterwards `phase` is where it is; `ENDED`: its slot, if it held one, is free and `status`, `verdict`, `ended_by` are set.
    """
    phase = r.phase
    if phase == DOWNLOADING:
        receive(plan, r, t, event)
    elif phase >= EXTRACTING and phase <= POST_LAUNCH:
        event = install(plan, r, t, event)
        phase = r.phase
    elif event != PASSED and r.up and phase in (REACHING, REPORTING):
        r.work = max(0.0, r.work - (t - r.t))
    if r.up and r.until > t:
        r.t = t
    else:
        follow_link(plan, r, t)
        if phase == DOWNLOADING and event != PASSED and not r.up and not plan.resume:
            r.left = plan.profiles[r.profile].size  # an interruption, which a spell offline without length is not
    if event == PASSED:
        passed(plan, r, phase)
    elif event == STOPPED:
        stopped(plan, r)
    elif event == LINK and phase == LATE and r.up:
        begin_attempt(plan, r, REACHING)
    elif event == RECHECK:
        r.wake = -1.0
        r.check += 1
        r.work = draw_duration(plan, r.key, r.profile, CONDITION, (r.attempt << CHECK_BITS) + r.check)
    if r.phase == DOWNLOADING and (r.rates >= 0 or plan.origin >= 0):
        follow_rate(plan, r)


@inlined
def install(plan: ModelTables, r: Robot, t: float, event: int) -> int:
    """Go through the phases from extracting on as far as they lead until `t`, and that instant unless it is cut before.

    Returns
    -------
    int
        What happens to the robot then: `event`, or nothing (`LINK`) if the phase that might have failed until `t` did not.
    """
    phase = r.phase
    end = end_of(plan, r, r.t + r.work)
    while (end < t or (end == t and (event != CUT_BEFORE or r.t == t))) and phase != r.fail_phase:
        if phase == LAUNCHING:
            r.launched = end
        following = plan.following[phase]
        if following == REPORTING:
            break
        phase = following
        r.entered[phase] = end
        if phase == r.fail_phase and r.fail_code == OPEN:
            decide_coin(plan, r, phase, end)
        if phase == LAUNCHING and plan.stops_at_launch:
            stop_application(r, end)
        end = end_of(plan, r, end + r.durations[phase])
    r.phase = phase
    r.code = r.fail_code if phase == r.fail_phase else -1
    if not r.late:
        r.seen = phase
    if event == PASSED and end > t:
        r.work = r.durations[phase]
        return LINK
    return event


@kernel
def receive(plan: ModelTables, r: Robot, t: float, event: int) -> None:
    """Count what was downloaded up to `t`."""
    if not r.up:
        return
    if r.work > 0.0 or r.code >= 0:
        if event != PASSED:
            r.work = max(0.0, r.work - (t - r.t))
        return
    if event == PASSED:
        received = r.left
    elif r.sharing:
        received = min(r.left, r.got)
    else:  # an unlimited rate brings nothing in no time: 0 times infinity is no number
        received = min(r.left, (t - r.t) * r.rate) if t > r.t else 0.0
    r.sharing = False
    r.bytes += received
    r.left -= received


@inlined
def passed(plan: ModelTables, r: Robot, phase: int) -> None:
    """End the phase: fail if its coin decided so, else start the next phase."""
    if r.code >= 0:
        fail(plan, r, r.code)
    elif phase == REPORTING:
        report(plan, r)
    elif phase == DOWNLOADING and r.work > 0.0:
        r.work = 0.0
    elif phase == CONDITION and not is_ready(plan, r):
        if plan.defers:
            r.wake = end_of(plan, r, r.t + plan.profiles[r.profile].recheck)
        else:
            fail(plan, r, plan.condition_code)
    elif phase == BACKOFF:
        begin_attempt(plan, r, VALIDATING)
    elif phase >= EXTRACTING:
        r.downtime += r.launched - r.down_since
        r.down_since = -1.0
        conclude(plan, r, -1)
    else:
        if phase == REACHING and r.reached < 0.0 and not r.late:
            r.reached = r.t
            if plan.timer_from_reached:
                r.stop = snap(r.t + plan.robot_timeout, plan.job_deadline)
        if phase == plan.stops_after:
            stop_application(r, r.t)
        enter(plan, r, plan.following[phase])


@kernel
def is_ready(plan: ModelTables, r: Robot) -> bool:
    """Return whether the download condition holds: by a new coin at each check, or by the busy/idle process."""
    if plan.profiles[r.profile].ready_probability >= 0.0:
        return bool(uniform(r.key, READY_CAUSE, (r.attempt << CHECK_BITS) + r.check) < plan.profiles[r.profile].ready_probability)
    return is_idle(plan, r)


@kernel
def conclude(plan: ModelTables, r: Robot, outcome: int) -> None:
    """Work on the robot has ended; its outcome (-1 = success, or a code) now has to be reported."""
    r.outcome = outcome
    if not r.late:
        r.finished = r.t
    enter(plan, r, REPORTING)


@kernel
def fail(plan: ModelTables, r: Robot, code: int) -> None:
    r.fail_phase = r.phase
    r.fail_code = code
    r.left = plan.profiles[r.profile].size
    roll_back(plan, r)
    if r.phase == VALIDATING or r.phase == REACHING:  # no report is needed
        r.outcome = code
        r.left_code = code
        if not r.late:
            r.finished = r.t
        report(plan, r)
    else:
        conclude(plan, r, code)


@kernel
def report(plan: ModelTables, r: Robot) -> None:
    """Process the outcome that has reached the cloud."""
    if r.outcome < 0:
        turn_in_sync(plan, r)
    if r.late:
        r.phase = ENDED
    elif r.outcome < 0:
        decide(r, IN_SYNC, -1, OWN)
    else:
        row = retry_row(plan, r, plan.own_retries[r.outcome])
        if row >= 0 and plan.retries[row].holds:
            r.phase = BACKOFF
            r.work = retry(plan, r, row)
            r.code = -1
        else:
            decide(r, FAILED, r.outcome, OWN)
            queue_again(plan, r, row)


@kernel
def queue_again(plan: ModelTables, r: Robot, row: int) -> None:
    """Let a robot that gave up its slot come back for another attempt by a row, if there is one."""
    if row >= 0:
        r.returning = True
        r.wake = snap(r.t + retry(plan, r, row), plan.job_deadline)


@kernel
def decide(r: Robot, status: int, code: int, ended_by: int) -> None:
    """The verdict on the robot: it ends and its slot is free."""
    r.status = status
    r.verdict = code
    r.ended_by = ended_by
    r.reported = r.t
    r.slot += r.t - r.granted
    r.holding = False
    r.phase = ENDED


@kernel
def stopped(plan: ModelTables, r: Robot) -> None:
    """End the robot because its timer or the observation ended."""
    if r.late:
        r.phase = ENDED
        return
    if r.phase == REPORTING:
        code = plan.unreported_code
    else:
        r.finished = r.t
        if r.reached < 0.0:
            code = plan.code_not_reached
        elif not r.up:
            code = plan.code_offline
        elif r.phase == CONDITION and r.wake >= 0.0:
            code = plan.condition_code
        else:
            code = plan.code_working
        r.outcome = code
    r.left_code = code
    roll_back(plan, r)
    decide(r, FAILED if r.up else NO_RESPONSE, code, ROBOT_TIMER)
    if r.outcome >= 0:  # an unreported success will report itself
        queue_again(plan, r, retry_row(plan, r, plan.timer_retries[r.verdict]))


@kernel
def cut(plan: ModelTables, r: Robot, t: float, ended_by: int, before: bool) -> None:
    """End the robot at `t`. `before`: work that completes at `t` does not count.

    A robot in flight is aborted; a late one stays as it is.
    """
    if r.phase == ENDED:
        return
    advance(plan, r, t, CUT_BEFORE if before else CUT)
    r.left_code = plan.aborted_code
    if r.late:
        roll_back(plan, r)
        r.phase = ENDED
        return
    if r.phase != REPORTING:
        r.finished = t
        roll_back(plan, r)
    decide(r, FAILED, plan.aborted_code, ended_by)


@kernel
def is_installed(r: Robot) -> bool:
    """Return whether a robot has installed the application and only has to report it."""
    return bool(r.phase == REPORTING and r.outcome < 0)


@kernel
def roll_back(plan: ModelTables, r: Robot) -> None:
    """The old application starts again, where the release is rolled back."""
    if r.down_since >= 0.0 and plan.rollback >= 0 and r.restored < 0.0:
        r.restored = r.t + ppf(plan.table, plan.rollback, uniform(r.key, ROLLBACK_CAUSE, r.attempt))


@kernel
def stop_application(r: Robot, t: float) -> None:
    """The running application is terminated, unless it is down already."""
    if r.down_since >= 0.0 and 0.0 <= r.restored <= t:
        r.downtime += r.restored - r.down_since
        r.down_since = -1.0
    if r.down_since < 0.0:
        r.down_since = t
    r.restored = -1.0


@kernel
def stay_late(plan: ModelTables, r: Robot, withdrawn: bool) -> bool:
    """Let a robot whose timer has ended go on until the observation ends; False if it does not.

    A success that could not be reported is reported when the robot is online; a robot that was offline at its deadline installs when it
    is online again, unless the deployment has been withdrawn.
    """
    if r.ended_by != ROBOT_TIMER or r.t >= plan.observe:
        return False
    if r.outcome < 0:
        r.phase = REPORTING
    elif plan.late_convergence and r.status == NO_RESPONSE and not withdrawn and plan.profiles[r.profile].fixed_code < 0:
        r.phase = LATE
        r.work = 0.0
        r.code = -1
    else:
        return False
    forget_phases(r)
    r.left_code = -1
    if r.phase == REPORTING:
        r.entered[REPORTING] = r.t
    if not plan.resume:
        r.left = plan.profiles[r.profile].size
    r.late = True
    r.stop = plan.observe
    return True


@kernel
def settle_downtime(r: Robot) -> None:
    """Add the last spell of downtime of a robot for which nothing more will happen."""
    if r.down_since < 0.0:
        return
    if r.restored >= 0.0:
        r.downtime += r.restored - r.down_since
    else:
        r.downtime += max(0.0, r.finished - r.down_since)
        r.left_down = True
