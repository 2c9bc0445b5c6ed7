"""Wrong parameters are named, with the reason, when a distribution is made."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

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
    TableBuilder,
    Triangular,
    Truncated,
    Uniform,
    Weibull,
)
from rolloutsim.distributions.biased import Discrete, PowerLaw

WRONG: list[tuple[Callable[[], Distribution], str]] = [
    (lambda: Constant(-1.0), "value is -1: it must not be negative"),
    (lambda: Constant(math.inf), "value is inf: it must be finite"),
    (lambda: Constant(math.nan), "value is nan: it must be finite"),
    (lambda: Constant(1e200), "would not fit in a double"),
    (lambda: Uniform(3.0, 2.0), "low is 3: it must not be above high (2)"),
    (lambda: Uniform(-3.0, 2.0), "low is -3: it must not be negative"),
    (lambda: Triangular(1.0, 9.0, 5.0), "mode is 9: it must lie between low (1) and high (5)"),
    (lambda: Exponential(0.0), "mean is 0: it must be positive"),
    (lambda: Exponential(1e-200), "would not fit in a double"),
    (lambda: Lognormal(0.0, 1.0), "median is 0: it must be positive"),
    (lambda: Lognormal(1.0, -1.0), "sigma is -1: it must be from 0 to 10"),
    (lambda: Lognormal(1.0, 30.0), "sigma is 30: it must be from 0 to 10"),
    (lambda: Lognormal(1.0, math.nan), "sigma is nan"),
    (lambda: Lognormal.from_moments(-1.0, 2.0), "mean is -1: it must be positive"),
    (lambda: Lognormal.from_moments(1.0, -2.0), "sd is -2: it must not be negative"),
    (lambda: Lognormal.from_moments(1e-20, 1e40), "sd is 1e+40: too large for a mean of 1e-20"),
    (lambda: Weibull(0.0, 1.0), "shape is 0: it must be from 0.02"),
    (lambda: Weibull(1.0, -1.0), "scale is -1: it must be positive"),
    (lambda: Gamma(-1.0, 1.0), "shape is -1: it must be from 0.02"),
    (lambda: Normal(5.0, 0.0), "sd is 0: it must be positive"),
    (lambda: Normal(-50.0, 1.0), "practically nothing is left above 0"),
    (lambda: Normal(1e20, 1.0), "sd is 1: too small beside mu (1e+20), write a constant"),
    (lambda: Normal(math.nan, 1.0), "mu is nan"),
    (lambda: Pareto(0.0, 1.0), "shape is 0: it must be from 0.15"),
    (lambda: Beta(0.0, 1.0), "a is 0: it must be from 1e-06"),
    (lambda: Beta.from_mean(1.0, 5.0), "mean is 1: it must lie strictly between 0 and 1"),
    (lambda: Beta.from_mean(0.5, 0.0), "concentration is 0: it must be positive"),
    (lambda: Empirical(()), "values is empty"),
    (lambda: Empirical((1.0, -2.0, -3.0)), "a value is -3: it must not be negative (and 1 more)"),
    (lambda: Mixture(()), "at least one part needs a positive weight"),
    (lambda: Mixture(((0.0, Constant(1.0)),)), "at least one part needs a positive weight"),
    (lambda: Mixture(((-1.0, Constant(1.0)), (2.0, Constant(2.0)))), "a weight is -1: it must not be negative"),
    (lambda: Shifted(Exponential(1.0), -1.0), "by is -1: it must not be negative"),
    (lambda: Truncated(Exponential(1.0), -1.0), "low is -1: it must not be negative"),
    (lambda: Truncated(Exponential(1.0), 5.0, 5.0), "low is 5: it must be less than high (5)"),
    (lambda: Truncated(Exponential(1.0), 0.0, math.nan), "must be less than high (nan)"),
    (lambda: Truncated(Uniform(1.0, 2.0), 3.0, 4.0), "nothing is left between 3 and 4 of values from 1 to 2 (probability 0)"),
    (lambda: Truncated(Exponential(1.0), 200.0), "nothing is left between 200 and inf"),
    (lambda: PowerLaw(2.0, 1.0, 2.0), "low is 2: it must be less than high (1)"),
    (lambda: PowerLaw(0.0, 1.0, 0.0), "low is 0: it must be positive"),
    (lambda: PowerLaw(1e-100, 1.0, -5.0), "exponent is -5: too steep"),
    (lambda: Discrete((2.0, 1.0), (1.0, 1.0)), "values must ascend"),
    (lambda: Discrete((1.0,), ()), "values and weights must pair up"),
    (lambda: Discrete((1.0,), (0.0,)), "weights must be positive"),
]


@pytest.mark.parametrize(("make", "message"), WRONG, ids=[message for _, message in WRONG])
def test_wrong_parameters(make: Callable[[], Distribution], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below, without regular expressions
        make()
    assert message in str(caught.value)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"shape is -1: .*; scale is -2: "):
        Gamma(-1.0, -2.0)


def test_whole_numbers_become_floats() -> None:
    assert repr(Uniform(1, 2)) == "Uniform(low=1.0, high=2.0)"
    assert repr(Mixture(((1, Constant(2)),))) == "Mixture(parts=((1.0, Constant(value=2.0)),))"
    assert isinstance(Constant(5).ppf(0.5), float)


def test_an_empty_table_has_no_rows() -> None:
    assert list(TableBuilder().build_lists()) == []
    assert len(TableBuilder().build_arrays()) == 0
