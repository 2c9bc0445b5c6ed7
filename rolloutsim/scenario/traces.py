"""Recorded traces: what was measured once, replayed cyclically.

A sample holds until the next one, also across a gap of the record; the last one of a trace holds for the usual distance between samples.
Then the trace begins again. A file may hold several traces, told apart by a column: each robot replays one of them.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from typing import Any, Literal

from rolloutsim.scenario.mistakes import MistakeError, Mistakes, did_you_mean, read_mapping
from rolloutsim.scenario.quantities import RATE, TIME, format_quantity, parse_number, parse_quantity
from rolloutsim.scenario.samples import MOST_SAMPLES, has_columns, opened
from rolloutsim.scenario.spec import parse_unit

__all__ = ["Pattern", "Trace", "parse_online_trace", "parse_rate_trace", "write_trace"]

#: Samples closer together than this are a mistake in the unit of time (s).
CLOSEST = 0.001

Offset = Literal["random", "aligned"]
_STATES = {"1": 1.0, "true": 1.0, "up": 1.0, "online": 1.0, "on": 1.0, "0": 0.0, "false": 0.0, "down": 0.0, "offline": 0.0, "off": 0.0}
_STATES |= {"1.0": 1.0, "0.0": 0.0, "yes": 1.0, "no": 0.0}


@dataclass(frozen=True)
class Pattern:
    """One trace: what holds from when on.

    Attributes
    ----------
    times
        Instants of changes (s), ascending from 0.
    values
        What holds from each of them: a rate (bit/s), or 1.0 = online, 0.0 = offline.
    period
        When it begins again (s).
    """

    times: tuple[float, ...]
    values: tuple[float, ...]
    period: float

    @property
    def mean(self) -> float:
        """The mean over time."""
        ends = (*self.times[1:], self.period)
        return math.fsum((end - t) * v for t, end, v in zip(self.times, ends, self.values, strict=True)) / self.period


@dataclass(frozen=True)
class Trace:
    """Traces of which each robot replays one, cyclically.

    Attributes
    ----------
    patterns
        The traces.
    offset
        Whether a robot begins at a random point of its trace or, as all others, at its beginning.
    source
        Where they come from.
    gaps
        Longest and usual distance of samples (s).
    """

    patterns: tuple[Pattern, ...]
    offset: Offset = "random"
    source: str = field(default="", compare=False)
    gaps: tuple[float, float] = field(default=(0.0, 0.0), compare=False)

    @property
    def mean(self) -> float:
        """The mean over time and traces: of rates (bit/s), or the share of time online."""
        return math.fsum(pattern.mean for pattern in self.patterns) / len(self.patterns)

    @property
    def availability(self) -> float:
        """Of an on/off trace, the share of time online."""
        return self.mean


def parse_online_trace(raw: Any, folder: Path | None = None) -> Trace:
    """Return an on/off trace: ``{file, time, online, group, offset}``, or ``{patterns: [{period, times, online}], offset}``."""
    return _parse(raw, folder, "online")


def parse_rate_trace(raw: Any, folder: Path | None = None) -> Trace:
    """Return a trace of rates: ``{file, time, rate, unit, group, offset}``, or ``{patterns: [{period, times, rate}], unit, offset}``."""
    trace = _parse(raw, folder, "rate")
    if trace.mean == 0:
        raise MistakeError("at a rate of 0 no download ever ends", "take another trace, or connectivity: never")
    return trace


def _parse(raw: Any, folder: Path | None, kind: str) -> Trace:
    mistakes = Mistakes()
    inline = isinstance(raw, dict) and "patterns" in raw
    unit = ("unit",) if kind == "rate" else ()
    known = ("patterns", *unit, "offset") if inline else ("file", "time", kind, *unit, "group", "offset")
    given = read_mapping(raw, known, ("patterns", *unit) if inline else ("file", "time", kind, *unit), mistakes)
    for key in {"file", "time", kind, "group"} & given.keys():
        if not isinstance(given[key], str):
            mistakes.add((key,), MistakeError("text is needed", "put it into quotes"), given[key])
    factor = mistakes.attempt(("unit",), parse_unit, given["unit"], RATE) if "unit" in given else 1.0
    offset = given.get("offset", "random")
    if offset not in ("random", "aligned"):
        mistakes.add(("offset",), MistakeError("not one of the values", did_you_mean(offset, ("random", "aligned"))), offset)
    mistakes.check()
    assert factor is not None
    if inline:
        patterns = mistakes.attempt(("patterns",), _parse_patterns, given["patterns"], kind, factor)
        mistakes.check()
        return Trace(patterns or (), offset)
    records = mistakes.attempt(("file",), _read, given["file"], folder, given, kind, mistakes)
    mistakes.check()
    assert records is not None
    return _trace(records, factor, offset, given["file"])


def _parse_patterns(raw: Any, kind: str, factor: float) -> tuple[Pattern, ...]:
    if not isinstance(raw, list) or not raw:
        raise MistakeError("a list of patterns is needed", f"write [{{period: 60 s, times: [0, 20], {kind}: [1, 0]}}]")
    mistakes = Mistakes()
    patterns = [mistakes.attempt((number,), _parse_pattern, pattern, kind, factor) for number, pattern in enumerate(raw)]
    mistakes.check()
    return tuple(pattern for pattern in patterns if pattern is not None)


def _parse_pattern(raw: Any, kind: str, factor: float) -> Pattern:
    mistakes = Mistakes()
    given = read_mapping(raw, ("period", "times", kind), ("period", "times", kind), mistakes)
    period = mistakes.attempt(("period",), parse_quantity, given["period"], TIME) if "period" in given else None
    lists = {key: mistakes.attempt((key,), _parse_numbers, given[key]) for key in ("times", kind) if key in given}
    mistakes.check()
    times, values = lists["times"], lists[kind]
    assert times is not None
    assert values is not None
    assert period is not None
    if len(times) != len(values):
        raise MistakeError(f"{len(times)} times and {len(values)} values", "write a value for each time")
    if times[0] != 0 or any(later - t < CLOSEST for t, later in zip(times, [*times[1:], period], strict=True)):
        raise MistakeError(
            "times begin at 0 s and ascend, up to before the period", f"write e.g. {{period: 60 s, times: [0, 20], {kind}: …}}"
        )
    if kind == "online" and not set(values) <= {0.0, 1.0}:
        raise MistakeError("online is 1 or 0", "write e.g. [1, 0]")
    return _merged(times, [factor * value for value in values], period)


def _parse_numbers(raw: Any) -> list[float]:
    if not isinstance(raw, list) or not raw:
        raise MistakeError("a list of numbers is needed", "write e.g. [0, 20]")
    numbers = [parse_number(item) for item in raw]
    if min(numbers) < 0:
        raise MistakeError("a negative number makes no sense here", "write 0 or more")
    return numbers


def _read(
    name: str, folder: Path | None, given: dict[str, str], kind: str, mistakes: Mistakes
) -> dict[str, tuple[list[float], list[float]]]:
    """Return times and values by group."""
    with opened(name, folder) as rows:
        _refuse_many(name, folder)
        columns: dict[tuple[str, ...], str] = {(key,): given[key] for key in ("time", kind, "group") if key in given}
        if not has_columns(rows, name, columns, mistakes):
            return {}
        return _records(rows, name, given, _state if kind == "online" else _rate)


def _refuse_many(name: str, folder: Path | None) -> None:
    """Count lines, quickly, before anything is made of them."""
    lines = 0
    with ((folder or Path()) / name).open("rb") as stream:
        while block := stream.read(1 << 20):
            lines += block.count(b"\n")
            if lines > MOST_SAMPLES + 1:
                raise MistakeError(f"{name} has more than {MOST_SAMPLES:,} samples", "cut it, or take means over longer times")


def _records(
    rows: csv.DictReader[str], name: str, given: dict[str, str], read_value: Callable[[str], float]
) -> dict[str, tuple[list[float], list[float]]]:
    header = list(rows.fieldnames or ())
    kind = "rate" if "rate" in given else "online"
    time_at, value_at = header.index(given["time"]), header.index(given[kind])
    group_at = header.index(given["group"]) if "group" in given else -1
    records: dict[str, tuple[list[float], list[float]]] = {}
    read_time = None
    reader = rows.reader
    for row in reader:
        if not row:
            continue
        where = f"line {reader.line_num} of {name}"
        if len(row) != len(header):
            raise MistakeError(f"{where} has {len(row)} of {len(header)} fields", "correct the line")
        times, values = records.setdefault(row[group_at] if group_at >= 0 else "", ([], []))
        try:
            if read_time is None:
                read_time = float if _is_number(row[time_at]) else _read_date
            t = read_time(row[time_at])
            if not math.isfinite(t):
                raise ValueError
        except ValueError:
            raise MistakeError(f"{where}: {row[time_at].strip() or 'nothing'} is no time", "write seconds, or dates in ISO 8601") from None
        try:
            value = read_value(row[value_at].strip())
        except ValueError as error:
            raise MistakeError(f"{where}: {row[value_at].strip() or 'nothing'} {error}", "correct the line or remove it") from None
        if times and t - times[-1] < CLOSEST:
            several = "" if group_at >= 0 else "; if the file holds several traces, name the column that tells them apart: group: …"
            raise MistakeError(f"{where}: {row[time_at].strip()} is not later than the line before", f"sort the file by time{several}")
        times.append(t)
        values.append(value)
    if not records:
        raise MistakeError(f"{name} has a header but no samples", "at least two samples are needed")
    for group, (times, _) in records.items():
        if len(times) < 2:
            raise MistakeError(f"{name} has only one sample{f' of {group}' if group else ''}", "at least two samples are needed")
    return records


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_date(text: str) -> float:
    date = datetime.fromisoformat(text.strip())
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("is not a number") from None
    if not math.isfinite(value):
        raise ValueError("is not finite")
    if value < 0:
        raise ValueError("is negative")
    return value


def _state(text: str) -> float:
    if text.lower() not in _STATES:
        raise ValueError("is neither online (1, true, up) nor offline (0, false, down)")
    return _STATES[text.lower()]


def _trace(records: dict[str, tuple[list[float], list[float]]], factor: float, offset: Offset, source: str) -> Trace:
    patterns, gaps = [], []
    for times, values in records.values():
        own = [later - t for t, later in pairwise(times)]
        gaps += own
        last = times[-1] - times[0] + median_low(own)
        patterns.append(_merged([t - times[0] for t in times], [factor * value for value in values], last))
    return Trace(tuple(patterns), offset, source, (max(gaps), median_low(gaps)))


def _merged(times: list[float], values: list[float], period: float) -> Pattern:
    """Keep the changes only."""
    kept = [n for n in range(len(times)) if n == 0 or values[n] != values[n - 1]]
    return Pattern(tuple(times[n] for n in kept), tuple(values[n] for n in kept), period)


def write_trace(trace: Trace, kind: str) -> dict[str, Any]:
    """Return a trace as a file can spell it out, exact to the last bit."""
    patterns = [{"period": format_quantity(p.period, TIME), "times": list(p.times), kind: list(p.values)} for p in trace.patterns]
    return {"patterns": patterns, **({"unit": RATE.unit} if kind == "rate" else {}), "offset": trace.offset}
