"""Limits that count robots of a group: of a site, of a cohort, of some cohorts, or that are offline.

A *cell* is a group of a row: the robots among which the row counts. A *lane* is the robots that are in the same cells, so that the same
rows decide about all of them. Each robot has marks, from which a row sees whether it takes room. Both engines mark robots with these
functions, and ask them which lanes have room; where the functions take `groups`, that is a `Groups` or what has fields of these names.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rolloutsim.kernel import kernel
from rolloutsim.simulation.model.limits import FIRST_LIMIT, most_of

if TYPE_CHECKING:
    from rolloutsim.simulation.model.job import Job
    from rolloutsim.simulation.model.rules import JobRules, LimitRow

__all__ = [
    "FAILED",
    "HOLDS",
    "LOST",
    "OFFLINE",
    "Cell",
    "Groups",
    "begin_groups",
    "enter_stage",
    "full_row",
    "is_watched",
    "mark_link",
    "mark_start",
    "mark_verdict",
    "stalled_groups",
]

#: What a robot is: it holds a slot, it has failed for good, it is offline, it will never be online again, it belongs to the current stage.
HOLDS, FAILED, OFFLINE, LOST, IN_STAGE = 1, 2, 4, 8, 16


@dataclass(slots=True, eq=False)
class Cell:
    """A group of a row."""

    row: int = 0
    robots: int = 0  #: of which a percentage is taken
    most: int = 0
    taken: int = 0  #: robots that take room
    stuck: int = 0  #: of these, those that take it for good


class Groups(Protocol):
    """What is known of the groups of a job."""

    @property
    def rules(self) -> JobRules:
        """The rules of the job, of which `limit_rows` is used."""

    @property
    def limits(self) -> Sequence[LimitRow]:
        """The rows."""

    @property
    def lane_of(self) -> Sequence[int]:
        """By robot."""

    @property
    def cell_of(self) -> Sequence[int]:
        """By lane, for each row: its cell, -1 if the row does not count these robots."""

    @property
    def cells(self) -> Sequence[Cell]:
        """All groups."""

    @property
    def marks(self) -> MutableSequence[int]:
        """By robot."""

    @property
    def lined_up(self) -> MutableSequence[int]:
        """By lane: how many of its robots wait in line."""


@kernel
def takes_room(row: LimitRow, marks: int) -> bool:
    """Return whether a robot is one of those that a row counts: each robot counts once, whatever it is.

    Examples
    --------
    >>> from rolloutsim.simulation.model.rules import LimitRow
    >>> row = LimitRow(1, in_flight=True, offline=True)
    >>> [takes_room(row, marks) for marks in (HOLDS, HOLDS | OFFLINE, OFFLINE, FAILED, 0)]
    [True, True, True, False, False]
    """
    if row.per_stage and marks & IN_STAGE == 0:
        return False
    if marks & HOLDS != 0:
        return row.in_flight
    return (row.failed and marks & FAILED != 0) or (row.offline and marks & OFFLINE != 0)


@kernel
def is_watched(groups: Groups, lane: int) -> bool:
    """Return whether some row needs to know which robots of a lane are offline."""
    for number in range(groups.rules.limit_rows):
        if groups.limits[number].offline and groups.cell_of[lane * groups.rules.limit_rows + number] >= 0:
            return True
    return False


@kernel
def takes_room_for_good(row: LimitRow, marks: int) -> bool:
    """Return whether a row will always count a robot that holds no slot, as long as its stage lasts."""
    if marks & HOLDS != 0 or (row.per_stage and marks & IN_STAGE == 0):
        return False
    return (row.failed and marks & FAILED != 0) or (row.offline and marks & LOST != 0)


@kernel
def mark(groups: Groups, index: int, marks: int) -> None:
    """Note what a robot is from now on."""
    before, rows = groups.marks[index], groups.rules.limit_rows
    groups.marks[index] = marks
    for number in range(rows):
        place = groups.cell_of[groups.lane_of[index] * rows + number]
        if place >= 0:
            cell, row = groups.cells[place], groups.limits[number]
            cell.taken += int(takes_room(row, marks)) - int(takes_room(row, before))
            cell.stuck += int(takes_room_for_good(row, marks)) - int(takes_room_for_good(row, before))


@kernel
def mark_start(groups: Groups, index: int) -> None:
    """A robot gets a slot."""
    mark(groups, index, groups.marks[index] | HOLDS)


@kernel
def mark_verdict(groups: Groups, index: int, failed: bool) -> None:
    """A robot gives its slot back; `failed`: with a failure that is final and its own."""
    mark(groups, index, (groups.marks[index] & ~HOLDS) | (FAILED if failed else 0))


@kernel
def mark_link(groups: Groups, index: int, up: bool, for_good: bool) -> None:
    """A robot's link is up or down, perhaps until the end."""
    now = 0 if up else OFFLINE | LOST if for_good else OFFLINE
    mark(groups, index, (groups.marks[index] & ~(OFFLINE | LOST)) | now)


@kernel
def begin_groups(groups: Groups, robots: int) -> None:
    """Nothing has happened yet."""
    for index in range(robots):
        groups.marks[index] = 0
    for number in range(groups.rules.cells):
        groups.cells[number].taken = 0
        groups.cells[number].stuck = 0
    for lane in range(groups.rules.lanes):
        groups.lined_up[lane] = 0


@kernel
def enter_stage(groups: Groups, line: Sequence[int], before: int, first: int, end: int) -> None:
    """A stage begins.

    Parameters
    ----------
    line
        All robots in order of deployment. Those of the stage stand from `first` to before `end`, those of the stage before it from
        `before` on.
    """
    rows = groups.rules.limit_rows
    for place in range(before, first):
        mark(groups, line[place], groups.marks[line[place]] & ~IN_STAGE)
    for number in range(groups.rules.cells):
        if groups.limits[groups.cells[number].row].per_stage:
            groups.cells[number].robots = 0
    for place in range(first, end):
        index = line[place]
        mark(groups, index, groups.marks[index] | IN_STAGE)
        for number in range(rows):
            cell = groups.cell_of[groups.lane_of[index] * rows + number]
            if cell >= 0 and groups.limits[number].per_stage:
                groups.cells[cell].robots += 1
    for number in range(groups.rules.cells):
        groups.cells[number].most = most_of(groups.limits[groups.cells[number].row], groups.cells[number].robots)


@kernel
def full_row(groups: Groups, lane: int, for_good: bool) -> int:
    """Return the first row that has no room for robots of a lane, perhaps for good; -1 if all have room."""
    for number in range(groups.rules.limit_rows):
        place = groups.cell_of[lane * groups.rules.limit_rows + number]
        if place >= 0:
            cell = groups.cells[place]
            if (cell.stuck if for_good else cell.taken) >= cell.most:
                return number
    return -1


@kernel
def stalled_groups(groups: Groups, job: Job, waiting: int) -> int:
    """Return which of `STOPPED_BY` is the first row without room for robots in line, of which none can ever start; otherwise -1.

    Parameters
    ----------
    waiting
        The robots in line.
    """
    if job.in_flight > 0 or waiting == 0 or waiting < job.stage_left:
        return -1
    first = groups.rules.limit_rows
    for lane in range(groups.rules.lanes):
        if groups.lined_up[lane] > 0:
            row = full_row(groups, lane, True)
            if row < 0:
                return -1
            first = min(first, row)
    return FIRST_LIMIT + first
