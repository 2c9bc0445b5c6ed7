"""Paired comparisons: against SciPy's paired t and exact binomial test, against coverage, and where there is nothing to compare.

Coverage is measured with fixed seeds as in `test_coverage`; each test states what it would find.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rolloutsim.analysis import UNKNOWN, Side, contrast, holm, parse_metric, proportion
from rolloutsim.analysis.contrasts import Contrast
from rolloutsim.analysis.means import Strata
from rolloutsim.analysis.paired import MeanContrast, ProbabilityContrast, QuantileContrast

from .test_coverage import enough

NAN, INF = math.nan, math.inf


def normal_pair(n: int, seed: int, shift: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = rng.normal(10.0, 2.0, n)
    return a, a + rng.normal(shift, 1.0, n)


def yes_no(only_b: int, only_a: int, both: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    counts = [only_b, only_a, both, neither]
    return np.repeat([0.0, 1.0, 1.0, 0.0], counts), np.repeat([1.0, 0.0, 1.0, 0.0], counts)


@pytest.mark.parametrize("n", [2, 3, 30, 500])
def test_means_are_those_of_the_paired_t_test(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rolloutsim.analysis.means._skewness_term", lambda *_: 0.0)
    a, b = normal_pair(n, n)
    found, oracle = MeanContrast(a, b), stats.ttest_rel(b, a)
    interval = oracle.confidence_interval(0.95)
    assert found.excess() == pytest.approx((interval.low, interval.high))
    assert found.p_value() == pytest.approx(oracle.pvalue)
    assert found.p_value(margin=0.1) == pytest.approx(stats.ttest_rel(b - 0.1, a).pvalue)
    assert found.p_value(ratio=1.05) == pytest.approx(stats.ttest_rel(b, 1.05 * a).pvalue)


def test_a_stratum_counts_by_its_probability_whatever_its_size() -> None:
    strata = Strata(np.repeat([0, 1], [30, 10]), (0.5, 0.5), (30, 10), ("the good release", "the bad release"))
    a, shift = normal_pair(40, 5)[0], np.repeat([1.0, 5.0], [30, 10])
    assert MeanContrast(a, a + shift, strata=strata).difference().best == pytest.approx(3.0)


def test_the_ratio_is_fiellers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rolloutsim.analysis.means._skewness_term", lambda *_: 0.0)
    a, b = normal_pair(25, 4)
    # Fieller's limits are the roots of (b - r·a)^2 = t^2·var(b - r·a)/n, a quadratic in r.
    n, t2 = len(a), stats.t.ppf(0.975, len(a) - 1) ** 2
    cov = np.cov(a, b) / n
    roots = np.roots([a.mean() ** 2 - t2 * cov[0, 0], -2 * (a.mean() * b.mean() - t2 * cov[0, 1]), b.mean() ** 2 - t2 * cov[1, 1]])
    found = MeanContrast(a, b).ratio()
    assert (found.low, found.high) == pytest.approx(tuple(sorted(roots)))
    assert found.best == pytest.approx(b.mean() / a.mean())


def test_pairs_show_more_than_two_samples() -> None:
    a, b = normal_pair(100, 8)
    paired, separate = MeanContrast(a, b).p_value(), stats.ttest_ind(b, a).pvalue
    assert paired < 0.05 < separate


def test_means_over_other_replicates() -> None:
    """A condition that chooses other replicates in A than in B: coverage of 95 %, of which fewer than 92.6 % of 2,000 has chance 1e-6."""
    rng, hits = np.random.default_rng(5), 0
    for _ in range(2000):
        shared = rng.normal(size=80)
        a, b = 10 + shared + rng.normal(0, 0.3, 80), 11 + shared + rng.normal(0, 0.3, 80)
        a[rng.random(80) < 0.3] = NAN
        b[rng.random(80) < 0.4] = NAN
        low, high = MeanContrast(a, b).excess()
        hits += low <= 1.0 <= high
    assert enough(hits, 2000)
    assert hits < 1990  # and it is not just wide


@pytest.mark.parametrize(("only_b", "only_a"), [(12, 3), (8, 0), (5, 0), (3, 3), (0, 7), (1, 0), (40, 20)])
def test_probabilities_are_those_of_mcnemars_exact_test(only_b: int, only_a: int) -> None:
    a, b = yes_no(only_b, only_a, 15, 90)
    found = ProbabilityContrast(a, b)
    oracle = stats.binomtest(only_b, only_a + only_b).pvalue
    assert found.p_value() == pytest.approx(oracle, rel=1e-6)
    low, high = found.excess()
    assert (low > 0 or high < 0) == (oracle < 0.05)
    assert low <= (only_b - only_a) / len(a) <= high


@pytest.mark.parametrize("n", [20, 60])
def test_the_interval_of_a_difference_of_probabilities_is_exact(n: int) -> None:
    """All outcomes of n pairs, weighted by their probability: at least 95 % of it lies where the interval holds the truth."""
    outcomes = [(b, a) for b in range(n + 1) for a in range(n + 1 - b)]
    limits = np.array([ProbabilityContrast(*yes_no(b, a, 0, n - a - b)).excess() for b, a in outcomes])
    counts = np.array([(b, a, n - a - b) for b, a in outcomes])
    for p_b in (0.0, 0.01, 0.05, 0.2, 0.3, 0.5):
        for p_a in (0.0, 0.02, 0.1, 0.3):
            chance = stats.multinomial.pmf(counts, n, [p_b, p_a, 1 - p_a - p_b])
            holds = (limits[:, 0] <= p_b - p_a + 1e-12) & (p_b - p_a - 1e-12 <= limits[:, 1])
            assert chance[holds].sum() >= 0.95, (p_b, p_a)


def test_nothing_discordant_is_not_certainty() -> None:
    found = ProbabilityContrast(*yes_no(0, 0, 0, 100)).difference()
    assert (found.best, found.note) == (0.0, "the same in every pair")
    # 0 discordant pairs of 100 leave 3.62 % of them possible.
    assert (found.low, found.high) == pytest.approx((-0.03622, 0.03622), abs=1e-5)
    assert math.isnan(ProbabilityContrast(*yes_no(0, 0, 0, 100)).ratio().best)


@pytest.mark.parametrize("kind", [MeanContrast, partial(QuantileContrast, q=0.5)])
def test_nothing_at_all_has_no_ratio_that_is_known_exactly(kind: Callable[..., Contrast]) -> None:
    some, nothing = np.linspace(0.1, 0.5, 80), np.zeros(80)
    found = kind(some, nothing)
    assert found.difference().high < 0, "how much less it is, is known"
    assert not found.ratio().estimable
    assert found.ratio().note == "no ratio of a statistic that is zero without spread"
    assert not kind(nothing, some).ratio().estimable
    # Nothing in most replicates is no certainty, either: some resamples have a median above zero, and the mean is not zero.
    assert kind(some, np.where(np.arange(80) < 42, 0.0, some)).ratio().high > 0.01


def test_a_probability_of_zero_has_a_ratio_with_an_exact_limit() -> None:
    ratio = ProbabilityContrast(*yes_no(0, 30, 0, 70)).ratio()
    assert (ratio.low, ratio.best) == (0.0, 0.0)
    assert 0.05 < ratio.high < 0.5


def test_probabilities_over_other_replicates_use_no_pairs() -> None:
    a, b = yes_no(10, 5, 5, 80)
    b[:30] = NAN
    low, high = ProbabilityContrast(a, b).excess()
    one, other = stats.binomtest(10, 100), stats.binomtest(int(np.nansum(b)), 70)
    p_a, p_b = one.proportion_ci(0.975), other.proportion_ci(0.975)
    assert (low, high) == pytest.approx((p_b.low - p_a.high, p_b.high - p_a.low))


def test_twice_a_probability_is_judged_by_its_intervals() -> None:
    found = ProbabilityContrast(*yes_no(90, 5, 20, 285))
    ratio = found.ratio()
    assert 1 < ratio.low < ratio.best < ratio.high
    assert ratio.best == pytest.approx(110 / 25)
    assert found.p_value(ratio=2.0) < 0.05 < found.p_value(ratio=4.4)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "q", "correlation"), [(36, 0.9, 0.5), (100, 0.5, 0.9), (100, 0.95, 0.5), (400, 0.95, 0.95)])
def test_the_bootstrap_holds_the_difference_of_quantiles(n: int, q: float, correlation: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """400 trials of correlated lognormals: at 95 % fewer than 89.7 % have chance 1e-6; a coverage of 82 % is found with 99.9 %."""
    monkeypatch.setattr("rolloutsim.analysis.paired.RESAMPLES", 499)
    rng, hits, truth = np.random.default_rng(6), 0, 0.1 * math.exp(0.5 * stats.norm.ppf(q))
    for _ in range(400):
        x, y = rng.standard_normal((2, n))
        a, b = np.exp(0.5 * x), 1.1 * np.exp(0.5 * (correlation * x + math.sqrt(1 - correlation**2) * y))
        low, high = QuantileContrast(a, b, q).excess()
        hits += low <= truth <= high
    assert enough(hits, 400)


def test_quantiles_are_numpys_and_their_p_value_fits_their_interval() -> None:
    a, b = normal_pair(200, 3)
    found = QuantileContrast(a, b, 0.9)
    assert found.statistics() == pytest.approx((np.quantile(a, 0.9), np.quantile(b, 0.9)))
    p = found.p_value()
    for confidence in (1 - 1.1 * p, 1 - 0.9 * p):
        low = found.excess(confidence=confidence)[0]
        assert (low > 0) == (confidence < 1 - p)
    assert found.difference() == QuantileContrast(a, b, 0.9).difference(), "the same values give the same interval"


def test_never_is_a_value_of_quantiles() -> None:
    a = np.arange(100.0)
    b = np.where(a >= 97, INF, a + 5)
    assert QuantileContrast(a, b, 0.5).difference()[:3] == (5.0, 5.0, 5.0)
    often = QuantileContrast(a, np.where(a >= 60, INF, a), 0.9)
    assert often.difference()[:3] == (INF, INF, INF)
    assert often.p_value() < 0.001
    # In half of the resamples the median is infinite in both, which leaves everything open.
    half = np.where(a >= 51, INF, a)
    assert QuantileContrast(half, half + 1, 0.5).excess() == (-INF, INF)


def test_infinite_in_both_is_reported() -> None:
    found = MeanContrast(np.array([1.0, INF]), np.array([INF, 2.0])).difference()
    assert math.isnan(found.best)
    assert found.note == "infinite in both"
    one = MeanContrast(np.array([1.0, 2.0]), np.array([INF, 2.0]))
    assert one.difference()[:3] == (INF, INF, INF)
    assert one.p_value() < 1e-9
    assert one.ratio().note == "no ratio to a statistic of zero or infinity"


@pytest.mark.parametrize(
    ("found", "lacks"),
    [
        (MeanContrast(np.array([1.0]), np.array([2.0])), "not estimable, needs 2"),
        (MeanContrast(np.array([1.0, NAN]), np.array([2.0, 3.0])), "not estimable, needs 2"),
        (ProbabilityContrast(np.array([]), np.array([])), "not estimable, needs 2"),
        (QuantileContrast(np.ones(71), np.ones(71), 0.95), "not estimable, needs 72"),
        (QuantileContrast(np.full(100, NAN), np.ones(100), 0.95), "not estimable, needs 72"),
    ],
)
def test_too_few_pairs(found: Contrast, lacks: str) -> None:
    assert found.difference().note == lacks
    assert not found.difference().estimable
    assert found.p_value() == 1.0
    assert not found.ratio().estimable


def test_equal_differences_have_no_interval_without_bounds() -> None:
    a = np.array([0.1, 0.2, 0.3, 0.7])
    same = MeanContrast(a, a + 0.1)
    assert math.isnan(same.excess()[0])
    assert same.difference().best == pytest.approx(0.1)
    assert same.difference().note == "no interval: the same in 4 of 4"
    assert (same.p_value(), MeanContrast(a, a).p_value()) == (1.0, 1.0)
    # Between 0 and 1 on both sides, B - A lies between -1 and 1.
    bounded = MeanContrast(a, a, bounds=((0.0, 1.0), (0.0, 1.0))).excess()
    assert bounded == pytest.approx((-proportion(0, 4).high, proportion(0, 4).high))


def test_values_of_other_replicates_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="3 values cannot be paired with 2"):
        MeanContrast(np.ones(3), np.ones(2))


def test_a_release_is_drawn_alike_so_it_chooses_pairs() -> None:
    good = pd.Series(0.0, range(5))
    a, b = (Side(pd.Series(x, at), good, UNKNOWN) for x, at in (([1.0, 2.0, 3.0], [0, 1, 2]), ([2.0, 3.0, 4.0], [1, 2, 3])))
    by_release = contrast(parse_metric("time_to_complete[good]"), a, b, range(5))
    assert (by_release.a.tolist(), by_release.b.tolist()) == ([2.0, 3.0], [2.0, 3.0])
    by_status = contrast(parse_metric("time_to_complete[succeeded]"), a, b, range(5))
    np.testing.assert_array_equal(by_status.a, [1.0, 2.0, 3.0, NAN, NAN])
    np.testing.assert_array_equal(by_status.b, [NAN, 2.0, 3.0, 4.0, NAN])
    by_both = contrast(parse_metric("time_to_complete[good][succeeded]"), a, b, range(5))
    np.testing.assert_array_equal(by_both.b, by_status.b)
    assert isinstance(contrast(parse_metric("abort_probability"), a, b, range(5)), ProbabilityContrast)
    assert isinstance(contrast(parse_metric("time_to_complete.p50"), a, b, range(5)), QuantileContrast)


def test_holm_by_hand() -> None:
    # Sorted: 0.005·4, 0.01·3, 0.03·2, 0.04·1, each at least the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


def test_holm_raises_a_false_alarm_in_five_percent_of_families() -> None:
    """Ten true hypotheses, 4,000 families: more than 6.7 % with any rejection has chance 1e-6; without Holm it is 40 %."""
    p = np.random.default_rng(9).random((4000, 10))
    adjusted = np.array([holm(list(row)) for row in p])
    assert (adjusted <= 0.05).any(axis=1).mean() < 0.067
    assert (p <= 0.05).any(axis=1).mean() > 0.35
