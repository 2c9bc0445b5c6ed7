"""Which inputs move a metric most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rolloutsim.errors import UsageError
from rolloutsim.report.plots.palette import BLACK, BLUE, GREY, ORANGE, SKY
from rolloutsim.report.plots.points import of_metric, value_axis
from rolloutsim.report.plots.registry import SENSITIVITY, study_plot
from rolloutsim.report.texts import wrapped_path

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: What is drawn beside the index that ranks, and in which words.
_BESIDE = {"sigma": "how unevenly: bent, or together with others", "S1": "share of it alone"}
_RANKS = {"mu_star": "average effect", "ST": "share with all its interactions"}
#: Letters of an input's name side by side.
_NAME = 40
_WAYS = {"rises": "rises with it", "falls": "falls with it"}


@study_plot(SENSITIVITY)
def plot_tornado(frame: pd.DataFrame, *, metric: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the sensitivity to each input as a bar with its interval (95 %), the largest on top, beside the noise floor.

    Bars are grey, and marked ``~``, where the interval reaches the noise floor. The average effect is mu* of Morris, and a diamond shows
    sigma, how unevenly it acts; of Sobol's indices bars are ST and diamonds S1.

    Parameters
    ----------
    frame
        As `rolloutsim.study.Sensitivity.frame`: `metric, input, index, low, best, high, n, floor, decided, direction`.
    metric
        Which one; not needed if the frame has one only.
    ax
        Axes to draw on; new ones if None.

    Returns
    -------
    axes
    """
    from rolloutsim.report.plots.axes import finish, new_axes, percent_axis

    query, rows = of_metric(frame, metric)
    ranking = rows[rows["index"].isin(_RANKS)].sort_values("best", ascending=False, kind="stable", na_position="last")
    if ranking.empty:
        raise UsageError(f"the frame has no index that ranks inputs ({' or '.join(_RANKS)}): take the frame of a sensitivity analysis")
    names = {path: wrapped_path(path, _NAME) for path in ranking["input"]}
    index = str(ranking["index"].iloc[0])
    ax = new_axes(8.0, 1.9 + 0.42 * max(len(ranking), 2)) if ax is None else ax
    places = np.arange(len(ranking))
    low, best, high, floor = (ranking[column].to_numpy(dtype=float) for column in ("low", "best", "high", "floor"))
    decided = ranking["decided"].to_numpy(dtype=bool)
    for which, colour, label in (
        (decided, BLUE, _RANKS[index]),
        (~decided, GREY, "~ not distinguished from noise"),
    ):
        if which.any():
            ax.barh(places[which], np.nan_to_num(best[which], posinf=0.0), height=0.62, color=colour, alpha=0.75, label=label)
    ax.hlines(places, low, high, color=BLACK, linewidth=1.4)
    if np.isfinite(floor).any():
        ax.vlines(floor, places - 0.38, places + 0.38, color=ORANGE, linewidth=2.2, label="noise floor")
    beside = rows[rows["index"].isin(_BESIDE)].set_index("input")
    if len(beside):
        chosen = beside.loc[ranking["input"]]
        label = _BESIDE[str(chosen["index"].iloc[0])]
        ax.hlines(places + 0.2, chosen["low"], chosen["high"], color=BLACK, linewidth=0.8)
        ax.plot(chosen["best"], places + 0.2, "D", color=SKY, markeredgecolor=BLACK, markersize=4.5, linestyle="none", label=label)
    shown = np.concatenate([high, best, floor, beside["high"].to_numpy(dtype=float), [0.0]])
    right = float(shown[np.isfinite(shown)].max())
    left = min(0.0, float(np.nanmin([*beside["low"], 0.0]))) if len(beside) else 0.0
    ax.set_xlim(left - (0.02 * right if left < 0 else 0), 1.25 * right or 1.0)
    for place, row in zip(places.tolist(), ranking.to_dict("records"), strict=True):
        text = _WAYS.get(row["direction"], row["direction"]) if row["decided"] else "~"
        ends = [value for value in (row["high"], row["best"], row["floor"]) if np.isfinite(value)]
        ax.annotate(text, (max(ends, default=0.0), place), xytext=(8, 0), textcoords="offset points", va="center", fontsize="small")
    ax.set(yticks=places, yticklabels=[names[path] for path in ranking["input"]], ylim=(len(ranking) - 0.4, -0.6))
    if index == "mu_star":
        value_axis(ax.xaxis, query, right, "change of the metric over the range of the input", difference=True)
    else:
        percent_axis(ax.xaxis, "share of the metric's variance")
    n = int(ranking["n"].iloc[0])
    note = "Without a noise floor: too few replicates to estimate it." if np.isnan(floor).any() else ""
    if np.isnan(best).any():
        note = "Without a bar: the metric does not vary."
    finish(
        ax,
        f"What moves {str(query).removesuffix('.probability')}",
        f"n = {n:,} {'trajectories' if index == 'mu_star' else 'samples'}, intervals of 95 %",
        legend=ax.get_legend_handles_labels()[0],
        note=note,
    )
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    return ax
