"""The twin of `rolloutsim.simulation.fairshare.sharing`: progressive filling from nothing at every event, in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

__all__ = ["Event", "Twin", "fair_rates"]

Rates = dict[int, Fraction]


class Event(NamedTuple):
    """Something that happens to a link: numbers are whole, so that the twin is exact. A limit of None is unlimited."""

    t: int
    what: str  #: join | leave | cap
    flow: int
    site: int = 0
    limit: int | None = None
    size: int = 0


def fair_rates(caps: dict[int, int | None], site_of: dict[int, int], capacities: dict[int, int | None]) -> Rates:
    """Raise the rates of all flows together; each stays where its cap, its site or the origin (site -1) is exhausted."""
    rates: Rates = {flow: Fraction(0) for flow in caps}
    rising = set(caps)
    while rising:
        steps = [cap - rates[flow] for flow in rising if (cap := caps[flow]) is not None]
        groups = [
            (capacity, [f for f in rates if site in (-1, site_of[f])]) for site, capacity in capacities.items() if capacity is not None
        ]
        for capacity, members in groups:
            climbing = len(rising.intersection(members))
            if climbing:
                steps.append((capacity - sum(rates[f] for f in members)) / climbing)
        step = min(steps)
        for flow in rising:
            rates[flow] += step
        rising -= {flow for flow in rising if rates[flow] == caps[flow]}
        for capacity, members in groups:
            if sum(rates[f] for f in members) == capacity:
                rising -= set(members)
    return rates


class Twin:
    """Links on which every event computes all rates again. Something must limit each flow."""

    def __init__(self, capacities: list[int | None], origin: int | None) -> None:
        self.capacities: dict[int, int | None] = {-1: origin, **dict(enumerate(capacities))}
        self.t = Fraction(0)
        self.caps: dict[int, int | None] = {}
        self.site: dict[int, int] = {}
        self.left: dict[int, Fraction] = {}
        self.done: list[tuple[Fraction, int]] = []

    @property
    def rates(self) -> Rates:
        return fair_rates(self.caps, self.site, self.capacities)

    def run(self, until: Fraction | None) -> None:
        """Let bytes flow, and flows end, up to an instant (None: as long as anything ends)."""
        while True:
            rates = self.rates
            due = [self.t + self.left[f] / rate if rate else self.t for f, rate in rates.items() if rate or not self.left[f]]
            soonest = min(due, default=None)
            stop = until if soonest is None or (until is not None and soonest > until) else soonest
            if stop is None:
                return
            for flow, rate in rates.items():
                self.left[flow] -= rate * (stop - self.t)
            self.t = stop
            ended = sorted(flow for flow, left in self.left.items() if left == 0)
            for flow in ended:
                self.done.append((self.t, flow))
                self.forget(flow)
            if not ended and self.t == until:
                return

    def forget(self, flow: int) -> Fraction:
        del self.caps[flow], self.site[flow]
        return self.left.pop(flow)

    def apply(self, event: Event) -> Fraction | None:
        """Let an event happen after all that is due; returns the bytes left of a flow that leaves."""
        self.run(Fraction(event.t))
        if event.what == "join" and event.flow not in self.caps:
            self.caps[event.flow], self.site[event.flow], self.left[event.flow] = event.limit, event.site, Fraction(event.size)
        elif event.what == "cap" and event.flow in self.caps:
            self.caps[event.flow] = event.limit
        elif event.what == "leave" and event.flow in self.caps:
            return self.forget(event.flow)
        return None
