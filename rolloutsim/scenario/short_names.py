"""Short names of the settings that most questions are about: `concurrency`, `threshold` and `robot_timeout`.

They stand where a path is given, and nowhere in a file but among the levers of its sweep. Results name the full path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rolloutsim.errors import Problem, ScenarioError
from rolloutsim.printing import shorten
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.quantities import TIME, parse_quantity

__all__ = ["SHORT_NAMES", "full_levers", "full_values"]

_CONFIG = "deployment.deploymentConfig"
_TIMEOUT = f"{_CONFIG}.robotDeploymentTimeoutInSeconds"
#: The path of a percentage, and that of a number of robots.
_FORMS = {
    "concurrency": (f"{_CONFIG}.concurrentDeploymentPercentage", "rules.concurrency"),
    "threshold": (f"{_CONFIG}.failureThresholdPercentage", "rules.failure_limit"),
}
SHORT_NAMES = (*_FORMS, "robot_timeout")
_FORM = re.compile(r"\s*(\S.*?)\s*(%|robots?)\s*")


class _Assignment(NamedTuple):
    """A value for a full path; `excludes` is the path of the other form, which it replaces."""

    path: str
    value: Any
    excludes: str = ""


def _share_or_robots(name: str, value: Any) -> _Assignment:
    match = _FORM.fullmatch(value) if isinstance(value, str) else None
    share, robots = _FORMS[name]
    if match is None:
        number = value if isinstance(value, int) and not isinstance(value, bool) else 10
        hint = f"write {name}={number} % or {name}={number} robots"
        raise ProblemError("missing-unit", "this is a share of the fleet or a number of robots", hint)
    plain = int(match[1]) if match[1].isdecimal() else value  # anything else is refused where it is set
    return _Assignment(share, plain, robots) if match[2] == "%" else _Assignment(robots, plain, share)


def _assignment(name: str, value: Any) -> _Assignment:
    """Return what a short name and its value stand for.

    Raises
    ------
    ProblemError
        The value has no unit, or a wrong one.
    """
    if name in _FORMS:
        return _share_or_robots(name, value)
    seconds = parse_quantity(value, TIME)
    if not seconds.is_integer():
        raise ProblemError("out-of-range", "RoboMaker takes whole seconds", f"write {round(seconds)} s")
    return _Assignment(_TIMEOUT, int(seconds))


def _excluding(name: str, value: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a short name sets, and None for the path that it excludes."""
    path, plain, excluded = _assignment(name, value)
    if twice := {path, excluded} & given.keys():
        raise ProblemError("conflicting-keys", f"{' and '.join(sorted(twice))} sets the same thing", "leave one of them")
    return {path: plain, **({excluded: None} if excluded else {})}


def full_values(values: Mapping[str, Any], file: str = "") -> dict[str, Any]:
    """Return values by path with short names written out; the form that a value replaces is set to None.

    Raises
    ------
    ScenarioError
        With every value of a short name that is invalid, or that another path sets too.

    Examples
    --------
    >>> full_values({"threshold": "50 robots", "robot_timeout": "2 h"})  # doctest: +NORMALIZE_WHITESPACE
    {'rules.failure_limit': 50, 'deployment.deploymentConfig.failureThresholdPercentage': None,
     'deployment.deploymentConfig.robotDeploymentTimeoutInSeconds': 7200}
    """
    found: dict[str, Any] = {}
    problems = []
    for path, value in values.items():
        try:
            found |= _excluding(path, value, values) if path in SHORT_NAMES else {path: value}
        except ProblemError as error:
            problems.append(error.problem._replace(found=shorten(str(value), 60), file=file, path=path))
    if problems:
        raise ScenarioError(problems)
    return found


def full_levers(levers: Mapping[str, Sequence[Any]]) -> tuple[dict[str, list[Any]], dict[str, None]]:
    """Return levers with short names written out, and which paths they exclude, each with None as its value.

    Raises
    ------
    ScenarioError
        A value is invalid, or the values of one lever have different forms.

    Examples
    --------
    >>> full_levers({"concurrency": ["10 %", "20 %"], "rules.dispatch": ["window", "batch"]})  # doctest: +NORMALIZE_WHITESPACE
    ({'deployment.deploymentConfig.concurrentDeploymentPercentage': [10, 20], 'rules.dispatch': ['window', 'batch']},
     {'rules.concurrency': None})
    """
    found: dict[str, list[Any]] = {}
    excluded: dict[str, None] = {}
    for name, values in levers.items():
        if name not in SHORT_NAMES:
            found[name] = list(values)
            continue
        settings = [full_values({name: value}) for value in values]
        paths = dict.fromkeys(path for setting in settings for path, value in setting.items() if value is not None)
        if len(paths) > 1:
            hint = "write all in %, or all in robots"
            raise ScenarioError([Problem("does-not-fit", (), "the values of a lever have one unit", hint, path=name)])
        if twice := levers.keys() & {path for setting in settings for path in setting}:
            why = f"{' and '.join(sorted(twice))} is the same lever"
            raise ScenarioError([Problem("conflicting-keys", (), why, "leave one of them", path=name)])
        found |= {path: [setting[path] for setting in settings] for path in paths}
        excluded |= {path: None for setting in settings for path in setting if path not in paths}
    return found, excluded
