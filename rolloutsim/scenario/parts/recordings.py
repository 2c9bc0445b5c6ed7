"""Records of samples in CSV files, made into patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from statistics import median_low
from typing import Literal, NamedTuple

from rolloutsim.errors import Problem
from rolloutsim.formatting import duration
from rolloutsim.scenario.parts.patterns import CLOSEST, Pattern, make_pattern
from rolloutsim.scenario.reading.csv_files import Table, quoted, read_table
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.problems import ProblemError, refuse
from rolloutsim.scenario.reading.times import TimeColumn, TimeForm

__all__ = ["RecordForm", "Recording", "read_recording"]

_ON = ("1", "1.0", "true", "yes", "on", "up", "online", "connected")
_OFF = ("0", "0.0", "false", "no", "off", "down", "offline", "disconnected")
_STATES = {**dict.fromkeys(_ON, 1.0), **dict.fromkeys(_OFF, 0.0)}

#: Numbers below this are no POSIX times of records: they are of 1973 and before.
_FIRST_EPOCH = 1e8

#: So far back go local times when clocks go back (s).
_CLOCK_CHANGE = 3600.0


class RecordForm(NamedTuple):
    """What a record is and how it is written.

    Attributes
    ----------
    kind
        What it has samples of.
    time, value, group
        The columns; `group` separates several records in one file.
    times
        How times are written.
    factor
        What a value is in SI units.
    period
        How long the record is, from its first sample (s); None = its last sample holds for the usual distance.
    dated
        Whether its patterns know when they began.
    """

    kind: Literal["online", "rate"]
    time: str
    value: str
    group: str | None
    times: TimeForm
    factor: float
    period: float | None
    dated: bool


@dataclass(frozen=True)
class Recording:
    """What a file holds.

    Attributes
    ----------
    patterns
        What was recorded.
    gaps
        The longest and the usual distance of samples (s).
    dated
        Whether times are dates, or times since 1970.
    held
        Of an event log without a period, for how long the last state holds (s); 0.0 otherwise.
    names
        Of the patterns, as in the column that separates them; empty if there is none.
    doubts
        Warnings about numbers that may mean something else.
    """

    patterns: tuple[Pattern, ...]
    gaps: tuple[float, float]
    dated: bool
    held: float
    names: tuple[str, ...]
    doubts: tuple[Problem, ...]


class _Record:
    """The samples of one group, and the cell of the last time."""

    __slots__ = ("cell", "times", "values")

    def __init__(self) -> None:
        self.times: list[float] = []
        self.values: list[float] = []
        self.cell = ""


def read_recording(name: str, form: RecordForm, folder: DataFolder) -> Recording:
    """Return what a file holds.

    Raises
    ------
    pydantic.ValidationError
        The file, a column or a cell is not usable; at the key of the trace that it belongs to.
    """
    try:
        return folder.made(name, form, partial(_read, name=name, form=form))
    except ProblemError as error:
        refuse("file", error)


def _read(content: bytes, name: str, form: RecordForm) -> Recording:
    columns = {"time": form.time, form.kind: form.value}
    with read_table(content, name, columns if form.group is None else {**columns, "group": form.group}) as table:
        times = TimeColumn(table, form.time, form.times)
        records = _records(table, form, times)
        doubts = tuple(_doubts(table, form, times, [record.times for record in records.values()])) if records else ()
    if not records:
        raise ProblemError("too-few-samples", f"{name} has a header but no samples", "at least two samples are needed")
    patterns, gaps, held = [], [], 0.0
    for group, record in records.items():
        if len(record.times) < 2:
            of = f" of {quoted(group)}" if group else ""
            raise ProblemError("too-few-samples", f"{name} has only one sample{of}", "at least two samples are needed")
        own = [later - t for t, later in pairwise(record.times)]
        gaps += own
        begins = _begins(name, form, times, record.times[0]) if form.dated else None
        patterns.append(_pattern(record, form, median_low(own), begins))
        if form.period is None and form.kind == "online" and _is_event_log(record, own):
            held = max(held, median_low(own))
    dated = times.dates or all(times.origin + record.times[0] >= _FIRST_EPOCH for record in records.values())
    return Recording(tuple(patterns), (max(gaps), median_low(gaps)), dated, held, () if form.group is None else tuple(records), doubts)


def _is_event_log(record: _Record, distances: list[float]) -> bool:
    """Return whether there is a sample only where the state changes, as the distances of samples, which differ, show."""
    return max(distances) - min(distances) >= CLOSEST and all(state != later for state, later in pairwise(record.values))


def _records(table: Table, form: RecordForm, times: TimeColumn) -> dict[str, _Record]:
    time_at, value_at = table.place(form.time), table.place(form.value)
    group_at = -1 if form.group is None else table.place(form.group)
    read: Callable[[int, str, str], float] = table.number if form.kind == "rate" else partial(_state, table)
    records: dict[str, _Record] = {}
    for line, row in table.rows():
        group = row[group_at] if group_at >= 0 else ""
        record, cell = records.get(group), row[time_at]
        if record is None:
            times.begin(line, cell)
            record = records[group] = _Record()
        t, earlier = times.time(line, cell), record.times
        if earlier and t - earlier[-1] < CLOSEST:
            raise _not_later(table, form, times, line, record.cell, cell, t - earlier[-1])
        record.cell = cell
        earlier.append(t)
        record.values.append(read(line, form.value, row[value_at]))
    return records


def _state(table: Table, line: int, column: str, cell: str) -> float:
    state = _STATES.get(cell.strip().lower())
    if state is None:
        why = "is neither online (1, true, up, connected) nor offline (0, false, down, disconnected)"
        raise table.wrong(line, column, cell, why)
    return state


def _doubts(table: Table, form: RecordForm, times: TimeColumn, records: list[list[float]]) -> Iterator[Problem]:
    for column in (() if times.dates else (form.time,)) + ((form.value,) if form.kind == "rate" else ()):
        if cell := table.thousands(column, zero=column == form.time):
            decimal, whole = cell.replace(",", ".").rstrip("0").rstrip("."), re.sub("[.,]", "", cell)
            sign = "comma" if "," in cell else "point"
            why = f"{cell} in the column {column} is read as {decimal}; beside whole numbers the {sign} may be meant for thousands"
            yield Problem("ambiguous-number", (), why, f"write {whole} or {decimal}, whichever you mean", "warning")
    why, hint = times.looks_like(records)
    if why:
        yield Problem("ambiguous-unit", (), why, hint, "warning")


def _not_later(table: Table, form: RecordForm, times: TimeColumn, line: int, before: str, cell: str, step: float) -> ProblemError:
    several = "" if form.group is not None else "; if the file holds several traces, name the column that separates them: group: …"
    offset = f"write times with their offset from UTC, as {cell.strip()[:19]}+01:00{several}"
    change = times.clock_change(before, cell) if -_CLOCK_CHANGE < step <= 0 else ""
    if change:
        than = f"{duration(-step)} before the line before" if step else "the time of the line before, too"
        return table.wrong(line, form.time, cell, f"is {than}: {change}", offset)
    if step == 0:
        return table.wrong(line, form.time, cell, "is the time of the line before, too", f"remove one of the two lines{several}")
    if step > 0:
        hint = f"is the time_unit right? it is {form.times.unit or 's'}"
        return table.wrong(line, form.time, cell, f"is less than {CLOSEST * 1000:g} ms after the line before", hint)
    if times.naive and step > -_CLOCK_CHANGE:
        why = f"is {duration(-step)} before the line before: do clocks go back there?"
        return table.wrong(line, form.time, cell, why, offset)
    if not times.dates and table.thousands(form.time, zero=True):
        return table.wrong(line, form.time, cell, "is earlier than the line before", "write times without separators of thousands")
    return table.wrong(line, form.time, cell, "is earlier than the line before", f"sort the file by time{several}")


def _begins(name: str, form: RecordForm, times: TimeColumn, first: float) -> float:
    if times.naive and form.times.timezone is None:
        why = f"the dates of {name} have no offset from UTC"
        refuse("timezone", ProblemError("incomplete", why, "add timezone: Europe/Berlin, or whose clock it was", found="nothing"))
    begins = times.origin + first
    if not times.dates and begins < _FIRST_EPOCH:
        why = f"the clock needs dates or times since 1970, and those of {name} begin at {begins:g} s"
        refuse("offset", ProblemError("incomplete", why, "take offset: aligned or random, or write dates"))
    try:  # to microseconds, as dates are written
        return datetime.fromtimestamp(begins, UTC).timestamp()
    except (ValueError, OverflowError, OSError):
        raise ProblemError("does-not-fit", f"the times of {name} are no dates before the year 9999", "is the time_unit right?") from None


def _pattern(record: _Record, form: RecordForm, usual: float, begins: float | None) -> Pattern:
    times = [t - record.times[0] for t in record.times]
    values = [form.factor * value for value in record.values]
    if form.period is None:
        return make_pattern(times, values, times[-1] + usual, begins)
    if times[-1] > form.period:
        why = f"the record goes on for {duration(times[-1] - form.period)} after the period of {duration(form.period)}"
        refuse("period", ProblemError("does-not-fit", why, "write a longer period, or cut the file"))
    if times[-1] > form.period - CLOSEST:  # a sample that closes the record: it is the state when the record begins again
        times.pop()
        values.pop()
    return make_pattern(times, values, form.period, begins)
