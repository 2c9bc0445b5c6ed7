"""Counting a replicate: sums over its robots, when shares of them had the release, and what was transferred at most."""

from __future__ import annotations

import math
from collections.abc import MutableSequence, Sequence
from typing import NamedTuple

from rolloutsim.kernel import kernel
from rolloutsim.simulation.records.log import JOB_FIELDS, ROBOT_FIELDS
from rolloutsim.simulation.records.order import in_order
from rolloutsim.simulation.records.tables import REACH
from rolloutsim.simulation.records.traffic import Traffic, count_transfers
from rolloutsim.vocabulary import CODES, ROBOT_STATUSES

__all__ = ["COUNTED", "OF_COHORTS", "OF_JOBS", "SHARES", "Counts", "Fleet", "cells_for", "count_replicate", "exact_sum", "reach"]

INDEX, STATUS, VERDICT, GRANTED, CONVERGED, BYTES, SLOT, OFFLINE, DOWNTIME, LEFT_DOWN = (
    ROBOT_FIELDS.index(name)
    for name in ("index", "status", "verdict", "granted", "converged", "bytes", "slot", "offline", "downtime", "left_down")
)
FIELDS = len(ROBOT_FIELDS)
IN_SYNC = ROBOT_STATUSES.index("InSync")
KINDS = len(CODES)
SHARES = len(REACH)

#: What is counted and added up over the robots of a cohort that got a slot, and what follows from that.
COUNTED = (
    "robots_exposed",
    "succeeded",
    "converged",
    "left_down",
    "bytes_sent",
    "slot_s",
    "slot_offline_s",
    "downtime_s",
    "failed",
    "not_started",
    "converged_late",
    "robots",
    "bytes_useful",
    "regressed",
)
WIDTH = len(COUNTED)
SENT, USEFUL, REGRESSED = (COUNTED.index(name) for name in ("bytes_sent", "bytes_useful", "regressed"))

#: When shares had the release: of the fleet, of its robots that are reachable.
_REACHED = tuple(f"time_to_reach_{share}{of}_s" for of in ("", "_reachable") for share in REACH)

#: Columns of `cohorts` and `jobs` as they are counted; those of the job begin with its `JOB_FIELDS`.
OF_COHORTS = (*COUNTED, *_REACHED[:SHARES])
OF_JOBS = (
    *JOB_FIELDS,
    *COUNTED,
    *_REACHED,
    "reachable",
    "peak_bit_rate_bit_per_s",
    "peak_downloads",
    "bytes_wasted",
    "utilisation_peak",
    "utilisation_mean",
    "saturated_s",
)

#: Cells of time at most, of one group of robots and of all of them.
MOST_CELLS, ALL_CELLS = 4096, 1 << 16


class Fleet(NamedTuple):
    """What is known before a replicate; in plain Python lists."""

    cohort: Sequence[int]  #: of each robot
    sizes: Sequence[int]  #: of the cohorts
    bundle: Sequence[float]  #: by cohort: its bytes
    group: Sequence[int]  #: by cohort: of those that share a link, -1 if they share none
    jobs: Sequence[int]  #: by column of `jobs`: its place in `OF_JOBS`
    cohorts: Sequence[int]  #: by column of `cohorts`: its place in `OF_COHORTS`


class Counts(NamedTuple):
    """Room to count in."""

    traffic: Traffic
    sums: MutableSequence[float]  #: `COUNTED`, cohort by cohort
    codes: MutableSequence[float]  #: how often each code is the verdict, cohort by cohort
    reached: MutableSequence[float]  #: of `reach`
    job: MutableSequence[float]  #: `OF_JOBS`
    partials: MutableSequence[float]  #: of `exact_sum`
    ranks: MutableSequence[int]  #: by group (the fleet, those that are reachable, each cohort): how many robots each share is
    cells: MutableSequence[int]  #: `cells_for` as many groups
    instants: MutableSequence[float]  #: by robot, as are the next four
    robots: MutableSequence[int]
    ascending: MutableSequence[float]
    order: MutableSequence[int]
    part: MutableSequence[int]


