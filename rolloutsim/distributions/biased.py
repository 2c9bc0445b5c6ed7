"""Forms that appear when a distribution is length-biased or cut off; a scenario never contains them."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Annotated, Self

from rolloutsim.distributions.base import Amount, Distribution, Parameter, Scale, no_length_bias, plain, positive
from rolloutsim.distributions.incomplete import gamma_tails, gammaincinv, log_gamma
from rolloutsim.distributions.normal import biased_normal, normal_cdf, normal_density
from rolloutsim.distributions.quantiles import is_tabulated, tabulated_quantile
from rolloutsim.distributions.table import Table, TableBuilder
from rolloutsim.elementary import exp, expm1, log, log1p, power
from rolloutsim.kernel import inlined, kernel

__all__ = ["BiasedNormal", "Discrete", "GeneralizedGamma", "PowerLaw"]

FLAT = 1e-3  # exponents nearer to 0 go through logarithms, where powers would lose digits


@dataclass(frozen=True)
class PowerLaw(Distribution):
    """Density proportional to x**(exponent - 1) on [low, high]: a length-biased uniform (exponent 2), a bounded Pareto (-shape)."""

    low: Amount
    high: Scale
    exponent: float

    def _problems(self) -> Iterator[str | None]:
        yield from super()._problems()
        yield None if self.low < self.high else f"low is {self.low:g}: it must be less than high ({self.high:g})"
        if self.exponent < 1.0:
            yield positive("low", self.low)
            steepness = -self.exponent * log(self.high / self.low) if 0.0 < self.low < self.high else 0.0
            yield None if steepness < 600.0 else f"exponent is {self.exponent:g}: too steep between {self.low:g} and {self.high:g}"

    def _integral(self, exponent: float, ratio: float) -> float:
        """Return the integral of t**(exponent - 1) from ratio to 1."""
        if ratio == 0.0:
            return 1.0 / exponent
        width = log(ratio)
        return -expm1(exponent * width) / exponent if exponent != 0.0 else -width

    @property
    def _ratio(self) -> float:
        return self.low / self.high

    def cdf(self, x: float) -> float:
        if x <= self.low:
            return 0.0
        if x >= self.high:
            return 1.0
        # Measured from below, as x**exponent - low**exponent, which keeps small probabilities precise.
        whole = self._integral(self.exponent, self._ratio)
        part = power(x / self.high, self.exponent) * self._integral(self.exponent, self.low / x)
        return min(part / whole, 1.0)

    def mean(self) -> float:
        return self.high * self._integral(self.exponent + 1.0, self._ratio) / self._integral(self.exponent, self._ratio)

    def length_biased(self) -> Distribution:
        return PowerLaw(self.low, self.high, self.exponent + 1.0)

    def support(self) -> tuple[float, float]:
        return self.low, self.high

    def between(self, low: float, high: float) -> Distribution:
        return PowerLaw(max(low, self.low), min(high, self.high), self.exponent)

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        if abs(self.exponent) >= FLAT:
            return self.high, self.exponent, power(self._ratio, self.exponent), 0.0
        width = log(self._ratio)
        return self.high, self.exponent, expm1(self.exponent * width), width

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, high: float, exponent: float, least: float, width: float) -> float:
        if width == 0.0:
            return high * power(u + (1.0 - u) * least, 1.0 / exponent)
        # The logarithm of x / high: its limit where the exponent is zero.
        return high * exp(log1p((1.0 - u) * least) / exponent if exponent != 0.0 else (1.0 - u) * width)


@dataclass(frozen=True)
class GeneralizedGamma(Distribution):
    """`scale` times a power of a gamma variable: the length-biased Weibull has shape 1 + 1/k and power 1/k."""

    shape: Annotated[float, plain(0.02, 1e9, "or its variates lose their digits")]
    power: Annotated[float, plain(1e-9, 50.0, "or its variates would not fit in a double")]
    scale: Scale

    def cdf(self, x: float) -> float:
        return gamma_tails(self.shape, power(x / self.scale, 1.0 / self.power))[0] if x > 0.0 else 0.0

    def mean(self) -> float:
        return self.scale * exp(log_gamma(self.shape + self.power) - log_gamma(self.shape))

    def length_biased(self) -> Distribution:
        return GeneralizedGamma(self.shape + self.power, self.power, self.scale)

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return self.scale, self.shape, table.quantiles(self.shape), self.power

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, scale: float, shape: float, quantiles: float, exponent: float) -> float:
        return scale * power(
            (tabulated_quantile(table, int(quantiles), u) if quantiles >= 0.0 and is_tabulated(u) else gammaincinv(shape, u)), exponent
        )


@dataclass(frozen=True)
class BiasedNormal(Distribution):
    """The length-biased form of a normal distribution truncated at 0."""

    mu: Annotated[float, Parameter("quantity")]
    sd: Scale

    @property
    def _k(self) -> float:
        return self.mu / self.sd

    @cached_property
    def _total(self) -> float:
        return normal_density(self._k) + self._k * normal_cdf(self._k)

    def cdf(self, x: float) -> float:
        if x <= 0.0:
            return 0.0
        k = self._k
        z = x / self.sd - k
        if z < 0.0:
            return (k * (normal_cdf(z) - normal_cdf(-k)) - (normal_density(z) - normal_density(k))) / self._total
        return 1.0 - (normal_density(z) + k * normal_cdf(-z)) / self._total

    def mean(self) -> float:
        k = self._k
        return self.sd * ((k * k + 1.0) * normal_cdf(k) + k * normal_density(k)) / self._total

    def partial_mean(self, low: float, high: float) -> float:
        return max(self._mean_above(max(low, 0.0)) - self._mean_above(high), 0.0)

    def _mean_above(self, x: float) -> float:
        if x == math.inf:
            return 0.0
        k = self._k
        z = x / self.sd - k
        return self.sd * ((k * k + 1.0) * normal_cdf(-z) + (2.0 * k + z) * normal_density(z)) / self._total

    def length_biased(self) -> Distribution:
        raise ValueError("the length-biased form of a length-biased normal distribution is not available")

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return self.sd, self._k

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, sd: float, k: float, *_: float) -> float:
        return sd * biased_normal(k, u)


@dataclass(frozen=True)
class Discrete(Distribution):
    """Values with weights: the length-biased empirical distribution. The values ascend."""

    values: tuple[float, ...]
    weights: tuple[float, ...]

    def _problems(self) -> Iterator[str | None]:
        yield None if self.values and len(self.values) == len(self.weights) else "values and weights must pair up"
        yield None if all(a <= b for a, b in pairwise(self.values)) else "values must ascend"
        yield None if all(weight > 0.0 for weight in self.weights) else "weights must be positive"

    @cached_property
    def _cumulative(self) -> tuple[float, ...]:
        """Shares of the values up to each, with a 0 before the first."""
        sums = list(accumulate(self.weights))
        return (0.0, *(s / sums[-1] for s in sums[:-1]), 1.0)

    def cdf(self, x: float) -> float:
        return self._cumulative[bisect.bisect_right(self.values, x)]

    def below(self, x: float) -> float:
        return self._cumulative[bisect.bisect_left(self.values, x)]

    def mean(self) -> float:
        return math.fsum(v * w for v, w in zip(self.values, self.weights, strict=True)) / math.fsum(self.weights)

    def length_biased(self) -> Distribution:
        pairs = [(v, v * w) for v, w in zip(self.values, self.weights, strict=True) if v > 0.0]
        if not pairs:
            raise no_length_bias(0.0)
        return Discrete(tuple(v for v, _ in pairs), tuple(w for _, w in pairs))

    def support(self) -> tuple[float, float]:
        return self.values[0], self.values[-1]

    def scaled(self, factor: float) -> Self:
        return type(self)(tuple(value * factor for value in self.values), self.weights)

    def between(self, low: float, high: float) -> Distribution:
        kept = [(v, w) for v, w in zip(self.values, self.weights, strict=True) if low <= v <= high]
        return Discrete(tuple(v for v, _ in kept), tuple(w for _, w in kept))

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return table.pool((*self.values, *self._cumulative[1:])), len(self.values)

    @staticmethod
    @kernel
    def inverse(table: Table, u: float, start: float, count: float, *_: float) -> float:
        """Return the first value whose cumulative share, stored behind the values, is at least u (the last share is 1)."""
        low = 0
        high = int(count) - 1
        while low < high:
            middle = (low + high) // 2
            if table[int(start) + int(count) + middle] < u:
                low = middle + 1
            else:
                high = middle
        return table[int(start) + low]
