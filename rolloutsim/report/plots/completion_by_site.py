"""How each site comes into sync, as small multiples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rolloutsim.formatting import count
from rolloutsim.report.plots.palette import BLACK, BLUE
from rolloutsim.report.plots.registry import plot
from rolloutsim.report.texts import fleet_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from rolloutsim.analysis.curves import CompletionCurve
    from rolloutsim.analysis.replicates import ResultTables


@plot(needs=("jobs", "cohorts", "robots", "sites"), sites=True)
def plot_completion_by_site(tables: ResultTables, *, sites: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw the share of each site's robots that are InSync over time, beside that of the fleet.

    A panel has the median over replicates and the band that holds 90 % of them; see `plot_completion_curve`.

    Parameters
    ----------
    tables
        Anything with the tables `jobs`, `cohorts`, `robots` and `sites`.
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
        If the tables hold no robots, or the fleet has no sites, or not these.
    """
    from rolloutsim.analysis.curves import completion_curves
    from rolloutsim.analysis.groups import Group
    from rolloutsim.report.plots.axes import finish, job_axis, percent_axis, time_end
    from rolloutsim.report.plots.panels import label_outer
    from rolloutsim.report.plots.sites import chosen_sites, site_panels

    jobs = tables.jobs
    names, which = chosen_sites(tables, sites)
    end, note = time_end(jobs["time_to_complete_s"].to_numpy(dtype=float))
    fleet, *curves = completion_curves(tables, [None, *(Group("site", name) for name in names)], until_s=1.03 * end)
    ax, found = site_panels(ax, names)
    for panel, curve in zip(found, curves, strict=True):
        _draw(panel, curve, fleet)
        job_axis(panel, 1.03 * end)
        panel.set(ylim=(0, 1.03), yticks=np.linspace(0, 1, 5))
        percent_axis(panel.yaxis, "")
    across, up = found[0].get_xlabel(), "robots of the site that are InSync (%)"
    for panel in found:
        panel.set(xlabel="", ylabel="")
    if len(found) > 1:
        label_outer(found)
    ax.set_xlabel(across, labelpad=18 if len(found) > 1 else None)
    ax.set_ylabel(up, labelpad=26 if len(found) > 1 else None)
    finish(
        ax,
        "Completion by site" if len(found) > 1 else f"Completion of {names[0]}",
        f"n = {count(fleet.n)} replicate{'s' * (fleet.n != 1)} of {fleet_size(jobs)} robots; {which}",
        legend=found[0].get_legend_handles_labels()[0],
        above=14.0 if len(found) > 1 else 0.0,
        note=note and f"Ends of jobs: {note}.",
    )
    return ax


def _draw(panel: Axes, curve: CompletionCurve, fleet: CompletionCurve) -> None:
    if not curve.n:
        panel.text(0.5, 0.5, "no replicates", transform=panel.transAxes, ha="center", fontsize="small")
        return
    if not np.isnan(curve.low_90).all():
        panel.fill_between(curve.t_s, curve.low_90, curve.high_90, color=BLUE, alpha=0.25, linewidth=0, label="90 % of replicates")
    panel.plot(curve.t_s, curve.median, color=BLUE, linewidth=1.8, label="median of the site" if curve.n > 1 else "the one replicate")
    panel.plot(fleet.t_s, fleet.median, color=BLACK, linewidth=0.9, linestyle="--", label="median of the fleet")
