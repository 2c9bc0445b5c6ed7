"""Verdicts: by the whole interval, never without data, and with a forecast that comes true."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from rolloutsim.analysis import Check, Estimate, decide, estimate, mean, proportion, quantile
from rolloutsim.analysis.deciding import POWER
from rolloutsim.analysis.stopping import smallest

UNDER, BELOW, OVER, ABOVE = (Check.parse(f"failed {comparison} 10") for comparison in ("<=", "<", ">=", ">"))


def interval(low: float, high: float, n: int = 100) -> Estimate:
    return Estimate(low, (low + high) / 2, high, n, "t")


@pytest.mark.parametrize(
    ("low", "high", "outcomes"),
    [
        (8.0, 9.0, ("pass", "pass", "fail", "fail")),
        (11.0, 12.0, ("fail", "fail", "pass", "pass")),
        (9.0, 11.0, ("undecided",) * 4),
        (8.0, 10.0, ("pass", "undecided", "undecided", "fail")),
        (10.0, 12.0, ("undecided", "fail", "pass", "undecided")),
        (10.0, 10.0, ("pass", "fail", "pass", "fail")),
        (math.inf, math.inf, ("fail", "fail", "pass", "pass")),
        (9.0, math.inf, ("undecided",) * 4),
    ],
)
def test_the_whole_interval_decides(low: float, high: float, outcomes: tuple[str, ...]) -> None:
    found = interval(low, high)
    assert tuple(decide(check, found, 100).outcome for check in (UNDER, BELOW, OVER, ABOVE)) == outcomes


@pytest.mark.parametrize("text", ["failed <= 1e9", "failed >= 0", "time_to_complete.p95 <= 1000 d", "abort_probability[bad] <= 1"])
def test_no_data_is_never_a_pass(text: str) -> None:
    check = Check.parse(text)
    for values in ([], [1.0]):
        if values and check.query.metric.kind == "probability":
            continue  # one replicate bounds a probability, if only by 1
        verdict = decide(check, estimate(check.query, values, of=5), 5)
        assert verdict.outcome == "undecided"
        if not values:
            assert verdict.more is None
            assert verdict.advice == "no number of replicates can be named that would decide"


def test_equal_values_decide_by_their_bounds_or_not_at_all() -> None:
    check = Check.parse("failed <= 1")
    unbounded = decide(check, mean([0.0] * 400), 400)
    assert (unbounded.outcome, unbounded.more) == ("undecided", None)
    # 0 of n reach as far as 10 robots: below 1 from n = 36 on, for 10 · (1 - 0.025^(1/36)) is 0.97.
    assert decide(check, mean([0.0] * 36, bounds=(0.0, 10.0)), 36).outcome == "pass"
    few = decide(check, mean([0.0] * 10, bounds=(0.0, 10.0)), 10)
    assert few.outcome == "undecided"
    assert few.more == pytest.approx(26, abs=6)
    assert decide(check, mean([0.0], exact=True), 1).outcome == "pass"
    assert decide(check, mean([2.0], exact=True), 1).outcome == "fail"
    # Infinity is not "equal so far": one replicate that never gets there makes a mean infinite.
    assert decide(Check.parse("time_to_reach_100 <= 9 h"), mean([1.0, math.inf], unit="s"), 2).outcome == "fail"


def test_a_quantile_shows_how_many_replicates_it_lacks() -> None:
    check = Check.parse("time_to_complete[bad].p95 <= 1 h")
    # 20 of 400 replicates meet the condition, so 72 do of 1440.
    found = decide(check, quantile(np.ones(20), 0.95), 400)
    assert (found.outcome, found.more) == ("undecided", 1100)
    assert found.advice == "at least 1,100 more replicates are needed for an interval"
    # With an interval the number is a forecast, not a minimum.
    assert not decide(check, quantile(np.arange(72) * 100.0, 0.95), 400).at_least


def test_the_rule_of_three() -> None:
    # 0 of n is below 1 % at 95 % (two-sided) from n = 368 on.
    check = Check.parse("abort_probability <= 1 %")
    assert decide(check, proportion(0, 368), 368).outcome == "pass"
    assert decide(check, proportion(0, 367), 367) == ("undecided", 1, False)
    assert decide(check, proportion(0, 100), 100).more == 270


@pytest.mark.parametrize("bound", [0.28, 0.25, 0.15])
def test_a_proportion_is_decided_with_the_stated_probability(bound: float) -> None:
    # Exact: if the true probability is the estimate 0.2, the number forecast decides with probability 0.8 (normal approximation: +-0.04).
    check = Check.parse(f"abort_probability <= {bound}")
    found = decide(check, proportion(20, 100), 100)
    assert found.more
    n = 100 + found.more
    outcomes = [decide(check, proportion(k, n), n).outcome for k in range(n + 1)]
    right = "pass" if bound > 0.2 else "fail"
    chance = sum(stats.binom.pmf(k, n, 0.2) for k in range(n + 1) if outcomes[k] == right)
    assert chance == pytest.approx(POWER, abs=0.04)


def test_a_mean_is_decided_with_the_stated_probability() -> None:
    # By simulation, seeded; 2,000 trials, standard error 0.009: bounds at 4 of them (false alarm 6e-5) and the rounding up to two digits.
    check = Check.parse("failed <= 10")
    x = np.random.default_rng(1).standard_normal(100)
    x = 9.8 + 2 * (x - x.mean()) / x.std(ddof=1)
    found = decide(check, mean(x), 100)
    assert found.more is not None
    n, rng = 100 + found.more, np.random.default_rng(2)
    trials = rng.normal(9.8, 2.0, (2000, n))
    decided = trials.mean(axis=1) + stats.t.ppf(0.975, n - 1) * trials.std(axis=1, ddof=1) / math.sqrt(n) <= 10
    assert POWER - 0.036 < decided.mean() < POWER + 0.05


def test_on_the_bound_no_number_helps() -> None:
    assert decide(UNDER, interval(9.0, 11.0), 100).more is None
    assert decide(Check.parse("abort_probability <= 0.2"), proportion(20, 100), 100).more is None
    assert decide(UNDER, Estimate(9.0, math.inf, math.inf, 100), 100).more is None


def test_the_smallest_that_is_good() -> None:
    for threshold in range(11, 60):
        assert smallest(10, lambda n, threshold=threshold: n >= threshold) == threshold
    assert smallest(10, lambda n: False) is None
