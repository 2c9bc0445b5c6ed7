"""Both engines side by side: where their tables differ, if they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.replicate import Replicator

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.scenario import Scenario


class Difference(NamedTuple):
    """The first place of a table in which the engines do not agree.

    Attributes
    ----------
    replicate, table
        Of which replicate, in which table.
    row, column
        Number of the row within the replicate, or -1 if the tables have not as many rows; name of the column.
    simpy, compiled
        What is there, or how many rows there are.
    """

    replicate: int
    table: str
    row: int
    column: str
    simpy: Any
    compiled: Any

    def to_json(self) -> dict[str, Any]:
        """Return a dict for JSON, with the values as text: JSON has neither NaN nor all digits."""
        return self._asdict() | {"simpy": repr(self.simpy), "compiled": repr(self.compiled)}

    def __str__(self) -> str:
        where = f"replicate {self.replicate}, table {self.table}, "
        where += f"row {self.row}, column {self.column}" if self.row >= 0 else "number of rows"
        return f"{where}: simpy {self.simpy!r}, compiled {self.compiled!r}"


def verify(scenario: Scenario, seed: int, replicates: range) -> Iterator[Difference | None]:
    """Run replicates by both engines and yield for each the first difference between their tables, None if there is none.

    Every column of every table is compared, numbers to the last bit.
    """
    simpy, compiled = (Replicator(scenario, seed, engine=engine) for engine in ("simpy", "compiled"))
    for replicate in replicates:
        yield first_difference(replicate, _tables(scenario, simpy, replicate), _tables(scenario, compiled, replicate))


def _tables(scenario: Scenario, replicator: Replicator, replicate: int) -> Tables:
    collector = Recorder(scenario, record=[replicate], engine=replicator.engine)
    collector.add(replicate, *replicator.run(replicate))
    return collector.tables()


def first_difference(replicate: int, expected: Tables, found: Tables) -> Difference | None:
    """Return where the tables of a replicate differ first, in the order of the tables and of their columns."""
    for name in expected._fields:
        left, right = getattr(expected, name), getattr(found, name)
        if left is None:
            continue
        if len(left) != len(right):
            return Difference(replicate, name, -1, "", len(left), len(right))
        for column in left:
            row = _first_row(left[column], right[column])
            if row >= 0:
                return Difference(replicate, name, row, column, left[column].iloc[row], right[column].iloc[row])
    return None


def _first_row(expected: pd.Series[Any], found: pd.Series[Any]) -> int:
    """Return the first row in which two columns differ, -1 if none does; missing values are equal, 0.0 and -0.0 are not."""
    import numpy as np

    if expected.dtype == "category":
        left, right = (column.cat.codes.to_numpy() for column in (expected, found))
    elif expected.dtype == np.float64:
        left, right = (np.where(np.isnan(values), np.nan, values).view(np.int64) for values in (expected.to_numpy(), found.to_numpy()))
    else:
        left, right = expected.to_numpy(), found.to_numpy()
    different = np.flatnonzero(left != right)
    return int(different[0]) if len(different) else -1
