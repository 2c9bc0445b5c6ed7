"""What is left of a scenario when its problems are taken out, so that the rest can be checked in the same run."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from rolloutsim.errors import Location
from rolloutsim.scenario.model import Origin, Scenario

__all__ = ["repaired"]

_ROUNDS = 8


def repaired(data: dict[str, Any], lines: Sequence[ErrorDetails], origin: Origin) -> tuple[Scenario | None, set[Location]]:
    """Return the scenario without its problems, and the locations that were taken out or made up; None if too little is left."""
    data = copy.deepcopy(data)
    gone: set[Location] = set()
    for _ in range(_ROUNDS):
        for line in lines:
            gone.add(_take_out(data, tuple(line["loc"])))
        try:
            return Scenario.model_validate(data, context={"folder": origin.folder}).remember(origin._replace(raw=data, file="")), gone
        except ValidationError as error:
            lines = error.errors(include_url=False)
    return None, gone


def _take_out(data: dict[str, Any], location: Location) -> Location:
    """Remove a location, or the nearest part above it that can go; a required one gets a stand-in."""
    if location[:1] == ("fleet",):
        fleet = data.get("fleet")
        if not isinstance(fleet, list) or not fleet or len(location) < 2:
            data["fleet"] = [{"cohort": "cohort-0", "robots": 1}]
            return ("fleet",)
        number = location[1]
        assert isinstance(number, int)
        if number >= len(fleet):  # the whole fleet is a stand-in already
            return ("fleet",)
        if not isinstance(fleet[number], dict) or len(location) == 2:
            fleet[number] = {"cohort": f"cohort-{number}", "robots": 1}
            return location[:2]
        if location[2] in ("cohort", "robots"):
            fleet[number][location[2]] = f"cohort-{number}" if location[2] == "cohort" else 1
            return location[:3]
    if location[0] == "application" and (len(location) == 1 or not isinstance(data.get("application"), dict)):
        data["application"] = {"bundle": "1 MB"}
        return ("application",)
    if location[:2] == ("application", "bundle"):
        data["application"]["bundle"] = "1 MB"
        return ("application", "bundle")
    if location[0] == "checks" and len(location) == 2:  # the others keep their numbers
        data["checks"][location[1]] = "stand_in <= 0"
        return location
    parents: list[tuple[Any, str | int]] = []
    at: Any = data
    for part in location:
        if not (part in at if isinstance(at, dict) else isinstance(at, list) and isinstance(part, int) and part < len(at)):
            break
        parents.append((at, part))
        at = at[part]
    while parents and not isinstance(parents[-1][0], dict):  # a list with a wrong entry goes as a whole
        parents.pop()
    if parents:  # where a key is missing below, this is the mapping that lacks it
        parents[-1][0].pop(parents[-1][1])
    return location[: len(parents)] if parents else location
