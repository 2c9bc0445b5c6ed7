"""Settings: the values of some paths of a scenario. Levers are what we choose; some of them may be without effect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import pandas as pd

from rolloutsim.errors import Gathered, Problem, ScenarioError, UsageError
from rolloutsim.scenario.reading.source import read_text

if TYPE_CHECKING:
    from rolloutsim.analysis.replicates import FloatArray
    from rolloutsim.scenario import Scenario

#: Values by path, as a file has them.
Setting = Mapping[str, Any]
#: Whole numbers with dots or a hyphen between them, and how many of them a hint lists.
_RANGE = re.compile(r"\s*([0-9]{1,9})\s*(?:\.\.\.?|…|-|–)\s*([0-9]{1,9})\s*")
_SHOWN = 5


def changed_to(scenario: Scenario, setting: Setting) -> Scenario:
    """Return a scenario with several values changed, without checks and sweep.

    Raises
    ------
    ScenarioError
        The result is no valid scenario.

    Examples
    --------
    >>> import rolloutsim
    >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
    >>> changed_to(scenario, {"fleet.robots.robots": 20, "rules.dispatch": "batch"}).robots
    20
    """
    return scenario.without_studies().replace_all(setting)


def describe_setting(setting: Setting) -> str:
    """Write a setting as assignments.

    >>> describe_setting({"rules.dispatch": "batch", "network.origin": "1 Gbit/s"})
    'rules.dispatch=batch, network.origin=1 Gbit/s'
    """
    return ", ".join(f"{path}={value}" for path, value in setting.items())


def parse_lever(text: str) -> tuple[str, tuple[Any, ...]]:
    """Split ``PATH=VALUE,VALUE…``; the values are read as a list of YAML.

    Raises
    ------
    UsageError
        There is no path, no value, or the values are not YAML.

    Examples
    --------
    >>> parse_lever("network.origin=500 Mbit/s, 1 Gbit/s")
    ('network.origin', ('500 Mbit/s', '1 Gbit/s'))
    """
    path, equals, values = text.partition("=")
    if not equals or not path.strip() or not values.strip():
        raise UsageError(f"{text!r}: PATH=VALUE,VALUE… is needed, e.g. rules.dispatch=window,batch")
    if match := _RANGE.fullmatch(values):
        first, last = int(match[1]), int(match[2])
        listed = ",".join(map(str, range(first, last + 1)[:_SHOWN])) or f"{first},{last}"
        more = ",…" if last - first >= _SHOWN else ""
        raise UsageError(f"{text!r}: this is a range: list the values, e.g. {path.strip()}={listed}{more}")
    try:
        return path.strip(), tuple(read_text(f"[{values}]", "VALUES").plain())
    except ScenarioError as error:
        problem = error.problems[0]
        raise UsageError(f"{text!r}: the values cannot be read: {problem.why}; {problem.hint}") from None


def parse_levers(texts: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    """Return the values of several levers by path.

    Raises
    ------
    UsageError
        With everything that is wrong.
    """
    wrong = Gathered()
    found: dict[str, tuple[Any, ...]] = {}
    for path, values in wrong.attempt_each(parse_lever, texts):
        if path in found:
            wrong.add(UsageError(f"{path} is named twice: give all of its values at once, {path}=V1,V2…"))
        found[path] = values
    wrong.check()
    return found


def settings_of(levers: Mapping[str, Sequence[Any]]) -> list[Setting]:
    """Return every combination of the values.

    Raises
    ------
    UsageError
        For values that are there twice.

    Examples
    --------
    >>> settings_of({"rules.dispatch": ["window", "batch"], "fleet.dock.robots": [10]})
    [{'rules.dispatch': 'window', 'fleet.dock.robots': 10}, {'rules.dispatch': 'batch', 'fleet.dock.robots': 10}]
    """
    wrong = []
    for path, values in levers.items():
        known = [repr(value) for value in values]
        wrong += [f"{path}: {value} is there twice" for value in dict.fromkeys(known) if known.count(value) > 1]
    if wrong:
        raise UsageError("\n".join(wrong))
    return [dict(zip(levers, values, strict=True)) for values in product(*levers.values())]


def scenarios_of(scenario: Scenario, settings: Iterable[Setting]) -> list[Scenario]:
    """Return the scenario at each setting.

    Raises
    ------
    ScenarioError
        With the problems of all settings that make no valid scenario.
    """
    found: list[Scenario] = []
    problems: list[Problem] = []
    for setting in settings:
        try:
            found.append(changed_to(scenario, setting))
        except ScenarioError as error:
            problems += [problem._replace(why=f"{problem.why} (at {describe_setting(setting)})") for problem in error.problems]
    if problems:
        raise ScenarioError(problem for problem in problems if problem.severity == "error")
    return found


def without_effect(paths: Iterable[str], settings: Sequence[Setting], outcomes: Sequence[pd.Series]) -> tuple[str, ...]:
    """Return the paths whose values make no difference in any replicate.

    Points that differ in nothing but the value at a path are compared replicate by replicate: all points see the same random numbers.

    Parameters
    ----------
    paths
        What may be without effect.
    settings
        The values of each point.
    outcomes
        Of each point, a digest per replicate; replicates that only one of two points has are left out.

    Returns
    -------
    paths
        Those of which at least two points could be compared, and no two points differ.

    Examples
    --------
    >>> import numpy as np
    >>> settings = [{"a": a, "b": b} for a in (1, 2) for b in ("x", "y")]
    >>> outcomes = [digests(np.array([[10.0 * each["a"], np.nan]])) for each in settings]
    >>> without_effect(["a", "b"], settings, outcomes)
    ('b',)
    """
    keys = [{name: repr(value) for name, value in setting.items()} for setting in settings]
    return tuple(path for path in paths if _is_idle(path, keys, outcomes))


def _is_idle(path: str, keys: Sequence[Mapping[str, str]], outcomes: Sequence[pd.Series]) -> bool:
    first: dict[tuple[str, ...], int] = {}
    compared = False
    for point, key in enumerate(keys):
        other = first.setdefault(tuple(value for name, value in key.items() if name != path), point)
        if key[path] == keys[other][path]:
            continue
        shared = outcomes[point].index.intersection(outcomes[other].index)
        if not outcomes[point].loc[shared].equals(outcomes[other].loc[shared]):
            return False
        compared |= len(shared) > 0
    return compared


def digests(values: FloatArray) -> pd.Series:
    """Return a digest of each replicate.

    Parameters
    ----------
    values
        By metric and replicate; NaN equals NaN.
    """
    return pd.util.hash_pandas_object(pd.DataFrame(values.T), index=False)
