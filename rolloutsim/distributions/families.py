"""The families of one shape: exponential, lognormal, Weibull, gamma, normal, Pareto, beta."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from rolloutsim.distributions.base import (
    LARGEST,
    TOO_WIDE,
    Distribution,
    Form,
    Parameter,
    Scale,
    check,
    no_length_bias,
    nonnegative,
    plain,
    positive,
    within,
)
from rolloutsim.distributions.biased import BiasedNormal, GeneralizedGamma, PowerLaw
from rolloutsim.distributions.incomplete import beta_tails, betaincinv, gamma_tails, gammaincinv, log_gamma
from rolloutsim.distributions.normal import normal_cdf, normal_density, normal_quantile
from rolloutsim.distributions.quantiles import is_tabulated, tabulated_quantile
from rolloutsim.distributions.table import Table, TableBuilder
from rolloutsim.elementary import exp, expm1, log, log1p, power
from rolloutsim.kernel import inlined

__all__ = ["Beta", "Exponential", "Gamma", "Lognormal", "Normal", "Pareto", "Weibull"]


@dataclass(frozen=True)
class Exponential(Distribution, example="{exponential: {mean: 20 s}}", mean="mean", common=True):
    """Memoryless: what is left does not depend on what has passed.

    Examples
    --------
    >>> round(Exponential(60.0).ppf(0.5), 3)
    41.589
    """

    mean_: Annotated[float, Parameter("quantity", positive, "mean")]

    def cdf(self, x: float) -> float:
        return -expm1(-x / self.mean_) if x > 0.0 else 0.0

    def mean(self) -> float:
        return self.mean_

    def length_biased(self) -> Distribution:
        return Gamma(2.0, self.mean_)

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return (self.mean_,)

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, mean: float, *_: float) -> float:
        return -mean * log1p(-u)


@dataclass(frozen=True)
class Lognormal(Distribution, example="{lognormal: {median: 20 s, sigma: 0.5}}", mean="median · exp(sigma² / 2), or mean", common=True):
    """`median` times exp(`sigma` Z), Z standard normal.

    Examples
    --------
    >>> Lognormal(median=20.0, sigma=0.4).ppf(0.5)
    20.0
    >>> d = Lognormal.from_moments(mean=100.0, sd=50.0)
    >>> round(d.median, 3), round(d.sigma, 3), round(d.mean(), 9)
    (89.443, 0.472, 100.0)
    """

    median: Scale
    sigma: Annotated[float, plain(0.0, 10.0)]

    @classmethod
    def _forms(cls) -> tuple[Form, ...]:
        return (*super()._forms(), Form((Parameter("quantity", name="mean"), Parameter("quantity", name="sd")), cls.from_moments))

    @classmethod
    def from_moments(cls, mean: float, sd: float) -> Lognormal:
        """Return the lognormal distribution with this mean and standard deviation (sd >= 0)."""
        check((positive("mean", mean), nonnegative("sd", sd)))
        ratio = sd / mean
        if not ratio < 1e48:
            raise ValueError(f"sd is {sd:g}: too large for a mean of {mean:g}, {TOO_WIDE}")
        return cls(mean / math.sqrt(1.0 + ratio * ratio), math.sqrt(log1p(ratio * ratio)))

    def cdf(self, x: float) -> float:
        if x <= 0.0:
            return 0.0
        if self.sigma == 0.0:
            return 1.0 if x >= self.median else 0.0
        return normal_cdf(log(x / self.median) / self.sigma)

    def mean(self) -> float:
        return self.median * exp(0.5 * self.sigma * self.sigma)

    def length_biased(self) -> Distribution:
        return Lognormal(self.median * exp(self.sigma * self.sigma), self.sigma)

    def support(self) -> tuple[float, float]:
        return (0.0, math.inf) if self.sigma else (self.median, self.median)

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return self.median, self.sigma

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, median: float, sigma: float, *_: float) -> float:
        return median * exp(sigma * normal_quantile(u))


@dataclass(frozen=True)
class Weibull(Distribution, example="{weibull: {shape: 0.7, scale: 20 s}}", mean="scale · Γ(1 + 1 / shape)"):
    """Survival exp(-(x/scale)**shape): shape below 1 gives many short and few long spells.

    Examples
    --------
    >>> round(Weibull(shape=0.7, scale=120.0).mean(), 3)
    151.899
    """

    shape: Annotated[float, plain(0.02, 1e6)]
    scale: Scale

    def cdf(self, x: float) -> float:
        return -expm1(-power(x / self.scale, self.shape)) if x > 0.0 else 0.0

    def mean(self) -> float:
        return self.scale * exp(log_gamma(1.0 + 1.0 / self.shape))

    def length_biased(self) -> Distribution:
        return GeneralizedGamma(1.0 + 1.0 / self.shape, 1.0 / self.shape, self.scale)

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return self.scale, 1.0 / self.shape

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, scale: float, exponent: float, *_: float) -> float:
        return scale * power(-log1p(-u), exponent)


@dataclass(frozen=True)
class Gamma(Distribution, example="{gamma: {shape: 2, scale: 10 s}}", mean="shape · scale", common=True):
    """Density proportional to x**(shape - 1) exp(-x/scale).

    Examples
    --------
    >>> Gamma(shape=2.0, scale=5.0).mean()
    10.0
    """

    shape: Annotated[float, plain(0.02, 1e9, "or its variates lose their digits")]
    scale: Scale

    def cdf(self, x: float) -> float:
        return gamma_tails(self.shape, x / self.scale)[0] if x > 0.0 else 0.0

    def mean(self) -> float:
        return self.shape * self.scale

    def length_biased(self) -> Distribution:
        return Gamma(self.shape + 1.0, self.scale)

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return self.scale, self.shape, table.quantiles(self.shape)

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, scale: float, shape: float, quantiles: float, *_: float) -> float:
        return scale * (tabulated_quantile(table, int(quantiles), u) if quantiles >= 0.0 and is_tabulated(u) else gammaincinv(shape, u))


@dataclass(frozen=True)
class Normal(Distribution, example="{normal: {mean: 20 s, sd: 5 s}}", mean="mean, slightly more where the cut at 0 matters"):
    """A normal variable of mean `mu` and deviation `sd`, given that it is positive (truncated at 0, which raises its mean).

    Examples
    --------
    >>> Normal(mu=100.0, sd=10.0).ppf(0.5)
    100.0
    >>> round(Normal(mu=0.0, sd=1.0).mean(), 6)
    0.797885
    """

    mu: Annotated[float, Parameter("quantity", name="mean")]
    sd: Annotated[float, Parameter("quantity")]

    def _problems(self) -> Iterator[str | None]:
        wrong = positive("sd", self.sd)
        yield wrong
        yield within("mu", self.mu, -LARGEST, LARGEST, "or variates would not fit in a double")
        if not wrong and self.mu < -30.0 * self.sd:
            yield f"mu is {self.mu:g}: with sd {self.sd:g} practically nothing is left above 0"
        if not wrong and self.mu > 1e12 * self.sd:
            yield f"sd is {self.sd:g}: too small beside mu ({self.mu:g}), write a constant"

    @property
    def _k(self) -> float:
        return self.mu / self.sd

    def cdf(self, x: float) -> float:
        if x <= 0.0:
            return 0.0
        k = self._k
        z = x / self.sd - k
        if z < 0.0:
            return (normal_cdf(z) - normal_cdf(-k)) / normal_cdf(k)
        return 1.0 - normal_cdf(-z) / normal_cdf(k)

    def mean(self) -> float:
        k = self._k
        return self.sd * (k + normal_density(k) / normal_cdf(k))

    def length_biased(self) -> Distribution:
        return BiasedNormal(self.mu, self.sd)

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        k = self._k
        return self.sd, k, normal_cdf(-k), normal_cdf(k)

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, sd: float, k: float, below: float, above: float) -> float:
        tail = (1.0 - u) * above
        z = -normal_quantile(tail) if tail < 0.5 else normal_quantile(below + u * above)
        return sd * (k + z)


@dataclass(frozen=True)
class Pareto(Distribution, example="{pareto: {shape: 2.5, scale: 12 s}}", mean="scale · shape / (shape - 1), infinite up to shape 1"):
    """Survival (x/scale)**-shape from `scale` on: a heavy tail. The mean is infinite for shapes up to 1.

    Examples
    --------
    >>> Pareto(shape=2.0, scale=60.0).mean()
    120.0
    >>> Pareto(shape=1.0, scale=60.0).length_biased()
    Traceback (most recent call last):
    ValueError: its mean is inf: a spell in progress at a random instant needs a mean that is positive and finite
    """

    shape: Annotated[float, plain(0.15, 1e6)]
    scale: Scale

    def cdf(self, x: float) -> float:
        return -expm1(-self.shape * log(x / self.scale)) if x > self.scale else 0.0

    def mean(self) -> float:
        return self.scale * self.shape / (self.shape - 1.0) if self.shape > 1.0 else math.inf

    def length_biased(self) -> Distribution:
        if self.shape <= 1.0:
            raise no_length_bias(math.inf)
        if self.shape < 1.15:
            raise ValueError(
                f"shape is {self.shape:g}: it must be at least 1.15, or a spell in progress at a random instant would not fit in a double"
            )
        return Pareto(self.shape - 1.0, self.scale)

    def support(self) -> tuple[float, float]:
        return self.scale, math.inf

    def between(self, low: float, high: float) -> Distribution | None:
        if high == math.inf:
            return Pareto(self.shape, max(low, self.scale))
        # Its own mean may be infinite; between two bounds everything is finite.
        return PowerLaw(max(low, self.scale), high, -self.shape) if self.shape < 2.0 else None

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return self.scale, -1.0 / self.shape

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, scale: float, exponent: float, *_: float) -> float:
        return scale * power(1.0 - u, exponent)


@dataclass(frozen=True)
class Beta(Distribution, example="{beta: {mean: 0.2, concentration: 10}}", mean="mean, or a / (a + b)"):
    """`scale` times a beta variable: an uncertain probability.

    Examples
    --------
    >>> Beta.from_mean(mean=0.01, concentration=50.0)
    Beta(a=0.5, b=49.5, scale=1.0)
    """

    a: Annotated[float, plain(1e-6, 1e9, "or its variates lose their digits")]
    b: Annotated[float, plain(1e-6, 1e9, "or its variates lose their digits")]
    scale: Scale = 1.0

    @classmethod
    def _forms(cls) -> tuple[Form, ...]:
        a, b, _ = cls.parameters.values()
        return Form((Parameter("plain", name="mean"), Parameter("plain", name="concentration")), cls.from_mean), Form((a, b), cls)

    @classmethod
    def from_mean(cls, mean: float, concentration: float) -> Beta:
        """Return the beta distribution with a mean and a concentration a + b: the larger, the narrower."""
        wrong = None if 0.0 < mean < 1.0 else f"mean is {mean:g}: it must lie strictly between 0 and 1"
        check((wrong, positive("concentration", concentration)))
        return cls(mean * concentration, (1.0 - mean) * concentration)

    def cdf(self, x: float) -> float:
        share = min(x / self.scale, 1.0)
        return beta_tails(self.a, self.b, share, 1.0 - share)[0]

    def mean(self) -> float:
        return self.scale * (self.a / (self.a + self.b))

    def length_biased(self) -> Distribution:
        return Beta(self.a + 1.0, self.b, self.scale)

    def support(self) -> tuple[float, float]:
        return 0.0, self.scale

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return self.scale, self.a, self.b, table.quantiles(self.a, self.b)

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, scale: float, a: float, b: float, quantiles: float) -> float:
        return scale * (tabulated_quantile(table, int(quantiles), u) if quantiles >= 0.0 and is_tabulated(u) else betaincinv(a, b, u))
