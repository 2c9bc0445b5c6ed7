"""The room in which the compiled engine works: what it has before it, and the buffers for what a replicate leaves behind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from rolloutsim.kernel import kernel
from rolloutsim.simulation.heaps import NODE_WIDTH, add, take_out
from rolloutsim.simulation.log import ATTEMPT_WIDTH, FLOW_FIELDS, HOLD_FIELDS, ROBOT_FIELDS, USE_FIELDS, attempt_row, flow_row, robot_row
from rolloutsim.simulation.memory import store
from rolloutsim.simulation.rules import HOLD

__all__ = [
    "AHEAD",
    "ATTEMPTS",
    "FLOWS",
    "HOLDS",
    "NOBODY",
    "NO_KEY",
    "PREPARE",
    "RECALLED",
    "ROBOT_WIDTH",
    "UNKNOWN",
    "USES",
    "WIDTHS",
    "Desk",
    "Room",
    "drop_rows",
    "enter",
    "is_before",
    "key_of",
    "remove",
    "reschedule",
    "write_attempt",
    "write_flow",
    "write_hold",
    "write_robot",
    "write_use",
]

#: Buffers that grow, and the numbers of a row of each.
ATTEMPTS, HOLDS, FLOWS, USES = range(4)
WIDTHS = ATTEMPT_WIDTH, len(HOLD_FIELDS), len(FLOW_FIELDS), len(USE_FIELDS)
ROBOT_WIDTH = len(ROBOT_FIELDS)

#: Instead of a ticket: nothing happens to the robot any more, or not yet; it may be late, and its records tell its way to the end already;
#: it was in flight, and its records tell more than happens.
NOBODY, AHEAD, RECALLED = -1, -2, -3

#: Whether a robot is online at some instant is not known yet.
UNKNOWN = 2

#: What the controller waits for at first: the job to be prepared.
PREPARE = 0

#: Bits of a key below the order of an event, for the robot's index.
_ORDER_BITS = 40
NO_KEY = 1 << 60


@dataclass(slots=True, eq=False)
class Desk:
    """What the engine has before it."""

    seed: int = 0
    replicate: int = 0
    release: int = 0
    job_key: int = 0
    keeps: bool = True  #: attempts and holds
    groups: int = 0  #: of robots that share a link
    origin: bool = False  #: all of them share the origin too
    now: float = 0.0  #: the instant, and how far in its order everything is
    order: int = 0
    root: int = -1  #: of the heap of tickets
    fresh: int = 1  #: records of the pool from here on were never used; the first one is the robot that others are made from
    free: int = 0  #: number of those that are free again
    fresh_ticket: int = 0  #: the same of tickets
    free_tickets: int = 0
    waits: int = PREPARE  #: the controller, for what, …
    at: float = 0.0  #: … and until when, if it is not for news
    offline: int = HOLD  #: the rule for those offline, within the stage
    first: int = 0  #: the robots of the stage that wait: a ring of so many places in the line
    places: int = 0
    head: int = 0
    waiting: int = 0
    upcoming: int = 0  #: robots of the batch that have not started
    next_upcoming: int = 0
    next_up: float = math.inf  #: when the first of those looked at in vain comes online


class Room(NamedTuple):
    """Arrays and records; in plain Python lists and objects.

    A *ticket* stands for what happens next to a robot: a node of a heap, by instant and by place within it.
    """

    rules: Any  #: `rolloutsim.simulation.rules.JobRules`
    job: Any  #: `rolloutsim.simulation.job.Job`
    desk: Any  #: `Desk`
    gates: Any  #: of each stage
    line: Any  #: robots in order of deployment, stage by stage: an index, or the complement of a place in the pool
    bounds: Any  #: where the stages begin in it, and where the last one ends
    upcoming: Any  #: robots of the batch, likewise
    pool: Any  #: records of robots
    free: Any  #: stack of places in it
    x: Any  #: heap of tickets
    w: Any
    free_tickets: Any  #: stack
    place: Any  #: by ticket: a place in the pool, or the complement of the index of a robot that looked ahead to its verdict
    ticket: Any  #: by robot, or `NOBODY`, `AHEAD`, `RECALLED`
    reachable: Any  #: by robot: whether it is online at some instant of the observation
    robots: Any  #: rows by robot
    attempts: Any  #: rows one after the other, as are the next three
    holds: Any
    flows: Any
    uses: Any
    ends: Any  #: by buffer: how many numbers there are; more than it holds when it was too small
    sizes: Any  #: by buffer
    pulse: Any  #: between threads: whether to stop, and robots that have their verdict


# Tickets


@kernel
def key_of(order: int, index: int) -> int:
    """Return an event's place within its instant: its order, then the robot's index."""
    return (order << _ORDER_BITS) + index


@kernel
def is_before(t: float, key: int, other_t: float, other_key: int) -> bool:
    """Tell whether an event happens before another one."""
    return t < other_t or (t == other_t and key < other_key)


@kernel
def enter(room: Any, index: int, place: int, t: float, key: int) -> None:
    """Give a robot a ticket for what happens to it at `t`."""
    desk = room.desk
    if desk.free_tickets > 0:
        desk.free_tickets -= 1
        ticket = room.free_tickets[desk.free_tickets]
    else:
        ticket = desk.fresh_ticket
        desk.fresh_ticket += 1
    room.place[ticket] = place
    room.ticket[index] = ticket
    node = ticket * NODE_WIDTH
    room.x[node] = t
    room.w[node] = key
    desk.root = add(room.x, room.w, desk.root, node)


@kernel
def reschedule(room: Any, index: int, t: float, key: int) -> None:
    """Something else happens next to a robot that has a ticket."""
    node = room.ticket[index] * NODE_WIDTH
    root = take_out(room.x, room.w, room.desk.root, node)
    room.x[node] = t
    room.w[node] = key
    room.desk.root = add(room.x, room.w, root, node)


@kernel
def remove(room: Any, index: int) -> None:
    """Take a robot's ticket back."""
    desk = room.desk
    ticket = room.ticket[index]
    room.ticket[index] = NOBODY
    desk.root = take_out(room.x, room.w, desk.root, ticket * NODE_WIDTH)
    room.free_tickets[desk.free_tickets] = ticket
    desk.free_tickets += 1


