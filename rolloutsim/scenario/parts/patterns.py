"""Patterns: what holds from when on, again and again; and how a file spells them out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from rolloutsim.distributions.base import LARGEST, SMALLEST
from rolloutsim.scenario.reading.packed import is_packed, unpack
from rolloutsim.scenario.reading.problems import ProblemError, Problems, read_mapping
from rolloutsim.scenario.reading.quantities import TIME, format_quantity, parse_number, parse_quantity

__all__ = ["CLOSEST", "Pattern", "make_pattern", "parse_patterns", "posix_time", "write_pattern"]

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


def parse_patterns(raw: Any, kind: str, factor: float, dated: bool) -> tuple[Pattern, ...]:
    """Return the patterns that a scenario spells out.

    Parameters
    ----------
    raw
        ``[{period: 60 s, times: [0, 20], online: [1, 0]}, …]``, each with ``begins: <date>`` if they are dated.
    kind
        What the values are, ``online`` or ``rate``.
    factor
        What a value is in SI units.
    dated
        Whether they have dates.

    Raises
    ------
    ProblemError or pydantic.ValidationError
        They are none.
    """
    if not isinstance(raw, list) or not raw:
        raise ProblemError("wrong-type", "a list of patterns is needed", f"write [{{period: 60 s, times: [0, 20], {kind}: [1, 0]}}]")
    problems = Problems()
    patterns = [problems.attempt((number,), _parse_pattern, pattern, kind, factor, dated) for number, pattern in enumerate(raw)]
    problems.check()
    return tuple(pattern for pattern in patterns if pattern is not None)


def _parse_pattern(raw: Any, kind: str, factor: float, dated: bool) -> Pattern:
    problems = Problems()
    keys = ("period", "times", kind, "begins") if dated else ("period", "times", kind)
    given = read_mapping(raw, keys, keys, problems)
    period = problems.attempt(("period",), parse_quantity, given["period"], TIME) if "period" in given else None
    begins = problems.attempt(("begins",), posix_time, given["begins"]) if "begins" in given else None
    lists = {key: problems.attempt((key,), _parse_numbers, given[key]) for key in ("times", kind) if key in given}
    problems.check()
    times, values = lists["times"], lists[kind]
    assert times is not None
    assert values is not None
    assert period is not None
    if len(times) != len(values):
        raise ProblemError("does-not-fit", f"{len(times)} times and {len(values)} values", "write a value for each time")
    if times[0] != 0 or any(later - t < CLOSEST for t, later in zip(times, [*times[1:], period], strict=True)):
        raise ProblemError(
            "malformed", "times begin at 0 s and ascend, up to before the period", f"write e.g. {{period: 60 s, times: [0, 20], {kind}: …}}"
        )
    if kind == "online" and not set(values) <= {0.0, 1.0}:
        raise ProblemError("out-of-range", "online is 1 or 0", "write e.g. [1, 0]")
    return make_pattern(times, [factor * value for value in values], period, begins)


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


def write_pattern(pattern: Pattern, kind: str) -> dict[str, Any]:
    """Return a pattern as a file can spell it out, exact to the last bit."""
    written: dict[str, Any] = {"period": format_quantity(pattern.period, TIME), "times": list(pattern.times), kind: list(pattern.values)}
    if pattern.begins is not None:
        written["begins"] = datetime.fromtimestamp(pattern.begins, UTC).isoformat()
    return written
