"""What one metric costs of another: the settings of a study as points between two metrics."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.errors import UsageError
from rolloutsim.formatting import duration, value_text
from rolloutsim.report.plots.labels import label_points
from rolloutsim.report.plots.palette import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION
from rolloutsim.report.plots.points import largest_of, levers_of, metrics_of, of_metric, reach, replicates_text, value_axis, varied
from rolloutsim.report.plots.registry import ESTIMATES, study_plot

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from rolloutsim.analysis import Query

#: How the settings of a plan are drawn, by what has become of them.
_STATES = {
    "best": (GREEN, "*", 13),
    "near": (BLUE, "o", 6),
    "undecided": (ORANGE, "D", 5),
    "worse": (GREY, "o", 5),
    "infeasible": (VERMILION, "X", 6),
}
_PLAIN = (BLUE, "o", 6)

#: Up to so many settings, all of them are labelled if there is room.
_FEW = 12


@study_plot(ESTIMATES)
def plot_frontier(frame: pd.DataFrame, *, x: str | None = None, y: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw each setting at its values of two metrics, with the intervals (95 %) of both, labelled by its levers that vary.

    A line joins the settings than which no other is better in both metrics. What is never reached stands at the edge. Of many settings
    only those on the line, the best, and those not distinguished from it are labelled.

    Parameters
    ----------
    frame
        One row per point and metric: levers, `metric`, `low`, `best`, `high`, `n`, and `state` if a plan has given one.
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
    from rolloutsim.report.plots.axes import finish, new_axes

    known = metrics_of(frame)
    if len(known) < 2 and (x is None or y is None):
        raise UsageError(
            f"a frontier lies between two metrics; the frame has {', '.join(known) or 'no rows'}: measure another one, or name x= and y="
        )
    (query_x, rows_x), (query_y, rows_y) = of_metric(frame, x or known[0]), of_metric(frame, y or known[1])
    names = levers_of(frame)
    points = _points(rows_x, rows_y, names)
    ax = new_axes(8.5, 5.4) if ax is None else ax
    limits = _limits(rows_x), _limits(rows_y)
    ax.set(xlim=limits[0], ylim=limits[1])
    value_axis(ax.xaxis, query_x, largest_of(rows_x))
    value_axis(ax.yaxis, query_y, largest_of(rows_y))
    shown = {state: look for state, look in _STATES.items() if any(point["state"] == state for point in points)} or {"": _PLAIN}
    notes = _draw(ax, points, shown, limits)
    starts = {axis: start for axis, query, (start, _) in (("x", query_x, limits[0]), ("y", query_y, limits[1])) if query.metric.unit == "s"}
    late = "".join(f"; the {axis} axis begins at {duration(start)}, not at 0" for axis, start in starts.items() if start > 0)
    several = varied(rows_x)
    front = _front(points, query_x, query_y)
    if len(front) > 1:
        xs, ys = ([point[axis][1] for point in front] for axis in "xy")
        ax.plot(xs, ys, color=BLACK, linewidth=0.9, linestyle="--", zorder=1, label="no other is better in both")
    text = f"{len(points)} setting{'s' * (len(points) != 1)} of {', '.join(several)}"
    finish(
        ax,
        f"{_title(query_y)} against {_title(query_x)}",
        f"{textwrap.fill(text, int(ax.get_window_extent().width / ax.figure.dpi / 0.08))}\n{replicates_text(rows_x)}{late}",
        legend=ax.get_legend_handles_labels()[0],
        note="; ".join(notes),
    )
    chosen = _labelled(points, front)
    units = frame.attrs.get("units", {})
    labels = [", ".join(value_text(point["setting"][name], units.get(name)) for name in several) for point in chosen]
    label_points(
        ax,
        [(*_place(point, limits), label) for point, label in zip(chosen, labels, strict=True)],
        [_place(point, limits) for point in points],
    )
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
            values = [tuple(float(one[column]) for column in ("low", "best", "high")) for one in (row, other)]
            found.append({"setting": {name: row[name] for name in names}, "state": row.get("state", ""), "x": values[0], "y": values[1]})
    if not found:
        raise UsageError("no point has both metrics: choose two that are measured at the same points")
    return found


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Return the limits of an axis, with room for labels at the edges."""
    low, high = reach(rows)
    margin = 0.14 * (high - low) or 0.1 * abs(high) or 1.0
    return (-0.04 * high if 0 <= low < 0.3 * high else low - margin), high + margin


def _at(values: tuple[float, ...], limits: tuple[float, float]) -> float:
    """Return where a value is drawn: what is never reached just inside of the upper edge, what is not known at the lower one."""
    best = values[1]
    span = limits[1] - limits[0]
    return limits[1] - 0.015 * span if np.isinf(best) else limits[0] + 0.015 * span if np.isnan(best) else best


def _place(point: dict[str, Any], limits: Any) -> tuple[float, float]:
    return _at(point["x"], limits[0]), _at(point["y"], limits[1])


def _draw(ax: Axes, points: list[dict[str, Any]], shown: dict[str, Any], limits: Any) -> list[str]:
    for state, (colour, marker, size) in shown.items():
        chosen = [point for point in points if point["state"] == state or state == ""]
        for point in chosen:
            at = _place(point, limits)
            for axis, (low, _, high) in ((axis, point[axis]) for axis in "xy"):
                ends = [float(np.clip(end, *limits["xy".index(axis)])) for end in (low, high)]
                line = (ends, [at[1]] * 2) if axis == "x" else ([at[0]] * 2, ends)
                ax.plot(*line, color=colour, linewidth=1.2, alpha=0.7)
        places = [_place(point, limits) for point in chosen]
        ax.plot(*zip(*places, strict=True), marker, color=colour, markersize=size, label=state or None, linestyle="none", zorder=4)
    notes = []
    for axis, name, edges in (("x", "right", "left"), ("y", "upper", "lower")):
        never = sum(np.isinf(point[axis][1]) for point in points)
        unknown = sum(np.isnan(point[axis][1]) for point in points)
        notes += [f"at the {name} edge: never ({never})"] if never else []
        notes += [f"at the {edges} edge: not estimable ({unknown})"] if unknown else []
    return notes


def _front(points: list[dict[str, Any]], query_x: Query, query_y: Query) -> list[dict[str, Any]]:
    """Return the settings than which no other is better in both metrics, from the best in the first one on."""
    signs = [-1 if query.better == "higher" else 1 for query in (query_x, query_y)]
    known = [point for point in points if np.isfinite([point["x"][1], point["y"][1]]).all()]
    front: list[dict[str, Any]] = []
    for point in sorted(known, key=lambda point: (signs[0] * point["x"][1], signs[1] * point["y"][1])):
        if not front or signs[1] * point["y"][1] < signs[1] * front[-1]["y"][1]:
            front.append(point)
    return front


def _labelled(points: list[dict[str, Any]], front: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the settings to be labelled, the most informative ones first."""
    ranks = [
        0 if point["state"] == "best" else 1 if any(point is one for one in front) else 2 if point["state"] == "near" else 3
        for point in points
    ]
    ranked = sorted(range(len(points)), key=lambda number: ranks[number])
    return [points[number] for number in ranked if ranks[number] < 3 or len(points) <= _FEW]
