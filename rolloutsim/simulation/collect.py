"""From the records of replicates to the tables of the schema."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from rolloutsim.errors import UsageError
from rolloutsim.simulation.links import make_links
from rolloutsim.simulation.log import Columns
from rolloutsim.simulation.reduction import Reduction
from rolloutsim.simulation.tables import DETAILS, SCHEMA, conform
from rolloutsim.simulation.timeline import timeline_columns
from rolloutsim.simulation.use import link_use
from rolloutsim.vocabulary import PHASES, ROBOT_STATUSES, STEP_OF_PHASE, STEPS

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.scenario import Scenario

    Array = np.ndarray[Any, Any]

__all__ = ["Collector", "Tables"]

PENDING = ROBOT_STATUSES.index("PendingNewDeployment")
STEP_CODES = np.array([STEPS.index(STEP_OF_PHASE[p]) if p in STEP_OF_PHASE else -1 for p in PHASES] + [-1])
INSTANTS = ("granted", "reached", "finished", "reported", "converged")


class Tables(NamedTuple):
    """The result tables; see `rolloutsim.simulation.tables.SCHEMA`."""

    jobs: pd.DataFrame
    cohorts: pd.DataFrame
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
    tables
        ``all``, or ``jobs``: the tables of `DETAILS` stay empty, and what is held does not grow with the fleet.

    Raises
    ------
    UsageError
        For other tables.
    """

    def __init__(self, scenario: Scenario, *, tables: Literal["all", "jobs"] = "all") -> None:
        if tables not in ("all", "jobs"):
            raise UsageError(f"unknown tables {tables!r}: they are 'all' or 'jobs'")
        self._cohorts = [cohort.name for cohort in scenario.fleet]
        self._cohort = np.repeat(np.arange(len(scenario.fleet)), [cohort.robots for cohort in scenario.fleet])
        self._sites = sorted({cohort.site for cohort in scenario.fleet if cohort.site is not None})
        self._site_of_cohort = np.array([-1 if c.site is None else self._sites.index(c.site) for c in scenario.fleet])
        self._links = make_links(scenario)
        self._site_of_group = [-1 if site is None else self._sites.index(site) for site in self._links.sites]
        self._reduction = Reduction(scenario)
        self._rows = array("d")
        self._detailed = tables == "all"
        self._details: dict[str, list[dict[str, Any]]] = {name: [] for name in DETAILS}

    def add(self, replicate: int, columns: Columns, reachable: Sequence[bool] | Array) -> None:
        """Take in the records of one replicate."""
        uses = link_use(columns.uses, self._links)
        if self._detailed:
            robots = self._robots(columns.robots)
            timeline = timeline_columns(columns, robots, self._cohort, len(self._cohorts), uses, self._site_of_group)
            for name, part in (("robots", robots), ("steps", _steps(columns.steps)), ("timeline", timeline)):
                self._details[name].append({"replicate": replicate, **part})
        # In one step, so that an interruption leaves all of it or nothing.
        self._rows.frombytes(self._reduction.row(replicate, columns, reachable, uses).tobytes())

    def tables(self) -> Tables:
        """Return the tables of all replicates taken in so far."""
        columns = self._reduction.columns(np.array(self._rows))
        found = {name: self._table(name, part) for name, part in columns.items()}
        for name, parts in self._details.items():
            found[name] = (
                self._table(name, _joined(name, parts)) if parts else _no_rows(name, tuple(self._cohorts), tuple(self._sites)).copy()
            )
        return Tables(**found)

    def _table(self, name: str, columns: dict[str, Any]) -> pd.DataFrame:
        return _table(name, columns, self._cohorts, self._sites)

    def _robots(self, started: Mapping[str, Array]) -> dict[str, Any]:
        """Return rows for all robots, also those that never started."""
        index = started["index"]

        def spread(values: Array, missing: float) -> Array:
            column = np.full(len(self._cohort), missing, values.dtype)
            column[index] = values
            return column

        instants = {f"{name}_s": spread(np.where(started[name] < 0, np.nan, started[name]), np.nan) for name in INSTANTS}
        phase = spread(started["seen"], -1)
        return {
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


def _table(name: str, columns: dict[str, Any], cohorts: Sequence[str], sites: Sequence[str]) -> pd.DataFrame:
    """Return a table from its columns, names of cohorts and sites as numbers."""
    import pandas as pd

    categories = {"cohort": cohorts, "site": sites}
    for column in SCHEMA[name]:
        if column.dtype == "category":
            columns[column.name] = columns[column.name].astype(np.int64)
        if column.name in categories:
            dtype = pd.CategoricalDtype(list(categories[column.name]))
            columns[column.name] = pd.Categorical.from_codes(columns[column.name], dtype=dtype)
    return conform(name, columns)


@lru_cache(maxsize=32)
def _no_rows(name: str, cohorts: tuple[str, ...], sites: tuple[str, ...]) -> pd.DataFrame:
    """Return a table without rows: making one takes as long as simulating some replicates."""
    return _table(name, _joined(name, []), cohorts, sites)


def _joined(name: str, parts: list[dict[str, Any]]) -> dict[str, Array]:
    """Put the rows of replicates one below the other."""
    columns = {c.name: np.concatenate([part[c.name] for part in parts]) if parts else np.array([]) for c in SCHEMA[name][1:]}
    lengths = [len(next(value for key, value in part.items() if key != "replicate")) for part in parts]
    return {"replicate": np.repeat(np.array([part["replicate"] for part in parts], np.int64), lengths), **columns}


def _steps(steps: dict[str, Array]) -> dict[str, Array]:
    return {
        "robot": steps["robot"],
        "attempt": steps["attempt"],
        "phase": steps["phase"],
        "step": STEP_CODES[steps["phase"]],
        "started_s": steps["started"],
        "ended_s": steps["ended"],
        "failure_code": steps["code"],
    }
