"""Estimates against SciPy's own implementations, numbers computed by hand, and the hard edges: nothing, one, all equal, never."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy import stats

from rolloutsim.analysis.estimates import Estimate, bootstrap, mean, proportion, quantile, quantile_needs, share

INF, NAN = math.inf, math.nan


def limits(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.low, estimate.best, estimate.high


def test_nothing_in_300_replicates_is_less_than_1_22_percent() -> None:
    estimate = proportion(0, 300)
    assert (estimate.low, estimate.best, estimate.n, estimate.note) == (0.0, 0.0, 300, "0 of 300")
    assert estimate.high == pytest.approx(1 - 0.025 ** (1 / 300), rel=1e-12)
    assert round(100 * estimate.high, 2) == 1.22


def test_all_of_300_replicates_mirrors_none() -> None:
    none, every = proportion(0, 300), proportion(300, 300)
    assert limits(every) == pytest.approx((1 - none.high, 1.0, 1.0))


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (1, 2), (3, 10), (17, 100), (299, 300), (5000, 1_000_000)])
def test_proportion_is_clopper_pearson(k: int, n: int) -> None:
    found = stats.binomtest(k, n).proportion_ci(0.95, method="exact")
    assert limits(proportion(k, n)) == pytest.approx((found.low, k / n, found.high), rel=1e-9)


def test_no_replicates_estimate_nothing() -> None:
    for estimate in (proportion(0, 0), mean([]), share([]), quantile([], 0.5), share([NAN])):
        assert not estimate.estimable
        assert math.isnan(estimate.low)
        assert math.isnan(estimate.high)
        assert estimate.n == 0
        assert estimate.note


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5)])
def test_an_impossible_count_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{k} of {n}"):
        proportion(k, n)


def test_mean_is_students_t(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rolloutsim.analysis.means._skewness_term", lambda *_: 0.0)
    x = np.random.default_rng(1).gamma(2.0, 3.0, 57)
    found = stats.ttest_1samp(x, 0.0).confidence_interval(0.95)
    assert limits(mean(x)) == pytest.approx((found.low, x.mean(), found.high), rel=1e-9)
    assert mean(x, unit="s").unit == "s"


def test_mean_of_equal_values_needs_natural_bounds_and_of_one_has_no_interval() -> None:
    equal = mean([0.1] * 7)
    assert equal.best == pytest.approx(0.1)
    assert math.isnan(equal.low)
    assert math.isnan(equal.high)
    assert equal.note == "no interval: the same in 7 of 7"
    differ = proportion(0, 7).high
    assert limits(mean([0.1] * 7, bounds=(0.0, 2.0))) == pytest.approx((0.1 - differ * 0.1, 0.1, 0.1 + differ * 1.9))
    assert limits(mean([0.1] * 7, exact=True)) == (0.1, 0.1, 0.1)
    one = mean([3.0])
    assert one.best == 3.0
    assert math.isnan(one.low)
    assert math.isnan(one.high)


@pytest.mark.parametrize("never", [INF, NAN])
def test_what_may_never_happen_has_no_mean_time(never: float) -> None:
    estimate = mean([1.0, never, 2.0])
    assert limits(estimate) == (INF, INF, INF)
    assert estimate.note == "not reached in 1 of 3"


def test_quantiles_need_6_36_72_368_replicates() -> None:
    assert [quantile_needs(q) for q in (0.5, 0.9, 0.95, 0.99)] == [6, 36, 72, 368]
    assert quantile_needs(0.01) == 368
    for q, needed in ((0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368)):
        assert quantile(np.arange(needed), q).estimable
        refused = quantile(np.arange(needed - 1), q)
        assert math.isnan(refused.best)
        assert refused.note == f"not estimable, needs {needed}"


@pytest.mark.parametrize("q", [0.01, 0.05, 0.25, 0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("more", [0, 1, 4, 100, 1000, 50_000])
def test_quantile_has_the_order_statistics_of_scipy(q: float, more: int) -> None:
    n = quantile_needs(q) + more
    x = np.random.default_rng(n).exponential(size=n)
    found = stats.quantile_test(x, q=0, p=q).confidence_interval(0.95)
    assert limits(quantile(x, q)) == pytest.approx((found.low, np.quantile(x, q), found.high), rel=1e-12)


def test_never_counts_as_infinitely_late() -> None:
    x = np.append(np.arange(1.0, 96.0), [INF, INF, NAN, NAN, NAN])
    median, late = quantile(x, 0.5), quantile(x, 0.95)
    assert limits(median) == limits(quantile(np.arange(1.0, 101.0), 0.5))
    assert median.note == "not reached in 5 of 100"
    assert (late.best, late.high) == (INF, INF)
    assert math.isfinite(late.low)
    assert limits(quantile([INF] * 100, 0.5)) == (INF, INF, INF)


@pytest.mark.parametrize("q", [0.0, 1.0, -0.1, 95])
def test_a_quantile_lies_between_0_and_1(q: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile([1.0] * 400, q)


def test_share_is_students_t_where_it_happens_everywhere() -> None:
    x = np.random.default_rng(2).beta(5, 20, 80)
    assert limits(share(x)) == pytest.approx(limits(mean(x)))


def test_share_that_never_occurred_is_bounded_by_replicates() -> None:
    estimate = share(np.zeros(300))
    assert limits(estimate) == pytest.approx(limits(proportion(0, 300)))
    assert estimate.method == "none differs"
    everywhere = share(np.ones(300))
    assert limits(everywhere) == pytest.approx(limits(proportion(300, 300)))


def test_share_stays_within_bounds_and_is_never_tighter_for_seeing_it_once() -> None:
    once = share([1.0] + [0.0] * 99)
    assert once.low == 0.0
    assert once.high >= share(np.zeros(100)).high
    assert once.high == pytest.approx(proportion(1, 100).high)
    missing_once = share([0.0] + [1.0] * 99)
    assert missing_once.high == 1.0
    assert missing_once.low == pytest.approx(1 - once.high)


def test_share_of_equal_values_may_differ_elsewhere_and_undefined_ones_are_reported() -> None:
    differ = proportion(0, 50).high
    assert limits(share([0.02] * 50)) == pytest.approx((0.02 - differ * 0.02, 0.02, 0.02 + differ * 0.98))
    told = share([0.1, NAN, 0.3])
    assert told.n == 2
    assert told.note == "defined in 2 of 3"
    one = share([0.3])
    assert one.best == 0.3
    assert math.isnan(one.low)


@pytest.mark.parametrize("bad", [-0.1, 1.1, INF])
def test_shares_outside_0_and_1_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        share([0.5, bad])


def test_bootstrap_is_a_pure_function_of_its_arguments() -> None:
    x = np.random.default_rng(3).exponential(size=60)
    first, again, other = bootstrap(x, np.std), bootstrap(x, np.std), bootstrap(x, np.std, seed=1)
    assert first == again
    assert first != other
    assert first.best == pytest.approx(x.std())
    assert first.low < first.best < first.high


def test_bootstrap_reports_when_it_cannot_decide() -> None:
    assert limits(bootstrap([2.0] * 5, np.std)) == (0.0, 0.0, 0.0)
    assert not bootstrap([2.0], np.std).estimable
    assert bootstrap([2.0, INF], np.std).note == "not reached in 1 of 2"
    median = bootstrap([1.0] * 19 + [2.0], lambda x, axis: np.median(x, axis=axis))
    assert median.best == 1.0
    assert math.isnan(median.low)
    assert "hardly differ" in median.note


def test_estimates_become_strict_json() -> None:
    for estimate in (proportion(0, 10), quantile([INF] * 6, 0.5), quantile([], 0.5), Estimate(-INF, 0.0, NAN, 1)):
        json.dumps(estimate.to_json(), allow_nan=False)
    assert [Estimate(-INF, NAN, INF, 1).to_json()[key] for key in ("low", "best", "high")] == ["-inf", None, "inf"]
