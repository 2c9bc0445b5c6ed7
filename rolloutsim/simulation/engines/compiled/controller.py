"""The controller of the compiled engine: what it waits for, and which robots it starts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.kernel import kernel
from rolloutsim.simulation.engines.compiled.choosing import next_room, take_with_room
from rolloutsim.simulation.engines.compiled.event_queue import NO_KEY, key_of
from rolloutsim.simulation.engines.compiled.state import NO_ROBOT, PREPARE
from rolloutsim.simulation.engines.compiled.waiting import begin_line, next_link_up, take_first, take_online
from rolloutsim.simulation.model.deadlines import snap
from rolloutsim.simulation.model.dispatch import batch_limit, offline_limit, prefers_online, waits_for_batch
from rolloutsim.simulation.model.groups import enter_stage, stalled_groups
from rolloutsim.simulation.model.job import SUCCEEDED, begin_batch, begin_stage, end, gate_stops
from rolloutsim.simulation.model.limits import opens_at, stalled_by
from rolloutsim.simulation.model.robot import GRANT, PASSED
from rolloutsim.simulation.model.rules import is_awaited

if TYPE_CHECKING:
    from rolloutsim.simulation.engines.compiled.state import EngineState
    from rolloutsim.simulation.model.model_tables import ModelTables

__all__ = ["DONE", "NEWS", "SLOT", "advance_job", "choose", "give_up", "next_of_controller", "stalled"]

#: What the controller waits for after `PREPARE`: a free slot, news (or, with a time, the first robot to come online), the end of a soak,
#: nothing any more.
SLOT, NEWS, SOAK, DONE = range(PREPARE + 1, PREPARE + 5)


@kernel
def next_of_controller(state: EngineState) -> tuple[float, int]:
    """Return when something happens to the controller by itself, and its place within that instant."""
    counters = state.counters
    if counters.waits == SLOT:
        if state.job.in_flight < state.rules.concurrency:
            t = counters.now
            if state.rules.delays:
                t = opens_at(state.rules, state.limits, state.opening, state.grants, state.job, t)
                if t > counters.now and stalled(state, t) >= 0:
                    t = counters.now
            return t, key_of(GRANT, 0)
    elif counters.waits == NEWS:
        return counters.at, key_of(GRANT, 0)
    elif counters.waits == SOAK:
        return counters.at, key_of(state.rules.gate_order, -1)
    elif counters.waits == PREPARE:
        return counters.at, key_of(PASSED, 0)
    return math.inf, NO_KEY


@kernel
def stalled(state: EngineState, opens: float) -> int:
    """Return which row leaves no room for good, -1 if none does, where limits are open from an instant on."""
    rules, counters, by = state.rules, state.counters, -1
    if opens == math.inf:
        by = stalled_by(rules, state.limits, state.job, counters.waiting + counters.upcoming)
    if by < 0 and rules.grouped:
        by = stalled_groups(state, state.job, counters.waiting)
    return int(by)


@kernel
def advance_job(state: EngineState) -> bool:
    """Let the controller go on until it has to wait; True if a gate shuts, so that the job has to be stopped."""
    counters, job, rules = state.counters, state.job, state.rules
    if counters.waits == DONE:
        return False
    while True:
        if job.cause >= 0:
            counters.waits = DONE
            return False
        if job.stage_left > 0:
            if counters.upcoming > 0 or not (counters.waiting == 0 or (waits_for_batch(rules) and job.batch_left > 0)):
                counters.waits = SLOT
            else:
                counters.waits = NEWS
                counters.at = math.inf
            return False
        if job.stages > 0:
            gate = state.gates[job.stages - 1]
            if is_awaited(rules, gate) and counters.waits != SOAK:
                counters.waits = SOAK
                counters.at = snap(counters.now + gate.soak, rules.deadline)
                return False
            if gate_stops(rules, gate, job):
                counters.waits = DONE
                return True
        if job.stages == rules.stages:
            end(job, SUCCEEDED, -1, counters.now)
            counters.waits = DONE
            return False
        counters.waits = NEWS
        if rules.grouped:
            enter_stage(state, state.line, state.bounds[max(0, job.stages - 1)], state.bounds[job.stages], state.bounds[job.stages + 1])
        begin_line(state, state.bounds[job.stages], state.bounds[job.stages + 1])
        begin_stage(job, counters.waiting)


@kernel
def choose(plan: ModelTables, state: EngineState) -> None:
    """Choose the robots that start together; if there are none, wait until the first comes online."""
    counters, rules = state.counters, state.rules
    counters.next_upcoming = 0
    if rules.grouped:
        if not choose_one(state, take_with_room(plan, state)):
            counters.waits = NEWS
            counters.at = next_room(state)
        return
    lane = state.lanes[0]
    if prefers_online(rules):
        most = batch_limit(rules, state.job)
        while counters.upcoming < most and choose_one(state, take_online(plan, state, lane)):
            pass
    if counters.upcoming == 0:
        most = offline_limit(rules, state.job)
        while counters.upcoming < most and counters.waiting > 0:
            choose_one(state, take_first(state, lane))
    if counters.upcoming == 0:
        counters.waits = NEWS
        counters.at = next_link_up(state, lane)
    elif waits_for_batch(rules):
        begin_batch(state.job, counters.upcoming)


@kernel
def choose_one(state: EngineState, index: int) -> bool:
    """Let a robot that has left the line be one of those upcoming, if there is one."""
    if index == NO_ROBOT:
        return False
    state.upcoming[state.counters.upcoming] = index
    state.counters.upcoming += 1
    return True


@kernel
def give_up(state: EngineState) -> None:
    """Start no robot any more."""
    counters = state.counters
    for number in range(state.rules.lanes):
        lane = state.lanes[number]
        lane.front, lane.last, lane.unseen = NO_ROBOT, NO_ROBOT, NO_ROBOT
    counters.waiting = 0
    counters.upcoming = 0
    counters.waits = DONE
