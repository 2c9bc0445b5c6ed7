"""Labels beside points, each where it covers no other label and no mark; what finds no such place is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Where a label may be, seen from its point, in points of the page: near ones first, and from the third row on with a line to the point.
_AROUND = [(side * (7 if row == 0 else 16), up) for row in range(9) for up in (5 + 12 * row, -12 - 12 * row) for side in (1, -1)]


def label_points(ax: Axes, labels: Sequence[tuple[float, float, str]], marks: Sequence[tuple[float, float]]) -> None:
    """Write labels, the first of them where they like; everything else about the picture must be done.

    Parameters
    ----------
    labels
        Place and text of each.
    marks
        Places that no label may cover.
    """
    from matplotlib.transforms import Bbox

    from rolloutsim.report.plots.axes import root

    root(ax).draw_without_rendering()  # only then it is known where the points lie on the page
    size, page = ax.figure.dpi / 72, ax.get_window_extent()
    taken = [Bbox.from_bounds(x - 4 * size, y - 4 * size, 8 * size, 8 * size) for x, y in map(ax.transData.transform, marks)]
    for x, y, text in labels:
        measured = ax.text(0, 0, text, fontsize="x-small")
        extent = measured.get_window_extent()
        measured.remove()
        at = ax.transData.transform((x, y))
        for right, up in _AROUND:
            left = at[0] + right * size - (extent.width if right < 0 else 0)
            box = Bbox.from_bounds(left, at[1] + up * size, extent.width, extent.height).padded(size)
            inside = page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
            if inside and not any(box.overlaps(other) for other in taken):
                break
        else:
            continue
        taken.append(box)
        ax.annotate(
            text,
            (x, y),
            xytext=(right, up),
            textcoords="offset points",
            ha="right" if right < 0 else "left",
            va="bottom",
            fontsize="x-small",
            arrowprops={"arrowstyle": "-", "color": "0.6", "linewidth": 0.5, "shrinkA": 0} if abs(up) > 12 else None,
        )
