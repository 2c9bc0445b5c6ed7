"""The time column of a record: numbers in a unit, or dates."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from rolloutsim.scenario.reading.csv_files import Table, has_thousands, is_number
from rolloutsim.scenario.reading.zones import zone_of

__all__ = ["TIME_UNITS", "TimeColumn", "TimeForm"]

#: Units of times that are numbers (s).
TIME_UNITS = {
    "s": Decimal(1),
    "ms": Decimal("1e-3"),
    "us": Decimal("1e-6"),
    "ns": Decimal("1e-9"),
    "min": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
}

#: Numbers above this cannot be seconds: they would be three thousand years, and seconds since 1970 reach it in 5138.
MOST_SECONDS = 1e11

#: What numbers above `MOST_SECONDS` are since 1970, by how large they are at least.
_EPOCHS = ((1e17, "ns", "nanoseconds"), (1e14, "us", "microseconds"), (0.0, "ms", "milliseconds"))

#: How dates are written without anything between their parts, by the number of digits.
_DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


class TimeForm(NamedTuple):
    """How times are written.

    Attributes
    ----------
    unit
        Of numbers; None = seconds, if they can be.
    timezone
        Of dates without an offset from UTC; None = UTC.
    """

    unit: str | None = None
    timezone: str | None = None


class TimeColumn:
    """Reads the cells of a time column; the first one decides whether they are numbers or dates.

    Attributes
    ----------
    origin
        What is to be added to the times for POSIX time (s). Times in units below a second are read relative to the first one, so that
        they keep their digits.
    naive
        Whether some date has no offset from UTC.
    dates
        Whether times are dates.
    """

    def __init__(self, table: Table, column: str, form: TimeForm) -> None:
        self.origin = 0.0
        self.naive = False
        self.dates = False
        self._table, self._column, self._form = table, column, form
        self._read: Callable[[str], float] | None = None
        self._first = Decimal(0)

    def time(self, line: int, cell: str) -> float:
        """Return the time of a cell (s).

        Raises
        ------
        ProblemError
            It is not a time, or a number that cannot be seconds.
        """
        if self._read is None:
            self._read = self._reader(line, cell)
        text = cell if self.dates else self._table.plain(line, self._column, cell)
        try:
            t = self._read(text)
        except (ValueError, ArithmeticError):
            t = math.nan
        if not math.isfinite(t):
            if has_thousands(cell.strip()):
                raise self._table.wrong(line, self._column, cell, "is not a time", "write it without separators of thousands")
            hint = "write seconds, numbers with a time_unit, or dates in ISO 8601 as 2026-11-01T07:00:00"
            raise self._table.wrong(line, self._column, cell, "is not a time", hint)
        if self._form.unit is None and abs(t) > MOST_SECONDS and not self.dates:
            unit, name = next((unit, name) for least, unit, name in _EPOCHS if abs(t) >= least)
            why = f"cannot be seconds; it looks like {name} since 1970"
            raise self._table.wrong(line, self._column, cell, why, f"add time_unit: {unit}")
        return t

    def _reader(self, line: int, cell: str) -> Callable[[str], float]:
        text = self._table.plain(line, self._column, cell)
        if not is_number(text):
            if self._form.unit is not None:
                hint = "times with a time_unit are numbers: remove time_unit if these are dates"
                raise self._table.wrong(line, self._column, cell, "is not a number", hint)
            self.dates = True
            return self._date
        if self._form.unit is None and _is_date(text.strip()):
            hint = "write dates in ISO 8601, e.g. 2026-11-01T00:00, or add time_unit: s if these are seconds"
            raise self._table.wrong(line, self._column, cell, "looks like a date without separators, not like seconds", hint)
        if self._form.unit in (None, "s"):
            return float
        factor = TIME_UNITS[self._form.unit or "s"]
        self._first = Decimal(text.strip())
        self.origin = float(self._first * factor)
        return lambda other: float((Decimal(other.strip()) - self._first) * factor)

    def _date(self, cell: str) -> float:
        date = datetime.fromisoformat(cell.strip())
        if date.tzinfo is None:
            self.naive = True
            date = date.replace(tzinfo=UTC if self._form.timezone is None else zone_of(self._form.timezone))
        return date.timestamp()


def _is_date(text: str) -> bool:
    """Return whether digits are a date of this or a neighbouring century.

    Examples
    --------
    >>> [_is_date(text) for text in ("20261101", "202611010000", "20261301", "00000010", "1606780800")]
    [True, True, False, False, False]
    """
    if len(text) not in _DIGITS or not (text.isascii() and text.isdigit()):
        return False
    try:
        return 1900 <= datetime.strptime(text, _DIGITS[len(text)]).year <= 2200
    except ValueError:
        return False
