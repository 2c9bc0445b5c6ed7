"""The points of a sweep: every setting of the levers, each with the same samples of what is uncertain."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from scipy.stats import qmc

from rolloutsim.errors import Problem, ScenarioError, UsageError
from rolloutsim.randomness import entity_word, replicate_key, uniform
from rolloutsim.scenario import Scenario
from rolloutsim.scenario.reading.quantities import format_quantity
from rolloutsim.scenario.short_names import full_levers

if TYPE_CHECKING:
    from rolloutsim.scenario.parts.experiment import Sweep

Method = Literal["grid", "lhs", "sobol", "random"]
METHODS: tuple[Method, ...] = get_args(Method)

#: What no number depends on, or what a sweep itself decides.
_NO_LEVERS = ("scenario", "description", "seed", "replicates", "checks", "sweep")


class Point(NamedTuple):
    """A scenario of a sweep.

    Attributes
    ----------
    values
        What is set, by path: levers as given, uncertainties in SI units; and ``sample``, the number of the sample, if there are some.
    """

    values: dict[str, Any]
    scenario: Scenario
    fingerprint: str


def with_sweep(scenario: Scenario, levers: Mapping[str, Sequence[Any]] | None, uncertainties: Mapping[str, Any] | None) -> Scenario:
    """Return a scenario with levers and uncertainties added to those of its file, or put in their place.

    Raises
    ------
    ScenarioError
        With everything that the scenario does not take.
    UsageError
        If nothing is to be varied, or a path that cannot be varied.
    """
    given = scenario.resolved().get("sweep", {"levers": {}, "uncertainties": {}})
    known, dropped = full_levers(given["levers"])
    added, excluded = full_levers(levers or {})
    merged = {
        "levers": {path: values for path, values in known.items() if path not in excluded} | added,
        "uncertainties": given["uncertainties"] | dict(uncertainties or {}),
    }
    paths = [*merged["levers"], *merged["uncertainties"]]
    if twice := sorted(merged["levers"].keys() & merged["uncertainties"].keys()):
        raise UsageError(
            f"{', '.join(twice)}: both a lever and uncertain, and a value is either chosen or happens: leave one of the two out"
        )
    if wrong := [path for path in paths if path.split(".")[0] in _NO_LEVERS]:
        raise UsageError(
            f"{', '.join(wrong)}: no result depends on it, so it is no lever: leave it out; --seed and --replicates hold for all points"
        )
    if not paths:
        raise UsageError("nothing is varied: add levers (--lever PATH=V1,V2), or a sweep to the scenario")
    try:
        return scenario.replace_all({"sweep": merged} | dropped | excluded)
    except ScenarioError as error:
        raise ScenarioError(problem for problem in error.problems if problem.severity == "error") from None


def make_points(scenario: Scenario, *, method: Method = "lhs", samples: int = 16, seed: int = 0) -> list[Point]:
    """Return the points of a scenario's sweep, settings of levers in the order of the file.

    Parameters
    ----------
    method
        How uncertainties are sampled: ``grid`` (so many quantiles of each, in all combinations), ``lhs`` (Latin hypercube), ``sobol`` or
        ``random``. With the last two, more samples begin with the same ones.
    samples
        How many.
    seed
        Of the samples.

    Raises
    ------
    ScenarioError
        With all points that are no valid scenario.
    """
    assert scenario.sweep is not None
    if method not in METHODS:
        raise UsageError(f"there is no method {method!r}: it is one of {', '.join(METHODS)}")
    if samples < 1:
        raise UsageError(f"{samples} samples are none: ask for at least 1")
    levers, uncertainties = scenario.sweep.levers, scenario.sweep.uncertainties
    plain = scenario.without_studies()
    points: list[Point] = []
    problems: list[Problem] = []
    settings = [dict(zip(levers, setting, strict=True)) for setting in product(*levers.values())]
    for number, (setting, sample) in enumerate(product(settings, list(_samples(scenario.sweep, method, samples, seed)))):
        drawn = {path: format_quantity(value, uncertainties[path].dimension) for path, value in sample.items() if path != "sample"}
        try:
            changed = plain.replace_all(setting | drawn)
        except ScenarioError as error:
            where = ", ".join(f"{path}={_cell(value)}" for path, value in (setting | drawn).items())
            wrong = (problem for problem in error.problems if problem.severity == "error")
            problems += [problem._replace(path=f"point {number} ({where}): {problem.path}") for problem in wrong]
        else:
            points.append(Point(setting | sample, changed, changed.fingerprint()))
    if problems:
        raise ScenarioError(problems)
    return points


def _samples(sweep: Sweep, method: Method, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield values of the uncertainties, in SI units."""
    if not sweep.uncertainties:
        yield {}
        return
    for number, numbers in enumerate(_uniforms(list(sweep.uncertainties), method, count, seed)):
        drawn = zip(sweep.uncertainties.items(), numbers, strict=True)
        yield {"sample": number} | {
            path: float(uncertainty.distribution.ppf(min(max(u, 2**-53), 1 - 2**-53))) for (path, uncertainty), u in drawn
        }


def _uniforms(paths: list[str], method: Method, count: int, seed: int) -> Iterator[Sequence[float]]:
    """Yield points of the unit cube."""
    if method == "grid":
        yield from product([(i + 0.5) / count for i in range(count)], repeat=len(paths))
    elif method == "random":
        for number in range(count):
            yield [uniform(replicate_key(seed, number, entity_word(f"sweep {path}")), 0, 0) for path in paths]
    else:
        generator = np.random.default_rng(seed)
        if method == "lhs":
            yield from qmc.LatinHypercube(len(paths), seed=generator).random(count).tolist()
        else:
            yield from qmc.Sobol(len(paths), seed=generator).random_base2(max(count - 1, 0).bit_length())[:count].tolist()


def points_frame(points: Sequence[Point]) -> pd.DataFrame:
    """Return points as a table: number, fingerprint, and what is set."""
    paths = dict.fromkeys(path for point in points for path in point.values)
    columns: dict[str, Any] = {"point": list(range(len(points))), "fingerprint": [point.fingerprint for point in points]}
    for path in paths:
        values = [_cell(point.values[path]) for point in points]
        same = len({isinstance(value, str) for value in values}) == 1
        columns[path] = values if same else [value if isinstance(value, str) else json.dumps(value) for value in values]
    return pd.DataFrame(columns)


def _cell(value: Any) -> Any:
    """Return a value as a table can hold it."""
    if isinstance(value, bool):
        return json.dumps(value)
    return value if isinstance(value, str | int | float) else json.dumps(value)
