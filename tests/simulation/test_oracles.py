"""The model against exact results of probability theory, without simulation.

All statistical tests here: false alarm 1e-6, a model off by the stated shift is missed with at most 1e-3: see
`tests.simulation.statistical`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from rolloutsim.scenario import Scenario, build
from rolloutsim.simulation.model.make_rules import make_rules
from rolloutsim.simulation.model.rules import COMPLETED, is_too_much
from rolloutsim.simulation.replicate import Replicator
from tests.simulation.statistical import assert_distribution, assert_mean, assert_proportion
from tests.simulation.worlds import Array, completion_times, drawn, launch, replicates, seconds

Raw = dict[str, Any]
EXPONENTIAL = {"exponential": {"mean": "5 s"}}


def harmonic(n: int, power: int = 1) -> float:
    return math.fsum(1 / i**power for i in range(1, n + 1))


def window_mean(n: int, c: int, mean: float) -> float:
    return ((n - c) / c + harmonic(c)) * mean


# The test of the tests


def test_the_tests_refuse_small_samples_and_notice_the_shift_that_they_promise() -> None:
    sample = stats.expon.ppf((np.arange(30_000) + 0.5) / 30_000)
    assert_mean(sample, 1.0, 1.0, 0.05)
    assert_distribution(sample, stats.expon.cdf, 0.03)
    assert_proportion(sample < math.log(2), 0.5, 0.03)
    with pytest.raises(ValueError, match="25485 are needed"):
        assert_mean(sample[:25_000], 1.0, 1.0, 0.05)
    with pytest.raises(ValueError, match="needed"):
        assert_distribution(sample[:5_000], stats.expon.cdf, 0.03)
    with pytest.raises(ValueError, match="needed"):
        assert_proportion(sample[:5_000] < 1, 0.5, 0.03)
    with pytest.raises(AssertionError, match="mean"):
        assert_mean(sample, 1.05, 1.0, 0.05)
    with pytest.raises(AssertionError, match="distance"):
        assert_distribution(sample, stats.expon(scale=1.09).cdf, 0.03)
    with pytest.raises(AssertionError, match="share"):
        assert_proportion(sample < math.log(2), 0.53, 0.03)


# Oracles 1 to 3: the time to complete


@pytest.mark.slow
def test_window_of_exponential_launches() -> None:
    """Detects 7 % of the mean."""
    expected = window_mean(100, 10, 5.0)
    assert expected == pytest.approx(59.645, abs=5e-4)
    sd = 5.0 * math.sqrt(90 / 10**2 + harmonic(10, 2))
    times = completion_times(launch(100, EXPONENTIAL, config={"concurrentDeploymentPercentage": 10}), 240, seed=11)
    assert_mean(times, expected, sd, 0.07 * expected)
    with pytest.raises(AssertionError, match="mean"):
        assert_mean(times, window_mean(100, 11, 5.0), sd, 0.07 * expected)  # one slot more


@pytest.mark.slow
def test_batches_of_exponential_launches() -> None:
    """Detects 8 % of the mean."""
    expected = 100 / 10 * harmonic(10) * 5.0
    assert expected == pytest.approx(146.45, abs=5e-3)
    sd = 5.0 * math.sqrt(10 * harmonic(10, 2))
    scenario = launch(100, EXPONENTIAL, config={"concurrentDeploymentPercentage": 10}, rules={"dispatch": "batch"})
    times = completion_times(scenario, 190, seed=12)
    assert_mean(times, expected, sd, 0.08 * expected)
    with pytest.raises(AssertionError, match="mean"):
        assert_mean(times, 100 / 10 * harmonic(9) * 5.0 * 0.95, sd, 0.08 * expected)


@pytest.mark.slow
def test_all_at_once_takes_as_long_as_the_slowest() -> None:
    """Detects a distance of 0.12 between distribution functions."""
    times = completion_times(launch(10, {"gamma": {"shape": 2, "scale": "5 s"}}), 1500, seed=13)
    assert_distribution(times, lambda t: stats.gamma(2, scale=5).cdf(t) ** 10, 0.12)
    with pytest.raises(AssertionError, match="distance"):
        assert_distribution(times, lambda t: stats.gamma(2, scale=5).cdf(t) ** 7, 0.12)


@pytest.mark.slow
def test_one_after_the_other_takes_the_sum() -> None:
    """Detects 7 % of the mean and 30 % of the variance."""
    n, shape, scale = 10, 2.0, 5.0
    times = completion_times(launch(n, {"gamma": {"shape": shape, "scale": "5 s"}}, rules={"concurrency": "1 robots"}), 1700, seed=14)
    mean, variance = n * shape * scale, n * shape * scale**2
    assert_mean(times, mean, math.sqrt(variance), 0.07 * mean)
    assert_mean((times - mean) ** 2, variance, variance * math.sqrt(2 + 6 / (n * shape)), 0.3 * variance)
    with pytest.raises(AssertionError, match="mean"):
        assert_mean(times, mean * 1.07, math.sqrt(variance), 0.07 * mean)


@pytest.mark.parametrize("dispatch", ["window", "batch"])
@pytest.mark.parametrize(("n", "c"), [(1, 1), (7, 1), (7, 2), (7, 3), (12, 4), (13, 4), (13, 13), (5, 50)])
def test_equal_durations(dispatch: str, n: int, c: int) -> None:
    scenario = launch(n, "7 s", rules={"dispatch": dispatch, "concurrency": f"{c} robots"})
    assert completion_times(scenario, 1, seed=1).tolist() == [math.ceil(n / c) * 7.0]


# Oracle 4: the failure threshold

FLEET = [("fleet", 1, "at_least", 0.0075), ("fleet", 1, "exceeds", 0.0025)]
RATIO = [
    ("completed", 1, "exceeds", 0.387),
    ("completed", 10, "exceeds", 0.387),
    ("completed", 30, "exceeds", 0.229),
    ("completed", 50, "exceeds", 0.144),
    ("completed", 1, "at_least", 0.400),
    ("completed", 10, "at_least", 0.400),
    ("completed", 30, "at_least", 0.236),
    ("completed", 50, "at_least", 0.149),
]


def threshold_scenario(denominator: str, minimum: int, comparator: str) -> Scenario:
    failures = {"MissingRobotDeploymentResource": {"probability": 0.02, "per": "robot"}}
    rules = {"concurrency": "1 robots", "denominator": denominator, "minimum_completed": minimum, "comparator": comparator}
    return launch(200, "1 s", config={"failureThresholdPercentage": 5}, rules=rules, failures=failures)


def abort_probability(scenario: Scenario, p: float) -> float:
    """Return the exact probability of a breach by the engine's own rule, over all numbers of failures at each number of results."""
    rules = make_rules(scenario)
    (row,) = rules.stops
    alive, aborted = {0: 1.0}, 0.0
    for completed in range(1, rules.robots + 1):
        after: dict[int, float] = {}
        for failures, probability in alive.items():
            for fails in (0, 1):
                share = probability * (p if fails else 1 - p)
                if completed >= row.minimum and is_too_much(row, failures + fails, completed if row.of == COMPLETED else rules.robots):
                    aborted += share
                else:
                    after[failures + fails] = after.get(failures + fails, 0.0) + share
        alive = after
    return aborted


