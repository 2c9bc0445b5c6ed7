"""Which sites a plot has panels of, and how it is laid out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.formatting import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from rolloutsim.analysis.replicates import ResultTables

#: Sites at most that are drawn unless some are chosen.
MOST_SITES = 12

#: Letters above a panel at most.
_TITLE = 26


def chosen_sites(tables: ResultTables, sites: Sequence[str] | None) -> tuple[list[str], str]:
    """Return the sites to draw, by default those that differ most, and in words which of all these are.

    Raises
    ------
    UsageError
        If the fleet has no sites, or not these.
    """
    from rolloutsim.analysis.group_summary import summarize_groups
    from rolloutsim.analysis.groups import Group, no_such_group
    from rolloutsim.analysis.premises import UNKNOWN
    from rolloutsim.analysis.replicates import no_groups
    from rolloutsim.errors import UsageError

    summary = summarize_groups("site", tables, UNKNOWN)
    if summary is None:
        raise no_groups("sites")
    names = [line.name for line in summary.lines]
    if sites is not None:
        unknown = [site for site in sites if site not in names]
        if unknown or not sites:
            raise UsageError(no_such_group(Group("site", unknown[0]), {"site": names}) if unknown else "sites: name at least one")
        return list(sites), f"{count(len(sites))} of {count(len(names))} sites"
    differing = [line.name for line in summary.differing]
    found = [*differing, *(name for name in names if name not in differing)][:MOST_SITES]
    if len(names) == 1:
        return found, "the only site"
    some = f"{count(len(found))} of {count(len(names))}" if len(found) < len(names) else f"all {count(len(names))}"
    return found, f"{some} sites, the most different first" if differing else f"{some} sites, which are alike"


def _abridged(name: str) -> str:
    """Return a name with its middle left out if it is too long: names of many sites often begin alike.

    >>> _abridged("the warehouse beside the old harbour 12")
    'the warehouse…d harbour 12'
    """
    half = _TITLE // 2
    return name if len(name) <= _TITLE else f"{name[:half]}…{name[1 - half :]}"


def site_panels(ax: Axes | None, sites: Sequence[str], *, width: float = 2.2, height: float = 1.7) -> tuple[Axes, list[Axes]]:
    """Return axes, made if there are none, and a panel per site on them; each panel has a size in inches."""
    from rolloutsim.report.plots.axes import new_axes
    from rolloutsim.report.plots.panels import columns_of, panels

    columns = columns_of(len(sites))
    if ax is None:
        ax = new_axes(max(7.0, width * columns + 1.6), max(3.6, (height + 0.3) * math.ceil(len(sites) / columns) + 1.6))
    found = panels(ax, len(sites))
    for panel, site in zip(found, sites, strict=True):
        if len(found) > 1:
            panel.set_title(_abridged(site), loc="left", fontsize="small", pad=3, parse_math=False, usetex=False)
            panel.tick_params(labelsize="x-small")
    ax.spines[["left", "bottom"]].set_visible(len(found) == 1)
    return ax, found
