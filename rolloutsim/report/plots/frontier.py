"""What one metric costs of another: the settings of a study as points between two metrics."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.errors import UsageError
from rolloutsim.report.paths import short_paths
from rolloutsim.report.plots.palette import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION
from rolloutsim.report.plots.points import levers_of, metrics_of, of_metric, reach, replicates_text, value_axis
from rolloutsim.report.plots.registry import study_plot

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from rolloutsim.analysis import Query

__all__ = ["plot_frontier"]

#: How the settings of a plan are drawn, by what has become of them.
_STATES = {
    "best": (GREEN, "*", 13),
    "near": (BLUE, "o", 6),
    "undecided": (ORANGE, "D", 5),
    "worse": (GREY, "o", 5),
    "infeasible": (VERMILION, "X", 6),
}
_PLAIN = (BLUE, "o", 6)

#: Where a label may be, seen from its point, in points of the page.
_AROUND = [(7, 5), (7, -12), (-7, 5), (-7, -12), (7, 17), (-7, 17), (7, -24), (-7, -24), (16, 30), (-16, 30), (16, -36), (-16, -36)]


@study_plot
def plot_frontier(frame: pd.DataFrame, *, x: str | None = None, y: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw each setting at its values of two metrics, with the intervals (95 %) of both, labelled by its levers.

    A line joins the settings than which no other is better in both metrics. What is never reached stands at the edge.

    Parameters
    ----------
    frame
        One row a point and metric: levers, `metric`, `low`, `best`, `high`, `n`, and `state` if a plan has given one.
    x, y
        The metrics; default: the first and the second one of the frame.
    ax
        Axes to draw on; new ones if None.

    Returns
    -------
    axes

    Raises
    ------
    UsageError
        If the frame has not two metrics of the same points.
    """
    from rolloutsim.report.plots.axes import finish, footnote, legend_above, new_axes

    known = metrics_of(frame)
    if len(known) < 2 and (x is None or y is None):
        raise UsageError(f"a frontier lies between two metrics; the frame has {', '.join(known) or 'no rows'}")
    (query_x, rows_x), (query_y, rows_y) = of_metric(frame, x or known[0]), of_metric(frame, y or known[1])
    names = levers_of(frame)
    points = _points(rows_x, rows_y, names)
    ax = new_axes(8.5, 5.4) if ax is None else ax
    limits = _limits(rows_x), _limits(rows_y)
    ax.set_xlim(*limits[0])
    ax.set_ylim(*limits[1])
    value_axis(ax.xaxis, query_x, limits[0][1])
    value_axis(ax.yaxis, query_y, limits[1][1])
    shown = {state: look for state, look in _STATES.items() if any(point["state"] == state for point in points)} or {"": _PLAIN}
    notes = _draw(ax, points, shown, limits)
    short = short_paths(names)
    varied = [name for name in names if len({str(point["setting"][name]) for point in points}) > 1] or names
    _edge(ax, points, query_x, query_y, limits)
    told = f"{len(points)} setting{'s' * (len(points) != 1)} of {', '.join(short[name] for name in varied)}"
    handles: list[Artist] = [*ax.get_legend_handles_labels()[0]]
    finish(
        ax,
        f"{_title(query_y)} against {_title(query_x)}",
        f"{textwrap.fill(told, int(ax.get_window_extent().width / ax.figure.dpi / 0.08))}\n{replicates_text(rows_x)}",
        above=legend_above(ax, handles),
    )
    _label(ax, points, [", ".join(str(point["setting"][name]) for name in varied) for point in points], limits)
    if notes:
        footnote(ax, "; ".join(notes))
    return ax


def _title(query: Query) -> str:
    return str(query).removesuffix(".probability")


