"""A robot's way through its phases in the compiled engine, and the records that it leaves.

A robot that depends on no other looks ahead: when its slot is granted it is followed to its verdict, and its entry is for that; late it
is followed to its end. It looks ahead `FAR` events at once, and looks on when the job has come to the last of them: so few rows lie in the
future, however often its link changes. Should the job end it before, `look_back` goes its way again as far as that moment.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.kernel import inlined, kernel
from rolloutsim.simulation.engines.compiled.event_queue import NO_KEY, is_before, key_of, push, reschedule
from rolloutsim.simulation.engines.compiled.state import (
    AHEAD,
    DECIDED,
    REGRESSES_AHEAD,
    write_attempt,
    write_flow,
    write_hold,
    write_robot,
    write_use,
)
from rolloutsim.simulation.engines.compiled.successes import follow_success
from rolloutsim.simulation.engines.compiled.waiting import release
from rolloutsim.simulation.fairshare.sharing import finish, is_flowing, next_finish, spreads
from rolloutsim.simulation.model.deadlines import end_of
from rolloutsim.simulation.model.events import ROBOT_TIMER, advance, cut, grant, is_installed, settle_downtime, stay_late
from rolloutsim.simulation.model.robot import BACKOFF, ENDED, PASSED, STOPPED
from rolloutsim.simulation.model.transfers import begin_transfer, carries, end_transfer, group_of, is_complete, use_row
from rolloutsim.simulation.model.transitions import transition

if TYPE_CHECKING:
    from rolloutsim.simulation.engines.compiled.state import EngineState
    from rolloutsim.simulation.fairshare.layout import Sharing
    from rolloutsim.simulation.model.model_tables import ModelTables
    from rolloutsim.simulation.model.robot import Robot

__all__ = ["arrive", "close", "expect", "look_ahead", "look_back", "proceed", "quit_job"]

#: Number of events that a robot looks ahead, and more than any robot has.
FAR, ENDLESS = 32, 1 << 60


@inlined
def happen(plan: ModelTables, state: EngineState, r: Robot, t: float, event: int) -> None:
    """Let an event happen to a robot, and record what it leaves."""
    phase, since, sent, rate, shared = r.phase, r.t, r.bytes, r.rate, r.sharing
    advance(plan, r, t, event)
    write_flow(state, r, since, sent, rate, shared)
    if phase < BACKOFF and r.phase >= BACKOFF:
        write_attempt(state, r)


@kernel
def quit_job(plan: ModelTables, state: EngineState, links: Sharing, r: Robot, cause: int) -> None:
    """End the robot now, for the job's reason."""
    counters = state.counters
    phase, since, sent, rate, shared = r.phase, r.t, r.bytes, r.rate, r.sharing
    if shared:
        leave_link(plan, state, links, r)
    cut(plan, r, counters.now, cause, counters.order < key_of(PASSED, r.index))
    write_flow(state, r, since, sent, rate, shared)
    if phase < BACKOFF:
        write_attempt(state, r)


# Robots that depend on no other


@inlined
def follow(plan: ModelTables, state: EngineState, r: Robot, until: float, until_key: int, most: int) -> tuple[float, int]:
    """Let happen to a robot what happens up to a moment, or `most` events and what else happens at the instant of the last.

    What an event leads to within its instant happens after it, whatever its own place: the latest place so far counts.

    Returns
    -------
    t, place
        When its last event was; if it has ended, also the place of that within its instant.
    """
    place = 0
    while r.phase != ENDED:
        since = r.t
        t, event = transition(plan, r)
        key = key_of(event, r.index)
        place = max(place, key) if t == since else key
        if is_before(until, until_key, t, place) or (most <= 0 and t > since):
            break
        happen(plan, state, r, t, event)
        most -= 1
    return r.t, place


@kernel
def look_ahead(plan: ModelTables, state: EngineState, place: int) -> None:
    """Follow a robot from where it is, and give it an entry: for its verdict, or for the instant from which it looks on."""
    r = state.pool[place]
    t, key = follow(plan, state, r, math.inf, NO_KEY, FAR)
    if r.late and r.phase == ENDED:
        close(state, place)
        state.where[r.index] = AHEAD
        follow_success(state, r.index, t, key, REGRESSES_AHEAD)
        return
    state.place[r.index] = place
    if r.phase == ENDED:
        write_hold(state, r, t)
        if r.ended_by != ROBOT_TIMER:  # else it may go on late
            state.place[r.index] = DECIDED
            close(state, place)
    push(state, t, key)


