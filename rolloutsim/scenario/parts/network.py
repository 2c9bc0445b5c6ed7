"""The network between the application and the robots: what they share on the way, and what sites have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from rolloutsim.errors import Problem
from rolloutsim.scenario.parts.amounts import Quantity
from rolloutsim.scenario.parts.connectivity import Always, Connectivity, ConnectivityType, EquilibriumSpell, share_of
from rolloutsim.scenario.parts.fields import FieldType, Part, Schema
from rolloutsim.scenario.parts.names import parse_key_name
from rolloutsim.scenario.parts.traces import Trace
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.problems import ProblemError, parse_each, refuse
from rolloutsim.scenario.reading.quantities import RATE

__all__ = ["Network", "Outages", "Site"]

_CLOSED = Problem(
    "never-ends", why="through this link no download ever ends", hint="write e.g. 200 Mbit/s, or remove it: absent = unlimited"
)
Capacity = Annotated[float, Quantity(RATE, _CLOSED)]


class OriginType(FieldType[Connectivity | None]):
    """When the origin sends: a connectivity that is not always off; None = always."""

    connectivity = ConnectivityType()

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Connectivity | None:
        sends = self.connectivity.parse(raw, folder)
        if sends.availability == 0:
            raise ProblemError("never-ends", "with an origin that never sends no download ever ends", "write when it sends, or remove it")
        if isinstance(sends, Trace) and sends.matched:
            refuse("trace", ProblemError("does-not-fit", "the origin is no robot", "remove match", found="match: robot"))
        return None if isinstance(sends, Always) else sends

    def write(self, value: Connectivity | None) -> Any:
        return self.connectivity.write(value)

    def schema(self) -> Schema:
        return self.connectivity.ref()


class Outages(Part):
    """Alternating spells with and without a connection that all robots of a site share, in equilibrium at the job's creation."""

    up: EquilibriumSpell = Field(description="Length of a spell with a connection.")
    down: EquilibriumSpell = Field(description="Length of a spell without one.")

    @property
    def availability(self) -> float:
        """The long-run share of time with a connection."""
        return share_of(self.up, self.down)


def _sites(raw: Any) -> Any:
    if not isinstance(raw, dict):
        raise ProblemError("wrong-type", "a mapping of sites is needed", "write {berlin: {downlink: 200 Mbit/s}}")
    parse_each(parse_key_name, zip(raw, raw, strict=True))
    return raw


def _site(raw: Any) -> Any:
    if isinstance(raw, str):
        raise ProblemError("wrong-type", "a mapping is needed", f"write {{downlink: {raw}}}")
    return {} if raw is None else raw


class Site(Part):
    """What the robots of a site share."""

    downlink: Capacity | None = Field(None, description="Capacity shared by the robots of the site (bit/s); absent = unlimited.")
    outages: Outages | None = Field(None, description="Spells with and without a connection, for all robots of the site together.")


class Network(Part):
    """What robots share on the way to them: simultaneous downloads share a link max-min fairly, each capped at its robot's own rate."""

    origin: Capacity | None = Field(None, description="Egress shared by all robots (bit/s); absent = unlimited.")
    origin_connectivity: Annotated[Connectivity | None, OriginType()] = Field(
        None, description="Outages of the origin: when it sends, in the forms of a cohort's connectivity; absent = always."
    )
    sites: Annotated[Mapping[str, Annotated[Site, BeforeValidator(_site)]], BeforeValidator(_sites)] = Field(
        {}, description="The sites, by the names that cohorts use."
    )

    @property
    def shares(self) -> bool:
        """Whether the capacity of any link is limited."""
        return self.origin is not None or any(site.downlink is not None for site in self.sites.values())
