"""Differences between scenarios, taken replicate by replicate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rolloutsim.analysis import Estimate, parse_metric
from rolloutsim.formatting import count, scale_of
from rolloutsim.report.plots.palette import BLACK, BLUE, GREEN, GREY, VERMILION
from rolloutsim.report.plots.points import reach, value_axis
from rolloutsim.report.plots.registry import COMPARISON, study_plot
from rolloutsim.report.texts import interval_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

BETTER, WORSE, DIFFERENT, UNDECIDED = "better", "worse", "different", "~ undecided"
_COLOURS = {BETTER: GREEN, WORSE: VERMILION, DIFFERENT: BLUE, UNDECIDED: GREY}

#: Between panels, in rows.
_GAP = 1.6


@study_plot(COMPARISON)
def plot_difference(frame: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw differences with their intervals against a line at zero; ``~`` marks those that are not distinguished from it.

    Parameters
    ----------
    frame
        One row per difference, as `rolloutsim.study.Comparison.frame`: `metric`, `low`, `best`, `high`, `n`; `alternative` names what is
        compared, and a `verdict` of ``~`` that it is undecided (without this column: that the interval holds zero).
        Metrics of different units are drawn apart.
    ax
        Axes to draw on; new ones if None.

    Returns
    -------
    axes
    """
    from matplotlib.lines import Line2D

    from rolloutsim.report.plots.axes import finish, footnote, new_axes

    rows = frame.reset_index(drop=True)
    queries = [parse_metric(metric) for metric in rows["metric"]]
    kinds = [query.metric.unit or query.metric.kind.replace("probability", "share") for query in queries]
    units = list(dict.fromkeys(kinds))
    ax = new_axes(8.0, 1.9 + 0.42 * max(len(rows), 2) + 0.6 * max(len(units) - 1, 0)) if ax is None else ax
    found = _stacked(ax, [kinds.count(unit) + 0.2 for unit in units])
    seen: set[str] = set()
    for panel, unit in zip(found, units, strict=False):
        seen |= _draw(panel, rows[[kind == unit for kind in kinds]])
    if not len(rows):
        ax.text(0.5, 0.5, "nothing was compared", transform=ax.transAxes, ha="center")
        ax.set_xlabel("difference")
    handles: list[Artist] = [
        Line2D([], [], color=colour, marker="o", linewidth=2.2, label=label) for label, colour in _COLOURS.items() if label in seen
    ]
    counts = f"n = {count(rows['n'].min())}" if rows["n"].nunique() == 1 else f"n = {count(rows['n'].min())} to {count(rows['n'].max())}"
    title = f"{counts if len(rows) else 'n = 0'} pairs of replicates with the same random numbers, intervals of 95 %"
    finish(ax, "Paired differences", title, legend=handles)
    ax.spines["bottom"].set_visible(len(found) == 1)
    for panel in (ax, *found):
        panel.spines["left"].set_visible(False)
    missing = int((~np.isfinite(rows["best"].to_numpy(dtype=float))).sum())
    if missing:
        footnote(found[-1], f"Without a mark: no finite difference ({missing} of {len(rows)}).")
    return ax


def _stacked(ax: Axes, shares: list[float]) -> list[Axes]:
    """Return the axes, or panels on them one above the other, as high as their shares."""
    from rolloutsim.report.plots.axes import inside

    if len(shares) < 2:
        return [ax]
    whole = sum(shares) + _GAP * (len(shares) - 1)
    top, bounds = 1.0, []
    for share in shares:
        bounds.append((0.0, max(top - share / whole, 0.0), 1.0, share / whole))
        top -= (share + _GAP) / whole
    return inside(ax, bounds)


def _draw(ax: Axes, rows: pd.DataFrame) -> set[str]:
    """Draw the differences of one unit and return which verdicts are among them."""
    low, high = reach(rows)
    low, high = min(low, 0.0), max(high, 0.0)
    span = high - low or 1.0
    # Texts stand on the side away from zero, and take about a third of the width.
    below, above = bool((rows["best"] < 0).any()), not bool((rows["best"] < 0).all())
    room = 0.8 if below and above else 0.5
    left, right = low - (room if below else 0.05) * span, high + (room if above else 0.05) * span
    ax.axvline(0, color=BLACK, linewidth=0.9)
    largest = max(-left, right)
    unit = scale_of(parse_metric(rows["metric"].iloc[0]).metric.printed_unit, largest)
    seen = set()
    for number, row in enumerate(rows.to_dict("records")):
        estimate = Estimate(row["low"], row["best"], row["high"], int(row["n"]), note=str(row.get("note", "") or ""))
        query = parse_metric(row["metric"])
        decided = row["verdict"] != "~" if "verdict" in row else estimate.low > 0 or estimate.high < 0
        good = (estimate.best < 0) == (query.better == "lower")
        verdict = UNDECIDED if not decided else DIFFERENT if query.better == "neither" else BETTER if good else WORSE
        seen.add(verdict)
        ends = np.clip([estimate.low, estimate.high], left, right)
        ax.plot(ends, [number] * 2, color=_COLOURS[verdict], linewidth=2.2, solid_capstyle="butt")
        if np.isfinite(estimate.best):
            ax.plot(estimate.best, number, "o", color=_COLOURS[verdict], markersize=6)
        text = " ".join(
            part
            for part in ("" if decided else "~", *interval_text(estimate, query.metric.printed_unit, difference=True, scale=unit))
            if part
        )
        beyond = bool(np.isinf(estimate.high))  # the line goes on to the edge: the text stands above it
        ahead = estimate.best < 0 and np.isfinite(estimate.low)
        at = estimate.low if ahead else 0.0 if beyond or np.isnan(estimate.high) else estimate.high
        shift = (-8 if ahead else 8, 8 if beyond and not ahead else 0)
        ax.annotate(
            text, (at, number), xytext=shift, textcoords="offset points", va="center", ha="right" if ahead else "left", fontsize="small"
        )
    ax.set(xlim=(left, right), yticks=range(len(rows)), yticklabels=_labels(rows), ylim=(len(rows) - 0.4, -0.6))
    ax.tick_params(axis="y", length=0)
    value_axis(ax.xaxis, parse_metric(rows["metric"].iloc[0]), largest, "difference", difference=True)
    return seen


def _labels(rows: pd.DataFrame) -> list[str]:
    names = [metric.removesuffix(".probability") for metric in rows["metric"]]
    if "alternative" in rows and rows["alternative"].nunique() > 1:
        return [f"{alternative}: {name}" for alternative, name in zip(rows["alternative"], names, strict=True)]
    return names
