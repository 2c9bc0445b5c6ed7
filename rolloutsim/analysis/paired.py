"""Two scenarios on the same luck: differences and ratios, replicate by replicate.

Everything is told by one thing, the `Contrast` of two statistics: an interval of ``B - r·A`` for any ratio ``r``. With r = 1 it is the
difference; the ratio's interval holds the r for which it contains zero (Fieller 1954); B is worse than A by more than 5 % if it lies
above zero for r = 1.05; and a p-value is the level at which the interval just touches a value.

- `MeanContrast`: Student's t on the pairs. Where the conditions choose other replicates in A than in B, on what each replicate
  contributes to the two means (their influence functions), which is the same where they choose the same.
- `ProbabilityContrast`: on the discordant pairs, exact: which way they go (McNemar's test, by the binomial) and how many there are.
- `QuantileContrast`: a percentile bootstrap of the pairs; quantiles of correlated samples err together, so it holds the difference
  well (95 % and more), where it would be too short for a single quantile.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from rolloutsim.analysis.estimates import CONFIDENCE, Estimate, proportion, quantile_needs

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from rolloutsim.analysis.expressions import Query

    FloatArray = NDArray[np.float64]

__all__ = ["Contrast", "MeanContrast", "ProbabilityContrast", "QuantileContrast", "contrast", "holm"]

RESAMPLES = 4999

#: A ratio beyond this is not told from an infinite one, and one below this not from zero.
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
        """Why nothing can be said; empty if something can."""
        return "" if min(self.n_a, self.n_b) >= 2 else "not estimable, needs 2"

    def excess(self, ratio: float = 1.0, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """Return the interval of ``B - ratio·A``; NaN where nothing can be said."""
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


class MeanContrast(Contrast):
    """Means, by Student's t.

    >>> found = MeanContrast(np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 3.1, 4.0, 5.1]), "s").difference()
    >>> round(found.low, 3), round(found.best, 3), round(found.high, 3), found.n
    (0.958, 1.05, 1.142, 4)
    """

    method = "paired t"

    def statistics(self) -> tuple[float, float]:
        return _mean(self.a), _mean(self.b)

    def limits(self, ratio: float, confidence: float) -> tuple[float, float]:
        from scipy.special import stdtrit

        a, b = self.statistics()
        best = b - ratio * a
        if math.isinf(best):
            return best, best
        influence = _influence(self.b, b) - ratio * _influence(self.a, a)
        # Equal values have no spread; their computed variance is rounding, which would become an interval.
        same = bool(np.ptp(influence) <= 1e-12 * max(abs(a), abs(b)))
        error = 0.0 if same else float(influence.std(ddof=1)) / math.sqrt(len(influence))
        half = float(stdtrit(min(self.n_a, self.n_b) - 1, (1 + confidence) / 2)) * error
        return best - half, best + half


def _mean(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def _influence(values: FloatArray, mean: float) -> FloatArray:
    """Return what each replicate contributes to the deviation of a mean over the replicates that have a value."""
    known = ~np.isnan(values)
    return np.asarray(np.where(known, values - mean, 0.0) * (len(values) / known.sum()), dtype=np.float64)


class ProbabilityContrast(Contrast):
    """Probabilities, each a yes (1) or no (0) of a replicate, exact.

    Of n pairs m are discordant, b of them with a yes in B alone. Given m, b is binomial, so whether B says yes more often is McNemar's
    exact test; how much more often is that times the share of discordant pairs, each by its exact interval. If A and B have other
    replicates with a value, what they share is not used: each probability has its exact interval.

    >>> a, b = np.repeat([0.0, 0.0, 1.0], [80, 12, 8]), np.repeat([0.0, 1.0, 1.0], [80, 12, 8])
    >>> found = ProbabilityContrast(a, b).difference()
    >>> round(found.low, 3), round(found.best, 3), round(found.high, 3)
    (0.03, 0.12, 0.2)
    """

    method = "discordant pairs"

    def statistics(self) -> tuple[float, float]:
        return _mean(self.a), _mean(self.b)

    def limits(self, ratio: float, confidence: float) -> tuple[float, float]:
        paired = np.array_equal(np.isnan(self.a), np.isnan(self.b))
        if paired and ratio == 1:
            return self._difference(confidence)
        # From intervals of A, of B and, if there are pairs, of B - A; the chance that one of them errs is shared among them.
        each = 1 - (1 - confidence) / (3 if paired else 2)
        p_a, p_b = self._probability(self.a, each), self._probability(self.b, each)
        low, high = p_b.low - ratio * p_a.high, p_b.high - ratio * p_a.low
        if paired:
            difference = self._difference(each)
            rest = sorted(((1 - ratio) * p_a.low, (1 - ratio) * p_a.high))
            low, high = max(low, difference[0] + rest[0]), min(high, difference[1] + rest[1])
        return low, high

    @staticmethod
    def _probability(values: FloatArray, confidence: float) -> Estimate:
        known = values[~np.isnan(values)]
        return proportion(int(known.sum()), len(known), confidence=confidence)

    def _difference(self, confidence: float) -> tuple[float, float]:
        only_b, only_a = int((self.b > self.a).sum()), int((self.a > self.b).sum())
        discordant = proportion(only_a + only_b, self.n_a, confidence=confidence)
        way = proportion(only_b, only_a + only_b, confidence=confidence) if only_a + only_b else proportion(0, 1, confidence=1.0)
        low, high = 2 * way.low - 1, 2 * way.high - 1
        return (
            low * (discordant.high if low < 0 else discordant.low),
            high * (discordant.high if high > 0 else discordant.low),
        )


class QuantileContrast(Contrast):
    """A quantile, by the bootstrap.

    >>> x = np.random.default_rng(1).exponential(size=200)
    >>> found = QuantileContrast(x, x + 0.5, 0.9).difference()
    >>> round(found.low, 6), round(found.best, 6), round(found.high, 6)
    (0.5, 0.5, 0.5)
    """

    method = "paired bootstrap"

    def __init__(self, a: FloatArray, b: FloatArray, q: float, unit: str = "") -> None:
        super().__init__(a, b, unit)
        self.q = q

    @property
    def lacks(self) -> str:
        needed = quantile_needs(self.q)
        return "" if min(self.n_a, self.n_b) >= needed else f"not estimable, needs {needed}"

    def statistics(self) -> tuple[float, float]:
        return float(_quantiles(self.a[None, :], self.q)[0]), float(_quantiles(self.b[None, :], self.q)[0])

    def limits(self, ratio: float, confidence: float) -> tuple[float, float]:
        a, b = self._resampled
        with np.errstate(invalid="ignore"):
            found = b - ratio * a
        undefined = np.isnan(found)  # infinite in both, or no value in one: it may lie anywhere
        rank = math.floor((1 - confidence) / 2 * (RESAMPLES + 1))
        if rank < 1:
            return -math.inf, math.inf
        low, high = np.sort(np.where(undefined, -np.inf, found)), np.sort(np.where(undefined, np.inf, found))
        return float(low[rank - 1]), float(high[-rank])

    @cached_property
    def _resampled(self) -> tuple[FloatArray, FloatArray]:
        # Not scipy.stats.bootstrap: both quantiles of a resample are needed, and infinite ones.
        rng = np.random.default_rng(0)
        n = len(self.a)
        found: list[tuple[FloatArray, FloatArray]] = []
        step = max(1, 1_000_000 // n)
        for first in range(0, RESAMPLES, step):
            chosen = rng.integers(0, n, (min(step, RESAMPLES - first), n))
            found.append((_quantiles(self.a[chosen], self.q), _quantiles(self.b[chosen], self.q)))
        return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


def _quantiles(values: FloatArray, q: float) -> FloatArray:
    """Return the quantile of each row as `numpy.quantile` does, but without the row's NaN, and infinite beside an infinite value."""
    ordered = np.sort(values, axis=1)  # NaN last
    count = values.shape[1] - np.isnan(values).sum(axis=1)
    position = np.maximum(count - 1, 0) * q
    left = np.floor(position).astype(np.int64)
    right = np.minimum(left + 1, np.maximum(count - 1, 0))
    rows = np.arange(len(values))
    low, high = ordered[rows, left], ordered[rows, right]
    fraction = position - left
    step = np.where((fraction == 0) | (low == high), 0.0, fraction * np.subtract(high, low, where=low != high, out=np.zeros(len(low))))
    return np.asarray(low + step, dtype=np.float64)


def contrast(query: Query, a: pd.Series[float], b: pd.Series[float], replicates: Sequence[int]) -> Contrast:
    """Return the contrast of a query's statistic between two scenarios.

    Parameters
    ----------
    a, b
        From `rolloutsim.analysis.values`, by replicate.
    replicates
        Those that were simulated of both.
    """
    known = np.asarray(replicates)
    if query.release is not None and query.status is None:
        # Which release a replicate gets is a draw of its own that nothing else depends on: where it is the same in both, pairs are fair.
        known = known[np.isin(known, a.index) & np.isin(known, b.index)]
    first: FloatArray = np.array(a.reindex(known), dtype=np.float64)
    second: FloatArray = np.array(b.reindex(known), dtype=np.float64)
    if query.metric.kind == "probability":
        return ProbabilityContrast(first, second)
    if query.q is not None:
        return QuantileContrast(first, second, query.q, query.metric.unit)
    return MeanContrast(first, second, query.metric.unit)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for there being several (Holm 1979): the chance of any false alarm among them stays that of one.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[i]))
        adjusted[i] = highest
    return adjusted