@kernel
def count_replicate(
    job: Sequence[float],
    robots: Sequence[float],
    regressions: Sequence[float],
    reachable: Sequence[bool],
    traffic: Traffic,
    flows: tuple[Sequence[float], int],
    steps: tuple[Sequence[float], int],
    link: tuple[float, float, float],
    fleet: Fleet,
    counts: Counts,
    row: MutableSequence[float],
) -> None:
    """Count a replicate.

    Parameters
    ----------
    job
        `rolloutsim.simulation.records.log.JOB_FIELDS`.
    robots
        `rolloutsim.simulation.records.log.Written.robots`.
    regressions
        `rolloutsim.simulation.records.log.Written.regressions`.
    reachable
        Of each robot of the fleet, whether it is online at some instant of the observation.
    traffic
        Of the transfers that have been counted already.
    flows, steps
        As for `count_transfers`, with how many there are.
    link
        Columns of `jobs` on shared links.
    fleet
        Of all replicates.
    counts
        Whatever it holds is overwritten.
    row
        After its first number the columns of `jobs`, of `cohorts` cohort by cohort, and how often each code is that of the job, and of
        robots cohort by cohort.
    """
    in_reach = 0
    for robot in range(len(fleet.cohort)):
        if reachable[robot]:
            in_reach += 1
    for share in range(SHARES):
        counts.ranks[SHARES + share] = (REACH[share] * in_reach + 99) // 100
    reach(count_robots(robots, regressions, fleet, counts), fleet.cohort, reachable, counts)
    counts.traffic.until, counts.traffic.rate, counts.traffic.number = traffic.until, traffic.rate, traffic.number
    counts.traffic.largest, counts.traffic.most, counts.traffic.shared = traffic.largest, traffic.most, traffic.shared
    largest, most = count_transfers(counts.traffic, flows[0], flows[1], (fleet.cohort, fleet.group), steps[0], steps[1], math.inf)
    place = len(JOB_FIELDS)
    for number in range(place):
        counts.job[number] = job[number]
    for number in range(WIDTH):
        counts.job[place + number] = exact_sum(counts.sums, number, WIDTH, len(fleet.sizes), counts.partials)
    wasted = max(0.0, counts.job[place + SENT] - counts.job[place + USEFUL])
    place += WIDTH
    for number in range(2 * SHARES):
        counts.job[place + number] = counts.reached[number]
    place += 2 * SHARES
    counts.job[place] = in_reach
    counts.job[place + 1] = 8.0 * largest
    counts.job[place + 2] = most
    counts.job[place + 3] = wasted
    counts.job[place + 4], counts.job[place + 5], counts.job[place + 6] = link
    write_row(fleet, counts, row)


@kernel
def write_row(fleet: Fleet, counts: Counts, row: MutableSequence[float]) -> None:
    """Put what is counted into the order of the tables."""
    at = 1
    for place in fleet.jobs:
        row[at] = counts.job[place]
        at += 1
    for own in range(len(fleet.sizes)):
        for place in fleet.cohorts:
            row[at] = counts.sums[own * WIDTH + place] if place < WIDTH else counts.reached[(2 + own) * SHARES + place - WIDTH]
            at += 1
    for code in range(KINDS):
        row[at] = 1.0 if code == counts.job[1] else 0.0
        at += 1
    for code in range(len(counts.codes)):
        row[at] = counts.codes[code]
        at += 1


@kernel
def exact_sum(numbers: Sequence[float], first: int, step: int, count: int, partials: MutableSequence[float]) -> float:
    """Return the sum of every so many numbers, rounded once: `math.fsum` (Shewchuk, 1997), which compiled code does not have.

    Parameters
    ----------
    partials
        Room for 64 numbers.

    Examples
    --------
    >>> exact_sum([1e16, 1.0, -1e16, 1e-3], 0, 1, 4, [0.0] * 64)
    1.001
    """
    partials[0] = 0.0
    last = 0
    for place in range(count):
        x = numbers[first + place * step]
        kept = 0
        for i in range(last + 1):
            y = partials[i]
            if abs(x) < abs(y):
                x, y = y, x
            high = x + y
            low = y - (high - x)
            if low != 0.0:
                partials[kept] = low
                kept += 1
            x = high
        partials[kept] = x
        last = kept
    high, low = partials[last], 0.0
    while last > 0 and low == 0.0:
        last -= 1
        x = high
        high = x + partials[last]
        low = partials[last] - (high - x)
    if last > 0 and low * partials[last - 1] > 0.0:  # half-way cases go by what is left below
        x = high + 2.0 * low
        if 2.0 * low == x - high:
            return x
    return high


