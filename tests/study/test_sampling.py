"""Points of a sweep: what is sampled, by which method, and what the table of points holds."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import stats

from rolloutsim.errors import ScenarioError, UsageError
from rolloutsim.scenario import Scenario, build, parse
from rolloutsim.scenario.parts.fields import MOST_ROBOTS
from rolloutsim.study.sweep_points import METHODS, make_points, points_frame, with_sweep
from tests.study.test_sweep import CONCURRENCY, TEXT

BUNDLE, LAUNCH = "application.bundle", "application.steps.launching.duration.exponential.mean"
UNCERTAIN = {BUNDLE: {"uniform": {"low": "100 MB", "high": "200 MB"}}, LAUNCH: {"exponential": {"mean": "20 s"}}}


@pytest.fixture(scope="module")
def varied() -> Scenario:
    return with_sweep(parse(TEXT), {CONCURRENCY: [10, 50]}, UNCERTAIN)


def sampled(scenario: Scenario, method: Any, samples: int, **more: Any) -> list[tuple[float, float]]:
    return [(point.values[BUNDLE], point.values[LAUNCH]) for point in make_points(scenario, method=method, samples=samples, **more)]


def test_a_grid_is_of_quantiles_in_all_combinations(varied: Scenario) -> None:
    quantiles = [1 / 6, 3 / 6, 5 / 6]
    expected = product(stats.uniform(100e6, 100e6).ppf(quantiles), stats.expon(scale=20).ppf(quantiles))
    np.testing.assert_allclose(sampled(varied, "grid", 3)[:9], list(expected), rtol=1e-12)


def test_sobol_samples_fill_the_square_evenly(varied: Scenario) -> None:
    points = np.array(sampled(varied, "sobol", 16)[:16])
    cells = np.column_stack([(points[:, 0] - 100e6) / 100e6, stats.expon(scale=20).cdf(points[:, 1])])
    for rows, columns in ((16, 1), (8, 2), (4, 4), (2, 8), (1, 16)):  # a net: one point in each box of these sizes
        assert len({(int(u * rows), int(v * columns)) for u, v in cells}) == 16


def test_a_latin_hypercube_has_each_quantile_once(varied: Scenario) -> None:
    points = np.array(sampled(varied, "lhs", 10)[:10])
    assert sorted(np.floor((points[:, 0] - 100e6) / 10e6)) == list(range(10))
    assert sorted(np.floor(10 * stats.expon(scale=20).cdf(points[:, 1]))) == list(range(10))


def test_random_samples_have_their_distribution(varied: Scenario) -> None:
    """By a test that a correct program fails with one seed in a thousand."""
    alone = with_sweep(parse(TEXT), {}, UNCERTAIN)
    points = np.array(sampled(alone, "random", 400))
    assert stats.kstest(points[:, 0], stats.uniform(100e6, 100e6).cdf).pvalue > 0.001 / 3
    assert stats.kstest(points[:, 1], stats.expon(scale=20).cdf).pvalue > 0.001 / 3
    assert stats.spearmanr(points[:, 0], points[:, 1]).pvalue > 0.001 / 3


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_more_samples_begin_with_the_same_ones(varied: Scenario, method: str) -> None:
    assert sampled(varied, method, 11)[:5] == sampled(varied, method, 5)[:5]


@pytest.mark.parametrize("method", METHODS)
def test_samples_are_of_the_seed(varied: Scenario, method: str) -> None:
    assert sampled(varied, method, 4, seed=1) == sampled(varied, method, 4, seed=1)
    assert (sampled(varied, method, 4, seed=1) == sampled(varied, method, 4, seed=2)) == (method == "grid")


def test_random_samples_do_not_depend_on_what_else_is_uncertain(varied: Scenario) -> None:
    alone = make_points(with_sweep(parse(TEXT), {}, {LAUNCH: UNCERTAIN[LAUNCH]}), method="random", samples=6)
    assert [point.values[LAUNCH] for point in alone] == [launch for _, launch in sampled(varied, "random", 6)[:6]]


def test_what_is_drawn_is_what_is_simulated(varied: Scenario) -> None:
    for point in make_points(varied, samples=4):
        assert point.scenario.application.bundle["X86_64"] == pytest.approx(point.values[BUNDLE], rel=1e-15)
        assert point.fingerprint == point.scenario.fingerprint()
        assert point.scenario.sweep is None


def test_values_that_are_no_numbers_are_text_in_the_table() -> None:
    renewal = {"renewal": {"up": "1 h", "down": "5 min"}}
    levers = {"rules.dispatch": ["window", "batch"], "fleet.dock.connectivity": ["always", renewal], CONCURRENCY: [10, 20]}
    frame = points_frame(make_points(with_sweep(parse(TEXT), levers, {})))
    assert frame["rules.dispatch"].tolist() == ["window"] * 4 + ["batch"] * 4
    assert [json.loads(text) for text in frame["fleet.dock.connectivity"][2:4]] == [renewal] * 2
    assert frame[CONCURRENCY].tolist() == [10, 20] * 4
    assert frame["fingerprint"].is_unique


def test_levers_are_added_to_those_of_the_file() -> None:
    text = parse(TEXT + f"sweep: {{levers: {{{CONCURRENCY}: [10, 20]}}}}")
    assert dict(with_sweep(text, {"rules.dispatch": ["batch"]}, {}).sweep.levers).keys() == {CONCURRENCY, "rules.dispatch"}  # type: ignore[union-attr]
    assert [point.values[CONCURRENCY] for point in make_points(with_sweep(text, {CONCURRENCY: [30]}, {}))] == [30]


def test_mistakes(varied: Scenario) -> None:
    scenario = parse(TEXT)
    with pytest.raises(UsageError, match="nothing is varied"):
        with_sweep(scenario, None, None)
    with pytest.raises(UsageError, match=f"{BUNDLE}: both a lever and uncertain"):
        with_sweep(scenario, {BUNDLE: ["1 MB"]}, {BUNDLE: UNCERTAIN[BUNDLE]})
    with pytest.raises(UsageError, match="seed, replicates: no result depends on it"):
        with_sweep(scenario, {"seed": [1, 2], "replicates": [3]}, {})
    with pytest.raises(UsageError, match="there is no method 'sobel': it is one of grid, lhs, sobol, random"):
        make_points(varied, method="sobel")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="0 samples are none"):
        make_points(varied, samples=0)


def test_all_points_that_do_not_fit_together_are_reported_at_once() -> None:
    """Each value is good, but not with each other."""
    always = parse(TEXT).replace_all(
        {f"fleet.{name}.connectivity": "always" for name in ("dock", "yard")}
    )  # spells have a bound of their own
    many = MOST_ROBOTS * 3 // 5
    levers = {"fleet.dock.robots": [1, many, many + 1], "fleet.yard.robots": [1, many]}
    with pytest.raises(ScenarioError) as caught:
        make_points(with_sweep(always, levers, {}))
    assert [problem.path for problem in caught.value.problems] == [
        f"point 3 (fleet.dock.robots={many}, fleet.yard.robots={many}): fleet",
        f"point 5 (fleet.dock.robots={many + 1}, fleet.yard.robots={many}): fleet",
    ]


def test_points_of_a_scenario_that_was_built(varied: Scenario) -> None:
    again = build(varied.resolved())
    assert [point.fingerprint for point in make_points(again)] == [point.fingerprint for point in make_points(varied)]


def test_short_names_of_levers_become_full_paths() -> None:
    robots = parse("fleet: [{cohort: dock, robots: 40}]\napplication: {bundle: 1 MB}\nrules: {concurrency: 4}")
    varied = with_sweep(robots, {"concurrency": ["10 %", "20 %"]}, None)
    points = make_points(varied)
    path = "deployment.deploymentConfig.concurrentDeploymentPercentage"
    assert [point.values for point in points] == [{path: 10}, {path: 20}]
    assert [point.scenario.rules.concurrency for point in points] == [None, None]
