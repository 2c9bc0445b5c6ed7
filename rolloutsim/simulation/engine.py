"""The compiled engine: one function that runs a whole job, by the functions that the SimPy model runs it by.

What is its own is when they are called. A heap holds what happens next to each robot; beside it the controller and the two timers of the
job each have one next event. A robot that shares nothing (no retries) is followed to its verdict when its slot is granted, so that the heap
has one event for each slot; should the job end it before, it goes its way again as far as that moment.
"""

from __future__ import annotations

import math
from typing import Any

from rolloutsim.kernel import kernel
from rolloutsim.randomness import replicate_key
from rolloutsim.simulation.clock import CANCEL, FLEET_TIMEOUT
from rolloutsim.simulation.controller import (
    DONE,
    NEWS,
    PREPARE,
    SLOT,
    UNKNOWN,
    choose_more,
    line_up,
    make,
    next_of_controller,
    release_record,
    steer,
)
from rolloutsim.simulation.draws import draw_duration, draw_release
from rolloutsim.simulation.events import grant, is_installed, stay_late
from rolloutsim.simulation.heap import NO_KEY, heapify, is_before, key_of, pop, push
from rolloutsim.simulation.job import (
    BREACH,
    CANCELED,
    TIMED_OUT,
    begin_batch,
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
from rolloutsim.simulation.log import ATTEMPT_WIDTH, FLOW_FIELDS, HOLD_FIELDS, ROBOT_FIELDS, robot_row
from rolloutsim.simulation.memory import append, borrow, drop_rows, enlarged, integers, reals, store
from rolloutsim.simulation.passage import close, end_at_once, follow, look_ahead, look_back
from rolloutsim.simulation.robot import ENDED, PASSED

__all__ = ["run_job"]

ROBOT_WIDTH, HOLD_WIDTH, FLOW_WIDTH = len(ROBOT_FIELDS), len(HOLD_FIELDS), len(FLOW_FIELDS)
VERDICT, ENDED_BY, GRANTED = (ROBOT_FIELDS.index(name) for name in ("verdict", "ended_by", "granted"))
TIMER_OF_CANCEL, TIMER_OF_FLEET = key_of(CANCEL, 0), key_of(FLEET_TIMEOUT, 0)
NOTHING, OF_ROBOT, OF_CONTROLLER, OF_TIMER = range(4)


@kernel
def run_job(
    columns: Any,
    holder: Any,
    rules: Any,
    gates: Any,
    line: Any,
    bounds: Any,
    alone: bool,
    keep: bool,
    job: Any,
    desk: Any,
    pool: Any,
    reachable: Any,
    robots: Any,
    attempts: Any,
    holds: Any,
    flows: Any,
) -> tuple[Any, Any, Any, Any]:
    """Run a job to its end.

    Parameters
    ----------
    columns
        The plan, of arrays.
    holder
        Room for a pointer to each of its columns.
    rules, gates
        Records of the rules and of each stage's gate.
    line
        The robots in order of deployment, stage by stage.
    bounds
        Where the stages begin in it, and where the last one ends.
    alone
        Whether what happens to a robot depends on nobody else.
    keep
        Whether to keep attempts.
    job, desk
        Records in their first state; `desk` knows seed and replicate.
    pool
        Records of robots, the first one with a robot's defaults.
    reachable
        To be filled: for each robot whether it is online at some instant of the observation.
    robots, attempts, holds, flows
        Buffers for rows, laid out as in `rolloutsim.simulation.log`.

    Returns
    -------
    robots, attempts, holds, flows
        The buffers, or the larger ones that they have become.
    """
    plan = borrow(columns, holder)
    free = integers(len(pool))
    for place in range(len(pool) - 1, 0, -1):
        release_record(desk, free, place)
    size = 0  # of the heap
    times, keys, items = reals(8), integers(8), integers(8)
    upcoming = integers(rules.concurrency if rules.batches else 1)
    late = integers(8)
    lates = 0
    desk.release = draw_release(plan, desk.seed, desk.replicate)
    job_key = replicate_key(desk.seed, desk.replicate, plan.job_word)
    desk.at = draw_duration(plan, job_key, desk.release, 0, 0)
    while True:
        # What is next?
        source, cause = NOTHING, -1
        t, key = math.inf, NO_KEY
        if size > 0:
            source, t, key = OF_ROBOT, times[0], keys[0]
        own_t, own_key = next_of_controller(rules, job, desk)
        if is_before(own_t, own_key, t, key):
            source, t, key = OF_CONTROLLER, own_t, own_key
        if is_open(job):
            if is_before(rules.cancel_at, TIMER_OF_CANCEL, t, key):
                source, t, key, cause = OF_TIMER, rules.cancel_at, TIMER_OF_CANCEL, CANCELED
            if is_before(rules.fleet_timeout, TIMER_OF_FLEET, t, key):
                source, t, key, cause = OF_TIMER, rules.fleet_timeout, TIMER_OF_FLEET, TIMED_OUT
        if t == math.inf:
            break
        desk.key = max(desk.key, key) if t == desk.now else key
        desk.now = t
        news = False
        judged = False
        slot = -1

        if source == OF_ROBOT:
            slot = items[0]
            pop(times, keys, items, size)
            size -= 1
            if alone:
                row = 1 + slot * ROBOT_WIDTH
                count_verdict(rules, job, int(robots[row + VERDICT]), int(robots[row + ENDED_BY]), False)
                judged = True
                slot = -1
            elif is_returning(pool[slot]):
                line_up(desk, line, ~slot)
                news = True
                slot = -1
        elif source == OF_CONTROLLER and desk.waits == SLOT:
            if desk.upcoming == 0:
                most = rules.concurrency if rules.batches else 1
                found, pool, free = choose_more(plan, desk, line, pool, free, reachable, upcoming, most)
                if found == 0:
                    desk.waits = NEWS
                    desk.at = desk.next_up
                elif rules.batches:
                    begin_batch(job, found)
            if desk.upcoming > 0:
                entry = upcoming[desk.next_upcoming]
                desk.next_upcoming += 1
                desk.upcoming -= 1
                if entry >= 0:
                    slot, pool, free = make(plan, desk, pool, free, reachable, entry)
                else:
                    slot = ~entry
                start_robot(job)
                r = pool[slot]
                if alone:
                    row = int(robots[0]) // ROBOT_WIDTH
                    verdict, event, stays, attempts, flows = look_ahead(plan, r, t, keep, attempts, flows)
                    if stays:
                        if lates == len(late):
                            late = enlarged(late)
                        late[lates] = row
                        lates += 1
                    robots = append(robots, robot_row(r))
                    holds = append(holds, (r.index, r.granted, verdict))
                    if size == len(times):
                        times, keys, items = enlarged(times), enlarged(keys), enlarged(items)
                    push(times, keys, items, size, verdict, key_of(event, r.index), row)
                    size += 1
                    release_record(desk, free, slot)
                    slot = -1
                else:
                    grant(plan, r, t)
                steer(rules, gates, job, desk, bounds)
        elif source == OF_CONTROLLER:
            if desk.waits == PREPARE:
                finish_preparing(plan, job, job_key, desk.release, t)
                if not is_open(job):
                    desk.waits = DONE
            news = True
        else:
            news = True

        # What follows at once for the robot to which something has happened?
        if slot >= 0:
            r = pool[slot]
            until, event, attempts, flows = follow(plan, r, t, desk.key, keep, attempts, flows)
            goes_on = r.phase != ENDED
            if not goes_on and r.late:
                robots = close(r, robots)
                release_record(desk, free, slot)
            elif not goes_on:
                judged = True
                holds = append(holds, (r.index, r.granted, r.t))
                if not count_verdict(rules, job, r.verdict, r.ended_by, r.returning):
                    until, event, goes_on = r.wake, PASSED, True
                elif stay_late(plan, r, job.withdrawn):
                    until, event, attempts, flows = follow(plan, r, t, desk.key, keep, attempts, flows)
                    goes_on = r.phase != ENDED
                    if not goes_on:
                        robots = close(r, robots)
                        release_record(desk, free, slot)
                else:
                    robots = close(r, robots)
                    release_record(desk, free, slot)
            if goes_on:
                if size == len(times):
                    times, keys, items = enlarged(times), enlarged(keys), enlarged(items)
                push(times, keys, items, size, until, key_of(event, r.index), slot)
                size += 1

        # And for the job?
        if judged:
            if is_breached(rules, job, t):
                cause = BREACH
            news = has_news(job)
        if news and cause < 0 and steer(rules, gates, job, desk, bounds):
            cause = BREACH
        if cause < 0:
            continue
        abort = rules.aborts if cause == BREACH else True
        if cause == BREACH:
            breach(job, t)
        first = job.cause < 0
        if first:  # nobody is left to be started
            for number in range(desk.waiting + desk.upcoming):
                if number < desk.waiting:
                    place = desk.head + number
                    entry = line[desk.first + (place if place < desk.places else place - desk.places)]
                else:
                    entry = upcoming[desk.next_upcoming + number - desk.waiting]
                if entry < 0 and pool[~entry].attempt >= 0:
                    r = pool[~entry]
                    deny(r, cause)
                    robots = close(r, robots)
            desk.waits = DONE
        stop(job, cause, abort, t)
        if alone:
            if abort:
                pool, free, attempts, flows = recall(
                    plan, rules, job, desk, pool, free, reachable, items, size, late, lates, cause, keep, robots, attempts, holds, flows
                )
                size = 0
        else:
            left = 0
            for place in range(size):
                slot = items[place]
                r = pool[slot]
                stays = True
                if is_returning(r):
                    deny(r, cause)
                    stays = False
                elif abort and r.late and not is_installed(r):
                    attempts, flows = end_at_once(plan, r, t, cause, keep, attempts, flows)
                    stays = False
                elif abort and not r.late:
                    attempts, flows = end_at_once(plan, r, t, cause, keep, attempts, flows)
                    holds = append(holds, (r.index, r.granted, r.t))
                    count_verdict(rules, job, r.verdict, r.ended_by, r.returning)
                    is_breached(rules, job, t)
                    stays = False
                if stays:
                    times[left], keys[left], items[left] = times[place], keys[place], slot
                    left += 1
                else:
                    robots = close(r, robots)
                    release_record(desk, free, slot)
            size = left
            heapify(times, keys, items, size)

    for index in range(len(reachable)):
        if reachable[index] == UNKNOWN:
            slot, pool, free = make(plan, desk, pool, free, reachable, index)
            release_record(desk, free, slot)
    return robots, attempts, holds, flows


@kernel
def recall(
    plan: Any,
    rules: Any,
    job: Any,
    desk: Any,
    pool: Any,
    free: Any,
    reachable: Any,
    items: Any,
    size: int,
    late: Any,
    lates: int,
    cause: int,
    keep: bool,
    robots: Any,
    attempts: Any,
    holds: Any,
    flows: Any,
) -> tuple[Any, Any, Any, Any]:
    """The job ends robots that have been followed further than to this moment: their rows are written anew."""
    again = integers(len(reachable))
    in_flight = 1
    for place in range(size):
        again[int(robots[1 + items[place] * ROBOT_WIDTH])] = in_flight
    for number in range(lates):
        index = int(robots[1 + late[number] * ROBOT_WIDTH])
        if again[index] == 0:
            again[index] = 2
    drop_rows(attempts, ATTEMPT_WIDTH, again)
    drop_rows(flows, FLOW_WIDTH, again)
    for row in range(int(robots[0]) // ROBOT_WIDTH):
        place = 1 + row * ROBOT_WIDTH
        index = int(robots[place])
        if again[index] == 0:
            continue
        slot, pool, free = make(plan, desk, pool, free, reachable, index)
        r = pool[slot]
        granted = robots[place + GRANTED]
        attempts, flows = look_back(plan, r, granted, desk.now, desk.key, cause, keep, attempts, flows)
        store(robots, place, robot_row(r))
        if again[index] == in_flight:
            store(holds, 1 + row * HOLD_WIDTH, (r.index, r.granted, r.reported))
            count_verdict(rules, job, r.verdict, r.ended_by, False)
            is_breached(rules, job, desk.now)
        release_record(desk, free, slot)
    return pool, free, attempts, flows


@kernel
def is_returning(r: Any) -> bool:
    """Tell whether a robot pauses before another attempt; a late one had its last."""
    return bool(r.returning and not r.late)
