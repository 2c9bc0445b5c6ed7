"""The mapping ``sites:``: the names of the sites, what holds for all of them, and what differs."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import Field, ValidationError

from rolloutsim.errors import Location
from rolloutsim.scenario.parts.amounts import RobotLimit
from rolloutsim.scenario.parts.fields import Schema
from rolloutsim.scenario.parts.names import parse_key_name
from rolloutsim.scenario.parts.network import Site
from rolloutsim.scenario.reading.problems import ProblemError, did_you_mean
from rolloutsim.scenario.sites.findings import Findings
from rolloutsim.scenario.sites.names import parse_names

__all__ = ["DEFAULTS", "NAMES", "SiteEntry", "Sites", "known_sites", "read_sites", "sites_schema"]

NAMES, DEFAULTS = "names", "defaults"

_AT: Location = ("sites",)

#: Of a site's keys, the one that ordinary sites do not have.
ROBOTS = "robots"


class SiteEntry(Site):
    """What holds for a site: its number of robots, and what they share."""

    robots: RobotLimit | None = Field(None, description="Number of robots at the site, of which cohorts have shares.")


class Sites(NamedTuple):
    """The sites of a file.

    Attributes
    ----------
    settings
        The keys of each site as ordinary sites have them, by name, in order.
    robots
        The number of robots of each site, None if it is not given.
    raw
        As the file describes them.
    sound
        Whether nothing is wrong with them.
    """

    settings: dict[str, dict[str, Any]]
    robots: dict[str, int | None]
    raw: Any
    sound: bool = True

    def place(self, name: str, *inside: str | int) -> Location:
        """Return where the file describes a site, or something of it: with the site, with the defaults, or by its name alone."""
        for key in (name, DEFAULTS) if inside else (name,):
            entry = self.raw.get(key)
            if key in self.raw and (not inside or (isinstance(entry, dict) and entry.get(str(inside[0])) is not None)):
                return (*_AT, key, *inside)
        return (*_AT, name) if name in self.raw else (*_AT, NAMES)


def read_sites(raw: Any, found: Findings) -> Sites:
    """Return the sites that the value of ``sites:`` describes, noting what is wrong."""
    if not isinstance(raw, dict):
        found.add(_AT, ProblemError("wrong-type", "a mapping of sites is needed", "write {names: wh01..wh12, defaults: {robots: 200}}"))
        return Sites({}, {}, {}, sound=False)
    before = len(found.problems)
    listed = found.attempt((*_AT, NAMES), parse_names, raw[NAMES]) if raw.get(NAMES) is not None else None
    own = {name: value for name, value in raw.items() if name not in (NAMES, DEFAULTS)}
    entries = {name: _entry((*_AT, name), value, found) for name, value in {DEFAULTS: raw.get(DEFAULTS), **own}.items()}
    for name in own:
        named = found.attempt((*_AT, name), parse_key_name, name)
        if named is not None and listed is not None and name not in listed:
            hint = did_you_mean(name, listed, "sites") or "add it to names"
            found.add((*_AT, name), ProblemError("unknown-name", "names lists no such site", hint, key=True, found=name))
    if not own and raw.get(NAMES) is None:
        found.add(_AT, ProblemError("empty", "no site has a name", "add names: wh01..wh12"))
    merged = {name: {**entries[DEFAULTS], **entries.get(name, {})} for name in known_sites(raw)}
    robots = {name: _count(entry.pop(ROBOTS, None)) for name, entry in merged.items()}
    return Sites(merged, robots, raw, sound=len(found.problems) == before)


def known_sites(raw: Any) -> list[str]:
    """Return the names of the sites of a mapping, whatever else may be wrong with it."""
    if not isinstance(raw, dict):
        return []
    try:
        if raw.get(NAMES) is not None:
            return list(parse_names(raw[NAMES]))
    except (ProblemError, ValidationError):
        pass
    return [name for name in raw if name not in (NAMES, DEFAULTS)]


def _entry(location: Location, raw: Any, found: Findings) -> dict[str, Any]:
    """Return the keys of a site that are right and not empty."""
    before = len(found.problems)
    found.attempt(location, SiteEntry.model_validate, {} if raw is None else raw)
    mistaken = {problem.location[2:3] for problem in found.problems[before:]}
    if not isinstance(raw, dict):
        return {}
    return {key: value for key, value in raw.items() if value is not None and (key,) not in mistaken}


def _count(raw: Any) -> int | None:
    return None if raw is None else SiteEntry.model_validate({ROBOTS: raw}).robots


def sites_schema() -> Schema:
    """Return the JSON Schema of the value of ``sites:``."""
    names = {"type": "array", "minItems": 1, "items": {"type": "string"}}
    return {
        "description": "Sites, for cohorts with at, instead of network.sites; a key that is none of these is a site with what differs.",
        "type": ["object", "null"],
        "properties": {
            DEFAULTS: {
                "anyOf": [{"x-type": SiteEntry}, {"type": "null"}],
                "description": "What holds for each site that does not define it.",
            },
            NAMES: {
                "description": "The names of the sites, as a list or as a range; if absent, the other keys are the sites.",
                "anyOf": [{"type": "string", "pattern": r"[0-9].*\.\..*[0-9]"}, names, {"type": "null"}],
            },
        },
        "additionalProperties": {"anyOf": [{"x-type": SiteEntry}, {"type": "null"}]},
    }
