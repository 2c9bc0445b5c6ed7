"""The families of one shape: constant, uniform, exponential, lognormal, Weibull, gamma, normal, Pareto, beta."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from rolloutsim.distributions import table as t
from rolloutsim.distributions.base import LARGEST, Distribution, no_length_bias, nonnegative, positive, within
from rolloutsim.distributions.biased import BiasedNormal, GeneralizedGamma, PowerLaw
from rolloutsim.distributions.incomplete import beta_tails, gamma_tails, log_gamma
from rolloutsim.distributions.normal import normal_cdf, normal_density
from rolloutsim.elementary import exp, expm1, log, log1p, power

__all__ = ["Beta", "Constant", "Exponential", "Gamma", "Lognormal", "Normal", "Pareto", "Uniform", "Weibull"]

TOO_WIDE = "or variates would not fit in a double"


@dataclass(frozen=True)
class Constant(Distribution):
    """Always the same value.

    Examples
    --------
    >>> Constant(20.0).ppf(0.3)
    20.0
    """

    value: float
    quantities = ("value",)

    def _problems(self) -> Iterator[str | None]:
        yield nonnegative("value", self.value)

    def cdf(self, x: float) -> float:
        return 1.0 if x >= self.value else 0.0

    def mean(self) -> float:
        return self.value

    def length_biased(self) -> Distribution:
        if self.value == 0.0:
            raise no_length_bias(0.0)
        return self

    def support(self) -> tuple[float, float]:
        return self.value, self.value

    def encode(self, table: t.TableBuilder) -> int:
        return table.add(t.CONSTANT, self.support(), self.value)


@dataclass(frozen=True)
class Uniform(Distribution):
    """Any value from `low` to `high`, all equally likely.

    Examples
    --------
    >>> Uniform(10.0, 20.0).ppf(0.25)
    12.5
    >>> Uniform(20.0, 10.0)
    Traceback (most recent call last):
    ValueError: low is 20: it must not be above high (10)
    """

    low: float
    high: float
    quantities = ("low", "high")

    def _problems(self) -> Iterator[str | None]:
        yield nonnegative("low", self.low)
        yield nonnegative("high", self.high)
        yield f"low is {self.low:g}: it must not be above high ({self.high:g})" if self.low > self.high else None

    def cdf(self, x: float) -> float:
        if x < self.low:
            return 0.0
        return 1.0 if x >= self.high else (x - self.low) / (self.high - self.low)

    def mean(self) -> float:
        return 0.5 * (self.low + self.high)

    def length_biased(self) -> Distribution:
        if self.high == 0.0:
            raise no_length_bias(0.0)
        return Constant(self.low) if self.is_constant else PowerLaw(self.low, self.high, 2.0)

    def support(self) -> tuple[float, float]:
        return self.low, self.high

    def encode(self, table: t.TableBuilder) -> int:
        return table.add(t.UNIFORM, self.support(), self.low, self.high - self.low)


@dataclass(frozen=True)
class Exponential(Distribution):
    """Memoryless: what is left does not depend on what has passed.

    Examples
    --------
    >>> round(Exponential(60.0).ppf(0.5), 3)
    41.589
    """

    mean_: float
    quantities = ("mean_",)

    def _problems(self) -> Iterator[str | None]:
        yield positive("mean", self.mean_)

    def cdf(self, x: float) -> float:
        return -expm1(-x / self.mean_) if x > 0.0 else 0.0

    def mean(self) -> float:
        return self.mean_

    def length_biased(self) -> Distribution:
        return Gamma(2.0, self.mean_)

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def encode(self, table: t.TableBuilder) -> int:
        return table.add(t.EXPONENTIAL, self.support(), self.mean_)


@dataclass(frozen=True)
class Lognormal(Distribution):
    """`median` times exp(`sigma` Z), Z standard normal.

    Examples
    --------
    >>> Lognormal(median=20.0, sigma=0.4).ppf(0.5)
    20.0
    >>> d = Lognormal.from_moments(mean=100.0, sd=50.0)
    >>> round(d.median, 3), round(d.sigma, 3), round(d.mean(), 9)
    (89.443, 0.472, 100.0)
    """

    median: float
    sigma: float
    quantities = ("median",)

    @classmethod
    def from_moments(cls, mean: float, sd: float) -> Lognormal:
        """Return the lognormal distribution with this mean and standard deviation (sd >= 0)."""
        problems = [problem for problem in (positive("mean", mean), nonnegative("sd", sd)) if problem]
        if problems:
            raise ValueError("; ".join(problems))
        ratio = sd / mean
        if not ratio < 1e48:
            raise ValueError(f"sd is {sd:g}: too large for a mean of {mean:g}, {TOO_WIDE}")
        return cls(mean / math.sqrt(1.0 + ratio * ratio), math.sqrt(log1p(ratio * ratio)))

    def _problems(self) -> Iterator[str | None]:
        yield positive("median", self.median)
        yield within("sigma", self.sigma, 0.0, 10.0, TOO_WIDE)

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

    def encode(self, table: t.TableBuilder) -> int:
        return table.add(t.LOGNORMAL, self.support(), self.median, self.sigma)


@dataclass(frozen=True)
class Weibull(Distribution):
    """Survival exp(-(x/scale)**shape): shape below 1 gives many short and few long spells.

    Examples
    --------
    >>> round(Weibull(shape=0.7, scale=120.0).mean(), 3)
    151.899
    """

    shape: float
    scale: float
    quantities = ("scale",)

    def _problems(self) -> Iterator[str | None]:
        yield within("shape", self.shape, 0.02, 1e6, TOO_WIDE)
        yield positive("scale", self.scale)

    def cdf(self, x: float) -> float:
        return -expm1(-power(x / self.scale, self.shape)) if x > 0.0 else 0.0

    def mean(self) -> float:
        return self.scale * exp(log_gamma(1.0 + 1.0 / self.shape))

    def length_biased(self) -> Distribution:
        return GeneralizedGamma(1.0 + 1.0 / self.shape, 1.0 / self.shape, self.scale)

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def encode(self, table: t.TableBuilder) -> int:
        return table.add(t.WEIBULL, self.support(), self.scale, 1.0 / self.shape)


@dataclass(frozen=True)
class Gamma(Distribution):
    """Density proportional to x**(shape - 1) exp(-x/scale).

    Examples
    --------
    >>> Gamma(shape=2.0, scale=5.0).mean()
    10.0
    """

    shape: float
    scale: float
    quantities = ("scale",)

    def _problems(self) -> Iterator[str | None]:
        yield within("shape", self.shape, 0.02, 1e9, "or its variates lose their digits")
        yield positive("scale", self.scale)

    def cdf(self, x: float) -> float:
        return gamma_tails(self.shape, x / self.scale)[0] if x > 0.0 else 0.0

    def mean(self) -> float:
        return self.shape * self.scale

    def length_biased(self) -> Distribution:
        return Gamma(self.shape + 1.0, self.scale)

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def encode(self, table: t.TableBuilder) -> int:
        return table.add(t.GAMMA, self.support(), self.scale, self.shape, table.quantiles(self.shape))


@dataclass(frozen=True)
class Normal(Distribution):
    """A normal variable of mean `mu` and deviation `sd`, given that it is positive (truncated at 0, which raises its mean).

    Examples
    --------
    >>> Normal(mu=100.0, sd=10.0).ppf(0.5)
    100.0
    >>> round(Normal(mu=0.0, sd=1.0).mean(), 6)
    0.797885
    """

    mu: float
    sd: float
    quantities = ("mu", "sd")

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

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def encode(self, table: t.TableBuilder) -> int:
        k = self._k
        return table.add(t.NORMAL, self.support(), self.sd, k, normal_cdf(-k), normal_cdf(k))


@dataclass(frozen=True)
class Pareto(Distribution):
    """Survival (x/scale)**-shape from `scale` on: a heavy tail. The mean is infinite for shapes up to 1.

    Examples
    --------
    >>> Pareto(shape=2.0, scale=60.0).mean()
    120.0
    >>> Pareto(shape=1.0, scale=60.0).length_biased()
    Traceback (most recent call last):
    ValueError: its mean is inf: a spell in progress at a random instant needs a mean that is positive and finite
    """

    shape: float
    scale: float
    quantities = ("scale",)

    def _problems(self) -> Iterator[str | None]:
        yield within("shape", self.shape, 0.15, 1e6, TOO_WIDE)
        yield positive("scale", self.scale)

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

    def encode(self, table: t.TableBuilder) -> int:
        return table.add(t.PARETO, self.support(), self.scale, -1.0 / self.shape)


@dataclass(frozen=True)
class Beta(Distribution):
    """`scale` times a beta variable: an uncertain probability.

    Examples
    --------
    >>> Beta.from_mean(mean=0.01, concentration=50.0)
    Beta(a=0.5, b=49.5, scale=1.0)
    """

    a: float
    b: float
    scale: float = 1.0
    quantities = ("scale",)

    @classmethod
    def from_mean(cls, mean: float, concentration: float) -> Beta:
        """Return the beta distribution with a mean and a concentration a + b: the larger, the narrower."""
        problems = [
            None if 0.0 < mean < 1.0 else f"mean is {mean:g}: it must lie strictly between 0 and 1",
            positive("concentration", concentration),
        ]
        if any(problems):
            raise ValueError("; ".join(problem for problem in problems if problem))
        return cls(mean * concentration, (1.0 - mean) * concentration)

    def _problems(self) -> Iterator[str | None]:
        yield within("a", self.a, 1e-6, 1e9, "or its variates lose their digits")
        yield within("b", self.b, 1e-6, 1e9, "or its variates lose their digits")
        yield positive("scale", self.scale)

    def cdf(self, x: float) -> float:
        share = min(x / self.scale, 1.0)
        return beta_tails(self.a, self.b, share, 1.0 - share)[0]

    def mean(self) -> float:
        return self.scale * (self.a / (self.a + self.b))

    def length_biased(self) -> Distribution:
        return Beta(self.a + 1.0, self.b, self.scale)

    def support(self) -> tuple[float, float]:
        return 0.0, self.scale

    def encode(self, table: t.TableBuilder) -> int:
        return table.add(t.BETA, self.support(), self.scale, self.a, self.b, table.quantiles(self.a, self.b))
