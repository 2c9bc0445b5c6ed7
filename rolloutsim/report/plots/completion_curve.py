"""How the fleet comes into sync: the share of robots that run the new application, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rolloutsim.formatting import count
from rolloutsim.report.plots.palette import BLACK, BLUE, VERMILION
from rolloutsim.report.plots.registry import plot
from rolloutsim.report.texts import fleet_size, sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rolloutsim.analysis.curves import CompletionCurve
    from rolloutsim.analysis.estimates import Estimate
    from rolloutsim.analysis.replicates import FloatArray, ResultTables
    from rolloutsim.analysis.stage_times import JobStages

_GOAL = 95  # percent, a column of the table `jobs`


@plot(needs=("jobs", "robots"), stages=True)
def plot_completion_curve(
    tables: ResultTables,
    other: ResultTables | None = None,
    *,
    names: tuple[str, str] = ("this result", "the other"),
    stages: JobStages | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share of the fleet that is InSync over time: the median over replicates and the bands that hold 50 and 90 % of them.

    Robots that failed stay below: they compete with success and are not censored. Robots that converge late count from then on, as far as
    the axis reaches. With another result, each has its median and the band that holds 90 % of its replicates.

    Parameters
    ----------
    tables
        Anything with the tables `jobs` and `robots`.
    other
        Another result, e.g. of a changed scenario, to be drawn on the same axes.
    names
        Of the two; `Results.plot` takes those of their scenarios.
    stages
        Of the job, to mark them; `Results.plot` gives them.
    ax
        Axes to draw on; new ones if None.

    Returns
    -------
    axes

    Raises
    ------
    UsageError
        If the tables hold no robots.
    """
    from rolloutsim.analysis.curves import completion_curve
    from rolloutsim.report.plots.axes import finish, job_axis, new_axes, percent_axis, time_end
    from rolloutsim.report.plots.marks import mark_stages

    jobs = tables.jobs
    ax = new_axes() if ax is None else ax
    estimate = _reached(tables)
    estimates = [estimate, *([] if other is None else [_reached(other)])]
    seen = [limit for each in estimates for limit in (each.best, each.high) if np.isfinite(limit)]
    ends = [jobs["time_to_complete_s"], *([] if other is None else [other.jobs["time_to_complete_s"]])]
    end, note = time_end(np.concatenate([each.to_numpy(dtype=float) for each in ends]), max(seen, default=0.0))
    curve = completion_curve(tables, until_s=1.03 * end)
    job_axis(ax, 1.03 * end)
    name, other_name = names
    if not curve.n:
        ax.text(0.5, 0.5, "no replicates", transform=ax.transAxes, ha="center")
    elif other is None:
        _band(ax, curve.t_s, curve.low_90, curve.high_90, 0.15, "90 % of replicates", 19)
        _band(ax, curve.t_s, curve.low_50, curve.high_50, 0.3, "50 % of replicates", 3)
        ax.plot(curve.t_s, curve.median, color=BLUE, linewidth=1.8, label="median" if curve.n > 1 else "the one replicate")
        _goal(ax, estimate)
    else:
        _compare(ax, name, curve, BLUE, "-")
        _compare(ax, other_name, completion_curve(other, until_s=1.03 * end), VERMILION, "--")
        ax.axhline(_GOAL / 100, color=BLACK, linewidth=0.9, linestyle=":", label=f"{_GOAL} % of the fleet")
    ax.set(ylim=(0, 1.03), yticks=np.linspace(0, 1, 11))
    percent_axis(ax.yaxis, "robots of the fleet that are InSync")
    marks = mark_stages(ax, tables, stages) if other is None else ""
    results = [(tables, estimate, "")] if other is None else zip((tables, other), estimates, (f"{name}: ", f"{other_name}: "), strict=True)
    finish(
        ax,
        "Completion of the fleet",
        "\n".join(
            f"{whose}n = {count(len(one.jobs))} replicate{'s' * (len(one.jobs) != 1)} of {fleet_size(one.jobs)} robots"
            f"{chr(10) if other is None else '; '}{_GOAL} % of the fleet, P50: {sentence(goal, 's')}"
            for one, goal, whose in results
        ),
        legend=ax.get_legend_handles_labels()[0],
        note=" ".join(line for line in (marks, note and f"Ends of jobs: {note}.") if line),
    )
    return ax


def _reached(tables: ResultTables) -> Estimate:
    """Return the median of the time to reach the goal."""
    from rolloutsim.analysis.estimates import quantile

    return quantile(tables.jobs[f"time_to_reach_{_GOAL}_s"].fillna(np.inf).to_numpy(dtype=float), 0.5)


def _compare(ax: Axes, name: str, curve: CompletionCurve, colour: str, line: str) -> None:
    """Draw one of two results."""
    from rolloutsim.report.plots.axes import band

    if not np.isnan(curve.low_90).all():
        band(ax, curve.t_s, curve.low_90, curve.high_90, 0.15, colour=colour, label=f"90 % of {name}")
    ax.plot(curve.t_s, curve.median, line, color=colour, linewidth=1.8, label=f"median of {name}")


def _band(ax: Axes, t_s: FloatArray, low: FloatArray, high: FloatArray, alpha: float, label: str, needs: int) -> None:
    from rolloutsim.report.plots.axes import band

    if np.isnan(low).all():
        ax.plot([], [], " ", label=f"{label}: needs {needs}")
    else:
        band(ax, t_s, low, high, alpha, label=label)


def _goal(ax: Axes, estimate: Estimate) -> None:
    """Mark the share that counts as done, and when half of the replicates have it."""
    ax.axhline(_GOAL / 100, color=BLACK, linewidth=0.9, linestyle="--")
    if np.isfinite(estimate.best):
        ax.plot(
            [estimate.low, min(estimate.high, ax.get_xlim()[1])],
            [_GOAL / 100] * 2,
            color=BLACK,
            linewidth=2.2,
            solid_capstyle="butt",
            zorder=4,
        )
        ax.plot(estimate.best, _GOAL / 100, "o", color=BLACK, markersize=5, zorder=4)
    ax.plot([], [], color=BLACK, linewidth=0.9, linestyle="--", label=f"{_GOAL} % of the fleet")
