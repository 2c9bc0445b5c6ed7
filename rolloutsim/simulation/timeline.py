"""Step functions of time: robots in flight, completed and failed, and the bit rate, by cohort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.simulation.log import Columns
from rolloutsim.simulation.use import Use

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

__all__ = ["peak", "step_function", "timeline_columns"]

_SITE_BIT_RATE, _ORIGIN_BIT_RATE = 4, 5


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
    order = np.argsort(t, kind="stable")
    instants = np.concatenate([[0.0], t[order]])
    values = np.concatenate([[0.0], np.cumsum(change[order])])
    last = np.append(instants[1:] != instants[:-1], True)
    return instants[last], values[last]


def peak(flows: dict[str, Array], which: Array, uses: list[Use]) -> float:
    """Return the largest sum of rates of simultaneous transfers; unlimited ones take no time and do not count.

    Parameters
    ----------
    flows
        Transfers, of which `which` (shape (n,), bool) tells those that share nothing.
    uses
        Of the shared links; the last one is the sum of all.
    """
    t, change = _rates(flows, which & np.isfinite(flows["rate"]))
    if len(uses) > 1:
        t = np.concatenate([t, uses[-1].t])
        change = np.concatenate([change, np.diff(uses[-1].rate, prepend=0.0)])
    return float(max(0.0, step_function(t, change)[1].max()))


def _rates(flows: dict[str, Array], which: Array) -> tuple[Array, Array]:
    started, ended, rate = (flows[name][which] for name in ("started", "ended", "rate"))
    return np.concatenate([ended, started]), np.concatenate([-rate, rate])


def timeline_columns(
    columns: Columns, robots: dict[str, Any], cohort: Array, cohorts: int, uses: list[Use], sites: list[int]
) -> dict[str, Array]:
    """Return the columns of the timeline of one replicate.

    Parameters
    ----------
    columns
        Its records.
    robots
        Columns of the table `robots` for all robots of the fleet.
    cohort
        Shape (robots,): each robot's cohort.
    cohorts
        How many there are.
    uses
        Of the shared links; the last one is the origin's.
    sites
        Of each of the others its site, -1 = none.
    """
    holds, flows = columns.holds, columns.flows
    parts: list[tuple[int, int, Array, Array]] = []
    for number in range(cohorts):
        own = cohort == number
        held = own[holds["robot"]]
        granted, freed = holds["granted"][held], holds["freed"][held]
        reported = robots["reported_s"][own & ~np.isnan(robots["reported_s"])]
        failed = robots["reported_s"][own & (robots["failure_code"] >= 0)]
        t, change = _rates(flows, own[flows["robot"]] & np.isfinite(flows["rate"]))
        quantities = (
            (np.concatenate([granted, freed]), np.repeat([1.0, -1.0], [len(granted), len(freed)])),
            (reported, np.ones(len(reported))),
            (failed, np.ones(len(failed))),
            (t, 8.0 * change),
        )
        parts += [(kind, number, *step_function(*quantity)) for kind, quantity in enumerate(quantities)]
    of_site = [-1] * len(parts)
    if len(uses) > 1:
        parts += [(_SITE_BIT_RATE, -1, use.t, 8.0 * use.rate) for use in uses[:-1]]
        parts.append((_ORIGIN_BIT_RATE, -1, uses[-1].t, 8.0 * uses[-1].rate))
        of_site += [*sites, -1]
    lengths = [len(part[2]) for part in parts]
    return {
        "t_s": np.concatenate([part[2] for part in parts]),
        "quantity": np.repeat([part[0] for part in parts], lengths),
        "cohort": np.repeat([part[1] for part in parts], lengths),
        "site": np.repeat(of_site, lengths),
        "value": np.concatenate([part[3] for part in parts]),
    }
