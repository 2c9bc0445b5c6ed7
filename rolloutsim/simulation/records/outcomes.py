"""What is kept of replicates, small enough to travel between processes, and the tables that are made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.simulation.records.data_frames import conform
from rolloutsim.simulation.records.groups import FleetGroups
from rolloutsim.simulation.records.reduction import columns_of
from rolloutsim.simulation.records.tables import SCHEMA

if TYPE_CHECKING:
    import pandas as pd

    Array = np.ndarray[Any, Any]

__all__ = ["Crash", "Outcomes", "Tables", "join_outcomes"]


class Tables(NamedTuple):
    """The result tables, None where one was not kept or the fleet has no such groups; see `rolloutsim.simulation.records.tables.SCHEMA`."""

    jobs: pd.DataFrame
    cohorts: pd.DataFrame
    failure_codes: pd.DataFrame
    robots: pd.DataFrame | None = None
    steps: pd.DataFrame | None = None
    timeline: pd.DataFrame | None = None
    link_use: pd.DataFrame | None = None
    slot_time: pd.DataFrame | None = None
    sites: pd.DataFrame | None = None
    classes: pd.DataFrame | None = None

    def one(self, replicate: int) -> Tables:
        """Return the rows of one replicate."""
        kept = {name: table for name, table in self._asdict().items() if table is not None}
        return Tables(**{name: table[(table["replicate"] == replicate).to_numpy()] for name, table in kept.items()})


class Crash(NamedTuple):
    """A replicate that could not be simulated to its end.

    Attributes
    ----------
    stage
        Where it crashed: ``simulation``, or ``worker`` if the process that simulated it died.
    """

    replicate: int
    type: str
    message: str
    traceback: str
    stage: str = "simulation"


class Outcomes(NamedTuple):
    """What some replicates of a scenario have come to: the unit that workers return and that folders keep.

    Attributes
    ----------
    fleet
        The cohorts, and which of them belong together.
    numbers, codes
        One row each per replicate that was simulated to its end, of `Reduction.row`: how often each code occurs is apart, because it
        becomes a column of a table as it is.
    details
        Columns of those tables of `DETAILS` that are kept, by name.
    crashes
        The other replicates.
    names
        Names of robots, by number, if the fleet lists some.
    """

    fleet: FleetGroups
    numbers: Array
    codes: Array
    details: dict[str, dict[str, Array]]
    crashes: tuple[Crash, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many replicates these are, with those that crashed."""
        return len(self.numbers) + len(self.crashes)

    @property
    def replicates(self) -> Array:
        """The numbers of the replicates that were simulated to their end."""
        return self.numbers[:, 0].astype(np.int64)

    @property
    def reduced(self) -> Outcomes:
        """The same without the tables of `DETAILS`."""
        return self._replace(details={})

    def columns(self) -> dict[str, dict[str, Array]]:
        """Return the columns of the tables that are not of `DETAILS`; names are numbers, -1 if missing."""
        return columns_of(self.numbers, self.codes, self.fleet)

    def tables(self) -> Tables:
        """Return the tables that are kept."""
        import pandas as pd

        columns = self.columns() | {name: dict(kept) for name, kept in self.details.items()}
        names = {**self.fleet.categories, "name": self.names}
        categories = {name: pd.CategoricalDtype(pd.Index(own, dtype="str")) for name, own in names.items()}
        return Tables(**{name: _table(name, own, categories) for name, own in columns.items()})


def join_outcomes(parts: Sequence[Outcomes]) -> Outcomes:
    """Return outcomes of one scenario as one, in the order given."""
    crashes = tuple(crash for part in parts for crash in part.crashes)
    first, *others = parts = [part for part in parts if len(part.numbers)] or parts[:1]
    if not others:
        return first._replace(crashes=crashes)
    details = {
        name: {column: np.concatenate([part.details[name][column] for part in parts]) for column in columns}
        for name, columns in first.details.items()
    }
    numbers, codes = (np.concatenate(rows) for rows in zip(*((part.numbers, part.codes) for part in parts), strict=True))
    return first._replace(numbers=numbers, codes=codes, details=details, crashes=crashes)


def _table(name: str, columns: dict[str, Any], categories: Mapping[str, pd.CategoricalDtype]) -> pd.DataFrame:
    """Return a table from its columns, of which those of names hold numbers."""
    import pandas as pd

    for column in SCHEMA[name]:
        if column.name not in columns:
            continue
        if column.dtype == "category" and columns[column.name].dtype.kind != "i":
            columns[column.name] = columns[column.name].astype(np.int32)
        if column.name in categories:
            columns[column.name] = pd.Categorical.from_codes(columns[column.name], dtype=categories[column.name])
    return conform(name, columns)