@pytest.mark.parametrize(("denominator", "minimum", "comparator", "expected"), FLEET + RATIO)
def test_abort_probability_of_the_rule(denominator: str, minimum: int, comparator: str, expected: float) -> None:
    exact = abort_probability(threshold_scenario(denominator, minimum, comparator), 0.02)
    assert exact == pytest.approx(expected, abs=5e-5 if denominator == "fleet" else 5e-4)
    if denominator == "fleet":
        assert exact == pytest.approx(stats.binom(200, 0.02).sf(9 if comparator == "at_least" else 10), rel=1e-9)


def breach_by_hand(fails: Array, denominator: str, minimum: int, comparator: str) -> Array:
    """Return for each row of results in order how many there were at the breach, 0 without."""
    failures = np.cumsum(fails, axis=1)
    completed = np.arange(1, fails.shape[1] + 1)
    limit = 5 * (completed if denominator == "completed" else np.full_like(completed, fails.shape[1]))
    over = 100 * failures >= limit if comparator == "at_least" else 100 * failures > limit
    over &= (completed >= minimum) | (denominator == "fleet")
    return np.where(over.any(axis=1), over.argmax(axis=1) + 1, 0)


@pytest.fixture(scope="module")
def coins() -> Array:
    """Which robots will fail, in 8,000 replicates of 200."""
    (phase,) = drawn(threshold_scenario("fleet", 1, "at_least"), 8000, 15, "fail_phase")
    return phase >= 0


