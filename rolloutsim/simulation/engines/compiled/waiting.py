"""The robots that wait for a slot in the compiled engine.

The *line* is a doubly linked list of all of them, in order of deployment. Where it matters who is online, robots are looked at from the
front, and only as far as needed. Those seen online are in a heap by their place in the line, those seen offline in another by the instant
at which that changes; both are brought up to date at their top only. So choosing costs O(log n) per change of a link that is noticed.
"""

from __future__ import annotations

import math
from typing import Any

from rolloutsim.kernel import kernel
from rolloutsim.simulation.engines.compiled.event_queue import NOBODY
from rolloutsim.simulation.engines.compiled.memory import renew
from rolloutsim.simulation.engines.compiled.state import UNKNOWN, UNMADE
from rolloutsim.simulation.fairshare.heaps import NODE_WIDTH, add, take_out
from rolloutsim.simulation.model.connectivity import follow_link, is_ever_online, start_link
from rolloutsim.simulation.model.draws import draw_robot

__all__ = ["begin_line", "line_up", "made", "make", "next_link_up", "release", "take_first", "take_online"]


@kernel
def begin_line(room: Any, first: int, end: int) -> None:
    """Let the robots of a stage wait, in order of deployment."""
    for number in range(first, end):
        line_up(room, room.line[number])


@kernel
def line_up(room: Any, index: int) -> None:
    """Let a robot wait at the end of the line."""
    desk = room.desk
    room.ahead[index] = desk.last
    room.behind[index] = NOBODY
    if desk.last == NOBODY:
        desk.front = index
    else:
        room.behind[desk.last] = index
    desk.last = index
    if desk.unseen == NOBODY:
        desk.unseen = index
    desk.waiting += 1


@kernel
def leave_line(room: Any, index: int) -> None:
    desk = room.desk
    ahead, behind = room.ahead[index], room.behind[index]
    if ahead == NOBODY:
        desk.front = behind
    else:
        room.behind[ahead] = behind
    if behind == NOBODY:
        desk.last = ahead
    else:
        room.ahead[behind] = ahead
    if desk.unseen == index:
        desk.unseen = behind
    desk.waiting -= 1


@kernel
def take_first(room: Any) -> int:
    """Remove the first robot in line, online or not."""
    desk = room.desk
    index = desk.front
    if index != desk.unseen and desk.offline >= 0:
        desk.offline = take_out(room.link_x, room.link_w, desk.offline, NODE_WIDTH * index)
    leave_line(room, index)
    return int(index)


@kernel
def take_online(plan: Any, room: Any) -> int:
    """Remove the first robot in line that is online; `NOBODY` if none is."""
    desk, now = room.desk, room.desk.now
    x, w = room.link_x, room.link_w
    while desk.offline >= 0 and x[desk.offline] <= now:
        node = desk.offline
        desk.offline = take_out(x, w, node, node)
        sort_in(plan, room, node // NODE_WIDTH)
    while desk.online >= 0:
        node = desk.online
        index = node // NODE_WIDTH
        desk.online = take_out(x, w, node, node)
        r = room.pool[room.place[index]]
        follow_link(plan, r, now)
        if r.up:
            leave_line(room, index)
            return int(index)
        sort_in(plan, room, index)
    while desk.unseen != NOBODY:
        index = desk.unseen
        desk.unseen = room.behind[index]
        w[NODE_WIDTH * index] = desk.seen
        desk.seen += 1
        r = room.pool[made(plan, room, index)]
        follow_link(plan, r, now)
        if r.up:
            leave_line(room, index)
            return int(index)
        sort_in(plan, room, index)
    return NOBODY


@kernel
def sort_in(plan: Any, room: Any, index: int) -> None:
    """Put a robot that waits into the heap of those online or of those offline."""
    desk = room.desk
    node = NODE_WIDTH * index
    r = room.pool[room.place[index]]
    follow_link(plan, r, desk.now)
    if r.up:
        room.link_x[node] = 0.0  # the place in line decides
        desk.online = add(room.link_x, room.link_w, desk.online, node)
    else:
        room.link_x[node] = r.until
        desk.offline = add(room.link_x, room.link_w, desk.offline, node)


@kernel
def next_link_up(room: Any) -> float:
    """Return when the first of the robots seen offline may come online (s)."""
    return float(room.link_x[room.desk.offline]) if room.desk.offline >= 0 else math.inf


# Records of robots


@kernel
def made(plan: Any, room: Any, index: int) -> int:
    """Return where a robot is in the pool; it is made when it is first needed."""
    if room.place[index] == UNMADE:
        room.place[index] = make(plan, room, index)
    return int(room.place[index])


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
    """Free a robot's record."""
    room.free[room.desk.free] = place
    room.desk.free += 1
