"""Changing one thing: paths into the plain data of a scenario."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rolloutsim.errors import Gathered, Problem, ScenarioError, UsageError
from rolloutsim.printing import shorten
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.numbers import find_index
from rolloutsim.scenario.reading.paths import ANY, join_path, split_path
from rolloutsim.scenario.reading.problems import did_you_mean
from rolloutsim.scenario.reading.source import MAXIMUM_DEPTH, read_text
from rolloutsim.scenario.short_names import full_values
from rolloutsim.scenario.sites.description import DEFAULTS, NAMES, known_sites
from rolloutsim.scenario.sites.expansion import Expansion, expand, is_shorthand
from rolloutsim.scenario.sites.fleet_file import FleetFile
from rolloutsim.scenario.systems.expansion import Expanded, expand_system

__all__ = ["Changes", "changed_raw", "expand_changed", "parse_assignment", "replaced_all"]

#: Values by path, each mapping changed at once, one mapping after the other.
Changes = tuple[Mapping[str, Any], ...]

_SHOW = "rolloutsim show lists what there is"


def parse_assignment(text: str) -> tuple[str, Any]:
    """Split ``PATH=VALUE``; the value is read as YAML.

    Raises
    ------
    UsageError
        There is no ``=``, no path, or the value is not YAML.

    Examples
    --------
    >>> parse_assignment("deployment.deploymentConfig.concurrentDeploymentPercentage=20")
    ('deployment.deploymentConfig.concurrentDeploymentPercentage', 20)
    >>> parse_assignment("application.bundle=400 MB")
    ('application.bundle', '400 MB')
    """
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise UsageError(f"{text!r}: PATH=VALUE is needed, e.g. fleet.dock.robots=20")
    try:
        return path.strip(), read_text(value, "VALUE").plain()
    except ScenarioError as error:
        hint = """quote texts, e.g. 'checks=["failed_share[dock] <= 3 %"]'"""
        raise UsageError(f"{text!r}: the value cannot be read: {error.problems[0].why}; {hint}") from None


def changed_raw(raw: dict[str, Any], values: Mapping[str, Any], file: str, wrong: Gathered) -> tuple[Any, Changes]:
    """Return a file with those values changed that are in it, and the others, which are there once its shorthand is written out."""
    late = {path: value for path, value in values.items() if is_shorthand(raw) and _is_late(raw, split_path(path))}
    early = {path: value for path, value in values.items() if path not in late}
    return replaced_all(raw, early, file, wrong), (late,) if late else ()


def _is_late(raw: Mapping[str, Any], parts: list[str]) -> bool:
    """Return whether a path leads to something that only the file without shorthand has."""
    if parts[0] == "class" or (parts[:2] == ["network", "sites"] and len(parts) > 2):
        return True
    fleet = raw.get("fleet")
    known = FleetFile.keys() if isinstance(fleet, dict) else _names_of(fleet)
    return parts[0] == "fleet" and len(parts) > 1 and parts[1] not in known


def expand_changed(raw: Any, changes: Changes, file: str, folder: DataFolder | None = None) -> Expanded:
    """Return a file without shorthand for sites, then changed, and then with plain rules.

    Raises
    ------
    ScenarioError or UsageError
        A path leads nowhere.
    """
    expansion = expand(raw, folder)
    if not changes:
        return expand_system(expansion)
    data, wrong = expansion.data, Gathered()
    for values in changes:
        data = replaced_all(data, values, file, wrong)
    wrong.check()
    return expand_system(Expansion(data))


def replaced_all(data: Any, values: Mapping[str, Any], file: str, wrong: Gathered) -> Any:
    """Return plain data with the values at several paths changed at once; the order of the paths does not matter.

    Short names are written out first. Noted as wrong are paths that lead through something that has no parts, or to a cohort or site that
    does not exist.

    A path names what is in the data before anything is changed, unless a shorter path replaces the whole around it. What is on the way to
    a value and not yet given is made.

    Examples
    --------
    >>> replaced_all({"fleet": [{"cohort": "a", "robots": 1}]}, {"fleet.a.cohort": "b", "fleet.a.robots": 2}, "", Gathered())
    {'fleet': [{'cohort': 'b', 'robots': 2}]}
    """
    changed, full = data, wrong.attempt(full_values, values, file) or {}
    for path in sorted(full, key=_rank):
        changed = wrong.attempt(_replaced_one, changed, path, full[path], file) or changed
    return changed


def _rank(path: str) -> tuple[bool, bool, int, int, str]:
    """Return the place of a path in the order of changes: many before one, the whole before parts, sites after cohorts, new names last."""
    parts = split_path(path)
    renames = parts[0] == "fleet" and parts[2:] == ["cohort"]
    breadth = 0 if ANY in parts else 1 if parts[0] == "class" else 2
    return renames, parts[:2] == ["network", "sites"], breadth, len(parts), path


def _refused(file: str, path: str, found: str, why: str, hint: str) -> ScenarioError:
    return ScenarioError([Problem("unknown-path", (), why, hint, found=found, file=file, path=path)])


def _sites_of(data: Any) -> list[str]:
    """Return the sites that are described, or named by a cohort."""
    network, fleet = data.get("network"), data.get("fleet")
    sites = network.get("sites") if isinstance(network, dict) else None
    known = list(sites) if isinstance(sites, dict) else []
    known += [str(cohort["site"]) for cohort in (fleet if isinstance(fleet, list) else ()) if isinstance(cohort, dict) and "site" in cohort]
    return list(dict.fromkeys(known))


def _names_of(items: Any) -> list[str]:
    """Return the names of cohorts; what has none is named by its number."""
    named = enumerate(items if isinstance(items, list) else ())
    return [str(item["cohort"]) if isinstance(item, dict) and "cohort" in item else str(number) for number, item in named]


def _matched(part: str, known: Iterable[str], what: str, none: str, file: str, path: str) -> list[str]:
    """Return the names that a part of a path means, or refuse a path that would change nothing."""
    names = list(known)
    if part == ANY and names:
        return names
    if part in names:
        return [part]
    hint = did_you_mean(part, names, "classes" if what == "class" else f"{what}s", _SHOW) if part != ANY else ""
    why = f"there is no such {what}" if part != ANY else f"there is no {what} that this could match"
    raise _refused(file, path, part, why, hint or none)


def _replaced_one(data: Any, path: str, value: Any, file: str) -> Any:
    parts = split_path(path)
    if len(parts) > MAXIMUM_DEPTH:
        why = f"a path has at most {MAXIMUM_DEPTH} parts, and this has {len(parts):,}"
        raise _refused(file, shorten(path), "", why, "write e.g. fleet.dock.robots")
    if parts[0].startswith("x-"):
        raise _refused(file, path, "", "keys x-… only hold anchors of YAML: nothing depends on them", "set what uses it")
    return _Change(value, file, *_meant(data, parts, file)).made(data, 0)


def _meant(data: Any, parts: list[str], file: str) -> tuple[list[str], dict[int, list[str]]]:
    """Return a path by cohorts, and the names that its parts mean where the scenario knows which there are."""
    if parts[:2] == ["network", "sites"] and len(parts) > 2:
        none = "no cohort has a site: set one first, e.g. fleet.NAME.site"
        return parts, {2: _matched(parts[2], _sites_of(data), "site", none, file, join_path(parts[:3]))}
    if parts[0] == "sites" and len(parts) > 1 and parts[1] not in (DEFAULTS, NAMES):
        none = "the scenario has no sites: network.sites.NAME is what a cohort's site has"
        return parts, {1: _matched(parts[1], known_sites(data.get("sites")), "site", none, file, join_path(parts[:2]))}
    if parts[0] == "class":
        if len(parts) < 3:
            raise _refused(file, join_path(parts), "", "a class has no value of its own", "write e.g. class.flaky.connectivity")
        classes = _classes(data)
        names = _matched(parts[1], dict.fromkeys(classes), "class", "the fleet has no cohorts", file, join_path(parts[:2]))
        cohorts = _names_of(data.get("fleet"))
        return ["fleet", *parts[1:]], {1: [cohort for cohort, name in zip(cohorts, classes, strict=True) if name in names]}
    return parts, {}


def _classes(data: Any) -> list[str]:
    """Return the class of each cohort."""
    fleet = data.get("fleet")
    cohorts = fleet if isinstance(fleet, list) else []
    given = [cohort.get("class") if isinstance(cohort, dict) else None for cohort in cohorts]
    return [str(name or own) for name, own in zip(given, _names_of(cohorts), strict=True)]


class _Change(NamedTuple):
    """A value that is put at a path, or at all paths that it means."""

    value: Any
    file: str
    parts: list[str]
    meant: Mapping[int, Sequence[str]]  #: by depth: the names that this part of the path means

    def made(self, data: Any, depth: int) -> Any:
        """Return what is at some depth of the path with the change made."""
        if depth == len(self.parts):
            return self.value
        part, upper = self.parts[depth], join_path(self.parts[:depth])
        if not part:
            why = f"{'.'.join(self.parts)!r} is not a path"
            raise self._refuse(depth, "", why, "write names with single dots between them, e.g. fleet.dock.robots")
        if data is None or isinstance(data, dict):
            given = data or {}
            keys = self.meant.get(depth) or (list(given) if part == ANY else [part])
            if not keys:
                raise self._refuse(depth, part, f"{upper} has nothing that this could match", "name what is to be changed")
            return {**given, **{key: self.made(given.get(key), depth + 1) for key in keys}}
        if isinstance(data, list):
            chosen = self._chosen(data, depth)
            return [self.made(item, depth + 1) if number in chosen else item for number, item in enumerate(data)]
        why = f"{upper} is {shorten(str(data), 40)} and has no parts"
        raise self._refuse(depth, part, why, f"replace {upper} as a whole")

    def _chosen(self, items: list[Any], depth: int) -> Collection[int]:
        """Return the numbers of the entries of a list that a part of the path means."""
        part, names = self.parts[depth], _names_of(items)
        if depth in self.meant or part == ANY:
            meant = set(self.meant.get(depth, names))
            return {number for number, name in enumerate(names) if name in meant}
        index = names.index(part) if part in names else find_index(part, len(items))
        if index is None:
            what = "cohort" if self.parts[0] == "fleet" and depth == 1 else "entry"
            raise self._refuse(depth, part, f"there is no such {what}", did_you_mean(part, names, "there are", _SHOW) or _SHOW)
        return (index,)

    def _refuse(self, depth: int, found: str, why: str, hint: str) -> ScenarioError:
        return _refused(self.file, join_path(self.parts[: depth + 1]), found, why, hint)
