"""What robots share: the downlinks of sites and the egress of the origin. What is not named is unlimited."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator

from rolloutsim.scenario.connectivity import not_yet
from rolloutsim.scenario.finding import Finding, duration_in_words
from rolloutsim.scenario.mistakes import MistakeError, Mistakes, did_you_mean
from rolloutsim.scenario.part import Part, empty_if_none, shared
from rolloutsim.scenario.phrases import Line, quantity_in_words
from rolloutsim.scenario.quantities import RATE, SIZE, format_quantity, parse_quantity

if TYPE_CHECKING:
    from rolloutsim.scenario.model import Scenario

__all__ = ["Network", "Site", "network_findings", "network_lines", "write_network"]


def _capacity(raw: Any) -> float:
    rate = parse_quantity(raw, RATE)
    if rate == 0:
        raise MistakeError("through this link no download ever ends", "write e.g. 200 Mbit/s, or remove it: absent = unlimited")
    return rate


Capacity = Annotated[float | None, PlainValidator(_capacity), shared("rate")]


def _site(raw: Any) -> Any:
    if isinstance(raw, dict) and "outages" in raw:
        mistakes = Mistakes()
        mistakes.add(("outages",), not_yet("outages", "connectivity: {renewal: …} in each cohort"), raw["outages"])
        mistakes.fail()
    if isinstance(raw, str):
        raise MistakeError("a mapping is needed", f"write {{downlink: {raw}}}")
    return {} if raw is None else raw


class Site(Part):
    """Where robots are; what they share there."""

    downlink: Capacity = Field(None, description="Capacity shared by the robots of the site; absent = unlimited.")


class Network(Part):
    """What robots share: simultaneous downloads share it max-min fairly, each capped at its robot's own rate."""

    origin: Capacity = Field(None, description="Egress shared by all robots; absent = unlimited.")
    sites: Annotated[Mapping[str, Annotated[Site, BeforeValidator(_site)]], BeforeValidator(empty_if_none)] = Field(
        {}, description="The sites that cohorts name with `site:`."
    )

    @property
    def shares(self) -> bool:
        """Whether anything is limited at all."""
        return self.origin is not None or any(site.downlink is not None for site in self.sites.values())


def network_findings(scenario: Scenario) -> Iterator[Finding]:
    """Yield what of the network does not fit to the rest."""
    network = scenario.network
    if network is None:
        return
    used = {cohort.site for cohort in scenario.fleet if cohort.site is not None}
    for name in network.sites:
        if name not in used:
            why = "no cohort is at this site, so it has no effect"
            hint = did_you_mean(name, sorted(used)) if used else f"add site: {name} to a cohort"
            yield Finding(("network", "sites", name), why, hint, "warning", True, name, (("fleet",),))
    for number, cohort in enumerate(scenario.fleet):
        if cohort.site is not None and network.sites and cohort.site not in network.sites:
            why = "network.sites does not name this site: its downlink is unlimited"
            hint = did_you_mean(cohort.site, sorted(network.sites))
            yield Finding(("fleet", number, "site"), why, hint, "warning", involves=(("network", "sites"),))


def network_lines(scenario: Scenario) -> Iterator[Line]:
    """Say what is shared, and how long it takes at least to send everybody everything."""
    network = scenario.network
    if network is None or not network.shares:
        yield Line("nothing is shared: downloads do not slow each other", "assumption", "network: {origin: …, sites: …}")
        return
    bundle = scenario.application.bundle
    sizes = {cohort.name: cohort.robots * bundle.get(cohort.architecture, 0.0) for cohort in scenario.fleet}
    yield from _capacity_line("the origin", network.origin, math.fsum(sizes.values()))
    for name, site in network.sites.items():
        there = math.fsum(sizes[cohort.name] for cohort in scenario.fleet if cohort.site == name)
        yield from _capacity_line(f"site {name}", site.downlink, there)
    yield Line("simultaneous downloads share max-min fairly, each capped at its robot's own rate", "given")


def _capacity_line(where: str, capacity: float | None, size: float) -> Iterator[Line]:
    if capacity is None:
        yield Line(f"{where}: unlimited", "default")
        return
    yield Line(f"{where}: {quantity_in_words(capacity, RATE)}", "given")
    if size > 0:
        text = f"all bundles that pass it ({quantity_in_words(size, SIZE)}) take at least {duration_in_words(8 * size / capacity)}"
        yield Line(text, "derived", depth=1)


def write_network(network: Network) -> dict[str, Any]:
    """Return a network as a file spells it."""
    written: dict[str, Any] = {} if network.origin is None else {"origin": format_quantity(network.origin, RATE)}
    sites = {name: {} if s.downlink is None else {"downlink": format_quantity(s.downlink, RATE)} for name, s in network.sites.items()}
    return written | ({"sites": sites} if sites else {})
