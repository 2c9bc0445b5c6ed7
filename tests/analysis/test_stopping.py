"""How many replicates: the looks, the precision reached, and the law that twice the precision takes four times as many."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from rolloutsim.analysis import Estimate, Tolerance, first_look, looks, mean, parse_metric, proportion, quantile, reached


@pytest.mark.parametrize(("first", "most"), [(40, 40), (40, 10), (1, 5000), (40, 1000), (72, 73), (400, 4000)])
def test_looks_grow_by_half_and_end_at_the_most(first: int, most: int) -> None:
    found = looks(first, most)
    assert found[0] == min(first, most)
    assert found[-1] == most
    steps = list(pairwise(found))
    assert all(a < b for a, b in steps)
    assert all(b == math.ceil(1.5 * a) for a, b in steps[:-1])
    if len(steps) > 1:
        assert 1.2 < steps[-1][1] / steps[-1][0] < 2


def test_it_is_not_looked_before_a_quantile_has_an_interval() -> None:
    assert first_look([parse_metric("failed")]) == 40
    assert first_look([parse_metric("time_to_complete.p50")]) == 40
    assert first_look([parse_metric("failed"), parse_metric("time_to_complete.p99")]) == 368


def test_the_farther_limit_counts() -> None:
    tolerance = Tolerance.parse("time_to_complete.p95 20 s")
    assert reached(tolerance, Estimate(99.0, 100.0, 121.0, 100), 100).met is False
    assert reached(tolerance, Estimate(99.0, 100.0, 120.0, 100), 100).met is True
    assert reached(tolerance, Estimate(79.0, 100.0, 101.0, 100), 100).half_width == 21.0


def test_a_tolerance_in_percent_is_of_the_value() -> None:
    tolerance = Tolerance.parse("time_to_complete 10%")
    assert reached(tolerance, Estimate(180.0, 200.0, 220.0, 100), 100).met is True
    assert reached(tolerance, Estimate(80.0, 100.0, 120.0, 100), 100).met is False
    zero = reached(tolerance, Estimate(-1.0, 0.0, 1.0, 100), 100)
    assert (zero.half_width, zero.met, zero.more) == (math.inf, False, None)
    assert reached(tolerance, Estimate(0.0, 0.0, 0.0, 100), 100).met is True


def test_twice_the_precision_takes_four_times_the_replicates() -> None:
    found = reached(Tolerance.parse("failed 1"), Estimate(98.0, 100.0, 102.0, 100, "t"), 100)
    assert found.more == 300
    # With a condition that a quarter of the replicates meets it takes four times as many of all.
    assert reached(Tolerance.parse("failed 1"), Estimate(98.0, 100.0, 102.0, 100, "t"), 400).more == 1200


def test_nothing_in_n_shrinks_with_n_not_its_root() -> None:
    tolerance = Tolerance.parse("abort_probability 0.005")
    found = reached(tolerance, proportion(0, 100), 100)
    assert found.more is not None
    n = 100 + found.more
    assert proportion(0, n).high <= 0.005 < proportion(0, n - 20).high


def test_never_and_not_yet() -> None:
    tolerance = Tolerance.parse("time_to_reach_100.p95 5%")
    never = reached(tolerance, quantile([math.inf] * 100, 0.95), 100)
    assert (never.half_width, never.met, never.more) == (math.inf, False, None)
    early = reached(tolerance, quantile([1.0] * 20, 0.95), 20, least=72)
    assert (early.met, early.more) == (False, 52)
    assert math.isnan(early.half_width)
    assert reached(Tolerance.parse("failed 1"), mean([]), 50).more is None


@pytest.mark.slow
def test_the_interval_holds_the_mean_although_it_decides_when_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping at a relative half-width of 15 %: nominal coverage 95 %; of 2,000 trials fewer than 92.6 % have probability 1e-6 at 95 %.

    Looking after every replicate from the third on stops when some happen to agree; that covers less, and is found.
    """
    monkeypatch.setattr("rolloutsim.analysis.means._skewness_term", lambda *_: 0.0)
    tolerance, rng = Tolerance.parse("failed 15%"), np.random.default_rng(3)
    trials, hits, hasty_hits, used = 2000, 0, 0, []
    for _ in range(trials):
        x = rng.gamma(4.0, 1.0, 300)
        for n in looks(40, 300):
            estimate = mean(x[:n])
            if reached(tolerance, estimate, n).met:
                break
        used.append(n)
        hits += estimate.low <= 4.0 <= estimate.high
        for n in range(3, 300):
            estimate = mean(x[:n])
            if reached(tolerance, estimate, n).met:
                break
        hasty_hits += estimate.low <= 4.0 <= estimate.high
    assert hits / trials > 0.926
    assert hasty_hits / trials < 0.926
    # sd/mean is 1/2: (2 · 0.5 / 0.15)^2 = 44 replicates would do if the spread were known.
    assert 44 < np.mean(used) < 1.5 * 44
