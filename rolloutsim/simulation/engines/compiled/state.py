"""The state in which the compiled engine works: what it has before it, and the buffers for what a replicate leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from rolloutsim.kernel import kernel
from rolloutsim.simulation.engines.compiled.event_queue import NO_ROBOT
from rolloutsim.simulation.engines.compiled.memory import store
from rolloutsim.simulation.model.robot import DOWNLOADING
from rolloutsim.simulation.records.log import ATTEMPT_WIDTH, FLOW_FIELDS, HOLD_FIELDS, USE_FIELDS, attempt_row, flow_row, robot_row
from rolloutsim.simulation.records.traffic import count_transfers

__all__ = [
    "AHEAD",
    "ATTEMPTS",
    "DECIDED",
    "FLOWS",
    "HOLDS",
    "PREPARE",
    "RECALLED",
    "UNKNOWN",
    "UNMADE",
    "USES",
    "WIDTHS",
    "Counters",
    "EngineState",
    "count_flows",
    "drop_rows",
    "write_attempt",
    "write_flow",
    "write_hold",
    "write_robot",
    "write_use",
]

#: Buffers that grow, and the numbers of a row of each.
ATTEMPTS, HOLDS, FLOWS, USES = range(4)
WIDTHS = ATTEMPT_WIDTH, len(HOLD_FIELDS), len(FLOW_FIELDS), len(USE_FIELDS)

#: Where robots are that have no entry and yet are not done with: one may be late, and its records tell its way to the end already; one was
#: in flight, and its records tell more than happens.
AHEAD, RECALLED = NO_ROBOT - 1, NO_ROBOT - 2

#: Instead of a place in the pool: the robot looked ahead to its verdict, or has not been made yet.
DECIDED, UNMADE = -1, -2

#: Whether a robot is online at some instant is not known yet.
UNKNOWN = 2

#: What the controller waits for at first: the job to be prepared.
PREPARE = 0


#: More numbers than a buffer ever has.
ALL = 1 << 60


@dataclass(slots=True, eq=False)
class Counters:
    """What the engine has before it."""

    seed: int = 0
    replicate: int = 0
    release: int = 0
    keeps: bool = True  #: attempts and holds
    full: int = ALL  #: from how many numbers of flows on those that are final are counted, so that they need no rows
    groups: int = 0  #: of robots that share a link
    now: float = 0.0  #: the instant, and how far in its order everything is
    order: int = 0
    final: float = 0.0  #: before this instant nothing changes any more
    entries: int = 0  #: of the agenda
    fresh: int = 1  #: records of the pool from here on were never used; the first one is the robot that others are made from
    free: int = 0  #: number of those that are free again
    waits: int = PREPARE  #: the controller, for what, …
    at: float = 0.0  #: … and until when, if it is not for news
    waiting: int = 0  #: robots in the line, …
    front: int = NO_ROBOT  #: … the first, …
    last: int = NO_ROBOT  #: … the last, and the first of those that have not been looked at
    unseen: int = NO_ROBOT
    seen: int = 0  #: how many have been looked at
    online: int = NO_ROBOT  #: heaps of those seen online and offline
    offline: int = NO_ROBOT
    upcoming: int = 0  #: robots that have been chosen to start together and have not started
    next_upcoming: int = 0


class EngineState(NamedTuple):
    """Arrays and records; in plain Python lists and objects."""

    rules: Any  #: `rolloutsim.simulation.model.rules.JobRules`
    job: Any  #: `rolloutsim.simulation.model.job.Job`
    traffic: Any  #: `rolloutsim.simulation.records.traffic.Traffic`
    counters: Any  #: `Counters`
    gates: Any  #: of each stage
    line: Any  #: indices of robots in order of deployment, stage by stage
    bounds: Any  #: where the stages begin in it, and where the last one ends
    ahead: Any  #: by robot that waits: the one before it in the line
    behind: Any  #: and the one after it
    link_x: Any  #: nodes of two heaps of `rolloutsim.simulation.fairshare.heaps`, by robot
    link_w: Any
    upcoming: Any  #: robots that have been chosen to start together
    pool: Any  #: records of robots
    free: Any  #: stack of places in it
    times: Any  #: of the entries of `rolloutsim.simulation.engines.compiled.event_queue`
    keys: Any
    where: Any  #: by robot: where its entry is, or `NO_ROBOT`, `AHEAD`, `RECALLED`
    place: Any  #: by robot that waits or has an entry: in the pool, or `DECIDED` or `UNMADE`
    stream_keys: Any  #: keys of the job, cohorts and sites for draws
    reachable: Any  #: by robot: whether it is online at some instant of the observation
    robots: Any  #: columns, one after the other, with a place for each robot
    attempts: Any  #: rows one after the other, as are the next three
    holds: Any
    flows: Any
    uses: Any
    ends: Any  #: by buffer: how many numbers there are; more than it holds when it was too small
    sizes: Any  #: by buffer
    stop_flag: Any  #: whether another thread wants the engine to stop


# Records


@kernel
def claim(state: Any, which: int) -> int:
    """Return where the next row of a buffer begins, -1 if there is no room for it; it is counted all the same."""
    start = state.ends[which]
    state.ends[which] = start + WIDTHS[which]
    return int(start) if state.ends[which] <= state.sizes[which] else -1


@kernel
def write_robot(state: Any, r: Any) -> None:
    """Record a robot for which nothing more will happen."""
    store(state.robots, r.index, state.rules.robots, robot_row(r))


@kernel
def write_attempt(state: Any, r: Any) -> None:
    """Record an attempt that has just ended."""
    if state.counters.keeps:
        start = claim(state, ATTEMPTS)
        if start >= 0:
            store(state.attempts, start, 1, attempt_row(r))
            for phase in range(len(r.entered)):
                state.attempts[start + ATTEMPT_WIDTH - len(r.entered) + phase] = r.entered[phase]


@kernel
def write_hold(state: Any, r: Any, freed: float) -> None:
    """Record that a robot held a slot."""
    if state.counters.keeps:
        start = claim(state, HOLDS)
        if start >= 0:
            store(state.holds, start, 1, (r.index, r.granted, freed))


@kernel
def write_flow(state: Any, r: Any, since: float, sent: float, rate: float, shared: bool) -> None:
    """Record the bytes that have flowed to a robot since an instant, if any and unless they have been counted."""
    if r.bytes > sent and r.t > since and r.t >= state.traffic.until:
        start = claim(state, FLOWS)
        if start >= 0:
            store(state.flows, start, 1, flow_row(r, since, sent, rate, shared))


@kernel
def write_use(state: Any, row: Any) -> None:
    """Record how much a group takes of its link from now on."""
    start = claim(state, USES)
    if start >= 0:
        store(state.uses, start, 1, row)


@kernel
def count_flows(plan: Any, state: Any) -> None:
    """Count the changes of bit rates that are final, and keep the rows of transfers that end later.

    Robots look ahead, so rows are not in order of time; but whatever is written from now on changes at `Counters.final` or later,
    except where a transfer began of which the row is not written yet.
    """
    counters, width = state.counters, WIDTHS[FLOWS]
    if state.ends[FLOWS] > state.sizes[FLOWS]:
        return
    until = counters.final
    for index in range(state.rules.robots):
        if state.where[index] >= 0 and state.place[index] != DECIDED and state.pool[state.place[index]].phase == DOWNLOADING:
            until = min(until, state.pool[state.place[index]].t)
    count_transfers(state.traffic, state.flows, state.ends[FLOWS] // width, (plan.cohort, plan.group), (state.times, state.times), 0, until)
    kept = 0
    for start in range(0, state.ends[FLOWS], width):
        if state.flows[start + 2] >= until:
            for number in range(width):
                state.flows[kept + number] = state.flows[start + number]
            kept += width
    state.ends[FLOWS] = kept
    counters.full = max(counters.full, 2 * kept)


@kernel
def drop_rows(state: Any, which: int, buffer: Any) -> None:
    """Remove the rows of robots that looked ahead, `AHEAD` and `RECALLED`; a row begins with the robot's index."""
    if state.ends[which] > state.sizes[which]:
        return
    width = WIDTHS[which]
    kept = 0
    for start in range(0, state.ends[which], width):
        if state.where[int(buffer[start])] > AHEAD:
            for number in range(width):
                buffer[kept + number] = buffer[start + number]
            kept += width
    state.ends[which] = kept
