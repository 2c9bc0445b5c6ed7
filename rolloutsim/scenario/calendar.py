"""What goes by the clock in a scenario: its schedules and dated traces, whose clock that is, and when the job starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolloutsim.errors import Location
from rolloutsim.scenario.parts.schedule import Schedule
from rolloutsim.scenario.parts.steps import StepChange
from rolloutsim.scenario.parts.traces import Trace
from rolloutsim.scenario.sections import Sections

__all__ = ["LONGEST", "clocks", "schedules", "start_of"]

#: How far calendars are laid out (s).
LONGEST = 20 * 366 * 86400.0


def schedules(scenario: Sections) -> Iterator[tuple[Location, Schedule]]:
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


def dated_traces(scenario: Sections) -> Iterator[tuple[Location, Trace]]:
    """Yield the traces that are replayed by the clock and where they are."""
    for number, cohort in enumerate(scenario.fleet):
        if isinstance(cohort.connectivity, Trace) and cohort.connectivity.offset == "clock":
            yield ("fleet", number, "connectivity", "trace"), cohort.connectivity
        if cohort.link_trace is not None and cohort.link_trace.offset == "clock":
            yield ("fleet", number, "link", "trace"), cohort.link_trace


def clocks(scenario: Sections) -> Iterator[tuple[Location, str | None]]:
    """Yield where something goes by the clock, and whose: a time zone, or None where dates have their offset from UTC."""
    yield from ((location, schedule.timezone) for location, schedule in schedules(scenario))
    yield from ((location, trace.timezone) for location, trace in dated_traces(scenario))


def start_of(scenario: Sections) -> float:
    """Return the POSIX time (s) at which the job of a scenario starts in which something goes by the clock."""
    return scenario.rules.started_at(next((zone for _, zone in clocks(scenario) if zone is not None), "UTC"))
