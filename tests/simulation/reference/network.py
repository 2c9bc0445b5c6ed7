"""Shared links: whenever bytes begin or cease to flow, or a robot's own rate changes, all rates are computed again from nothing."""

from __future__ import annotations

import math
from fractions import Fraction

from rolloutsim.scenario import Scenario
from tests.simulation.filling import fair_rates
from tests.simulation.reference.state import Robot

FULL = 1 - 1e-9
ORIGIN = -1


class Network:
    """The limited links of a scenario, numbered: the origin -1, then sites; and how much of them was used."""

    def __init__(self, scenario: Scenario) -> None:
        network = scenario.network
        there = {cohort.site for cohort in scenario.fleet}
        self.sites = [] if network is None else [site for site in network.sites if site in there]
        rates = {} if network is None else {ORIGIN: network.origin} | {n: network.sites[s].downlink for n, s in enumerate(self.sites)}
        self.capacities = {number: Fraction(rate) / 8 for number, rate in rates.items() if rate is not None}
        self.peak = self.saturated = 0.0
        self.sent = dict.fromkeys(self.capacities, 0.0)  # B, until the job is over

    def links(self, r: Robot) -> list[int]:
        """Return the limited links on the way to a robot."""
        site = self.sites.index(r.cohort.site) if r.cohort.site in self.sites else None
        return [number for number in self.capacities if number in (ORIGIN, site)]

    def rates(self, robots: list[Robot]) -> dict[int, float]:
        """Return what each robot to which bytes flow gets (B/s), by index."""
        caps = {r.index: None if r.rate == math.inf else Fraction(r.rate) for r in robots}
        site_of = {r.index: self.sites.index(r.cohort.site) if r.cohort.site in self.sites else len(self.sites) for r in robots}
        return {index: float(rate) for index, rate in fair_rates(caps, site_of, self.capacities).items()}

    def use(self, robots: list[Robot], seconds: float, *, over: bool) -> None:
        """Keep account of an interval in which these get what they get."""
        full = False
        for number, capacity in self.capacities.items():
            used = math.fsum(r.flow for r in robots if number in self.links(r))
            self.peak = max(self.peak, used / float(capacity))
            full = full or used >= FULL * capacity
            self.sent[number] += 0.0 if over else used * seconds
        self.saturated += seconds if full else 0.0
