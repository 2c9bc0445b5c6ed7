"""What is kept of replicates, small enough to travel between processes, and the tables that are made of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.simulation.reduction import columns_of
from rolloutsim.simulation.tables import DETAILS, SCHEMA, conform

if TYPE_CHECKING:
    import pandas as pd

    Array = np.ndarray[Any, Any]

__all__ = ["Outcomes", "Tables", "join_outcomes"]


class Tables(NamedTuple):
    """The result tables; see `rolloutsim.simulation.tables.SCHEMA`."""

    jobs: pd.DataFrame
    cohorts: pd.DataFrame
    robots: pd.DataFrame
    steps: pd.DataFrame
    timeline: pd.DataFrame
    failure_codes: pd.DataFrame


class Outcomes(NamedTuple):
    """What has come of some replicates of a scenario.

    Attributes
    ----------
    cohorts, sites
        Names, by number.
    numbers
        One row a replicate; see `Reduction.row`.
    details
        Columns of the tables of `DETAILS`, by name; empty if these are not kept.
    """

    cohorts: tuple[str, ...]
    sites: tuple[str, ...]
    numbers: Array
    details: dict[str, dict[str, Array]]

    @property
    def replicates(self) -> Array:
        """Their numbers."""
        return self.numbers[:, 0].astype(np.int64)

    def columns(self) -> dict[str, dict[str, Array]]:
        """Return the columns of `jobs`, `cohorts` and `failure_codes`; names are numbers, -1 if missing."""
        return columns_of(self.numbers, len(self.cohorts))

    def tables(self) -> Tables:
        """Return the tables; those that are not kept have no rows."""
        found = {name: _table(name, columns, self.cohorts, self.sites) for name, columns in self.columns().items()}
        for name in DETAILS:
            if name in self.details:
                found[name] = _table(name, dict(self.details[name]), self.cohorts, self.sites)
            else:
                found[name] = _no_rows(name, self.cohorts, self.sites).copy()
        return Tables(**found)


def join_outcomes(parts: Sequence[Outcomes]) -> Outcomes:
    """Return outcomes of one scenario as one, in the order given."""
    first, *others = parts = [part for part in parts if len(part.numbers)] or parts[:1]
    if not others:
        return first
    details = {
        name: {column: np.concatenate([part.details[name][column] for part in parts]) for column in columns}
        for name, columns in first.details.items()
    }
    return first._replace(numbers=np.concatenate([part.numbers for part in parts]), details=details)


def _table(name: str, columns: dict[str, Any], cohorts: tuple[str, ...], sites: tuple[str, ...]) -> pd.DataFrame:
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
    return _table(name, {column.name: np.array([]) for column in SCHEMA[name]}, cohorts, sites)
