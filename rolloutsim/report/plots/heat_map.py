"""A metric over two levers at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.analysis import Estimate
from rolloutsim.errors import UsageError
from rolloutsim.formatting import Scale, common_scale
from rolloutsim.report.plots.points import Lever, letters, lever, levers_of, missing_text, of_metric, replicates_text, value_axis, varied
from rolloutsim.report.plots.registry import ESTIMATES, study_plot
from rolloutsim.report.texts import interval_text, wrapped_path

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from rolloutsim.analysis import Query

#: Least room for the text of a cell, in inches.
_WIDTH, _HEIGHT = 0.75, 0.32
#: The colours of times span at least this share of the largest.
_SPREAD = 0.3


@study_plot(ESTIMATES)
def plot_heat_map(frame: pd.DataFrame, *, metric: str | None = None, levers: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw a metric as colours over two levers; each cell is labelled with its value and its interval (95 %) as far as there is room.

    Parameters
    ----------
    frame
        One row per point and metric: levers, `metric`, `low`, `best`, `high`, `n`.
    metric
        Which one; not needed if the frame has one only.
    levers
        Along the horizontal and the vertical axis; not needed if the frame has just two, or just two that vary.
    ax
        Axes to draw on; new ones if None.

    Returns
    -------
    axes

    Raises
    ------
    UsageError
        If the metric is not in the frame, or its points do not differ in exactly two levers.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    from rolloutsim.report.plots.axes import finish, new_axes, root

    query, rows = of_metric(frame, metric)
    known = levers_of(rows)
    names = list(levers) if levers is not None else known if len(known) == 2 else varied(rows)
    if len(names) != 2 or any(name not in rows for name in names):
        raise UsageError(f"levers= needs two of {', '.join(known) or 'none'}")
    if rows.astype(dict.fromkeys(names, str)).duplicated(names).any():
        raise UsageError(f"several points have the same {' and '.join(names)}: choose rows, e.g. those with one value of the other levers")
    along, up = (lever(rows, name) for name in names)
    columns, column_labels = _order(along)
    lines, line_labels = _order(up)
    if ax is None:
        ax = new_axes(max(6.0, 2.2 + 1.1 * len(column_labels)), max(3.2, 1.8 + 0.55 * len(line_labels)))
    ax.set(xlim=(-0.5, len(column_labels) - 0.5), ylim=(-0.5, len(line_labels) - 0.5))
    ax.set_xlabel(along.named(wrapped_path(names[0], letters(ax))))
    ax.set_ylabel(up.named(wrapped_path(names[1], int(_inches(ax)[1] / 0.08))))
    crowded = max(map(len, column_labels)) * len(column_labels) > 12 * _inches(ax)[0]
    turned: dict[str, Any] = {"rotation": 25, "ha": "right"} if crowded else {}
    ax.set_xticks(range(len(column_labels)), column_labels, **turned)
    ax.set_yticks(range(len(line_labels)), line_labels)

    best = rows["best"].to_numpy(dtype=float)
    finite = best[np.isfinite(best)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if query.metric.unit == "s":  # minutes among hours shall not look dramatic
        low = min(low, (1 - _SPREAD) * high)
    colours = ScalarMappable(Normalize(low, high if high > low else low + (abs(low) or 1.0)), "viridis")
    sizes = len(column_labels), len(line_labels)
    unit = common_scale(query.metric.printed_unit, best)
    for x, y, estimate in zip(columns, lines, rows[["low", "best", "high", "n"]].itertuples(index=False), strict=True):
        _cell(ax, x, y, Estimate(*estimate), query, unit, colours, sizes)
    bar = root(ax).colorbar(colours, cax=ax.inset_axes((1.03, 0, 0.03, 1)))
    value_axis(bar.ax.yaxis, query, high if len(finite) else math.nan)
    others = {name: lever(rows, name) for name in known if name not in names}
    constant = "".join(f"\n{name} = {one.value(next(iter(one.ticks)))}" for name, one in others.items() if len(one.ticks) == 1)
    missing = missing_text(rows).replace("▲ ", "").replace("× ", "")
    finish(
        ax,
        str(query).removesuffix(".probability"),
        f"{replicates_text(rows)}, intervals of 95 %{constant}",
        note=missing and f"Hatched: {missing}.",
    )
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


def _order(place: Lever) -> tuple[list[int], list[str]]:
    """Return the rank of each row's value, and the labels of the ranks."""
    ticks = list(place.ticks)
    return [ticks.index(at) for at in place.places.tolist()], [place.ticks[at] for at in ticks]


def _inches(ax: Axes) -> tuple[float, float]:
    extent, dpi = ax.get_window_extent(), ax.figure.dpi
    return extent.width / dpi, extent.height / dpi


def _cell(ax: Axes, x: float, y: float, estimate: Estimate, query: Query, unit: Scale, colours: Any, sizes: tuple[int, int]) -> None:
    from matplotlib.patches import Rectangle

    known = np.isfinite(estimate.best)
    colour = colours.to_rgba(estimate.best) if known else (0.93, 0.93, 0.93, 1.0)
    look: dict[str, Any] = {} if known else {"hatch": "///"}
    ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=1.0, **look))
    width, height = (inches / count for inches, count in zip(_inches(ax), sizes, strict=True))
    if width < _WIDTH or height < _HEIGHT / 2:
        return
    value, interval = interval_text(estimate, query.metric.printed_unit, scale=unit)
    value = value or "not estimable"
    lines = f"{value}\n{interval}" if interval and height >= _HEIGHT and len(interval) * 0.07 < width else value
    # Luminance as the eye weighs the colours (ITU-R BT.709): dark text on bright cells.
    bright = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2] > 0.5
    box = {} if known else {"bbox": {"facecolor": (0.93, 0.93, 0.93), "edgecolor": "none", "pad": 1.0}}
    ax.text(x, y, lines, ha="center", va="center", fontsize="small", color="black" if bright else "white", **box)
