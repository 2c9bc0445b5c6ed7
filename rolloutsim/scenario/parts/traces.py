"""Recorded traces: what was measured once, replayed cyclically.

A sample holds until the next one, also across a gap of the record. The last one of a trace holds to the end of its `period`; a file
without one gives it the usual distance between samples. Then the trace begins again. A file may hold several traces, separated by a
column: each robot replays one of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from rolloutsim.errors import Problem
from rolloutsim.scenario.parts.amounts import Quantity
from rolloutsim.scenario.parts.fields import TEXT, Choice, Custom, FieldType, Key, Keys, Schema
from rolloutsim.scenario.parts.patterns import Pattern, PatternsType
from rolloutsim.scenario.parts.recordings import RecordForm, read_recording
from rolloutsim.scenario.parts.schedule import TIMEZONE
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import parse_unit
from rolloutsim.scenario.reading.problems import ProblemError, parse_at
from rolloutsim.scenario.reading.quantities import RATE, TIME
from rolloutsim.scenario.reading.times import TIME_UNITS, TimeForm

__all__ = ["OFFSETS", "Trace", "TraceType"]

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


_UNIT = Key(Custom(lambda raw: parse_unit(raw, RATE), {"enum": list(RATE.units)}), "Unit of the rates.")
_OFFSET = Key(
    Choice(OFFSETS, default="random"), "Where a robot begins: at a random point, at the first sample, or at the time of rules.start."
)
_ZONE = Key(TIMEZONE, "Time zone of dates without an offset from UTC.")
_NO_PERIOD = Problem("out-of-range", why="a record is longer than nothing", hint="write e.g. 1 d")


class TraceType(FieldType[Trace]):
    """A recorded trace.

    It is ``{file, time, online, group, offset, time_unit, timezone, period}`` or ``{patterns: [{period, times, online}], offset}``;
    with rates ``rate`` instead of ``online``, and their ``unit``.

    Examples
    --------
    >>> TraceType("online").parse({"patterns": [{"period": "60 s", "times": [0, 20], "online": [1, 0]}]}).availability
    0.3333333333333333
    """

    def __init__(self, kind: Literal["online", "rate"]) -> None:
        self.kind = kind
        unit = {"unit": _UNIT} if kind == "rate" else {}
        columns = {
            "file": Key(TEXT, "Path of a CSV file, relative to the scenario."),
            "time": Key(TEXT, "Column of times, in seconds or as dates."),
            kind: Key(TEXT, "Column of rates." if kind == "rate" else "Column of states: 1 or 0, online or offline, …"),
            **unit,
        }
        others = {
            "group": Key(TEXT, "Column that separates several traces; each robot draws one."),
            "offset": _OFFSET,
            "time_unit": Key(
                Choice(tuple(TIME_UNITS), "units", "not a unit of times"), "Unit of times that are numbers; seconds if absent."
            ),
            "timezone": _ZONE,
            "period": Key(Quantity(TIME, _NO_PERIOD), "Length of the record; if absent, its last sample holds for the usual distance."),
        }
        self.file = Keys({**columns, **others}, tuple(columns), "Columns of a CSV file, times in seconds or as dates.")
        self.patterns = PatternsType(kind)
        patterns = Key(Custom(lambda raw: raw, self.patterns.schema()), "Traces spelled out instead of a file.")
        self.spelled = Keys(
            {"patterns": patterns, **unit, "offset": _OFFSET, "timezone": _ZONE}, ("patterns", *unit), "Spelled out, in seconds."
        )

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Trace:
        trace = self._spelled_out(raw) if isinstance(raw, dict) and "patterns" in raw else self._of_file(raw, folder)
        if self.kind == "rate" and trace.mean == 0:
            raise ProblemError("never-ends", "at a rate of 0 no download ever ends", "take another trace, or connectivity: never")
        return trace

    def _spelled_out(self, raw: Any) -> Trace:
        given = self.spelled.parse(raw)
        offset = given.get("offset", "random")
        dated = offset == "clock"
        patterns = parse_at("patterns", PatternsType(self.kind, given.get("unit", 1.0), dated).parse, given["patterns"])
        return Trace(patterns, offset, given.get("timezone") if dated else None)

    def _of_file(self, raw: Any, folder: DataFolder | None) -> Trace:
        given = self.file.parse(raw)
        offset, timezone = given.get("offset", "random"), given.get("timezone")
        form = RecordForm(
            self.kind,
            given["time"],
            given[self.kind],
            given.get("group"),
            TimeForm(given.get("time_unit"), timezone),
            given.get("unit", 1.0),
            given.get("period"),
            offset == "clock",
        )
        recording = read_recording(given["file"], form, folder or DataFolder.at())
        whose = timezone if form.dated else None
        return Trace(recording.patterns, offset, whose, given["file"], recording.gaps, recording.dated, recording.held)

    def write(self, value: Trace | None) -> Any:
        if value is None:
            return None
        written: dict[str, Any] = {"patterns": self.patterns.write(value.patterns)}
        written |= {"unit": RATE.unit} if self.kind == "rate" else {}
        return written | {"offset": value.offset} | ({} if value.timezone is None else {"timezone": value.timezone})

    def schema(self) -> Schema:
        return {"anyOf": [self.file.ref(), self.spelled.ref()]}
