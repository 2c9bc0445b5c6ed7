"""The controller of the compiled engine: what it waits for, and the robots that wait for it."""

from __future__ import annotations

import math
from typing import Any

from rolloutsim.kernel import kernel
from rolloutsim.simulation.agenda import NO_KEY, key_of
from rolloutsim.simulation.clock import GRANT
from rolloutsim.simulation.draws import draw_robot
from rolloutsim.simulation.job import SUCCEEDED, begin_batch, begin_stage, end
from rolloutsim.simulation.link import is_ever_online, start_link
from rolloutsim.simulation.memory import renew
from rolloutsim.simulation.queue import falls_back, may_start
from rolloutsim.simulation.robot import PASSED
from rolloutsim.simulation.room import PREPARE, UNKNOWN
from rolloutsim.simulation.rules import HOLD, gate_shuts

__all__ = ["DONE", "NEWS", "SLOT", "choose", "give_up", "line_up", "make", "next_of_controller", "release", "steer", "waiting_entry"]

#: What the controller waits for after `PREPARE`: a free slot, news (or, with a time, the first robot to come online), the end of a soak,
#: nothing any more.
SLOT, NEWS, SOAK, DONE = range(PREPARE + 1, PREPARE + 5)


@kernel
def next_of_controller(room: Any) -> tuple[float, int]:
    """Return when something happens to the controller by itself, and its place within that instant."""
    desk = room.desk
    if desk.waits == SLOT:
        if room.job.in_flight < room.rules.concurrency:
            return desk.now, key_of(GRANT, 0)
    elif desk.waits == NEWS:
        return desk.at, key_of(GRANT, 0)
    elif desk.waits == SOAK:
        return desk.at, key_of(PASSED, -1)  # before the robots' own
    elif desk.waits == PREPARE:
        return desk.at, key_of(PASSED, 0)
    return math.inf, NO_KEY


@kernel
def steer(room: Any) -> bool:
    """Let the controller go on until it has to wait; True if a gate shuts, so that the job has to be stopped."""
    desk, job, rules = room.desk, room.job, room.rules
    if desk.waits == DONE:
        return False
    while True:
        if job.cause >= 0:
            desk.waits = DONE
            return False
        if job.stage_left > 0:
            if desk.upcoming > 0 or not (desk.waiting == 0 or (rules.batches and job.batch_left > 0)):
                desk.waits = SLOT
            else:
                desk.waits = NEWS
                desk.at = math.inf
            return False
        if job.stages > 0:
            gate = room.gates[job.stages - 1]
            if gate.soak > 0.0 and desk.waits != SOAK:
                desk.waits = SOAK
                desk.at = desk.now + gate.soak
                return False
            if gate_shuts(gate, job.failures, job.completed):
                desk.waits = DONE
                return True
        if job.stages == rules.stages:
            end(job, SUCCEEDED, -1, desk.now)
            desk.waits = DONE
            return False
        desk.waits = NEWS
        desk.first = room.bounds[job.stages]
        desk.places = room.bounds[job.stages + 1] - desk.first
        desk.waiting = desk.places
        desk.head = 0
        desk.offline = rules.offline
        begin_stage(job, desk.waiting)


@kernel
def place_in_line(desk: Any, number: int) -> int:
    """Return where the robot stands that has `number` waiting robots before it."""
    place = desk.head + number
    return int(desk.first + (place if place < desk.places else place - desk.places))


@kernel
def line_up(room: Any, entry: int) -> None:
    """Let a robot wait at the end of the line."""
    room.line[place_in_line(room.desk, room.desk.waiting)] = entry
    room.desk.waiting += 1


@kernel
def leave_line(room: Any, number: int) -> int:
    """Remove a robot from the line; those before it close ranks."""
    desk, line = room.desk, room.line
    entry = line[place_in_line(desk, number)]
    for ahead in range(number, 0, -1):
        line[place_in_line(desk, ahead)] = line[place_in_line(desk, ahead - 1)]
    desk.head = desk.head + 1 if desk.head + 1 < desk.places else 0
    desk.waiting -= 1
    return int(entry)


@kernel
def choose_one(plan: Any, room: Any) -> bool:
    """Move the next robot from the line to those upcoming, if there is one."""
    desk = room.desk
    desk.next_up = math.inf
    found = -1
    if desk.offline == HOLD:  # nobody needs to be looked at
        found = 0
    else:
        for number in range(desk.waiting):
            place = place_in_line(desk, number)
            if room.line[place] >= 0:
                room.line[place] = ~make(plan, room, room.line[place])
            r = room.pool[~room.line[place]]
            if may_start(plan, r, desk.offline, desk.now):
                found = number
                break
            desk.next_up = min(desk.next_up, r.until)
    if found < 0:
        return False
    room.upcoming[desk.upcoming] = leave_line(room, found)
    desk.upcoming += 1
    return True


@kernel
def choose(plan: Any, room: Any) -> None:
    """Choose the robots that start together; if there are none, wait until the first comes online."""
    desk = room.desk
    most = room.rules.concurrency if room.rules.batches else 1
    desk.next_upcoming = 0
    for _ in range(2):
        while desk.waiting > 0 and desk.upcoming < most:
            if not choose_one(plan, room):
                break
        if desk.upcoming > 0 or not falls_back(desk.offline):
            break
        desk.offline = HOLD
    if desk.upcoming == 0:
        desk.waits = NEWS
        desk.at = desk.next_up
    elif room.rules.batches:
        begin_batch(room.job, desk.upcoming)


@kernel
def waiting_entry(room: Any, number: int) -> int:
    """Return an entry of those who wait in line and, after them, of those upcoming."""
    desk = room.desk
    if number < desk.waiting:
        return int(room.line[place_in_line(desk, number)])
    return int(room.upcoming[desk.next_upcoming + number - desk.waiting])


@kernel
def give_up(room: Any) -> None:
    """Nobody will be started any more."""
    room.desk.waiting = 0
    room.desk.upcoming = 0
    room.desk.waits = DONE


@kernel
def make(plan: Any, room: Any, index: int) -> int:
    """Make the robot of an index, at time 0; return its place in the pool."""
    desk = room.desk
    if desk.free > 0:
        desk.free -= 1
        place = room.free[desk.free]
    else:
        place = desk.fresh
        desk.fresh += 1
    renew(room.pool, place)
    r = room.pool[place]
    draw_robot(plan, r, room.marks, index, desk.release)
    if room.reachable[index] == UNKNOWN:
        if r.up and r.until > 0.0:
            room.reachable[index] = 1
        else:
            room.reachable[index] = is_ever_online(plan, r, plan.observe)
            start_link(plan, r)
    return int(place)


@kernel
def release(room: Any, place: int) -> None:
    """Nobody needs a robot's record any more."""
    room.free[room.desk.free] = place
    room.desk.free += 1
