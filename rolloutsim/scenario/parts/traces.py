"""Recorded traces: what was measured once, replayed cyclically.

A sample holds until the next one, also across a gap of the record. The last one of a trace holds to the end of its `period`; a file
without one gives it the usual distance between samples. Then the trace begins again. A file may hold several traces, told apart by a
column: each robot replays one of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from rolloutsim.scenario.parts.patterns import Pattern, parse_patterns, write_pattern
from rolloutsim.scenario.parts.recordings import RecordForm, read_recording
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import parse_unit
from rolloutsim.scenario.reading.problems import ProblemError, Problems, did_you_mean, read_mapping
from rolloutsim.scenario.reading.quantities import RATE, parse_quantity
from rolloutsim.scenario.reading.times import TIME_UNITS, TimeForm
from rolloutsim.scenario.reading.zones import parse_timezone

__all__ = ["OFFSETS", "Trace", "parse_online_trace", "parse_rate_trace", "write_trace"]

Offset = Literal["random", "aligned", "clock"]
OFFSETS: tuple[Offset, ...] = get_args(Offset)
Kind = Literal["online", "rate"]


@dataclass(frozen=True)
class Trace:
    """Traces of which each robot replays one, cyclically.

    Attributes
    ----------
    patterns
        The traces.
    offset
        Where a robot begins: at a random point of its trace, at its beginning (``aligned``), or at the time of the job's start
        (``clock``).
    timezone
        Whose clock the record shows, with ``offset: clock``; None where dates have their offset from UTC.
    source
        Where they come from.
    gaps
        Longest and usual distance of samples (s).
    dated, held
        As those of a `Recording`.
    """

    patterns: tuple[Pattern, ...]
    offset: Offset = "random"
    timezone: str | None = None
    source: str = field(default="", compare=False)
    gaps: tuple[float, float] = field(default=(0.0, 0.0), compare=False)
    dated: bool = field(default=False, compare=False)
    held: float = field(default=0.0, compare=False)

    @property
    def mean(self) -> float:
        """The mean over time and traces: of rates (bit/s), or the share of time online."""
        return math.fsum(pattern.mean for pattern in self.patterns) / len(self.patterns)

    @property
    def availability(self) -> float:
        """Of an on/off trace, the share of time online."""
        return self.mean


def parse_online_trace(raw: Any, folder: DataFolder | None = None) -> Trace:
    """Return an on/off trace.

    Parameters
    ----------
    raw
        ``{file, time, online, group, offset, time_unit, timezone, period}`` or ``{patterns: [{period, times, online}], offset}``.
    folder
        To which the file is relative.

    Raises
    ------
    ProblemError or pydantic.ValidationError
        It is none; each problem at its place.

    Examples
    --------
    >>> parse_online_trace({"patterns": [{"period": "60 s", "times": [0, 20], "online": [1, 0]}]}).availability
    0.3333333333333333
    """
    return _parse(raw, folder, "online")


def parse_rate_trace(raw: Any, folder: DataFolder | None = None) -> Trace:
    """Return a trace of rates: as `parse_online_trace`, with ``rate`` instead of ``online``, and its ``unit``."""
    trace = _parse(raw, folder, "rate")
    if trace.mean == 0:
        raise ProblemError("never-ends", "at a rate of 0 no download ever ends", "take another trace, or connectivity: never")
    return trace


def _parse(raw: Any, folder: DataFolder | None, kind: Kind) -> Trace:
    problems = Problems()
    inline = isinstance(raw, dict) and "patterns" in raw
    unit = ("unit",) if kind == "rate" else ()
    of_file = ("file", "time", kind, *unit, "group", "offset", "time_unit", "timezone", "period")
    known = ("patterns", *unit, "offset", "timezone") if inline else of_file
    given = read_mapping(raw, known, ("patterns", *unit) if inline else ("file", "time", kind, *unit), problems)
    for key in {"file", "time", kind, "group"} & given.keys():
        if not isinstance(given[key], str):
            problems.add((key,), ProblemError("wrong-type", "text is needed", "put it into quotes"))
    factor = problems.attempt(("unit",), parse_unit, given["unit"], RATE) if "unit" in given else 1.0
    offset = problems.attempt(("offset",), _offset, given.get("offset", "random"))
    time_unit = problems.attempt(("time_unit",), _time_unit, given["time_unit"]) if "time_unit" in given else None
    timezone = problems.attempt(("timezone",), parse_timezone, given["timezone"]) if "timezone" in given else None
    period = problems.attempt(("period",), _period, given["period"]) if "period" in given else None
    problems.check()
    assert factor is not None
    assert offset is not None
    dated = offset == "clock"
    whose = timezone if dated else None
    if inline:
        patterns = problems.attempt(("patterns",), parse_patterns, given["patterns"], kind, factor, dated)
        problems.check()
        return Trace(patterns or (), offset, whose)
    times = TimeForm(time_unit, timezone)
    form = RecordForm(kind, given["time"], given[kind], given.get("group"), times, factor, period, dated)
    recording = read_recording(given["file"], form, folder or DataFolder.at())
    return Trace(recording.patterns, offset, whose, given["file"], recording.gaps, recording.dated, recording.held)


def _offset(raw: Any) -> Offset:
    for offset in OFFSETS:
        if raw == offset:
            return offset
    raise ProblemError("unknown-name", "not one of the values", did_you_mean(raw, OFFSETS))


def _time_unit(raw: Any) -> str:
    if not isinstance(raw, str) or raw not in TIME_UNITS:
        raise ProblemError("unknown-name", "not a unit of times", did_you_mean(raw, TIME_UNITS, "units"))
    return raw


def _period(raw: Any) -> float:
    seconds = parse_quantity(raw)
    if seconds == 0:
        raise ProblemError("out-of-range", "a record is longer than nothing", "write e.g. 1 d")
    return seconds


def write_trace(trace: Trace, kind: str) -> dict[str, Any]:
    """Return a trace as a file can spell it out, exact to the last bit."""
    written: dict[str, Any] = {"patterns": [write_pattern(pattern, kind) for pattern in trace.patterns]}
    written |= {"unit": RATE.unit} if kind == "rate" else {}
    written["offset"] = trace.offset
    return written if trace.timezone is None else {**written, "timezone": trace.timezone}
