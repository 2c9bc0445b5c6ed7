"""Changing one thing: paths into the plain data of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolloutsim.errors import Gathered, Problem, ScenarioError, UsageError
from rolloutsim.printing import shorten
from rolloutsim.scenario.reading.numbers import find_index
from rolloutsim.scenario.reading.paths import join_path, split_path
from rolloutsim.scenario.reading.problems import did_you_mean
from rolloutsim.scenario.reading.source import MAXIMUM_DEPTH, read_text

__all__ = ["parse_assignment", "replaced_all"]

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


def replaced_all(data: Any, values: Mapping[str, Any], file: str, wrong: Gathered) -> Any:
    """Return plain data with the values at several paths changed at once; the order of the paths does not matter.

    Noted as wrong are paths that lead through something that has no parts, or to a cohort or site that does not exist.

    A path names what is in the data before anything is changed, unless a shorter path replaces the whole around it. What is on the way to
    a value and not yet given is made.

    Examples
    --------
    >>> replaced_all({"fleet": [{"cohort": "a", "robots": 1}]}, {"fleet.a.cohort": "b", "fleet.a.robots": 2}, "", Gathered())
    {'fleet': [{'cohort': 'b', 'robots': 2}]}
    """
    changed = data
    for path in sorted(values, key=_rank):
        changed = wrong.attempt(_replaced_one, changed, path, values[path], file) or changed
    return changed


def _rank(path: str) -> tuple[bool, bool, int]:
    """Return the place of a path in the order of changes: the whole before its parts, sites after cohorts, and new names last."""
    parts = split_path(path)
    return parts[0] == "fleet" and parts[2:] == ["cohort"], parts[:2] == ["network", "sites"], len(parts)


def _refused(file: str, path: str, found: str, why: str, hint: str) -> ScenarioError:
    return ScenarioError([Problem("unknown-path", (), why, hint, found=found, file=file, path=path)])


def _check_site(data: Any, parts: list[str], file: str) -> None:
    """Refuse a path to a site that is neither described nor named by a cohort: it would change nothing."""
    network, fleet = data.get("network"), data.get("fleet")
    sites = network.get("sites") if isinstance(network, dict) else None
    known = list(sites) if isinstance(sites, dict) else []
    known += [str(cohort["site"]) for cohort in (fleet if isinstance(fleet, list) else ()) if isinstance(cohort, dict) and "site" in cohort]
    if parts[2] not in known:
        hint = (
            did_you_mean(parts[2], list(dict.fromkeys(known)), "sites", _SHOW)
            or "no cohort has a site: set one first, e.g. fleet.NAME.site"
        )
        raise _refused(file, join_path(parts[:3]), parts[2], "there is no such site", hint)


def _replaced_one(data: Any, path: str, value: Any, file: str) -> Any:
    parts = split_path(path)
    if len(parts) > MAXIMUM_DEPTH:
        why = f"a path has at most {MAXIMUM_DEPTH} parts, and this has {len(parts):,}"
        raise _refused(file, shorten(path), "", why, "write e.g. fleet.dock.robots")
    if parts[0].startswith("x-"):
        raise _refused(file, path, "", "keys x-… only hold anchors of YAML: nothing depends on them", "set what uses it")
    if parts[:2] == ["network", "sites"] and len(parts) > 2:
        _check_site(data, parts, file)
    return _replaced(data, parts, 0, value, file)


def _replaced(data: Any, parts: list[str], depth: int, value: Any, file: str) -> Any:
    if depth == len(parts):
        return value
    part, so_far = parts[depth], join_path(parts[: depth + 1])

    def refuse(found: str, why: str, hint: str) -> ScenarioError:
        return _refused(file, so_far, found, why, hint)

    if not part:
        raise refuse("", f"{'.'.join(parts)!r} is not a path", "write names with single dots between them, e.g. fleet.dock.robots")
    if data is None or isinstance(data, dict):
        given = data or {}
        return {**given, part: _replaced(given.get(part), parts, depth + 1, value, file)}
    if isinstance(data, list):
        names = [str(item["cohort"]) if isinstance(item, dict) and "cohort" in item else str(number) for number, item in enumerate(data)]
        index = names.index(part) if part in names else find_index(part, len(data))
        if index is None:
            what = "cohort" if parts[0] == "fleet" and depth == 1 else "entry"
            raise refuse(part, f"there is no such {what}", did_you_mean(part, names, "there are", _SHOW) or _SHOW)
        return [*data[:index], _replaced(data[index], parts, depth + 1, value, file), *data[index + 1 :]]
    upper = join_path(parts[:depth])
    raise refuse(part, f"{upper} is {shorten(str(data), 40)} and has no parts", f"replace {upper} as a whole")
