"""Recorded traces: what was measured once, replayed cyclically.

A sample holds until the next one, also across a gap of the record. The last one of a trace holds to the end of its `period`; a file
without one gives it the usual distance between samples. Then the trace begins again. A file may hold several traces, separated by a
column: each robot draws one of them, or has its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
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
from rolloutsim.scenario.reading.quantities import RATE, TIME, count_in_words
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
    matched
        Whether each robot has its own trace, in the order of robots, instead of drawing one.
    names
        Of the traces, where they have some.
    source
        Where they come from.
    gaps
        Longest and usual distance of samples (s).
    dated, held, doubts
        As those of a `Recording`.
    """

    patterns: tuple[Pattern, ...]
    offset: Offset = "random"
    timezone: str | None = None
    matched: bool = False
    names: tuple[str, ...] = field(default=(), compare=False)
    source: str = field(default="", compare=False)
    gaps: tuple[float, float] = field(default=(0.0, 0.0), compare=False)
    dated: bool = field(default=False, compare=False)
    held: float = field(default=0.0, compare=False)
    doubts: tuple[Problem, ...] = field(default=(), compare=False)

    @property
    def mean(self) -> float:
        """The mean over time and traces: of rates (bit/s), or the share of time online."""
        return math.fsum(pattern.mean for pattern in self.patterns) / len(self.patterns)

    def of_robots(self, robots: int, names: Sequence[str]) -> Trace:
        """Return the traces of the robots of a cohort, in their order.

        Raises
        ------
        ProblemError
            Each robot is to have its own, and there is not one for each.

        Examples
        --------
        >>> from rolloutsim.scenario.parts.patterns import make_pattern
        >>> one, other = (make_pattern([0.0], [rate], 60.0) for rate in (1.0, 2.0))
        >>> trace = Trace((one, other), matched=True, names=("r1", "r2"))
        >>> [pattern.mean for pattern in trace.of_robots(2, ["r2", "r1"]).patterns]
        [2.0, 1.0]
        """
        if not self.matched:
            return self
        if names and self.names:
            known = dict(zip(self.names, self.patterns, strict=True))
            missing = [name for name in names if name not in known]
            if missing:
                others = f" and of {len(missing) - 1:,} more" if len(missing) > 1 else ""
                why = f"{self.source} has no trace of the robot {missing[0]}{others}"
                raise ProblemError("does-not-fit", why, "add its samples, or remove match: each robot draws a trace")
            return replace(self, patterns=tuple(known[name] for name in names), names=())
        if len(self.patterns) != robots:
            count = len(self.patterns)
            why = f"there {'is' if count == 1 else 'are'} {count_in_words(count, 'trace')} for {count_in_words(robots, 'robot')}"
            raise ProblemError("does-not-fit", why, "record one for each robot, or remove match: each robot draws a trace")
        return self

    def part(self, first: int, robots: int) -> Trace:
        """Return the traces of some robots in a row; if each has its own, they begin again after the last."""
        if not self.matched:
            return self
        count = len(self.patterns)
        return replace(self, patterns=tuple(self.patterns[number % count] for number in range(first, first + robots)))

    @property
    def availability(self) -> float:
        """Of an on/off trace, the share of time online."""
        return self.mean


_UNIT = Key(Custom(lambda raw: parse_unit(raw, RATE), {"enum": list(RATE.units)}), "Unit of the rates.")
_OFFSET = Key(
    Choice(OFFSETS, default="random"), "Where a robot begins: at a random point, at the first sample, or at the time of rules.start."
)
_ZONE = Key(TIMEZONE, "Time zone of dates without an offset from UTC.")
_MATCH = Key(
    Choice(("any", "robot"), default="any"),
    "Which trace a robot replays: it draws any of them, or each robot has its own, by its name in a list of robots or else in order.",
)
_NO_PERIOD = Problem("out-of-range", why="a record is longer than nothing", hint="write e.g. 1 d")


class TraceType(FieldType[Trace]):
    """A recorded trace.

    It is ``{file, time, online, group, match, offset, time_unit, timezone, period}``, or spelled out
    ``{patterns: [{period, times, online}], match, offset}``; with rates ``rate`` instead of ``online``, and their ``unit``.

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
            "group": Key(TEXT, "Column that separates several traces."),
            "match": _MATCH,
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
        spelled = {"patterns": patterns, **unit, "match": _MATCH, "offset": _OFFSET, "timezone": _ZONE}
        self.spelled = Keys(spelled, ("patterns", *unit), "Spelled out, in seconds.")

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
        return Trace(patterns, offset, given.get("timezone") if dated else None, given.get("match") == "robot")

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
        return Trace(
            recording.patterns,
            offset,
            whose,
            given.get("match") == "robot",
            recording.names,
            given["file"],
            recording.gaps,
            recording.dated,
            recording.held,
            recording.doubts,
        )

    def write(self, value: Trace | None) -> Any:
        if value is None:
            return None
        written: dict[str, Any] = {"patterns": self.patterns.write(value.patterns)}
        written |= {"unit": RATE.unit} if self.kind == "rate" else {}
        written |= {"match": "robot"} if value.matched else {}
        return written | {"offset": value.offset} | ({} if value.timezone is None else {"timezone": value.timezone})

    def schema(self) -> Schema:
        return {"anyOf": [self.file.ref(), self.spelled.ref()]}
