"""The time column of a record: numbers in a unit, or dates."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from rolloutsim.scenario.reading.csv_files import Table, has_thousands, is_number, quoted
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


#: A time of day before ten, without anything between its parts.
_TIME_OF_DAY = re.compile(r"0[0-9][0-5][0-9](?:[0-5][0-9])?\Z")

#: The end of a day in ISO 8601, which Python knows from 3.14 on.
_END_OF_DAY = re.compile(r"(.+[T ])24((?::?00){1,2}(?:[.,]0+)?(?:Z|[+-][0-9:]+)?)\Z")

#: Days of spreadsheets are counted from here; those of 2009 to 2064.
_SPREADSHEET = datetime(1899, 12, 30)
_SERIAL_DAYS = (40_000.0, 60_000.0)
_YEARS = (1990.0, 2100.0)

#: A record of rollouts is longer (s).
_SHORT = 100.0


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
        text = cell if self._table.literal or self.dates else self._table.plain(line, self._column, cell)
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

    def begin(self, line: int, cell: str) -> None:
        """Check the first time of a record.

        Raises
        ------
        ProblemError
            It consists of digits that are no seconds.
        """
        text = cell.strip()
        looks = "a date" if _is_date(text) else "a time of day" if _TIME_OF_DAY.match(text) else ""
        if looks and self._form.unit is None:
            hint = "write dates in ISO 8601, e.g. 2026-11-01T00:00, or add time_unit: s if these are seconds"
            raise self._table.wrong(line, self._column, cell, f"looks like {looks} without separators, not like seconds", hint)

    def _reader(self, line: int, cell: str) -> Callable[[str], float]:
        text = self._table.plain(line, self._column, cell)
        if not is_number(text):
            if self._form.unit is not None:
                hint = "times with a time_unit are numbers: remove time_unit if these are dates"
                raise self._table.wrong(line, self._column, cell, "is not a number", hint)
            self.dates = True
            return self._date
        if self._form.unit in (None, "s"):
            return float
        factor = TIME_UNITS[self._form.unit or "s"]
        self._first = Decimal(text.strip())
        self.origin = float(self._first * factor)
        return lambda other: float((Decimal(other.strip()) - self._first) * factor)

    def clock_change(self, before: str, cell: str) -> str:
        """Return how a change of the clock explains that a date without an offset from UTC is not after the one before; "" if not.

        Parameters
        ----------
        before, cell
            The dates of two lines.
        """
        if not self.dates or self._form.timezone is None:
            return ""
        zone = zone_of(self._form.timezone)
        for text in (before, cell):
            date = _parse_date(text.strip())
            if date.tzinfo is None:
                again, once = (date.replace(tzinfo=zone, fold=fold).timestamp() for fold in (1, 0))
                if again < once:
                    return f"clocks in {self._form.timezone} go forward there, and {quoted(text)} does not exist"
                if again > once:
                    return f"clocks in {self._form.timezone} go back there, and {quoted(text)} comes twice"
        return ""

    def looks_like(self, records: Sequence[Sequence[float]]) -> tuple[str, str]:
        """Return what numbers that were taken as times probably are, and what to do; nothing if they may well be what they were taken for.

        Parameters
        ----------
        records
            The times of each.
        """
        dates = "write dates in ISO 8601, e.g. 2026-11-01T06:00"
        days = self.origin / float(TIME_UNITS["d"])
        if self._form.unit == "d" and _between((days, days), _SERIAL_DAYS):
            return f"times in days count from 1970-01-01, and {_of_spreadsheet(days)}", dates
        if self.dates or self._form.unit is not None:
            return "", ""
        seconds, first = "times without a time_unit are seconds, and", records[0][0]
        dates += ", or add time_unit: s if these are seconds"
        short = all(times[-1] - times[0] < _SHORT for times in records)
        if short and all(_between(times, _SERIAL_DAYS) and any(t % 1 for t in times) for times in records):
            return f"{seconds} {_of_spreadsheet(first)}", dates
        if short and all(_between(times, _YEARS) and not any(t % 1 for t in times) for times in records):
            return f"{seconds} {first:g} looks like a year", dates
        if all(_is_short_date(t) for times in records for t in times):
            return f"{seconds} {first:g} looks like the date {datetime.strptime(f'{first:.0f}', '%y%m%d'):%Y-%m-%d}", dates
        return "", ""

    def _date(self, cell: str) -> float:
        date = _parse_date(cell.strip())
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


def _parse_date(text: str) -> datetime:
    """Return a date in ISO 8601.

    Raises
    ------
    ValueError
        It is none.

    Examples
    --------
    >>> _parse_date("2026-11-30T24:00Z") == _parse_date("2026-12-01T00:00Z")
    True
    """
    end = _END_OF_DAY.match(text)
    return datetime.fromisoformat(text) if end is None else datetime.fromisoformat(f"{end[1]}00{end[2]}") + timedelta(days=1)


def _of_spreadsheet(days: float) -> str:
    date = (_SPREADSHEET + timedelta(days=days)).isoformat(" ", "minutes")
    return f"{days:.10g} looks like {date} in days of a spreadsheet"


def _between(times: Sequence[float], bounds: tuple[float, float]) -> bool:
    return bounds[0] <= times[0] and times[-1] <= bounds[1]


def _is_short_date(t: float) -> bool:
    """Return whether a number consists of the digits of a year, a month and a day, two each.

    Examples
    --------
    >>> [_is_short_date(t) for t in (261101.0, 261131.0, 261101.5, 1101.0)]
    [True, False, False, False]
    """
    text = f"{t:g}" if t == int(t) else ""
    try:
        return len(text) == 6 and datetime.strptime(text, "%y%m%d") is not None
    except ValueError:
        return False
