"""Completion curves and distribution functions, by hand and at their edges."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rolloutsim.analysis.curves import completion_curve, ecdf
from rolloutsim.analysis.estimates import quantile
from rolloutsim.analysis.groups import Group

from .synthetic import SyntheticTables, empty_tables, synthetic_tables

TABLES = synthetic_tables(60, 40, seed=5)


def share_in_sync(tables: SyntheticTables, t_s: float, cohort: str | None = None) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the share of each replicate, sorted."""
    robots = tables.robots if cohort is None else tables.robots[tables.robots["cohort"] == cohort]
    return np.sort(robots.assign(there=robots["converged_s"] <= t_s).groupby("replicate")["there"].mean().to_numpy(dtype=float))


@pytest.mark.parametrize("cohort", [None, "courier", "workshop"])
def test_completion_curve_is_a_share_of_all_robots_at_every_instant(cohort: str | None) -> None:
    curve = completion_curve(TABLES, group=None if cohort is None else Group("cohort", cohort))
    assert curve.n == 60
    assert len(curve.t_s) == 240
    for i in (0, 10, 60, 130, 239):
        shares = share_in_sync(TABLES, float(curve.t_s[i]), cohort)
        assert curve.median[i] == pytest.approx(np.median(shares))
        # (61 · 5 %) = 3.05 and (61 · 25 %) = 15.25: the 3rd and 15th from either end.
        assert [curve.low_90[i], curve.high_90[i], curve.low_50[i], curve.high_50[i]] == pytest.approx(shares[[2, -3, 14, -15]])
        interval = quantile(shares, 0.5)
        assert (curve.median_low[i], curve.median_high[i]) == pytest.approx((interval.low, interval.high))


def test_failed_robots_stay_in_the_denominator_and_late_ones_count_when_they_converge() -> None:
    tables = synthetic_tables(40, 40, late=0.9, bad_probability=0.0, cancel_probability=0.0, preparing_failure=0.0, threshold=2.0)
    late = tables.robots["converged_s"] > tables.robots["reported_s"]
    assert late.any()
    end = float(tables.robots["converged_s"].max())
    curve = completion_curve(tables, t_s=[0.0, end])
    assert curve.median[0] == 0.0
    expected = (tables.jobs["succeeded"] + tables.jobs["converged_late"]) / tables.jobs["robots"]
    assert curve.median[1] == pytest.approx(expected.median())
    assert curve.high_90[1] < 1.0


def test_an_instant_counts_what_happens_at_it() -> None:
    tables = synthetic_tables(1, 1, bad_probability=0.0, failure=0.0, preparing_failure=0.0, cancel_probability=0.0)
    converged = float(tables.robots["converged_s"].iloc[0])
    assert completion_curve(tables, t_s=[np.nextafter(converged, 0), converged]).median.tolist() == [0.0, 1.0]


def test_bands_that_few_replicates_cannot_bound_are_missing() -> None:
    for n, missing_50, missing_90, missing_median in (
        (2, True, True, True),
        (3, False, True, True),
        (18, False, True, False),
        (19, False, False, False),
    ):
        curve = completion_curve(synthetic_tables(n, 10), points=5)
        assert np.isnan(curve.low_50).all() == np.isnan(curve.high_50).all() == missing_50
        assert np.isnan(curve.low_90).all() == np.isnan(curve.high_90).all() == missing_90
        assert np.isnan(curve.median_low).all() == np.isnan(curve.median_high).all() == missing_median
        assert not np.isnan(curve.median).any()


def test_the_next_replicate_lies_in_the_band_as_often_as_it_should() -> None:
    # 19 replicates and the next one: inside of the extremes with probability 18/20. 1,000 draws; false alarm 1e-6, detects 0.83.
    rng = np.random.default_rng(11)
    x = np.sort(rng.random((1000, 19)), axis=1)
    fresh = rng.random(1000)
    inside = int(((x[:, 0] <= fresh) & (fresh <= x[:, -1])).sum())
    assert 850 < inside < 945
    shares = share_in_sync(synthetic_tables(19, 30), 3000.0)
    curve = completion_curve(synthetic_tables(19, 30), t_s=[3000.0])
    assert (curve.low_90[0], curve.high_90[0]) == pytest.approx((shares[0], shares[-1]))


def test_no_replicates_make_an_empty_curve() -> None:
    curve = completion_curve(empty_tables())
    assert curve.n == 0
    assert np.isnan(curve.median).all()
    assert completion_curve(TABLES, until_s=100.0).t_s[-1] == 100.0


def test_ecdf_counts_what_never_happened() -> None:
    curve = ecdf([5.0, math.inf, 2.0, 2.0, math.nan])
    assert curve.t_s.tolist() == [2.0, 5.0]
    assert curve.share.tolist() == [0.4, 0.6]
    assert curve.n == 5
    half = math.sqrt(math.log(2 / 0.05) / 10)
    assert curve.high.tolist() == [min(1.0, 0.4 + half), 1.0]
    assert curve.low.tolist() == pytest.approx([0.0, 0.0], abs=1e-12) or curve.low[1] == pytest.approx(max(0.0, 0.6 - half))
    many = ecdf(np.arange(100.0))
    assert many.low[-1] == pytest.approx(1 - math.sqrt(math.log(40) / 200))
    assert ecdf([]).n == 0
    assert len(ecdf([]).t_s) == 0
