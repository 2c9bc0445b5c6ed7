"""The robots that wait for a slot in the compiled engine.

The *line* is a doubly linked list of all of them, in order of deployment; if limits count groups, one for each lane, and the tie of a
robot's node in the heaps is its place among all. Where it matters which robots are online, they are searched from the front, only as far
as needed.
Those seen online are in a heap by their place in the line, those seen offline in another by the instant
at which that changes; both are brought up to date at their top only. So choosing costs O(log n) per change of a link that is noticed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.kernel import kernel
from rolloutsim.simulation.engines.compiled.state import BLOCK, NO_ROBOT, UNKNOWN, UNMADE
from rolloutsim.simulation.fairshare.heaps import NODE_WIDTH, add, take_out
from rolloutsim.simulation.memory import renew
from rolloutsim.simulation.model.connectivity import follow_link, is_ever_online
from rolloutsim.simulation.model.draw_block import begin_drawn, draw_block, start_drawn_link
from rolloutsim.simulation.model.draws import identify

if TYPE_CHECKING:
    from rolloutsim.simulation.engines.compiled.state import EngineState, Lane
    from rolloutsim.simulation.model.model_tables import ModelTables

__all__ = [
    "begin_line",
    "find_online",
    "leave_line",
    "line_up",
    "made",
    "make",
    "next_link_up",
    "release",
    "sort_in",
    "take_first",
    "take_online",
]


@kernel
def begin_line(state: EngineState, first: int, end: int) -> None:
    """Let the robots of a stage wait, in order of deployment."""
    for number in range(first, end):
        line_up(state, state.line[number])


@kernel
def line_up(state: EngineState, index: int) -> None:
    """Let a robot wait at the end of the line."""
    counters, number = state.counters, 0
    if state.rules.grouped:
        number = state.lane_of[index]
        state.lined_up[number] += 1
        state.link_w[NODE_WIDTH * index] = counters.seen
        counters.seen += 1
    lane = state.lanes[number]
    state.ahead[index] = lane.last
    state.behind[index] = NO_ROBOT
    if lane.last == NO_ROBOT:
        lane.front = index
    else:
        state.behind[lane.last] = index
    lane.last = index
    if lane.unseen == NO_ROBOT:
        lane.unseen = index
    counters.waiting += 1


@kernel
def leave_line(state: EngineState, lane: Lane, index: int) -> None:
    """Let a robot go that is in no heap."""
    ahead, behind = state.ahead[index], state.behind[index]
    if ahead == NO_ROBOT:
        lane.front = behind
    else:
        state.behind[ahead] = behind
    if behind == NO_ROBOT:
        lane.last = ahead
    else:
        state.ahead[behind] = ahead
    if lane.unseen == index:
        lane.unseen = behind
    state.counters.waiting -= 1
    if state.rules.grouped:
        state.lined_up[state.lane_of[index]] -= 1


@kernel
def take_first(state: EngineState, lane: Lane) -> int:
    """Remove the first robot in line, online or not."""
    index = lane.front
    if index != lane.unseen and lane.offline >= 0:
        lane.offline = take_out(state.link_x, state.link_w, lane.offline, NODE_WIDTH * index)
    leave_line(state, lane, index)
    return int(index)


@kernel
def take_online(plan: ModelTables, state: EngineState, lane: Lane) -> int:
    """Remove the first robot in line that is online; `NO_ROBOT` if none is."""
    index = find_online(plan, state, lane)
    if index != NO_ROBOT:
        leave_line(state, lane, index)
    return int(index)


@kernel
def find_online(plan: ModelTables, state: EngineState, lane: Lane) -> int:
    """Return the first robot in line that is online, which is then in line but in no heap; `NO_ROBOT` if none is."""
    counters, now = state.counters, state.counters.now
    x, w = state.link_x, state.link_w
    while lane.offline >= 0 and x[lane.offline] <= now:
        node = lane.offline
        lane.offline = take_out(x, w, node, node)
        sort_in(plan, state, lane, node // NODE_WIDTH)
    while lane.online >= 0:
        node = lane.online
        index = node // NODE_WIDTH
        lane.online = take_out(x, w, node, node)
        r = state.pool[state.place[index]]
        follow_link(plan, r, now)
        if r.up:
            return int(index)
        sort_in(plan, state, lane, index)
    while lane.unseen != NO_ROBOT:
        index = lane.unseen
        lane.unseen = state.behind[index]
        if not state.rules.grouped:
            w[NODE_WIDTH * index] = counters.seen
            counters.seen += 1
        r = state.pool[made(plan, state, index)]
        follow_link(plan, r, now)
        if r.up:
            return int(index)
        sort_in(plan, state, lane, index)
    return NO_ROBOT


@kernel
def sort_in(plan: ModelTables, state: EngineState, lane: Lane, index: int) -> None:
    """Put a robot that waits into the heap of those online or of those offline."""
    node = NODE_WIDTH * index
    r = state.pool[state.place[index]]
    follow_link(plan, r, state.counters.now)
    if r.up:
        state.link_x[node] = 0.0  # the place in line decides
        lane.online = add(state.link_x, state.link_w, lane.online, node)
    else:
        state.link_x[node] = r.until
        lane.offline = add(state.link_x, state.link_w, lane.offline, node)


@kernel
def next_link_up(state: EngineState, lane: Lane) -> float:
    """Return when the first of the robots seen offline may come online (s)."""
    return float(state.link_x[lane.offline]) if lane.offline >= 0 else math.inf


# Records of robots


@kernel
def made(plan: ModelTables, state: EngineState, index: int) -> int:
    """Return where a robot is in the pool; it is made when it is first needed."""
    if state.place[index] == UNMADE:
        state.place[index] = make(plan, state, index)
    return int(state.place[index])


@kernel
def make(plan: ModelTables, state: EngineState, index: int) -> int:
    """Make the robot of an index, at time 0; return its place in the pool."""
    counters = state.counters
    if counters.free > 0:
        counters.free -= 1
        place = state.free[counters.free]
    else:
        place = counters.fresh
        counters.fresh += 1
    renew(state.pool, place)
    r = state.pool[place]
    identify(plan, r, state.stream_keys, index)
    if state.is_drawn[index // BLOCK] == 0:
        draw_robots(plan, state, index // BLOCK)
    begin_drawn(plan, r, state.drawn)
    if state.reachable[index] == UNKNOWN:
        if r.up and r.until > 0.0:
            state.reachable[index] = 1
        else:
            state.reachable[index] = is_ever_online(plan, r, plan.observe)
            start_drawn_link(plan, r, state.drawn)
    return int(place)


@kernel
def draw_robots(plan: ModelTables, state: EngineState, block: int) -> None:
    """Draw for a block of robots, most of which are made soon after each other."""
    state.is_drawn[block] = 1
    end = min((block + 1) * BLOCK, state.rules.robots)
    spare = state.block_keys, state.block_u, state.block_x
    draw_block(plan, state.stream_keys, block * BLOCK, end, state.drawn, spare)


@kernel
def release(state: EngineState, place: int) -> None:
    """Free a robot's record."""
    state.free[state.counters.free] = place
    state.counters.free += 1
