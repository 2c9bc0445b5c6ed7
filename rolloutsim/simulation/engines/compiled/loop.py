"""The compiled engine: a loop that runs a whole job, by the functions that the SimPy model runs it by.

What is its own is when they are called. The agenda holds what happens next to each robot; beside it the controller, the
two timers of the job and the shared links each have one next event.
"""

from __future__ import annotations

import math
from typing import Any

from rolloutsim.kernel import inlined, kernel
from rolloutsim.simulation.engines.compiled.controller import DONE, SLOT, choose, give_up, next_of_controller, steer
from rolloutsim.simulation.engines.compiled.event_queue import NO_KEY, NOBODY, cancel, enter, index_of, is_before, key_of
from rolloutsim.simulation.engines.compiled.memory import borrow
from rolloutsim.simulation.engines.compiled.robot_steps import arrive, close, expect, look_ahead, look_back, proceed, quit_job
from rolloutsim.simulation.engines.compiled.state import (
    AHEAD,
    ATTEMPTS,
    DECIDED,
    FLOWS,
    HOLDS,
    PREPARE,
    RECALLED,
    UNKNOWN,
    UNMADE,
    count_flows,
    drop_rows,
    write_hold,
    write_robot,
)
from rolloutsim.simulation.engines.compiled.waiting import line_up, made, make, release
from rolloutsim.simulation.engines.simpy.clock import CANCEL, FLEET_TIMEOUT
from rolloutsim.simulation.fairshare.sharing import next_finish, with_kinds
from rolloutsim.simulation.model.deadlines import snap
from rolloutsim.simulation.model.draws import draw_duration, draw_keys, draw_release
from rolloutsim.simulation.model.events import grant, is_installed, stay_late
from rolloutsim.simulation.model.job import (
    BREACH,
    CANCELED,
    TIMED_OUT,
    breach,
    count_verdict,
    deny,
    finish_preparing,
    has_news,
    is_breached,
    is_open,
    start_robot,
    stop,
)
from rolloutsim.simulation.model.robot import ENDED, PASSED
from rolloutsim.simulation.model.transfers import is_alone
from rolloutsim.simulation.records.log import ROBOT_FIELDS

__all__ = ["STOP", "run_job"]

VERDICT, ENDED_BY, GRANTED = (ROBOT_FIELDS.index(name) for name in ("verdict", "ended_by", "granted"))
TIMER_OF_CANCEL, TIMER_OF_FLEET = key_of(CANCEL, 0), key_of(FLEET_TIMEOUT, 0)
NOTHING, ROBOT, CONTROLLER, TIMER = range(4)
#: Nothing ends the job.
GOES_ON = -1
STOP = 0


