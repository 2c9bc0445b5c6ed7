"""The families against scipy.stats, and values known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from rolloutsim.distributions import (
    Beta,
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Mixture,
    Normal,
    Pareto,
    Shifted,
    Triangular,
    Truncated,
    Uniform,
    Weibull,
)
from rolloutsim.distributions.normal import normal_quantile
from tests.distributions.cases import draws

PAIRS = [
    (Uniform(1.0, 4.0), stats.uniform(1.0, 3.0)),
    (Triangular(1.0, 2.0, 7.0), stats.triang(1 / 6, 1.0, 6.0)),
    (Exponential(5.0), stats.expon(scale=5.0)),
    (Lognormal(20.0, 0.4), stats.lognorm(0.4, scale=20.0)),
    (Lognormal(20.0, 3.0), stats.lognorm(3.0, scale=20.0)),
    (Weibull(0.7, 120.0), stats.weibull_min(0.7, scale=120.0)),
    (Weibull(0.1, 2.0), stats.weibull_min(0.1, scale=2.0)),
    (Gamma(2.0, 5.0), stats.gamma(2.0, scale=5.0)),
    (Gamma(0.05, 5.0), stats.gamma(0.05, scale=5.0)),
    (Gamma(5000.0, 0.1), stats.gamma(5000.0, scale=0.1)),
    (Normal(10.0, 1.0), stats.truncnorm(-10.0, np.inf, 10.0, 1.0)),
    (Normal(1.0, 2.0), stats.truncnorm(-0.5, np.inf, 1.0, 2.0)),
    (Normal(-10.0, 2.0), stats.truncnorm(5.0, np.inf, -10.0, 2.0)),
    (Normal(-20.0, 1.0), stats.truncnorm(20.0, np.inf, -20.0, 1.0)),
    (Pareto(2.5, 60.0), stats.pareto(2.5, scale=60.0)),
    (Beta(0.5, 49.5), stats.beta(0.5, 49.5)),
    (Beta(2.0, 3.0, 8.0), stats.beta(2.0, 3.0, scale=8.0)),
    (Truncated(Normal(10.0, 3.0), 2.0, 9.0), stats.truncnorm(-8 / 3, -1 / 3, 10.0, 3.0)),
    (Truncated(Exponential(5.0), 2.0, 12.0), stats.truncexpon(2.0, 2.0, 5.0)),
    (Truncated(Weibull(2.0, 3.0), 1.0, 4.0), stats.truncweibull_min(2.0, 1 / 3, 4 / 3, scale=3.0)),
    (Truncated(Pareto(1.7, 1.0), 1.0, 50.0), stats.truncpareto(1.7, 50.0)),
    (Truncated(Pareto(0.9, 1.0), 1.0, 50.0), stats.truncpareto(0.9, 50.0)),
    (Truncated(Pareto(3.0, 1.0), 1.0, 50.0), stats.truncpareto(3.0, 50.0)),
]
US = (1e-12, 1e-6, 0.001, 0.02, 0.3, 0.5, 0.7, 0.98, 0.999, 1 - 1e-6, 1 - 1e-12)


@pytest.mark.parametrize(("of", "oracle"), PAIRS, ids=[repr(of) for of, _ in PAIRS])
def test_against_scipy(of: Distribution, oracle: stats.rv_continuous) -> None:
    us = np.array(US)
    expected = oracle.ppf(us)
    # At the ends u has few digits left, and scipy takes another way.
    assert draws(of, US) == pytest.approx(list(expected), rel=2e-4, abs=1e-14)
    assert draws(of, US[2:-2]) == pytest.approx(list(expected[2:-2]), rel=1e-9)
    for x in expected:
        assert of.cdf(float(x)) == pytest.approx(float(oracle.cdf(x)), rel=1e-8, abs=1e-13)
    assert of.mean() == pytest.approx(float(oracle.mean()), rel=1e-6)


def test_normal_quantile() -> None:
    p = np.concatenate([np.logspace(-300, -1, 500), np.linspace(0.01, 0.99, 400), 1 - np.logspace(-15, -1, 200)])
    assert [normal_quantile(float(x)) for x in p] == pytest.approx(list(stats.norm.ppf(p)), rel=3e-14, abs=1e-15)


def test_moments_of_the_lognormal() -> None:
    of = Lognormal.from_moments(mean=100.0, sd=50.0)
    oracle = stats.lognorm(of.sigma, scale=of.median)
    assert (oracle.mean(), oracle.std()) == pytest.approx((100.0, 50.0))
    assert Lognormal.from_moments(mean=100.0, sd=0.0) == Lognormal(100.0, 0.0)


def test_mean_and_concentration_of_the_beta() -> None:
    assert Beta.from_mean(0.2, 50.0) == Beta(10.0, 40.0)


def test_empirical_inverse_is_the_step_function() -> None:
    values = (3.0, 1.0, 2.0, 2.0, 8.0, 0.0, 5.0)
    of = Empirical(values)
    expected = np.quantile(values, np.linspace(0.001, 0.999, 997), method="inverted_cdf")
    assert draws(of, tuple(np.linspace(0.001, 0.999, 997).tolist())) == list(expected)
    assert (of.cdf(2.0), of.below(2.0), of.cdf(1.5)) == (4 / 7, 2 / 7, 2 / 7)
    assert [Empirical((1.0, 2.0, 3.0, 4.0)).ppf(u) for u in (0.25, 0.5, 0.75)] == [1.0, 2.0, 3.0]


def test_a_mixture_picks_its_part_by_u_and_uses_the_rest_of_it() -> None:
    of = Mixture(((1.0, Constant(9.0)), (2.0, Uniform(0.0, 1.0)), (1.0, Uniform(5.0, 6.0))))
    assert draws(of, (0.1, 0.25, 0.5, 0.625, 0.75, 0.875)) == pytest.approx([9.0, 0.0, 0.5, 0.75, 5.0, 5.5], abs=1e-12)
    assert of.mean() == 0.25 * 9.0 + 0.5 * 0.5 + 0.25 * 5.5
    assert of.support() == (0.0, 9.0)


def test_a_truncated_mixture_weighs_its_parts_by_what_is_left_of_them() -> None:
    of = Truncated(Mixture(((1.0, Uniform(0.0, 10.0)), (1.0, Uniform(8.0, 18.0)))), 6.0, 10.0)
    assert of.cdf(8.0) == pytest.approx(2 / 6)
    assert sum(x < 8.0 for x in draws(of, tuple((i + 0.5) / 6000 for i in range(6000)))) == pytest.approx(2000, abs=1)
    assert of.mean() == pytest.approx((4 * 8.0 + 2 * 9.0) / 6)


def test_truncation_keeps_values_on_its_bounds() -> None:
    of = Truncated(Empirical((1.0, 2.0, 2.0, 5.0, 9.0)), 2.0, 5.0)
    assert of.mean() == 3.0
    assert of.support() == (2.0, 5.0)
    assert of.cdf(2.0) == pytest.approx(2 / 3)
    assert Truncated(Empirical((1.0, 2.0, 5.0)), 1.5, 3.0).is_constant


def test_an_infinite_mean_is_reported() -> None:
    assert Pareto(1.0, 5.0).mean() == math.inf
    assert Shifted(Pareto(0.8, 5.0), 1.0).mean() == math.inf
    assert Mixture(((1.0, Constant(2.0)), (1e-9, Pareto(0.8, 5.0)))).mean() == math.inf


def test_rounding_never_leaves_the_bounds() -> None:
    """Unbounded, this one comes out a unit in the last place above its upper bound."""
    of = Truncated(Lognormal(20.0, 1.0), 60.34237951740317, 92.1438968932623)
    assert of.ppf(1.0 - 2.0**-53) == 92.1438968932623


def test_length_biased_values_can_be_truncated() -> None:
    of = Truncated(Empirical((1.0, 2.0, 5.0, 9.0)).length_biased(), 1.5, 6.0)
    assert of.mean() == pytest.approx((2.0 * 2.0 + 5.0 * 5.0) / 7.0)
    assert of.support() == (2.0, 5.0)


def test_far_beyond_steep_distributions() -> None:
    steep = Weibull(1e6, 1.0)
    assert (steep.cdf(0.5), steep.cdf(2.0)) == (0.0, 1.0)
    assert steep.length_biased().cdf(2.0) == 1.0


@pytest.mark.parametrize("shape", [0.2, 0.9, 1.0])
@pytest.mark.parametrize(("low", "high"), [(0.0, 10.0), (3.0, 1000.0), (5.0, 1e9)])
def test_the_part_of_an_infinite_mean_between_two_bounds(shape: float, low: float, high: float) -> None:
    """By quadrature, where no length-biased form exists."""
    start = max(low, 2.0)
    exact = 2.0 * math.log(high / start) if shape == 1.0 else shape / (1 - shape) * 2**shape * (high ** (1 - shape) - start ** (1 - shape))
    assert Pareto(shape, 2.0).partial_mean(low, high) == pytest.approx(exact, rel=1e-8)
    assert Pareto(shape, 2.0).partial_mean(low, math.inf) == math.inf
