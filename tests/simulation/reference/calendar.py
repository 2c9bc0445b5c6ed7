"""Windows of a local clock: a minute hand is watched, nothing is computed from rules of the time zone.

Windows in the file (minutes after midnight, days of the week) are taken from the scenario, as there is only one way to read it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from rolloutsim.scenario import Schedule
from tests.simulation.reference.processes import NEVER

MINUTE, HOUR, DAY = 60, 3600, 86400


def clock(t: int, zone: ZoneInfo) -> datetime:
    """Return what a local clock shows at a POSIX time (s)."""
    return datetime.fromtimestamp(t, zone).replace(tzinfo=None)


@cache
def reached(local: datetime, timezone: str) -> int:
    """Return the POSIX time (s) at which a local clock, watched once a minute, first shows a date and time or a later one."""
    zone = ZoneInfo(timezone)
    t = int((local - datetime(1970, 1, 1)).total_seconds()) - DAY  # no zone is a day ahead
    while clock(t, zone) < local:
        t += HOUR
    t -= 4 * HOUR  # a clock that went back meanwhile showed it before
    while clock(t, zone) < local:
        t += MINUTE
    return t


def started(start: str, timezone: str) -> float:
    """Return the POSIX time (s) of the job's creation: of its own offset from UTC, or by the local clock."""
    date = datetime.fromisoformat(start)
    if date.tzinfo is not None:
        return date.timestamp()
    return reached(date.replace(second=0), timezone) + date.second


@cache
def windows(schedule: Schedule, first: int, last: int) -> list[tuple[int, int]]:
    """Return all windows that open on days around two POSIX times (s), in any order."""
    zone = ZoneInfo(schedule.timezone)
    day = datetime.combine(clock(first, zone) - timedelta(days=2), datetime.min.time())
    found = []
    while day <= clock(last, zone) + timedelta(days=1):
        for window in schedule.windows:
            if day.weekday() in window.days:
                opens, closes = day + timedelta(minutes=window.opens), day + timedelta(minutes=window.closes)
                found.append((reached(opens, schedule.timezone), reached(closes, schedule.timezone)))
        day += timedelta(days=1)
    return found


class Calendar:
    """A robot's calendar.

    Parameters
    ----------
    schedule
        Its windows.
    start
        The job's creation, local time.
    late
        By how much the calendar is shifted (s).
    until
        How long it has to be known (s after creation).
    """

    def __init__(self, schedule: Schedule, start: str, late: float, until: float) -> None:
        zero = started(start, schedule.timezone)
        self.spans = [
            (opens - zero + late, closes - zero + late) for opens, closes in windows(schedule, int(zero - late), int(zero + until) + 1)
        ]
        self.instants = sorted({t for span in self.spans for t in span if t > 0}, reverse=True)
        self.on = self.open_at(0.0)
        self.change = self.instants[-1] if self.instants else NEVER

    def open_at(self, t: float) -> bool:
        return any(opens <= t < closes for opens, closes in self.spans)

    def turn(self) -> None:
        self.on = self.open_at(self.instants.pop())
        self.change = self.instants[-1] if self.instants else NEVER
