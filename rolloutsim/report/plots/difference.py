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
    from matplotlib.text import Annotation

BETTER, WORSE, DIFFERENT, UNDECIDED = "better", "worse", "different", "~ undecided"
_COLOURS = {BETTER: GREEN, WORSE: VERMILION, DIFFERENT: BLUE, UNDECIDED: GREY}

#: So many times as large as another one a difference has axes of its own.
_FLAT = 10

#: Letters of a label in one line.
_LABEL = 36

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
        Metrics of different units are drawn apart, and so are differences of very different size.
    ax
        Axes to draw on; new ones if None.

    Returns
    -------
    axes
    """
    from matplotlib.lines import Line2D

    from rolloutsim.report.plots.axes import finish, footnote, new_axes, root

    rows = frame.reset_index(drop=True)
    queries = [parse_metric(metric) for metric in rows["metric"]]
    kinds = [query.metric.unit or query.metric.kind.replace("probability", "share") for query in queries]
    groups = [own for unit in dict.fromkeys(kinds) for own in _alike(rows[[kind == unit for kind in kinds]])]
    several = "alternative" in rows and rows["alternative"].nunique() > 1
    longest = max((len(line) for label in _labels(rows, several=several) for line in label.split("\n")), default=0)
    if ax is None:
        ax = new_axes(max(8.0, 5.6 + 0.085 * longest), 1.9 + 0.42 * max(len(rows), 2) + 0.6 * max(len(groups) - 1, 0))
    found = _stacked(ax, [len(own) + 0.2 for own in groups])
    for panel, own in zip(found, groups, strict=False):
        panel.set(yticks=range(len(own)), yticklabels=_labels(own, several=several))
    root(ax).draw_without_rendering()  # only then it is known how much room texts have beside the labels
    seen: set[str] = set()
    for panel, own in zip(found, groups, strict=False):
        seen |= _draw(panel, own)
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


def _alike(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Return rows in groups, the largest differences first: on one axis a large one would flatten those that are much smaller."""
    known = rows[["low", "best", "high"]].abs().replace(np.inf, np.nan).max(axis=1).fillna(0.0)
    groups: list[list[int]] = []
    largest = 0.0
    for place in np.argsort(-known.to_numpy(), kind="stable").tolist():
        size = float(known.iloc[place])
        if not groups or 0 < size < largest / _FLAT:
            groups.append([])
            largest = size
        groups[-1].append(place)
    return [rows.iloc[sorted(group)] for group in groups]


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
    ax.axvline(0, color=BLACK, linewidth=0.9)
    ax.set(xlim=(low - 1, high + 1), ylim=(len(rows) - 0.4, -0.6))  # a text outside of the axes has no size
    largest = max(-low, high)
    unit = scale_of(parse_metric(rows["metric"].iloc[0]).metric.printed_unit, largest)
    texts: list[Annotation] = []
    spans: list[tuple[int, float, float, str]] = []
    seen = set()
    for number, row in enumerate(rows.to_dict("records")):
        estimate = Estimate(row["low"], row["best"], row["high"], int(row["n"]), note=str(row.get("note", "") or ""))
        query = parse_metric(row["metric"])
        decided = row["verdict"] != "~" if "verdict" in row else estimate.low > 0 or estimate.high < 0
        good = (estimate.best < 0) == (query.better == "lower")
        verdict = UNDECIDED if not decided else DIFFERENT if query.better == "neither" else BETTER if good else WORSE
        seen.add(verdict)
        spans.append((number, estimate.low, estimate.high, _COLOURS[verdict]))
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
        side = "right" if ahead else "left"
        texts.append(ax.annotate(text, (at, number), xytext=shift, textcoords="offset points", va="center", ha=side, fontsize="small"))
    left, right = _limits(ax, low, high, texts)
    for number, start, end, colour in spans:
        ax.plot(np.clip([start, end], left, right), [number] * 2, color=colour, linewidth=2.2, solid_capstyle="butt")
    ax.set_xlim(left, right)
    ax.tick_params(axis="y", length=0)
    value_axis(ax.xaxis, parse_metric(rows["metric"].iloc[0]), largest, "difference", difference=True)
    return seen


def _limits(ax: Axes, low: float, high: float, texts: list[Annotation]) -> tuple[float, float]:
    """Return limits that leave room for the texts, which stand on the side away from zero."""
    width = ax.get_window_extent().width
    space = 12 * ax.figure.dpi / 72

    def room(side: str) -> float:
        return max(
            ((text.get_window_extent().width + space) / width for text in texts if text.get_horizontalalignment() == side), default=0.03
        )

    before, after = room("right"), room("left")
    # On narrow axes something must be left of the differences themselves.
    shrink = min(1.0, 0.8 / (before + after))
    span = (high - low or 1.0) / (1 - shrink * (before + after))
    return low - shrink * before * span, high + shrink * after * span


def _labels(rows: pd.DataFrame, *, several: bool) -> list[str]:
    names = [metric.removesuffix(".probability") for metric in rows["metric"]]
    if not several:
        return names
    whole = [f"{alternative}: {name}" for alternative, name in zip(rows["alternative"], names, strict=True)]
    return [label if len(label) <= _LABEL else label.replace(": ", ":\n", 1) for label in whole]
