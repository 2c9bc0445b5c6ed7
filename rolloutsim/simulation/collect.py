"""From the records of replicates to the tables of the schema."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.simulation.links import make_links
from rolloutsim.simulation.log import Columns
from rolloutsim.simulation.plan import bundle_sizes
from rolloutsim.simulation.tables import REACH, conform
from rolloutsim.simulation.timeline import peak, timeline_columns
from rolloutsim.simulation.use import Use, link_columns, link_use, most_downloads
from rolloutsim.vocabulary import CODES, JOB_STATUSES, PHASES, ROBOT_STATUSES, STEP_OF_PHASE, STEPS

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.scenario import Scenario

    Array = np.ndarray[Any, Any]

__all__ = ["Collector", "Tables"]

PENDING = ROBOT_STATUSES.index("PendingNewDeployment")
IN_SYNC = ROBOT_STATUSES.index("InSync")
STEP_CODES = np.array([STEPS.index(STEP_OF_PHASE[p]) if p in STEP_OF_PHASE else -1 for p in PHASES] + [-1])
INSTANTS = ("granted", "reached", "finished", "reported", "converged")


class Tables(NamedTuple):
    """The result tables; see `rolloutsim.simulation.tables.SCHEMA`."""

    jobs: pd.DataFrame
    robots: pd.DataFrame
    steps: pd.DataFrame
    timeline: pd.DataFrame
    failure_codes: pd.DataFrame


class Collector:
    """Takes in one replicate after the other and makes tables of them.

    Parameters
    ----------
    scenario
        Of all replicates.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._cohorts = [cohort.name for cohort in scenario.fleet]
        self._cohort = np.repeat(np.arange(len(scenario.fleet)), [cohort.robots for cohort in scenario.fleet])
        self._sites = sorted({cohort.site for cohort in scenario.fleet if cohort.site is not None})
        self._site_of_cohort = np.array([-1 if c.site is None else self._sites.index(c.site) for c in scenario.fleet])
        self._links = make_links(scenario)
        self._shares = np.array(self._links.group)[self._cohort] >= 0
        self._site_of_group = [-1 if site is None else self._sites.index(site) for site in self._links.sites]
        self._sizes = bundle_sizes(scenario)[self._cohort]
        self._parts: dict[str, list[dict[str, Any]]] = {name: [] for name in ("jobs", "robots", "steps", "timeline", "failure_codes")}

    def add(self, replicate: int, columns: Columns, reachable: Sequence[bool] | Array) -> None:
        """Take in the records of one replicate."""
        robots = self._robots(replicate, columns.robots)
        uses = link_use(columns.uses, self._links)
        self._parts["robots"].append(robots)
        self._parts["jobs"].append(self._job(replicate, columns, robots, np.asarray(reachable, np.bool_), uses))
        self._parts["steps"].append(_steps(replicate, columns.steps))
        timeline = timeline_columns(columns, robots, self._cohort, len(self._cohorts), uses, self._site_of_group)
        self._parts["timeline"].append({"replicate": replicate, **timeline})
        self._parts["failure_codes"].append(self._codes(replicate, columns, robots))

    def tables(self) -> Tables:
        """Return the tables of all replicates taken in so far."""
        return Tables(**{name: self._table(name, parts) for name, parts in self._parts.items()})

    def _table(self, name: str, parts: list[dict[str, Any]]) -> pd.DataFrame:
        import pandas as pd

        from rolloutsim.simulation.tables import SCHEMA

        categories = {"cohort": self._cohorts, "site": self._sites}
        columns: dict[str, Any] = {}
        lengths = [next(np.size(v) for key, v in part.items() if key != "replicate") for part in parts]
        for column in SCHEMA[name]:
            values: Any
            if column.name == "replicate":
                values = np.repeat(np.array([part["replicate"] for part in parts], np.int64), lengths)
            else:
                values = np.concatenate([np.atleast_1d(part[column.name]) for part in parts]) if parts else np.array([])
            if column.name in categories:
                values = pd.Categorical.from_codes(values.astype(np.int64), dtype=pd.CategoricalDtype(categories[column.name]))
            elif column.dtype == "category":
                values = values.astype(np.int64)
            columns[column.name] = values
        return conform(name, columns)

    def _robots(self, replicate: int, started: dict[str, Array]) -> dict[str, Any]:
        """Return rows for all robots, also those that never started."""
        index = started["index"]

        def spread(values: Array, missing: float) -> Array:
            column = np.full(len(self._cohort), missing, values.dtype)
            column[index] = values
            return column

        instants = {f"{name}_s": spread(np.where(started[name] < 0, np.nan, started[name]), np.nan) for name in INSTANTS}
        phase = spread(started["seen"], -1)
        return {
            "replicate": replicate,
            "robot": np.arange(len(self._cohort)),
            "cohort": self._cohort,
            "site": self._site_of_cohort[self._cohort],
            "status": spread(started["status"], PENDING),
            "failure_code": spread(started["verdict"], -1),
            "ended_by": spread(started["ended_by"], -1),
            "phase": phase,
            "step": STEP_CODES[phase],
            **instants,
            "attempts": spread(started["attempt"] + 1, 0),
            "bytes": spread(started["bytes"], 0.0),
            "slot_s": spread(started["slot"], 0.0),
            "offline_s": spread(started["offline"], 0.0),
            "downtime_s": spread(started["downtime"], 0.0),
        }

    def _job(self, replicate: int, columns: Columns, robots: dict[str, Any], reachable: Array, uses: list[Use]) -> dict[str, Any]:
        job, converged = columns.job, robots["converged_s"]
        succeeded = robots["status"] == IN_SYNC
        started = ~np.isnan(robots["granted_s"])
        useful = float(self._sizes[~np.isnan(converged)].sum())
        sent = float(robots["bytes"].sum())
        fleet, among_reachable = _order_statistics(converged), _order_statistics(converged[reachable])
        return {
            "replicate": replicate,
            "status": JOB_STATUSES.index(job.status),
            "failure_code": -1 if job.code is None else CODES.index(job.code),
            "release": job.release,
            "time_to_complete_s": job.ended_s,
            "robots": len(converged),
            "reachable": int(reachable.sum()),
            "succeeded": int(succeeded.sum()),
            "failed": int((started & ~succeeded).sum()),
            "not_started": int((~started).sum()),
            "converged_late": int((~np.isnan(converged) & ~succeeded).sum()),
            "breached_s": job.breached_s,
            "overshoot": job.overshoot,
            **{f"time_to_reach_{share}_s": t for share, t in fleet.items()},
            **{f"time_to_reach_{share}_reachable_s": t for share, t in among_reachable.items()},
            "peak_in_flight": job.peak,
            "peak_bit_rate_bit_per_s": 8.0 * peak(columns.flows, ~self._shares[columns.flows["robot"]], uses),
            "peak_downloads": most_downloads(columns.flows),
            **link_columns(uses, job.ended_s),
            "bytes_sent": sent,
            "bytes_useful": useful,
            "bytes_wasted": max(0.0, sent - useful),
            "slot_s": float(robots["slot_s"].sum()),
            "slot_offline_s": float(robots["offline_s"].sum()),
            "downtime_s": float(robots["downtime_s"].sum()),
            "left_down": int(columns.robots["left_down"].sum()),
            "stages_reached": job.stages,
            "robots_exposed": int(started.sum()),
        }

    def _codes(self, replicate: int, columns: Columns, robots: dict[str, Any]) -> dict[str, Any]:
        """Count the codes of the job and of each cohort's robots; every code has a row."""
        kinds = len(CODES)
        of_job = np.zeros(kinds, np.int64)
        if columns.job.code is not None:
            of_job[CODES.index(columns.job.code)] = 1
        failed = robots["failure_code"] >= 0
        slots = self._cohort[failed] * kinds + robots["failure_code"][failed]
        of_robots = np.bincount(slots, minlength=kinds * len(self._cohorts))
        return {
            "replicate": replicate,
            "level": np.repeat([0, 1], [kinds, len(of_robots)]),
            "cohort": np.repeat(np.arange(-1, len(self._cohorts)), kinds),
            "code": np.tile(np.arange(kinds), len(self._cohorts) + 1),
            "count": np.concatenate([of_job, of_robots]),
        }


def _order_statistics(converged: Array) -> dict[int, float]:
    """Return, for each share of `REACH`, when so many robots (rounded up) have converged; NaN if they never do."""
    times = np.sort(converged)  # NaN last
    return {share: float(times[(share * len(times) + 99) // 100 - 1]) if len(times) else math.nan for share in REACH}


def _steps(replicate: int, steps: dict[str, Array]) -> dict[str, Any]:
    return {
        "replicate": replicate,
        "robot": steps["robot"],
        "attempt": steps["attempt"],
        "phase": steps["phase"],
        "step": STEP_CODES[steps["phase"]],
        "started_s": steps["started"],
        "ended_s": steps["ended"],
        "failure_code": steps["code"],
    }