@pytest.mark.parametrize(("denominator", "minimum", "comparator", "expected"), FLEET + RATIO)
def test_abort_probability_of_the_model(coins: Array, denominator: str, minimum: int, comparator: str, expected: float) -> None:
    """Detects 0.05 of a ratio's probability, 0.01 of the fleet's; and single replicates stop at the very result that they should."""
    scenario = threshold_scenario(denominator, minimum, comparator)
    at = breach_by_hand(coins, denominator, minimum, comparator)
    exact, shift = abort_probability(scenario, 0.02), 0.01 if denominator == "fleet" else 0.05
    assert_proportion(at > 0, exact, shift)
    with pytest.raises(AssertionError, match="share"):
        assert_proportion(at > 0, abort_probability(scenario, 0.026), 0.05)
    replicator = Replicator(scenario, 15, steps=False)
    for number in [*np.flatnonzero(at > 0)[:4], *np.flatnonzero(at == 0)[:2]]:
        columns = replicator.run(int(number))[0]
        completed = int(at[number]) or 200
        assert len(columns.robots["index"]) == completed
        assert columns.job.ended_s == completed
        assert columns.job.code == ("FailureThresholdBreached" if at[number] else None)
        assert (columns.robots["verdict"] >= 0).tolist() == coins[number, :completed].tolist()


# Oracle 5: timeouts, and downloads under outages


def test_timeouts_cut_the_distribution_off() -> None:
    """Detects 0.04 of the probability and 0.06 of a distance between distribution functions."""
    scenario = launch(8000, {"exponential": {"mean": "60 s"}}, config={"robotDeploymentTimeoutInSeconds": 100})
    robots = replicates(scenario, 1, seed=16)[0].robots
    late = robots["verdict"] >= 0
    assert_proportion(late, math.exp(-100 / 60), 0.04)
    assert set(robots["reported"][late]) == {100.0}
    times = robots["reported"][~late]
    assert_distribution(times, stats.truncexpon(100 / 60, scale=60).cdf, 0.06)
    with pytest.raises(AssertionError, match="share"):
        assert_proportion(late, math.exp(-100 / 68), 0.04)
    with pytest.raises(AssertionError, match="distance"):
        assert_distribution(times, stats.expon(scale=60).cdf, 0.06)


def outages(interrupted: str, robots: int) -> Scenario:
    """Downloads of 150 s under outages at a rate of 1 in 100 s."""
    spells = {"up": {"exponential": {"mean": "100 s"}}, "down": {"weibull": {"shape": 0.7, "scale": "20 s"}}}
    return build(
        {
            "fleet": [
                {
                    "cohort": "robots",
                    "robots": robots,
                    "link": {"rate": "8 Mbit/s"},
                    "connectivity": {"renewal": spells},
                }
            ],
            "application": {"bundle": "150 MB", "download": {"interrupted": interrupted}},
            "deployment": {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 604800}},
        }
    )


@pytest.mark.slow
def test_restarted_downloads_under_exponential_outages() -> None:
    """Detects 8 % of the mean time online."""
    robots = replicates(outages("restart", 4800), 1, seed=17)[0].robots
    assert (robots["verdict"] < 0).all()
    online = robots["slot"] - robots["offline"]
    mean = 100 * (math.exp(1.5) - 1)
    sd = 100 * math.sqrt(math.exp(3.0) - 2 * 1.5 * math.exp(1.5) - 1)
    assert_mean(online, mean, sd, 0.08 * mean)
    np.testing.assert_allclose(robots["bytes"], 1e6 * online, rtol=1e-9)
    with pytest.raises(AssertionError, match="mean"):
        assert_mean(online, 100 * (math.exp(1.57) - 1), sd, 0.08 * mean)


@pytest.mark.parametrize("interrupted", ["resume", "restart"])
def test_a_spell_offline_without_length_is_no_interruption(interrupted: str) -> None:
    """Online for 20 s again and again, with nothing in between (but for one time in 10^18)."""
    nothing = {"mixture": [{"weight": 1e9, "of": "0 s"}, {"weight": 1e-9, "of": "1 s"}]}
    connectivity = {"renewal": {"up": "20 s", "down": nothing, "start": "up"}}
    fleet = [{"cohort": "robots", "robots": 3, "link": {"rate": "1 kB/s"}, "connectivity": connectivity}]
    scenario = build({"fleet": fleet, "application": {"bundle": "50 kB", "download": {"interrupted": interrupted}}})
    robots = replicates(scenario, 1, seed=1)[0].robots
    assert robots["finished"].tolist() == [50.0] * 3
    assert robots["bytes"].tolist() == [50_000.0] * 3
    assert robots["offline"].tolist() == [0.0] * 3


def test_resumed_downloads_need_no_more_time_online() -> None:
    robots = replicates(outages("resume", 500), 1, seed=18)[0].robots
    np.testing.assert_allclose(robots["slot"] - robots["offline"], 150.0, rtol=1e-9)
    np.testing.assert_allclose(robots["bytes"], 150e6, rtol=1e-12)
    assert (robots["offline"] > 0).mean() > 0.7  # it was interrupted


