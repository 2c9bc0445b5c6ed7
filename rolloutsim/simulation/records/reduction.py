"""A replicate in few numbers: what `jobs`, `cohorts`, `sites`, `classes` and `failure_codes` hold of it, without a row for each robot."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.scenario.systems.statuses import native_of_jobs
from rolloutsim.simulation.compilation import compiled, new_records
from rolloutsim.simulation.fairshare.shared_links import make_links
from rolloutsim.simulation.model.make_tables import bundle_sizes
from rolloutsim.simulation.records.groups import LINK_COLUMNS, FleetGroups, group_columns, group_numbers, group_width, label_columns
from rolloutsim.simulation.records.link_totals import count_uses, link_columns, new_totals, use_by_group
from rolloutsim.simulation.records.log import FLOW_FIELDS, Columns, Counted
from rolloutsim.simulation.records.tables import REACH, SCHEMA, Column
from rolloutsim.simulation.records.tally import COUNTED, OF_COHORTS, OF_JOBS, Counts, Fleet, cells_for, count_replicate
from rolloutsim.simulation.records.traffic import Traffic
from rolloutsim.vocabulary import CODES

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

    Array = np.ndarray[Any, Any]

__all__ = ["Reduction", "columns_of", "row_width", "without_codes"]

#: Columns of a table that hold numbers of a replicate; the others follow from the place of the row, or from these.
JOB_COLUMNS = tuple(column for column in SCHEMA["jobs"] if column.name not in ("replicate", "native_status") and not column.optional)
COHORT_COLUMNS = tuple(column for column in SCHEMA["cohorts"] if column.name not in ("replicate", "cohort") and not column.optional)


def _widths(cohorts: int) -> list[int]:
    """Return how many numbers of a row identify its replicate, and how many belong to its jobs, cohorts and codes."""
    return [1, len(JOB_COLUMNS), cohorts * len(COHORT_COLUMNS), (1 + cohorts) * len(CODES)]


def row_width(fleet: FleetGroups) -> int:
    """Return how many numbers are kept of a replicate."""
    return sum(_widths(len(fleet.cohorts))) + group_width(fleet) + fleet.stop_rows


def without_codes(rows: Array, fleet: FleetGroups) -> tuple[Array, Array]:
    """Return the rows of replicates without how often each code occurs, and these whole numbers, shape (replicates, codes)."""
    *before, codes = _widths(len(fleet.cohorts))
    place = slice(sum(before), sum(before) + codes)
    return np.delete(rows, place, axis=1), rows[:, place].astype(np.int64)


def columns_of(numbers: Array, codes: Array, fleet: FleetGroups) -> dict[str, dict[str, Array]]:
    """Return the columns of `jobs`, `cohorts`, `sites`, `classes` and `failure_codes`; names are numbers, -1 if missing.

    Parameters
    ----------
    numbers, codes
        One row per replicate, of `without_codes`.
    fleet
        The cohorts and their groups.
    """
    cohorts, kinds, n = len(fleet.cohorts), len(CODES), len(numbers)
    replicate, jobs, of_cohorts, of_groups = np.split(numbers, np.cumsum(_widths(cohorts)[:-1]), axis=1)
    replicate = replicate[:, 0].astype(np.int64)
    columns = {
        "jobs": {"replicate": replicate, **_named(JOB_COLUMNS, jobs)},
        "cohorts": {
            "replicate": replicate.repeat(cohorts),
            "cohort": np.tile(np.arange(cohorts), n),
            **label_columns(fleet, n),
            **_named(COHORT_COLUMNS, of_cohorts.reshape(-1, len(COHORT_COLUMNS))),
        },
    }
    columns |= group_columns(fleet, columns["cohorts"], of_groups[:, : group_width(fleet)])
    job = columns["jobs"]
    status, code = (job[name].astype(np.int64) for name in ("status", "failure_code"))
    job["native_status"] = native_of_jobs(fleet.system, status, code, job["failed"])
    if fleet.bad_sites:
        columns["jobs"]["sites_bad"] = columns["sites"]["release"].reshape(n, -1).sum(axis=1)
    if fleet.stop_rows:
        columns["jobs"]["stopped_by"] = numbers[:, -1]
    return columns | {
        "failure_codes": {
            "replicate": replicate.repeat(codes.shape[1]),
            # Few bytes each: a replicate has a row for each cohort and code.
            "level": np.tile(np.repeat(np.array([0, 1], np.int8), [kinds, cohorts * kinds]), n),
            "cohort": np.tile(np.arange(-1, cohorts).astype(np.int8 if cohorts < 128 else np.int32).repeat(kinds), n),
            "code": np.tile(np.arange(kinds, dtype=np.int8), n * (1 + cohorts)),
            "count": codes.reshape(-1),
        },
    }


class Reduction:
    """Reduces replicates of one scenario.

    Parameters
    ----------
    scenario
        Of all replicates.
    engine
        ``compiled``: by machine code.
    """

    def __init__(self, scenario: Scenario, engine: str = "simpy") -> None:
        self._arrays = engine == "compiled"
        sizes = np.array([cohort.robots for cohort in scenario.fleet])
        cohorts, robots = len(sizes), int(sizes.sum())
        self._groups, self._sizes = FleetGroups.of(scenario), sizes
        self._links = make_links(scenario)
        self._fleet = Fleet(
            *map(
                self._prepared,
                (
                    np.repeat(np.arange(cohorts), sizes),
                    sizes,
                    np.array(bundle_sizes(scenario), np.float64),
                    np.array(self._links.group),
                    np.array([OF_JOBS.index(column.name) for column in JOB_COLUMNS]),
                    np.array([OF_COHORTS.index(column.name) for column in COHORT_COLUMNS]),
                ),
            )
        )
        self._count: Callable[..., None] = compiled(count_replicate) if self._arrays else count_replicate
        ranks = np.array([_ranks(size) for size in (robots, 0, *sizes.tolist())])
        lengths = cohorts * len(COUNTED), cohorts * len(CODES), ranks.size, len(OF_JOBS), 64
        of_robots = [np.zeros(robots, kind) for kind in (np.float64, np.int64, np.float64, np.int64, np.int64)]
        cells = np.zeros(cells_for(len(ranks)), np.int64)
        room = map(self._prepared, (*map(np.zeros, lengths), ranks.ravel(), cells, *of_robots))
        self._counts = Counts(new_records(Traffic)[0] if self._arrays else Traffic(), *room)
        self._row = self._prepared(np.zeros(sum(_widths(cohorts))))
        self._uses: Callable[..., int] = compiled(count_uses) if self._arrays else count_uses
        self._nothing = Counted(new_records(Traffic)[0] if self._arrays else Traffic(), new_totals(self._links), np.empty(0), 0)
        self._no_steps = self._prepared(np.empty(0)), 0

    def _prepared(self, values: Array) -> Any:
        """Return an array as the engine reads it: plain Python is quicker with lists."""
        return np.ascontiguousarray(values) if self._arrays else values.tolist()

    def row(self, replicate: int, columns: Columns, reachable: Sequence[bool] | Array) -> Array:
        """Return all numbers of a replicate as one row of doubles, in which whole numbers are exact.

        Parameters
        ----------
        replicate, columns
            Its number and records.
        reachable
            Of each robot, whether it is online at some instant up to `observe`.

        Returns
        -------
        Array
            Valid until the next row.
        """
        written, counted = columns.written, columns.counted or self._nothing
        robots, flows, regressions = written.robots, written.flows, written.regressions
        if not self._arrays:
            robots, flows, regressions = robots.tolist(), flows.tolist(), regressions.tolist()
        flowing = flows, written.ends[2] // len(FLOW_FIELDS)
        nothing = self._no_steps, (math.nan,) * 3, np.empty((0, len(LINK_COLUMNS)))
        steps, link, by_group = self._shared(columns, counted) if self._links.sites else nothing
        self._row[0] = replicate
        of_robots = robots, regressions, reachable
        self._count(columns.job_row, *of_robots, counted.traffic, flowing, steps, link, self._fleet, self._counts, self._row)
        row = np.asarray(self._row)
        stopped_by = [columns.job.stopped_by] if self._groups.stop_rows else []
        if not self._groups.groupings():
            return np.concatenate([row, stopped_by]) if stopped_by else row
        of_sites = np.full((len(self._groups.sites.names), len(LINK_COLUMNS)), math.nan)
        for site, use in zip(self._links.sites, by_group, strict=True):
            if site is not None:
                of_sites[self._groups.sites.names.index(site)] = use
        return np.concatenate([row, group_numbers(self._groups, self._sizes, written.robots, of_sites, columns.releases), stopped_by])

    def _shared(self, columns: Columns, counted: Counted) -> tuple[tuple[Any, int], tuple[float, ...], Array]:
        """Return when what all shared links carry together changes, as `count_transfers` takes it, and what tables hold of it."""
        uses, groups, ended = columns.uses.rows, len(self._links.sites), columns.job.ended_s
        x, w = (self._prepared(part.copy()) for part in counted.totals)
        steps = self._prepared(np.concatenate([counted.steps[: counted.end], np.zeros(2 * len(uses) + 2)]))
        count = self._uses(x, w, groups, self._prepared(uses.ravel()), len(uses), ended, steps, counted.end // 2)
        x, w = np.asarray(x), np.asarray(w)
        return (steps, count), tuple(link_columns(x, w, groups, ended).values()), use_by_group(x, w, groups, ended)


def _named(columns: tuple[Column, ...], rows: Array) -> dict[str, Array]:
    return {column.name: rows[:, place] for place, column in enumerate(columns)}


def _ranks(robots: int) -> list[int]:
    """Return how many of some robots each share of `REACH` is, rounded up.

    >>> _ranks(4)
    [2, 4, 4, 4, 4]
    """
    return [(share * robots + 99) // 100 for share in REACH]
