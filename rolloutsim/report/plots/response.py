"""How a metric responds to a lever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.errors import UsageError
from rolloutsim.report.plots.palette import BLUE, VERMILION
from rolloutsim.report.plots.points import (
    Lever,
    largest_of,
    letters,
    lever,
    levers_of,
    missing_text,
    of_metric,
    reach,
    replicates_text,
    value_axis,
    varied,
)
from rolloutsim.report.plots.registry import ESTIMATES, study_plot
from rolloutsim.report.texts import short_paths, wrapped_path

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@study_plot(ESTIMATES)
def plot_response(frame: pd.DataFrame, *, metric: str | None = None, levers: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw a metric over a lever, with the intervals (95 %) as a band, or as bars where the lever's values have no distances.

    Parameters
    ----------
    frame
        One row per point and metric: levers, `metric`, `low`, `best`, `high`, `n`.
    metric
        Which one; not needed if the frame has one only.
    levers
        The first is drawn along the axis, every combination of the others gets a panel. Default: all that vary,
        in the frame's order.
    ax
        Axes to draw on, the panels inside of them; new ones if None.

    Returns
    -------
    axes

    Raises
    ------
    UsageError
        If the metric or a lever is not in the frame, or there are several points at one place.
    """
    from rolloutsim.report.plots.axes import finish, footnote, new_axes
    from rolloutsim.report.plots.panels import columns_of, label_outer, panels

    query, rows = of_metric(frame, metric)
    names = varied(rows) if levers is None else list(levers)
    unknown = [name for name in names if name not in rows]
    if unknown or not names:
        raise UsageError(f"there is no lever {', '.join(unknown)}; the frame has {', '.join(levers_of(frame)) or 'none'}")
    if rows.astype(dict.fromkeys(names, str)).duplicated(names).any():
        raise UsageError(f"several points have the same {' and '.join(names)}: choose rows, or name the other levers too")
    first, *others = names
    short = short_paths(names)
    place = lever(rows, first)
    groups = _groups([lever(rows, name) for name in others], len(rows))
    columns = columns_of(len(groups))
    if ax is None:
        ax = new_axes(8.0 if columns < 3 else 3.2 * columns, 4.8 if len(groups) <= columns else 2.3 * -(-len(groups) // columns) + 1.2)
    low, high = reach(rows)
    margin = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    found = panels(ax, len(groups))
    for panel, (labels, chosen) in zip(found, groups, strict=True):
        _draw(panel, rows.iloc[chosen], place.places[chosen], numeric=place.numeric, edge=high + 10 * margin)
        # Times from 0: minutes among hours shall not look dramatic.
        panel.set_ylim(0 if low >= 0 and (query.metric.unit == "s" or low < 0.3 * high) else low - margin, high + margin)
        value_axis(panel.yaxis, query, largest_of(rows))
        place.show(panel, wrapped_path(first, letters(panel)))
        if others:
            title = "\n".join(f"{short[name]} = {label}" for name, label in zip(others, labels, strict=True))
            panel.set_title(title, loc="left", fontsize="x-small" if columns > 2 else "small", pad=3)
    if len(found) > 1:
        label_outer(found)
    finish(
        ax,
        f"{str(query).removesuffix('.probability')} over {short[first]}",
        f"{replicates_text(rows)}, intervals of 95 %",
        above=14.0 * len(others) if others else 0.0,
    )
    ax.spines[["left", "bottom"]].set_visible(len(found) == 1)
    note = missing_text(rows)
    if note:
        footnote(found[-1] if len(found) == 1 else found[(len(found) - 1) // columns * columns], note)
    return ax


def _groups(others: Sequence[Lever], count: int) -> list[tuple[list[str], Any]]:
    """Return the labels of each combination of the other levers, sorted by their values, and which rows have it."""
    found: dict[tuple[float, ...], list[int]] = {}
    for row in range(count):
        found.setdefault(tuple(float(other.places[row]) for other in others), []).append(row)
    return [([other.value(at) for other, at in zip(others, key, strict=True)], found[key]) for key in sorted(found)]


def _draw(ax: Axes, rows: pd.DataFrame, places: np.ndarray[Any, np.dtype[np.float64]], *, numeric: bool, edge: float) -> None:
    order = np.argsort(places, kind="stable")
    x = places[order]
    low, best, high = (rows[name].to_numpy(dtype=float)[order] for name in ("low", "best", "high"))
    top = np.where(np.isinf(high), edge, high)
    if numeric and len(x) > 1:
        ax.fill_between(x, np.where(np.isinf(low), edge, low), top, color=BLUE, alpha=0.2, linewidth=0)
        ax.plot(x, np.where(np.isinf(best), np.nan, best), color=BLUE, linewidth=1.6, marker="o", markersize=4)
    known = np.isfinite(best)
    ax.vlines(x[known], low[known], top[known], color=BLUE, linewidth=1.0 if numeric and len(x) > 1 else 2.2)
    ax.plot(x[known], best[known], "o", color=BLUE, markersize=5)
    for which, height, marker in ((np.isinf(best), 0.97, "^"), (np.isnan(best), 0.03, "x")):
        if which.any():
            ax.plot(x[which], np.full(which.sum(), height), marker, color=VERMILION, transform=ax.get_xaxis_transform(), clip_on=False)
