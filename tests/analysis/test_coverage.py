"""Do the intervals hold the true value as often as they promise? By simulation with fixed seeds; each test states what it would detect.

With ``T`` trials and true coverage 95 %, fewer than ``binom.ppf(1e-6, T, 0.95)`` hits happen once in a million. For 2,000 trials
the limit is 92.6 %, so a true coverage of 90 % is detected with probability > 99.9 %.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from rolloutsim.analysis.curves import ecdf
from rolloutsim.analysis.estimates import Estimate, bootstrap, mean, proportion, quantile, share

FALSE_ALARM = 1e-6


def enough(hits: int, trials: int, coverage: float = 0.95) -> bool:
    return hits >= stats.binom.ppf(FALSE_ALARM, trials, coverage)


def covered(estimates: Callable[[np.random.Generator], Estimate], truth: float, trials: int) -> int:
    rng = np.random.default_rng(20260101)
    return sum(found.low <= truth <= found.high for found in (estimates(rng) for _ in range(trials)))


@pytest.mark.parametrize(("n", "q"), [(30, 0.5), (100, 0.9), (100, 0.95), (400, 0.99)])
def test_order_statistics_hold_the_quantile(n: int, q: float) -> None:
    truth = float(stats.lognorm.ppf(q, 1.5))
    assert enough(covered(lambda rng: quantile(rng.lognormal(0.0, 1.5, n), q), truth, 2000), 2000)


def test_this_test_finds_the_percentile_bootstrap_wanting() -> None:
    # The same measure applied to an interval known to be too short for P95 of 100: sample quantiles plus and minus a normal's error.
    def naive(rng: np.random.Generator) -> Estimate:
        x = rng.lognormal(0.0, 1.5, 100)
        return mean(np.quantile(x.reshape(10, 10), 0.95, axis=1))

    assert not enough(covered(naive, float(stats.lognorm.ppf(0.95, 1.5)), 2000), 2000)


@pytest.mark.parametrize("p", [0.002, 0.03, 0.5])
def test_clopper_pearson_holds_the_probability(p: float) -> None:
    assert enough(covered(lambda rng: proportion(int(rng.binomial(200, p)), 200), p, 2000), 2000)


@pytest.mark.parametrize("p", [0.005, 0.01, 0.02, 0.04, 0.1])
def test_share_holds_a_code_that_takes_the_whole_job_when_it_occurs(p: float) -> None:
    # The case in which t alone covers as little as 60 %, because most samples hold no or one occurrence.
    assert enough(covered(lambda rng: share((rng.random(100) < p).astype(float)), p, 2000), 2000)


def test_dkw_band_holds_the_whole_curve() -> None:
    def holds(rng: np.random.Generator) -> bool:
        curve = ecdf(rng.random(50))
        before = np.append(0.0, curve.high[:-1])
        # Left of its first jump the band is the one of share 0, which reaches as high as the half-width.
        before[0] = curve.high[0] - 1 / 50
        return bool(np.all(curve.low <= curve.t_s) and np.all(curve.t_s <= np.maximum(before, 0.0) + 1e-12))

    rng = np.random.default_rng(7)
    assert enough(sum(holds(rng) for _ in range(2000)), 2000)


@pytest.mark.slow
def test_robots_of_one_replicate_share_their_luck() -> None:
    """A release whose failure probability is Beta with mean 0.01 and concentration 50: pooling the robots claims far too much.

    Of 2,000 trials with 100 replicates of 1,000 robots, the pooled binomial holds the truth in about 35 %, `share` in about 94 %.
    The bounds below are more than 5 standard errors (0.011 and 0.0053) away.
    """
    rng = np.random.default_rng(42)
    trials, replicates, robots, pooled, over_replicates = 2000, 100, 1000, 0, 0
    for _ in range(trials):
        failures = rng.binomial(robots, rng.beta(0.01 * 50, 0.99 * 50, replicates))
        naive = proportion(int(failures.sum()), replicates * robots)
        honest = share(failures / robots)
        pooled += naive.low <= 0.01 <= naive.high
        over_replicates += honest.low <= 0.01 <= honest.high
    assert 0.29 < pooled / trials < 0.41
    assert 0.91 < over_replicates / trials < 0.97


@pytest.mark.slow
def test_bca_holds_the_standard_deviation() -> None:
    # BCa is asymptotic: 600 trials of n = 100 with a gamma; 85 % would be found with probability > 99.9 %, 91 % is allowed.
    truth = 2.0**0.5
    hits = covered(lambda rng: bootstrap(rng.gamma(2.0, 1.0, 100), np.std, resamples=999), truth, 600)
    assert enough(hits, 600, 0.91)
