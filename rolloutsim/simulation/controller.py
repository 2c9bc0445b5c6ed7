"""The controller of the compiled engine: what it waits for, the robots that wait for it, and their records."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from rolloutsim.kernel import kernel
from rolloutsim.simulation.clock import GRANT
from rolloutsim.simulation.draws import draw_robot
from rolloutsim.simulation.heap import NO_KEY, key_of
from rolloutsim.simulation.job import SUCCEEDED, begin_stage, end
from rolloutsim.simulation.link import is_ever_online, start_link
from rolloutsim.simulation.memory import copy_items, enlarged
from rolloutsim.simulation.queue import falls_back, may_start
from rolloutsim.simulation.robot import PASSED
from rolloutsim.simulation.rules import HOLD, JobRules, gate_shuts

__all__ = [
    "DONE",
    "NEWS",
    "PREPARE",
    "SLOT",
    "SOAK",
    "UNKNOWN",
    "Desk",
    "choose_more",
    "line_up",
    "make",
    "next_of_controller",
    "release_record",
    "steer",
]

#: What the controller waits for: the job to be prepared, a free slot, news (or, with a time, the first robot to come online), the end
#: of a soak, nothing any more.
PREPARE, SLOT, NEWS, SOAK, DONE = range(5)

#: Whether a robot is online at some instant is not known yet.
UNKNOWN = 2


@dataclass(slots=True, eq=False)
class Desk:
    """What the controller has before it."""

    seed: int = 0
    replicate: int = 0
    release: int = 0
    waits: int = PREPARE
    at: float = 0.0  #: until when, if it is not for news
    now: float = 0.0  #: the instant, and how far in its order it is
    key: int = 0
    offline: int = HOLD  #: the rule for those offline, within the stage
    first: int = 0  #: the robots of the stage that wait: a ring of so many places in the line
    places: int = 0
    head: int = 0
    waiting: int = 0
    upcoming: int = 0  #: robots of the batch that have not started
    next_upcoming: int = 0
    next_up: float = math.inf  #: when the first of those looked at in vain comes online
    free: int = 0  #: records of the pool without a robot


@kernel
def next_of_controller(rules: JobRules, job: Any, desk: Any) -> tuple[float, int]:
    """Return when something happens to the controller by itself, and its place within that instant."""
    if desk.waits == SLOT:
        if job.in_flight < rules.concurrency:
            return desk.now, key_of(GRANT, 0)
    elif desk.waits == NEWS:
        return desk.at, key_of(GRANT, 0)
    elif desk.waits != DONE:
        return desk.at, key_of(PASSED, 0)
    return math.inf, NO_KEY


@kernel
def steer(rules: JobRules, gates: Any, job: Any, desk: Any, bounds: Any) -> bool:
    """Let the controller go on until it has to wait; True if a gate shuts, so that the job has to be stopped."""
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
            gate = gates[job.stages - 1]
            if gate.soak > 0.0 and desk.waits != SOAK:
                desk.waits = SOAK
                desk.at = desk.now + gate.soak
                return False
            if gate_shuts(gate, job.failures, job.completed):
                desk.waits = DONE
                return True
        if job.stages == len(gates):
            end(job, SUCCEEDED, -1, desk.now)
            desk.waits = DONE
            return False
        desk.waits = NEWS
        desk.first = bounds[job.stages]
        desk.places = desk.waiting = bounds[job.stages + 1] - desk.first
        desk.head = 0
        desk.offline = rules.offline
        begin_stage(job, desk.waiting)


@kernel
def place_in_line(desk: Any, number: int) -> int:
    """Return where the robot stands that has `number` waiting robots before it."""
    place = desk.head + number
    return int(desk.first + (place if place < desk.places else place - desk.places))


@kernel
def line_up(desk: Any, line: Any, entry: int) -> None:
    """Let a robot wait at the end of the line."""
    line[place_in_line(desk, desk.waiting)] = entry
    desk.waiting += 1


@kernel
def leave_line(desk: Any, line: Any, number: int) -> int:
    """Remove a robot from the line; those before it close ranks."""
    entry = line[place_in_line(desk, number)]
    for ahead in range(number, 0, -1):
        line[place_in_line(desk, ahead)] = line[place_in_line(desk, ahead - 1)]
    desk.head = desk.head + 1 if desk.head + 1 < desk.places else 0
    desk.waiting -= 1
    return int(entry)


@kernel
def choose(plan: Any, desk: Any, line: Any, pool: Any, free: Any, reachable: Any) -> tuple[bool, int, Any, Any]:
    """Remove the next robot from the line: whether there is one, its entry, the pool.

    An entry is the index of a robot that has not been looked at, or the complement of the place of its record.
    """
    desk.next_up = math.inf
    if desk.waiting > 0 and desk.offline == HOLD:  # nobody needs to be looked at
        return True, leave_line(desk, line, 0), pool, free
    for number in range(desk.waiting):
        place = place_in_line(desk, number)
        if line[place] >= 0:
            slot, pool, free = make(plan, desk, pool, free, reachable, line[place])
            line[place] = ~slot
        r = pool[~line[place]]
        if may_start(plan, r, desk.offline, desk.now):
            return True, leave_line(desk, line, number), pool, free
        desk.next_up = min(desk.next_up, r.until)
    return False, 0, pool, free


@kernel
def choose_more(plan: Any, desk: Any, line: Any, pool: Any, free: Any, reachable: Any, upcoming: Any, most: int) -> tuple[int, Any, Any]:
    """Remove up to `most` robots that start together from the line; return how many, and the pool."""
    desk.next_upcoming = 0
    desk.upcoming = 0
    for _ in range(2):
        while desk.waiting > 0 and desk.upcoming < most:
            found, entry, pool, free = choose(plan, desk, line, pool, free, reachable)
            if not found:
                break
            upcoming[desk.upcoming] = entry
            desk.upcoming += 1
        if desk.upcoming > 0 or not falls_back(desk.offline):
            break
        desk.offline = HOLD
    return desk.upcoming, pool, free


@kernel
def make(plan: Any, desk: Any, pool: Any, free: Any, reachable: Any, index: int) -> tuple[int, Any, Any]:
    """Make the robot of an index, at time 0; return the place of its record, and the pool."""
    if desk.free == 0:
        pool, free = enlarged(pool), enlarged(free)
        for place in range(len(pool) - 1, len(pool) // 2 - 1, -1):
            free[desk.free] = place
            desk.free += 1
    desk.free -= 1
    slot = free[desk.free]
    copy_items(pool, slot, pool, 1)  # a robot's defaults
    r = pool[slot]
    draw_robot(plan, r, desk.seed, desk.replicate, index, desk.release)
    if reachable[index] == UNKNOWN:
        if r.up:
            reachable[index] = 1
        else:
            reachable[index] = is_ever_online(plan, r, plan.observe)
            start_link(plan, r)
    return slot, pool, free


@kernel
def release_record(desk: Any, free: Any, slot: int) -> None:
    free[desk.free] = slot
    desk.free += 1
