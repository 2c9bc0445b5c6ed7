"""A statistic of two scenarios in the same replicates: its difference, its ratio, and how likely chance alone explains them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from rolloutsim.analysis.estimates import CONFIDENCE, EXACT, Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["Contrast", "ExactContrast"]

#: A ratio beyond this counts as infinite, and one below this as zero.
_MOST, _LEAST = 1e9, 1e-9


class Contrast(ABC):
    """A statistic of B against the same one of A.

    Parameters
    ----------
    a, b
        Their values in the same replicates; NaN where a replicate has none (a condition is not met, a value is undefined), infinite
        where something never happened.
    unit
        Of the values.
    """

    method: ClassVar[str]

    def __init__(self, a: FloatArray, b: FloatArray, unit: str = "") -> None:
        if len(a) != len(b):
            raise ValueError(f"{len(a)} values cannot be paired with {len(b)}")
        self.a, self.b, self.unit = a, b, unit
        self.n_a, self.n_b = int((~np.isnan(a)).sum()), int((~np.isnan(b)).sum())

    @abstractmethod
    def statistics(self) -> tuple[float, float]:
        """Return the statistic of A and of B; NaN where there is none."""

    @abstractmethod
    def limits(self, ratio: float, confidence: float) -> tuple[float, float]:
        """Return the limits of ``B - ratio·A``, given that both statistics are finite."""

    @property
    def lacks(self) -> str:
        """Why there is no interval; empty if there is one."""
        return "" if min(self.n_a, self.n_b) >= 2 else "not estimable, needs 2"

    def excess(self, ratio: float = 1.0, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """Return the interval of ``B - ratio·A``; NaN where there is no interval."""
        a, b = self.statistics()
        if self.lacks or math.isnan(a) or math.isnan(b) or (math.isinf(a) and math.isinf(b)):
            return math.nan, math.nan
        return self.limits(ratio, confidence)

    def difference(self, *, confidence: float = CONFIDENCE) -> Estimate:
        """Estimate ``B - A``."""
        a, b = self.statistics()
        both = math.isinf(a) and math.isinf(b)
        low, high = self.excess(confidence=confidence)
        best = math.nan if both or self.lacks else b - a
        same = np.array_equal(self.a, self.b, equal_nan=True)
        note = self.lacks or ("infinite in both" if both else "the same in every pair" if same else "")
        return Estimate(low, best, high, min(self.n_a, self.n_b), self.method, note, self.unit)

    def ratio(self, *, confidence: float = CONFIDENCE) -> Estimate:
        """Estimate ``B / A``."""
        a, b = self.statistics()
        n = min(self.n_a, self.n_b)
        if self.lacks or not (0 < a < math.inf and 0 <= b < math.inf):
            return Estimate(math.nan, math.nan, math.nan, n, self.method, self.lacks or "no ratio to a statistic of zero or infinity")
        if b == 0 and self.excess(_LEAST, confidence=confidence)[1] < 0:
            # Values that were never anything else have no spread, and would be an interval without length.
            return Estimate(math.nan, math.nan, math.nan, n, self.method, "no ratio of a statistic that is zero without spread")
        best = b / a
        low = _edge(0.0, best, lambda r: self.excess(r, confidence=confidence)[0] > 0)
        high = _edge(_MOST, best, lambda r: self.excess(r, confidence=confidence)[1] < 0)
        return Estimate(low, best, math.inf if high >= _MOST else high, n, self.method)

    def p_value(self, *, ratio: float = 1.0, margin: float = 0.0) -> float:
        """Return the two-sided p-value of ``B - ratio·A == margin``: the level at which the interval just touches the margin."""

        def excluded(level: float) -> bool:
            low, high = self.excess(ratio, confidence=1 - level)
            return low > margin or high < margin

        if not excluded(1 - 1e-9):
            return 1.0
        low, high = 0.0, 1.0  # on the scale of the exponent, because small p-values matter most
        while high - low > 1e-12 * high and high > 1e-12:
            middle = math.sqrt(low * high) if low else high / 16
            low, high = (low, middle) if excluded(middle) else (middle, high)
        return high


def _edge(out: float, best: float, excluded: Callable[[float], bool]) -> float:
    """Return the value between ``out``, where it is excluded, and ``best`` from which on it is not; ``out`` if it is not there."""
    if not excluded(out):
        return out
    inside = best
    while abs(out - inside) > 1e-9 * max(abs(inside), 1e-9):
        middle = (out + inside) / 2 if min(out, inside) <= 0 or max(out, inside) < 4 * min(out, inside) else math.sqrt(out * inside)
        out, inside = (middle, inside) if excluded(middle) else (out, middle)
    return inside


class ExactContrast(Contrast):
    """Values that are the same in every replicate because nothing is drawn.

    >>> ExactContrast(np.array([60.0]), np.array([90.0]), "s").difference()[:3]
    (30.0, 30.0, 30.0)
    """

    method = EXACT

    @property
    def lacks(self) -> str:
        return ""

    def statistics(self) -> tuple[float, float]:
        return float(self.a[0]), float(self.b[0])

    def limits(self, ratio: float, confidence: float) -> tuple[float, float]:
        a, b = self.statistics()
        return b - ratio * a, b - ratio * a
