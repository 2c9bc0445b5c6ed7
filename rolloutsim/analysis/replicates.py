"""From rows of robots to one value a replicate: which rows belong together, sums over them, and the k-th smallest of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from rolloutsim.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["Replicates", "ResultTables", "category_numbers", "ratio"]


class ResultTables(Protocol):
    """Anything with the tables of `rolloutsim.simulation.tables.SCHEMA`; all but `jobs` may be None."""

    @property
    def jobs(self) -> pd.DataFrame:
        """One row a replicate."""

    @property
    def robots(self) -> pd.DataFrame | None:
        """One row a robot and replicate."""

    @property
    def steps(self) -> pd.DataFrame | None:
        """One row a phase of an attempt."""

    @property
    def timeline(self) -> pd.DataFrame | None:
        """Step functions of time."""

    @property
    def failure_codes(self) -> pd.DataFrame | None:
        """Counts of codes."""


class Replicates:
    """Tables seen replicate by replicate, in the order of `jobs`; rows of other replicates are ignored.

    Parameters
    ----------
    tables
        The result tables.

    Raises
    ------
    UsageError
        From the methods that need a table which is not there, or a cohort that the fleet has not.
    """

    def __init__(self, tables: ResultTables) -> None:
        self.tables = tables
        self.numbers: IntArray = tables.jobs["replicate"].to_numpy(dtype=np.int64)
        self._order = np.argsort(self.numbers, kind="stable")

    def __len__(self) -> int:
        return len(self.numbers)

    def positions(self, table: pd.DataFrame) -> IntArray:
        """Return for each row of a table the position of its replicate in `jobs`, or -1."""
        if not len(self):
            return np.full(len(table), -1, dtype=np.int64)
        number = table["replicate"].to_numpy(dtype=np.int64)
        found = self._order[np.minimum(np.searchsorted(self.numbers, number, sorter=self._order), len(self) - 1)]
        return np.where(self.numbers[found] == number, found, -1)

    def column(self, name: str) -> FloatArray:
        """Return a column of `jobs`."""
        return self.tables.jobs[name].to_numpy(dtype=float)

    def robots(self) -> pd.DataFrame:
        """Return the table of robots."""
        if self.tables.robots is None:
            raise UsageError("the table robots is not among these results; simulate again and keep it")
        return self.tables.robots

    def cohort(self, name: str | None) -> tuple[pd.DataFrame, IntArray]:
        """Return the rows of a cohort's robots (of all robots for None) and the positions of their replicates."""
        robots = self.robots()
        if name is not None:
            names = list(robots["cohort"].cat.categories)
            if name not in names:
                raise UsageError(f"the fleet has no cohort {name}; it has {', '.join(names) or 'none'}")
            robots = robots[category_numbers(robots["cohort"]) == names.index(name)]
        positions = self.positions(robots)
        return robots[positions >= 0], positions[positions >= 0]

    def sums(self, positions: IntArray, values: NDArray[np.generic] | None = None) -> FloatArray:
        """Add values up within each replicate, or count rows."""
        weights = None if values is None else values.astype(float)
        return np.bincount(positions, weights, minlength=len(self)).astype(float)

    def smallest(self, positions: IntArray, values: FloatArray, rank: IntArray) -> FloatArray:
        """Return the value of a rank (from 1; one rank a replicate) among those of each replicate; NaN if there are fewer."""
        known = ~np.isnan(values)
        positions, values = positions[known], values[known]
        ordered = np.append(values[np.lexsort((values, positions))], np.nan)
        counts = np.bincount(positions, minlength=len(self))
        there = (rank >= 1) & (rank <= counts)
        return ordered[np.where(there, np.cumsum(counts) - counts + rank - 1, len(values))]


def category_numbers(column: pd.Series[Any]) -> IntArray:
    """Return the positions of a column's values among its categories, -1 for missing ones."""
    return np.array(column.cat.codes, dtype=np.int64)


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Divide, with NaN where there is nothing to divide by."""
    there = whole > 0
    return np.array(np.where(there, part / np.where(there, whole, 1.0), np.nan), dtype=np.float64)
