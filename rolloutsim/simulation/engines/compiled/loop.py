"""The compiled engine: a loop that runs a whole job, by the functions that the SimPy model runs it by.

What is its own is when they are called. The event queue holds what happens next to each robot; beside it the controller, the
two timers of the job and the shared links each have one next event.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.kernel import inlined, kernel
from rolloutsim.simulation.engines.compiled.choosing import begin_watch, watch
from rolloutsim.simulation.engines.compiled.controller import DONE, SLOT, advance_job, choose, give_up, next_of_controller, stalled
from rolloutsim.simulation.engines.compiled.event_queue import NO_KEY, index_of, is_before, key_of, push, remove
from rolloutsim.simulation.engines.compiled.robot_steps import arrive, close, expect, look_ahead, look_back, proceed, quit_job
from rolloutsim.simulation.engines.compiled.state import (
    AHEAD,
    ATTEMPTS,
    BLOCK,
    DECIDED,
    FLOWS,
    HOLDS,
    NO_ROBOT,
    PREPARE,
    RECALLED,
    REGRESSES,
    REGRESSES_AHEAD,
    STEPS,
    UNKNOWN,
    UNMADE,
    WIDTHS,
    count_changes,
    drop_rows,
    write_hold,
    write_robot,
)
from rolloutsim.simulation.engines.compiled.successes import ENDED_BY, GRANTED, VERDICT, decided, follow_success, note_verdict, regress
from rolloutsim.simulation.engines.compiled.waiting import line_up, made, make, release
from rolloutsim.simulation.fairshare.sharing import next_finish, with_kinds
from rolloutsim.simulation.memory import borrow, store
from rolloutsim.simulation.model.deadlines import snap
from rolloutsim.simulation.model.draws import draw_duration, draw_keys, draw_release
from rolloutsim.simulation.model.events import grant, is_installed, stay_late
from rolloutsim.simulation.model.groups import begin_groups, mark_start, mark_verdict
from rolloutsim.simulation.model.job import (
    BREACH,
    CANCELED,
    TIMED_OUT,
    breach,
    count_verdict,
    finish_preparing,
    has_news,
    is_breached,
    is_open,
    refuse_retry,
    start_robot,
    stop,
)
from rolloutsim.simulation.model.limits import note_grant, opens_at
from rolloutsim.simulation.model.robot import CANCEL, ENDED, FLEET_TIMEOUT, PASSED
from rolloutsim.simulation.model.rules import failure_kind
from rolloutsim.simulation.model.transfers import is_alone
from rolloutsim.simulation.records.log import job_row

if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence

    from rolloutsim.simulation.engines.compiled.state import EngineState
    from rolloutsim.simulation.fairshare.layout import Sharing
    from rolloutsim.simulation.model.model_tables import ModelTables
    from rolloutsim.simulation.model.robot import Robot

__all__ = ["STOP", "run_job"]

TIMER_OF_CANCEL, TIMER_OF_FLEET = key_of(CANCEL, 0), key_of(FLEET_TIMEOUT, 0)
NOTHING, ROBOT, CONTROLLER, TIMER = range(4)
#: Nothing ends the job; the only place of `EngineState.stop_flag`.
GOES_ON, STOP = -1, 0


@kernel
def run_job(plan_columns: ModelTables, state_columns: EngineState, shared_links: Sharing, holders: Sequence[MutableSequence[int]]) -> int:
    """Run a job to its end.

    Parameters
    ----------
    plan_columns
        The plan, of arrays.
    state_columns
        A `rolloutsim.simulation.engines.compiled.state.EngineState`, of which the job, the traffic and the counters are as they begin;
        `counters` knows seed and replicate.
    shared_links
        A `rolloutsim.simulation.fairshare.sharing.Sharing` of arrays on which nothing flows.
    holders
        Three arrays as `borrow` needs them.

    Returns
    -------
    int
        How many kinds of flows there are at the end, which is of no interest but keeps those of the links until then.
    """
    sharing = with_kinds(shared_links)
    plan = borrow(plan_columns, holders[0])
    state = borrow(state_columns, holders[1])
    links = borrow(sharing, holders[2])
    counters = state.counters
    clear(state, len(state_columns.reachable))
    counters.release = draw_release(plan, counters.seed, counters.replicate)
    draw_keys(plan, counters.seed, counters.replicate, counters.release, state.stream_keys, len(state_columns.stream_keys) // 3)
    counters.at = snap(draw_duration(plan, state.stream_keys[0], counters.release, 0, 0), plan.job_deadline)
    while state.stop_flag[STOP] == 0:
        source, t, key, cause = next_event(state)
        due = next_finish(links)[0]
        if source == TIMER:
            due = snap(due, t)
        if due <= t and due < math.inf:  # a download that finishes at this instant is processed first
            arrive(plan, state, links, next_finish(links)[0], due)
            continue
        if t == math.inf:
            break
        counters.final = t
        if max(state.ends[FLOWS], state.ends[STEPS]) > counters.full:
            count_changes(plan, state, links)
        if source == ROBOT and looks_on(plan, state, index_of(key)):  # for others nothing happens
            remove(state, index_of(key))
            look_ahead(plan, state, state.place[index_of(key)])
            continue
        counters.order = max(counters.order, key) if t == counters.now else key
        counters.now = t
        if source == ROBOT:
            cause = continue_robot(plan, state, links)
        elif source == CONTROLLER:
            cause = continue_controller(plan, state, links)
        if cause != GOES_ON:
            end_job(plan, state, links, cause)
    for index in range(len(state_columns.reachable)):
        if state.reachable[index] == UNKNOWN:
            release(state, make(plan, state, index))
    store(state.job_row, 0, 1, job_row(state.job, counters.release))
    return len(sharing.kinds)


@kernel
def clear(state: EngineState, robots: int) -> None:
    """Forget the robots of an earlier replicate."""
    for index in range(robots):
        state.where[index] = NO_ROBOT
        state.place[index] = UNMADE
        state.reachable[index] = UNKNOWN
        state.robots[GRANTED * robots + index] = -1.0
        state.is_drawn[index // BLOCK] = 0
    for which in range(len(WIDTHS)):
        state.ends[which] = 0
    for number in range(state.rules.lanes):
        lane = state.lanes[number]
        lane.front, lane.last, lane.unseen, lane.online, lane.offline = NO_ROBOT, NO_ROBOT, NO_ROBOT, NO_ROBOT, NO_ROBOT
    if state.rules.grouped:
        begin_groups(state, robots)


@kernel
def next_event(state: EngineState) -> tuple[int, float, int, int]:
    """Return to which robot the next event happens, when, its place within that instant, and what it ends the job by."""
    source, t, key, cause = NOTHING, math.inf, NO_KEY, GOES_ON
    if state.counters.entries > 0:
        source, t, key = ROBOT, state.times[0], state.keys[0]
    own_t, own_key = next_of_controller(state)
    if is_before(own_t, own_key, t, key):
        source, t, key = CONTROLLER, own_t, own_key
    if is_open(state.job):
        if is_before(state.rules.cancel_at, TIMER_OF_CANCEL, t, key):
            source, t, key, cause = TIMER, state.rules.cancel_at, TIMER_OF_CANCEL, CANCELED
        if is_before(state.rules.fleet_timeout, TIMER_OF_FLEET, t, key):
            source, t, key, cause = TIMER, state.rules.fleet_timeout, TIMER_OF_FLEET, TIMED_OUT
    return source, t, key, cause


@inlined
def continue_robot(plan: ModelTables, state: EngineState, links: Sharing) -> int:
    """Let the first entry of the event queue happen; return what ends the job."""
    index = index_of(state.keys[0])
    place = state.place[index]
    remove(state, index)
    if place == DECIDED:
        count(state, index, int(decided(state, index, VERDICT)), int(decided(state, index, ENDED_BY)), False)
        note_verdict(state, index)
        follow_success(state, index, -1.0, 0, REGRESSES)
        return judge(state)
    if place < 0:
        return BREACH if regress(state, index) else GOES_ON
    if is_alone(plan, state.pool[place]):
        count(state, index, state.pool[place].verdict, state.pool[place].ended_by, False)
        note_verdict(state, index)
        if stay_late(plan, state.pool[place], state.job.withdrawn):
            look_ahead(plan, state, place)
        else:
            close(state, place)
        return judge(state)
    if is_returning(state.pool[place]):
        line_up(state, index)
        return BREACH if advance_job(state) else GOES_ON
    return go_on(plan, state, links, place)


@kernel
def go_on(plan: ModelTables, state: EngineState, links: Sharing, place: int) -> int:
    """Let happen to a robot what happens now, and for the job what follows from it; return what ends the job."""
    r = state.pool[place]
    if not proceed(plan, state, links, place):
        return GOES_ON
    index = r.index
    if r.late:
        close(state, place)
        follow_success(state, index, -1.0, 0, REGRESSES)
        return GOES_ON
    write_hold(state, r, r.t)
    if not count(state, r.index, r.verdict, r.ended_by, r.returning):
        state.place[r.index] = place
        push(state, r.wake, key_of(PASSED, r.index))
    elif stay_late(plan, r, state.job.withdrawn):
        note_verdict(state, index)
        expect(plan, state, links, place)
    else:
        close(state, place)
        note_verdict(state, index)
        follow_success(state, index, -1.0, 0, REGRESSES)
    return judge(state)


@inlined
def count(state: EngineState, index: int, verdict: int, ended_by: int, returning: bool) -> bool:
    """Count the verdict of a robot that gives its slot back; False if it is none yet."""
    is_final = count_verdict(state.job, verdict, ended_by, returning)
    if state.rules.grouped:
        mark_verdict(state, index, is_final and failure_kind(verdict, ended_by) >= 0)
    return is_final


@inlined
def judge(state: EngineState) -> int:
    """A verdict has been counted: return what ends the job, or let the controller go on if that is news for it."""
    if is_breached(state.rules, state.stops, state.job, state.counters.now):
        return BREACH
    if has_news(state.rules, state.job) and advance_job(state):
        return BREACH
    return GOES_ON


@kernel
def is_returning(r: Robot) -> bool:
    """Return whether a robot pauses before another attempt; a late one had its last."""
    return bool(r.returning and not r.late)


@kernel
def continue_controller(plan: ModelTables, state: EngineState, links: Sharing) -> int:
    """Let happen what the controller has waited for; return what ends the job."""
    counters, job = state.counters, state.job
    if counters.waits == SLOT:
        if state.rules.delays:
            if state.rules.watches:
                watch(plan, state)
            opens = opens_at(state.rules, state.limits, state.opening, state.grants, job, counters.now)
            job.stopped_by = stalled(state, opens)
            if job.stopped_by >= 0:
                counters.waits = DONE
                return BREACH
        if counters.upcoming == 0:
            choose(plan, state)
        if counters.upcoming > 0:
            start_next(plan, state, links)
        return GOES_ON
    if counters.waits == PREPARE:
        finish_preparing(plan, state.rules, job, state.stream_keys[0], counters.release, counters.now)
        if not is_open(job):
            counters.waits = DONE
        elif state.rules.watches:
            begin_watch(plan, state)
    return BREACH if advance_job(state) else GOES_ON


@inlined
def start_next(plan: ModelTables, state: EngineState, links: Sharing) -> None:
    """Give a slot to the next of the robots upcoming."""
    counters = state.counters
    place = made(plan, state, state.upcoming[counters.next_upcoming])
    counters.next_upcoming += 1
    counters.upcoming -= 1
    r = state.pool[place]
    start_robot(state.job)
    if state.rules.grouped:
        mark_start(state, r.index)
    if state.rules.delays:
        note_grant(state.rules, state.grants, state.job, counters.now)
    advance_job(state)
    grant(plan, r, counters.now)
    if is_alone(plan, r):
        look_ahead(plan, state, place)
    else:
        expect(plan, state, links, place)


@kernel
def end_job(plan: ModelTables, state: EngineState, links: Sharing, cause: int) -> None:
    """Start no more robots and, on abort, end those in flight and late."""
    counters, job = state.counters, state.job
    abort = breach(state.rules, state.stops, job, counters.now) if cause == BREACH else True
    if job.cause < 0:
        for number in range(state.rules.lanes):
            index = state.lanes[number].front
            while index != NO_ROBOT:
                abort_waiting(state, state.place[index], cause)
                index = state.behind[index]
        for number in range(counters.next_upcoming, counters.next_upcoming + counters.upcoming):
            abort_waiting(state, state.place[state.upcoming[number]], cause)
        for index in range(state.rules.robots):
            if meets_others(plan, state, index) and is_returning(state.pool[state.place[index]]):
                remove(state, index)
                abort_waiting(state, state.place[index], cause)
        give_up(state)
    stop(job, cause, abort, counters.now)
    if abort:
        for late in (False, True):
            for index in range(state.rules.robots):
                if meets_others(plan, state, index) and state.pool[state.place[index]].late == late:
                    abort_robot(plan, state, links, index, cause)
        abort_decided(plan, state, links, cause)


@kernel
def meets_others(plan: ModelTables, state: EngineState, index: int) -> bool:
    """Return whether something is still to happen to a robot that does not look ahead."""
    return bool(state.where[index] >= 0 and state.place[index] >= 0 and not is_alone(plan, state.pool[state.place[index]]))


@kernel
def looks_on(plan: ModelTables, state: EngineState, index: int) -> bool:
    """Return whether a robot has an entry because it has not looked as far as its end."""
    place = state.place[index]
    return bool(place >= 0 and state.pool[place].phase != ENDED and is_alone(plan, state.pool[place]))


@kernel
def abort_waiting(state: EngineState, place: int, cause: int) -> None:
    """The job denies another attempt to a robot that waits for it."""
    if place != UNMADE and state.pool[place].attempt >= 0:
        refuse_retry(state.pool[place], cause)
        close(state, place)


@kernel
def abort_robot(plan: ModelTables, state: EngineState, links: Sharing, index: int, cause: int) -> None:
    """The job ends a robot that meets others; one that has installed late only has to report it."""
    place = state.place[index]
    r = state.pool[place]
    if r.late and is_installed(r):
        return
    remove(state, index)
    quit_job(plan, state, links, r, cause)
    if not r.late:
        write_hold(state, r, r.t)
        count_aborted(state, r.verdict, r.ended_by)
    close(state, place)


@kernel
def count_aborted(state: EngineState, verdict: int, ended_by: int) -> None:
    count_verdict(state.job, verdict, ended_by, False)
    is_breached(state.rules, state.stops, state.job, state.counters.now)  # the last one ends the job


@kernel
def abort_decided(plan: ModelTables, state: EngineState, links: Sharing, cause: int) -> None:
    """The job ends robots that looked further ahead than to this moment: their records are written again."""
    for index in range(state.rules.robots):
        place = state.place[index]
        if state.where[index] >= 0 and place != REGRESSES and not meets_others(plan, state, index):
            remove(state, index)
            state.where[index] = RECALLED
            if place == REGRESSES_AHEAD:
                state.where[index] = AHEAD
                continue
            if place != DECIDED:
                if state.pool[place].late:
                    state.where[index] = AHEAD
                write_robot(state, state.pool[place])  # which holds when it was granted
                release(state, place)
    drop_rows(state, ATTEMPTS, state.attempts)
    drop_rows(state, HOLDS, state.holds)
    drop_rows(state, FLOWS, state.flows)
    for index in range(state.rules.robots):
        if state.where[index] <= AHEAD:
            place = make(plan, state, index)
            r = state.pool[place]
            look_back(plan, state, links, r, decided(state, index, GRANTED), cause)
            if state.where[index] == RECALLED:
                count_aborted(state, r.verdict, r.ended_by)
            state.where[index] = NO_ROBOT
            release(state, place)
