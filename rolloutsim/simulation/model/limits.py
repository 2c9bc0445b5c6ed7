"""When the next robot may start, by the rows of `rules.limits` that are about all robots alike, and the windows of `rules.admit`.

Rows that count the robots of a group are in `rolloutsim.simulation.model.groups`. Both engines ask `opens_at` before each grant. Rows
count robots, or grants; the job stalls if a row has no room and no robot is in flight or pausing that could make some.
"""

from __future__ import annotations

import math
from collections.abc import MutableSequence, Sequence
from typing import TYPE_CHECKING

from rolloutsim.kernel import kernel
from rolloutsim.simulation.model.deadlines import snap
from rolloutsim.simulation.model.rules import JOB, STAGE, VERDICTS, counted
from rolloutsim.vocabulary import STOPPED_BY

if TYPE_CHECKING:
    from rolloutsim.simulation.model.job import Job
    from rolloutsim.simulation.model.rules import JobRules, LimitRow

__all__ = ["FIRST_LIMIT", "most_of", "note_grant", "opens_at", "stalled_by"]

FIRST_LIMIT = STOPPED_BY.index("limits 1")


@kernel
def note_grant(rules: JobRules, grants: MutableSequence[float], job: Job, t: float) -> None:
    """Remember when a slot was granted: the n-th grant, from 1, is at ``n % rules.kept_grants``."""
    grants[job.granted % rules.kept_grants] = t


@kernel
def most_of(row: LimitRow, robots: int) -> int:
    """Return how many of some robots a row allows; a percentage of them is at least 1.

    Examples
    --------
    >>> from rolloutsim.simulation.model.rules import LimitRow
    >>> [most_of(LimitRow(1250, is_share=True, rounding=up), 20) for up in (0, 9_999)], most_of(LimitRow(0), 20)
    ([2, 3], 0)
    """
    return max(1, (row.most * robots + row.rounding) // 10_000) if row.is_share else row.most


@kernel
def succeeded(job: Job) -> int:
    """Return how many robots have succeeded, as long as the job has inflicted no failures."""
    return job.completed - counted(job.failures, JOB, VERDICTS)


@kernel
def room_of(row: LimitRow, job: Job) -> int:
    """Return how many robots may still start by a row that counts robots, or all starts of the job.

    Examples
    --------
    A slow start of one robot, and two more for each that was reached.

    >>> from rolloutsim.simulation.model.job import Job
    >>> from rolloutsim.simulation.model.rules import LimitRow
    >>> [room_of(LimitRow(1, plus=2, by_reached=True), Job(granted=granted, reached=3)) for granted in (3, 7)]
    [4, 0]
    """
    if row.plus > 0:
        return row.most + row.plus * (job.reached if row.by_reached else succeeded(job)) - job.granted
    most = most_of(row, job.stage_size)
    if row.in_flight:
        most -= job.in_flight
    if row.failed:
        most -= counted(job.failures, STAGE if row.per_stage else JOB, VERDICTS)
    return most


@kernel
def rate_of(row: LimitRow, job: Job) -> float:
    """Return how many robots a row allows to start per `row.every`.

    Examples
    --------
    >>> from rolloutsim.simulation.model.job import Job
    >>> from rolloutsim.simulation.model.rules import LimitRow
    >>> row = LimitRow(50, every=60.0, factor=2.0, each=1000, to=300.0, by_granted=True)
    >>> [rate_of(row, Job(granted=granted)) for granted in (999, 1000, 5000)]
    [50.0, 100.0, 300.0]
    """
    rate, grown = float(row.most), 0
    if row.by_granted:
        grown = job.granted
    if row.by_succeeded:
        grown = max(grown, succeeded(job))
    if row.each > 0:
        for _ in range(grown // row.each):
            if rate >= row.to:
                break
            rate *= row.factor
        rate = min(rate, row.to)
    return rate


@kernel
def opens_at(rules: JobRules, limits: Sequence[LimitRow], opening: Sequence[float], grants: Sequence[float], job: Job, now: float) -> float:
    """Return from when on every row that is about all robots has room and a window is open (s); infinity if no time makes room."""
    opens = now
    for number in range(rules.limit_rows):
        row = limits[number]
        if row.grouped:
            continue
        if row.every == 0.0:
            if room_of(row, job) <= 0:
                return math.inf
            continue
        rate = rate_of(row, job)
        if row.is_even:
            if job.granted > 0:
                opens = max(opens, grants[job.granted % rules.kept_grants] + row.every / rate)
        elif job.granted >= int(rate):
            opens = max(opens, grants[(job.granted - int(rate) + 1) % rules.kept_grants] + row.every)
    return snap(next_open(rules, opening, opens), rules.deadline)


@kernel
def next_open(rules: JobRules, opening: Sequence[float], t: float) -> float:
    """Return the first instant from `t` on at which robots may start (s).

    Parameters
    ----------
    opening
        When windows open and close, by turns. What follows the last one does not matter, as the job has ended before.
    """
    if rules.windows == 0:
        return t
    low, high = 0, 2 * rules.windows
    while low < high:  # the number of instants up to t
        middle = (low + high) // 2
        if opening[middle] <= t:
            low = middle + 1
        else:
            high = middle
    if low % 2 == 1:
        return t
    return opening[low] if low < 2 * rules.windows else math.inf


@kernel
def stalled_by(rules: JobRules, limits: Sequence[LimitRow], job: Job, waiting: int) -> int:
    """Return which of `STOPPED_BY` has no room and never will have, -1 if none; `waiting` are the robots in line."""
    if job.in_flight > 0 or waiting < job.stage_left:
        return -1
    for number in range(rules.limit_rows):
        if limits[number].every == 0.0 and not limits[number].grouped and room_of(limits[number], job) <= 0:
            return FIRST_LIMIT + number
    return -1
