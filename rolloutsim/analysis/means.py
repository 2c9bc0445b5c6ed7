"""Intervals of means: Student's t, widened where few replicates differ, stratified by the release, and none where nothing supports one.

Student's t takes the sample to be symmetric, and its spread for the spread of the quantity. Where nearly all replicates have one common
value and few differ, that is wrong: a sample without any of these has no spread, and t claims certainty. So:

- *Skewed.* The limit on the side of the longer tail is farther by the skewness term of Johnson (1978); the other one stays.
- *Few differ.* At least half of the replicates have a common value, and k of n lie on one side of it. On that side the limit is at least
  as far as "how often" and "how far" allow together: how often is at most the exact limit (Clopper and Pearson 1934) of k of n, how far
  is the mean distance of the k, with its own error by t. The two errors are combined as independent ones are (MOVER, Zou and Donner
  2008). A single distance does not show its spread; its error is taken to be twice its size.
- *None differs.* The quantity may lie at its natural bound in as many replicates as the exact limit of 0 of n allows. Without a bound
  there is no interval.
- *Two releases.* Where the bad release is drawn with known probability, the mean is that of the two strata, weighted by their
  probabilities, and the limits of the strata are combined by MOVER. A stratum of fewer than six replicates gives no interval.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["LEAST", "UNBOUNDED", "MeanLimits", "Strata", "all_equal", "clopper_pearson", "mean_limits"]

#: Replicates of a stratum below which its mean has no interval.
LEAST = 6

#: Bounds of a quantity of which nothing is known.
UNBOUNDED = (-math.inf, math.inf)

#: Values this close to each other, relative to the largest, differ by rounding alone.
_ROUNDING = 1e-9


class Strata(NamedTuple):
    """Groups of replicates that are drawn with known probabilities.

    Attributes
    ----------
    labels
        The group of each value, from 0.
    weights
        The probability of each group.
    sizes
        Replicates of each group, those without a value included.
    names
        What is drawn in each group, for notes, e.g. ``the bad release``.
    """

    labels: NDArray[np.int64]
    weights: tuple[float, ...]
    sizes: tuple[int, ...]
    names: tuple[str, ...]

    def each(self) -> FloatArray:
        """Return what each value counts for in a stratified mean."""
        weights = [weight / size if size else 0.0 for weight, size in zip(self.weights, self.sizes, strict=True)]
        return np.array(weights, dtype=np.float64)[self.labels]


class MeanLimits(NamedTuple):
    """A mean and its limits; NaN where there is no interval, and then the note gives the reason."""

    low: float
    best: float
    high: float
    method: str
    note: str = ""


def clopper_pearson(k: float, n: int, confidence: float) -> tuple[float, float]:
    """Return the exact limits of a probability from k of n, of which k need not be whole.

    >>> [round(limit, 4) for limit in clopper_pearson(0, 300, 0.95)]
    [0.0, 0.0122]
    """
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = float(betaincinv(k, n - k + 1, tail)) if k > 0 else 0.0
    high = float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
    return low, high


def all_equal(x: FloatArray) -> bool:
    """Return whether there are values that all are the same but for rounding.

    >>> import numpy as np
    >>> all_equal(np.array([0.3, 0.1 + 0.2])), all_equal(np.array([0.3, 0.31])), all_equal(np.array([]))
    (True, False, False)
    """
    if not len(x):
        return False
    low, high = float(x.min()), float(x.max())
    return low == high or high - low <= _ROUNDING * max(abs(low), abs(high))


def mean_limits(x: FloatArray, *, bounds: tuple[float, float] = UNBOUNDED, strata: Strata | None = None, confidence: float) -> MeanLimits:
    """Estimate a mean from one finite value per replicate, at least one.

    Parameters
    ----------
    bounds
        Between which every value lies by its nature; infinite where it has none.
    strata
        The groups that the replicates belong to; None if they are all of one kind.
    confidence
        Confidence of the interval.

    Examples
    --------
    One replicate of 40 differs, by 10; Student's t alone would reach from -0.26 to 0.76.

    >>> import numpy as np
    >>> found = mean_limits(np.repeat([0.0, 10.0], [39, 1]), bounds=(0.0, 100.0), confidence=0.95)
    >>> round(found.low, 2), found.best, round(found.high, 2)
    (0.0, 0.25, 3.09)
    """
    low, high = bounds
    if all_equal(x):
        return _of_equal(x, bounds, confidence)
    groups = _groups(x, strata)
    best = math.fsum(weight * _mean(values) for weight, values, _ in groups)
    method = "t" if strata is None else "stratified t"
    if strata is not None and (note := _lack(strata)):
        return MeanLimits(math.nan, best, math.nan, method, note)
    # Where a stratum without spread has no natural bound, it is taken to reach as far as the others do.
    reach = low if math.isfinite(low) else float(x.min()), high if math.isfinite(high) else float(x.max())
    sides = [(weight, *_sides(values, bounds, reach, confidence)) for weight, values, _ in groups]
    shares = _spread_of_shares(groups, best, confidence)
    down = math.hypot(shares, *(weight * below for weight, below, _ in sides))
    up = math.hypot(shares, *(weight * above for weight, _, above in sides))
    return MeanLimits(max(best - down, low), best, min(best + up, high), method)


def _of_equal(x: FloatArray, bounds: tuple[float, float], confidence: float) -> MeanLimits:
    """Return the limits of a value that no replicate differs from."""
    n, value = len(x), _mean(x)
    low, high = bounds
    # A single replicate bounds only what did not happen at all in it.
    supported = math.isfinite(low) and math.isfinite(high) and (n > 1 or value in bounds)
    if not supported:
        note = "one replicate has no interval" if n == 1 else f"no interval: the same in {n} of {n}"
        return MeanLimits(math.nan, value, math.nan, "t", note)
    differ = clopper_pearson(0, n, confidence)[1]
    # A value is within its bounds but for rounding.
    down, up = max(value - low, 0.0), max(high - value, 0.0)
    return MeanLimits(value - differ * down, value, value + differ * up, "none differs")


def _groups(x: FloatArray, strata: Strata | None) -> list[tuple[float, FloatArray, int]]:
    """Return the groups that have values: their shares among values, their values, and how many replicates they have."""
    if strata is None:
        return [(1.0, x, len(x))]
    found = [
        (weight, x[strata.labels == number], size)
        for number, (weight, size) in enumerate(zip(strata.weights, strata.sizes, strict=True))
        if size
    ]
    total = math.fsum(weight * len(values) / size for weight, values, size in found)
    return [(weight * len(values) / size / total, values, size) for weight, values, size in found if len(values)]


def _lack(strata: Strata) -> str:
    """Return why there is no interval; empty if there is one."""
    for number, (weight, size, name) in enumerate(zip(strata.weights, strata.sizes, strata.names, strict=True)):
        here = int((strata.labels == number).sum())
        few = size if size < LEAST else here if here else LEAST
        if weight > 0 and few < LEAST:
            return f"no interval: {few} with {name}, needs {LEAST}"
    return ""


def _spread_of_shares(groups: list[tuple[float, FloatArray, int]], best: float, confidence: float) -> float:
    """Return the error that comes from not knowing in which share of a stratum the quantity has a value; 0 if it always has one."""
    from scipy.special import ndtri

    variance = math.fsum(
        (weight * (_mean(values) - best)) ** 2 * (1 / len(values) - 1 / size) for weight, values, size in groups if len(groups) > 1
    )
    return float(ndtri((1 + confidence) / 2)) * math.sqrt(variance)


def _sides(x: FloatArray, bounds: tuple[float, float], reach: tuple[float, float], confidence: float) -> tuple[float, float]:
    """Return how far the mean of one stratum may lie below and above the sample's.

    Parameters
    ----------
    bounds
        Natural bounds of the quantity.
    reach
        The same, with the extreme values of all strata where there are none.
    """
    n = len(x)
    ordered = np.sort(x)
    ends = np.append(np.flatnonzero(np.diff(ordered) > _ROUNDING * np.abs(ordered).max()), n - 1)
    lengths = np.diff(ends, prepend=-1)
    last = int(ends[lengths.argmax()])
    first = last - int(lengths.max()) + 1
    common = float(ordered[first])
    if last - first == n - 1:
        differ = clopper_pearson(0, n, confidence)[1]
        return differ * max(common - reach[0], 0.0), differ * max(reach[1] - common, 0.0)
    half, skew = _half_width(x, confidence), _skewness_term(x, confidence)
    spread = half + max(-skew, 0.0), half + max(skew, 0.0)
    if last - first + 1 < max(2.0, n / 2):
        return spread
    below, above = common - ordered[:first], ordered[last + 1 :] - common
    down, up = _excess(below, n, common - bounds[0], confidence), _excess(above, n, bounds[1] - common, confidence)
    return max(spread[0], down), max(spread[1], up)


def _excess(distances: FloatArray, n: int, farthest: float, confidence: float) -> float:
    """Return how much more of what differs on one side the mean may hold than the sample's does.

    Parameters
    ----------
    distances
        From the common value, of the replicates that differ.
    farthest
        The largest distance that there can be.
    """
    k = len(distances)
    if not k:
        return 0.0
    most, size = clopper_pearson(k, n, confidence)[1], _mean(distances)
    error = _half_width(distances, confidence) if k > 1 else 2 * size
    return min(math.hypot((most - k / n) * size, most * error), most * farthest - k / n * size)


def _mean(x: FloatArray) -> float:
    # Not numpy's sum, whose last digits depend on the processor.
    return math.fsum(x.tolist()) / len(x)


def _moment(x: FloatArray, power: int) -> float:
    """Return the sum of powers of the deviations from the mean."""
    return math.fsum(((x - _mean(x)) ** power).tolist())


def _t(n: int, confidence: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, (1 + confidence) / 2))


def _half_width(x: FloatArray, confidence: float) -> float:
    """Return half of Student's interval of a mean."""
    n = len(x)
    return _t(n, confidence) * math.sqrt(_moment(x, 2) / (n - 1) / n)


def _skewness_term(x: FloatArray, confidence: float) -> float:
    """Return by how much a skewed sample shifts the limits of its mean, to first order (Johnson 1978)."""
    n = len(x)
    variance = _moment(x, 2) / (n - 1)
    return (1 + 2 * _t(n, confidence) ** 2) * _moment(x, 3) / n / (6 * n * variance)
