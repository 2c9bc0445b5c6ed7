"""Tables as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rolloutsim.study.store.disk import write_whole

if TYPE_CHECKING:
    import pandas as pd

#: A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@")


def write_csv(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    """Write a table, given in pieces, as CSV; text that a spreadsheet would execute gets an apostrophe in front.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            for number, frame in enumerate(frames):
                _safe(frame).to_csv(file, index=False, header=number == 0)

    write_whole(path, write)


def _safe(frame: pd.DataFrame) -> pd.DataFrame:
    from pandas.api.types import is_numeric_dtype

    safe = frame.copy(deep=False)
    for name in frame:
        if not is_numeric_dtype(frame[name]):
            safe[name] = frame[name].map(_quoted, na_action="ignore")
    return safe


def _quoted(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
