"""Distributions as rows of a flat table, and the one inverse distribution function that reads them.

A table is a flat sequence of numbers: a list for plain Python, an array for compiled code, read by the same code. A row begins with a
kind and the support, and goes on with four numbers whose meaning depends on the kind. Compositions refer to other rows; the kernel `ppf`
walks down to a simple row in a loop. One sequence, and no column for each number, because compiled code counts a reference to every array
that it passes to a function: eleven columns cost about 80 ns per call, one sequence a few.
"""

from __future__ import annotations

from collections.abc import Callable, MutableSequence, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from rolloutsim.distributions.quantiles import SMALLEST_SHAPE, beta_quantiles, gamma_quantiles
from rolloutsim.kernel import compiled_as, inlined, kernel

__all__ = ["CONSTANT", "MIXTURE", "SHIFTED", "TRUNCATED", "Inverse", "Table", "TableBuilder", "ppf", "ppf_many", "register"]

#: Rows of distributions, one after the other, with the values of the empirical ones in between.
Table: TypeAlias = Sequence[float]

#: Returns the variate that belongs to a uniform number, given the table, that number and the four numbers of a row.
Inverse: TypeAlias = Callable[..., float]

# The kinds of rows that refer to no function or to other rows; "of" and the like are numbers of rows.
CONSTANT = 0.0  # a: value
SHIFTED = -1.0  # a: by, b: of
TRUNCATED = -2.0  # a: P(below low), b: P(in between), c: of
MIXTURE = -3.0  # a: share of the first part, b: first part, c: the others

#: All other kinds count from 1: their functions, and those that are so common that many variates at once have a loop of their own.
_inverses: list[Inverse] = []
_common: list[Inverse] = []

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


def register(inverse: Inverse, *, common: bool = False) -> float:
    """Return the kind of the rows that a function reads.

    Parameters
    ----------
    inverse
        A kernel: called with a table, a uniform number, and the four numbers of a row.
    common
        Whether `ppf_many` has a loop without other branches for it, of which a processor does several turns at once.
    """
    _inverses.append(inverse)
    if common:
        _common.append(inverse)
    return float(len(_inverses))


def _compiled(source: str) -> Callable[..., Any]:
    """Return a function that calls those of the registry by name; compiled code cannot choose from a list of functions."""
    names = {f"inverse_{kind}": inverse for kind, inverse in enumerate(_inverses, 1)}
    exec(source, space := {"ppf": ppf, "clipped": _clipped, **names})
    return cast("Callable[..., Any]", space["compiled"])


def _inverse_compiled() -> Callable[..., float]:
    branches = [f"    if kind == {kind}: return inverse_{kind}(table, u, a, b, c, d)\n" for kind in range(1, len(_inverses) + 1)]
    return _compiled(
        "def compiled(table, row, u):\n"
        "    kind, a, b, c, d = int(table[row]), table[row + 3], table[row + 4], table[row + 5], table[row + 6]\n"
        f"{''.join(branches)}    return a\n"
    )


@compiled_as(_inverse_compiled, inlined=True)
def _inverse(table: Table, row: int, u: float) -> float:
    """Return the variate of a row that refers to no others, without its support."""
    kind = int(table[row])
    return _inverses[kind - 1](table, u, *table[row + 3 : row + 7]) if kind else table[row + 3]


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
    if kind == CONSTANT:
        return table[row + 3]
    low = table[row + 1]
    high = table[row + 2]
    shift = 0.0
    while kind < CONSTANT:
        a = table[row + 3]
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
    return _clipped(_inverse(table, row, u) + shift, low, high)


def _many_compiled() -> Callable[..., None]:
    loops = [
        f"    if kind == {_inverses.index(inverse) + 1}:\n"
        f"        for i in range(count): x[i] = clipped(inverse_{_inverses.index(inverse) + 1}(table, u[i], a, b, c, d), low, high)\n"
        "        return\n"
        for inverse in _common
    ]
    return _compiled(
        "def compiled(table, row, u, x, count):\n"
        "    kind, low, high = int(table[row]), table[row + 1], table[row + 2]\n"
        "    a, b, c, d = table[row + 3], table[row + 4], table[row + 5], table[row + 6]\n"
        f"{''.join(loops)}    for i in range(count): x[i] = ppf(table, row, u[i])\n"
    )


@compiled_as(_many_compiled)
def ppf_many(table: Table, row: int, u: Sequence[float], x: MutableSequence[float], count: int) -> None:
    """Fill in the variates of a row that belong to `count` uniform variates, to the bit as `ppf` returns them."""
    for i in range(count):
        x[i] = ppf(table, row, u[i])


@inlined
def _clipped(x: float, low: float, high: float) -> float:
    return low if x < low else high if x > high else x
