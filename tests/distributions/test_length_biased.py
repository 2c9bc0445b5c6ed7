"""The spell that a random instant falls into: its density is x·f(x)/mean, whatever the family."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from scipy.integrate import quad

from rolloutsim.distributions import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Mixture,
    Pareto,
    Shifted,
    Uniform,
    Weibull,
)
from rolloutsim.distributions.biased import BiasedNormal
from tests.distributions.cases import BASE, by_name, draws, knots, uniforms


@pytest.mark.parametrize(**by_name(BASE))
def test_the_distribution_function_by_numerical_integration(of: Distribution) -> None:
    """By parts: E[X; X <= x] = x·F(x) − ∫ F from 0 to x."""
    biased = of.length_biased()
    integral = 0.0
    for a, b in pairwise(knots(of)):
        integral += quad(of.cdf, a, b)[0]
        assert biased.cdf(b) == pytest.approx((b * of.cdf(b) - integral) / of.mean(), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(**by_name(BASE))
def test_the_mean_time_left_is_the_second_moment_over_twice_the_mean(of: Distribution) -> None:
    second = math.fsum(quad(lambda x: 2.0 * x * (1.0 - of.cdf(x)), a, b)[0] for a, b in pairwise(knots(of)))
    assert 0.5 * of.length_biased().mean() == pytest.approx(0.5 * second / of.mean(), rel=1e-4)


@pytest.mark.parametrize(**by_name(BASE))
def test_it_stays_within_the_support(of: Distribution) -> None:
    low, high = of.support()
    biased_low, biased_high = of.length_biased().support()
    assert low <= biased_low <= biased_high <= high


def test_closed_forms() -> None:
    assert Exponential(5.0).length_biased() == Gamma(2.0, 5.0)
    assert Lognormal(20.0, 0.5).length_biased() == Lognormal(20.0 * math.exp(0.25), 0.5)
    assert Gamma(2.0, 5.0).length_biased() == Gamma(3.0, 5.0)
    assert Pareto(2.5, 60.0).length_biased() == Pareto(1.5, 60.0)
    assert Constant(5.0).length_biased() == Constant(5.0)
    # scale · Gamma(1 + 1/k) ** (1/k)
    shape, scale = 0.7, 120.0
    gamma = Gamma(1.0 + 1.0 / shape, 1.0)
    us = uniforms(50)
    assert draws(Weibull(shape, scale).length_biased(), us) == pytest.approx(
        [scale * x ** (1.0 / shape) for x in draws(gamma, us)], rel=1e-12
    )


def test_compositions() -> None:
    parts = Mixture(((3.0, Constant(1.0)), (1.0, Constant(9.0))))
    assert parts.length_biased() == Mixture(((0.25, Constant(1.0)), (0.75, Constant(9.0))))
    shifted = Shifted(Exponential(2.0), 6.0)
    assert shifted.length_biased() == Mixture(((2.0, Shifted(Gamma(2.0, 2.0), 6.0)), (6.0, shifted)))


def test_values_of_zero_are_never_met() -> None:
    assert Empirical((0.0, 0.0, 4.0)).length_biased().is_constant
    assert Mixture(((5.0, Constant(0.0)), (1.0, Constant(4.0)))).length_biased() == Mixture(((1.0, Constant(4.0)),))
    assert Shifted(Constant(0.0), 4.0).length_biased() == Shifted(Constant(0.0), 4.0)


@pytest.mark.parametrize(
    "of",
    [
        Constant(0.0),
        Uniform(0.0, 0.0),
        Empirical((0.0, 0.0)),
        Mixture(((1.0, Constant(0.0)),)),
        Shifted(Constant(0.0), 0.0),
        Pareto(1.0, 5.0),
        Shifted(Pareto(0.5, 5.0), 1.0),
        Mixture(((1.0, Pareto(0.5, 5.0)), (1.0, Constant(1.0)))),
    ],
    ids=repr,
)
def test_a_mean_of_zero_or_infinity_has_no_such_form(of: Distribution) -> None:
    with pytest.raises(ValueError, match="needs a mean that is positive and finite"):
        of.length_biased()


def test_forms_that_would_not_fit_in_a_double_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape is 1\.01"):
        Pareto(1.01, 5.0).length_biased()
    with pytest.raises(ValueError, match="median"):
        Lognormal(1e149, 10.0).length_biased()
    with pytest.raises(ValueError, match="not available"):
        BiasedNormal(1.0, 1.0).length_biased()
