"""What goes by the clock in a scenario, and the start of its job: what does not fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from rolloutsim.errors import Location, Problem
from rolloutsim.scenario.parts.schedule import Schedule, exists
from rolloutsim.scenario.parts.traces import Trace
from rolloutsim.scenario.reading.quantities import duration_in_words
from rolloutsim.scenario.reading.zones import zone_of

if TYPE_CHECKING:
    from rolloutsim.scenario.model import Scenario
    from rolloutsim.scenario.parts.steps import StepChange

__all__ = ["LONGEST", "clocks", "schedules", "start_of", "timetable_problems"]

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


def dated_traces(scenario: Scenario) -> Iterator[tuple[Location, Trace]]:
    """Yield the traces that are replayed by the clock and where they are."""
    for number, cohort in enumerate(scenario.fleet):
        if isinstance(cohort.connectivity, Trace) and cohort.connectivity.offset == "clock":
            yield ("fleet", number, "connectivity", "trace"), cohort.connectivity
        if cohort.link_trace is not None and cohort.link_trace.offset == "clock":
            yield ("fleet", number, "link", "trace"), cohort.link_trace


def clocks(scenario: Scenario) -> Iterator[tuple[Location, str | None]]:
    """Yield where something goes by the clock, and whose: a time zone, or None where dates have their offset from UTC."""
    yield from ((location, schedule.timezone) for location, schedule in schedules(scenario))
    yield from ((location, trace.timezone) for location, trace in dated_traces(scenario))


def start_of(scenario: Scenario) -> float:
    """Return the POSIX time (s) at which the job of a scenario starts in which something goes by the clock."""
    return scenario.rules.started_at(next((zone for _, zone in clocks(scenario) if zone is not None), "UTC"))


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
        why = f"calendars are followed for 20 years at most, and this is {duration_in_words(horizon)}"
        yield Problem("beyond-simulation", ("rules", longer), why, "write e.g. 30 d", involves=places)