# Oracle 8: pathwise facts


def finished(scenario: Scenario, seed: int) -> Array:
    """Return when each robot finished (s)."""
    return replicates(scenario, 1, seed)[0].robots["finished"]


@pytest.mark.parametrize("seed", range(5))
def test_more_slots_never_delay_a_robot_under_window(seed: int) -> None:
    scenario = launch(60, {"lognormal": {"median": "10 s", "sigma": 1.0}})
    before = finished(scenario.replace("rules.concurrency", "1 robots"), seed)
    for slots in range(2, 30):
        after = finished(scenario.replace("rules.concurrency", f"{slots} robots"), seed)
        assert (after <= before).all()
        before = after


def test_more_slots_may_delay_a_batch() -> None:
    fleet = [{"cohort": f"r{n}", "robots": 1, "steps": {"launching": {"duration": seconds(d)}}} for n, d in enumerate((1, 1, 10, 10))]
    scenario = build({"fleet": fleet, "application": {"bundle": "0 B"}})
    times = {
        (dispatch, slots): completion_times(scenario.replace("rules", {"dispatch": dispatch, "concurrency": f"{slots} robots"}), 1, 1)[0]
        for dispatch in ("window", "batch")
        for slots in (2, 3)
    }
    assert times == {("window", 2): 11.0, ("window", 3): 11.0, ("batch", 2): 11.0, ("batch", 3): 20.0}


# Oracle 9: the overshoot


def overshooting(dispatch: str, on_breach: str = "finish") -> Scenario:
    """The worst case: 29 failures, then 20 robots in flight that all fail."""
    groups = [(20, 1, 1), (9, 1, 1), (11, 0, 1), (60, 1, 100)]
    fleet = [
        {
            "cohort": f"g{n}",
            "robots": robots,
            "steps": {"post_launch": {"duration": seconds(duration), "failures": {"PostLaunchFileFailure": p}}},
        }
        for n, (robots, p, duration) in enumerate(groups)
    ]
    files = {"packageName": "p", "launchFile": "l", "postLaunchFile": "post.sh"}
    config = {"application": "arn:app", "applicationVersion": "1", "launchConfig": files}
    request = {
        "deploymentConfig": {"concurrentDeploymentPercentage": 20, "failureThresholdPercentage": 30},
        "deploymentApplicationConfigs": [config],
    }
    rules = {"dispatch": dispatch, "on_breach": on_breach}
    return build({"fleet": fleet, "application": {"bundle": "0 B"}, "deployment": request, "rules": rules})


@pytest.mark.parametrize("dispatch", ["window", "batch"])
def test_the_overshoot_reaches_its_bound(dispatch: str) -> None:
    """N=100, C=20 %, threshold 30 %: 30 + 20 - 1 = 49 failures."""
    columns = replicates(overshooting(dispatch), 1, seed=1)[0]
    assert columns.job.code == "FailureThresholdBreached"
    assert int((columns.robots["verdict"] >= 0).sum()) == 49
    assert columns.job.overshoot == 19.0
    assert len(columns.robots["index"]) == 60


@pytest.mark.parametrize("dispatch", ["window", "batch"])
def test_abort_ends_the_others_at_the_breach(dispatch: str) -> None:
    columns = replicates(overshooting(dispatch, "abort"), 1, seed=1)[0]
    assert columns.job.overshoot == 0.0
    assert columns.job.ended_s == columns.job.breached_s
    assert int((columns.robots["ended_by"] == 0).sum()) == 30 + 11


@pytest.mark.parametrize("dispatch", ["window", "batch"])
@pytest.mark.parametrize(("n", "c", "k", "worst"), [(10, 2, 3, 4), (12, 3, 4, 6), (10, 5, 2, 6), (9, 3, 3, 5)])
def test_no_order_of_failures_overshoots_the_bound(dispatch: str, n: int, c: int, k: int, worst: int) -> None:
    """Random failures and durations with ties, 150 replicates of each worked example: never above the bound, and it is reached."""
    coin = {"MissingRobotDeploymentResource": {"probability": 0.6, "per": "robot"}}
    mixture = {"mixture": [{"weight": 1, "of": "1 s"}, {"weight": 1, "of": "2 s"}, {"weight": 1, "of": "10 s"}]}
    scenario = launch(n, mixture, rules={"dispatch": dispatch, "concurrency": f"{c} robots", "failure_limit": f"{k} robots"}, failures=coin)
    failures = [int((columns.robots["verdict"] >= 0).sum()) for columns in replicates(scenario, 150, seed=22)]
    assert worst == min(n, k + c - 1)
    assert max(failures) == worst
