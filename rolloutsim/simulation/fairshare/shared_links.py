"""Which links a scenario's robots share: one group for each site that shares something, one for the robots without a site."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["Links", "make_links"]


class Links(NamedTuple):
    """The shared links of a scenario; rates in B/s."""

    sites: tuple[str | None, ...]  #: of each group its site, None for the robots without one
    capacities: tuple[float, ...]  #: of each group
    origin: float
    group: tuple[int, ...]  #: of each cohort, -1 = it shares nothing


def make_links(scenario: Scenario) -> Links:
    """Return the links that robots share; there are no groups if nothing is limited.

    Examples
    --------
    >>> from rolloutsim.scenario import parse
    >>> make_links(parse('''
    ... fleet: [{cohort: dock, robots: 3, site: berlin}, {cohort: road, robots: 2}]
    ... application: {bundle: 1 MB}
    ... network: {sites: {berlin: {downlink: 8 Mbit/s}}}
    ... '''))
    Links(sites=('berlin',), capacities=(1000000.0,), origin=inf, group=(0, -1))
    """
    network = scenario.network
    if network is None:
        return Links((), (), math.inf, (-1,) * len(scenario.fleet))
    origin = math.inf if network.origin is None else network.origin / 8.0

    def capacity(site: str | None) -> float:
        known = network.sites.get(site) if site is not None else None
        return math.inf if known is None or known.downlink is None else known.downlink / 8.0

    named = dict.fromkeys(cohort.site for cohort in scenario.fleet)
    sites = tuple(site for site in named if origin < math.inf or capacity(site) < math.inf)
    group = tuple(sites.index(cohort.site) if cohort.site in sites else -1 for cohort in scenario.fleet)
    return Links(sites, tuple(map(capacity, sites)), origin, group)
