"""The fleet: cohorts of robots that are alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from rolloutsim.distributions import Distribution
from rolloutsim.scenario.parts.amounts import CohortSize, Dist
from rolloutsim.scenario.parts.connectivity import CONNECTIVITY_WORDS, Connectivity, ConnectivityType
from rolloutsim.scenario.parts.fields import Part, Whole
from rolloutsim.scenario.parts.names import NAME
from rolloutsim.scenario.parts.steps import COHORT_STEPS, StepChange
from rolloutsim.scenario.parts.traces import Trace, TraceType
from rolloutsim.scenario.reading.problems import ProblemError, refuse
from rolloutsim.scenario.reading.quantities import RATE

#: Priorities are compared as 64-bit integers; these are enough.
MOST_PRIORITY = 1_000_000_000

__all__ = ["Cohort", "Link"]


def _check_rate(rate: Distribution) -> None:
    if rate.support()[1] == 0:
        raise ProblemError("never-ends", "at this rate no download ever ends", "write e.g. 1 Mbit/s, or connectivity: never")


def _link(raw: Any) -> Any:
    if isinstance(raw, dict) and raw.get("trace") is not None and raw.get("rate") is not None:
        why = "the trace defines the rate"
        refuse("rate", ProblemError("conflicting-keys", why, "remove rate or trace", key=True, found="rate"))
    if isinstance(raw, str):
        raise ProblemError("wrong-type", "a mapping is needed", f"write {{rate: {raw}}}")
    return raw


class Link(Part):
    """A robot's own link."""

    rate: Annotated[Distribution | None, Dist(RATE, _check_rate)] = Field(None, description="The robot's rate, drawn once per robot.")
    trace: Annotated[Trace | None, TraceType("rate")] = Field(None, description="Recorded rates, which each robot replays cyclically.")


class Cohort(Part):
    """Robots that are alike."""

    UNWRITTEN = frozenset({"link", "steps"})

    name: Annotated[str, NAME] = Field(alias="cohort", description="The cohort's name, used in results and in paths.")
    robots: CohortSize = Field(description="Number of robots.")
    architecture: Literal["X86_64", "ARM64", "ARMHF", "none"] = Field(
        "X86_64", description="Processor architecture; none = not configured."
    )
    priority: Annotated[int, Whole(-MOST_PRIORITY, MOST_PRIORITY, 1)] = Field(
        0, description="With rules.order: priority, robots with a lower number come first."
    )
    site: Annotated[str, NAME] | None = Field(None, description="The site where the robots are.")
    link: Annotated[Link | None, BeforeValidator(_link)] = Field(None, description="The robots' own links; absent = unlimited.")
    connectivity: Annotated[Connectivity, ConnectivityType()] = Field(
        CONNECTIVITY_WORDS["always"], description="When the robots are online."
    )
    steps: Annotated[Mapping[str, StepChange], COHORT_STEPS] = Field(
        {}, description="Replaces values of application.steps for this cohort."
    )

    @property
    def link_rate(self) -> Distribution | None:
        """The rate of each robot's link (bit/s); None = unlimited, or varying as `link_trace`."""
        return None if self.link is None else self.link.rate

    @property
    def link_trace(self) -> Trace | None:
        """The recorded rates (bit/s) of which each robot's link has one, if they vary."""
        return None if self.link is None else self.link.trace
