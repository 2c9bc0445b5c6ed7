"""What goes by the clock in a scenario, and the start of its job: what does not fit together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rolloutsim.errors import Problem
from rolloutsim.formatting import duration
from rolloutsim.scenario.calendar import LONGEST, clocks, schedules
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.schedule import exists
from rolloutsim.scenario.reading.zones import zone_of

__all__ = ["timetable_problems"]

_START = ("rules", "start")


def timetable_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what keeps schedules and dated traces from being laid out from the start of the job."""
    found = list(clocks(scenario))
    if not found:
        return
    rules, zones = scenario.rules, sorted({zone for _, zone in found if zone is not None})
    places = tuple(location for location, _ in found)
    if rules.start is None:
        what = "schedules need" if any(schedules(scenario)) else "a trace with offset: clock needs"
        hint = 'add rules.start: "2026-01-05 21:00", local time'
        yield Problem("incomplete", _START, f"{what} the time at which the job starts", hint, found="nothing", involves=places)
        return
    start = datetime.fromisoformat(rules.start)
    if start.tzinfo is None and len(zones) != 1:
        different = f"different time zones are used, {' and '.join(zones)}"
        why = f"{different if zones else 'the dates of the trace have their offset from UTC'}, so a local time is not enough"
        yield Problem(
            "incomplete", _START, why, f"write its offset from UTC, e.g. {start.isoformat(' ', 'minutes')}+01:00", involves=places
        )
    elif start.tzinfo is None and not exists(start, zone_of(zones[0])):
        yield Problem(
            "does-not-fit",
            _START,
            f"clocks go forward in {zones[0]}: this time does not exist",
            "write a time an hour later",
            involves=places,
        )
    horizon = max(rules.observe, rules.fleet_timeout)
    if horizon > LONGEST and any(schedules(scenario)):
        longer = "observe" if rules.observe >= rules.fleet_timeout else "fleet_timeout"
        why = f"calendars are followed for 20 years at most, and this is {duration(horizon)}"
        yield Problem("beyond-simulation", ("rules", longer), why, "write e.g. 30 d", involves=places)
