"""The network between the application and the robots: what sites have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo

from rolloutsim.distributions import Distribution
from rolloutsim.scenario.connectivity import check_spells, not_yet
from rolloutsim.scenario.mistakes import MistakeError, Mistakes, read_mapping
from rolloutsim.scenario.part import Part, empty_if_none, folder_of, shared
from rolloutsim.scenario.quantities import TIME
from rolloutsim.scenario.spec import parse_distribution, write_distribution

__all__ = ["Network", "Outages", "Site", "read_network", "write_network"]


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


def _parse_outages(raw: Any, folder: Path | None) -> Outages:
    mistakes = Mistakes()
    given = read_mapping(raw, ("up", "down"), ("up", "down"), mistakes)
    up, down = (mistakes.attempt((key,), parse_distribution, given[key], TIME, folder) if key in given else None for key in ("up", "down"))
    check_spells(mistakes, up=up, down=down)
    mistakes.check()
    assert up is not None
    assert down is not None
    return Outages(up, down)


def read_network(raw: Any) -> Any:
    """Return what is written as a network, without what cannot be simulated.

    Raises
    ------
    pydantic.ValidationError
        It asks for shared capacities.
    """
    mistakes = Mistakes()
    sites = raw.get("sites") if isinstance(raw, dict) else None
    places: list[tuple[str, ...]] = [("origin",), *(("sites", name, "downlink") for name in (sites if isinstance(sites, dict) else ()))]
    for place in places:
        at = raw
        for key in place:
            at = at.get(key) if isinstance(at, dict) else None
        if at is not None:
            mistakes.add(place, not_yet(place[-1], "a link rate in each cohort"), at)
    mistakes.check()
    return raw


def _sites(raw: Any) -> Any:
    if raw is not None and not isinstance(raw, dict):
        raise MistakeError("a mapping of sites is needed", "write {berlin: {outages: {up: …, down: …}}}")
    return empty_if_none(raw)


class Site(Part):
    """What the robots of a site share."""

    outages: Annotated[Outages | None, PlainValidator(_outages), shared("outages")] = Field(
        None, description="Spells with and without a connection, for all robots of the site together."
    )


class Network(Part):
    """What robots share on the way to them."""

    sites: Annotated[Mapping[str, Annotated[Site, BeforeValidator(empty_if_none)]], BeforeValidator(_sites)] = Field(
        {}, description="By the names that cohorts give as their site."
    )


def write_network(network: Network) -> dict[str, Any]:
    """Return a network as a file spells it."""
    sites: dict[str, Any] = {}
    for name, site in network.sites.items():
        spells = {} if site.outages is None else {key: write_distribution(getattr(site.outages, key)) for key in ("up", "down")}
        sites[name] = {"outages": spells} if spells else {}
    return {"sites": sites}
