"""Means of rare and bounded quantities: each repair of Student's t by hand, and that together they hold the truth."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import rolloutsim
from benchmarks.intervals import Pool, coverage
from rolloutsim.analysis import UNKNOWN, Estimate, Premises, evaluate, parse_metric, proportion
from rolloutsim.analysis.expressions import estimate_row
from rolloutsim.analysis.means import Strata, mean_limits
from rolloutsim.scenario import parse

from .test_coverage import enough

ROOT = Path(__file__).parents[2]

RARE = """
scenario: rare
fleet: [{cohort: a, robots: 10}]
application:
  bundle: 1 MB
  release: {bad: {probability: 0.004, steps: {launching: {failures: {MissingRobotDeploymentResource: {probability: 1.0, per: robot}}}}}}
  steps: {launching: {duration: 10 s}}
deployment: {}
"""


def limits(values: list[float], low: float = 0.0, high: float = math.inf, strata: Strata | None = None) -> tuple[float, float, float]:
    return mean_limits(np.array(values), bounds=(low, high), strata=strata, confidence=0.95)[:3]


def by_release(good: int, bad: int, p: float) -> Strata:
    return Strata(np.repeat([0, 1], [good, bad]), (1 - p, p), (good, bad), ("the good release", "the bad release"))


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("common", [0.0, 7.0])
def test_few_that_differ_reach_as_far_as_their_exact_limit(k: int, common: float) -> None:
    low, best, high = limits([common] * (40 - k) + [common + 10.0] * k)
    assert best == pytest.approx(common + k / 4)
    assert high >= common + 10 * proportion(k, 40).high - 1e-9
    assert low >= 0
    # The same from the other side, and there is no farther to go than the bound.
    mirrored = limits([100 - common] * (40 - k) + [90.0 - common] * k)
    assert mirrored[0] <= 100 - high + 1e-9
    assert limits([common] * (40 - k) + [common + 10.0] * k, high=common + 10)[2] == pytest.approx(common + 10 * proportion(k, 40).high)


def test_the_common_value_is_common_but_for_rounding() -> None:
    noisy = [10.0 + i * 1e-13 for i in range(39)]
    assert limits([*noisy, 20.0])[2] == pytest.approx(limits([10.0] * 39 + [20.0])[2])
    assert math.isnan(limits(noisy)[0])


@pytest.mark.parametrize("value", [0.0, 4.0, 10.0])
def test_none_that_differs_may_lie_at_the_bound(value: float) -> None:
    none = proportion(0, 40).high
    assert limits([value] * 40, high=10.0) == pytest.approx((value - none * value, value, value + none * (10 - value)))
    assert all(map(math.isnan, limits([value] * 40)[::2]))


def test_skewness_moves_the_far_limit_by_johnsons_term() -> None:
    x = np.random.default_rng(3).exponential(size=50)
    low, best, high = limits(x.tolist())
    t, sd = stats.t.ppf(0.975, 49), x.std(ddof=1)
    plain = stats.ttest_1samp(x, 0.0).confidence_interval(0.95)
    assert low == pytest.approx(plain.low)
    assert high == pytest.approx(plain.high + ((x - x.mean()) ** 3).mean() * (1 + 2 * t**2) / (6 * sd**2 * 50))
    mirrored = limits((-x).tolist(), low=-math.inf)
    assert mirrored == pytest.approx((-high, -best, -low))


def test_strata_have_their_known_weights() -> None:
    rng = np.random.default_rng(1)
    good, bad = rng.normal(10, 1, 90), rng.normal(50, 1, 10)
    low, best, high = limits([*good, *bad], strata=by_release(90, 10, 0.02))
    assert best == pytest.approx(0.98 * good.mean() + 0.02 * bad.mean())
    assert high - low < 0.6  # unstratified, how many are bad would decide: about 4.8


def test_fewer_than_six_of_a_stratum_give_no_interval() -> None:
    few, enough_of_them = [0.0] * 95 + [1.0] * 5, [0.0] * 94 + [1.0] * 6
    found = mean_limits(np.array(few), bounds=(0.0, math.inf), strata=by_release(95, 5, 0.05), confidence=0.95)
    assert math.isnan(found.low)
    assert found.best == pytest.approx(0.05)
    assert found.note == "no interval: 5 with the bad release, needs 6"
    assert not math.isnan(limits(enough_of_them, strata=by_release(94, 6, 0.05))[0])
    # Where all are the same, and between bounds, the release does not matter.
    assert limits([0.0] * 100, high=1.0, strata=by_release(99, 1, 0.05))[2] == proportion(0, 100).high


def test_a_stratum_without_values_is_left_out_and_one_of_few_gives_no_interval() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(5, 1, 80)
    none = Strata(np.zeros(80, np.int64), (0.75, 0.25), (80, 20), ("a", "b"))
    assert limits(x.tolist(), strata=none) == pytest.approx(limits(x.tolist()), rel=1e-9)
    some = Strata(np.repeat([0, 1], [78, 2]), (0.75, 0.25), (80, 20), ("a", "b"))
    assert math.isnan(limits(x.tolist(), strata=some)[0])
    # Where a condition chooses part of each stratum, how large these parts are is not known exactly.
    x[60:] += 10
    part = Strata(np.repeat([0, 1], [60, 20]), (0.75, 0.25), (80, 20), ("a", "b"))
    whole = part._replace(sizes=(60, 20))
    assert limits(x.tolist(), strata=part)[2] - limits(x.tolist(), strata=part)[0] > 1.5 * (
        limits(x.tolist(), strata=whole)[2] - limits(x.tolist(), strata=whole)[0]
    )


@pytest.mark.parametrize("size", ["equal", "uniform", "exponential"])
@pytest.mark.parametrize("often", [1, 3, 12])
def test_rare_events_of_any_size_are_held(size: str, often: int) -> None:
    """Of 1,500 repetitions with an event; at 94 % fewer than 91.0 % have chance 1e-6. Student's t alone covers 5 % to 88 % here."""
    rng = np.random.default_rng(often)
    hits = trials = 0
    for _ in range(1500):
        events = rng.random(100) < often / 100
        sizes = {"equal": np.ones(100), "uniform": 2 * rng.random(100), "exponential": rng.exponential(size=100)}[size]
        if not events.any():
            continue
        low, _, high = limits((events * sizes).tolist())
        trials += 1
        hits += low <= often / 100 <= high
    assert enough(hits, trials, 0.94)