def _points(rows_x: pd.DataFrame, rows_y: pd.DataFrame, names: list[str]) -> list[dict[str, Any]]:
    """Return what is drawn of each setting that has both metrics."""
    others = {str([row[name] for name in names]): row for _, row in rows_y.iterrows()}
    if len(others) < len(rows_y):
        raise UsageError("several points have the same levers: choose rows")
    found = []
    for _, row in rows_x.iterrows():
        other = others.get(str([row[name] for name in names]))
        if other is not None:
            told = [tuple(float(one[column]) for column in ("low", "best", "high")) for one in (row, other)]
            found.append({"setting": {name: row[name] for name in names}, "state": row.get("state", ""), "x": told[0], "y": told[1]})
    if not found:
        raise UsageError("no point has both metrics")
    return found


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Return the limits of an axis, with room for labels at the edges."""
    low, high = reach(rows)
    margin = 0.14 * (high - low) or 0.1 * abs(high) or 1.0
    return (-0.04 * high if 0 <= low < 0.3 * high else low - margin), high + margin


def _at(told: tuple[float, ...], limits: tuple[float, float]) -> float:
    """Return where a value is drawn: what is never reached just inside of the upper edge, what is not known at the lower one."""
    best = told[1]
    span = limits[1] - limits[0]
    return limits[1] - 0.015 * span if np.isinf(best) else limits[0] + 0.015 * span if np.isnan(best) else best


def _draw(ax: Axes, points: list[dict[str, Any]], shown: dict[str, Any], limits: Any) -> list[str]:
    for state, (colour, marker, size) in shown.items():
        chosen = [point for point in points if point["state"] == state or state == ""]
        for point in chosen:
            at = [_at(point[axis], limits[number]) for number, axis in enumerate("xy")]
            for axis, (low, _, high) in ((axis, point[axis]) for axis in "xy"):
                ends = [float(np.clip(end, *limits["xy".index(axis)])) for end in (low, high)]
                line = (ends, [at[1]] * 2) if axis == "x" else ([at[0]] * 2, ends)
                ax.plot(*line, color=colour, linewidth=1.2, alpha=0.7)
        places = [[_at(point[axis], limits[number]) for point in chosen] for number, axis in enumerate("xy")]
        ax.plot(*places, marker, color=colour, markersize=size, label=state or None, linestyle="none", zorder=4)
    notes = []
    for axis, name, edges in (("x", "right", "left"), ("y", "upper", "lower")):
        never = sum(np.isinf(point[axis][1]) for point in points)
        unknown = sum(np.isnan(point[axis][1]) for point in points)
        notes += [f"at the {name} edge: never ({never})"] if never else []
        notes += [f"at the {edges} edge: not estimable ({unknown})"] if unknown else []
    return notes


def _edge(ax: Axes, points: list[dict[str, Any]], query_x: Query, query_y: Query, limits: Any) -> None:
    """Join the settings than which no other is better in both metrics."""
    signs = [-1 if query.metric.better == "higher" else 1 for query in (query_x, query_y)]
    known = [(signs[0] * point["x"][1], signs[1] * point["y"][1]) for point in points if np.isfinite([point["x"][1], point["y"][1]]).all()]
    front: list[tuple[float, float]] = []
    for at in sorted(known):
        if not front or at[1] < front[-1][1]:
            front.append(at)
    if len(front) > 1:
        xs, ys = ([sign * at[number] for at in front] for number, sign in enumerate(signs))
        ax.plot(xs, ys, color=BLACK, linewidth=0.9, linestyle="--", zorder=1, label="no other is better in both")


def _label(ax: Axes, points: list[dict[str, Any]], texts: list[str], limits: Any) -> None:
    """Write each label beside its point where it covers no other one, as far as there is such a place."""
    from matplotlib.transforms import Bbox

    to_page = ax.transData.transform
    places = [to_page([_at(point[axis], limits[number]) for number, axis in enumerate("xy")]) for point in points]
    size = ax.figure.dpi / 72
    taken = [Bbox.from_bounds(x - 5 * size, y - 5 * size, 10 * size, 10 * size) for x, y in places]
    page = ax.get_window_extent()
    for (x, y), text in zip(places, texts, strict=True):
        width, height = 4.6 * len(text) * size, 10 * size
        boxes = [
            Bbox.from_bounds(x + right * size - (width if right < 0 else 0), y + up * size - 2 * size, width, height)
            for right, up in _AROUND
        ]
        outside = [box.x0 < page.x0 or box.x1 > page.x1 or box.y0 < page.y0 or box.y1 > page.y1 for box in boxes]
        covers = [sum(box.overlaps(other) for other in taken) + 100 * out for box, out in zip(boxes, outside, strict=True)]
        number = int(np.argmin(covers))
        taken.append(boxes[number])
        right, up = _AROUND[number]
        ax.annotate(
            text,
            tuple(ax.transData.inverted().transform((x, y))),
            xytext=(right, up),
            textcoords="offset points",
            ha="right" if right < 0 else "left",
            fontsize="x-small",
            arrowprops={"arrowstyle": "-", "color": "0.6", "linewidth": 0.5} if abs(up) > 12 else None,
        )
