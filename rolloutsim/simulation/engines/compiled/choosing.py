"""Which robot starts next in the compiled engine where limits count the robots of groups, and which of them are offline."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.kernel import kernel
from rolloutsim.simulation.engines.compiled.state import NO_ROBOT
from rolloutsim.simulation.engines.compiled.waiting import find_online, leave_line, next_link_up, sort_in, take_first
from rolloutsim.simulation.fairshare.heaps import NODE_WIDTH, add, take_out
from rolloutsim.simulation.memory import renew
from rolloutsim.simulation.model.connectivity import follow_link, start_link
from rolloutsim.simulation.model.dispatch import note_offline_start, prefers_online, starts_offline
from rolloutsim.simulation.model.draws import identify
from rolloutsim.simulation.model.groups import full_row, is_watched, mark_link

if TYPE_CHECKING:
    from rolloutsim.simulation.engines.compiled.state import EngineState
    from rolloutsim.simulation.model.model_tables import ModelTables

__all__ = ["begin_watch", "next_room", "take_with_room", "watch"]


@kernel
def take_with_room(plan: ModelTables, state: EngineState) -> int:
    """Remove the first robot in line for which all limits have room; `NO_ROBOT` if none may start now."""
    index = take_online_with_room(plan, state) if prefers_online(state.rules) else NO_ROBOT
    if index == NO_ROBOT and starts_offline(state.rules, state.job, state.counters.now):
        index = take_first_with_room(state)
        if index != NO_ROBOT:
            note_offline_start(state.job, state.counters.now)
    return int(index)


@kernel
def has_room(state: EngineState, number: int) -> bool:
    """Return whether robots of a lane wait and may start."""
    return bool(state.lanes[number].front != NO_ROBOT and full_row(state, number, False) < 0)


@kernel
def is_ahead(state: EngineState, index: int, other: int) -> bool:
    """Return whether a robot stands before another one, or there is no other."""
    return bool(other == NO_ROBOT or state.link_w[NODE_WIDTH * index] < state.link_w[NODE_WIDTH * other])


@kernel
def take_first_with_room(state: EngineState) -> int:
    first, lane = NO_ROBOT, 0
    for number in range(state.rules.lanes):
        if has_room(state, number) and is_ahead(state, state.lanes[number].front, first):
            first, lane = state.lanes[number].front, number
    return int(take_first(state, state.lanes[lane])) if first != NO_ROBOT else NO_ROBOT


@kernel
def take_online_with_room(plan: ModelTables, state: EngineState) -> int:
    first, lane = NO_ROBOT, 0
    for number in range(state.rules.lanes):
        if has_room(state, number):
            found = find_online(plan, state, state.lanes[number])
            if found != NO_ROBOT and is_ahead(state, found, first):
                if first != NO_ROBOT:
                    sort_in(plan, state, state.lanes[lane], first)
                first, lane = found, number
            elif found != NO_ROBOT:
                sort_in(plan, state, state.lanes[number], found)
    if first != NO_ROBOT:
        leave_line(state, state.lanes[lane], first)
    return int(first)


@kernel
def next_room(state: EngineState) -> float:
    """Return when a link may change that keeps robots from starting (s)."""
    t = state.watch_x[state.counters.watch] if state.counters.watch >= 0 else math.inf
    if prefers_online(state.rules):
        for number in range(state.rules.lanes):
            if has_room(state, number):
                t = min(t, next_link_up(state, state.lanes[number]))
    return float(t)


# Which robots are offline


@kernel
def begin_watch(plan: ModelTables, state: EngineState) -> None:
    """Watch the links of the robots that limits count while they are offline."""
    for index in range(state.rules.robots):
        if is_watched(state, state.lane_of[index]):
            renew(state.watched, index + 1)
            r = state.watched[index + 1]
            identify(plan, r, state.stream_keys, index)
            start_link(plan, r)
            note_link(plan, state, index)


@kernel
def watch(plan: ModelTables, state: EngineState) -> None:
    """Note which links have changed by now."""
    counters = state.counters
    while counters.watch >= 0 and state.watch_x[counters.watch] <= counters.now:
        node = counters.watch
        counters.watch = take_out(state.watch_x, state.watch_w, node, node)
        note_link(plan, state, node // NODE_WIDTH)


@kernel
def note_link(plan: ModelTables, state: EngineState, index: int) -> None:
    """Note whether a robot is online, and when that may change."""
    r, node = state.watched[index + 1], NODE_WIDTH * index
    follow_link(plan, r, state.counters.now)
    mark_link(state, index, r.up, r.until == math.inf)
    if r.until < math.inf:
        state.watch_x[node] = r.until
        state.watch_w[node] = index
        state.counters.watch = add(state.watch_x, state.watch_w, state.counters.watch, node)
