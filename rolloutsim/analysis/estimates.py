"""Every estimate carries its interval and its number of replicates.

The unit of evidence is the replicate. Robots of one replicate share their luck (the release, the network, the job's end), so
shares of robots are computed within each replicate and their spread is taken over replicates. Every interval is two-sided.

- `proportion`: one yes or no per replicate; Clopper and Pearson (1934), exact.
- `mean`: Student's t, widened where few replicates differ, and stratified by the release; see `rolloutsim.analysis.means`.
- `share`: a share per replicate; the same between 0 and 1.
- `quantile`: order statistics, exact for any distribution; infinite values ("never") are legal.
- `bootstrap`: any other statistic; BCa (Efron 1987).
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.analysis.means import UNBOUNDED, all_equal, clopper_pearson, mean_limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from rolloutsim.analysis.means import Strata

__all__ = ["CONFIDENCE", "EXACT", "Estimate", "bootstrap", "limits", "mean", "proportion", "quantile", "quantile_needs", "share"]

#: Probability with which an interval is to hold the true value.
CONFIDENCE = 0.95

#: The method for values that no random draw affects.
EXACT = "exact"

_NO_REPLICATES = "no replicates"


class Estimate(NamedTuple):
    """A statistic with its interval.

    Attributes
    ----------
    low, high
        Limits of the interval; NaN where there is no interval.
    best
        The estimate; NaN where it cannot be estimated, infinite where it is "never".
    n
        Replicates behind it.
    method
        How the interval was computed, e.g. ``clopper-pearson``.
    note
        What a reader must know beside the numbers, e.g. ``not reached in 3 of 100``.
    unit
        SI unit of the three numbers; empty for shares, probabilities and counts.
    """

    low: float
    best: float
    high: float
    n: int
    method: str = ""
    note: str = ""
    unit: str = ""

    @property
    def estimable(self) -> bool:
        """Whether there is a number at all."""
        return not math.isnan(self.best)

    @property
    def printed(self) -> Estimate:
        """What is to be printed: an exact value has no limits.

        >>> mean([2.0, 2.0], exact=True).printed
        Estimate(low=nan, best=2.0, high=nan, n=2, method='exact', note='exact', unit='')
        """
        return self._replace(low=math.nan, high=math.nan) if self.method == EXACT else self

    def to_json(self) -> dict[str, float | int | str | None]:
        """Return a dict for JSON, in which NaN is null and infinity ``"inf"``.

        >>> Estimate(1.0, 2.0, float("inf"), 40).to_json()
        {'low': 1.0, 'best': 2.0, 'high': 'inf', 'n': 40, 'method': '', 'note': '', 'unit': ''}
        """
        return {key: plain(value) if isinstance(value, float) else value for key, value in self._asdict().items()}


def plain(value: float) -> float | str | None:
    """Return a float as JSON can hold it: NaN is null, infinity ``"inf"`` or ``"-inf"``."""
    if math.isnan(value):
        return None
    return ("inf" if value > 0 else "-inf") if math.isinf(value) else value


def _exact(value: float, n: int, unit: str = "") -> Estimate:
    return Estimate(value, value, value, n, EXACT, "exact", unit)


def proportion(k: int, n: int, *, exact: bool = False, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate a probability from the number of replicates in which something happened.

    Parameters
    ----------
    k, n
        It happened in ``k`` of ``n`` replicates.
    exact
        Whether all replicates are known to be the same.
    confidence
        Confidence of the exact (Clopper-Pearson) interval.

    Raises
    ------
    ValueError
        Unless ``0 <= k <= n``.

    Examples
    --------
    Nothing in 300 replicates is not "0 %", but less than 1.22 %:

    >>> estimate = proportion(0, 300)
    >>> estimate.best, round(estimate.high, 4), estimate.note
    (0.0, 0.0122, '0 of 300')
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is not a proportion")
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, "clopper-pearson", _NO_REPLICATES)
    if exact and k in (0, n):
        return _exact(k / n, n)
    low, high = clopper_pearson(k, n, confidence)
    return Estimate(low, k / n, high, n, "clopper-pearson", f"{k} of {n}")


def limits(p: float, n: int, *, confidence: float = CONFIDENCE) -> Estimate:
    """Return the exact interval that n replicates would give if it happened in the share p of them (p times n need not be whole).

    >>> round(limits(0.0, 300).high, 4)
    0.0122
    """
    low, high = clopper_pearson(p * n, n, confidence)
    return Estimate(low, p, high, n, "clopper-pearson")


def mean(
    values: ArrayLike,
    *,
    unit: str = "",
    bounds: tuple[float, float] = UNBOUNDED,
    strata: Strata | None = None,
    exact: bool = False,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Estimate a mean from one value per replicate; `rolloutsim.analysis.means` has the method.

    NaN stands for "never happened", as in the tables, and so does infinity: one such value makes the mean infinite.

    Parameters
    ----------
    bounds
        Between which every value lies by its nature, e.g. 0 and the number of robots.
    strata
        Groups of replicates with known probabilities.
    exact
        Whether all replicates are known to be the same.

    Examples
    --------
    >>> estimate = mean([1.0, 2.0, 3.0, 4.0])
    >>> round(estimate.low, 3), estimate.best, round(estimate.high, 3), estimate.n
    (0.446, 2.5, 4.554, 4)

    What was the same in all replicates has an interval only between natural bounds:

    >>> mean([0.0] * 40).note, round(mean([0.0] * 40, bounds=(0.0, 10.0)).high, 2)
    ('no interval: the same in 40 of 40', 0.88)
    """
    x, never = _reached(values)
    n = len(x)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, "t", _NO_REPLICATES, unit)
    if exact and all_equal(x):
        return _exact(float(x[0]), n, unit)
    if never:
        return Estimate(math.inf, math.inf, math.inf, n, "t", never, unit)
    found = mean_limits(x, bounds=bounds, strata=strata, confidence=confidence)
    return Estimate(found.low, found.best, found.high, n, found.method, found.note, unit)