@kernel
def run_job(plan_columns: Any, room_columns: Any, shared_links: Any, holders: Any) -> int:
    """Run a job to its end.

    Parameters
    ----------
    plan_columns
        The plan, of arrays.
    room_columns
        A `rolloutsim.simulation.engines.compiled.state.Room` in which nothing has happened; `desk` knows seed and replicate.
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
    room = borrow(room_columns, holders[1])
    links = borrow(sharing, holders[2])
    desk = room.desk
    desk.release = draw_release(plan, desk.seed, desk.replicate)
    draw_keys(plan, desk.seed, desk.replicate, room.marks, len(room_columns.marks) // 2)
    desk.at = snap(draw_duration(plan, room.marks[0], desk.release, 0, 0), plan.job_deadline)
    while room.pulse[STOP] == 0:
        source, t, key, cause = next_event(room)
        due = next_finish(links)[0]
        if source == TIMER:
            due = snap(due, t)
        if due <= t and due < math.inf:  # a download that finishes at this instant is processed first
            arrive(plan, room, links, next_finish(links)[0], due)
            continue
        if t == math.inf:
            break
        desk.final = t
        if room.ends[FLOWS] > desk.full:
            count_flows(plan, room)
        if source == ROBOT and looks_on(plan, room, index_of(key)):  # for others nothing happens
            cancel(room, index_of(key))
            look_ahead(plan, room, room.place[index_of(key)])
            continue
        desk.order = max(desk.order, key) if t == desk.now else key
        desk.now = t
        if source == ROBOT:
            cause = continue_robot(plan, room, links)
        elif source == CONTROLLER:
            cause = continue_controller(plan, room, links)
        if cause != GOES_ON:
            end_job(plan, room, links, cause)
    for index in range(len(room_columns.reachable)):
        if room.reachable[index] == UNKNOWN:
            release(room, make(plan, room, index))
    return len(sharing.kinds)


@kernel
def next_event(room: Any) -> tuple[int, float, int, int]:
    """Return to whom the next event happens, when, its place within that instant, and what it ends the job by."""
    source, t, key, cause = NOTHING, math.inf, NO_KEY, GOES_ON
    if room.desk.entries > 0:
        source, t, key = ROBOT, room.times[0], room.keys[0]
    own_t, own_key = next_of_controller(room)
    if is_before(own_t, own_key, t, key):
        source, t, key = CONTROLLER, own_t, own_key
    if is_open(room.job):
        if is_before(room.rules.cancel_at, TIMER_OF_CANCEL, t, key):
            source, t, key, cause = TIMER, room.rules.cancel_at, TIMER_OF_CANCEL, CANCELED
        if is_before(room.rules.fleet_timeout, TIMER_OF_FLEET, t, key):
            source, t, key, cause = TIMER, room.rules.fleet_timeout, TIMER_OF_FLEET, TIMED_OUT
    return source, t, key, cause


@inlined
def continue_robot(plan: Any, room: Any, links: Any) -> int:
    """Let the first entry of the agenda happen; return what ends the job."""
    index = index_of(room.keys[0])
    place = room.place[index]
    cancel(room, index)
    if place == DECIDED:
        count_verdict(room.rules, room.job, int(decided(room, index, VERDICT)), int(decided(room, index, ENDED_BY)), False)
        return judge(room)
    if is_alone(plan, room.pool[place]):
        count_verdict(room.rules, room.job, room.pool[place].verdict, room.pool[place].ended_by, False)
        if stay_late(plan, room.pool[place], room.job.withdrawn):
            look_ahead(plan, room, place)
        else:
            close(room, place)
        return judge(room)
    if is_returning(room.pool[place]):
        line_up(room, index)
        return BREACH if steer(room) else GOES_ON
    return go_on(plan, room, links, place)


@kernel
def decided(room: Any, index: int, field: int) -> float:
    """Return what is recorded of a robot that looked ahead."""
    return float(room.robots[field * room.rules.robots + index])


@kernel
def go_on(plan: Any, room: Any, links: Any, place: int) -> int:
    """Let happen to a robot what happens now, and for the job what follows from it; return what ends the job."""
    r = room.pool[place]
    if not proceed(plan, room, links, place):
        return GOES_ON
    if r.late:
        close(room, place)
        return GOES_ON
    write_hold(room, r, r.t)
    if not count_verdict(room.rules, room.job, r.verdict, r.ended_by, r.returning):
        room.place[r.index] = place
        enter(room, r.wake, key_of(PASSED, r.index))
    elif stay_late(plan, r, room.job.withdrawn):
        expect(plan, room, links, place)
    else:
        close(room, place)
    return judge(room)


@kernel
def judge(room: Any) -> int:
    """A verdict has been counted: return what ends the job, or let the controller go on if that is news for it."""
    if is_breached(room.rules, room.job, room.desk.now):
        return BREACH
    if has_news(room.job) and steer(room):
        return BREACH
    return GOES_ON


@kernel
def is_returning(r: Any) -> bool:
    """Tell whether a robot pauses before another attempt; a late one had its last."""
    return bool(r.returning and not r.late)


@kernel
def continue_controller(plan: Any, room: Any, links: Any) -> int:
    """Let happen what the controller has waited for; return what ends the job."""
    desk, job = room.desk, room.job
    if desk.waits == SLOT:
        if desk.upcoming == 0:
            choose(plan, room)
        if desk.upcoming > 0:
            start_next(plan, room, links)
        return GOES_ON
    if desk.waits == PREPARE:
        finish_preparing(plan, job, room.marks[0], desk.release, desk.now)
        if not is_open(job):
            desk.waits = DONE
    return BREACH if steer(room) else GOES_ON


@inlined
def start_next(plan: Any, room: Any, links: Any) -> None:
    """Give a slot to the next of the robots upcoming."""
    desk = room.desk
    place = made(plan, room, room.upcoming[desk.next_upcoming])
    desk.next_upcoming += 1
    desk.upcoming -= 1
    r = room.pool[place]
    start_robot(room.job)
    steer(room)
    grant(plan, r, desk.now)
    if is_alone(plan, r):
        look_ahead(plan, room, place)
    else:
        expect(plan, room, links, place)


@kernel
def end_job(plan: Any, room: Any, links: Any, cause: int) -> None:
    """Start nobody any more and, on abort, end everybody in flight and late."""
    desk, job = room.desk, room.job
    abort = room.rules.aborts or cause != BREACH
    if cause == BREACH:
        breach(job, desk.now)
    if job.cause < 0:
        index = desk.front
        while index != NOBODY:
            send_home(room, room.place[index], cause)
            index = room.behind[index]
        for number in range(desk.next_upcoming, desk.next_upcoming + desk.upcoming):
            send_home(room, room.place[room.upcoming[number]], cause)
        for index in range(room.rules.robots):
            if meets_others(plan, room, index) and is_returning(room.pool[room.place[index]]):
                cancel(room, index)
                send_home(room, room.place[index], cause)
        give_up(room)
    stop(job, cause, abort, desk.now)
    if abort:
        for late in (False, True):
            for index in range(room.rules.robots):
                if meets_others(plan, room, index) and room.pool[room.place[index]].late == late:
                    call_off(plan, room, links, index, cause)
        recall(plan, room, links, cause)


@kernel
def meets_others(plan: Any, room: Any, index: int) -> bool:
    """Tell whether something is still to happen to a robot that does not look ahead."""
    return bool(room.where[index] >= 0 and room.place[index] != DECIDED and not is_alone(plan, room.pool[room.place[index]]))


@kernel
def looks_on(plan: Any, room: Any, index: int) -> bool:
    """Tell whether a robot has an entry because it has not looked as far as its end."""
    place = room.place[index]
    return bool(place != DECIDED and room.pool[place].phase != ENDED and is_alone(plan, room.pool[place]))


@kernel
def send_home(room: Any, place: int, cause: int) -> None:
    """The job denies another attempt to a robot that waits for it."""
    if place != UNMADE and room.pool[place].attempt >= 0:
        deny(room.pool[place], cause)
        close(room, place)


@kernel
def call_off(plan: Any, room: Any, links: Any, index: int, cause: int) -> None:
    """The job ends a robot that meets others; one that has installed late only has to say so."""
    place = room.place[index]
    r = room.pool[place]
    if r.late and is_installed(r):
        return
    cancel(room, index)
    quit_job(plan, room, links, r, cause)
    if not r.late:
        write_hold(room, r, r.t)
        count_aborted(room, r.verdict, r.ended_by)
    close(room, place)


@kernel
def count_aborted(room: Any, verdict: int, ended_by: int) -> None:
    count_verdict(room.rules, room.job, verdict, ended_by, False)
    is_breached(room.rules, room.job, room.desk.now)  # the last one ends the job


@kernel
def recall(plan: Any, room: Any, links: Any, cause: int) -> None:
    """The job ends robots that looked further ahead than to this moment: their records are written anew."""
    for index in range(room.rules.robots):
        place = room.place[index]
        if room.where[index] >= 0 and not meets_others(plan, room, index):
            cancel(room, index)
            room.where[index] = RECALLED
            if place != DECIDED:
                if room.pool[place].late:
                    room.where[index] = AHEAD
                write_robot(room, room.pool[place])  # which holds when it was granted
                release(room, place)
    drop_rows(room, ATTEMPTS, room.attempts)
    drop_rows(room, HOLDS, room.holds)
    drop_rows(room, FLOWS, room.flows)
    for index in range(room.rules.robots):
        if room.where[index] <= AHEAD:
            place = make(plan, room, index)
            r = room.pool[place]
            look_back(plan, room, links, r, decided(room, index, GRANTED), cause)
            if room.where[index] == RECALLED:
                count_aborted(room, r.verdict, r.ended_by)
            room.where[index] = NOBODY
            release(room, place)
