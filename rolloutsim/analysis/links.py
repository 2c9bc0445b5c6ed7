"""Shared links: how much of their capacity is used over time, and for how long they are saturated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.analysis.curves import prediction_band
from rolloutsim.analysis.replicates import Replicates, ResultTables, ratio
from rolloutsim.scenario.quantities import RATE, parse_quantity
from rolloutsim.simulation.use import ROUNDING

if TYPE_CHECKING:
    from rolloutsim.analysis.replicates import FloatArray

__all__ = ["LinkUse", "link_capacities", "link_use"]


class LinkUse(NamedTuple):
    """The bit rate of a shared link over time.

    Attributes
    ----------
    t_s
        Time since the job was created, in s, ascending; with one replicate every instant at which the rate changes.
    median
        Of the rate (bit/s) from each instant on, pointwise over replicates.
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


def link_use(
    tables: ResultTables, site: str | None, capacity_bit_per_s: float, *, until_s: float | None = None, points: int = 1200
) -> LinkUse:
    """Compute the use of a shared link over time.

    Parameters
    ----------
    tables
        The result tables.
    site
        Whose downlink; None for the origin's egress.
    capacity_bit_per_s
        Of the link.
    until_s
        By default the end of the longest job.
    points
        Instants, with more than one replicate; equally spaced.

    Raises
    ------
    UsageError
        If the timeline is not there.
    """
    view = Replicates(tables)
    ends = view.column("time_to_complete_s")
    until = until_s if until_s is not None else float(np.nanmax(ends)) if np.isfinite(ends).any() else 0.0
    functions = list(_rates(view, site))
    if len(functions) == 1:
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
        np.minimum(ratio(np.array([_time(t, rate >= least, end) for (t, rate), end in zip(functions, ends, strict=True)]), ends), 1.0)
        for least in (ROUNDING * capacity_bit_per_s, (1 - ROUNDING) * capacity_bit_per_s)
    )
    return LinkUse(grid, median, low_50, high_50, low_90, high_90, busy, saturated)


def _rates(view: Replicates, site: str | None) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield the rate of the link as a step function from 0 on, replicate by replicate; nothing flows where there are no rows."""
    timeline = view.table("timeline")
    mine = timeline["quantity"] == ("origin_bit_rate" if site is None else "site_bit_rate")
    if site is not None:
        mine &= timeline["site"] == site
    rows = timeline[mine.to_numpy()]
    at, t_s, value = view.positions(rows), rows["t_s"].to_numpy(dtype=float), rows["value"].to_numpy(dtype=float)
    order = np.lexsort((t_s, at))
    at, t_s, value = at[order], t_s[order], value[order]
    for position in range(len(view)):
        own = slice(*np.searchsorted(at, [position, position + 1]))
        yield np.concatenate([[0.0], t_s[own]]), np.concatenate([[0.0], value[own]])


def _time(t_s: FloatArray, holds: np.ndarray[Any, np.dtype[np.bool_]], end_s: float) -> float:
    """Return for how long something holds up to an instant that holds from each of these instants on or not."""
    return float(np.diff(np.minimum(np.append(t_s, np.inf), end_s))[holds].sum())
