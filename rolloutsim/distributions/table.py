"""Distributions as rows of a flat table, and the one inverse distribution function that reads them.

A table is a flat sequence of numbers: a list for plain Python, an array for compiled code, read by the same code. A row begins with a
kind and the support, and goes on with four numbers whose meaning depends on the kind. Compositions refer to other rows; the kernel `ppf`
walks down to a simple row in a loop. One sequence, and no column for each number, because compiled code counts a reference to every array
that it passes to a function: eleven columns cost about 80 ns per call, one sequence a few.
"""

from __future__ import annotations

import math
from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from rolloutsim.distributions.incomplete import betaincinv, gammaincinv
from rolloutsim.distributions.normal import biased_normal, normal_quantile
from rolloutsim.distributions.quantiles import SMALLEST_SHAPE, beta_quantiles, gamma_quantiles, is_tabulated, tabulated_quantile
from rolloutsim.elementary import exp, log1p, power
from rolloutsim.kernel import inlined, kernel

__all__ = ["Table", "TableBuilder", "ppf", "ppf_many"]

#: Rows of distributions, one after the other, with the values of the empirical ones in between.
Table: TypeAlias = Sequence[float]

# The kinds, with what a, b, c and d of their rows mean. "of" and the like are numbers of rows.
CONSTANT = 0.0  # a: value
EXPONENTIAL = 1.0  # a: mean
LOGNORMAL = 2.0  # a: median, b: sigma
UNIFORM = 3.0  # a: low, b: width
WEIBULL = 4.0  # a: scale, b: 1 / shape
GAMMA = 5.0  # a: scale, b: shape, c: where its quantiles begin, -1 = not tabulated
EMPIRICAL = 6.0  # a: where its values begin, b: how many
NORMAL = 7.0  # a: sd, b: mu / sd, c: P(Z < -mu / sd), d: P(Z > -mu / sd)
BETA = 8.0  # a: scale, b and c: the parameters, d: where its quantiles begin, -1 = not tabulated
TRIANGULAR = 9.0  # a: low, b: share below the mode, c and d: width times that of either side
PARETO = 10.0  # a: scale, b: -1 / shape
POWER_LAW = 11.0  # a: high, b: exponent, c: (low / high) ** exponent
FLAT_POWER_LAW = 12.0  # the same for an exponent near 0. c: (low / high) ** exponent - 1, d: log(low / high)
GENERALIZED_GAMMA = 13.0  # a: scale, b: shape, c: where the quantiles of its gamma variable begin, as above, d: power
BIASED_NORMAL = 14.0  # a: sd, b: mu / sd
DISCRETE = 15.0  # a: where its values begin, b: how many; their cumulative shares follow them
COMPOSITE = 16.0  # kinds from here on refer to other rows
SHIFTED = 16.0  # a: by, b: of
TRUNCATED = 17.0  # a: P(below low), b: P(in between), c: of
MIXTURE = 18.0  # a: share of the first part, b: first part, c: the others

SMALLEST_UNIFORM = 1.1102230246251565e-16  # 2 ** -53
LARGEST_UNIFORM = 1.0 - SMALLEST_UNIFORM
NEARLY_ZERO = 1e-300  # what a truncation may ask for in the lower tail


@dataclass
class TableBuilder:
    """Collects rows; `Distribution.encode` adds them.

    Examples
    --------
    >>> from rolloutsim.distributions import Exponential, Shifted
    >>> builder = TableBuilder()
    >>> row = Shifted(Exponential(60.0), by=5.0).encode(builder)
    >>> round(ppf(builder.build_lists(), row, 0.5), 3)
    46.589
    """

    _numbers: list[float] = field(default_factory=list)
    _quantiles: dict[tuple[float, ...], int] = field(default_factory=dict)

    def add(self, kind: float, support: tuple[float, float], a: float, b: float = 0.0, c: float = 0.0, d: float = 0.0) -> int:
        """Add a row and return its number."""
        return self.pool((kind, *support, a, b, c, d))

    def pool(self, values: Sequence[float]) -> int:
        """Add bare values and return where they begin."""
        start = len(self._numbers)
        self._numbers.extend(float(value) for value in values)
        return start

    def quantiles(self, *shape: float) -> int:
        """Return where the quantiles of a gamma variable (one shape) or a beta variable (two) begin; -1 if they are not tabulated."""
        if min(shape) < SMALLEST_SHAPE:
            return -1
        if shape not in self._quantiles:
            self._quantiles[shape] = self.pool(gamma_quantiles(*shape) if len(shape) == 1 else beta_quantiles(*shape))
        return self._quantiles[shape]

    def clip(self, row: int, support: tuple[float, float]) -> int:
        """Narrow a row's support, which bounds whatever it returns."""
        self._numbers[row + 1 : row + 3] = support
        return row

    def build_lists(self) -> Table:
        """Return the table for plain Python."""
        return list(self._numbers)

    def build_arrays(self) -> Table:
        """Return the table for compiled code: a float64 array."""
        import numpy as np

        return cast("Table", np.array(self._numbers, dtype=np.float64))


