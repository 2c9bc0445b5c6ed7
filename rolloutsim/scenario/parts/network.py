"""The network between the application and the robots: what they share on the way, and what sites have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo

from rolloutsim.distributions import Distribution
from rolloutsim.printing import shorten
from rolloutsim.scenario.parts.connectivity import check_spells
from rolloutsim.scenario.parts.fields import Part, folder_of, parse_name, shared
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import parse_distribution, write_distribution
from rolloutsim.scenario.reading.problems import ProblemError, Problems, read_mapping
from rolloutsim.scenario.reading.quantities import RATE, TIME, format_quantity, parse_quantity

__all__ = ["Network", "Outages", "Site", "write_network"]


@dataclass(frozen=True)
class Outages:
    """Alternating spells with and without a connection that all robots of a site share, in equilibrium at the job's creation.

    Attributes
    ----------
    up, down
        Lengths of the spells (s).
    """

    up: Distribution
    down: Distribution

    @property
    def availability(self) -> float:
        """The long-run share of time with a connection."""
        return self.up.mean() / (self.up.mean() + self.down.mean())


def _outages(raw: Any, info: ValidationInfo) -> Outages | None:
    return None if raw is None else _parse_outages(raw, folder_of(info))


def _parse_outages(raw: Any, folder: DataFolder | None) -> Outages:
    problems = Problems()
    given = read_mapping(raw, ("up", "down"), ("up", "down"), problems)
    up, down = (problems.attempt((key,), parse_distribution, given[key], TIME, folder) if key in given else None for key in ("up", "down"))
    check_spells(problems, up=up, down=down)
    problems.check()
    assert up is not None
    assert down is not None
    return Outages(up, down)


def _capacity(raw: Any) -> float | None:
    if raw is None:
        return None
    rate = parse_quantity(raw, RATE)
    if rate == 0:
        raise ProblemError(
            "never-ends", "through this link no download ever ends", "write e.g. 200 Mbit/s, or remove it: absent = unlimited"
        )
    return rate


Capacity = Annotated[float | None, PlainValidator(_capacity), shared("capacity")]


def _sites(raw: Any) -> Any:
    if not isinstance(raw, dict):
        raise ProblemError("wrong-type", "a mapping of sites is needed", "write {berlin: {downlink: 200 Mbit/s}}")
    problems = Problems()
    for name in raw:
        problems.attempt((name,), _site_name, name)
    problems.check()
    return raw


def _site_name(raw: Any) -> str:
    try:
        return parse_name(raw)
    except ProblemError as error:
        problem = error.problem
        raise ProblemError(problem.code, problem.why, problem.hint, key=True, found=shorten(str(raw)) or '""') from None


def _site(raw: Any) -> Any:
    if isinstance(raw, str):
        raise ProblemError("wrong-type", "a mapping is needed", f"write {{downlink: {raw}}}")
    return {} if raw is None else raw


class Site(Part):
    """What the robots of a site share."""

    downlink: Capacity = Field(None, description="Capacity shared by the robots of the site (bit/s); absent = unlimited.")
    outages: Annotated[Outages | None, PlainValidator(_outages), shared("outages")] = Field(
        None, description="Spells with and without a connection, for all robots of the site together."
    )


class Network(Part):
    """What robots share on the way to them: simultaneous downloads share a link max-min fairly, each capped at its robot's own rate."""

    origin: Capacity = Field(None, description="Egress shared by all robots (bit/s); absent = unlimited.")
    sites: Annotated[Mapping[str, Annotated[Site, BeforeValidator(_site)]], BeforeValidator(_sites)] = Field(
        {}, description="The sites, by the names that cohorts use."
    )

    @property
    def shares(self) -> bool:
        """Whether the capacity of any link is limited."""
        return self.origin is not None or any(site.downlink is not None for site in self.sites.values())


def write_network(network: Network) -> dict[str, Any]:
    """Return a network as a file spells it."""
    sites: dict[str, Any] = {}
    for name, site in network.sites.items():
        sites[name] = {} if site.downlink is None else {"downlink": format_quantity(site.downlink, RATE)}
        if site.outages is not None:
            sites[name]["outages"] = {key: write_distribution(getattr(site.outages, key)) for key in ("up", "down")}
    origin = {} if network.origin is None else {"origin": format_quantity(network.origin, RATE)}
    return {**origin, "sites": sites}