def test_a_scenario_of_constants_is_exact_and_decides() -> None:
    text = "fleet: [{cohort: a, robots: 3, link: {rate: 8 Mbit/s}}]\napplication: {bundle: 60 MB}\nchecks: [time_to_complete <= 60 s, "
    scenario = parse(text + "time_to_complete.p99 > 59 s, bytes_wasted <= 0 B, abort_probability <= 0, failed_share < 0.1]")
    found = rolloutsim.check(scenario, replicates=2)
    assert [result.verdict.outcome for result in found.results] == ["pass"] * 5
    assert {result.estimate.method for result in found.results} == {"exact"}
    summary = rolloutsim.simulate(scenario, replicates=2).summary()
    assert summary.bytes["sent"] == Estimate(180e6, 180e6, 180e6, 2, "exact", "exact", "B")


def test_rare_means_have_no_interval_and_their_checks_do_not_pass() -> None:
    """Truth: 0.04 robots and 40 kB, both above the limits."""
    scenario = parse(RARE + "checks: [left_down <= 0.02, bytes_wasted <= 0 B]")
    for seed in range(5):
        found = rolloutsim.check(scenario, replicates=100, seed=seed)
        assert [result.verdict.outcome for result in found.results] == ["undecided"] * 2
        left, wasted = (result.estimate for result in found.results)
        assert math.isnan(wasted.low)
        assert math.isnan(left.low) or left.high > 0.04


def test_without_premises_nothing_is_stratified() -> None:
    tables = rolloutsim.simulate(parse(RARE), replicates=20, seed=1).tables
    assert evaluate("failed_share", tables).method == "none differs"
    query, row, bad = parse_metric("failed"), np.repeat([0.0, 5.0], [90, 10]), np.repeat([0.0, 1.0], [90, 10])
    assert estimate_row(query, row, bad, UNKNOWN).method == "t"
    assert estimate_row(query, row, bad, Premises.of(parse(RARE))).method == "stratified t"
    assert estimate_row(parse_metric("failed[bad]"), row, bad, Premises.of(parse(RARE))).method == "t"


@cache
def pool(name: str) -> Pool:
    """Return replicates of a scenario, simulated once."""
    return Pool.of(parse(RARE) if name == "rare" else rolloutsim.load(ROOT / "scenarios" / f"{name}.yaml"), 3000)


@pytest.mark.slow
@pytest.mark.parametrize(("replicates", "repetitions"), [(40, 4000), (100, 2000), (400, 1000)])
@pytest.mark.parametrize("name", ["rare", "bad-release"])
def test_every_mean_of_the_summary_is_held(name: str, replicates: int, repetitions: int) -> None:
    """At 94 % of those with an interval, fewer than 92.1 %, 91.3 % and 90.1 % have chance 1e-6; at most 5 % pass a check just below it."""
    for row in coverage(pool(name), replicates, repetitions):
        known = round(repetitions * (1 - row.without))
        assert not known or enough(round(row.covers * known), known, 0.94), row
        assert max(row.high_below, row.low_above) <= 0.05, row


@pytest.mark.slow
def test_means_of_the_summary_are_held() -> None:
    """A small version: 300 repetitions from 150 replicates of 40 robots; at 94 % fewer than 86.6 % have chance 1e-6."""
    scenario = rolloutsim.load(ROOT / "scenarios" / "bad-release.yaml").replace("fleet.robots.robots", 40)
    rows = list(coverage(Pool.of(scenario, 150), 40, 300))
    assert {"bytes_wasted", "left_down", "failure_share[PostLaunchFileFailure]", "slots downloading"} <= {row.name for row in rows}
    for row in rows:
        assert row.without < 0.15, row
        assert row.covers >= 0.866, row