@kernel
def ppf(table: Table, row: int, u: float) -> float:
    """Return the variate of a row that belongs to a uniform variate.

    Parameters
    ----------
    table
        From a `TableBuilder`.
    row
        What `Distribution.encode` returned.
    u
        In the open interval (0, 1), at least 2**-53 away from both ends.

    Returns
    -------
    float
        Finite and within the row's support.
    """
    kind = table[row]
    a = table[row + 3]
    if kind == CONSTANT:
        return a
    low = table[row + 1]
    high = table[row + 2]
    shift = 0.0
    while kind >= COMPOSITE:
        if kind == SHIFTED:
            shift += a
            row = int(table[row + 4])
        elif kind == TRUNCATED:
            u = min(max(a + u * table[row + 4], NEARLY_ZERO), LARGEST_UNIFORM)
            row = int(table[row + 5])
        elif u < a:
            u = min(max(u / a, SMALLEST_UNIFORM), LARGEST_UNIFORM)
            row = int(table[row + 4])
        else:
            u = min(max((u - a) / (1.0 - a), SMALLEST_UNIFORM), LARGEST_UNIFORM)
            row = int(table[row + 5])
        kind = table[row]
        a = table[row + 3]
    if kind == EXPONENTIAL:
        x = _exponential(a, u)
    elif kind == LOGNORMAL:
        x = _lognormal(a, table[row + 4], u)
    elif kind == UNIFORM:
        x = a + u * table[row + 4]
    elif kind == WEIBULL:
        x = a * power(-log1p(-u), table[row + 4])
    elif kind == GAMMA:
        x = a * _gamma(table, row, u)
    elif kind == CONSTANT:
        x = a
    elif kind == EMPIRICAL:
        x = table[int(a) + max(math.ceil(u * table[row + 4]) - 1, 0)]
    elif kind == NORMAL:
        above = (1.0 - u) * table[row + 6]
        z = -normal_quantile(above) if above < 0.5 else normal_quantile(table[row + 5] + u * table[row + 6])
        x = a * (table[row + 4] + z)
    elif kind == BETA:
        if table[row + 6] >= 0.0 and is_tabulated(u):
            x = a * tabulated_quantile(table, int(table[row + 6]), u)
        else:
            x = a * betaincinv(table[row + 4], table[row + 5], u)
    elif kind == TRIANGULAR:
        x = a + math.sqrt(u * table[row + 5]) if u < table[row + 4] else table[row + 2] - math.sqrt((1.0 - u) * table[row + 6])
    elif kind == PARETO:
        x = a * power(1.0 - u, table[row + 4])
    elif kind == POWER_LAW:
        x = a * power(u + (1.0 - u) * table[row + 5], 1.0 / table[row + 4])
    elif kind == FLAT_POWER_LAW:
        # The logarithm of x / high: its limit where the exponent is zero.
        x = a * exp(log1p((1.0 - u) * table[row + 5]) / table[row + 4] if table[row + 4] != 0.0 else (1.0 - u) * table[row + 6])
    elif kind == GENERALIZED_GAMMA:
        x = a * power(_gamma(table, row, u), table[row + 6])
    elif kind == BIASED_NORMAL:
        x = a * biased_normal(table[row + 4], u)
    else:
        x = _discrete(table, int(a), int(table[row + 4]), u)
    return _clipped(x + shift, low, high)


@kernel
def ppf_many(table: Table, row: int, u: Sequence[float], x: MutableSequence[float], count: int) -> None:
    """Fill in the variates of a row that belong to `count` uniform variates, to the bit as `ppf` returns them.

    What is common in scenarios has a loop without branches, of which a processor does several turns at once.
    """
    kind, a, low, high = table[row], table[row + 3], table[row + 1], table[row + 2]
    if kind == EXPONENTIAL:
        for i in range(count):
            x[i] = _clipped(_exponential(a, u[i]), low, high)
    elif kind == LOGNORMAL:
        sigma = table[row + 4]
        for i in range(count):
            x[i] = _clipped(_lognormal(a, sigma, u[i]), low, high)
    else:
        for i in range(count):
            x[i] = ppf(table, row, u[i])


@inlined
def _clipped(x: float, low: float, high: float) -> float:
    return low if x < low else high if x > high else x


@inlined
def _exponential(mean: float, u: float) -> float:
    return -mean * log1p(-u)


@inlined
def _lognormal(median: float, sigma: float, u: float) -> float:
    return median * exp(sigma * normal_quantile(u))


@inlined
def _gamma(table: Table, row: int, u: float) -> float:
    """Return the variate of scale 1 of a row that begins as one of a gamma variable."""
    if table[row + 5] >= 0.0 and is_tabulated(u):
        return tabulated_quantile(table, int(table[row + 5]), u)
    return gammaincinv(table[row + 4], u)


@kernel
def _discrete(table: Table, start: int, count: int, u: float) -> float:
    """Return the first of `count` values whose cumulative share, stored behind the values, is at least u (the last share is 1)."""
    low = 0
    high = count - 1
    while low < high:
        middle = (low + high) // 2
        if table[start + count + middle] < u:
            low = middle + 1
        else:
            high = middle
    return table[start + low]
