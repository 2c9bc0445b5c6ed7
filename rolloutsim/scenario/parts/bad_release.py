"""A bad release: with what probability it comes, where it is bad, and what it changes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from rolloutsim.errors import Location
from rolloutsim.scenario.parts.after_success import AfterSuccess
from rolloutsim.scenario.parts.amounts import Probability
from rolloutsim.scenario.parts.connectivity import Connectivity, ConnectivityType
from rolloutsim.scenario.parts.fields import MOST_ROBOTS, Choice, Part, Whole
from rolloutsim.scenario.parts.links import LinkField
from rolloutsim.scenario.parts.steps import STEPS, StepChange
from rolloutsim.scenario.parts.traces import Trace
from rolloutsim.scenario.reading.problems import ProblemError, Problems

__all__ = ["BadRelease"]


class BadRelease(Part):
    """A release with a fault that all robots share, or those of some sites."""

    probability: Probability = Field(description="Probability that the release is bad, drawn once per job.")
    steps: Annotated[Mapping[str, StepChange], STEPS] = Field({}, description="Replaces values of the steps where the release is bad.")
    after_success: AfterSuccess | None = Field(None, description="Replaces values of after_success where the release is bad.")
    link: LinkField = Field(None, description="Replaces the links of robots where the release is bad.")
    connectivity: Annotated[Connectivity | None, ConnectivityType()] = Field(
        None, description="Replaces when robots are online where the release is bad, but for those that never are."
    )
    per: Annotated[str, Choice(("job",), why="a release is drawn once per job, and sites: 1 makes it bad at one site only")] = Field(
        "job", description="What shares the release: all robots of the job; with sites, those of some sites."
    )
    sites: Annotated[int, Whole(1, MOST_ROBOTS, 1, "number of sites")] | None = Field(
        None, description="At how many sites, chosen at random per replicate, a bad release is bad; absent = wherever it goes."
    )

    def written(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the fields that are written; `per` has one value only."""
        return {key: value for key, value in super().written(fields).items() if key != "per"}

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = Problems()
        for location, problem in self._problems():
            problems.add(location, problem)
        problems.check()
        return self

    def _problems(self) -> Iterator[tuple[Location, ProblemError]]:
        if self.sites is not None and "preparing" in self.steps:
            why = "the job is prepared once for all sites"
            yield ("steps", "preparing"), ProblemError("misplaced-key", why, "remove it, or remove sites", key=True, found="preparing")
        if self.sites is not None and "per" in self.model_fields_set:
            why = "per: job is a release that is bad wherever it goes"
            yield ("per",), ProblemError("conflicting-keys", why, "remove per or sites", key=True, found="per")
        if self.link is not None and self.link.rates is not None:
            why = "rates are listed for the robots of one cohort"
            yield ("link", "rates"), ProblemError("misplaced-key", why, "write rate or trace", key=True, found="rates")
        for location, record in ((("link", "trace"), self.link and self.link.trace), (("connectivity", "trace"), self.connectivity)):
            if isinstance(record, Trace) and record.matched:
                why = "a bad release is for robots of all cohorts"
                yield (*location, "match"), ProblemError("misplaced-key", why, "remove match: each robot draws a trace")
