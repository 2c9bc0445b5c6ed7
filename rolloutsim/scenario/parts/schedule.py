"""Windows by local time of day and day of the week: when robots are online, or ready.

A window belongs to the day on which it opens. It opens and closes when the local clock first reaches its times, as an alarm clock
would: on the night on which clocks go forward a time that does not exist is reached at the change, and on the night on which they go
back the first of the two counts. Windows that overlap or touch are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field

from rolloutsim.distributions import Distribution
from rolloutsim.scenario.parts.amounts import Dist
from rolloutsim.scenario.parts.fields import Custom, Part
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.problems import ProblemError, did_you_mean, parse_each
from rolloutsim.scenario.reading.quantities import TIME
from rolloutsim.scenario.reading.zones import parse_timezone, zone_of

__all__ = ["LARGEST_VARIATE", "TIMEZONE", "Schedule", "Window", "first_instant"]

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 1440  # minutes
LARGEST_VARIATE = 1 - 2.0**-53
LONGEST_JITTER = 366 * 86400.0

_WINDOW = re.compile(r"\s*(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)(?:\s+(\S.*?))?\s*\Z", re.ASCII)
_DAYS_FIRST = re.compile(r"\s*([A-Za-z][A-Za-z,\s-]*?)\s*:?\s+(\d\d?:\d\d\s*-\s*\d\d?:\d\d)\s*\Z", re.ASCII)
_EXAMPLE = 'write e.g. "22:00-06:00 Mon-Fri"'


class Window(NamedTuple):
    """A time of day on some days of the week.

    Attributes
    ----------
    opens, closes
        Minutes after midnight; what closes on the next day has a larger number.
    days
        Of the week on which it opens, 0 = Monday.
    """

    opens: int
    closes: int
    days: tuple[int, ...]

    def __str__(self) -> str:
        closes = self.closes if self.closes == DAY else self.closes % DAY
        clock = f"{self.opens // 60:02}:{self.opens % 60:02}-{closes // 60:02}:{closes % 60:02}"
        runs: list[list[int]] = []
        for day in self.days:
            if runs and runs[-1][-1] == day - 1:
                runs[-1].append(day)
            else:
                runs.append([day])
        return f"{clock} {','.join(DAYS[run[0]] if len(run) == 1 else f'{DAYS[run[0]]}-{DAYS[run[-1]]}' for run in runs)}"


def _parse_windows(raw: Any) -> tuple[Window, ...]:
    if not isinstance(raw, list) or not raw:
        raise ProblemError("wrong-type", "a list of windows is needed", 'write e.g. ["22:00-06:00 Mon-Fri", "00:00-24:00 Sat-Sun"]')
    return tuple(parse_each(_parse_window, enumerate(raw)).values())


def _parse_window(raw: Any) -> Window:
    match = _WINDOW.match(raw) if isinstance(raw, str) else None
    first = _DAYS_FIRST.match(raw) if isinstance(raw, str) else None
    if first is not None:
        raise ProblemError("malformed", "the days come last", f'write "{first[2]} {first[1]}"')
    if match is None:
        raise ProblemError("malformed", "a window is two times of day and days of the week", _EXAMPLE)
    opens, closes = (60 * int(match[hour]) + int(match[hour + 1]) for hour in (1, 3))
    if int(match[2]) > 59 or int(match[4]) > 59 or opens >= DAY or closes > DAY:
        raise ProblemError("malformed", "a day has times from 00:00 to 24:00, and opens before 24:00", _EXAMPLE)
    if opens == closes:
        raise ProblemError("out-of-range", "this window has no length", 'the whole day is "00:00-24:00"')
    return Window(opens, closes if closes > opens else closes + DAY, tuple(sorted(set(_parse_days(match[5])))))


def _parse_days(text: str | None) -> Iterator[int]:
    for part in ("Mon-Sun" if text is None else text).split(","):
        names = [name.strip() for name in part.split("-")]
        for name in names:
            if name not in DAYS:
                raise ProblemError("unknown-name", f"{name or 'nothing'} is not a day of the week", did_you_mean(name, DAYS))
        if len(names) > 2:
            raise ProblemError("malformed", f"{part.strip()} is not a range of days", "write e.g. Mon-Fri or Mon,Wed,Fri")
        first, last = DAYS.index(names[0]), DAYS.index(names[-1])
        yield from range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1))


class Jitter(Dist):
    """By how much later a robot's whole calendar is (s); None = by nothing."""

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Distribution | None:  # type: ignore[override]
        jitter = super().parse(raw, folder)
        if not jitter.ppf(LARGEST_VARIATE) <= LONGEST_JITTER:
            raise ProblemError(
                "out-of-range", "this can shift a calendar by more than a year", "cut it off: {truncated: {of: …, high: 2 h}}"
            )
        return None if jitter.support()[1] == 0 else jitter


