"""Why robots fail at each site, as small multiples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.analysis.premises import UNKNOWN
from rolloutsim.formatting import count
from rolloutsim.report.plots.palette import BLACK, BLUE
from rolloutsim.report.plots.registry import plot
from rolloutsim.report.texts import fleet_size
from rolloutsim.vocabulary import CODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from rolloutsim.analysis.premises import Premises
    from rolloutsim.analysis.replicates import FloatArray, ResultTables

#: Codes at most: the most frequent ones.
_MOST = 6


@plot(needs=("jobs", "cohorts", "failure_codes", "sites"), sites=True, premises=True)
def plot_failure_codes_by_site(
    tables: ResultTables, *, premises: Premises = UNKNOWN, sites: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the share of each site's robots that ended with each failure code, above that of the fleet.

    A bar is the mean over replicates of the share within a replicate. There are at most six codes, the most frequent first.

    Parameters
    ----------
    tables
        Anything with the tables `jobs`, `cohorts`, `failure_codes` and `sites`.
    premises
        Of the scenario: with the probability of a bad release, replicates count for as much as in the summary.
    sites
        Which to draw; by default at most 12, the most different first.
    ax
        Axes to draw on; new ones if None.

    Returns
    -------
    axes

    Raises
    ------
    UsageError
        If the fleet has no sites, or not these.
    """
    from rolloutsim.analysis.codes import code_counts
    from rolloutsim.analysis.groups import Group
    from rolloutsim.report.plots.axes import finish
    from rolloutsim.report.plots.panels import label_outer
    from rolloutsim.report.plots.sites import chosen_sites, site_panels

    names, which = chosen_sites(tables, sites)
    counts = code_counts(tables)
    n = len(counts.fleet)
    by_site = [_means(counts.shares(Group("site", name)), tables, premises) for name in names]
    fleet = _means(counts.shares(), tables, premises)
    frequent = np.argsort(-np.maximum(fleet, np.max(by_site, axis=0)), kind="stable")[:_MOST]
    codes = [int(code) for code in frequent if fleet[code] > 0]
    ax, found = site_panels(ax, names, height=0.5 + 0.22 * max(len(codes), 2))
    end = 1.3 * max([float(max(means[codes], default=0.0)) for means in by_site], default=0.0) or 0.01
    for panel, means in zip(found, by_site, strict=True):
        _draw(panel, means[codes], fleet[codes], end)
        panel.set_yticks(range(len(codes)), labels=[CODES[code] for code in codes])
    if len(found) > 1:
        label_outer(found)
    others = int((fleet > 0).sum()) - len(codes)
    ax.set_xlabel("robots of the site with the code, mean over replicates (%)", labelpad=18 if len(found) > 1 else None)
    finish(
        ax,
        "Failure codes by site" if len(found) > 1 else f"Failure codes of {names[0]}",
        f"n = {count(n)} replicate{'s' * (n != 1)} of {fleet_size(tables.jobs)} robots; {which}",
        legend=found[0].get_legend_handles_labels()[0][::-1],
        above=14.0 if len(found) > 1 else 0.0,
        note=f"Not drawn: {others} rarer codes." if others > 1 else "Not drawn: 1 rarer code." if others else "",
    )
    return ax


def _means(shares: FloatArray, tables: ResultTables, premises: Premises) -> FloatArray:
    """Return the mean share by code, over the replicates in which there are robots."""
    from rolloutsim.analysis.codes import share_of_replicates

    return np.nan_to_num([share_of_replicates(own, tables, premises).best for own in shares.T])


def _draw(panel: Axes, means: FloatArray, fleet: FloatArray, end: float) -> None:
    from matplotlib.ticker import MaxNLocator

    from rolloutsim.report.plots.axes import percent_axis

    rows = np.arange(len(means))
    if not len(rows):
        panel.text(0.5, 0.5, "no robot failed", transform=panel.transAxes, ha="center", fontsize="small")
    panel.barh(rows - 0.12, means, height=0.5, color=BLUE, label="the site")
    # Below the bar, so that the number at its end can be that of no other bar.
    panel.hlines(rows + 0.26, 0, fleet, color=BLACK, linewidth=1.8, label="the fleet", zorder=4)
    panel.plot(fleet, rows + 0.26, "|", color=BLACK, markersize=4, markeredgewidth=1.2, zorder=4)
    for row, mean in enumerate(means):
        if mean > 0:
            place: dict[str, Any] = {"xy": (mean, row - 0.12), "xytext": (2, 0), "textcoords": "offset points", "va": "center_baseline"}
            panel.annotate(f"{100 * mean:.2g} %", fontsize="x-small", color=BLUE, **place)
    ticks = [tick for tick in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(0, end) if 0 <= tick <= min(end, 1)]
    panel.set(xlim=(0, end), ylim=(max(len(rows), 1) - 0.4, -0.6), xticks=ticks)
    percent_axis(panel.xaxis, "")
    panel.set_xlabel("")
    panel.grid(visible=False, axis="y")
