"""The local clock of a job with `rules.start`: from a clock time to seconds after the start, and back."""

from __future__ import annotations

import math
import re
from datetime import datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rolloutsim.scenario.calendar import clocks
from rolloutsim.scenario.parts.schedule import first_instant
from rolloutsim.scenario.reading.zones import zone_of
from rolloutsim.scenario.sections import Sections

__all__ = ["LocalClock", "is_clock_time"]

_CLOCK = re.compile(r"\s*([01]?[0-9]|2[0-3]):([0-5][0-9])\s*")
#: Further from the start a weekday alone is ambiguous (s).
_WEEK = 6 * 86400.0


def is_clock_time(text: str) -> bool:
    """Return whether a text is a time of day, such as ``06:00``.

    >>> is_clock_time("06:00"), is_clock_time("6 h"), is_clock_time("24:00")
    (True, False, False)
    """
    return _CLOCK.fullmatch(text) is not None


class LocalClock(NamedTuple):
    """When a job starts, and by which clock.

    Attributes
    ----------
    start
        POSIX time (s).
    zone
        Of the schedules and dated traces of the scenario; without them the offset of `rules.start`, or UTC.
    """

    start: float
    zone: tzinfo

    @classmethod
    def of(cls, scenario: Sections) -> LocalClock | None:
        """Return the clock of a scenario; None without `rules.start`.

        Examples
        --------
        >>> from rolloutsim.scenario import parse
        >>> text = 'fleet: [{cohort: dock, robots: 1}]\\napplication: {bundle: 1 MB}\\nrules: {start: "2026-01-05 21:00"}'
        >>> LocalClock.of(parse(text)).at(3600.0)
        'Mon 22:00'
        """
        if scenario.rules.start is None:
            return None
        named = next((zone for _, zone in clocks(scenario) if zone is not None), "")
        own = datetime.fromisoformat(scenario.rules.start).tzinfo
        zone = own if own is not None and not named else zone_of(named or "UTC")
        return cls(scenario.rules.started_at(named or "UTC"), zone)

    @classmethod
    def from_json(cls, found: tuple[float, str | float]) -> LocalClock:
        """Return what `to_json` has written."""
        start, zone = found
        return cls(start, zone_of(zone) if isinstance(zone, str) else timezone(timedelta(seconds=zone)))

    def to_json(self) -> tuple[float, str | float]:
        """Return its start, and the name of its zone or its distance from UTC in s.

        >>> clock = LocalClock(0.0, zone_of("Europe/Berlin"))
        >>> clock.to_json(), LocalClock.from_json(clock.to_json()) == clock, LocalClock(0.0, timezone(timedelta(hours=2))).to_json()
        ((0.0, 'Europe/Berlin'), True, (0.0, 7200.0))
        """
        if isinstance(self.zone, ZoneInfo):
            return self.start, self.zone.key
        offset = self.zone.utcoffset(None)
        return self.start, 0.0 if offset is None else offset.total_seconds()

    def after(self, clock_time: str) -> float:
        """Return how long after the start (s) the clock first shows a time of day; the start itself is not after it.

        >>> from datetime import UTC
        >>> LocalClock(datetime(2026, 1, 5, 21, 0, tzinfo=UTC).timestamp(), UTC).after("06:00")
        32400.0
        """
        match = _CLOCK.fullmatch(clock_time)
        if match is None:
            raise ValueError(f"{clock_time!r} is no time of day")
        day = datetime.fromtimestamp(self.start, self.zone).date()
        wanted = (datetime.combine(day + timedelta(days=n), time(int(match[1]), int(match[2]))) for n in range(3))
        return next(after for local in wanted if (after := first_instant(local, self.zone) - self.start) > 0)

    def at(self, seconds: float) -> str:
        """Return what the clock shows so long after the start: weekday and time, or the date where the weekday is ambiguous."""
        if not math.isfinite(seconds) or seconds > 1e10:
            return ""
        local = self.local(seconds)
        return f"{local:%a %H:%M}" if seconds < _WEEK else f"{local:%Y-%m-%d %H:%M}"

    def local(self, seconds: float) -> datetime:
        """Return the local date and time so long after the start."""
        return datetime.fromtimestamp(self.start + seconds, self.zone)

    def moved(self, seconds: float) -> str:
        """Return a start so many seconds later, to the minute, as `rules.start` takes it."""
        return datetime.fromtimestamp(self.start + seconds, self.zone).isoformat(" ", "minutes")
