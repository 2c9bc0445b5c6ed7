"""Step functions of time: robots in flight, completed and failed by cohort, and the bit rates of cohorts, sites and the origin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.simulation.records.cells import cells
from rolloutsim.simulation.records.link_usage import Use
from rolloutsim.simulation.records.log import Columns

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

__all__ = ["TimeSeries", "bit_rates", "link_use_columns", "step_function", "timeline_columns"]


def in_time(t: Array) -> Array:
    """Return the order of instants (s, from 0 on); equal ones keep theirs.

    They are put into 65,536 equal intervals first: that takes one step for each, and leaves little to sort, a fifth of the work.

    Examples
    --------
    >>> in_time(np.array([2.0, 1.0, 2.0, 0.0]))
    array([3, 1, 0, 2])
    """
    latest = float(t.max(initial=0.0))
    scale = 65535.0 / latest if latest > 1e-300 else 0.0
    order = np.argsort((t * scale).astype(np.uint16), kind="stable")
    return order[np.argsort(t[order], kind="stable")]


def step_function(t: Array, change: Array) -> tuple[Array, Array]:
    """Add up changes into a step function that starts at time 0.

    Parameters
    ----------
    t, change
        Shape (n,): instants (s) in any order, and by how much the value changes at each.

    Returns
    -------
    t, value
        Shape (m,): distinct instants, ascending, the first one 0, and the value from each of them on.

    Examples
    --------
    >>> step_function(np.array([2.0, 1.0, 2.0]), np.array([-1.0, 1.0, 1.0]))
    (array([0., 1., 2.]), array([0., 1., 1.]))
    """
    order = in_time(t)
    instants = np.concatenate([[0.0], t[order]])
    values = np.concatenate([[0.0], np.cumsum(change[order])])
    last = np.append(instants[1:] != instants[:-1], True)
    return instants[last], values[last]


class TimeSeries(NamedTuple):
    """A step function: from each instant `t` (s) on `value` (robots or bit/s)."""

    quantity: int  #: number among the counts of `timeline`, or among `BIT_RATES`
    cohort: int  #: -1 = none
    site: int  #: -1 = none
    t: Array
    value: Array
    capacity: float = math.inf  #: of the link (bit/s)


def bit_rates(columns: Columns, cohort: Array, cohorts: int, uses: list[Use], sites: list[int]) -> list[TimeSeries]:
    """Return all bit rates of one replicate.

    Parameters
    ----------
    columns
        Its records.
    cohort
        Shape (robots,): the cohort of each robot, ascending.
    cohorts
        How many there are.
    uses
        Of the shared links; the last one is the origin's.
    sites
        Of each of the others its site, -1 = none.
    """
    flows = columns.flows
    found = []
    bounds = np.searchsorted(cohort[flows["robot"]], np.arange(cohorts + 1)).tolist()
    for number, (first, last) in enumerate(pairwise(bounds)):
        started, ended, rate = (flows[name][first:last] for name in ("started", "ended", "rate"))
        limited = np.isfinite(rate)
        started, ended, rate = started[limited], ended[limited], rate[limited]
        t, change = step_function(np.concatenate([ended, started]), np.concatenate([-rate, rate]))
        found.append(TimeSeries(0, number, -1, t, 8.0 * change))
    if len(uses) > 1:
        found += [TimeSeries(1, -1, site, use.t, 8.0 * use.rate, 8.0 * use.capacity) for site, use in zip(sites, uses[:-1], strict=True)]
        found.append(TimeSeries(2, -1, -1, uses[-1].t, 8.0 * uses[-1].rate, 8.0 * uses[-1].capacity))
    return found


def timeline_columns(
    columns: Columns, robots: Mapping[str, Array], cohort: Array, cohorts: int, rates: list[TimeSeries]
) -> dict[str, Array]:
    """Return the columns of `timeline` of one replicate.

    Parameters
    ----------
    columns, cohort, cohorts
        As for `bit_rates`.
    robots
        Columns of the table `robots` for all robots of the fleet.
    rates
        Those that are to have rows.
    """
    holds = columns.holds
    parts: list[TimeSeries] = []
    held = np.searchsorted(cohort[holds["robot"]], np.arange(cohorts + 1)).tolist()
    robots_of = np.searchsorted(cohort, np.arange(cohorts + 1)).tolist()
    for number in range(cohorts):
        own, of = slice(*held[number : number + 2]), slice(*robots_of[number : number + 2])
        granted, freed = holds["granted"][own], holds["freed"][own]
        reported = robots["reported_s"][of]
        failed = reported[robots["failure_code"][of] >= 0]
        reported = reported[~np.isnan(reported)]
        changes = (
            (np.concatenate([granted, freed]), np.repeat([1.0, -1.0], [len(granted), len(freed)])),
            (reported, np.ones(len(reported))),
            (failed, np.ones(len(failed))),
        )
        parts += [TimeSeries(kind, number, -1, *step_function(*change)) for kind, change in enumerate(changes)]
    parts += [rate._replace(quantity=3 + rate.quantity) for rate in rates]
    lengths = [len(part.t) for part in parts]
    return {
        "t_s": np.concatenate([part.t for part in parts]),
        **{name: np.repeat([getattr(part, name) for part in parts], lengths) for name in ("quantity", "cohort", "site")},
        "value": np.concatenate([part.value for part in parts]),
    }


def link_use_columns(rates: list[TimeSeries], end: float) -> dict[str, Array]:
    """Return the columns of `link_use` of one replicate whose job ends then (s)."""
    parts = [cells(rate.t, rate.value, end, rate.capacity) for rate in rates]
    lengths = [len(part.t) for part in parts]
    t, until, amount, peak, busy, full = (np.concatenate(column) for column in zip(*parts, strict=True))
    return {
        **{name: np.repeat([getattr(rate, name) for rate in rates], lengths) for name in ("quantity", "cohort", "site")},
        "t_s": t,
        "until_s": until,
        "bytes": amount / 8.0,
        "peak_bit_per_s": peak,
        "busy_s": busy,
        "saturated_s": full,
    }
