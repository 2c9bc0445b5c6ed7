"""From the records of replicates to what is kept of them."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.scenario.systems.statuses import native_of_robots
from rolloutsim.simulation.fairshare.shared_links import make_links
from rolloutsim.simulation.records.groups import FleetGroups
from rolloutsim.simulation.records.link_usage import link_use
from rolloutsim.simulation.records.log import Columns
from rolloutsim.simulation.records.outcomes import Outcomes, Tables
from rolloutsim.simulation.records.reduction import Reduction, row_width, without_codes
from rolloutsim.simulation.records.regressions import with_regressions
from rolloutsim.simulation.records.slot_time import slot_times
from rolloutsim.simulation.records.tables import DETAILS, KEPT, SCHEMA, Keep
from rolloutsim.simulation.records.timeline import bit_rates, link_use_columns, timeline_columns
from rolloutsim.vocabulary import PHASES, ROBOT_STATUSES, STEP_OF_PHASE, STEPS

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

    Array = np.ndarray[Any, Any]

__all__ = ["Recorder"]

PENDING = ROBOT_STATUSES.index("PendingNewDeployment")
STEP_CODES = np.array([STEPS.index(STEP_OF_PHASE[p]) if p in STEP_OF_PHASE else -1 for p in PHASES] + [-1])
INSTANTS = ("granted", "reached", "finished", "reported", "converged", "regressed")


class Recorder:
    """Takes in one replicate after the other and keeps the rows of its tables.

    Parameters
    ----------
    scenario
        Of all replicates.
    keep
        Which tables to keep; what is held grows with the fleet for ``all`` only.
    record
        Replicates of which `timeline` has the exact bit rates too.
    engine
        ``compiled``: replicates are reduced by machine code, to the same numbers.
    """

    def __init__(self, scenario: Scenario, *, keep: Keep = "all", record: Collection[int] = (0,), engine: str = "simpy") -> None:
        self._record = frozenset(record)
        self._fleet = FleetGroups.of(scenario)
        self._cohort = np.repeat(np.arange(len(scenario.fleet)), [cohort.robots for cohort in scenario.fleet])
        self._site_of_cohort = np.array(self._fleet.sites.of_cohort)
        self._names, self._name = _named(scenario)
        self._links = make_links(scenario)
        self._site_of_group = [-1 if site is None else self._fleet.sites.names.index(site) for site in self._links.sites]
        self._reduction = Reduction(scenario, engine)
        self._observe = scenario.rules.observe if scenario.fails_after_success else None
        self._rows = array("d")
        self._width = row_width(self._fleet)
        self._details: dict[str, list[dict[str, Array]]] = {name: [] for name in DETAILS if name in KEPT[keep]}

    def add(self, replicate: int, columns: Columns, reachable: Sequence[bool] | Array) -> None:
        """Take in the records of one replicate: all of it, or nothing if it is interrupted."""
        if self._observe is not None:
            columns = with_regressions(columns, self._observe)
        for name, part in self._detail(replicate, columns).items():
            self._details[name][len(self._rows) // self._width :] = [_narrow(part)]  # in place of what an interrupted one has left
        self._rows.frombytes(self._reduction.row(replicate, columns, reachable).tobytes())

    def _detail(self, replicate: int, columns: Columns) -> dict[str, dict[str, Array]]:
        """Return the columns of those tables of `DETAILS` that are kept."""
        found = {}
        if "slot_time" in self._details:
            found["slot_time"] = slot_times(columns)
        if "robots" in self._details:
            cohorts = len(self._fleet.cohorts)
            robots = self._robots({**columns.robots, "regressed": columns.regressed})
            rates = bit_rates(columns, self._cohort, cohorts, link_use(columns.uses, self._links), self._site_of_group)
            recorded = rates if replicate in self._record else []
            found |= {
                "robots": robots,
                "steps": _steps(columns.steps),
                "timeline": timeline_columns(columns, robots, self._cohort, cohorts, recorded),
                "link_use": link_use_columns(rates, columns.job.ended_s),
            }
        return found

    def outcomes(self) -> Outcomes:
        """Return what is kept of all replicates taken in so far."""
        numbers, codes = without_codes(np.array(self._rows).reshape(-1, self._width), self._fleet)
        replicates, count = numbers[:, 0].astype(np.int64), len(numbers)
        details = {name: _joined(name, parts[:count], replicates) for name, parts in self._details.items()}
        return Outcomes(self._fleet, numbers, codes, details, names=self._names)

    def tables(self) -> Tables:
        """Return the tables of all replicates taken in so far."""
        return self.outcomes().tables()

    def _robots(self, started: Mapping[str, Array]) -> dict[str, Any]:
        """Return rows for all robots, also those that never started."""
        index = started["index"]

        def spread(values: Array, missing: float) -> Array:
            column = np.full(len(self._cohort), missing, values.dtype)
            column[index] = values
            return column

        instants = {f"{name}_s": spread(np.where(started[name] < 0, np.nan, started[name]), np.nan) for name in INSTANTS}
        phase = spread(started["seen"], -1)
        status, code, ended_by = spread(started["status"], PENDING), spread(started["verdict"], -1), spread(started["ended_by"], -1)
        return {
            "robot": np.arange(len(self._cohort)),
            "cohort": self._cohort,
            "site": self._site_of_cohort[self._cohort],
            **({"name": self._name} if self._names else {}),
            "status": status,
            "failure_code": code,
            "native_status": native_of_robots(self._fleet.system, status, code, ended_by),
            "ended_by": ended_by,
            "phase": phase,
            "step": STEP_CODES[phase],
            **instants,
            "attempts": spread(started["attempt"] + 1, 0),
            "bytes": spread(started["bytes"], 0.0),
            "slot_s": spread(started["slot"], 0.0),
            "offline_s": spread(started["offline"], 0.0),
            "downtime_s": spread(started["downtime"], 0.0),
        }


def _named(scenario: Scenario) -> tuple[tuple[str, ...], Array]:
    """Return the names of robots, and for each robot the number of its name, -1 without one."""
    names = dict.fromkeys(name for cohort in scenario.fleet for name in cohort.names)
    numbers = {name: number for number, name in enumerate(names)}
    listed = [[numbers[name] for name in cohort.names] or [-1] * cohort.robots for cohort in scenario.fleet if names]
    return tuple(names), np.array([number for part in listed for number in part], np.int32)


def _narrow(columns: Mapping[str, Array]) -> dict[str, Array]:
    """Return columns with whole numbers in as few bytes as they need: eight for each code of a category would be most of the memory."""
    return {
        name: values.astype(np.int8 if values.max(initial=0) < 128 else np.int32) if values.dtype.kind == "i" else values
        for name, values in columns.items()
    }


def _joined(name: str, parts: list[dict[str, Array]], replicates: Array) -> dict[str, Array]:
    """Put the rows of replicates one below the other."""
    if not parts:
        return {column.name: np.array([]) for column in SCHEMA[name] if not column.optional}
    lengths = [len(next(iter(part.values()))) for part in parts]
    return {"replicate": replicates.repeat(lengths), **{name: np.concatenate([part[name] for part in parts]) for name in parts[0]}}


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
