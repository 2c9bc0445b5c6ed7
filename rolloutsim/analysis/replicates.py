"""From rows of tables to one value per replicate: which rows belong together, and sums over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from rolloutsim.analysis.groups import GROUP_TABLES, no_such_group
from rolloutsim.errors import UsageError
from rolloutsim.simulation.records.tables import GROUPS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from rolloutsim.analysis.groups import Group

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = [
    "Replicates",
    "ResultTables",
    "category_numbers",
    "first_replicate",
    "is_kept",
    "median_replicate",
    "no_groups",
    "not_kept",
    "ratio",
]


class ResultTables(Protocol):
    """Anything with the tables of `rolloutsim.simulation.records.tables.SCHEMA`; all but `jobs` may be None."""

    @property
    def jobs(self) -> pd.DataFrame:
        """One row per replicate."""

    @property
    def cohorts(self) -> pd.DataFrame | None:
        """One row per cohort and replicate."""

    @property
    def sites(self) -> pd.DataFrame | None:
        """One row per site and replicate."""

    @property
    def classes(self) -> pd.DataFrame | None:
        """One row per class and replicate."""

    @property
    def robots(self) -> pd.DataFrame | None:
        """One row per robot and replicate."""

    @property
    def steps(self) -> pd.DataFrame | None:
        """One row a phase of an attempt."""

    @property
    def timeline(self) -> pd.DataFrame | None:
        """Step functions of time."""

    @property
    def link_use(self) -> pd.DataFrame | None:
        """Bytes and peaks of bit rates in cells of time."""

    @property
    def slot_time(self) -> pd.DataFrame | None:
        """Time for which slots were held, by phase."""

    @property
    def failure_codes(self) -> pd.DataFrame | None:
        """Counts of codes."""


def is_kept(tables: ResultTables, name: str) -> bool:
    """Return whether a table was kept, without reading it."""
    known: Callable[[str], bool] | None = getattr(tables, "is_kept", None)
    return getattr(tables, name, None) is not None if known is None else known(name)


def not_kept(name: str) -> UsageError:
    """Return the error for a table that was not kept."""
    return UsageError(
        f"the table {name} is not among these results: it was not kept. rolloutsim run --out DIR writes all tables, and Results.load(DIR) "
        'reads them; in Python simulate(…, keep="all") keeps them in memory, and fewer replicates need less of it'
    )


def no_groups(name: str) -> UsageError:
    """Return the error for a table of groups that a fleet does not have."""
    return UsageError(f"the fleet has no {name}: no cohort has {'a site' if name == 'sites' else 'a class'}")


def first_replicate(tables: ResultTables) -> int:
    """Return the number of the first replicate of tables; 0 if they are empty."""
    numbers = tables.jobs["replicate"]
    return int(numbers.min()) if len(numbers) else 0


def median_replicate(tables: ResultTables) -> int:
    """Return the replicate whose job takes the median time: of two in the middle the faster one, of equal ones the first.

    Raises
    ------
    UsageError
        If the tables are empty.
    """
    jobs = tables.jobs
    if not len(jobs):
        raise UsageError("there are no replicates: simulate some")
    order = np.lexsort((jobs["replicate"], jobs["time_to_complete_s"]))
    return int(jobs["replicate"].iloc[order[(len(order) - 1) // 2]])


class Replicates:
    """Tables seen replicate by replicate, in the order of `jobs`; rows of other replicates are ignored.

    Parameters
    ----------
    tables
        The result tables.

    Raises
    ------
    UsageError
        From the methods that need a table which is not there, or a group that the fleet has not.
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
        """Return a column of `jobs`.

        Raises
        ------
        UsageError
            If it is `sites_bad`, and the scenario has no `release.bad.sites`.
        """
        if name not in self.tables.jobs:
            raise UsageError(f"{name} is not known: the scenario has no release.bad.sites")
        return self.tables.jobs[name].to_numpy(dtype=float)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table.

        Raises
        ------
        UsageError
            If it was not kept.
        """
        table: pd.DataFrame | None = getattr(self.tables, name)
        if table is None:
            raise not_kept(name)
        return table

    def pieces(self, *names: str) -> Iterator[tuple[pd.DataFrame, ...]]:
        """Yield tables in pieces, each with all rows of the same replicates: of results in a folder a few at a time, else all at once.

        Raises
        ------
        UsageError
            If one of them was not kept.
        """
        for name in names:
            if not is_kept(self.tables, name):
                raise not_kept(name)
        read: Callable[..., Iterator[tuple[pd.DataFrame, ...]]] | None = getattr(self.tables, "pieces", None)
        if read is None:
            yield tuple(self.table(name) for name in names)
        else:
            yield from read(*names)

    def of_group(self, rows: pd.DataFrame, group: Group | None) -> tuple[pd.DataFrame, IntArray]:
        """Return those rows of a table that belong to a group (all for None), and the positions of their replicates.

        Raises
        ------
        UsageError
            If the fleet has no such group.
        """
        if group is not None:
            label = rows[group.kind] if group.kind in rows else self._label(rows, group)
            names = list(label.cat.categories)
            if group.name not in names:
                raise UsageError(no_such_group(group, {group.kind: names}))
            rows = rows[category_numbers(label) == names.index(group.name)]
        positions = self.positions(rows)
        return rows[positions >= 0], positions[positions >= 0]

    def _label(self, rows: pd.DataFrame, group: Group) -> pd.Series[Any]:
        """Return the group of each row of a table that names its cohort."""
        cohorts = self.table("cohorts")
        if group.kind not in cohorts:
            raise UsageError(no_such_group(group, {}))
        labels = cohorts.drop_duplicates("cohort").set_index("cohort")[group.kind]
        return rows["cohort"].astype(object).map(labels).astype(labels.dtype)

    def group_column(self, group: Group, name: str) -> FloatArray:
        """Return a column of `cohorts`, `sites` or `classes` for one of these groups.

        Raises
        ------
        UsageError
            If the fleet has no such group.
        """
        rows, positions = self._rows_of(group)
        values = np.full(len(self), np.nan)
        values[positions] = rows[name].to_numpy(dtype=float)
        return values

    def _rows_of(self, group: Group) -> tuple[pd.DataFrame, IntArray]:
        """Return the rows of a group in its table, and the positions of their replicates."""
        table = GROUP_TABLES[group.kind]
        if table in GROUPS and getattr(self.tables, table, None) is None:
            raise UsageError(no_such_group(group, {}))
        return self.of_group(self.table(table), group)

    def releases(self, group: Group | None) -> NDArray[np.object_]:
        """Return which release each replicate drew; of a site, the release there."""
        found = self.tables.jobs["release"].to_numpy(dtype=object)
        if group is not None and group.kind == "site":
            rows, positions = self._rows_of(group)
            if "release" in rows:
                found = np.full(len(self), None, dtype=object)
                found[positions] = rows["release"].to_numpy(dtype=object)
        return found

    def sums(self, positions: IntArray, values: NDArray[np.generic] | None = None) -> FloatArray:
        """Add values up within each replicate, or count rows."""
        weights = None if values is None else values.astype(float)
        return np.bincount(positions, weights, minlength=len(self)).astype(float)


def category_numbers(column: pd.Series[Any]) -> IntArray:
    """Return the positions of a column's values among its categories, -1 for missing ones."""
    return np.array(column.cat.codes, dtype=np.int64)


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Divide, with NaN where there is nothing to divide by."""
    there = whole > 0
    return np.array(np.where(there, part / np.where(there, whole, 1.0), np.nan), dtype=np.float64)
