"""Small multiples on one pair of axes: a grid of panels inside of them, with common limits, labelled at the outer ones only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PANELS = 24
#: Space between panels, as shares of a panel: room for a title above, little beside.
_BESIDE, _ABOVE = 0.12, 0.3


def columns_of(count: int) -> int:
    """Return how many panels stand side by side.

    >>> [columns_of(count) for count in (1, 2, 3, 4, 6, 12)]
    [1, 2, 3, 2, 3, 4]
    """
    return count if count <= 3 else min(4, math.ceil(math.sqrt(count)))


def panels(axes: Axes, count: int) -> list[Axes]:
    """Return panels, row by row; the axes themselves if it is a single one.

    Raises
    ------
    UsageError
        For more than can be read.
    """
    from rolloutsim.errors import UsageError
    from rolloutsim.report.plots.axes import inside

    if count > MOST_PANELS:
        raise UsageError(f"{count} panels are too many to be read (at most {MOST_PANELS}): choose rows of the frame, or name fewer levers")
    if count == 1:
        return [axes]
    columns = columns_of(count)
    rows = math.ceil(count / columns)
    width = 1 / (columns + _BESIDE * (columns - 1))
    height = 1 / (rows + _ABOVE * (rows - 1))
    bounds = []
    for number in range(count):
        row, column = divmod(number, columns)
        bounds.append((column * width * (1 + _BESIDE), 1 - height - row * height * (1 + _ABOVE), width, height))
    return inside(axes, bounds)


def label_outer(found: list[Axes]) -> None:
    """Take labels and tick labels away from panels that have another one below or to the left of them."""
    columns = columns_of(len(found))
    for number, panel in enumerate(found):
        if number % columns:
            panel.set_ylabel("")
            panel.tick_params(labelleft=False)
        if number + columns < len(found):
            panel.set_xlabel("")
            panel.tick_params(labelbottom=False)
