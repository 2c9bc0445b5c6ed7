"""Patterns: what holds from when on, again and again; and how a file spells them out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from rolloutsim.distributions.base import LARGEST, SMALLEST
from rolloutsim.scenario.parts.amounts import PACKED, Quantity
from rolloutsim.scenario.parts.fields import Custom, FieldType, Key, Keys, Schema
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.packed import is_packed, unpack
from rolloutsim.scenario.reading.problems import ProblemError, parse_each
from rolloutsim.scenario.reading.quantities import NUMBER, TIME, count_in_words, parse_number

__all__ = ["CLOSEST", "Pattern", "PatternsType", "make_pattern", "posix_time"]

#: Samples closer together than this are a mistake in the unit of time (s).
CLOSEST = 0.001

#: Between these instants (s), of 1900 and 2200, time zones are known.
_EARLIEST, _LATEST = -2208988800.0, 7258118400.0


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
    begins
        POSIX time of its beginning (s); None where only distances count.
    """

    times: tuple[float, ...]
    values: tuple[float, ...]
    period: float
    begins: float | None = None

    @cached_property
    def mean(self) -> float:
        """The mean over time."""
        ends = (*self.times[1:], self.period)
        return math.fsum((end - t) * v for t, end, v in zip(self.times, ends, self.values, strict=True)) / self.period


def make_pattern(times: Sequence[float], values: Sequence[float], period: float, begins: float | None = None) -> Pattern:
    """Return a pattern of samples, of which it keeps the changes only.

    Raises
    ------
    ProblemError
        A value is not 0 and beyond the bounds that distributions have as well.
    """
    for value in values:
        if value and not SMALLEST <= value <= LARGEST:
            raise ProblemError(
                "out-of-range", f"the rate {value:g} bit/s is not 0 and not from {SMALLEST:g} to {LARGEST:g}", "is the unit right?"
            )
    kept = [n for n in range(len(times)) if n == 0 or values[n] != values[n - 1]]
    return Pattern(tuple(times[n] for n in kept), tuple(values[n] for n in kept), period, begins)


def _parse_numbers(raw: Any) -> list[float]:
    if is_packed(raw):
        return unpack(raw)
    if not isinstance(raw, list) or not raw:
        raise ProblemError("wrong-type", "a list of numbers is needed", "write e.g. [0, 20]")
    numbers = [parse_number(item) for item in raw]
    if min(numbers) < 0:
        raise ProblemError("out-of-range", "a negative number makes no sense here", "write 0 or more")
    return numbers


def posix_time(raw: Any) -> float:
    """Return a date with an offset from UTC as POSIX time (s).

    Raises
    ------
    ProblemError
        It is no such date.

    Examples
    --------
    >>> posix_time("2026-11-01T00:00:00+01:00")
    1793487600.0
    """
    try:
        date = datetime.fromisoformat(raw)
        t = date.timestamp() if date.tzinfo is not None else math.nan
    except (TypeError, ValueError, OverflowError):
        t = math.nan
    if not _EARLIEST <= t <= _LATEST:
        raise ProblemError(
            "malformed", "a date of the years 1900 to 2200 with its offset from UTC is needed", "write e.g. 2026-11-01T00:00:00+01:00"
        )
    return t


def _date(t: float) -> str:
    return datetime.fromtimestamp(t, UTC).isoformat()


_NUMBERS = Custom(_parse_numbers, {"anyOf": [{"type": "array", "minItems": 1, "items": Quantity(NUMBER).ref()}, PACKED]}, write=list)
_DATE = Key(Custom(posix_time, {"type": "string"}, write=_date), "With offset: clock, the date of time 0 with its offset from UTC.")


class PatternsType(FieldType[tuple[Pattern, ...]]):
    """Patterns spelled out: ``[{period: 60 s, times: [0, 20], online: [1, 0]}, …]``.

    Parameters
    ----------
    kind
        What the values are, ``online`` or ``rate``.
    factor
        What a value is in SI units.
    dated
        Whether each has ``begins: <date>``.
    """

    def __init__(self, kind: str, factor: float = 1.0, dated: bool = True) -> None:
        self.kind, self.factor = kind, factor
        keys = {
            "period": Key(Quantity(TIME), "Length of the pattern."),
            "times": Key(_NUMBERS, "Times of the samples (s)."),
            kind: Key(_NUMBERS, "The samples."),
        }
        self.keys = Keys(keys | {"begins": _DATE} if dated else keys, tuple(keys | {"begins": _DATE} if dated else keys))

    def parse(self, raw: Any, folder: DataFolder | None = None) -> tuple[Pattern, ...]:
        if not isinstance(raw, list) or not raw:
            why = "a list of patterns is needed"
            raise ProblemError("wrong-type", why, f"write [{{period: 60 s, times: [0, 20], {self.kind}: [1, 0]}}]")
        return tuple(parse_each(self._parse_one, enumerate(raw)).values())

    def _parse_one(self, raw: Any) -> Pattern:
        given = self.keys.parse(raw)
        times, values, period = given["times"], given[self.kind], given["period"]
        if len(times) != len(values):
            raise ProblemError(
                "does-not-fit",
                f"{count_in_words(len(times), 'time')} and {count_in_words(len(values), 'value')}",
                "write a value for each time",
            )
        if times[0] != 0 or any(later - t < CLOSEST for t, later in zip(times, [*times[1:], period], strict=True)):
            why = "times begin at 0 s and ascend, up to before the period"
            raise ProblemError("malformed", why, f"write e.g. {{period: 60 s, times: [0, 20], {self.kind}: …}}")
        if self.kind == "online" and not set(values) <= {0.0, 1.0}:
            raise ProblemError("out-of-range", "online is 1 or 0", "write e.g. [1, 0]")
        return make_pattern(times, [self.factor * value for value in values], period, given.get("begins"))

    def write(self, value: tuple[Pattern, ...]) -> list[Any]:
        return [self.write_one(pattern) for pattern in value]

    def write_one(self, pattern: Pattern) -> dict[str, Any]:
        """Return one pattern as a file spells it out."""
        fields = {"period": pattern.period, "times": pattern.times, self.kind: pattern.values, "begins": pattern.begins}
        return self.keys.write(fields)

    def schema(self) -> Schema:
        required = [key for key in self.keys.required if key != "begins"]
        return {"type": "array", "minItems": 1, "items": {**self.keys.schema(), "required": required}}
