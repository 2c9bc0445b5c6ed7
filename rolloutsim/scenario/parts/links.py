"""A robot's own link: its rate."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from rolloutsim.distributions import Distribution
from rolloutsim.scenario.parts.amounts import Dist
from rolloutsim.scenario.parts.fields import Part
from rolloutsim.scenario.parts.robot_lists import ListedRates, ListedRatesType
from rolloutsim.scenario.parts.traces import Trace, TraceType
from rolloutsim.scenario.reading.problems import ProblemError, refuse
from rolloutsim.scenario.reading.quantities import RATE

__all__ = ["Link", "LinkField"]


def _check_rate(rate: Distribution) -> None:
    if rate.support()[1] == 0:
        raise ProblemError("never-ends", "at this rate no download ever ends", "write e.g. 1 Mbit/s, or connectivity: never")


def _written(raw: Any) -> Any:
    for key in ("rate", "rates"):
        if isinstance(raw, dict) and raw.get("trace") is not None and raw.get(key) is not None:
            why = "the trace defines the rate"
            refuse(key, ProblemError("conflicting-keys", why, f"remove {key} or trace", key=True, found=key))
    if isinstance(raw, str):
        raise ProblemError("wrong-type", "a mapping is needed", f"write {{rate: {raw}}}")
    return raw


class Link(Part):
    """A robot's own link."""

    rate: Annotated[Distribution | None, Dist(RATE, _check_rate)] = Field(None, description="The robot's rate, drawn once per robot.")
    rates: Annotated[ListedRates | None, ListedRatesType()] = Field(
        None, description="A constant rate for each robot, in order; 0 = drawn as rate describes."
    )
    trace: Annotated[Trace | None, TraceType("rate")] = Field(None, description="Recorded rates, which each robot replays cyclically.")


#: A field with a link, or None.
LinkField = Annotated[Link | None, BeforeValidator(_written)]
