"""How long the job takes: the distribution of its time to complete over the replicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.formatting import count, duration, scale_of
from rolloutsim.report.plots.palette import BLACK, BLUE, JOB_STATUS
from rolloutsim.report.plots.registry import plot
from rolloutsim.report.texts import decimals, sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from rolloutsim.analysis.curves import Ecdf
    from rolloutsim.analysis.estimates import Estimate
    from rolloutsim.analysis.replicates import FloatArray, ResultTables

_QUANTILES = (0.5, 0.95)
#: A spread below this share of the time is written below the picture, whose axis begins at 0.
_STEP = 0.1
_RUG = 0.05  # height of the strip of marks for one status, as a share of the axis


@plot(needs=("jobs",))
def plot_time_to_complete(tables: ResultTables, *, ax: Axes | None = None) -> Axes:
    """Draw the empirical distribution of the time to complete, with its confidence band and P50 and P95 with theirs.

    All jobs count, whatever their status; those that failed or were canceled are also marked one by one below the curve. The band holds the
    whole true curve with 95 % confidence, the bars at P50 and P95 each only that quantile: they are shorter.

    Parameters
    ----------
    tables
        Anything with the table `jobs`.
    ax
        Axes to draw on; new ones if None.

    Returns
    -------
    axes
    """
    from rolloutsim.analysis.curves import ecdf
    from rolloutsim.analysis.estimates import quantile
    from rolloutsim.report.plots.axes import finish, job_axis, new_axes, percent_axis, time_end

    jobs = tables.jobs
    n = len(jobs)
    ax = new_axes() if ax is None else ax
    strips, notes = 0, [""]
    if n:
        times = jobs["time_to_complete_s"].to_numpy(dtype=float)
        curve = ecdf(times)
        ax.fill_between(
            curve.t_s, curve.low, curve.high, step="post", color=BLUE, alpha=0.2, linewidth=0, label="95 % confidence, whole curve"
        )
        ax.step(curve.t_s[:1].tolist() + curve.t_s.tolist(), [0.0, *curve.share], where="post", color=BLUE, linewidth=1.8, label="all jobs")
        strips = _rug(ax, jobs)
        estimates = {q: quantile(times, q) for q in _QUANTILES}
        end, note = time_end(times, max((e.best for e in estimates.values() if np.isfinite(e.best)), default=0.0))
        job_axis(ax, 1.03 * end, "time to complete")
        _quantiles(ax, estimates)
        spread = _spread(times)
        notes = [f"Jobs: {note}." if note else "", spread]
        if spread:
            _magnify(ax, curve)
    else:
        ax.text(0.5, 0.5, "no replicates", transform=ax.transAxes, ha="center")
        job_axis(ax, 0.0, "time to complete")
    ax.set(ylim=(-0.02 - _RUG * strips, 1.03), yticks=np.linspace(0, 1, 11))
    percent_axis(ax.yaxis, "jobs that ended by then")
    finish(
        ax,
        "Time to complete",
        f"n = {count(n)} replicate{'s' * (n != 1)}, " + _statuses(jobs),
        legend=ax.get_legend_handles_labels()[0],
        note=" ".join(filter(None, notes)),
    )
    return ax


def _statuses(jobs: pd.DataFrame) -> str:
    counts = jobs["status"].value_counts()
    return ", ".join(f"{status.lower()} {count(counts[status])}" for status in JOB_STATUS if counts.get(status, 0)) or "none has ended"


def _magnify(ax: Axes, curve: Ecdf) -> None:
    """Draw the curve once more, over the times at which jobs end alone, in the empty part of the axes."""
    from rolloutsim.report.plots.axes import open_frame, percent_axis, time_axis

    panel = ax.inset_axes((0.1, 0.13, 0.5, 0.3))
    open_frame(panel)
    panel.fill_between(curve.t_s, curve.low, curve.high, step="post", color=BLUE, alpha=0.2, linewidth=0)
    panel.step(curve.t_s[:1].tolist() + curve.t_s.tolist(), [0.0, *curve.share], where="post", color=BLUE, linewidth=1.2)
    panel.set(ylim=(0, 1.03), yticks=(0, 0.5, 1))
    percent_axis(panel.yaxis, "")
    time_axis(panel.xaxis, "enlarged: only the times at which jobs end")
    panel.set_ylabel("")
    panel.tick_params(labelsize="x-small")
    panel.xaxis.label.set_fontsize("x-small")


def _spread(times: FloatArray) -> str:
    """Return when the jobs end, if that is so much alike that the curve looks like a step."""
    low, high = (float(limit) for limit in (times.min(), times.max()))
    if not 0 < high - low < _STEP * high:
        return ""
    unit = scale_of("s", high)
    digits = decimals(high / unit.size, (high - low) / 2 / unit.size)
    return (
        f"All jobs end between {low / unit.size:.{digits}f} and {high / unit.size:.{digits}f} {unit.symbol}, within {duration(high - low)}."
    )


def _rug(ax: Axes, jobs: pd.DataFrame) -> int:
    """Mark the jobs that did not succeed below zero, a strip for each status; return the number of strips."""
    strips = 0
    for status, colour in JOB_STATUS.items():
        times = jobs.loc[jobs["status"] == status, "time_to_complete_s"].dropna().to_numpy(dtype=float)
        if status == "Succeeded" or not len(times):
            continue
        strips += 1
        label = f"{status.lower()}: {count(len(times))} of {count(len(jobs))}"
        ax.plot(times, np.full(len(times), 0.005 - _RUG * strips), "|", color=colour, markersize=9, label=label)
    return strips


def _quantiles(ax: Axes, estimates: dict[float, Estimate]) -> None:
    left, right = ax.get_xlim()
    for q, estimate in estimates.items():
        text = f"P{100 * q:.0f} {sentence(estimate, 's')}"
        if not np.isfinite(estimate.best):
            ax.plot([], [], " ", label=text)
            continue
        low, high = max(estimate.low, left), min(estimate.high, right)
        ax.plot([low, high], [q, q], color=BLACK, linewidth=2.2, solid_capstyle="butt", zorder=4)
        ax.plot(estimate.best, q, "o", color=BLACK, markersize=5, zorder=4)
        # Left of the curve there is nothing above it, right of it nothing below: the text goes where there is room.
        if high < (left + right) / 2:
            place: dict[str, Any] = {"xy": (high, q), "xytext": (9, -3), "ha": "left", "va": "top"}
        elif low > (left + right) / 2:
            place = {"xy": (low, q), "xytext": (-9, 3), "ha": "right", "va": "bottom"}
        elif estimate.best < (left + right) / 2:
            place = {"xy": (estimate.best, q), "xytext": (9, -5), "ha": "left", "va": "top"}
        else:
            place = {"xy": (estimate.best, q), "xytext": (-9, 5), "ha": "right", "va": "bottom"}
        ax.annotate(text, textcoords="offset points", **place)
