"""Means of two scenarios in the same replicates: Student's t on the pairs."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rolloutsim.analysis.contrasts import Contrast
from rolloutsim.analysis.estimates import CONFIDENCE, Estimate
from rolloutsim.analysis.means import UNBOUNDED, MeanLimits, Strata, mean_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["MeanContrast"]


class MeanContrast(Contrast):
    """Means, by Student's t on the pairs as `rolloutsim.analysis.means` widens and stratifies it.

    Parameters
    ----------
    a, b, unit
        As for every contrast.
    strata
        Groups of pairs with known probabilities.
    bounds
        Between which the values of A, and those of B, lie by their nature.

    Examples
    --------
    >>> found = MeanContrast(np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 3.1, 4.0, 5.1]), "s").difference()
    >>> round(found.low, 3), round(found.best, 3), round(found.high, 3), found.n
    (0.958, 1.05, 1.142, 4)
    """

    method = "paired t"

    def __init__(
        self,
        a: FloatArray,
        b: FloatArray,
        unit: str = "",
        *,
        strata: Strata | None = None,
        bounds: tuple[tuple[float, float], tuple[float, float]] = (UNBOUNDED, UNBOUNDED),
    ) -> None:
        super().__init__(a, b, unit)
        self.strata, self.bounds = strata, bounds

    def statistics(self) -> tuple[float, float]:
        return self._mean(self.a), self._mean(self.b)

    def limits(self, ratio: float, confidence: float) -> tuple[float, float]:
        a, b = self.statistics()
        best = b - ratio * a
        if math.isinf(best):
            return best, best
        found = self._limits(ratio, confidence)
        return found.low, found.high

    def difference(self, *, confidence: float = CONFIDENCE) -> Estimate:
        found = super().difference(confidence=confidence)
        if found.estimable and math.isnan(found.low):
            return found._replace(note=found.note or self._limits(1.0, confidence).note)
        return found

    def _limits(self, ratio: float, confidence: float) -> MeanLimits:
        known = ~np.isnan(self.a)
        if np.array_equal(known, ~np.isnan(self.b)):
            pairs, bounds = self.b[known] - ratio * self.a[known], _difference_bounds(*self.bounds, ratio)
            strata = self.strata and self.strata._replace(labels=self.strata.labels[known])
        else:
            a, b = self.statistics()
            influence = self._influence(self.b, b) - ratio * self._influence(self.a, a)
            pairs, bounds, strata = b - ratio * a + influence, UNBOUNDED, self.strata
        # What is left of equal values is rounding, which would become an interval.
        scale = max(np.nanmax(np.abs(self.a)), np.nanmax(np.abs(self.b)))
        pairs = np.where(np.abs(pairs) <= 1e-12 * scale, 0.0, pairs)
        return mean_limits(pairs, bounds=bounds, strata=strata, confidence=confidence)

    @cached_property
    def _weights(self) -> FloatArray:
        """What each pair counts for in a mean."""
        return np.ones(len(self.a)) if self.strata is None else self.strata.each()

    def _mean(self, values: FloatArray) -> float:
        known = ~np.isnan(values)
        if not known.any():
            return math.nan
        weights = self._weights[known]
        return math.fsum((weights * values[known]).tolist()) / math.fsum(weights.tolist())

    def _influence(self, values: FloatArray, mean: float) -> FloatArray:
        """Return what each replicate contributes to the deviation of a mean over the replicates that have a value."""
        known = ~np.isnan(values)
        share = math.fsum(self._weights[known].tolist()) / math.fsum(self._weights.tolist())
        return np.asarray(np.where(known, values - mean, 0.0) / share, dtype=np.float64)


def _difference_bounds(a: tuple[float, float], b: tuple[float, float], ratio: float) -> tuple[float, float]:
    """Return between which values ``B - ratio·A`` lies."""
    least, most = (ratio * limit if ratio else 0.0 for limit in a)
    return b[0] - most, b[1] - least
