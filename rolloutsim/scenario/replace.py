"""Changing one thing: paths into the plain data of a scenario."""

from __future__ import annotations

from typing import Any

from rolloutsim.errors import Problem, ScenarioError, UsageError
from rolloutsim.printing import shorten
from rolloutsim.scenario.mistakes import did_you_mean
from rolloutsim.scenario.numbers import find_index
from rolloutsim.scenario.source import MAXIMUM_DEPTH, read_text

__all__ = ["parse_assignment", "replaced"]


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
        problem = error.problems[0]
        raise UsageError(f"{text!r}: the value cannot be read: {problem.why}; {problem.hint}") from None


def split_path(path: str) -> list[str]:
    """Return the parts of a dotted path; ``[0]`` is a part too.

    Examples
    --------
    >>> split_path("deployment.deploymentApplicationConfigs[0].application")
    ['deployment', 'deploymentApplicationConfigs', '0', 'application']
    """
    return path.replace("[", ".").replace("]", "").split(".")


def replaced(data: Any, path: str, value: Any, file: str = "") -> Any:
    """Return plain data with the value at a path changed; what is on the way there and not yet given is made.

    Raises
    ------
    ScenarioError
        The path leads through something that has no parts, or to a cohort that does not exist.
    """
    parts = split_path(path)
    if len(parts) > MAXIMUM_DEPTH:
        why = f"a path has at most {MAXIMUM_DEPTH} parts, and this has {len(parts):,}"
        raise ScenarioError([Problem(file, 0, 0, shorten(path), "", why, "write e.g. fleet.dock.robots")])
    return _replaced(data, parts, 0, value, file)


def _replaced(data: Any, parts: list[str], depth: int, value: Any, file: str) -> Any:
    if depth == len(parts):
        return value
    part, so_far = parts[depth], ".".join(parts[: depth + 1])

    def refuse(found: str, why: str, hint: str) -> ScenarioError:
        return ScenarioError([Problem(file, 0, 0, so_far, found, why, hint)])

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
            raise refuse(part, f"there is no such {what}", did_you_mean(part, names, "there are"))
        return [*data[:index], _replaced(data[index], parts, depth + 1, value, file), *data[index + 1 :]]
    upper = ".".join(parts[:depth])
    raise refuse(part, f"{upper} is {data} and has no parts", f"replace {upper} as a whole")