@kernel
def count_robots(robots: Sequence[float], regressions: Sequence[float], fleet: Fleet, counts: Counts) -> int:
    """Count the robots of each cohort, one after the other; return how many had the release, whose instants and numbers are noted."""
    sums, codes = counts.sums, counts.codes
    for place in range(len(sums)):
        sums[place] = 0.0
    for place in range(len(codes)):
        codes[place] = 0.0
    converged, rows = 0, len(robots) // FIELDS
    for i in range(rows):
        if robots[GRANTED * rows + i] < 0.0:
            continue
        robot = int(robots[INDEX * rows + i])
        own = fleet.cohort[robot]
        place = own * WIDTH
        sums[place] += 1.0
        if robots[STATUS * rows + i] == IN_SYNC:
            sums[place + 1] += 1.0
        if robots[CONVERGED * rows + i] >= 0.0:
            sums[place + 2] += 1.0
            counts.instants[converged] = robots[CONVERGED * rows + i]
            counts.robots[converged] = robot
            converged += 1
        sums[place + 3] += robots[LEFT_DOWN * rows + i]
        sums[place + 4] += robots[BYTES * rows + i]
        sums[place + 5] += robots[SLOT * rows + i]
        sums[place + 6] += robots[OFFLINE * rows + i]
        sums[place + 7] += robots[DOWNTIME * rows + i]
        if len(regressions) > 0 and regressions[i] >= 0.0:
            sums[place + REGRESSED] += 1.0
        if robots[VERDICT * rows + i] >= 0.0:
            codes[own * KINDS + int(robots[VERDICT * rows + i])] += 1.0
    for own in range(len(fleet.sizes)):
        place = own * WIDTH
        sums[place + 8] = sums[place] - sums[place + 1]
        sums[place + 9] = fleet.sizes[own] - sums[place]
        sums[place + 10] = sums[place + 2] - sums[place + 1]
        sums[place + 11] = fleet.sizes[own]
        sums[place + 12] = sums[place + 2] * fleet.bundle[own]
    return converged


def cells_for(groups: int) -> int:
    """Return how many cells of time `reach` needs for so many groups of robots."""
    return groups * max(1, min(MOST_CELLS, ALL_CELLS // groups))


@kernel
def reach(count: int, cohort: Sequence[int], reachable: Sequence[bool], counts: Counts) -> None:
    """Find when so many robots of each group had the release.

    Few instants are asked for, so they are not all sorted: robots of each group are counted in equal cells of time, and only those in the
    cells of the instants asked for are put in their order.

    Parameters
    ----------
    count
        How many robots had the release, at `counts.instants`; their numbers are `counts.robots`.
    cohort, reachable
        Of each robot of the fleet.
    counts
        Of which `reached` is filled: by group and share of `REACH` the instant (s), NaN if it is never reached.
    """
    t, ranks, cells = counts.instants, counts.ranks, counts.cells
    groups = len(ranks) // SHARES
    for place in range(len(counts.reached)):
        counts.reached[place] = math.nan
    if count == 0:
        return
    low = high = t[0]
    for number in range(count):
        low, high = min(low, t[number]), max(high, t[number])
    width = max(1, min(count // 4, len(cells) // groups))
    scale = width / (high - low) if high > low else 0.0
    if not scale < math.inf:
        scale = 0.0
    for place in range(groups * width):
        cells[place] = 0
    for number in range(count):
        robot = counts.robots[number]
        part = min(int((t[number] - low) * scale), width - 1)
        counts.part[number] = part
        cells[part] += 1
        cells[width + part] += reachable[robot]
        cells[(2 + cohort[robot]) * width + part] += 1
    for group in range(groups):
        find_cells(ranks, cells, group, width)
    asked = 0
    for number in range(count):
        robot, part = counts.robots[number], counts.part[number]
        if cells[part] >= 0 or (cells[width + part] >= 0 and reachable[robot]) or cells[(2 + cohort[robot]) * width + part] >= 0:
            t[asked] = t[number]
            counts.robots[asked] = robot
            counts.part[asked] = part
            asked += 1
    in_order(t, asked, counts.ascending, counts.order)
    for place in range(asked):
        number = counts.order[place]
        robot, part = counts.robots[number], counts.part[number]
        note(counts, 0, width, part, counts.ascending[place])
        if reachable[robot]:
            note(counts, 1, width, part, counts.ascending[place])
        note(counts, 2 + cohort[robot], width, part, counts.ascending[place])


@kernel
def find_cells(ranks: Sequence[int], cells: MutableSequence[int], group: int, width: int) -> None:
    """Replace how many robots of a group each cell holds by how many are in those before it; -1 if none of them is asked for."""
    share, before = 0, 0
    for place in range(group * width, (group + 1) * width):
        last = before + cells[place]
        while share < SHARES and ranks[group * SHARES + share] <= before:  # of no robots, or found
            share += 1
        is_asked = share < SHARES and ranks[group * SHARES + share] <= last
        cells[place] = before if is_asked else -1
        before = last


@kernel
def note(counts: Counts, group: int, width: int, part: int, t: float) -> None:
    """Count one more robot of a group, if it is in a cell of which some instant is asked for."""
    place = group * width + part
    if counts.cells[place] < 0:
        return
    counts.cells[place] += 1
    for share in range(group * SHARES, (group + 1) * SHARES):
        if counts.ranks[share] == counts.cells[place]:
            counts.reached[share] = t
