"""Result tables as data frames: made from columns, restored after reading, and validated against the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from rolloutsim.simulation.records.tables import SCHEMA

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["conform", "restore", "validate"]


def conform(name: str, columns: dict[str, Any]) -> pd.DataFrame:
    """Build a table of the schema from its columns.

    Parameters
    ----------
    name
        Key of `SCHEMA`.
    columns
        One array-like per column; category columns as `pandas.Categorical` or as integer codes into the schema's categories (-1 = missing).

    Raises
    ------
    ValueError
        If columns are missing, unknown or of another kind; the message lists all.
    """
    import numpy as np
    import pandas as pd

    frame: dict[str, Any] = {}
    for column in SCHEMA[name]:
        if column.name not in columns:
            continue
        values = columns[column.name]
        if column.dtype == "category":
            if not isinstance(values, pd.Categorical):
                values = pd.Categorical.from_codes(values, dtype=_category(column.categories or ()))
            frame[column.name] = values
        elif isinstance(values, np.ndarray) and values.dtype == column.dtype:
            frame[column.name] = values.copy()  # of the frame's own, as the columns below
        else:
            # Arrays, because series would be aligned with each other one by one; a part of another array would keep all of that.
            whole = getattr(values, "base", None)
            is_part = whole is not None and whole.nbytes > values.nbytes
            frame[column.name] = pd.Series(values, dtype=column.dtype, copy=is_part).array
    table = pd.DataFrame(frame, copy=False)
    unknown = {key: 0 for key in columns if key not in frame}
    validate(name, table.assign(**unknown) if unknown else table)
    return restore(name, table)


@cache
def _category(categories: tuple[str, ...]) -> Any:
    import pandas as pd

    return pd.CategoricalDtype(list(categories))


def restore(name: str, table: pd.DataFrame, names: Mapping[str, Sequence[str]] | None = None) -> pd.DataFrame:
    """Return a table with the categories that Parquet forgets where a column has no values.

    Parameters
    ----------
    name, table
        Key of `SCHEMA`, and the table as it was read.
    names
        The categories of columns of which the schema knows none (`cohort`, `site`, `class`, `name`).
    """
    import pandas as pd

    found, text = table.dtypes.to_dict(), pd.Index([], dtype="str").dtype
    known = {
        column.name: column.categories or tuple((names or {}).get(column.name, ()))
        for column in SCHEMA[name]
        if column.dtype == "category" and column.name in found
    }

    def is_forgotten(column: str) -> bool:
        dtype = found[column]
        if isinstance(dtype, pd.CategoricalDtype):
            return not len(dtype.categories) and bool(known[column] or dtype.categories.dtype != text)
        return bool(table[column].isna().all())  # as older versions of pyarrow read it

    made = {column: pd.CategoricalDtype(pd.Index(known[column], dtype="str")) for column in known if is_forgotten(column)}
    return table.astype(made) if made else table


def validate(name: str, table: pd.DataFrame) -> None:
    """Raise ValueError, with everything that is wrong, unless a table has exactly the columns and types of its schema."""
    columns, found = SCHEMA[name], table.dtypes.to_dict()  # once, because every look at a column makes a series
    known = {column.name for column in columns}
    wrong = [f"{column.name} is missing" for column in columns if column.name not in found and not column.optional]
    wrong += [f"{key} is not in the schema" for key in found if key not in known]
    for column in columns:
        if column.name not in found:
            continue
        dtype = found[column.name]
        if str(dtype) != column.dtype:
            wrong.append(f"{column.name} is {dtype}, not {column.dtype}")
        elif column.categories is not None and tuple(dtype.categories.tolist()) != column.categories:
            wrong.append(f"{column.name} lacks the categories of the schema")
    if wrong:
        raise ValueError(f"table {name}: " + "; ".join(wrong))
