"""How the fleet comes into sync: the share of robots that run the new application, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rolloutsim.formatting import count
from rolloutsim.report.plots.palette import BLACK, BLUE
from rolloutsim.report.plots.registry import plot
from rolloutsim.report.texts import fleet_size, sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rolloutsim.analysis.estimates import Estimate
    from rolloutsim.analysis.replicates import FloatArray, ResultTables

_GOAL = 95  # percent, a column of the table `jobs`


@plot(needs=("jobs", "robots"))
def plot_completion_curve(tables: ResultTables, *, ax: Axes | None = None) -> Axes:
    """Draw the share of the fleet that is InSync over time: the median over replicates and the bands that hold 50 and 90 % of them.

    Robots that failed stay below: they compete with success and are not censored. Robots that converge late count from then on, as far as
    the axis reaches.

    Parameters
    ----------
    tables
        Anything with the tables `jobs` and `robots`.
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
    from rolloutsim.analysis.estimates import quantile
    from rolloutsim.report.plots.axes import finish, job_axis, new_axes, percent_axis, time_end

    jobs = tables.jobs
    ax = new_axes() if ax is None else ax
    reach = jobs[f"time_to_reach_{_GOAL}_s"].fillna(np.inf).to_numpy(dtype=float)
    estimate = quantile(reach, 0.5)
    seen = [limit for limit in (estimate.best, estimate.high) if np.isfinite(limit)]
    end, note = time_end(jobs["time_to_complete_s"].to_numpy(dtype=float), max(seen, default=0.0))
    curve = completion_curve(tables, until_s=1.03 * end)
    job_axis(ax, 1.03 * end)
    if curve.n:
        _band(ax, curve.t_s, curve.low_90, curve.high_90, 0.15, "90 % of replicates", 19)
        _band(ax, curve.t_s, curve.low_50, curve.high_50, 0.3, "50 % of replicates", 3)
        ax.plot(curve.t_s, curve.median, color=BLUE, linewidth=1.8, label="median" if curve.n > 1 else "the one replicate")
        _goal(ax, estimate)
    else:
        ax.text(0.5, 0.5, "no replicates", transform=ax.transAxes, ha="center")
    ax.set(ylim=(0, 1.03), yticks=np.linspace(0, 1, 11))
    percent_axis(ax.yaxis, "robots of the fleet that are InSync")
    finish(
        ax,
        "Completion of the fleet",
        f"n = {count(curve.n)} replicate{'s' * (curve.n != 1)} of {fleet_size(jobs)} robots\n"
        f"{_GOAL} % of the fleet, P50: {sentence(estimate, 's')}",
        legend=ax.get_legend_handles_labels()[0],
        note=note and f"Ends of jobs: {note}.",
    )
    return ax


def _band(ax: Axes, t_s: FloatArray, low: FloatArray, high: FloatArray, alpha: float, label: str, needs: int) -> None:
    if np.isnan(low).all():
        ax.plot([], [], " ", label=f"{label}: needs {needs}")
    else:
        ax.fill_between(t_s, low, high, color=BLUE, alpha=alpha, linewidth=0, label=label)


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
