"""Tabulated quantiles against scipy's."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from scipy import special

from rolloutsim.distributions.quantiles import (
    CELLS,
    OCTAVES,
    SMALLEST_PROBABILITY,
    SMALLEST_SHAPE,
    beta_quantiles,
    gamma_quantiles,
    is_tabulated,
    tabulated_quantile,
)

SHAPES = SMALLEST_SHAPE, 0.5, 0.77, 1.0, 1.5, 2.0, 5.0, 12.5, 80.0, 1000.0
BETAS = (0.3, 0.3), (0.3, 5.0), (0.5, 0.5), (1.0, 1.0), (2.0, 3.0), (4.0, 0.4), (20.0, 1.5), (40.0, 60.0)

#: Where cells and octaves end, in either tail, and the numbers next to these.
ENDS = [2.0**-octave * (0.5 + 0.5 * cell / CELLS) for octave in range(1, OCTAVES) for cell in range(CELLS + 1)]
NEXT = [math.nextafter(end, to) for end in ENDS for to in (0.0, 1.0)]
TAILS = [u for u in ENDS + NEXT if is_tabulated(u)]


def within() -> list[float]:
    """Return probabilities of all magnitudes."""
    draw = random.Random(3)
    return [2.0 ** -draw.uniform(1.0, OCTAVES) for _ in range(3000)]


PROBABILITIES = TAILS + within()


def worst(table: Sequence[float], lower: Callable[[float], Any], upper: Callable[[float], Any]) -> float:
    """Return the largest relative error; an upper tail is asked for by what is above it, because 1 - u is exact."""
    shifted, errors = [math.nan, *table], []
    for p in PROBABILITIES:
        for u, exact in ((p, lower(p)), (1.0 - p, upper(1.0 - (1.0 - p)))):
            if is_tabulated(u):
                errors.append(abs(tabulated_quantile(shifted, 1, u) / float(exact) - 1.0))
    return max(errors)


@pytest.mark.parametrize("shape", SHAPES)
def test_gamma(shape: float) -> None:
    table = gamma_quantiles(shape)
    assert worst(table, lambda p: special.gammaincinv(shape, p), lambda p: special.gammainccinv(shape, p)) < 1e-13


@pytest.mark.parametrize(("a", "b"), BETAS)
def test_beta(a: float, b: float) -> None:
    table = beta_quantiles(a, b)
    assert worst(table, lambda p: special.betaincinv(a, b, p), lambda p: special.betainccinv(a, b, p)) < 1e-13


@pytest.mark.parametrize("u", [0.5, math.nextafter(0.5, 0.0), math.nextafter(0.5, 1.0)])
def test_the_median_is_where_the_tails_meet(u: float) -> None:
    """An exponential variable's is known."""
    assert tabulated_quantile(gamma_quantiles(1.0), 0, u) == pytest.approx(math.log(2.0), rel=1e-14)
    assert tabulated_quantile(beta_quantiles(3.0, 3.0), 0, u) == pytest.approx(0.5, rel=1e-14)


def test_only_what_lies_strictly_between_the_ends_is_tabulated() -> None:
    ends = SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY
    assert not any(is_tabulated(end) for end in (*ends, 0.0, 1.0))
    assert is_tabulated(math.nextafter(ends[0], 1.0))
    assert is_tabulated(math.nextafter(ends[1], 0.0))
