"""The controller of the compiled engine: what it waits for, and which robots it starts."""

from __future__ import annotations

import math
from typing import Any

from rolloutsim.kernel import kernel
from rolloutsim.simulation.engines.compiled.event_queue import NO_KEY, NOBODY, key_of
from rolloutsim.simulation.engines.compiled.state import PREPARE
from rolloutsim.simulation.engines.compiled.waiting import begin_line, next_link_up, take_first, take_online
from rolloutsim.simulation.engines.simpy.clock import GRANT
from rolloutsim.simulation.engines.simpy.queue import holds_slots
from rolloutsim.simulation.model.deadlines import snap
from rolloutsim.simulation.model.job import SUCCEEDED, begin_batch, begin_stage, end
from rolloutsim.simulation.model.robot import PASSED
from rolloutsim.simulation.model.rules import HOLD, gate_shuts

__all__ = ["DONE", "NEWS", "SLOT", "choose", "give_up", "next_of_controller", "steer"]

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
                desk.at = snap(desk.now + gate.soak, min(rules.cancel_at, rules.fleet_timeout))
                return False
            if gate_shuts(gate, job.failures, job.completed):
                desk.waits = DONE
                return True
        if job.stages == rules.stages:
            end(job, SUCCEEDED, -1, desk.now)
            desk.waits = DONE
            return False
        desk.waits = NEWS
        begin_line(room, room.bounds[job.stages], room.bounds[job.stages + 1])
        begin_stage(job, desk.waiting)


@kernel
def choose(plan: Any, room: Any) -> None:
    """Choose the robots that start together; if there are none, wait until the first comes online."""
    desk, rules = room.desk, room.rules
    most = rules.concurrency if rules.batches else 1
    desk.next_upcoming = 0
    if rules.offline != HOLD:
        while desk.upcoming < most and choose_one(room, take_online(plan, room)):
            pass
    if desk.upcoming == 0 and holds_slots(rules, room.job.in_flight):
        if rules.offline != HOLD:
            most = rules.concurrency
        while desk.upcoming < most and desk.waiting > 0:
            choose_one(room, take_first(room))
    if desk.upcoming == 0:
        desk.waits = NEWS
        desk.at = next_link_up(room)
    elif rules.batches:
        begin_batch(room.job, desk.upcoming)


@kernel
def choose_one(room: Any, index: int) -> bool:
    """Let a robot that has left the line be one of those upcoming, if there is one."""
    if index == NOBODY:
        return False
    room.upcoming[room.desk.upcoming] = index
    room.desk.upcoming += 1
    return True


@kernel
def give_up(room: Any) -> None:
    """Start no robot any more."""
    desk = room.desk
    desk.front, desk.last, desk.unseen = NOBODY, NOBODY, NOBODY
    desk.waiting = 0
    desk.upcoming = 0
    desk.waits = DONE
