"""A robot's way through its phases in the compiled engine, and the records that it leaves.

A robot that depends on nobody else looks ahead: when its slot is granted it is followed to its verdict and, late, to its end, and its
entry is for the verdict. Should the job end it before, `look_back` goes its way again as far as that moment.
"""

from __future__ import annotations

import math
from typing import Any

from rolloutsim.kernel import kernel
from rolloutsim.simulation.agenda import NO_KEY, enter, is_before, key_of, reschedule
from rolloutsim.simulation.events import advance, cut, grant, is_installed, settle_downtime, stay_late
from rolloutsim.simulation.robot import BACKOFF, ENDED, PASSED, transition
from rolloutsim.simulation.room import write_attempt, write_flow, write_hold, write_robot, write_use
from rolloutsim.simulation.sharing import finish, is_flowing, next_finish
from rolloutsim.simulation.transfers import begin_transfer, carries, end_transfer, use_row

__all__ = ["arrive", "look_ahead", "look_back", "proceed", "quit_job"]


@kernel
def happen(plan: Any, room: Any, r: Any, t: float, event: int) -> None:
    """Let an event happen to a robot, and record what it leaves."""
    phase, since, sent, rate, shared = r.phase, r.t, r.bytes, r.rate, r.sharing
    advance(plan, r, t, event)
    write_flow(room, r, since, sent, rate, shared)
    if phase < BACKOFF and r.phase >= BACKOFF:
        write_attempt(room, r)


@kernel
def quit_job(plan: Any, room: Any, links: Any, r: Any, cause: int) -> None:
    """The job ends a robot now."""
    desk = room.desk
    phase, since, sent, rate, shared = r.phase, r.t, r.bytes, r.rate, r.sharing
    if shared:
        leave_link(plan, room, links, r)
    cut(plan, r, desk.now, cause, desk.order < key_of(PASSED, r.index))
    write_flow(room, r, since, sent, rate, shared)
    if phase < BACKOFF:
        write_attempt(room, r)


# Robots that depend on nobody else


@kernel
def follow(plan: Any, room: Any, r: Any, until: float, until_key: int) -> tuple[float, int]:
    """Let happen to a robot what happens up to a moment; return when its last event was, and its place within that instant."""
    last = PASSED
    while r.phase != ENDED:
        since = r.t
        t, event = transition(plan, r)
        if t > since:
            if is_before(until, until_key, t, key_of(event, r.index)):
                break
            last = event
        happen(plan, room, r, t, event)
    return r.t, key_of(last, r.index)


@kernel
def look_ahead(plan: Any, room: Any, r: Any, t: float) -> tuple[float, int]:
    """Give a slot to a robot and follow it to its end; return when its verdict falls, and its place within that instant."""
    grant(plan, r, t)
    verdict, key = follow(plan, room, r, math.inf, NO_KEY)
    write_hold(room, r, verdict)
    if stay_late(plan, r, False):
        follow(plan, room, r, math.inf, NO_KEY)
    settle_downtime(r)
    write_robot(room, r)
    return verdict, key


@kernel
def look_back(plan: Any, room: Any, links: Any, r: Any, granted: float, cause: int) -> None:
    """Do again what `look_ahead` did, with the job ending the robot now."""
    now, key = room.desk.now, room.desk.order
    grant(plan, r, granted)
    follow(plan, room, r, now, key)
    if r.phase == ENDED:
        write_hold(room, r, r.t)
        if stay_late(plan, r, False):
            follow(plan, room, r, now, key)
            if is_installed(r):
                follow(plan, room, r, math.inf, NO_KEY)
            if r.phase != ENDED:
                quit_job(plan, room, links, r, cause)
    else:
        quit_job(plan, room, links, r, cause)
        write_hold(room, r, r.t)
    settle_downtime(r)
    write_robot(room, r)


# Robots that meet others


@kernel
def proceed(plan: Any, room: Any, links: Any, place: int, happens: bool) -> bool:
    """Let happen to a robot what happens now; False if it goes on, with an entry in the agenda for what comes next.

    Parameters
    ----------
    place
        In the pool.
    happens
        Whether its entry has come up, so that something does happen now.
    """
    r, now = room.pool[place], room.desk.now
    while r.phase != ENDED:
        if carries(plan, r):
            join_link(plan, room, links, r)
        t, event = transition(plan, r)
        if t > now and not happens:
            room.place[r.index] = place
            enter(room, t, key_of(event, r.index))
            return False
        if r.sharing:
            arrived = not is_flowing(links, r.index)
            if not leave_link(plan, room, links, r):
                if not arrived:
                    room.place[r.index] = place
                    enter(room, now, key_of(PASSED, r.index))
                    return False
                t, event = now, PASSED
        happen(plan, room, r, t, event)
        happens = False
    return True


@kernel
def arrive(plan: Any, room: Any, links: Any, t: float) -> None:
    """Let all bytes arrive that are due by `t`."""
    while next_finish(links)[0] <= t:
        due, index = finish(links)
        if room.where[index] >= 0:  # not so if he is just having his turn
            reschedule(room, due, key_of(PASSED, index))
        write_uses(room, links, due, plan.group[plan.cohort[index]])


@kernel
def join_link(plan: Any, room: Any, links: Any, r: Any) -> None:
    arrive(plan, room, links, room.desk.now)
    begin_transfer(plan, links, r, room.desk.now)
    write_uses(room, links, room.desk.now, plan.group[r.link])


@kernel
def leave_link(plan: Any, room: Any, links: Any, r: Any) -> bool:
    """End the flow to a robot, unless its bytes have arrived by now."""
    arrive(plan, room, links, room.desk.now)
    flowed = end_transfer(links, r, room.desk.now)
    if flowed:
        write_uses(room, links, room.desk.now, plan.group[r.link])
    return bool(flowed)


@kernel
def write_uses(room: Any, links: Any, t: float, group: int) -> None:
    """Record what is used after a change; a change at one group changes all others that share the origin."""
    if room.desk.origin:
        for number in range(room.desk.groups):
            write_use(room, use_row(links, t, number))
    else:
        write_use(room, use_row(links, t, group))
