"""Quantiles of gamma and beta variables from piecewise polynomials.

Their inverse distribution functions have no closed form; computing one takes as long as everything else that happens to a robot in a
phase. So they are tabulated once: for either tail, in each of `OCTAVES` octaves of the probability and each of `CELLS` equal parts of an
octave, by the Taylor polynomial about the middle. A quantile obeys a differential equation of second order that gives its coefficients
one after the other, in plain arithmetic. For the shapes that are tabulated it agrees with scipy to 1e-13.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from rolloutsim.distributions.incomplete import beta_density_factor, betaincinv, gamma_density_factor, gammaincinv
from rolloutsim.elementary import split
from rolloutsim.kernel import inlined, kernel

__all__ = [
    "SMALLEST_SHAPE",
    "beta_quantiles",
    "gamma_quantiles",
    "is_tabulated",
    "tabulated_quantile",
]

OCTAVES = 20
CELLS = 16

DEGREE = 8

#: Of the polynomials that lead from the middle of one cell to that of the next.
ORDER = 12

#: Nearer to zero the quantile goes with a higher power of the probability than nine nodes can follow.
SMALLEST_SHAPE = 0.3

#: Below, or as near to one, a probability is not in the tables.
SMALLEST_PROBABILITY = 0.5 ** (OCTAVES + 1)


@cache
def gamma_quantiles(shape: float) -> Sequence[float]:
    """Return the table of a gamma variable of scale 1."""
    a = shape

    def lower(p: float) -> tuple[float, float]:
        x = gammaincinv(a, p)
        return x, x / gamma_density_factor(a, x)

    def upper(p: float) -> tuple[float, float]:
        x = gammaincinv(a, 1.0 - p)
        return x, -x / gamma_density_factor(a, x)

    return [*_tabulate(lower, (0.0, 1.0, 0.0), (1.0 - a, 1.0)), *_tabulate(upper, (0.0, 1.0, 0.0), (1.0 - a, 1.0))]


@cache
def beta_quantiles(a: float, b: float) -> Sequence[float]:
    """Return the table of a beta variable."""
    return [*_beta_tail(a, b), *_mirrored(_beta_tail(b, a))]


def _beta_tail(a: float, b: float) -> list[float]:
    """Tabulate the lower tail: X where it reaches to zero or X is the smaller part, else 1 − X, which then keeps its digits."""
    rule = (0.0, 1.0, -1.0)
    if a < 5.0 or a <= b:

        def lower(p: float) -> tuple[float, float]:
            x = betaincinv(a, b, p)
            return x, x * (1.0 - x) / beta_density_factor(a, b, x, 1.0 - x)

        return _tabulate(lower, rule, (1.0 - a, a + b - 2.0))

    def upper(p: float) -> tuple[float, float]:
        y = betaincinv(b, a, 1.0 - p)
        return y, -y * (1.0 - y) / beta_density_factor(b, a, y, 1.0 - y)

    return _mirrored(_tabulate(upper, rule, (1.0 - b, a + b - 2.0)))


def _mirrored(table: list[float]) -> list[float]:
    """Return the table of 1 − X, given that of X."""
    return [(0.0 if place % (DEGREE + 1) else 1.0) - coefficient for place, coefficient in enumerate(table)]


def _tabulate(start: Callable[[float], tuple[float, float]], d: tuple[float, float, float], n: tuple[float, float]) -> list[float]:
    """Tabulate a tail's quantile x(p), whose density has the logarithmic derivative −(n₀ + n₁x) / (d₀ + d₁x + d₂x²).

    Then x″ (d₀ + d₁x + d₂x²) = x′² (n₀ + n₁x), which gives one coefficient of x about a place after the other. The first
    cell of each octave begins with what `start` returns for its middle; from there each polynomial leads to the next.

    Parameters
    ----------
    start
        Returns x and x′ at a probability.
    """
    table: list[float] = []
    for octave in range(OCTAVES):
        lowest = 0.5 ** (octave + 2)
        half = lowest / (2 * CELLS)
        x, slope = start(lowest + half)
        for _ in range(CELLS):
            series = _series(x, slope * half, d, n)
            table.extend(series[: DEGREE + 1])
            x = slope = 0.0
            for power in range(ORDER, -1, -1):
                slope = slope * 2.0 + x
                x = x * 2.0 + series[power]
            slope /= half
    return table


def _series(x: float, slope: float, d: tuple[float, float, float], n: tuple[float, float]) -> list[float]:
    """Return the coefficients of x(t) about a place, given it and its derivative there."""
    xs = [x, slope]
    slopes: list[float] = []  # of x′
    squares: list[float] = []  # of x′²
    above: list[float] = []  # of n₀ + n₁x
    below: list[float] = []  # of d₀ + d₁x + d₂x²
    bends: list[float] = []  # of x″
    for i in range(ORDER - 1):
        slopes.append((i + 1) * xs[i + 1])
        squares.append(_term(slopes, slopes, i))
        above.append(n[1] * xs[i] + (n[0] if i == 0 else 0.0))
        below.append(d[1] * xs[i] + (d[2] * _term(xs, xs, i) if d[2] else 0.0) + (d[0] if i == 0 else 0.0))
        bends.append(0.0)
        bends[i] = (_term(squares, above, i) - _term(below, bends, i)) / below[0]
        xs.append(bends[i] / ((i + 1) * (i + 2)))
    return xs


def _term(a: list[float], b: list[float], i: int) -> float:
    """Return coefficient i of the product of two series, summed up in order."""
    total = 0.0
    for j in range(i + 1):
        total += a[j] * b[i - j]
    return total


@kernel
def is_tabulated(u: float) -> bool:
    """Return whether a probability is in the tables."""
    return SMALLEST_PROBABILITY < u < 1.0 - SMALLEST_PROBABILITY


@inlined
def tabulated_quantile(table: Sequence[float], start: int, u: float) -> float:
    """Return the quantile of a tabulated probability.

    Parameters
    ----------
    table, start
        What `gamma_quantiles` or `beta_quantiles` returned, from a place of a sequence on.
    u
        Of which `is_tabulated`.

    Examples
    --------
    >>> round(tabulated_quantile(gamma_quantiles(2.0), 0, 0.5), 12)
    1.678346990017
    """
    place = start
    p = u
    if u >= 0.5:
        p = 1.0 - u  # exact
        place += OCTAVES * CELLS * (DEGREE + 1)
    mantissa, exponent = split(p)
    if exponent == 0.0:  # u = 0.5 is the end of an octave
        mantissa, exponent = 1.0, -1.0
    part = (mantissa - 0.5) * (2 * CELLS)
    cell = min(int(part), CELLS - 1)
    t = 2.0 * (part - cell) - 1.0
    place += ((-1 - int(exponent)) * CELLS + cell) * (DEGREE + 1)
    x = table[place + DEGREE]
    for power in range(DEGREE - 1, -1, -1):
        x = x * t + table[place + power]
    return x
