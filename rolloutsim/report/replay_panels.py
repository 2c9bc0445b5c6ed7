"""How the cells of a replay are laid out: panels of sites, with a block of rows for each class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from rolloutsim.analysis.replicates import IntArray

__all__ = ["EMPTY", "Panel", "panels_of"]

#: Panels at most.
_MOST = 24
#: An empty place of a panel, after the last cell of a block.
EMPTY = -1


class Panel(NamedTuple):
    """Cells that are drawn side by side.

    Attributes
    ----------
    title
        What they have in common.
    rows
        What its blocks are; empty for a single block.
    width
        Cells side by side.
    blocks
        For each block the first of its cells, and how many they are. A block begins at the left of a row.
    """

    title: str
    rows: str
    width: int
    blocks: tuple[tuple[int, int], ...]

    @property
    def places(self) -> IntArray:
        """Which cell is at each row and column, `EMPTY` for none."""
        rows = []
        for first, count in self.blocks:
            padded = np.full(-(-count // self.width) * self.width, EMPTY, dtype=np.int64)
            padded[:count] = np.arange(first, first + count)
            rows.append(padded.reshape(-1, self.width))
        return np.concatenate(rows)

    def to_json(self) -> dict[str, Any]:
        """Return a dict for JSON."""
        return {**self._asdict(), "blocks": [list(block) for block in self.blocks]}


def panels_of(groups: Sequence[tuple[str, str, int]], per_cell: int) -> list[Panel]:
    """Return the panels: one per site, with a block per class; of many sites one per class; of many of both a single one.

    Parameters
    ----------
    groups
        Site, class and robots of each.
    per_cell
        Robots of a cell.

    Examples
    --------
    >>> (panel,) = panels_of([("berlin", "dock", 5), ("berlin", "flaky", 2)], per_cell=1)
    >>> panel
    Panel(title='berlin', rows='dock, flaky', width=4, blocks=((0, 5), (5, 2)))
    >>> panel.places.tolist()
    [[0, 1, 2, 3], [4, -1, -1, -1], [5, 6, -1, -1]]
    """
    bounds = np.cumsum([0, *(-(-robots // per_cell) for _, _, robots in groups)]).tolist()
    blocks = [(first, last - first) for first, last in pairwise(bounds)]
    sites, classes = [site for site, _, _ in groups], [label for _, label, _ in groups]
    by_site = any(sites) and len(set(sites)) <= _MOST
    keys = sites if by_site else classes
    if len(set(keys)) > _MOST:
        return [Panel("all robots", "", _width(bounds[-1]), ((0, bounds[-1]),))]
    panels = []
    for key in dict.fromkeys(keys):
        own = [k for k, other in enumerate(keys) if other == key]
        rows = ", ".join(dict.fromkeys(classes[k] for k in own)) if by_site else ""
        panels.append(Panel(key or "without a site", rows, _width(sum(blocks[k][1] for k in own)), tuple(blocks[k] for k in own)))
    return panels


def _width(cells: int) -> int:
    """Return how many cells stand side by side: about 1.6 times as many as one below the other."""
    return max(1, math.ceil(math.sqrt(1.6 * cells)))
