"""A fleet that is a list of robots, written out as cohorts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from rolloutsim.errors import Location
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.quantities import count_in_words
from rolloutsim.scenario.sites.findings import Findings
from rolloutsim.scenario.sites.fleet_file import FleetFile
from rolloutsim.scenario.sites.fleet_list import Group, read_robots

__all__ = ["ListedFleet", "expand_list", "is_listed"]

#: Stands for a file that cannot be read; where there are sites, each of them has one.
_STAND_IN = {"cohort": "robots", "robots": 1}


class ListedFleet(NamedTuple):
    """Cohorts, and a function that returns the place of the file that a place of theirs is from."""

    cohorts: list[dict[str, Any]]
    origin: Callable[[Location], Location]


def is_listed(fleet: Any) -> bool:
    """Return whether a fleet is a list of robots."""
    return isinstance(fleet, dict) and "file" in fleet


def expand_list(raw: Mapping[str, Any], folder: DataFolder, sites: tuple[str, ...], found: Findings) -> ListedFleet:
    """Return the cohorts of a list of robots, noting what is wrong with it, and what is ignored; without `sites` all names are good."""
    described = found.attempt(("fleet",), partial(FleetFile.model_validate, context={"folder": folder}), raw)
    read = None if described is None else found.attempt(("fleet", "file"), read_robots, described, folder, sites)
    if read is None:
        stand_in = [{"cohort": f"robots@{site}", "site": site, "robots": 1} for site in sites] or [_STAND_IN]
        return ListedFleet(stand_in, lambda location: ("fleet",) if location[:1] == ("fleet",) else location)
    if read.ignored:
        number, names = count_in_words(len(read.ignored), "column"), ", ".join(read.ignored[:6])
        found.note(("fleet", "file"), f"other columns are ignored: {names}{'' if len(read.ignored) <= 6 else ', …'}", number)
    templates = raw.get("classes") or {}
    cohorts = [group.cohort(templates.get(group.class_name) or {}) for group in read.groups]
    return ListedFleet(cohorts, _origin(templates, read.groups))


def _origin(templates: Mapping[str, Any], groups: list[Group]) -> Callable[[Location], Location]:
    def origin(location: Location) -> Location:
        if location[:1] != ("fleet",) or len(location) < 3 or not isinstance(location[1], int) or location[1] >= len(groups):
            return ("fleet", "file") if location[:1] == ("fleet",) and len(location) > 1 else location
        group = groups[location[1]]
        described = location[2] in (templates.get(group.class_name) or {}) and location[2] not in group.keys
        return ("fleet", "classes", group.class_name, *location[2:]) if described else ("fleet", "file")

    return origin
