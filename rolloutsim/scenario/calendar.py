"""What goes by the clock in a scenario: its schedules and dated traces, whose clock that is, and when the job starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolloutsim.errors import Location
from rolloutsim.scenario.parts.connectivity import Connectivity
from rolloutsim.scenario.parts.schedule import Schedule
from rolloutsim.scenario.parts.steps import StepChange
from rolloutsim.scenario.parts.traces import Trace
from rolloutsim.scenario.sections import Sections

__all__ = ["LONGEST", "clocks", "connectivities", "schedules", "start_of", "traces"]

#: How far calendars are laid out (s).
LONGEST = 20 * 366 * 86400.0


def connectivities(scenario: Sections) -> Iterator[tuple[Location, Connectivity]]:
    """Yield when robots are online and the origin sends, and where that is."""
    for number, cohort in enumerate(scenario.fleet):
        yield ("fleet", number, "connectivity"), cohort.connectivity
    bad = scenario.application.release.bad
    if bad is not None and bad.connectivity is not None:
        yield ("application", "release", "bad", "connectivity"), bad.connectivity
    if scenario.network is not None and scenario.network.origin_connectivity is not None:
        yield ("network", "origin_connectivity"), scenario.network.origin_connectivity


def schedules(scenario: Sections) -> Iterator[tuple[Location, Schedule]]:
    """Yield all schedules and where they are."""
    for at, link in connectivities(scenario):
        if isinstance(link, Schedule):
            yield (*at, "schedule"), link
    for number, cohort in enumerate(scenario.fleet):
        yield from _ready(("fleet", number, "steps"), cohort.steps)
    yield from _ready(("application", "steps"), scenario.application.steps)
    yield from _ready(("application", "release", "bad", "steps"), scenario.application.bad_steps)
    if scenario.rules.admit is not None:
        yield ("rules", "admit"), scenario.rules.admit.schedule


def _ready(at: Location, steps: Mapping[str, StepChange]) -> Iterator[tuple[Location, Schedule]]:
    change = steps.get("condition")
    if change is not None and isinstance(change.ready, Schedule):
        yield (*at, "condition", "ready", "schedule"), change.ready


def traces(scenario: Sections) -> Iterator[tuple[Location, Trace]]:
    """Yield all recorded traces and where they are."""
    for at, link in connectivities(scenario):
        if isinstance(link, Trace):
            yield (*at, "trace"), link
    for number, cohort in enumerate(scenario.fleet):
        if cohort.link_trace is not None:
            yield ("fleet", number, "link", "trace"), cohort.link_trace
    bad = scenario.application.release.bad
    if bad is not None and bad.link is not None and bad.link.trace is not None:
        yield ("application", "release", "bad", "link", "trace"), bad.link.trace


def clocks(scenario: Sections) -> Iterator[tuple[Location, str | None]]:
    """Yield where something goes by the clock, and whose: a time zone, or None where dates have their offset from UTC."""
    yield from ((location, schedule.timezone) for location, schedule in schedules(scenario))
    yield from ((location, trace.timezone) for location, trace in traces(scenario) if trace.offset == "clock")


def start_of(scenario: Sections) -> float:
    """Return the POSIX time (s) at which the job of a scenario starts in which something goes by the clock."""
    return scenario.rules.started_at(next((zone for _, zone in clocks(scenario) if zone is not None), "UTC"))