@kernel
def close(state: EngineState, place: int) -> None:
    """Nothing more will happen to a robot."""
    r = state.pool[place]
    settle_downtime(r)
    write_robot(state, r)
    release(state, place)


@kernel
def look_back(plan: ModelTables, state: EngineState, links: Sharing, r: Robot, granted: float, cause: int) -> None:
    """Do again what `look_ahead` did, with the job ending the robot now."""
    now, key = state.counters.now, state.counters.order
    grant(plan, r, granted)
    follow(plan, state, r, now, key, ENDLESS)
    if r.phase == ENDED:
        write_hold(state, r, r.t)
        if stay_late(plan, r, False):
            follow(plan, state, r, now, key, ENDLESS)
            if is_installed(r):
                follow(plan, state, r, math.inf, NO_KEY, ENDLESS)
            if r.phase != ENDED:
                quit_job(plan, state, links, r, cause)
    else:
        quit_job(plan, state, links, r, cause)
        write_hold(state, r, r.t)
    settle_downtime(r)
    write_robot(state, r)


# Robots that meet others


@kernel
def expect(plan: ModelTables, state: EngineState, links: Sharing, place: int) -> None:
    """Put into the event queue what happens next to a robot, even if that is now: other robots may come before it."""
    r = state.pool[place]
    if carries(plan, r):
        join_link(plan, state, links, r)
    t, event = transition(plan, r)
    state.place[r.index] = place
    push(state, t, key_of(event, r.index))


@kernel
def proceed(plan: ModelTables, state: EngineState, links: Sharing, place: int) -> bool:
    """Let happen to a robot what its entry in the event queue was for; True if its deployment, or its late attempt, has ended."""
    r, now = state.pool[place], state.counters.now
    t, event = transition(plan, r)
    if r.sharing:
        arrived = not is_flowing(links, r.index)
        complete = event == STOPPED and is_complete(links, r, now)
        if leave_link(plan, state, links, r):
            event = PASSED if complete else event
        elif arrived:
            t, event = now, PASSED
        else:  # its bytes arrive at this very instant
            state.place[r.index] = place
            push(state, max(now, end_of(plan, r, now)), key_of(PASSED, r.index))
            return False
    before = r.reached
    happen(plan, state, r, t, event)
    if state.rules.counts_reached and before < 0.0 <= r.reached:
        state.job.reached += 1
    if r.phase == ENDED:
        return True
    expect(plan, state, links, place)
    return False


@kernel
def arrive(plan: ModelTables, state: EngineState, links: Sharing, t: float, latest: float) -> None:
    """Let all bytes arrive that are due by `t`, at `latest` if they are due after that."""
    while next_finish(links)[0] <= t:
        due, index = finish(links, latest)
        if state.where[index] >= 0:  # not if this is the robot whose event happens
            reschedule(state, max(due, end_of(plan, state.pool[state.place[index]], due)), key_of(PASSED, index))
        write_uses(state, links, due, plan.group[plan.cohort[index]])


@kernel
def join_link(plan: ModelTables, state: EngineState, links: Sharing, r: Robot) -> None:
    arrive(plan, state, links, state.counters.now, state.counters.now)
    begin_transfer(plan, links, r, state.counters.now)
    write_uses(state, links, state.counters.now, group_of(plan, r))


@kernel
def leave_link(plan: ModelTables, state: EngineState, links: Sharing, r: Robot) -> bool:
    """End the flow to a robot, unless its bytes have arrived by now."""
    arrive(plan, state, links, state.counters.now, state.counters.now)
    flowed = end_transfer(links, r, state.counters.now)
    if flowed:
        write_uses(state, links, state.counters.now, group_of(plan, r))
    return bool(flowed)


@kernel
def write_uses(state: EngineState, links: Sharing, t: float, group: int) -> None:
    """Record what is used after a change: at one group, or at all that share an origin which limits them."""
    if spreads(links):
        for number in range(state.counters.groups):
            write_use(state, use_row(links, t, number))
    else:
        write_use(state, use_row(links, t, group))
