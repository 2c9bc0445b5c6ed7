"""Where keys belong: the places that a scenario file has for a key, for whoever wrote it a level too high or too low, or alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import takewhile
from typing import Any

from rolloutsim.errors import Location
from rolloutsim.scenario.reading.paths import quoted
from rolloutsim.scenario.reading.problems import nearest
from rolloutsim.scenario.schema import json_schema

__all__ = ["belongs_to"]

#: A list of more places than this is no help.
_MOST_PLACES = 4

#: Keys deeper than this belong to what they are in: elsewhere the same word means something else.
_DEEPEST = 4

#: Stand for any cohort or site, and for any entry of a list.
_ANY, _ENTRY = "*", "[0]"


def belongs_to(data: Any, location: Location, *, alike: bool = False) -> str:
    """Return the hint for a key that is not known where it is, or an empty text.

    Parameters
    ----------
    data
        The scenario as plain data; names of cohorts and sites are taken from it.
    location
        Of the key.
    alike
        Whether to look for keys of similar spelling, too, if there is none of this spelling.

    Examples
    --------
    >>> belongs_to({"fleet": [{"cohort": "dock"}]}, ("dispatch",))
    'did you mean rules.dispatch?'
    >>> belongs_to({"fleet": [{"cohort": "dock"}]}, ("fleet", 0, "rate"))
    'did you mean fleet.dock.link.rate?'
    >>> belongs_to({"fleet": [{"cohort": "dock"}]}, ("fleet", 0, "connectivity", "schedule", "windows"))
    ''
    """
    key = str(location[-1])
    places = _named_places(data)
    if key not in places and alike:
        key = nearest(key, places) or key
    found = places.get(key, ())
    shared = [_shared(place, location) for place in found]
    closest = [place for place, count in zip(found, shared, strict=True) if count == max(shared)]
    if closest and max(shared) == 0 and len(location) > _DEEPEST:
        return ""
    if closest and max(shared) > 0:  # a level too high or too low: the nearest way down
        closest = [place for place in closest if len(place) == min(map(len, closest))]
    paths = list(dict.fromkeys(path for place in closest for path in _paths(data, place, location)))
    if not paths or len(paths) > _MOST_PLACES:
        return ""
    *most, last = paths
    return f"did you mean {', '.join(most)} or {last}?" if most else f"did you mean {last}?"


def _named_places(data: Any) -> dict[str, list[Location]]:
    """Return the places of each key, names among them, without those of other ways to describe sites and the fleet."""
    left_out = ("network", "sites") if _names(data, ("sites",)) else ("sites",)
    listed = isinstance(data, dict) and isinstance(data.get("fleet"), dict)

    def is_possible(place: Location) -> bool:
        return place[: len(left_out)] != left_out and (place[0] != "fleet" or len(place) < 2 or (place[1] != _ANY) == listed)

    places = {key: list(filter(is_possible, found)) for key, found in _schema_places().items()}
    for name in _names(data, ("fleet",)):
        places.setdefault(name, []).append(("fleet", name))
    for at in (("network", "sites"), ("sites",)):
        for name in _names(data, at):
            places.setdefault(name, []).append((*at, name))
    return places


def _names(data: Any, place: Location) -> list[str]:
    """Return the names of the cohorts, or of the sites, of a scenario."""
    for part in place:
        data = data.get(part) if isinstance(data, dict) else None
    entries: list[Any] = list(data) if isinstance(data, dict) else []
    if isinstance(data, list):
        entries = [entry.get("cohort") for entry in data if isinstance(entry, dict)]
    return [entry for entry in entries if isinstance(entry, str)]


def _shared(place: Location, location: Location) -> int:
    """Return how many steps from the top two places have in common."""
    pairs = zip(place[:-1], location[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] in (pair[1], _ANY, _ENTRY), pairs))


def _paths(data: Any, place: Location, location: Location) -> list[str]:
    """Return a place as dotted paths, one for each cohort or site of the scenario, or for that in which the key is."""
    if len(place) == 1:
        return [f"{place[0]} at the top of the file" if len(location) > 1 else str(place[0])]
    names: list[Any] = ["NAME"]
    if _ANY in place:
        at = place.index(_ANY)
        inside = len(location) > at + 1 and place[:at] == location[:at]
        names = [_name(data, location[: at + 1])] if inside else _names(data, place[:at]) or names
    paths = (".".join(quoted(name) if part == _ANY else str(part) for part in place) for name in names)
    return [path.replace(f".{_ENTRY}", _ENTRY) for path in paths]


def _name(data: Any, location: Location) -> str:
    """Return the name of the cohort or site at a location."""
    for part in location:
        data = data[part]
    named = data.get("cohort") if isinstance(data, dict) else None
    return str(named or location[-1])


@cache
def _schema_places() -> Mapping[str, tuple[Location, ...]]:
    schema = json_schema()
    places: dict[str, list[Location]] = {}
    for place in _walk(schema, schema["$defs"], (), ()):
        places.setdefault(str(place[-1]), []).append(place)
    return {key: tuple(dict.fromkeys(found)) for key, found in places.items()}


def _walk(node: Any, definitions: Mapping[str, Any], place: Location, seen: tuple[str, ...]) -> Iterator[Location]:
    """Yield the place of every key of a schema; distributions are left out, whose parameters may be anywhere."""
    reference = node.get("$ref", "").removeprefix("#/$defs/")
    if reference and reference not in seen and not reference.endswith(("_distribution", "chance")):
        yield from _walk(definitions[reference], definitions, place, (*seen, reference))
    for key, part in node.get("properties", {}).items():
        yield (*place, key)
        yield from _walk(part, definitions, (*place, key), seen)
    for part in (*node.get("anyOf", ()), *node.get("allOf", ())):
        yield from _walk(part, definitions, place, seen)
    inside = ((node.get("items"), _ANY if place == ("fleet",) else _ENTRY), (node.get("additionalProperties"), _ANY))
    for part, name in inside:
        if isinstance(part, dict):
            yield from _walk(part, definitions, (*place, name), seen)
