"""What can be simulated and is probably not meant: numbers with points as thousands, windows that leave out a minute, shifted means."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from rolloutsim.distributions import Normal
from rolloutsim.errors import Location, Problem
from rolloutsim.formatting import duration
from rolloutsim.scenario.calendar import schedules
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.schedule import Schedule, united
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.quantities import NUMBER, RATE, SIZE, TIME, parse_quantity
from rolloutsim.scenario.reading.slips import ambiguous_points

__all__ = ["suspicions"]

MINUTE = 60.0
WEEK = 7 * 1440

#: A truncation at zero that moves the mean of a normal distribution by more than this is worth a warning.
MOST_SHIFT = 0.01

#: Free text, in which numbers mean nothing.
_FREE = ("scenario", "description")


def suspicions(scenario: Scenario) -> Iterator[Problem]:
    """Yield warnings, in no particular order."""
    for location, value in _values(scenario.expanded, ()):
        if location and location[0] in _FREE:
            continue
        if isinstance(value, str):
            yield from (problem._replace(location=location) for problem in ambiguous_points(value))
        elif location and location[-1] == "normal":
            yield from _moved_mean(location, value)
    for location, schedule in schedules(scenario):
        yield from _left_out(location, schedule)
    yield from _never_through(scenario)


def _values(raw: Any, location: Location) -> Iterator[tuple[Location, Any]]:
    """Yield every value of plain data, and where it is; long lists of numbers are not looked into."""
    yield location, raw
    if isinstance(raw, dict):
        for key, value in raw.items():
            yield from _values(value, (*location, key))
    elif isinstance(raw, list) and raw and isinstance(raw[0], str | dict | list):
        for number, value in enumerate(raw):
            yield from _values(value, (*location, number))


def _moved_mean(location: Location, raw: Any) -> Iterator[Problem]:
    if not isinstance(raw, dict):
        return
    for dimension in (TIME, SIZE, RATE, NUMBER):
        try:
            mean, sd = (parse_quantity(raw.get(key), dimension) for key in ("mean", "sd"))
            moved = Normal(mean, sd).mean() / mean - 1 if mean > 0 else math.inf
        except (ProblemError, ValueError):
            continue
        if moved > MOST_SHIFT:
            by = f"by {100 * moved:.3g} %" if math.isfinite(moved) else f"from {raw['mean']}"
            why = f"a normal distribution is cut off at zero, which moves its mean {by}"
            yield Problem("shifted-mean", location, why, "take e.g. {lognormal: {mean: …, sd: …}}, which keeps it", "warning")
        return


def _spans(schedule: Schedule) -> list[tuple[float, float]]:
    """Return when a schedule is open in two weeks (min)."""
    spans = [
        (WEEK * week + 1440 * day + window.opens, WEEK * week + 1440 * day + window.closes)
        for week in (-1, 0, 1, 2)
        for window in schedule.windows
        for day in window.days
    ]
    return united(spans)


def _left_out(location: Location, schedule: Schedule) -> Iterator[Problem]:
    spans = _spans(schedule)
    if any(opens - closes == 1 for (_, closes), (opens, _) in pairwise(spans)):
        why = "a minute between two windows is left out"
        yield Problem(
            "window-gap",
            (*location, "windows" if location == ("rules", "admit") else "online"),
            why,
            "windows that touch are one, and a day ends at 24:00: write e.g. 00:00-24:00",
            "warning",
        )


def _never_through(scenario: Scenario) -> Iterator[Problem]:
    """Yield downloads that begin again in each window and fit into none."""
    if scenario.application.interrupted != "restart":
        return
    for number, cohort in enumerate(scenario.fleet):
        size = scenario.bundle_size(cohort)
        rate = cohort.link_trace.mean if cohort.link_trace is not None else None if cohort.link_rate is None else cohort.link_rate.ppf(0.5)
        if not size or not rate or not isinstance(cohort.connectivity, Schedule):
            continue
        longest = MINUTE * max(closes - opens for opens, closes in _spans(cohort.connectivity))
        if longest < 8 * size / rate and cohort.connectivity.availability < 1:
            takes = f"takes {duration(8 * size / rate)}, and the longest window is {duration(longest)}"
            why = f"the download {takes}: with download.interrupted: restart it never ends"
            involved = (("application", "bundle"), ("application", "download"), ("fleet", number, "bundle"), ("fleet", number, "link"))
            at: Location = ("fleet", number, "connectivity", "schedule", "online")
            yield Problem("slow-download", at, why, "write longer windows, or interrupted: resume", "warning", involves=involved)
