"""Two scenarios with the same random numbers: differences and ratios, replicate by replicate.

Everything follows from one thing, the `Contrast` of two statistics: an interval of ``B - r·A`` for any ratio ``r``. With r = 1 it is the
difference; the ratio's interval holds the r for which it contains zero (Fieller 1954); B is worse than A by more than 5 % if it lies
above zero for r = 1.05; and a p-value is the level at which the interval just touches a value.

- `MeanContrast`: Student's t on the pairs, widened and stratified as means are. Where the conditions choose other replicates in A than
  in B, on what each replicate contributes to the two means (their influence functions), which is the same where they choose the same.
- `ExactContrast`: where nothing is drawn on either side.
- `ProbabilityContrast`: on the discordant pairs, exact: which way they go (McNemar's test, by the binomial) and how many there are.
- `QuantileContrast`: a percentile bootstrap of the pairs; quantiles of correlated samples err together, so it holds the difference
  well (95 % and more), where it would be too short for a single quantile.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rolloutsim.analysis.contrasts import Contrast, ExactContrast
from rolloutsim.analysis.estimates import Estimate, proportion, quantile_needs
from rolloutsim.analysis.means import Strata, all_equal
from rolloutsim.analysis.paired_means import MeanContrast

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from rolloutsim.analysis.expressions import Query
    from rolloutsim.analysis.premises import Premises

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["Contrast", "ExactContrast", "MeanContrast", "ProbabilityContrast", "QuantileContrast", "Side", "contrast", "holm"]

RESAMPLES = 4999


class ProbabilityContrast(Contrast):
    """Probabilities, each a yes (1) or no (0) of a replicate, exact.

    Of n pairs m are discordant, b of them with a yes in B alone. Given m, b is binomial, so whether yes is more frequent in B is McNemar's
    exact test; how much more often is that times the share of discordant pairs, each by its exact interval. If A and B have other
    replicates with a value, what they share is not used: each probability has its exact interval.

    >>> a, b = np.repeat([0.0, 0.0, 1.0], [80, 12, 8]), np.repeat([0.0, 1.0, 1.0], [80, 12, 8])
    >>> found = ProbabilityContrast(a, b).difference()
    >>> round(found.low, 3), round(found.best, 3), round(found.high, 3)
    (0.03, 0.12, 0.2)
    """

    method = "discordant pairs"

    def statistics(self) -> tuple[float, float]:
        return _share(self.a), _share(self.b)

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


def _share(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


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


class Side(NamedTuple):
    """One of two scenarios.

    Attributes
    ----------
    values
        Of a query, from `rolloutsim.analysis.values`, by replicate.
    bad
        Of `rolloutsim.analysis.RELEASE`, by replicate.
    premises
        Of the scenario.
    """

    values: pd.Series[float]
    bad: pd.Series[float]
    premises: Premises


def contrast(query: Query, a: Side, b: Side, replicates: Sequence[int]) -> Contrast:
    """Return the contrast of a query's statistic between two scenarios.

    Parameters
    ----------
    replicates
        Those that were simulated of both.
    """
    known = np.asarray(replicates)
    if query.release is not None and query.status is None:
        # Which release a replicate gets is a draw of its own that nothing else depends on: where it is the same in both, pairs are fair.
        known = known[np.isin(known, a.values.index) & np.isin(known, b.values.index)]
    first: FloatArray = np.array(a.values.reindex(known), dtype=np.float64)
    second: FloatArray = np.array(b.values.reindex(known), dtype=np.float64)
    if a.premises.exact and b.premises.exact and all_equal(first) and all_equal(second):
        return ExactContrast(first, second, query.metric.unit)
    if query.metric.kind == "probability":
        return ProbabilityContrast(first, second)
    if query.q is not None:
        return QuantileContrast(first, second, query.q, query.metric.unit)
    strata = None if query.release is not None else _strata(a, b, known)
    bounds = tuple(query.metric.bounds(side.premises, query.group) for side in (a, b))
    return MeanContrast(first, second, query.metric.unit, strata=strata, bounds=(bounds[0], bounds[1]))


def _strata(a: Side, b: Side, replicates: IntArray) -> Strata | None:
    """Return the groups of pairs by the releases of both: one number decides, so what is bad in one is bad where that is likelier."""
    if not (a.premises.stratified or b.premises.stratified):
        return None
    labels = np.array(a.bad.reindex(replicates) + b.bad.reindex(replicates), dtype=np.int64)
    low, high = sorted((a.premises.bad, b.premises.bad))
    names = tuple(f"the {which}" for which in ("good release in both", "bad release in one", "bad release in both"))
    return Strata(labels, (1 - high, high - low, low), tuple(np.bincount(labels, minlength=3).tolist()), names)


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
