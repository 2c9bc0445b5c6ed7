"""What every distribution is and can do.

A distribution is an immutable value: a frozen dataclass of SI floats that checks itself when it is made. It describes a quantity that
is never negative.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar, Self

from rolloutsim.distributions.table import Table, TableBuilder, ppf

__all__ = ["LARGEST", "SMALLEST", "Distribution", "no_length_bias", "nonnegative", "positive", "within"]

#: Scales beyond these bounds are refused: their variates, or those of the length-biased form, could overflow a double.
SMALLEST, LARGEST = 1e-150, 1e150

#: A quadrature has panels of equal probability whose ends differ by a factor of at most `GROWTH`; in each are points and weights of Gauss.
PANELS, GROWTH = 64, 1.5
GAUSS = (
    (0.04691007703066802, 0.11846344252809454),
    (0.23076534494715845, 0.23931433524968324),
    (0.5, 0.28444444444444444),
    (0.7692346550528415, 0.23931433524968324),
    (0.9530899229693319, 0.11846344252809454),
)


def within(name: str, value: float, low: float, high: float, why: str) -> str | None:
    """Return what is wrong if a value is not in [low, high], else None."""
    return None if low <= value <= high else f"{name} is {value:g}: it must be from {low:g} to {high:g}, {why}"


def positive(name: str, value: float) -> str | None:
    """Return what is wrong if a value cannot be a scale, else None."""
    if not math.isfinite(value):
        return f"{name} is {value:g}: it must be finite"
    if value <= 0.0:
        return f"{name} is {value:g}: it must be positive"
    return within(name, value, SMALLEST, LARGEST, "or variates would not fit in a double")


def nonnegative(name: str, value: float) -> str | None:
    """Return what is wrong if a value cannot be a time or a size, else None."""
    if not math.isfinite(value):
        return f"{name} is {value:g}: it must be finite"
    if value < 0.0:
        return f"{name} is {value:g}: it must not be negative"
    return within(name, value, 0.0, LARGEST, "or variates would not fit in a double")


def no_length_bias(mean: float) -> ValueError:
    """Return the error of a distribution that no random instant can fall into."""
    return ValueError(f"its mean is {mean:g}: a spell in progress at a random instant needs a mean that is positive and finite")


@dataclass(frozen=True)
class Distribution(ABC):
    """A distribution of a nonnegative quantity. One uniform number makes one variate.

    Raises
    ------
    ValueError
        On construction, naming every parameter that is wrong and why.
    """

    #: The parameters that have the dimension of the variate.
    quantities: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for parameter in fields(self):
            value = getattr(self, parameter.name)
            if isinstance(value, int):
                object.__setattr__(self, parameter.name, float(value))
        problems = [problem for problem in self._problems() if problem]
        if problems:
            raise ValueError("; ".join(problems))

    @abstractmethod
    def _problems(self) -> Iterator[str | None]:
        """Yield what is wrong with each parameter; None where nothing is."""

    @abstractmethod
    def encode(self, table: TableBuilder) -> int:
        """Add the rows that stand for this distribution and return the number of the last one."""

    @abstractmethod
    def cdf(self, x: float) -> float:
        """Return P(X <= x)."""

    @abstractmethod
    def mean(self) -> float:
        """Return the mean; infinity if there is none."""

    @abstractmethod
    def support(self) -> tuple[float, float]:
        """Return the smallest closed interval that holds every variate."""

    @abstractmethod
    def length_biased(self) -> Distribution:
        """Return the distribution of the spell that a random instant falls into: its density is x·f(x)/mean.

        The time left of that spell is its length times a uniform number.

        Raises
        ------
        ValueError
            If the mean is zero or infinite, or the length-biased variates would not fit in a double.
        """

    @cached_property
    def _own_table(self) -> tuple[Table, int]:
        builder = TableBuilder()
        row = self.encode(builder)
        return builder.build_lists(), row

    def ppf(self, u: float) -> float:
        """Return the variate that belongs to a uniform number.

        Parameters
        ----------
        u
            Strictly between 0 and 1.

        Raises
        ------
        ValueError
            If `u` is not.
        """
        if not 0.0 < u < 1.0:
            raise ValueError(f"u is {u!r}: it must lie strictly between 0 and 1")
        return ppf(*self._own_table, u)

    def below(self, x: float) -> float:
        """Return P(X < x)."""
        return 0.0 if x <= self.support()[0] else self.cdf(x)

    def mass(self, low: float, high: float) -> float:
        """Return P(low <= X <= high)."""
        return max(self.cdf(high) - self.below(low), 0.0)

    def partial_mean(self, low: float, high: float) -> float:
        """Return E[X; low <= X <= high], the part of the mean that comes from an interval; by quadrature without a length-biased form."""
        try:
            return self.mean() * self.length_biased().mass(low, high)
        except ValueError:
            if high == math.inf:
                return self.mean() - (self.partial_mean(0.0, low) if low > 0.0 else 0.0)
            return low * self.mass(low, high) + self._excess(low, high)

    def _excess(self, low: float, high: float) -> float:
        """Return E[X - low; low <= X <= high] as the integral of P(x < X <= high), in panels that grow towards a heavy tail."""
        start = max(low, self.support()[0])
        edges = [start]
        for x in (*(self.ppf(i / PANELS) for i in range(1, PANELS)), high):
            while 0.0 < GROWTH * edges[-1] < min(x, high):
                edges.append(GROWTH * edges[-1])
            if edges[-1] < x <= high:
                edges.append(x)
        top = self.cdf(high)
        inside = ((b - a) * weight * (top - self.cdf(a + (b - a) * x)) for a, b in pairwise(edges) for x, weight in GAUSS)
        return (start - low) * self.mass(low, high) + math.fsum(inside)

    def scaled(self, factor: float) -> Self:
        """Return the distribution of `factor` times this variable."""
        changed: dict[str, Any] = {name: getattr(self, name) * factor for name in self.quantities}
        return replace(self, **changed)

    @property
    def is_constant(self) -> bool:
        """Whether only one value is possible."""
        low, high = self.support()
        return low == high
