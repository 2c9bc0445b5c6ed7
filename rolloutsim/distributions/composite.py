"""Distributions made from values or from other distributions: empirical, mixture, truncated, shifted."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Self

from rolloutsim.distributions.base import Amount, Distribution, Parameter, no_length_bias, nonnegative
from rolloutsim.distributions.biased import Discrete
from rolloutsim.distributions.table import MIXTURE, SHIFTED, TRUNCATED, Table, TableBuilder
from rolloutsim.kernel import inlined

__all__ = ["Empirical", "Mixture", "Shifted", "Truncated"]

Of = Annotated[Distribution, Parameter("distribution")]

RESOLVED = 1e-12  # an interval with a smaller share of the probability up to its end holds too few doubles


@dataclass(frozen=True)
class Empirical(Distribution, example="{empirical: {values: [10 s, 12 s, 15 s, 30 s]}}", mean="the mean of the values"):
    """One of the recorded values, all equally likely (the inverse of the empirical distribution function, a step function).

    Examples
    --------
    >>> d = Empirical((30.0, 10.0, 20.0))
    >>> d.ppf(0.2), d.ppf(0.5), d.ppf(0.9)
    (10.0, 20.0, 30.0)
    """

    values: Annotated[tuple[float, ...], Parameter("quantities")]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(sorted(float(value) for value in self.values)))
        super().__post_init__()

    def _problems(self) -> Iterator[str | None]:
        yield None if self.values else "values is empty: at least one value is needed"
        wrong = [problem for problem in (nonnegative("a value", value) for value in self.values) if problem]
        if wrong:
            yield wrong[0] + (f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else "")

    def cdf(self, x: float) -> float:
        return bisect.bisect_right(self.values, x) / len(self.values)

    def below(self, x: float) -> float:
        return bisect.bisect_left(self.values, x) / len(self.values)

    def mean(self) -> float:
        return math.fsum(self.values) / len(self.values)

    def length_biased(self) -> Distribution:
        values = tuple(value for value in self.values if value > 0.0)
        if not values:
            raise no_length_bias(0.0)
        return Discrete(values, values)

    def support(self) -> tuple[float, float]:
        return self.values[0], self.values[-1]

    def scaled(self, factor: float) -> Self:
        return type(self)(tuple(value * factor for value in self.values))

    def between(self, low: float, high: float) -> Distribution:
        return Empirical(tuple(value for value in self.values if low <= value <= high))

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return table.pool(self.values), len(self.values)

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, start: float, count: float, *_: float) -> float:
        return table[int(start) + max(math.ceil(u * count) - 1, 0)]


@dataclass(frozen=True)
class Mixture(
    Distribution,
    example="{mixture: [{weight: 0.8, of: {exponential: {mean: 10 s}}}, {weight: 0.2, of: 60 s}]}",
    mean="the weighted mean of the parts",
):
    """One of several distributions, chosen by weight: u picks the part and the rest of u draws from it.

    Examples
    --------
    >>> from rolloutsim.distributions import Constant
    >>> d = Mixture(((3.0, Constant(1.0)), (1.0, Constant(9.0))))
    >>> d.mean(), d.ppf(0.74), d.ppf(0.76)
    (3.0, 1.0, 9.0)
    """

    parts: Annotated[tuple[tuple[float, Distribution], ...], Parameter("parts")]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple((float(weight), of) for weight, of in self.parts))
        super().__post_init__()

    def _problems(self) -> Iterator[str | None]:
        for weight, _ in self.parts:
            yield nonnegative("a weight", weight)
        yield None if any(weight > 0.0 for weight, _ in self.parts) else "at least one part needs a positive weight"

    @cached_property
    def _shares(self) -> tuple[tuple[float, Distribution], ...]:
        total = math.fsum(weight for weight, _ in self.parts)
        return tuple((weight / total, of) for weight, of in self.parts if weight > 0.0)

    def cdf(self, x: float) -> float:
        return math.fsum(share * of.cdf(x) for share, of in self._shares)

    def below(self, x: float) -> float:
        return math.fsum(share * of.below(x) for share, of in self._shares)

    def mass(self, low: float, high: float) -> float:
        return math.fsum(share * of.mass(low, high) for share, of in self._shares)

    def mean(self) -> float:
        return math.fsum(share * of.mean() for share, of in self._shares)

    def length_biased(self) -> Distribution:
        mean = self.mean()
        if mean == 0.0 or mean == math.inf:
            raise no_length_bias(mean)
        return Mixture(tuple((share * of.mean() / mean, of.length_biased()) for share, of in self._shares if of.mean() > 0.0))

    def support(self) -> tuple[float, float]:
        supports = [of.support() for _, of in self._shares]
        return min(low for low, _ in supports), max(high for _, high in supports)

    def scaled(self, factor: float) -> Self:
        return type(self)(tuple((weight, of.scaled(factor)) for weight, of in self.parts))

    def between(self, low: float, high: float) -> Distribution:
        """Cut its parts: its `ppf` does not ascend, so cutting u would not do."""
        masses = [(weight, part, part.mass(low, high)) for weight, part in self.parts]
        return Mixture(tuple((w * mass, restrict(part, low, high)) for w, part, mass in masses if mass > RESOLVED * part.cdf(high)))

    def encode(self, table: TableBuilder) -> int:
        *others, (left, last) = self._shares
        row = last.encode(table)
        for share, of in reversed(others):
            left += share
            row = table.add(MIXTURE, self.support(), share / left, of.encode(table), row)
        return row


@dataclass(frozen=True)
class Truncated(Distribution, example="{truncated: {of: {exponential: {mean: 20 s}}, high: 40 s}}", mean="the mean between low and high"):
    """Another variable, given that it lies between `low` and `high` (both included).

    Examples
    --------
    >>> from rolloutsim.distributions import Exponential
    >>> round(Truncated(Exponential(60.0), high=60.0).mean(), 3)
    25.081
    """

    of: Of
    low: Annotated[float, Parameter("quantity")] = 0.0
    high: Annotated[float, Parameter("quantity")] = math.inf
    kind = TRUNCATED

    def _problems(self) -> Iterator[str | None]:
        wrong = nonnegative("low", self.low)
        yield wrong
        if wrong:
            return
        if not self.low < self.high:
            yield f"low is {self.low:g}: it must be less than high ({self.high:g})"
            return
        mass = self.of.mass(self.low, self.high)
        # Parts of a mixture that do not resolve are left out; that must not be felt.
        least = RESOLVED if _is_simple(self.of) else RESOLVED * 1e6
        if not mass > least * self.of.cdf(self.high):
            low, high = self.of.support()
            yield f"nothing is left between {self.low:g} and {self.high:g} of values from {low:g} to {high:g} (probability {mass:.2g})"

    @cached_property
    def _inner(self) -> Distribution:
        """The same distribution with the truncation moved inwards to parts that can be inverted."""
        return restrict(self.of, self.low, self.high)

    @property
    def _is_leaf(self) -> bool:
        return isinstance(self._inner, Truncated) and self._inner is not self.of

    def cdf(self, x: float) -> float:
        if x < self.low:
            return 0.0
        return min(self.of.mass(self.low, min(x, self.high)) / self.of.mass(self.low, self.high), 1.0)

    def below(self, x: float) -> float:
        if x <= self.low:
            return 0.0
        return self.cdf(x) if x > self.high else max(self.of.below(x) - self.of.below(self.low), 0.0) / self.of.mass(self.low, self.high)

    def mean(self) -> float:
        mean = self.of.partial_mean(self.low, self.high) / self.of.mass(self.low, self.high) if self._is_leaf else self._inner.mean()
        low, high = self.support()
        return min(max(mean, low), high)

    def length_biased(self) -> Distribution:
        if self._is_leaf:
            if self.of.mean() == math.inf:
                raise ValueError("without its bounds its mean is infinite: a spell in progress at a random instant cannot be drawn")
            return Truncated(self.of.length_biased(), self.low, self.high)
        return self._inner.length_biased()

    def support(self) -> tuple[float, float]:
        low, high = (self.of if self._is_leaf else self._inner).support()
        return max(low, self.low), min(high, self.high)

    def scaled(self, factor: float) -> Self:
        return type(self)(self.of.scaled(factor), self.low * factor, self.high * factor)

    def between(self, low: float, high: float) -> Distribution:
        return restrict(self.of, max(self.low, low), min(self.high, high))

    def encode(self, table: TableBuilder) -> int:
        return super().encode(table) if self._is_leaf else table.clip(self._inner.encode(table), self.support())

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return self.of.below(self.low), self.of.mass(self.low, self.high), self.of.encode(table)


@dataclass(frozen=True)
class Shifted(Distribution, example="{shifted: {of: {exponential: {mean: 10 s}}, by: 10 s}}", mean="the mean of the other one, plus by"):
    """Another variable plus a constant, e.g. a least duration.

    Examples
    --------
    >>> from rolloutsim.distributions import Uniform
    >>> Shifted(Uniform(0.0, 10.0), by=5.0).ppf(0.5)
    10.0
    """

    of: Of
    by: Amount
    kind = SHIFTED

    def cdf(self, x: float) -> float:
        return self.of.cdf(x - self.by)

    def below(self, x: float) -> float:
        return self.of.below(x - self.by)

    def mass(self, low: float, high: float) -> float:
        return self.of.mass(low - self.by, high - self.by)

    def mean(self) -> float:
        return self.of.mean() + self.by

    def length_biased(self) -> Distribution:
        mean = self.of.mean()
        if mean == math.inf or mean + self.by == 0.0:
            raise no_length_bias(mean)
        if mean == 0.0:
            return self
        return Mixture(((mean, Shifted(self.of.length_biased(), self.by)), (self.by, self)))

    def support(self) -> tuple[float, float]:
        low, high = self.of.support()
        return low + self.by, high + self.by

    def scaled(self, factor: float) -> Self:
        return type(self)(self.of.scaled(factor), self.by * factor)

    def between(self, low: float, high: float) -> Distribution:
        return Shifted(restrict(self.of, low - self.by, high - self.by), self.by)

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return self.by, self.of.encode(table)


def _is_simple(of: Distribution) -> bool:
    return not isinstance(of, (Mixture, Shifted, Truncated))


def restrict(of: Distribution, low: float, high: float) -> Distribution:
    """Return a distribution given that its variable lies in [low, high], with the condition moved inwards as far as it goes."""
    if of.is_constant or (low <= of.support()[0] and of.support()[1] <= high):
        return of
    return of.between(low, high) or Truncated(of, max(low, 0.0), high)
