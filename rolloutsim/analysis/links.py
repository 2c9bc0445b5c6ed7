"""Shared links: how much of their capacity is used over time, and for how long they are saturated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.analysis.curves import prediction_band
from rolloutsim.analysis.replicates import Replicates, ResultTables, ratio
from rolloutsim.scenario.reading.quantities import RATE, parse_quantity

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.analysis.replicates import FloatArray
    from rolloutsim.analysis.summary import Summary

__all__ = ["LinkUse", "busiest_site", "link_capacities", "link_use"]

#: The busiest link of each replicate is at least as busy as that of one site; if it is busier by more, it is the origin's.
_SAME = 0.95


class LinkUse(NamedTuple):
    """The bit rate of a shared link over time.

    Attributes
    ----------
    t_s
        Time since the job was created, in s, ascending; with one replicate every instant at which the rate changes.
    median
        Of the rate (bit/s) from each instant on, pointwise over replicates; the rate of one is its mean in a cell of `link_use`, or exact
        where it was recorded.
    low_50, high_50, low_90, high_90
        Between these order statistics the next replicate lies, at any one instant, with at least 50 % and 90 % probability. NaN with
        fewer than 3 and 19 replicates, which cannot bound that.
    busy, saturated
        By replicate: the share of the job's time in which anything flows, and in which all of the capacity is used.
    """

    t_s: FloatArray
    median: FloatArray
    low_50: FloatArray
    high_50: FloatArray
    low_90: FloatArray
    high_90: FloatArray
    busy: FloatArray
    saturated: FloatArray


def link_capacities(scenario: Mapping[str, Any]) -> dict[str | None, float]:
    """Return the capacities of shared links in bit/s.

    Parameters
    ----------
    scenario
        A resolved scenario, as `Scenario.resolved` returns it and the manifest of results holds it.

    Returns
    -------
    capacities
        By name of the site, that of the origin under None and first; links without a limit are not among them.

    Examples
    --------
    >>> link_capacities({"network": {"origin": "1 Gbit/s", "sites": {"berlin": {"downlink": "200 Mbit/s"}, "lyon": {}}}})
    {None: 1000000000.0, 'berlin': 200000000.0}
    """
    network = scenario.get("network", {})
    limits = {None: network.get("origin")} | {name: site.get("downlink") for name, site in network.get("sites", {}).items()}
    return {name: parse_quantity(limit, RATE) for name, limit in limits.items() if limit is not None}


def busiest_site(summary: Summary) -> str:
    """Return the site whose link is used most on average; empty if that is the origin's link, or no link is limited."""
    lines = [] if summary.sites is None or summary.links is None else summary.sites.lines
    used = {line.name: line.utilisation_mean.best for line in lines if line.utilisation_mean is not None}
    name = max(used, key=lambda site: used[site], default="")
    return name if summary.links is not None and name and used[name] >= _SAME * summary.links.utilisation_mean.best else ""


def link_use(tables: ResultTables, site: str | None, *, until_s: float | None = None, points: int = 400) -> LinkUse:
    """Compute the use of a shared link over time.

    Parameters
    ----------
    tables
        The result tables.
    site
        Whose downlink; None for the origin's egress.
    until_s
        By default the end of the longest job.
    points
        Instants, with more than one replicate; equally spaced.

    Raises
    ------
    UsageError
        If the table `link_use` was not kept.
    """
    view = Replicates(tables)
    ends = view.column("time_to_complete_s")
    until = until_s if until_s is not None else float(np.nanmax(ends)) if np.isfinite(ends).any() else 0.0
    cells = list(_cells(view, site))
    functions = [_step_function(own) for own in cells]
    if len(functions) == 1:
        functions = [_recorded(view, site) or functions[0]]
        instants = functions[0][0]
        grid = np.unique(np.concatenate([[0.0, until], instants[instants <= until]]))
    else:
        grid = np.linspace(0.0, until, points)
    values = np.array([rate[np.searchsorted(t, grid, side="right") - 1] for t, rate in functions]).reshape(len(functions), len(grid))
    values.sort(axis=0)
    nothing = np.full(len(grid), np.nan)
    median = np.median(values, axis=0) if len(values) else nothing
    low_50, high_50 = prediction_band(values, 0.5) or (nothing, nothing)
    low_90, high_90 = prediction_band(values, 0.9) or (nothing, nothing)
    busy, saturated = (
        np.minimum(ratio(np.array([_spent(own, name, end) for own, end in zip(cells, ends, strict=True)]), ends), 1.0)
        for name in ("busy_s", "saturated_s")
    )
    return LinkUse(grid, median, low_50, high_50, low_90, high_90, busy, saturated)


def _of_link(table: pd.DataFrame, site: str | None) -> pd.DataFrame:
    """Return the rows of the downlink of a site, or of the origin."""
    mine = table["quantity"] == ("origin_bit_rate" if site is None else "site_bit_rate")
    return table[(mine if site is None else mine & (table["site"] == site)).to_numpy()]


def _cells(view: Replicates, site: str | None) -> Iterator[pd.DataFrame]:
    """Yield the cells of the link, replicate by replicate, in the order of time."""
    rows = _of_link(view.table("link_use"), site)
    at = view.positions(rows)
    order = np.lexsort((rows["t_s"].to_numpy(dtype=float), at))
    rows, at = rows.iloc[order], at[order]
    bounds = np.searchsorted(at, np.arange(len(view) + 1)).tolist()
    for first, last in pairwise(bounds):
        yield rows.iloc[first:last]


def _step_function(cells: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Return the mean rate (bit/s) of cells as a step function from 0 on; nothing flows where there are none."""
    start, until, amount = (cells[name].to_numpy(dtype=float) for name in ("t_s", "until_s", "bytes"))
    t = np.concatenate([[0.0], np.column_stack([start, until]).ravel()])
    rate = np.concatenate([[0.0], np.column_stack([8.0 * amount / (until - start), np.zeros(len(start))]).ravel()])
    return t, rate  # of equal instants the last one counts


def _recorded(view: Replicates, site: str | None) -> tuple[FloatArray, FloatArray] | None:
    """Return the exact rate of the only replicate, if that was recorded."""
    timeline = view.tables.timeline
    rows = None if timeline is None else _of_link(timeline, site)
    if rows is None or not len(rows):
        return None
    order = np.argsort(rows["t_s"].to_numpy(dtype=float), kind="stable")
    t, rate = (rows[name].to_numpy(dtype=float)[order] for name in ("t_s", "value"))
    return np.append(0.0, t), np.append(0.0, rate)


def _spent(cells: pd.DataFrame, name: str, end_s: float) -> float:
    """Return what cells of a job up to its end add up to."""
    return float(cells[name].to_numpy(dtype=float)[cells["until_s"].to_numpy(dtype=float) <= end_s].sum())
