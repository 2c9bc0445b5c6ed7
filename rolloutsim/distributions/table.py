"""Distributions as rows of a flat table, and the one inverse distribution function that reads them.

A row has a kind, four numbers whose meaning depends on the kind, its support, and up to two references. Compositions refer to other rows;
the kernel `ppf` walks down to a simple row in a loop. The columns are lists for plain Python and arrays for compiled code; the code is the
same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rolloutsim.distributions.special import betaincinv, biased_normal, gammaincinv, normal_quantile
from rolloutsim.kernel import kernel

__all__ = ["Table", "TableBuilder", "ppf"]

CONSTANT = 0  # a: value
EXPONENTIAL = 1  # a: mean
LOGNORMAL = 2  # a: median, b: sigma
UNIFORM = 3  # a: low, b: width
WEIBULL = 4  # a: scale, b: 1 / shape
GAMMA = 5  # a: scale, b: shape
EMPIRICAL = 6  # first: where its values begin, second: how many
NORMAL = 7  # a: sd, b: mu / sd, c: P(Z < -mu / sd), d: P(Z > -mu / sd)
BETA = 8  # a: scale, b and c: the parameters
TRIANGULAR = 9  # a: low, b: share below the mode, c and d: the squared widths of both sides, high
PARETO = 10  # a: scale, b: -1 / shape
POWER_LAW = 11  # a: high, b: exponent, c: (low / high) ** exponent
FLAT_POWER_LAW = 12  # the same for an exponent near 0. c: c - 1, d: log(low / high)
GENERALIZED_GAMMA = 13  # a: scale, b: shape, c: power
BIASED_NORMAL = 14  # a: sd, b: mu / sd
DISCRETE = 15  # first: where its values and cumulative shares begin, second: how many
COMPOSITE = 16  # kinds from here on refer to other rows
SHIFTED = 16  # a: by, first: of
TRUNCATED = 17  # a: P(below low), b: P(in between), first: of
MIXTURE = 18  # a: share of `first`, the rest is `second`

SMALLEST_UNIFORM = 1.1102230246251565e-16  # 2 ** -53
LARGEST_UNIFORM = 1.0 - SMALLEST_UNIFORM
NEARLY_ZERO = 1e-300  # what a truncation may ask for in the lower tail


class Table(NamedTuple):
    """Rows of distributions in columns, and the values of the empirical ones.

    Attributes
    ----------
    kind, a, b, c, d, low, high, first, second
        One entry a row.
    values, cumulative
        Pools that the rows of empirical distributions point into.
    """

    kind: Sequence[int]
    a: Sequence[float]
    b: Sequence[float]
    c: Sequence[float]
    d: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    first: Sequence[int]
    second: Sequence[int]
    values: Sequence[float]
    cumulative: Sequence[float]


class _Row(NamedTuple):
    kind: int
    a: float
    b: float
    c: float
    d: float
    low: float
    high: float
    first: int
    second: int


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

    _rows: list[_Row] = field(default_factory=list)
    _values: list[float] = field(default_factory=list)
    _cumulative: list[float] = field(default_factory=list)

    def add(
        self,
        kind: int,
        support: tuple[float, float],
        a: float = 0.0,
        b: float = 0.0,
        c: float = 0.0,
        d: float = 0.0,
        first: int = 0,
        second: int = 0,
    ) -> int:
        """Add a row and return its number."""
        self._rows.append(_Row(kind, float(a), float(b), float(c), float(d), float(support[0]), float(support[1]), first, second))
        return len(self._rows) - 1

    def pool(self, values: Sequence[float], cumulative: Sequence[float]) -> int:
        """Add values with their cumulative shares to the pools and return where they begin."""
        start = len(self._values)
        self._values.extend(values)
        self._cumulative.extend(cumulative)
        return start

    def clip(self, row: int, support: tuple[float, float]) -> int:
        """Narrow a row's support, which bounds whatever it returns."""
        self._rows[row] = self._rows[row]._replace(low=support[0], high=support[1])
        return row

    def build_lists(self) -> Table:
        """Return the table for plain Python."""
        columns: list[Any] = [list(column) for column in zip(*self._rows, strict=True)] or [[] for _ in _Row._fields]
        return Table._make([*columns, list(self._values), list(self._cumulative)])

    def build_arrays(self) -> Table:
        """Return the table for compiled code."""
        import numpy as np

        whole = {"kind", "first", "second"}
        columns: list[Any] = [
            np.array(column, dtype=np.int64 if name in whole else np.float64)
            for name, column in zip(Table._fields, self.build_lists(), strict=True)
        ]
        return Table._make(columns)


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
    kind = table.kind[row]
    if kind == CONSTANT:
        return table.a[row]
    low = table.low[row]
    high = table.high[row]
    shift = 0.0
    while kind >= COMPOSITE:
        a = table.a[row]
        if kind == SHIFTED:
            shift += a
            row = table.first[row]
        elif kind == TRUNCATED:
            u = min(max(a + u * table.b[row], NEARLY_ZERO), LARGEST_UNIFORM)
            row = table.first[row]
        elif u < a:
            u = min(max(u / a, SMALLEST_UNIFORM), LARGEST_UNIFORM)
            row = table.first[row]
        else:
            u = min(max((u - a) / (1.0 - a), SMALLEST_UNIFORM), LARGEST_UNIFORM)
            row = table.second[row]
        kind = table.kind[row]
    a = table.a[row]
    if kind == EXPONENTIAL:
        x = -a * math.log1p(-u)
    elif kind == LOGNORMAL:
        x = a * math.exp(table.b[row] * normal_quantile(u))
    elif kind == UNIFORM:
        x = a + u * table.b[row]
    elif kind == WEIBULL:
        x = a * (-math.log1p(-u)) ** table.b[row]
    elif kind == GAMMA:
        x = a * gammaincinv(table.b[row], u)
    elif kind == CONSTANT:
        x = a
    elif kind == EMPIRICAL:
        x = table.values[table.first[row] + max(math.ceil(u * table.second[row]) - 1, 0)]
    elif kind == NORMAL:
        above = (1.0 - u) * table.d[row]
        z = -normal_quantile(above) if above < 0.5 else normal_quantile(table.c[row] + u * table.d[row])
        x = a * (table.b[row] + z)
    elif kind == BETA:
        x = a * betaincinv(table.b[row], table.c[row], u)
    elif kind == TRIANGULAR:
        x = a + math.sqrt(u * table.c[row]) if u < table.b[row] else table.high[row] - math.sqrt((1.0 - u) * table.d[row])
    elif kind == PARETO:
        x = a * (1.0 - u) ** table.b[row]
    elif kind == POWER_LAW:
        x = a * (u + (1.0 - u) * table.c[row]) ** (1.0 / table.b[row])
    elif kind == FLAT_POWER_LAW:
        if table.b[row] == 0.0:
            x = a * math.exp((1.0 - u) * table.d[row])
        else:
            x = a * math.exp(math.log1p((1.0 - u) * table.c[row]) / table.b[row])
    elif kind == GENERALIZED_GAMMA:
        x = a * gammaincinv(table.b[row], u) ** table.c[row]
    elif kind == BIASED_NORMAL:
        x = a * biased_normal(table.b[row], u)
    else:
        x = table.values[_first_at_least(table.cumulative, table.first[row], table.second[row], u)]
    x += shift
    if x < low:
        return low
    if x > high:
        return high
    return x


@kernel
def _first_at_least(cumulative: Sequence[float], start: int, count: int, u: float) -> int:
    """Return the first index from `start` whose cumulative share is at least u (the last one is 1)."""
    low = start
    high = start + count - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] < u:
            low = middle + 1
        else:
            high = middle
    return low
