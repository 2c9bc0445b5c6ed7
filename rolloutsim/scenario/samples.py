"""Columns of numbers in CSV files that a scenario names."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rolloutsim.scenario.mistakes import MistakeError, Mistakes, did_you_mean

__all__ = ["MOST_SAMPLES", "has_columns", "opened", "read_column"]

#: Beyond this many samples a distribution gains nothing.
MOST_SAMPLES = 1_000_000


def read_column(file: Any, column: Any, folder: Path | None = None) -> list[float]:
    """Return the numbers of one column of a CSV file with a header.

    Parameters
    ----------
    file
        Its name, relative to `folder`.
    column
        The column's name in the header.

    Raises
    ------
    pydantic.ValidationError
        The file, the column or one of its values is not usable; the message names the line of the file.
    """
    mistakes = Mistakes()
    for key, raw in (("file", file), ("column", column)):
        if not isinstance(raw, str):
            mistakes.add((key,), MistakeError("text is needed", "put it into quotes"), raw)
    mistakes.check()
    values = mistakes.attempt(("file",), _read, file, folder, column, mistakes)
    mistakes.check()
    assert values is not None
    return values


def _read(name: str, folder: Path | None, column: str, mistakes: Mistakes) -> list[float]:
    with opened(name, folder) as rows:
        if not has_columns(rows, name, {("column",): column}, mistakes):
            return []
        return _numbers(rows, name, column)


@contextmanager
def opened(name: str, folder: Path | None) -> Iterator[csv.DictReader[str]]:
    """Open a CSV file with a header.

    Raises
    ------
    MistakeError
        Whatever goes wrong with it, also while its rows are read.
    """
    try:
        with ((folder or Path()) / name).open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            rows.fieldnames = [str(title).strip() for title in rows.fieldnames or ()]
            if not rows.fieldnames:
                raise MistakeError(f"{name} is empty", "a header and at least one number are needed")
            yield rows
    except MistakeError:
        raise
    except FileNotFoundError:
        raise MistakeError("no such file", f"names are relative to the scenario's folder, {folder or Path()}") from None
    except UnicodeDecodeError:
        raise MistakeError("not a text file in UTF-8", "save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise MistakeError(f"not a CSV file: {error}", "save it as CSV in UTF-8") from None
    except (OSError, ValueError) as error:
        raise MistakeError(
            f"it cannot be read: {getattr(error, 'strerror', None) or error}", "check the name and its permissions"
        ) from None


def has_columns(rows: csv.DictReader[str], name: str, columns: dict[tuple[str, ...], str], mistakes: Mistakes) -> bool:
    """Tell whether a file has columns, noting those that it has not at the places that name them."""
    header = list(rows.fieldnames or ())
    missing = {place: column for place, column in columns.items() if column not in header}
    for place, column in missing.items():
        mistakes.add(place, MistakeError(f"{name} has no such column", did_you_mean(column, header, "columns")), column)
    return not missing


def _numbers(rows: csv.DictReader[str], name: str, column: str) -> list[float]:
    values: list[float] = []
    for row in rows:
        text = (row[column] or "").strip()
        where = f"line {rows.line_num} of {name}: {text or 'nothing'}"
        try:
            value = float(text)
        except ValueError:
            raise MistakeError(f"{where} is not a number", "remove the line or correct it") from None
        if not math.isfinite(value):
            raise MistakeError(f"{where} is not finite", "remove the line or correct it")
        if value < 0:
            raise MistakeError(f"{where} is negative", "remove the line or correct it")
        values.append(value)
        if len(values) > MOST_SAMPLES:
            raise MistakeError(f"{name} has more than {MOST_SAMPLES:,} values", "thin them out: more samples make no better distribution")
    if not values:
        raise MistakeError(f"{name} has a header but no values", "at least one number is needed")
    return values
