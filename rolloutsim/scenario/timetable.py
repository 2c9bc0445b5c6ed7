"""The schedules of a scenario and the start of its job: what does not fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rolloutsim.scenario.finding import Finding, duration_in_words
from rolloutsim.scenario.schedule import Schedule, exists
from rolloutsim.scenario.source import Location

if TYPE_CHECKING:
    from rolloutsim.scenario.model import Scenario
    from rolloutsim.scenario.steps import StepChange

__all__ = ["LONGEST", "schedules", "timetable_findings"]

#: How far calendars are laid out (s).
LONGEST = 20 * 366 * 86400.0

_START = ("rules", "start")


def schedules(scenario: Scenario) -> Iterator[tuple[Location, Schedule]]:
    """Yield all schedules and where they are."""
    for number, cohort in enumerate(scenario.fleet):
        if isinstance(cohort.connectivity, Schedule):
            yield ("fleet", number, "connectivity", "schedule"), cohort.connectivity
        yield from _ready(("fleet", number, "steps"), cohort.steps)
    yield from _ready(("application", "steps"), scenario.application.steps)
    yield from _ready(("application", "release", "bad", "steps"), scenario.application.bad_steps)


def _ready(at: Location, steps: Mapping[str, StepChange]) -> Iterator[tuple[Location, Schedule]]:
    change = steps.get("condition")
    if change is not None and isinstance(change.ready, Schedule):
        yield (*at, "condition", "ready", "schedule"), change.ready


def timetable_findings(scenario: Scenario) -> Iterator[Finding]:
    """Yield what keeps schedules from being laid out from the start of the job."""
    found = list(schedules(scenario))
    if not found:
        return
    rules, zones = scenario.rules, sorted({schedule.timezone for _, schedule in found})
    places = tuple(location for location, _ in found)
    if rules.start is None:
        hint = 'add rules.start: "2026-01-05 21:00", local time'
        yield Finding(_START, "schedules need the time at which the job starts", hint, found="nothing", involves=places)
        return
    start = datetime.fromisoformat(rules.start)
    if start.tzinfo is None and len(zones) > 1:
        why = f"the schedules have different time zones, {' and '.join(zones)}, so a local time is not enough"
        yield Finding(_START, why, f"write its offset from UTC, e.g. {start.isoformat(' ', 'minutes')}+01:00", involves=places)
    elif start.tzinfo is None and not exists(start, ZoneInfo(zones[0])):
        yield Finding(_START, f"clocks go forward in {zones[0]}: this time does not exist", "write a time an hour later", involves=places)
    horizon = max(rules.observe, rules.fleet_timeout)
    if horizon > LONGEST:
        longer = "observe" if rules.observe >= rules.fleet_timeout else "fleet_timeout"
        why = f"calendars are followed for 20 years at most, and this is {duration_in_words(horizon)}"
        yield Finding(("rules", longer), why, "write e.g. 30 d", involves=places)
