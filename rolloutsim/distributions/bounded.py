"""The families between two bounds: constant, uniform, triangular."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from rolloutsim.distributions.base import Amount, Distribution, Parameter, no_length_bias
from rolloutsim.distributions.biased import PowerLaw
from rolloutsim.distributions.composite import Mixture, Shifted, Truncated
from rolloutsim.distributions.table import CONSTANT, Table, TableBuilder
from rolloutsim.kernel import inlined

__all__ = ["Constant", "Triangular", "Uniform"]


@dataclass(frozen=True)
class Constant(Distribution, example="{constant: {value: 20 s}}", mean="value"):
    """Always the same value.

    Examples
    --------
    >>> Constant(20.0).ppf(0.3)
    20.0
    """

    value: Amount
    kind = CONSTANT

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

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return (self.value,)


@dataclass(frozen=True)
class Uniform(Distribution, example="{uniform: {low: 10 s, high: 30 s}}", mean="(low + high) / 2"):
    """Any value from `low` to `high`, all equally likely.

    Examples
    --------
    >>> Uniform(10.0, 20.0).ppf(0.25)
    12.5
    >>> Uniform(20.0, 10.0)
    Traceback (most recent call last):
    ValueError: low is 20: it must not be above high (10)
    """

    low: Amount
    high: Amount

    def _problems(self) -> Iterator[str | None]:
        yield from super()._problems()
        if self.low > self.high:
            yield f"low is {self.low:g}: it must not be above high ({self.high:g})"

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

    def between(self, low: float, high: float) -> Distribution:
        return Uniform(max(low, self.low), min(high, self.high))

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return self.low, self.high - self.low

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, low: float, width: float, *_: float) -> float:
        return low + u * width


@dataclass(frozen=True)
class Triangular(Distribution, example="{triangular: {low: 10 s, mode: 15 s, high: 35 s}}", mean="(low + mode + high) / 3"):
    """Between `low` and `high`, most often near `mode`: an expert's guess.

    Examples
    --------
    >>> Triangular(low=10.0, mode=20.0, high=60.0).mean()
    30.0
    """

    low: Amount
    mode: Annotated[float, Parameter("quantity")]
    high: Amount

    def _problems(self) -> Iterator[str | None]:
        yield from super()._problems()
        if not self.low <= self.mode <= self.high:
            yield f"mode is {self.mode:g}: it must lie between low ({self.low:g}) and high ({self.high:g})"

    def cdf(self, x: float) -> float:
        if x >= self.high:
            return 1.0
        if x <= self.low:
            return 0.0
        width = self.high - self.low
        if x < self.mode:
            return (x - self.low) / width * ((x - self.low) / (self.mode - self.low))
        return 1.0 - (self.high - x) / width * ((self.high - x) / (self.high - self.mode))

    def mean(self) -> float:
        return (self.low + self.mode + self.high) / 3.0

    def length_biased(self) -> Distribution:
        """Return a mixture: x times each side of the density is a sum of two simple densities."""
        if self.high == 0.0:
            raise no_length_bias(0.0)
        if self.is_constant:
            return Constant(self.low)
        from rolloutsim.distributions.families import Beta  # a later entry of the registry

        left, right = self.mode - self.low, self.high - self.mode
        low, mode, rising, falling = (width / self.high for width in (self.low, self.mode, left, right))
        parts: list[tuple[float, Distribution]] = []
        if left > 0.0:
            parts.append((2.0 * rising * rising, Shifted(PowerLaw(0.0, left, 3.0), self.low)))
            parts.append((3.0 * low * rising, Shifted(PowerLaw(0.0, left, 2.0), self.low)))
        if right > 0.0:
            parts.append((3.0 * mode * falling, Shifted(Triangular(0.0, 0.0, right), self.mode)))
            parts.append((falling * falling, Shifted(Beta(2.0, 2.0, right), self.mode)))
        return Truncated(Mixture(tuple(parts)), self.low, self.high)

    def support(self) -> tuple[float, float]:
        return self.low, self.high

    def encode(self, table: TableBuilder) -> int:
        return Constant(self.low).encode(table) if self.is_constant else super().encode(table)

    def _numbers(self, table: TableBuilder) -> tuple[float, ...]:
        return self.low, self.mode, self.high, (self.mode - self.low) / (self.high - self.low)

    @staticmethod
    @inlined
    def inverse(table: Table, u: float, low: float, mode: float, high: float, share: float) -> float:
        if u < share:
            return low + math.sqrt(u * ((high - low) * (mode - low)))
        return high - math.sqrt((1.0 - u) * ((high - low) * (high - mode)))
