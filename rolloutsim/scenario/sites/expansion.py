"""A file with ``sites:`` as the ordinary file that it stands for: sites in `network.sites`, and a cohort for each cohort at each site."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from rolloutsim.errors import Location, Problem
from rolloutsim.scenario.parts.amounts import COHORT_SIZE
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.sites.description import ROBOTS, Sites, read_sites
from rolloutsim.scenario.sites.findings import Findings
from rolloutsim.scenario.sites.listing import expand_list, is_listed
from rolloutsim.scenario.sites.placement import AT, Placed, count_robots, read_placed
from rolloutsim.scenario.sites.shares import is_share

#: How many sites a note lists.
_SHOWN = 6

__all__ = ["Expansion", "expand", "is_shorthand"]


class Expansion(NamedTuple):
    """An ordinary file, and where it is from.

    Attributes
    ----------
    data
        The file as plain data.
    problems
        What is wrong with the shorthand, at places of the file as it is written; and notes.
    origin
        Returns for a place of `data` the place of the file that it is from.
    """

    data: Any
    problems: Sequence[Problem] = ()
    origin: Callable[[Location], Location] = lambda location: location


def is_shorthand(raw: Any) -> bool:
    """Return whether plain data have to be written out."""
    return isinstance(raw, dict) and (raw.get("sites") is not None or is_listed(raw.get("fleet")) or any(map(_is_placed, _fleet(raw))))


def expand(raw: Any, folder: DataFolder | None = None) -> Expansion:
    """Return plain data without shorthand.

    Parameters
    ----------
    raw
        As the file has them.
    folder
        To which a list of robots is relative.

    Examples
    --------
    >>> raw = {"sites": {"names": "a1..a2", "defaults": {"robots": 9}}, "fleet": [{"cohort": "van", "at": "all", "robots": "rest"}]}
    >>> data = expand(raw).data
    >>> data["fleet"][1]
    {'cohort': 'van@a2', 'class': 'van', 'site': 'a2', 'robots': 9}
    >>> data["network"]
    {'sites': {'a1': {}, 'a2': {}}}
    """
    if not is_shorthand(raw):
        return Expansion(raw)
    found = Findings()
    if is_listed(raw.get("fleet")):
        known = () if raw.get("sites") is None else tuple(read_sites(raw["sites"], Findings()).settings)
        listed = expand_list(raw["fleet"], folder or DataFolder.at(), known, found)
        ordinary = expand({**raw, "fleet": listed.cohorts})
        wrong = any(problem.severity == "error" for problem in found.problems)  # then the cohorts are no guide
        problems = [] if wrong else [problem._replace(location=listed.origin(problem.location)) for problem in ordinary.problems]
        return Expansion(ordinary.data, [*found.problems, *problems], lambda location: listed.origin(ordinary.origin(location)))
    sites = Sites({}, {}, {}, sound=False) if raw.get("sites") is None else read_sites(raw["sites"], found)
    network = raw.get("network")
    if sites.raw and isinstance(network, dict) and network.get("sites") is not None:
        why = "network.sites describes sites as well"
        found.add(("sites",), ProblemError("conflicting-keys", why, "move them to sites", key=True, found="sites"))
    fleet = list(_expanded(raw, sites, found))
    data = {key: value for key, value in raw.items() if key != "sites"}
    if "fleet" in raw:
        data["fleet"] = [cohort for _, cohort in fleet] if isinstance(raw["fleet"], list) else raw["fleet"]
    if sites.settings and (network is None or isinstance(network, dict)):
        data["network"] = {**(network or {}), "sites": sites.settings}
    return Expansion(data, found.problems, _Origin(raw, sites, [number for number, _ in fleet]))


def _fleet(raw: Mapping[str, Any]) -> list[Any]:
    fleet = raw.get("fleet")
    return fleet if isinstance(fleet, list) else []


def _is_placed(cohort: Any) -> bool:
    return isinstance(cohort, dict) and AT in cohort


def _expanded(raw: Mapping[str, Any], sites: Sites, found: Findings) -> Iterator[tuple[int, Any]]:
    """Yield the cohorts written out, each with the number of the cohort in the file that it is from."""
    fleet = _fleet(raw)
    placed: dict[int, Placed] = {}
    for number, cohort in enumerate(fleet):
        if _is_placed(cohort):
            if sites.raw or raw.get("sites") is not None:
                placed[number] = read_placed(number, cohort, sites, found)
            else:
                why = "at names sites of the key sites, and the file has none"
                found.add(("fleet", number, AT), ProblemError("incomplete", why, "add sites: {names: wh01..wh12}, or write site: wh01"))
    _note_twins(fleet, placed, found)
    counts = count_robots(list(placed.values()), _others(fleet, placed), sites, found)
    for together, numbers in groupby(range(len(fleet)), placed.__contains__):
        if together:
            yield from _at_sites([placed[number] for number in numbers], counts, sites)
        else:
            yield from ((number, _without_site(fleet[number])) for number in numbers)
    for cohort in placed.values():
        empty = [site for site in cohort.at if not counts[cohort.number, site]]
        if empty:
            why = f"this makes no robot at {_listed(empty)}: the cohort is left out there"
            found.note((*cohort.place, ROBOTS), why, str(cohort.entry[ROBOTS]))


def _note_twins(fleet: Sequence[Any], placed: Mapping[int, Placed], found: Findings) -> None:
    """Note cohorts at sites with the name of one before: of the sites that both are at, chance would be drawn twice."""
    first: dict[str, int] = {}
    for number, cohort in placed.items():
        name = cohort.entry.get("cohort")
        if not isinstance(name, str):
            continue
        if name in first and set(cohort.at) & set(placed[first[name]].at):
            why = f"fleet[{first[name]}] has this name already at one of these sites, and chance is drawn by name"
            found.add((*cohort.place, "cohort"), ProblemError("duplicate", why, f"rename one, e.g. {name}-2"))
        first.setdefault(name, number)


def _others(fleet: Sequence[Any], placed: Mapping[int, Placed]) -> dict[str, int]:
    """Return the robots of ordinary cohorts by site."""
    robots: dict[str, int] = {}
    for number, cohort in enumerate(fleet):
        if number not in placed and isinstance(cohort, dict) and isinstance(cohort.get("site"), str):
            try:
                count = COHORT_SIZE.parse(cohort.get(ROBOTS))
            except ProblemError:
                continue
            robots[cohort["site"]] = robots.get(cohort["site"], 0) + count
    return robots


def _at_sites(cohorts: Sequence[Placed], counts: Mapping[tuple[int, str], int], sites: Sites) -> Iterator[tuple[int, Any]]:
    """Yield the cohorts at all sites, site by site; for a cohort without any, one, so that what is wrong with it is found."""
    for site in sites.settings:
        for cohort in cohorts:
            if site in cohort.at and counts[cohort.number, site]:
                name = cohort.entry.get("cohort")
                rest = {key: value for key, value in cohort.entry.items() if key not in ("cohort", "class", "site", ROBOTS, AT)}
                named = (
                    {"cohort": f"{name}@{site}", "class": cohort.entry.get("class") or name} if isinstance(name, str) else {"cohort": name}
                )
                refused = cohort.robots is None and not is_share(cohort.entry.get(ROBOTS))  # by the ordinary reading
                counted = _only(cohort.entry, ROBOTS) if refused else {ROBOTS: counts[cohort.number, site]}
                yield cohort.number, {**named, "site": site, **counted, **rest}
    for cohort in cohorts:
        if not cohort.at:
            yield cohort.number, {**_without_site(cohort.entry), ROBOTS: 1}


def _only(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {key: entry[key]} if key in entry else {}


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _without_site(cohort: Any) -> Any:
    """Return a cohort without the key that names sites."""
    return {key: value for key, value in cohort.items() if key != AT} if _is_placed(cohort) else cohort


class _Origin:
    """Finds the place of the file that a place of the ordinary file is from."""

    def __init__(self, raw: Mapping[str, Any], sites: Sites, numbers: Sequence[int]) -> None:
        self._fleet, self._sites, self._numbers = _fleet(raw), sites, numbers

    def __call__(self, location: Location) -> Location:
        if location[:2] == ("network", "sites") and len(location) > 2 and location[2] in self._sites.settings:
            return self._sites.place(str(location[2]), *location[3:])
        if location[:1] != ("fleet",) or len(location) < 2 or not isinstance(location[1], int) or location[1] >= len(self._numbers):
            return location
        number, inside = self._numbers[location[1]], location[2:]
        cohort = self._fleet[number]
        if _is_placed(cohort) and inside[:1] == ("site",):
            inside = (AT,)
        if _is_placed(cohort) and inside[:1] == ("class",) and "class" not in cohort:
            inside = ("cohort",)
        return "fleet", number, *inside
