"""A replicate in few numbers: what `jobs`, `cohorts` and `failure_codes` hold of it, without a row for each robot."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from rolloutsim.simulation.compilation import compiled, record_of
from rolloutsim.simulation.fairshare.shared_links import make_links
from rolloutsim.simulation.model.model_tables import bundle_sizes
from rolloutsim.simulation.records.link_totals import count_uses, link_columns, new_totals
from rolloutsim.simulation.records.log import Columns, Counted
from rolloutsim.simulation.records.tables import REACH, SCHEMA, Column
from rolloutsim.simulation.records.tally import COUNTED, count_robots, reach
from rolloutsim.simulation.records.traffic import Traffic, count_transfers
from rolloutsim.vocabulary import CODES, JOB_STATUSES

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

    Array = np.ndarray[Any, Any]

__all__ = ["Reduction", "columns_of", "row_width"]

F = TypeVar("F", bound=Callable[..., Any])

_OF_ROBOTS = ("index", "status", "verdict", "converged", *COUNTED[3:])

#: Columns of a table that hold numbers of a replicate; the others follow from the place of the row.
JOB_COLUMNS = tuple(column for column in SCHEMA["jobs"] if column.name != "replicate")
COHORT_COLUMNS = tuple(column for column in SCHEMA["cohorts"] if column.name not in ("replicate", "cohort"))
_in_order_of_jobs = itemgetter(*(column.name for column in JOB_COLUMNS))
_in_order_of_cohorts = itemgetter(*(column.name for column in COHORT_COLUMNS))

#: What jobs and cohorts both count.
COUNTS = ("succeeded", "failed", "not_started", "converged_late", "robots_exposed")


def _widths(cohorts: int) -> list[int]:
    """Return how many numbers of a row identify its replicate, and how many belong to its jobs, cohorts and codes."""
    return [1, len(JOB_COLUMNS), cohorts * len(COHORT_COLUMNS), (1 + cohorts) * len(CODES)]


def row_width(cohorts: int) -> int:
    """Return how many numbers are kept of a replicate."""
    return sum(_widths(cohorts))


def columns_of(rows: Array, cohorts: int) -> dict[str, dict[str, Array]]:
    """Return the columns of `jobs`, `cohorts` and `failure_codes`; names are numbers, -1 if missing.

    Parameters
    ----------
    rows
        One a replicate, of `Reduction.row`.
    cohorts
        How many there are.
    """
    widths, kinds, n = _widths(cohorts), len(CODES), len(rows)
    replicate, jobs, of_cohorts, codes = np.split(rows, np.cumsum(widths)[:-1], axis=1)
    replicate = replicate[:, 0].astype(np.int64)
    return {
        "jobs": {"replicate": replicate, **_named(JOB_COLUMNS, jobs)},
        "cohorts": {
            "replicate": replicate.repeat(cohorts),
            "cohort": np.tile(np.arange(cohorts), n),
            **_named(COHORT_COLUMNS, of_cohorts.reshape(-1, len(COHORT_COLUMNS))),
        },
        "failure_codes": {
            "replicate": replicate.repeat(widths[-1]),
            # Few bytes each: a replicate has a row for each cohort and code.
            "level": np.tile(np.repeat(np.array([0, 1], np.int8), [kinds, cohorts * kinds]), n),
            "cohort": np.tile(np.arange(-1, cohorts, dtype=np.int32).repeat(kinds), n),
            "code": np.tile(np.arange(kinds, dtype=np.int8), n * (1 + cohorts)),
            "count": codes.ravel(),
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
        self._sizes = np.array([cohort.robots for cohort in scenario.fleet])
        cohort = np.repeat(np.arange(len(self._sizes)), self._sizes)
        self._bundle = bundle_sizes(scenario)
        self._links = make_links(scenario)
        self._cohort, self._group = self._prepared(cohort), self._prepared(np.array(self._links.group))
        self._count, self._reach = self._form(count_robots), self._form(reach)
        self._transfers, self._uses = self._form(count_transfers), self._form(count_uses)
        robots = len(cohort)
        self._spare = tuple(self._prepared(np.empty(robots, kind)) for kind in (np.float64, np.int64, np.int64))
        self._ranks = np.array([_ranks(size) for size in (robots, 0, *self._sizes.tolist())])

    def _form(self, function: F) -> F:
        return cast("F", compiled(function)) if self._arrays else function

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
        """
        robots = {name: self._prepared(columns.robots.numbers(name)) for name in _OF_ROBOTS}
        cohorts, kinds = len(self._sizes), len(CODES)
        sums, codes = self._prepared(np.zeros(cohorts * len(COUNTED))), self._prepared(np.zeros(cohorts * kinds))
        amounts = tuple(robots[name] for name in COUNTED[4:])
        index, converged = robots["index"], robots["converged"]
        self._count(index, robots["status"], robots["verdict"], converged, robots["left_down"], amounts, self._cohort, sums, codes)
        reached = self._reached(index, converged, reachable)
        counted = dict(zip(COUNTED, np.reshape(sums, (cohorts, -1)).T, strict=True))
        of_cohorts = self._cohorts(counted, reached[2:])
        job = self._job(columns, int(np.count_nonzero(reachable)), counted, of_cohorts, reached[:2])
        of_job = np.zeros(kinds)
        if columns.job.code is not None:
            of_job[CODES.index(columns.job.code)] = 1
        return np.concatenate([[replicate], _in_order_of_jobs(job), np.array(_in_order_of_cohorts(of_cohorts)).T.ravel(), of_job, codes])

    def _reached(self, index: Any, converged: Any, reachable: Sequence[bool] | Array) -> Array:
        """Return when shares of the fleet, of those in reach, and of each cohort had the release (s): a row each."""
        in_reach = np.asarray(reachable, np.bool_)
        self._ranks[1] = _ranks(int(np.count_nonzero(in_reach)))
        ranks, groups = self._prepared(self._ranks.ravel()), len(self._ranks)
        found, seen = self._prepared(np.full(groups * len(REACH), np.nan)), self._prepared(np.zeros(2 * groups, np.int64))
        self._reach(index, converged, self._cohort, self._prepared(in_reach), ranks, len(REACH), self._spare, seen, found)
        return np.reshape(found, (groups, -1))

    def _traffic(self, columns: Columns) -> dict[str, float]:
        """Return the columns of `jobs` on bit rates, downloads and shared links."""
        counted = columns.counted or Counted(Traffic(), new_totals(self._links), np.empty((0, 2)))
        flows, uses, ended = columns.flows.rows, columns.uses.rows, columns.job.ended_s
        groups, count = len(self._links.sites), len(counted.steps)
        x, w = (self._prepared(part.copy()) for part in counted.totals)
        steps = self._prepared(np.concatenate([counted.steps.ravel(), np.zeros(2 * len(uses) + 2)]))
        if groups:
            count = self._uses(x, w, groups, self._prepared(uses.ravel()), len(uses), ended, steps, count)
        traffic = record_of(counted.traffic) if self._arrays else replace(counted.traffic)
        of_robots = self._cohort, self._group
        largest, most = self._transfers(traffic, self._prepared(flows.ravel()), len(flows), of_robots, steps, count, math.inf)
        of_links = link_columns(np.asarray(x), np.asarray(w), groups, ended)
        return {"peak_bit_rate_bit_per_s": 8.0 * largest, "peak_downloads": most, **of_links}

    def _cohorts(self, counted: Mapping[str, Array], reached: Array) -> dict[str, Array]:
        """Return the columns of `cohorts`.

        Parameters
        ----------
        counted
            `COUNTED` of each cohort.
        reached
            When shares of each had the release (s).
        """
        return {
            "robots": self._sizes,
            "succeeded": counted["succeeded"],
            "failed": counted["exposed"] - counted["succeeded"],
            "not_started": self._sizes - counted["exposed"],
            "converged_late": counted["converged"] - counted["succeeded"],
            **{f"time_to_reach_{share}_s": reached[:, place] for place, share in enumerate(REACH)},
            "robots_exposed": counted["exposed"],
            "bytes_sent": counted["bytes"],
            "slot_s": counted["slot"],
            "slot_offline_s": counted["offline"],
            "downtime_s": counted["downtime"],
        }

    def _job(
        self,
        columns: Columns,
        in_reach: int,
        counted: Mapping[str, Array],
        cohorts: Mapping[str, Array],
        reached: Array,
    ) -> dict[str, Any]:
        """Return the columns of `jobs`.

        Parameters
        ----------
        columns
            As for `row`.
        in_reach
            How many robots are reachable.
        counted, cohorts
            Counts and columns of its cohorts.
        reached
            When shares of the fleet, and of the reachable robots, had the release (s).
        """
        job = columns.job

        def total(values: Array) -> float:
            return math.fsum(values.tolist())

        useful, sent = total(counted["converged"] * self._bundle), total(counted["bytes"])
        fleet, among_reachable = reached.tolist()
        return {
            "status": JOB_STATUSES.index(job.status),
            "failure_code": -1 if job.code is None else CODES.index(job.code),
            "release": job.release,
            "time_to_complete_s": job.ended_s,
            "robots": len(self._cohort),
            "reachable": in_reach,
            **{name: total(cohorts[name]) for name in COUNTS},
            "breached_s": job.breached_s,
            "overshoot": job.overshoot,
            **{f"time_to_reach_{share}_s": t for share, t in zip(REACH, fleet, strict=True)},
            **{f"time_to_reach_{share}_reachable_s": t for share, t in zip(REACH, among_reachable, strict=True)},
            "peak_in_flight": job.peak,
            **self._traffic(columns),
            "bytes_sent": sent,
            "bytes_useful": useful,
            "bytes_wasted": max(0.0, sent - useful),
            "slot_s": total(counted["slot"]),
            "slot_offline_s": total(counted["offline"]),
            "downtime_s": total(counted["downtime"]),
            "left_down": total(counted["left_down"]),
            "stages_reached": job.stages,
        }


def _named(columns: tuple[Column, ...], rows: Array) -> dict[str, Array]:
    return {column.name: rows[:, place] for place, column in enumerate(columns)}


def _ranks(robots: int) -> list[int]:
    """Return how many of some robots each share of `REACH` is, rounded up.

    >>> _ranks(4)
    [2, 4, 4, 4, 4]
    """
    return [(share * robots + 99) // 100 for share in REACH]
