"""Why robots fail: the share of the fleet that ends with each code."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.analysis.premises import UNKNOWN
from rolloutsim.formatting import count, percent
from rolloutsim.report.plots.palette import BLACK, COHORTS
from rolloutsim.report.plots.registry import plot
from rolloutsim.report.texts import fleet_size, interval_text
from rolloutsim.vocabulary import CODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from rolloutsim.analysis.codes import CodeCounts
    from rolloutsim.analysis.estimates import Estimate
    from rolloutsim.analysis.premises import Premises
    from rolloutsim.analysis.replicates import FloatArray, ResultTables

_HATCHES = ("", "////", "xxxx", "....")

#: Parts of a bar at most: more labels would leave no room for the bars.
_MOST = 12


@plot(needs=("jobs", "cohorts", "failure_codes"), premises=True)
def plot_failure_codes(tables: ResultTables, *, premises: Premises = UNKNOWN, ax: Axes | None = None) -> Axes:
    """Draw the share of the fleet's robots that ended with each failure code, as bars stacked by cohort, or by class if these are fewer.

    A bar is the mean over replicates of the share within a replicate; its interval (95 %) is of the whole bar, over replicates. Codes that
    no robot ended with are listed below, those of jobs too.

    Parameters
    ----------
    tables
        Anything with the tables `jobs`, `cohorts` and `failure_codes`.
    premises
        Of the scenario: with the probability of a bad release, replicates count for as much as in the summary.
    ax
        Axes to draw on; new ones if None.

    Returns
    -------
    axes
    """
    from rolloutsim.analysis.codes import code_counts, code_shares, share_of_replicates, weights_of_replicates
    from rolloutsim.report.plots.axes import finish, new_axes, percent_axis

    counts = code_counts(tables)
    n = len(counts.fleet)
    found = [one for one in code_shares(tables, counts=counts, premises=premises) if one.share.best > 0]
    names = [one.code for one in found]
    ax = new_axes(8.5, 2.4 + 0.36 * max(len(names), 2)) if ax is None else ax

    handles = _bars(ax, counts, names, weights_of_replicates(tables, premises))
    reach = _intervals(ax, [one.share for one in found])
    ax.set(yticks=range(len(names)), yticklabels=names, ylim=(max(len(names), 1) - 0.4, -0.6), xlim=(0, 1.35 * reach or 0.01))
    percent_axis(ax.xaxis, "robots of the fleet that ended with the code, mean over replicates")
    if not names:
        ax.text(0.5, 0.5, _none(n), transform=ax.transAxes, ha="center", va="center", wrap=True)
    failed = _text(share_of_replicates(counts.shares().sum(axis=1).clip(0, 1), tables, premises)) if names else "none"
    finish(
        ax,
        "Failure codes",
        f"n = {count(n)} replicate{'s' * (n != 1)} of {fleet_size(tables.jobs)} robots, failed: {failed}",
        legend=handles if len(handles) > 1 and names else [],
        note=_small_print(ax, counts, names),
    )
    ax.grid(visible=False, axis="y")
    return ax


def _bars(ax: Axes, counts: CodeCounts, names: list[str], weights: FloatArray) -> list[Artist]:
    from matplotlib.patches import Patch

    left = np.zeros(len(names))
    handles: list[Artist] = []
    codes = [CODES.index(name) for name in names]
    shares = counts.robots[:, :, codes] / counts.fleet[:, None, None]
    what, parts, of_parts = "cohorts", counts.cohorts, shares  # by replicate, part and code
    classes, numbers = counts.labels.get("class", ((), np.empty((0, 0))))
    if len(counts.cohorts) > _MOST and classes:
        what, parts = "classes", classes
        of_parts = np.stack([(shares * (numbers == i)[:, :, None]).sum(axis=1) for i in range(len(classes))], axis=1)
    widths = np.tensordot(weights, of_parts, axes=1)
    for i, (label, width) in enumerate(_parts(what, parts, widths)):
        look: dict[str, Any] = {"facecolor": COHORTS[i % len(COHORTS)], "edgecolor": "white"}
        look["hatch"] = _HATCHES[i // len(COHORTS) % len(_HATCHES)]
        ax.barh(np.arange(len(names)), width, left=left, height=0.68, label=label, linewidth=0.4, **look)
        handles.append(Patch(label=label, **look))
        left = left + width
    return handles


def _parts(what: str, names: Sequence[str], widths: FloatArray) -> list[tuple[str, FloatArray]]:
    """Return the parts of all bars by their labels; if there are many, those with the largest parts and all others."""
    if len(names) <= _MOST:
        return list(zip(names, widths, strict=True))
    largest = np.argsort(-widths.sum(axis=1), kind="stable")[: _MOST - 1]
    shown = sorted(largest.tolist())
    others = np.delete(widths, shown, axis=0)
    return [*((names[i], widths[i]) for i in shown), (f"the other {len(others)} {what}", others.sum(axis=0))]


def _intervals(ax: Axes, shares: list[Estimate]) -> float:
    """Draw and write the interval of each bar; return how far they reach."""
    reach = 0.0
    for row, estimate in enumerate(shares):
        end = estimate.best
        if np.isfinite(estimate.low) and np.isfinite(estimate.high):
            ax.plot([estimate.low, estimate.high], [row, row], color=BLACK, linewidth=1.4, marker="|", markersize=7, zorder=4)
            end = max(end, estimate.high)
        reach = max(reach, end)
        ax.annotate(_text(estimate), (end, row), xytext=(6, 0), textcoords="offset points", va="center", fontsize="small")
    return reach


def _text(estimate: Estimate) -> str:
    value, interval = interval_text(estimate._replace(note=""), "%")
    return f"{value} {interval}" if interval or value[:1] in "<>" else f"{value} (no interval)"


def _none(n: int) -> str:
    from rolloutsim.analysis.estimates import proportion

    return (
        f"no robot failed in n = {count(n)} (fewer than {percent(proportion(0, n).high)} of replicates have a failure)"
        if n
        else "no replicates"
    )


def _small_print(ax: Axes, counts: CodeCounts, names: list[str]) -> str:
    of_jobs = dict(zip(CODES, counts.jobs.sum(axis=0).tolist(), strict=True))
    failed = [f"{code} {count(k)}" for code, k in of_jobs.items() if k]
    unseen = [code for code in CODES if code not in names and not of_jobs[code]]
    width = ax.get_window_extent().width / ax.figure.dpi
    lines = [f"Codes of jobs, n = {count(len(counts.fleet))}: {', '.join(failed) or 'none'}.", f"Not seen: {', '.join(unseen) or 'none'}."]
    return "\n".join(textwrap.fill(line, max(40, int(width / 0.064))) for line in lines)
