"""A replicate in few numbers: what `jobs`, `cohorts` and `failure_codes` say of it, without a row for each robot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.simulation.links import make_links
from rolloutsim.simulation.log import Columns
from rolloutsim.simulation.plan import bundle_sizes
from rolloutsim.simulation.tables import REACH, SCHEMA, Column
from rolloutsim.simulation.timeline import peaks
from rolloutsim.simulation.use import Use, link_columns
from rolloutsim.vocabulary import CODES, JOB_STATUSES, ROBOT_STATUSES

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

    Array = np.ndarray[Any, Any]

__all__ = ["Reduction", "columns_of", "row_width"]

IN_SYNC = ROBOT_STATUSES.index("InSync")

#: Columns of a table that tell numbers of a replicate; what the others tell is known from the place of the row.
JOB_COLUMNS = tuple(column for column in SCHEMA["jobs"] if column.name != "replicate")
COHORT_COLUMNS = tuple(column for column in SCHEMA["cohorts"] if column.name not in ("replicate", "cohort"))
_in_order_of_jobs = itemgetter(*(column.name for column in JOB_COLUMNS))
_in_order_of_cohorts = itemgetter(*(column.name for column in COHORT_COLUMNS))

#: What jobs and cohorts both count.
COUNTS = ("succeeded", "failed", "not_started", "converged_late", "robots_exposed")


def _widths(cohorts: int) -> list[int]:
    """Return how many numbers of a row tell which replicate it is, and are of its jobs, cohorts and codes."""
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
            "level": np.tile(np.repeat([0, 1], [kinds, cohorts * kinds]), n),
            "cohort": np.tile(np.arange(-1, cohorts).repeat(kinds), n),
            "code": np.tile(np.arange(kinds), n * (1 + cohorts)),
            "count": codes.ravel(),
        },
    }


class Reduction:
    """Reduces replicates of one scenario.

    Parameters
    ----------
    scenario
        Of all replicates.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._sizes = np.array([cohort.robots for cohort in scenario.fleet])
        self._cohort = np.repeat(np.arange(len(self._sizes)), self._sizes)
        self._bundle = bundle_sizes(scenario)
        self._bounds = np.arange(1 + len(self._sizes))
        self._shares = np.array(make_links(scenario).group)[self._cohort] >= 0
        self._sharing = bool(self._shares.any())

    def row(self, replicate: int, columns: Columns, reachable: Sequence[bool] | Array, uses: list[Use]) -> Array:
        """Return all numbers of a replicate as one row of doubles, in which whole numbers are exact.

        Parameters
        ----------
        replicate, columns
            Its number and records.
        reachable
            Of each robot, whether it is online at some instant up to `observe`.
        uses
            Of the shared links, from `link_use`.
        """
        started = columns.robots
        cohort = self._cohort[started["index"]]
        converged = np.flatnonzero(started["converged"] >= 0.0)
        times = started["converged"][converged]
        bounds = np.searchsorted(cohort[converged], self._bounds).tolist()
        cohorts = self._cohorts(started, cohort, [times[first:last] for first, last in pairwise(bounds)])
        job = self._job(columns, np.asarray(reachable, np.bool_), times, started["index"][converged], uses, cohorts)
        return np.concatenate(
            [[replicate], _in_order_of_jobs(job), np.array(_in_order_of_cohorts(cohorts)).T.ravel(), self._codes(columns, cohort)]
        )

    def _cohorts(self, started: Mapping[str, Array], cohort: Array, times: list[Array]) -> dict[str, Array]:
        """Return the columns of `cohorts`.

        Parameters
        ----------
        started
            Columns of the robots that got a slot.
        cohort
            Of each of them.
        times
            When those of each cohort converged that did (s).
        """

        def count(which: Array) -> Array:
            return np.bincount(which, minlength=len(self._sizes))

        def total(name: str) -> Array:
            return np.bincount(cohort, started[name], minlength=len(self._sizes))

        exposed, succeeded = count(cohort), count(cohort[started["status"] == IN_SYNC])
        reach = np.array([_time_to_reach(own, robots) for own, robots in zip(times, self._sizes.tolist(), strict=True)])
        return {
            "robots": self._sizes,
            "succeeded": succeeded,
            "failed": exposed - succeeded,
            "not_started": self._sizes - exposed,
            "converged_late": np.array([len(own) for own in times]) - succeeded,
            **{f"time_to_reach_{share}_s": reach[:, place] for place, share in enumerate(REACH)},
            "robots_exposed": exposed,
            "bytes_sent": total("bytes"),
            "slot_s": total("slot"),
            "slot_offline_s": total("offline"),
            "downtime_s": total("downtime"),
        }

    def _job(
        self, columns: Columns, reachable: Array, times: Array, converged: Array, uses: list[Use], cohorts: dict[str, Array]
    ) -> dict[str, Any]:
        """Return the columns of `jobs`.

        Parameters
        ----------
        columns, reachable, uses
            As for `row`.
        times, converged
            When robots converged (s), and their indices.
        cohorts
            Columns of its cohorts.
        """
        job, started, flows = columns.job, columns.robots, columns.flows
        robots = len(self._cohort)

        def total(name: str) -> float:
            return math.fsum(cohorts[name].tolist())

        installed = cohorts["succeeded"] + cohorts["converged_late"]
        useful, sent = math.fsum((installed * self._bundle).tolist()), total("bytes_sent")
        bit_rate, downloads = peaks(flows, ~self._shares[flows["robot"]] if self._sharing else True, uses)
        in_reach = int(np.count_nonzero(reachable))
        fleet = _time_to_reach(times, robots)
        among_reachable = fleet if in_reach == robots else _time_to_reach(times[reachable[converged]], in_reach)
        return {
            "status": JOB_STATUSES.index(job.status),
            "failure_code": -1 if job.code is None else CODES.index(job.code),
            "release": job.release,
            "time_to_complete_s": job.ended_s,
            "robots": robots,
            "reachable": in_reach,
            **dict(zip(COUNTS, np.sum([cohorts[name] for name in COUNTS], axis=1), strict=True)),
            "breached_s": job.breached_s,
            "overshoot": job.overshoot,
            **{f"time_to_reach_{share}_s": t for share, t in zip(REACH, fleet, strict=True)},
            **{f"time_to_reach_{share}_reachable_s": t for share, t in zip(REACH, among_reachable, strict=True)},
            "peak_in_flight": job.peak,
            "peak_bit_rate_bit_per_s": 8.0 * bit_rate,
            "peak_downloads": downloads,
            **link_columns(uses, job.ended_s),
            "bytes_sent": sent,
            "bytes_useful": useful,
            "bytes_wasted": max(0.0, sent - useful),
            "slot_s": total("slot_s"),
            "slot_offline_s": total("slot_offline_s"),
            "downtime_s": total("downtime_s"),
            "left_down": started["left_down"].sum(),
            "stages_reached": job.stages,
        }

    def _codes(self, columns: Columns, cohort: Array) -> Array:
        """Count the codes of the job, then of each cohort's robots; every code has a place."""
        kinds, verdict = len(CODES), columns.robots["verdict"]
        failed = verdict >= 0
        counts = np.bincount(kinds * (1 + cohort[failed]) + verdict[failed], minlength=kinds * (1 + len(self._sizes)))
        if columns.job.code is not None:
            counts[CODES.index(columns.job.code)] = 1
        return counts


def _named(columns: tuple[Column, ...], rows: Array) -> dict[str, Array]:
    return {column.name: rows[:, place] for place, column in enumerate(columns)}


def _time_to_reach(times: Array, robots: int) -> list[float]:
    """Return, for each share of `REACH`, when so many of some robots (rounded up) have converged; NaN if they never do.

    Parameters
    ----------
    times
        When those converged that do (s).
    robots
        How many there are.

    Examples
    --------
    >>> _time_to_reach(np.array([3.0, 1.0, 2.0]), 4)
    [2.0, nan, nan, nan, nan]
    """
    ranks = [(share * robots + 99) // 100 for share in REACH]
    places = [rank - 1 for rank in ranks if 1 <= rank <= len(times)]
    found = iter(np.partition(times, places)[places].tolist() if places else [])
    return [next(found) if 1 <= rank <= len(times) else math.nan for rank in ranks]
