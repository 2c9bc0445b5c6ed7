"""A file whose deployment is the configuration of another system as the file with plain rules that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rolloutsim.errors import Location, Problem
from rolloutsim.scenario.parts.amounts import COHORT_SIZE
from rolloutsim.scenario.reading.problems import ProblemError, did_you_mean
from rolloutsim.scenario.sites.expansion import Expansion
from rolloutsim.scenario.sites.findings import Findings
from rolloutsim.scenario.systems.keys import read
from rolloutsim.scenario.systems.registry import ROBOMAKER, SYSTEMS
from rolloutsim.scenario.systems.system import Derived, Fleet, plain_rules

__all__ = ["Expanded", "Preset", "expand_system", "is_preset"]

_AT: Location = ("deployment",)
SYSTEM = "system"
#: RoboMaker runs these phases only if its request names a file.
_FILES = {"pre_launch": "preLaunchFile", "post_launch": "postLaunchFile"}
_LAUNCH = {"packageName": "app", "launchFile": "app.launch"}
_APPLICATION = {"application": "arn:none", "applicationVersion": "1"}


class Preset(NamedTuple):
    """What the configuration of a system stands for.

    Attributes
    ----------
    system
        Name of the system.
    derived
        The rules that follow from it and that the file does not replace.
    rules
        All rules of the scenario, those of the file among them.
    deployment
        The plain deployment.
    """

    system: str
    derived: tuple[Derived, ...]
    rules: dict[str, Any]
    deployment: dict[str, Any]


class Expanded(NamedTuple):
    """An ordinary file, and where it is from.

    Attributes
    ----------
    data
        The file as plain data, with plain rules.
    before
        The same with the configuration of the system.
    problems
        What is wrong with the file as it is written; and notes.
    origin
        Returns for a place of `data` the place of the file that it is from.
    preset
        What the configuration stands for; None without one.
    """

    data: Any
    before: Any
    problems: Sequence[Problem]
    origin: Callable[[Location], Location]
    preset: Preset | None = None


def is_preset(raw: Any) -> bool:
    """Return whether the deployment of plain data names a system.

    >>> is_preset({"deployment": {"system": "ansible"}}), is_preset({"deployment": {}})
    (True, False)
    """
    return isinstance(raw, dict) and isinstance(raw.get("deployment"), dict) and SYSTEM in raw["deployment"]


def expand_system(expansion: Expansion) -> Expanded:
    """Return a file without shorthand for sites as one with plain rules.

    Examples
    --------
    >>> raw = {"fleet": [{"cohort": "a", "robots": 5}], "deployment": {"system": "ansible", "serial": 2}, "rules": {"offline": "skip"}}
    >>> rules = expand_system(Expansion(raw)).data["rules"]
    >>> rules["stages"], rules["offline"]
    ([{'robots': 2}, {'robots': 2}], 'skip')
    """
    raw = expansion.data
    if not is_preset(raw):
        return Expanded(raw, raw, expansion.problems, expansion.origin)
    native = {key: value for key, value in raw["deployment"].items() if key != SYSTEM}
    name, found = raw["deployment"][SYSTEM], Findings()
    if name is None or name == ROBOMAKER:
        return Expanded({**raw, "deployment": native}, raw, expansion.problems, expansion.origin)
    given = raw.get("rules")
    if name not in SYSTEMS:
        hint = did_you_mean(name, [ROBOMAKER, *SYSTEMS], "systems", "rolloutsim systems lists them")
        found.add((*_AT, SYSTEM), ProblemError("unknown-name", "there is no such system", hint))
        data = {key: value for key, value in raw.items() if key != "deployment"}
        return Expanded(data, raw, [*expansion.problems, *found.problems], expansion.origin)
    system, fleet = SYSTEMS[name], _fleet(raw)
    values = read(system.keys, native, _AT, found)
    for at, error in system.problems(values, fleet):
        found.add((*_AT, *at), error)
    own = given if isinstance(given, dict) else {}
    derived = system.rules(values, fleet)
    for rule in dict.fromkeys(one.name for one in derived if one.name in own):
        why = f"this replaces what follows from the configuration of {name}"
        found.problems.append(Problem("no-effect", ("rules", rule), why, severity="note", key=True, found=rule))
    kept = tuple(one for one in derived if one.name not in own)
    rules = {**plain_rules(kept), **own} if given is None or isinstance(given, dict) else given
    preset = Preset(name, kept, rules, _deployment(raw))
    data = {**raw, "deployment": preset.deployment, "rules": rules}
    return Expanded(data, raw, [*expansion.problems, *found.problems], _Origin(kept, own, expansion.origin), preset)


def _fleet(raw: Mapping[str, Any]) -> Fleet:
    """Return how many robots there are; what is wrong with their numbers is found where the fleet is read."""
    robots, sites = 0, dict[str, int]()
    cohorts = raw.get("fleet")
    for cohort in cohorts if isinstance(cohorts, list) else ():
        try:
            number = COHORT_SIZE.parse(cohort["robots"])
        except (ProblemError, KeyError, TypeError):
            continue
        robots += number
        if isinstance(cohort.get("site"), str):
            sites[cohort["site"]] = sites.get(cohort["site"], 0) + number
    return Fleet(robots, sites)


def _deployment(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plain deployment in which those optional phases run that steps name."""
    named = {phase for steps in _steps(raw) if isinstance(steps, dict) for phase in steps}
    found: dict[str, Any] = {}
    if "condition" in named:
        found["deploymentConfig"] = {"downloadConditionFile": {"bucket": "none", "key": "condition"}}
    files = {file: f"{phase}.sh" for phase, file in _FILES.items() if phase in named}
    if files:
        found["deploymentApplicationConfigs"] = [{**_APPLICATION, "launchConfig": {**_LAUNCH, **files}}]
    return found


def _steps(raw: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what a file has behind `steps`."""
    application, fleet = raw.get("application"), raw.get("fleet")
    if isinstance(application, dict):
        yield application.get("steps")
        release = application.get("release")
        bad = release.get("bad") if isinstance(release, dict) else None
        yield bad.get("steps") if isinstance(bad, dict) else None
    for cohort in fleet if isinstance(fleet, list) else ():
        yield cohort.get("steps") if isinstance(cohort, dict) else None


class _Origin:
    """Finds the place of the file that a place of the file with plain rules is from."""

    def __init__(self, derived: Sequence[Derived], own: Mapping[str, Any], before: Callable[[Location], Location]) -> None:
        self._own, self._before = own, before
        self._natives: dict[str, list[Location]] = {}
        for one in derived:
            self._natives.setdefault(one.name, []).append(one.native or (SYSTEM,))

    def __call__(self, location: Location) -> Location:
        if location[:1] == _AT:
            return (*_AT, SYSTEM) if len(location) > 1 else location
        if location[:1] != ("rules",) or len(location) < 2 or location[1] in self._own:
            return self._before(location)
        natives = self._natives.get(str(location[1]), [(SYSTEM,)])
        number = location[2] if len(location) > 2 and isinstance(location[2], int) else 0
        return (*_AT, *natives[min(number, len(natives) - 1)])
