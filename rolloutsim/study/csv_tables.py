"""Tables as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rolloutsim.study.disk import write_whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["write_csv"]

#: A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@")


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as CSV; text that a spreadsheet would execute gets an apostrophe in front.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    from pandas.api.types import is_numeric_dtype

    safe = frame.copy(deep=False)
    for name in frame:
        if not is_numeric_dtype(frame[name]):
            safe[name] = frame[name].map(_quoted, na_action="ignore")
    write_whole(path, partial(safe.to_csv, index=False))


def _quoted(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
