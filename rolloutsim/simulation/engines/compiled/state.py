"""The state in which the compiled engine works: what it has before it, and the buffers for what a replicate leaves behind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.kernel import kernel
from rolloutsim.simulation.memory import store
from rolloutsim.simulation.model.job import end_of_job
from rolloutsim.simulation.model.robot import DOWNLOADING
from rolloutsim.simulation.model.transfers import is_receiving, received
from rolloutsim.simulation.records.link_totals import CARRIED, CHANGED, NOW, end_instant, note_use
from rolloutsim.simulation.records.log import ATTEMPT_WIDTH, FLOW_FIELDS, HOLD_FIELDS, USE_FIELDS, attempt_row, flow_row, robot_row
from rolloutsim.simulation.records.traffic import count_transfers

if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence

    from rolloutsim.simulation.fairshare.layout import Sharing
    from rolloutsim.simulation.model.groups import Cell
    from rolloutsim.simulation.model.job import Job
    from rolloutsim.simulation.model.model_tables import ModelTables
    from rolloutsim.simulation.model.robot import Robot
    from rolloutsim.simulation.model.rules import Gate, JobRules, LimitRow, StopRow
    from rolloutsim.simulation.records.traffic import Traffic

__all__ = [
    "AHEAD",
    "ATTEMPTS",
    "BLOCK",
    "DECIDED",
    "FLOWS",
    "HOLDS",
    "NO_ROBOT",
    "PREPARE",
    "RECALLED",
    "REGRESSES",
    "REGRESSES_AHEAD",
    "STEPS",
    "UNKNOWN",
    "UNMADE",
    "USES",
    "WIDTHS",
    "Counters",
    "EngineState",
    "Lane",
    "count_changes",
    "drop_rows",
    "write_attempt",
    "write_flow",
    "write_hold",
    "write_robot",
    "write_use",
]

#: Buffers that grow, and the numbers of a row of each.
ATTEMPTS, HOLDS, FLOWS, USES, STEPS = range(5)
WIDTHS = ATTEMPT_WIDTH, len(HOLD_FIELDS), len(FLOW_FIELDS), len(USE_FIELDS), 2

#: Where a robot without an entry is.
NO_ROBOT = -1

#: Where robots are that have no entry and yet are not done with: one may be late, and its records hold its way to the end already; one was
#: in flight, and its records hold more than happens.
AHEAD, RECALLED = NO_ROBOT - 1, NO_ROBOT - 2

#: Instead of a place in the pool: the robot looked ahead to its verdict, or has not been made yet.
DECIDED, UNMADE = -1, -2

#: The same, with an entry for the instant at which the failure of a robot that has succeeded is known: it has turned InSync, or it is late
#: and its records hold its way to its end already.
REGRESSES, REGRESSES_AHEAD = -3, -4

#: Robots, one after the other in the fleet, for which is drawn at once.
BLOCK = 64

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
    full: int = ALL  #: from how many numbers of flows or steps on those that are final are counted, so that they need no rows
    groups: int = 0  #: of robots that share a link
    now: float = 0.0  #: the instant, and how far in its order everything is
    order: int = 0
    final: float = 0.0  #: before this instant nothing changes any more
    entries: int = 0  #: of the event queue
    fresh: int = 1  #: records of the pool from here on were never used; the first one is the robot that others are made from
    free: int = 0  #: number of those that are free again
    waits: int = PREPARE  #: the controller, for what, …
    at: float = 0.0  #: … and until when, if it is not for news
    waiting: int = 0  #: robots in the line
    seen: int = 0  #: how many have been looked at; of several lanes, how many have lined up
    watch: int = NO_ROBOT  #: heap of the robots that are watched
    upcoming: int = 0  #: robots that have been chosen to start together and have not started
    next_upcoming: int = 0


@dataclass(slots=True, eq=False)
class Lane:
    """The line of robots among which limits do not distinguish: all robots, if none of them counts groups."""

    front: int = NO_ROBOT  #: the first, …
    last: int = NO_ROBOT  #: … the last, and the first of those that have not been looked at
    unseen: int = NO_ROBOT
    online: int = NO_ROBOT  #: heaps of those seen online and offline
    offline: int = NO_ROBOT


class EngineState(NamedTuple):
    """Arrays and records; in plain Python lists and objects."""

    rules: JobRules
    job: Job
    traffic: Traffic
    counters: Counters
    gates: Sequence[Gate]  #: of each stage
    stops: Sequence[StopRow]
    limits: Sequence[LimitRow]
    opening: Sequence[float]  #: when windows open and close
    grants: MutableSequence[float]  #: when the last slots were granted, see `rolloutsim.simulation.model.limits.note_grant`
    line: MutableSequence[int]  #: indices of robots in order of deployment, stage by stage
    bounds: MutableSequence[int]  #: where the stages begin in it, and where the last one ends
    lanes: Sequence[Lane]
    lane_of: Sequence[int]  #: by robot, and what else `rolloutsim.simulation.model.groups.Groups` has
    cell_of: Sequence[int]
    cells: Sequence[Cell]
    marks: MutableSequence[int]
    lined_up: MutableSequence[int]
    watched: MutableSequence[Robot]  #: by robot, after one that others are made from: its link, where limits count offline robots
    watch_x: MutableSequence[float]  #: nodes of a heap of these by the next change of their links
    watch_w: MutableSequence[int]
    ahead: MutableSequence[int]  #: by robot that waits: the one before it in the line
    behind: MutableSequence[int]  #: and the one after it
    link_x: MutableSequence[float]  #: nodes of two heaps of `rolloutsim.simulation.fairshare.heaps`, by robot
    link_w: MutableSequence[int]
    upcoming: MutableSequence[int]  #: robots that have been chosen to start together
    pool: MutableSequence[Robot]  #: records of robots
    free: MutableSequence[int]  #: stack of places in it
    times: MutableSequence[float]  #: of the entries of `rolloutsim.simulation.engines.compiled.event_queue`
    keys: MutableSequence[int]
    where: MutableSequence[int]  #: by robot: where its entry is, or `NO_ROBOT`, `AHEAD`, `RECALLED`
    place: MutableSequence[int]  #: by robot that waits or has an entry: in the pool, or `DECIDED`, `UNMADE`, `REGRESSES`, `REGRESSES_AHEAD`
    stage_of: MutableSequence[int]  #: by robot, if successes are watched: stage and batch of its verdict
    batch_of: MutableSequence[int]
    stream_keys: MutableSequence[int]  #: of the job, cohorts and sites for draws, and the releases of cohorts
    drawn: MutableSequence[float]  #: by robot what `rolloutsim.simulation.model.draw_block` draws
    is_drawn: MutableSequence[int]  #: by `BLOCK` robots: whether that has been done
    block_keys: MutableSequence[int]  #: room for it
    block_u: MutableSequence[float]
    block_x: MutableSequence[float]
    reachable: MutableSequence[int]  #: by robot: whether it is online at some instant of the observation
    job_row: MutableSequence[float]  #: numbers of the job at its end
    robots: MutableSequence[float]  #: columns, one after the other, with a place for each robot
    regressions: MutableSequence[float]  #: `REGRESSION_FIELDS` likewise, if robots may fail after success
    attempts: MutableSequence[float]  #: rows one after the other, as are the next four
    holds: MutableSequence[float]
    flows: MutableSequence[float]
    uses: MutableSequence[float]
    steps: MutableSequence[float]  #: if uses are counted: instants, and what all shared links carry together from then on
    totals_x: MutableSequence[float]  #: of `rolloutsim.simulation.records.link_totals`
    totals_w: MutableSequence[int]
    ends: MutableSequence[int]  #: by buffer: how many numbers there are; more than it holds when it was too small
    sizes: MutableSequence[int]  #: by buffer
    stop_flag: MutableSequence[int]  #: whether another thread wants the engine to stop


# Records


@kernel
def claim(state: EngineState, which: int) -> int:
    """Return where the next row of a buffer begins, -1 if there is no room for it; it is counted all the same."""
    start = state.ends[which]
    state.ends[which] = start + WIDTHS[which]
    return int(start) if state.ends[which] <= state.sizes[which] else -1


@kernel
def write_robot(state: EngineState, r: Robot) -> None:
    """Record a robot for which nothing more will happen."""
    store(state.robots, r.index, state.rules.robots, robot_row(r))
    if state.rules.regresses:
        state.regressions[r.index] = r.regressed
        state.regressions[state.rules.robots + r.index] = r.recovery


@kernel
def write_attempt(state: EngineState, r: Robot) -> None:
    """Record an attempt that has just ended."""
    if state.counters.keeps:
        start = claim(state, ATTEMPTS)
        if start >= 0:
            store(state.attempts, start, 1, attempt_row(r))
            for phase in range(len(r.entered)):
                state.attempts[start + ATTEMPT_WIDTH - len(r.entered) + phase] = r.entered[phase]


@kernel
def write_hold(state: EngineState, r: Robot, freed: float) -> None:
    """Record that a robot held a slot."""
    if state.counters.keeps:
        start = claim(state, HOLDS)
        if start >= 0:
            store(state.holds, start, 1, (r.index, r.granted, freed))


@kernel
def write_flow(state: EngineState, r: Robot, since: float, sent: float, rate: float, shared: bool) -> None:
    """Record the bytes that have flowed to a robot since an instant, if any and unless they have been counted."""
    if r.bytes > sent and r.t > since and r.t >= state.traffic.until:
        start = claim(state, FLOWS)
        if start >= 0:
            store(state.flows, start, 1, flow_row(r, since, sent, rate, shared))


@kernel
def write_use(state: EngineState, row: tuple[float, int, float, int]) -> None:
    """Record how much a group takes of its link from now on; where transfers are counted, only what that adds up to."""
    if state.counters.full == ALL:
        start = claim(state, USES)
        if start >= 0:
            store(state.uses, start, 1, row)
        return
    t, group, rate, _flows = row
    if note_use(state.totals_x, state.totals_w, state.counters.groups, t, group, rate, end_of_job(state.job)):
        write_step(state)


@kernel
def write_step(state: EngineState) -> None:
    """Record what all shared links carry together since an instant that is over."""
    start = claim(state, STEPS)
    if start >= 0:
        store(state.steps, start, 1, (state.totals_x[CHANGED], state.totals_x[CARRIED]))


@kernel
def count_changes(plan: ModelTables, state: EngineState, links: Sharing) -> None:
    """Count the changes of bit rates that are final, and keep the rows of transfers that end later.

    Robots look ahead, so rows are not in order of time; but whatever is written from now on changes at `Counters.final` or later,
    except where a transfer began of which the row is not written yet. Those that have brought bytes are counted from their beginning.
    """
    counters, width = state.counters, WIDTHS[FLOWS]
    is_over = counters.groups > 0 and state.totals_x[NOW] < counters.final
    if is_over and end_instant(state.totals_x, state.totals_w, counters.groups, end_of_job(state.job)):
        write_step(state)
    if state.ends[FLOWS] > state.sizes[FLOWS] or state.ends[STEPS] > state.sizes[STEPS]:
        return
    until, rows = counters.final, state.ends[FLOWS]
    for index in range(state.rules.robots):
        if state.where[index] >= 0 and state.place[index] >= 0 and state.pool[state.place[index]].phase == DOWNLOADING:
            r = state.pool[state.place[index]]
            if r.t >= counters.final or not is_receiving(r):
                continue
            brought = received(links, r, counters.final)
            if rows + width <= state.sizes[FLOWS] and r.bytes + 0.5 * brought > r.bytes:
                store(state.flows, rows, 1, (r.index, r.t, math.inf, r.rate))
                rows += width
            else:
                until = min(until, r.t)
    steps = state.ends[STEPS] // WIDTHS[STEPS]
    count_transfers(state.traffic, state.flows, rows // width, (plan.cohort, plan.group), state.steps, steps, until)
    state.ends[FLOWS] = keep_rows(state.flows, state.ends[FLOWS], width, 2, until)
    state.ends[STEPS] = keep_rows(state.steps, state.ends[STEPS], WIDTHS[STEPS], 0, until)
    counters.full = max(counters.full, 2 * max(state.ends[FLOWS], state.ends[STEPS]))


@kernel
def keep_rows(buffer: MutableSequence[float], end: int, width: int, column: int, until: float) -> int:
    """Keep the rows of which an instant is not before another one; return where they end."""
    kept = 0
    for start in range(0, end, width):
        if buffer[start + column] >= until:
            for number in range(width):
                buffer[kept + number] = buffer[start + number]
            kept += width
    return kept


@kernel
def drop_rows(state: EngineState, which: int, buffer: MutableSequence[float]) -> None:
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
