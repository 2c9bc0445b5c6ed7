"""Curves over time: how much of the fleet is InSync, and how many jobs have ended, both with what is known of them.

Inside a replicate the completion curve is a plain share, InSync(t)/N: a robot that fails does not leave the denominator, because
failing competes with succeeding and does not hide it (treating it as censored, as a Kaplan-Meier curve does, would promise more
than ever happens).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rolloutsim.analysis.estimates import CONFIDENCE, quantile
from rolloutsim.analysis.replicates import Replicates, ResultTables, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from rolloutsim.analysis.groups import Group

    FloatArray = NDArray[np.float64]

__all__ = ["CompletionCurve", "Ecdf", "completion_curve", "ecdf", "prediction_band"]


class CompletionCurve(NamedTuple):
    """The share of the robots that are InSync, over time; late ones count from the instant at which they converged.

    A robot that fails after that stays InSync, which is its verdict; `robots_by_state` shows how many run the release.

    Attributes
    ----------
    t_s
        Time since the job was created, in s.
    median
        Pointwise over replicates.
    low_50, high_50, low_90, high_90
        Between these order statistics the next replicate lies, at any one instant, with at least 50 % and 90 % probability. NaN with
        fewer than 3 and 19 replicates, which cannot bound that.
    median_low, median_high
        The 95 % interval of the median itself; NaN with fewer than 6 replicates.
    n
        Replicates.
    """

    t_s: FloatArray
    median: FloatArray
    low_50: FloatArray
    high_50: FloatArray
    low_90: FloatArray
    high_90: FloatArray
    median_low: FloatArray
    median_high: FloatArray
    n: int


def completion_curve(
    tables: ResultTables, *, group: Group | None = None, t_s: ArrayLike | None = None, until_s: float | None = None, points: int = 240
) -> CompletionCurve:
    """Compute the completion curve of the fleet or of a group.

    Parameters
    ----------
    tables
        The result tables.
    group
        Only its robots.
    t_s
        Instants, ascending. By default ``points`` of them, equally spaced, from 0 to ``until_s``.
    until_s
        By default the end of the longest job: a robot that converges weeks later would flatten the curve of all others.

    Raises
    ------
    UsageError
        If the table of robots is not there, or no such group.
    """
    return completion_curves(tables, [group], t_s=t_s, until_s=until_s, points=points)[0]


def completion_curves(
    tables: ResultTables,
    groups: Sequence[Group | None],
    *,
    t_s: ArrayLike | None = None,
    until_s: float | None = None,
    points: int = 240,
) -> list[CompletionCurve]:
    """Compute the completion curves of several groups, None for the fleet; the table of robots is read once. See `completion_curve`."""
    view = Replicates(tables)
    if t_s is None:
        ends = view.column("time_to_complete_s")
        end = until_s if until_s is not None else float(np.nanmax(ends)) if np.isfinite(ends).any() else 0.0
        grid = np.linspace(0.0, end, points)
    else:
        grid = np.array(t_s, dtype=np.float64)
    return [_curve(shares, grid) for shares in _shares(view, groups, grid)]


def _curve(shares: FloatArray, grid: FloatArray) -> CompletionCurve:
    """Return the curve of shares by replicate and instant."""
    n = len(shares)
    shares.sort(axis=0)
    nothing = np.full(len(grid), np.nan)
    low_50, high_50 = prediction_band(shares, 0.5) or (nothing, nothing)
    low_90, high_90 = prediction_band(shares, 0.9) or (nothing, nothing)
    # All instants share the ranks of the interval, so one quantile of the ranks themselves is enough.
    ranks = quantile(np.arange(n), 0.5)
    median_low, median_high = (shares[int(ranks.low)], shares[int(ranks.high)]) if ranks.estimable else (nothing, nothing)
    median = np.median(shares, axis=0) if n else nothing
    return CompletionCurve(grid, median, low_50, high_50, low_90, high_90, median_low, median_high, n)


def _shares(view: Replicates, groups: Sequence[Group | None], grid: FloatArray) -> list[FloatArray]:
    """Return for each group the share InSync by replicate (those with robots) and instant."""
    width = len(grid) + 1
    counts = [np.zeros((len(view), width), np.int32) for _ in groups]
    sizes = np.zeros((len(groups), len(view)))
    for (robots,) in view.pieces("robots"):
        robots = robots[[name for name in ("replicate", "cohort", "site", "converged_s") if name in robots]]
        for group, own_counts, own_sizes in zip(groups, counts, sizes, strict=True):
            rows, positions = view.of_group(robots, group)
            if not len(rows):
                continue
            converged = rows["converged_s"].to_numpy(dtype=float)
            known = ~np.isnan(converged)
            slots = np.searchsorted(grid, converged[known], side="left")
            first, last = int(positions.min()), int(positions.max()) + 1
            found = np.bincount((positions[known] - first) * width + slots, minlength=(last - first) * width)
            own_counts[first:last] += found.reshape(last - first, width).astype(np.int32)
            own_sizes[first:last] += np.bincount(positions - first, minlength=last - first)
    shares = (ratio(np.cumsum(own[:, :-1], axis=1).astype(float), size[:, None]) for own, size in zip(counts, sizes, strict=True))
    return [found[size > 0] for found, size in zip(shares, sizes, strict=True)]


def prediction_band(ordered: FloatArray, coverage: float) -> tuple[FloatArray, FloatArray] | None:
    """Return the order statistics between which one more replicate lies with at least this probability, (upper - lower rank)/(n + 1)."""
    n = len(ordered)
    lower = math.floor((n + 1) * (1 - coverage) / 2 + 1e-9)
    return (ordered[lower - 1], ordered[n - lower]) if lower >= 1 else None


class Ecdf(NamedTuple):
    """An empirical distribution function, a step function that jumps at each ``t_s``.

    Attributes
    ----------
    t_s
        Distinct finite values, ascending.
    share
        Of the replicates whose value is at most ``t_s``; ends below 1 if some never happened.
    low, high
        The band that holds the whole true curve at once with the confidence asked for.
    n
        Replicates, those that never happened included.
    """

    t_s: FloatArray
    share: FloatArray
    low: FloatArray
    high: FloatArray
    n: int


def ecdf(values: ArrayLike, *, confidence: float = CONFIDENCE) -> Ecdf:
    """Compute the distribution function of one value per replicate, with a simultaneous band.

    The band is that of Dvoretzky, Kiefer and Wolfowitz with the constant of Massart (1990): share ± sqrt(ln(2/(1 - confidence))/(2 n)).
    It holds for the curve as a whole, so a reader may look anywhere on it, and for any distribution.

    Parameters
    ----------
    values
        NaN and infinity are "never".

    Examples
    --------
    >>> curve = ecdf([3.0, 1.0, 1.0, float("nan")])
    >>> curve.t_s.tolist(), curve.share.tolist(), curve.n
    ([1.0, 3.0], [0.5, 0.75], 4)
    """
    x = np.asarray(values, dtype=float).ravel()
    n = len(x)
    t_s, counts = np.unique(x[np.isfinite(x)], return_counts=True)
    share = np.cumsum(counts) / max(n, 1)
    half = math.sqrt(math.log(2 / (1 - confidence)) / (2 * n)) if n else 1.0
    return Ecdf(t_s, share, np.maximum(share - half, 0.0), np.minimum(share + half, 1.0), n)
