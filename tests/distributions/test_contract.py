"""What holds for every distribution, the length-biased forms included."""

from __future__ import annotations

import bisect
import math
import pickle
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from rolloutsim.distributions import Distribution, Exponential, TableBuilder, ppf
from tests.distributions.cases import ALL, EDGES, by_name, draws, has_inverse, knots, uniforms

#: Draws of a case; all of them only in the slow tests.
SAMPLE, FEW = 25_000, 4_000

#: In plain Python their variates, which are bisected, take seconds.
BISECTED = {name: ALL[name] for name in ("normal, length-biased", "normal cut, length-biased", "normal far, length-biased")}
BISECTED |= {"truncated normal, length-biased": ALL["truncated normal, length-biased"]}


def farthest(of: Distribution, sample: list[float]) -> float:
    """Return the Kolmogorov-Smirnov distance of a sample from a distribution that may have atoms."""
    ordered = sorted(sample)
    n = len(ordered)
    points = sorted(set(ordered))
    points = points[:: len(points) // 1000 or 1]  # some distribution functions are slow; the distance changes by less than 0.002
    return max(
        max(
            abs(bisect.bisect_right(ordered, x) / n - of.cdf(x)),
            abs(bisect.bisect_left(ordered, x) / n - of.below(x)),
        )
        for x in points
    )


# False alarm 1e-6 per case (Dvoretzky-Kiefer-Wolfowitz: 2 exp(-2 n d²)); a distribution function that is wrong by 0.03 somewhere, or
# by 0.08 with few draws, is found with probability 0.999.
def limit(n: int) -> float:
    return math.sqrt(math.log(2 / 1e-6) / (2 * n))


@pytest.mark.parametrize("n", [FEW, pytest.param(SAMPLE, marks=pytest.mark.slow)])
@pytest.mark.parametrize(**by_name({name: of for name, of in ALL.items() if name not in BISECTED}))
def test_draws_follow_the_distribution_function(of: Distribution, n: int) -> None:
    assert farthest(of, draws(of, uniforms(n))) < limit(n)


@pytest.mark.parametrize("n", [2_500, pytest.param(SAMPLE, marks=pytest.mark.slow)])
@pytest.mark.parametrize(**by_name(BISECTED))
def test_bisected_draws_follow_the_distribution_function(of: Distribution, n: int) -> None:
    """With 2,500 draws an error of 0.1 is found with probability 0.999."""
    assert farthest(of, draws(of, uniforms(n))) < limit(n)


def test_that_test_finds_a_mean_ten_percent_off() -> None:
    assert farthest(Exponential(5.0), draws(Exponential(5.5), uniforms(SAMPLE))) > limit(SAMPLE)


@pytest.mark.parametrize(**by_name(ALL))
def test_the_mean_is_the_integral_of_the_survival_function(of: Distribution) -> None:
    mean = math.fsum(quad(lambda x: 1.0 - of.cdf(x), a, b)[0] for a, b in pairwise(knots(of)))
    assert of.mean() == pytest.approx(mean, rel=1e-4)


@pytest.mark.parametrize(**by_name({name: of for name, of in ALL.items() if has_inverse(of)}))
@settings(max_examples=60, deadline=None, derandomize=True)
@given(u=st.floats(1e-9, 1.0 - 1e-9))
def test_round_trip(of: Distribution, u: float) -> None:
    x = of.ppf(u)
    # The distribution function may be steep: x itself is only known to a few units in its last place.
    slack = of.cdf(x * (1 + 1e-13)) - of.cdf(x * (1 - 1e-13))
    assert of.cdf(x) == pytest.approx(u, rel=1e-8, abs=1e-12 + slack)


@pytest.mark.parametrize(**by_name({name: of for name, of in ALL.items() if has_inverse(of)}))
def test_a_larger_uniform_never_makes_a_smaller_variate(of: Distribution) -> None:
    variates = draws(of, tuple(i / 512 for i in range(1, 512)))
    assert all(a <= b * (1 + 1e-14) for a, b in pairwise(variates))


@pytest.mark.parametrize(**by_name(ALL))
def test_variates_are_finite_and_inside_the_support_at_the_edges(of: Distribution) -> None:
    low, high = of.support()
    for u, x in zip(EDGES, draws(of, EDGES), strict=True):
        assert math.isfinite(x), u
        assert low <= x <= high, u


@pytest.mark.parametrize(**by_name(ALL))
def test_scaling_by_two_is_exact(of: Distribution) -> None:
    us = uniforms(500) + EDGES
    assert draws(of.scaled(2.0), us) == [2.0 * x for x in draws(of, us)]
    assert of.scaled(2.0).mean() == 2.0 * of.mean()


@pytest.mark.parametrize(**by_name(ALL))
def test_scaling_by_three(of: Distribution) -> None:
    assert draws(of.scaled(3.0), EDGES[2:-2]) == pytest.approx([3.0 * x for x in draws(of, EDGES[2:-2])], rel=1e-9, abs=1e-290)
    assert of.scaled(3.0).mean() == pytest.approx(3.0 * of.mean())


@pytest.mark.parametrize(**by_name(ALL))
def test_probabilities(of: Distribution) -> None:
    low, high = of.support()
    assert of.below(low) == 0.0
    assert of.cdf(high) == pytest.approx(1.0, abs=1e-12)
    assert of.cdf(-1.0) == 0.0
    assert of.mass(low, high) == pytest.approx(1.0, abs=1e-12)
    assert of.is_constant == (low == high)
    x = of.ppf(0.4)
    assert 0.0 <= of.below(x) <= of.cdf(x) <= 1.0
    assert of.cdf(x) - of.below(x) == pytest.approx(of.mass(x, x), abs=1e-12)


@pytest.mark.parametrize(**by_name(ALL))
def test_a_distribution_is_a_value(of: Distribution) -> None:
    copy = pickle.loads(pickle.dumps(of))
    assert copy == of
    assert hash(copy) == hash(of)
    assert draws(copy, EDGES) == draws(of, EDGES)
    with pytest.raises(AttributeError):
        of.quantities = ()  # type: ignore[misc]  # the point of the test


@pytest.mark.parametrize(**by_name(ALL))
def test_a_row_does_not_depend_on_its_neighbours(of: Distribution) -> None:
    builder = TableBuilder()
    for other in list(ALL.values())[:20]:
        other.encode(builder)
    row = of.encode(builder)
    Exponential(1.0).encode(builder)
    table = builder.build_lists()
    assert [ppf(table, row, u) for u in EDGES] == [of.ppf(u) for u in EDGES]


@pytest.mark.parametrize("u", [0.0, 1.0, -0.1, 2.0, math.nan])
def test_only_numbers_between_0_and_1_make_a_variate(u: float) -> None:
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        Exponential(5.0).ppf(u)
