"""Designs: at which points of the unit cube, with an axis per input, to evaluate a response, and what the responses show of each input.

Both designs come with `Design.pairs`: points that differ in one input only. The difference of the responses of a pair is the effect of
that input, and the noise of that difference is what the noise floor is made of.

- `morris`: trajectories on a grid (Morris 1991). An elementary effect is the change of the response over half of an input's distribution,
  times two: the change over all of it, were it a straight line. No effect is counted twice: a few inputs have few of them.
- `sobol`: Saltelli's scheme on a scrambled Sobol sequence; the indices are shares of the response's variance.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from rolloutsim.analysis import Estimate, bootstrap
from rolloutsim.errors import UsageError

if TYPE_CHECKING:
    from types import ModuleType

    from rolloutsim.analysis.replicates import FloatArray, IntArray

_LEVELS = 4
#: Quantiles that no input leaves: a distribution may reach from zero to infinity.
_EDGE = 2.0**-32


class Design(NamedTuple):
    """Points of the unit cube.

    Attributes
    ----------
    method
        ``morris`` or ``sobol``.
    points
        One row per point, one column per input.
    pairs
        By input and pair, the numbers of two points that differ in this input only.
    seed
        That of the points.
    """

    method: Literal["morris", "sobol"]
    points: FloatArray
    pairs: IntArray
    seed: int


class Index(NamedTuple):
    """What a design shows of one input.

    Attributes
    ----------
    name
        ``mu_star``, ``mu`` and ``sigma`` of the elementary effects, in the response's unit, or ``ST`` and ``S1``, shares of its variance.
    estimate
        With its interval; `Estimate.n` counts trajectories or samples. Effects that are all the same have no interval to speak of, and a
        note about that.
    floor
        What the index would be, on average, of an input that changes the replicates but not what is expected of them; 0 for ``mu`` and
        ``S1``, which noise moves both ways.
    """

    name: str
    estimate: Estimate
    floor: float

    @property
    def decided(self) -> bool:
        """Whether the interval lies beyond the noise floor: otherwise the input may do nothing."""
        return self.estimate.low > self.floor or self.estimate.high < -self.floor


def most_trajectories(inputs: int) -> int:
    """Return how many trajectories there are that have no elementary effect in common.

    >>> [most_trajectories(inputs) for inputs in (1, 2, 3)]
    [2, 8, 32]
    """
    return 1 << 2 * inputs - 1


def morris(inputs: int, trajectories: int, seed: int) -> Design:
    """Return Morris' trajectories, each of which moves every input once; all that there are if more are asked for.

    Every input has 4 levels, in two pairs half of its range apart. A choice of a pair for each input is a cell, whose corners a trajectory
    walks along, from one to the opposite one. From all corners with an even number of raised inputs, and in the same order of the inputs,
    the walks pass every edge of the cell exactly once: no effect belongs to two of them, and all of them have every effect of the grid.

    Raises
    ------
    UsageError
        For fewer than 2 trajectories.

    Examples
    --------
    >>> design = morris(3, 10, seed=1)
    >>> design.points.shape, sorted(set(design.points.ravel().tolist()))
    ((40, 3), [0.125, 0.375, 0.625, 0.875])
    """
    if trajectories < 2:
        raise UsageError(f"{trajectories} trajectories have no spread: ask for at least 2, better 10 or more")
    rng = np.random.default_rng(seed)
    ranks: dict[tuple[int, ...], IntArray] = {}  # of the inputs in the order in which they move, by cell
    walks: dict[tuple[int, ...], tuple[IntArray, IntArray]] = {}  # levels and ranks, by start
    while len(walks) < min(trajectories, most_trajectories(inputs)):
        cell, corner = rng.integers(2, size=(2, inputs))
        corner[-1] ^= corner.sum() % 2
        rank = ranks.setdefault(tuple(cell.tolist()), rng.permutation(inputs))
        corners = corner ^ (np.arange(inputs + 1)[:, None] > rank)
        walks[tuple((cell + 2 * corner).tolist())] = cell + 2 * corners, rank
    levels, moves = (np.array(part) for part in zip(*walks.values(), strict=True))
    before = (np.arange(len(walks))[:, None] * (inputs + 1) + moves).T
    points = (levels.reshape(-1, inputs) + 0.5) / _LEVELS
    return Design("morris", points, np.stack([before, before + 1], axis=2), seed)


def sobol(inputs: int, samples: int, seed: int) -> Design:
    """Return Saltelli's points: two independent samples A and B, and A with one input from B, for each input.

    Parameters
    ----------
    samples
        Size of A: a power of two, at which a Sobol sequence is balanced.

    Raises
    ------
    UsageError
        For another number of samples, or if SALib is not installed.

    Examples
    --------
    >>> sobol(3, 64, seed=1).points.shape
    (320, 3)
    """
    if samples < 2 or samples & (samples - 1):
        near = 2 ** max(1, round(math.log2(max(samples, 2))))
        raise UsageError(f"{samples} samples: a Sobol sequence is balanced at powers of two only: ask for {near}")
    points = _salib("sample.sobol").sample(_problem(inputs), samples, calc_second_order=False, seed=_short(seed))
    a = np.arange(samples) * (inputs + 2)
    pairs = np.stack([np.stack([a, a + 1 + number], axis=1) for number in range(inputs)])
    return Design("sobol", points, pairs, seed)


def indices(design: Design, response: FloatArray, resampled: FloatArray | None = None) -> list[list[Index]]:
    """Return the indices of each input, the one to judge it by first.

    Parameters
    ----------
    response
        One value per point.
    resampled
        One row per point: its response by other replicates, the same ones at every point in each column. Without it there is no noise.

    Examples
    --------
    >>> design = morris(2, 10, seed=1)
    >>> first, second = indices(design, design.points @ [3.0, -1.0])
    >>> first[0].name, round(first[0].estimate.best, 9), round(second[0].estimate.best, 9)
    ('mu_star', 3.0, 1.0)
    """
    variance = _variance_of_effects(design, resampled)
    return _morris_indices(design, response, variance) if design.method == "morris" else _sobol_indices(design, response, variance)


def direction(found: list[Index]) -> str:
    """Return whether the response ``rises`` or ``falls`` with an input, or goes ``both ways``; empty where that is not known.

    >>> design = morris(2, 10, seed=1)
    >>> [direction(found) for found in indices(design, design.points @ [3.0, -1.0])]
    ['rises', 'falls']
    """
    by_name = {index.name: index for index in found}
    if "mu" not in by_name or not found[0].decided:
        return ""
    ratio = by_name["mu"].estimate.best / by_name["mu_star"].estimate.best
    # All elementary effects have one sign, or nearly all of what they are.
    return "both ways" if abs(ratio) < 0.9 else "rises" if ratio > 0 else "falls"


def noise_share(response: FloatArray, resampled: FloatArray) -> float:
    """Return how much of the response's variance over the points comes from the replicates alone; NaN if it does not vary.

    What all points share is no noise here: it moves no difference between them.
    """
    if np.ptp(response) == 0:
        return math.nan
    own = resampled - resampled.mean(axis=0)
    return float(np.var(own, axis=1, ddof=1).mean() / np.var(response))


def _variance_of_effects(design: Design, resampled: FloatArray | None) -> FloatArray:
    """Return, by input and pair, how much the difference of the two responses varies with the replicates."""
    first, second = design.pairs[..., 0], design.pairs[..., 1]
    if resampled is None:
        return np.zeros(first.shape)
    return np.array([np.var(resampled[b] - resampled[a], axis=1, ddof=1) for a, b in zip(first, second, strict=True)])


def _morris_indices(design: Design, response: FloatArray, variance: FloatArray) -> list[list[Index]]:
    found = []
    for number, (first, second) in enumerate(np.moveaxis(design.pairs, 2, 1)):
        step = design.points[second, number] - design.points[first, number]
        effects = _rounded((response[second] - response[first]) / step, response)
        noise = np.sqrt(variance[number]) / np.abs(step)
        found.append(
            [
                # The mean of |x| is this of a normal x around zero.
                Index("mu_star", _over(np.abs(effects), np.mean), math.sqrt(2 / math.pi) * float(noise.mean())),
                Index("mu", _over(effects, np.mean), 0.0),
                Index("sigma", _over(effects, _deviation), float(np.sqrt(np.mean(noise**2)))),
            ]
        )
    return found


def _over(effects: FloatArray, statistic: Callable[..., Any]) -> Estimate:
    """Return a statistic over trajectories; of equal effects a bootstrap knows no more than that they are equal."""
    found = bootstrap(effects, statistic)
    return found._replace(note=f"the same in all {found.n}") if np.ptp(effects) == 0 else found


def _rounded(effects: FloatArray, response: FloatArray) -> FloatArray:
    """Return effects without the rounding errors of the responses that they are differences of: equal effects are to be equal."""
    largest = float(np.abs(response).max())
    return np.round(effects, 12 - math.ceil(math.log10(largest))) if largest else effects


def _deviation(values: FloatArray, axis: int = -1) -> FloatArray:
    # Seen from one of them, so that equal values deviate by exactly nothing.
    return np.asarray(np.std(values - np.take(values, [0], axis=axis), axis=axis, ddof=1))


def _sobol_indices(design: Design, response: FloatArray, variance: FloatArray) -> list[list[Index]]:
    inputs, samples, _ = design.pairs.shape
    if np.ptp(response) == 0:
        constant = Estimate(math.nan, math.nan, math.nan, samples, "bootstrap", "the response does not vary")
        return [[Index("ST", constant, math.nan), Index("S1", constant, math.nan)] for _ in range(inputs)]
    found = _salib("analyze.sobol").analyze(
        _problem(inputs),
        response,
        calc_second_order=False,
        num_resamples=1000,
        seed=_short(design.seed) + 1,  # SALib takes 0 for none
    )

    def estimate(name: str, number: int) -> Estimate:
        best, half = float(found[name][number]), float(found[f"{name}_conf"][number])
        return Estimate(best - half, best, best + half, samples, "bootstrap")

    sampled = np.concatenate([response[:: inputs + 2], response[inputs + 1 :: inputs + 2]])  # A and B
    floors = variance.mean(axis=1) / (2 * np.var(sampled))
    return [
        [Index("ST", estimate("ST", number), float(floors[number])), Index("S1", estimate("S1", number), 0.0)] for number in range(inputs)
    ]


def _problem(inputs: int) -> dict[str, object]:
    """Return the unit cube, without its edges, as SALib wants it described."""
    return {"num_vars": inputs, "names": [f"x{number}" for number in range(inputs)], "bounds": [[_EDGE, 1 - _EDGE]] * inputs}


def _short(seed: int) -> int:
    return seed % (1 << 32)


def _salib(module: str) -> ModuleType:
    from importlib import import_module

    try:
        return import_module(f"SALib.{module}")
    except ImportError:
        raise UsageError("Sobol indices need SALib, which is not installed: pip install 'rolloutsim[sensitivity]'") from None