# Records


@kernel
def claim(room: Any, which: int) -> int:
    """Return where the next row of a buffer begins, -1 if there is no room for it; it is counted all the same."""
    start = room.ends[which]
    room.ends[which] = start + WIDTHS[which]
    return int(start) if room.ends[which] <= room.sizes[which] else -1


@kernel
def write_robot(room: Any, r: Any) -> None:
    """Record a robot for which nothing more will happen."""
    store(room.robots, r.index * ROBOT_WIDTH, robot_row(r))


@kernel
def write_attempt(room: Any, r: Any) -> None:
    """Record an attempt that has just ended."""
    if room.desk.keeps:
        start = claim(room, ATTEMPTS)
        if start >= 0:
            store(room.attempts, start, attempt_row(r))
            for phase in range(len(r.entered)):
                room.attempts[start + ATTEMPT_WIDTH - len(r.entered) + phase] = r.entered[phase]


@kernel
def write_hold(room: Any, r: Any, freed: float) -> None:
    """Record that a robot held a slot."""
    if room.desk.keeps:
        start = claim(room, HOLDS)
        if start >= 0:
            store(room.holds, start, (r.index, r.granted, freed))


@kernel
def write_flow(room: Any, r: Any, since: float, sent: float, rate: float, shared: bool) -> None:
    """Record the bytes that have flowed to a robot since an instant, if any."""
    if r.bytes > sent and r.t > since:
        start = claim(room, FLOWS)
        if start >= 0:
            store(room.flows, start, flow_row(r, since, sent, rate, shared))


@kernel
def write_use(room: Any, row: Any) -> None:
    """Record how much a group takes of its link from now on."""
    start = claim(room, USES)
    if start >= 0:
        store(room.uses, start, row)


@kernel
def drop_rows(room: Any, which: int, buffer: Any) -> None:
    """Remove the rows of robots that looked ahead, `AHEAD` and `RECALLED`; a row begins with the robot's index."""
    if room.ends[which] > room.sizes[which]:
        return
    width = WIDTHS[which]
    kept = 0
    for start in range(0, room.ends[which], width):
        if room.ticket[int(buffer[start])] > AHEAD:
            for number in range(width):
                buffer[kept + number] = buffer[start + number]
            kept += width
    room.ends[which] = kept