def share(values: ArrayLike, *, strata: Strata | None = None, exact: bool = False, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate the mean of a share, given as one share per replicate: a mean between 0 and 1.

    NaN means 'no robots'; it is left out, and the note mentions it. With no occurrence, the interval ends at the exact upper limit of
    the share of replicates with any.

    Parameters
    ----------
    strata
        Groups of replicates with known probabilities, of all values.
    exact
        Whether all replicates are known to be the same.

    Raises
    ------
    ValueError
        For values outside [0, 1].

    Examples
    --------
    >>> estimate = share([0.0] * 300)
    >>> estimate.best, round(estimate.high, 4), estimate.note
    (0.0, 0.0122, 'in 0 of 300 replicates')
    """
    x, note = _defined(values)
    n = len(x)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, "t", note or _NO_REPLICATES)
    if not (x.min() >= 0 and x.max() <= 1):
        raise ValueError(f"shares lie between 0 and 1, not at {x.min()} or {x.max()}")
    if exact and all_equal(x):
        return _exact(float(x[0]), n)
    if strata is not None and note:
        strata = strata._replace(labels=strata.labels[~np.isnan(np.asarray(values, dtype=float).ravel())])
    found = mean_limits(x, bounds=(0.0, 1.0), strata=strata, confidence=confidence)
    some = int((x > 0).sum())
    told = "" if found.note else f"in {some} of {n} replicates" if some < n else ""
    return Estimate(found.low, found.best, found.high, n, found.method, _join(found.note, told, note))


def quantile_needs(q: float, *, confidence: float = CONFIDENCE) -> int:
    """Return how many replicates the two-sided interval of a quantile needs.

    >>> [quantile_needs(q) for q in (0.5, 0.9, 0.95, 0.99)]
    [6, 36, 72, 368]
    """
    if not 0 < q < 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {q}")
    return math.ceil(math.log((1 - confidence) / 2) / math.log(max(q, 1 - q)))


def quantile(values: ArrayLike, q: float, *, unit: str = "", exact: bool = False, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate a quantile from one value per replicate, with the exact interval between two order statistics.

    Parameters
    ----------
    values
        NaN stands for "never happened", as in the tables, and counts as infinitely late; nothing is dropped, the note counts them.
    q
        Between 0 and 1, exclusive.
    exact
        Whether all replicates are known to be the same.

    Examples
    --------
    >>> quantile(range(1, 102), 0.9)
    Estimate(low=85.0, best=91.0, high=97.0, n=101, method='order statistics', note='', unit='')
    >>> quantile(range(100), 0.99).note
    'not estimable, needs 368'
    """
    needed = quantile_needs(q, confidence=confidence)
    x, never = _reached(values)
    n = len(x)
    if exact and all_equal(x):
        return _exact(float(x[0]), n, unit)
    if n < needed:
        reason = _join(f"not estimable, needs {needed}" if n else _NO_REPLICATES, never)
        return Estimate(math.nan, math.nan, math.nan, n, "order statistics", reason, unit)
    x = np.sort(x)
    lower, upper = _ranks(n, q, confidence)
    return Estimate(float(x[lower - 1]), _interpolated(x, q), float(x[upper - 1]), n, "order statistics", never, unit)


def _ranks(n: int, q: float, confidence: float) -> tuple[int, int]:
    """Return the ranks (from 1) between which the quantile lies: the tightest with at most half of the error on either side."""
    from scipy.special import bdtr

    # The number of values up to the quantile is binomial; its tails begin far inside of eight standard deviations.
    reach = 8 * math.sqrt(n * q * (1 - q)) + 8
    counts = np.arange(max(0, math.floor(n * q - reach)), min(n, math.ceil(n * q + reach)) + 1)
    below = bdtr(counts.astype(float), n, q)
    tail = (1 - confidence) / 2
    lower = int(counts[np.searchsorted(below, tail, side="right")])
    upper = int(counts[np.searchsorted(below, 1 - tail, side="left")]) + 1
    return max(lower, 1), min(upper, n)


def _interpolated(x: NDArray[np.float64], q: float) -> float:
    """Return the quantile of sorted values as `numpy.quantile` does, but with infinity beside a finite value giving infinity."""
    position = (len(x) - 1) * q
    i = min(math.floor(position), len(x) - 2)
    left, right = float(x[i]), float(x[i + 1])
    fraction = position - i
    if fraction == 0 or left == right:
        return left
    return left + fraction * (right - left)


def bootstrap(
    values: ArrayLike,
    statistic: Callable[..., Any],
    *,
    unit: str = "",
    confidence: float = CONFIDENCE,
    resamples: int = 4999,
    seed: int = 0,
) -> Estimate:
    """Estimate any statistic of one value per replicate, with a bias-corrected and accelerated bootstrap over replicates.

    Parameters
    ----------
    statistic
        Called with an array and the keyword ``axis``, as `numpy.std` is.
    resamples, seed
        The interval is a pure function of the values, these two and the statistic.

    Examples
    --------
    >>> import numpy as np
    >>> estimate = bootstrap(np.arange(50.0), np.std)
    >>> estimate.low < estimate.best < estimate.high
    True
    """
    from scipy import stats

    x, never = _reached(values)
    n = len(x)
    if n < 2 or never:
        return Estimate(math.nan, math.nan, math.nan, n, "bca", never or "not estimable, needs 2", unit)
    best = float(statistic(x, axis=-1))
    if x.min() == x.max():
        return Estimate(best, best, best, n, "bca", "", unit)
    with warnings.catch_warnings():
        # For a degenerate distribution SciPy warns, divides by zero and returns NaN; here that becomes a note.
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        # `random_state` is the name that all supported versions of SciPy know; a batch bounds the memory.
        found = stats.bootstrap(
            (x,),
            statistic,
            confidence_level=confidence,
            n_resamples=resamples,
            method="BCa",
            vectorized=True,
            batch=max(1, 2_000_000 // n),
            random_state=np.random.default_rng(seed),
        ).confidence_interval
    if math.isnan(found.low) or math.isnan(found.high):
        return Estimate(math.nan, best, math.nan, n, "bca", "no interval: the resamples hardly differ", unit)
    return Estimate(float(found.low), best, float(found.high), n, "bca", "", unit)


def _defined(values: ArrayLike) -> tuple[NDArray[np.float64], str]:
    """Return the values that are not NaN, and a note if NaN was among them."""
    x = np.asarray(values, dtype=float).ravel()
    missing = np.isnan(x)
    if not missing.any():
        return x, ""
    return x[~missing], f"defined in {len(x) - int(missing.sum())} of {len(x)}"


def _reached(values: ArrayLike) -> tuple[NDArray[np.float64], str]:
    """Return the values with infinity for NaN, and a note if there are any of these."""
    x = np.asarray(values, dtype=float).ravel()
    x = np.where(np.isnan(x), np.inf, x)
    infinite = int(np.isinf(x).sum())
    return x, f"not reached in {infinite} of {len(x)}" if infinite else ""


def _join(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
