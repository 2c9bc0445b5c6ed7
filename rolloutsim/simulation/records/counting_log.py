"""A log that counts transfers and the use of shared links as a replicate goes on, so that its rows do not grow with their number."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np

from rolloutsim.simulation.fairshare.shared_links import Links
from rolloutsim.simulation.model.job import Job, end_of_job
from rolloutsim.simulation.records.link_totals import CARRIED, CHANGED, NOW, LinkTotals, end_instant, new_totals, note_use
from rolloutsim.simulation.records.log import FLOW_FIELDS, Columns, Counted, JobRecord, Log
from rolloutsim.simulation.records.traffic import Traffic, count_transfers

__all__ = ["LEAST", "CountingLog"]

#: Rows from which on it is worth while to count them.
LEAST = 1024


class CountingLog(Log):
    """A log for replicates of which `robots` and what is made of its rows are not kept.

    Parameters
    ----------
    cohort
        Of each robot.
    links
        What robots share.
    steps
        As for `Log`.
    """

    def __init__(self, cohort: Sequence[int], links: Links, *, steps: bool = True) -> None:
        super().__init__(steps=steps)
        self._of_robots, self._groups = (cohort, links.group), len(links.sites)
        totals = new_totals(links)
        self._x, self._w = totals.x.tolist(), totals.w.tolist()
        self._traffic, self._carried = Traffic(), array("d")  # `Counted`
        self._full = max(4 * len(cohort), LEAST) * len(FLOW_FIELDS)  # numbers from which on they are counted

    def connect(self, job: Job, under_way: Callable[[], tuple[float, list[float]]]) -> None:
        self._job, self._under_way = job, under_way

    def flow(self, row: tuple[float, ...]) -> None:
        self._flows.extend(row)
        if len(self._flows) > self._full or len(self._carried) > self._full:
            self._count(row[2])

    def use(self, row: tuple[float, ...]) -> None:
        t, group, rate, _flows = row
        if note_use(self._x, self._w, self._groups, t, int(group), rate, end_of_job(self._job)):
            self._carried.extend((self._x[CHANGED], self._x[CARRIED]))

    def _count(self, now: float) -> None:
        """Count what changed before an instant, as far as it is known, and keep the rows of what changes later."""
        x, w, width = self._x, self._w, len(FLOW_FIELDS)
        if self._groups and x[NOW] < now and end_instant(x, w, self._groups, end_of_job(self._job)):
            self._carried.extend((x[CHANGED], x[CARRIED]))
        until, under_way = self._under_way()
        flows = [*self._flows, *under_way]
        count_transfers(self._traffic, flows, len(flows) // width, self._of_robots, self._carried, len(self._carried) // 2, until)
        self._flows = _kept(self._flows, width, 2, until)
        self._carried = _kept(self._carried, 2, 0, until)
        self._full = max(self._full, 2 * len(self._flows), 2 * len(self._carried))

    def columns(self, job: JobRecord, releases: Sequence[int]) -> Columns:
        columns = super().columns(job, releases)
        totals = LinkTotals(np.array(self._x), np.array(self._w))
        columns.counted = Counted(self._traffic, totals, np.array(self._carried), len(self._carried))
        return columns


def _kept(rows: array[float], width: int, column: int, until: float) -> array[float]:
    """Return the rows of which an instant is not before another one."""
    parts = (rows[start : start + width] for start in range(0, len(rows), width))
    return array("d", chain.from_iterable(row for row in parts if row[column] >= until))
