"""What the JSON Schema of scenario files needs for the keys that are written out before a file is read."""

from __future__ import annotations

from rolloutsim.scenario.parts.amounts import PERCENT
from rolloutsim.scenario.parts.fields import Schema
from rolloutsim.scenario.sites.description import sites_schema
from rolloutsim.scenario.sites.fleet_file import FleetFile
from rolloutsim.scenario.sites.placement import ALL, AT
from rolloutsim.scenario.sites.shares import REST

__all__ = ["add_shorthand"]


def add_shorthand(scenario: Schema, cohort: Schema) -> None:
    """Add ``sites`` to the JSON Schema of a scenario, and ``at`` and shares of robots to that of a cohort."""
    scenario["properties"]["sites"] = sites_schema()
    names: Schema = {"anyOf": [{"type": "string", "pattern": r"\.\."}, {"type": "array", "minItems": 1, "items": {"type": "string"}}]}
    at = {"anyOf": [{"const": ALL}, *names["anyOf"]], "description": "Sites with a cohort like this one each, instead of site."}
    robots = cohort["properties"]["robots"]
    meaning = robots.pop("description")
    shares = {"anyOf": [robots, PERCENT, {"const": REST}], "description": f"{meaning} With at: per site, also in percent or the rest."}
    cohort["properties"] |= {"robots": shares, AT: at}
    fleet = scenario["properties"]["fleet"]
    meaning = fleet.pop("description")
    scenario["properties"]["fleet"] = {
        "anyOf": [fleet, {"x-type": FleetFile}],
        "description": f"{meaning} Or a list of robots in a CSV file.",
    }