TIMEZONE = Custom(parse_timezone, {"type": "string", "examples": ["Europe/Berlin", "UTC"]})
WINDOWS = Custom(
    _parse_windows,
    {
        "type": "array",
        "minItems": 1,
        "items": {"type": "string", "pattern": r"^\s*\d\d?:\d\d\s*-\s*\d\d?:\d\d(\s+\S.*)?$"},
    },
    write=lambda windows: [str(window) for window in windows],
)


class Schedule(Part):
    """Windows of local time, repeated weekly."""

    windows: Annotated[tuple[Window, ...], WINDOWS] = Field(
        alias="online",
        description="Windows as local times of day, and days of the week on which they open, e.g. 22:00-06:00 Mon-Fri.",
    )
    timezone: Annotated[str, TIMEZONE] = Field(description="Name of the time zone.")
    jitter: Annotated[Distribution | None, Jitter(TIME)] = Field(
        None, description="Delay of a robot's whole calendar, drawn once per robot."
    )

    @property
    def availability(self) -> float:
        """The open share of a week without a change of the clock."""
        week = 7 * DAY
        spans = [(day * DAY + w.opens + turn, day * DAY + w.closes + turn) for w in self.windows for day in w.days for turn in (-week, 0)]
        return sum(max(0.0, min(closes, week) - max(opens, 0)) for opens, closes in united(spans)) / week

    def intervals(self, start: float, low: float, high: float) -> list[tuple[float, float]]:
        """Return when it is open between two instants, and a little beyond.

        Parameters
        ----------
        start
            POSIX time to which the results are relative (s).
        low, high
            The instants (s after `start`).

        Returns
        -------
        list of (opens, closes)
            Ascending and apart, in seconds after `start`.
        """
        zone = zone_of(self.timezone)
        opens, closes = (datetime.fromtimestamp(start + t, zone).replace(tzinfo=None) for t in (low, high))
        day = datetime(opens.year, opens.month, opens.day) - timedelta(days=3)
        spans = []
        while day <= closes + timedelta(days=2):
            for window in self.windows:
                if day.weekday() in window.days:
                    ends = (first_instant(day + timedelta(minutes=minutes), zone) - start for minutes in (window.opens, window.closes))
                    spans.append((next(ends), next(ends)))
            day += timedelta(days=1)
        return united(spans)


def united(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return spans in order, those that overlap or touch as one.

    Examples
    --------
    >>> united([(5, 6), (0, 2), (1, 3), (3, 4), (7, 7)])
    [(0, 4), (5, 6)]
    """
    result: list[tuple[float, float]] = []
    for opens, closes in sorted(spans):
        if opens >= closes:
            continue
        if result and opens <= result[-1][1]:
            result[-1] = result[-1][0], max(result[-1][1], closes)
        else:
            result.append((opens, closes))
    return result


def first_instant(local: datetime, zone: tzinfo) -> float:
    """Return the POSIX time (s) at which a local clock first reaches a date and time.

    Examples
    --------
    >>> from rolloutsim.scenario.reading.zones import zone_of
    >>> berlin = zone_of("Europe/Berlin")
    >>> first_instant(datetime(2026, 3, 29, 2, 30), berlin) == first_instant(datetime(2026, 3, 29, 3, 0), berlin)
    True
    """
    late = local.replace(tzinfo=zone, fold=0).timestamp()
    early = local.replace(tzinfo=zone, fold=1).timestamp()
    if early >= late:  # the time exists, once or twice
        return late
    before = datetime.fromtimestamp(early, zone).utcoffset()
    low, high = int(early), int(late)  # the clock goes forward between the two
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return float(high)


def exists(local: datetime, zone: ZoneInfo) -> bool:
    """Return whether a local clock ever shows a date and time."""
    return datetime.fromtimestamp(local.replace(tzinfo=zone).timestamp(), UTC).astimezone(zone).replace(tzinfo=None) == local
