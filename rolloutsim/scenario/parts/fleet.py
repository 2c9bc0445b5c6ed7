"""The fleet: cohorts of robots that are alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from rolloutsim.distributions import Distribution
from rolloutsim.scenario.parts.after_success import AfterSuccess
from rolloutsim.scenario.parts.amounts import CohortSize, Quantity
from rolloutsim.scenario.parts.connectivity import CONNECTIVITY_WORDS, Connectivity, ConnectivityType
from rolloutsim.scenario.parts.fields import Part, Whole
from rolloutsim.scenario.parts.links import LinkField
from rolloutsim.scenario.parts.names import NAME
from rolloutsim.scenario.parts.robot_lists import RobotNamesType
from rolloutsim.scenario.parts.steps import COHORT_STEPS, StepChange
from rolloutsim.scenario.parts.traces import Trace
from rolloutsim.scenario.reading.problems import ProblemError, Problems
from rolloutsim.scenario.reading.quantities import SIZE, count_in_words

#: Priorities are compared as 64-bit integers; these are enough.
MOST_PRIORITY = 1_000_000_000

__all__ = ["Cohort"]


class Cohort(Part):
    """Robots that are alike."""

    UNWRITTEN = frozenset({"link", "names", "steps"})
    SHORTHAND = ("at",)

    name: Annotated[str, NAME] = Field(alias="cohort", description="The cohort's name, used in results and in paths.")
    robots: CohortSize = Field(description="Number of robots.")
    architecture: Literal["X86_64", "ARM64", "ARMHF", "none"] = Field(
        "X86_64", description="Processor architecture; none = not configured."
    )
    bundle: Annotated[float, Quantity(SIZE)] | None = Field(
        None, description="The bundle's size for these robots, e.g. of a delta; absent = the application's for their architecture."
    )
    priority: Annotated[int, Whole(-MOST_PRIORITY, MOST_PRIORITY, 1)] = Field(
        0, description="With rules.order: priority, robots with a lower number come first."
    )
    class_: Annotated[str, NAME] | None = Field(
        None, alias="class", description="What the robots have in common with those of other cohorts; the cohort's name if absent."
    )
    names: Annotated[tuple[str, ...], RobotNamesType()] = Field(
        (), description="Names of the robots, in order; a column of the table robots."
    )
    site: Annotated[str, NAME] | None = Field(None, description="The site where the robots are.")
    link: LinkField = Field(None, description="The robots' own links; absent = unlimited.")
    connectivity: Annotated[Connectivity, ConnectivityType()] = Field(
        CONNECTIVITY_WORDS["always"], description="When the robots are online."
    )
    steps: Annotated[Mapping[str, StepChange], COHORT_STEPS] = Field(
        {}, description="Replaces values of application.steps for this cohort."
    )
    after_success: AfterSuccess | None = Field(None, description="Replaces values of application.after_success for this cohort.")

    #: Whose random numbers its robots have: the name of a cohort, and the number in it of the first robot here.
    _drawn_as: tuple[str, int] | None = PrivateAttr(default=None)

    def part(self, name: str, first: int, robots: int) -> Cohort:
        """Return some robots in a row of this cohort as a cohort with another name: what is drawn for each of them stays the same.

        Parameters
        ----------
        name
            Of the part.
        first
            The number of the first robot in this cohort; numbers may go on beyond its last robot.
        robots
            How many robots the part has.

        Examples
        --------
        >>> from rolloutsim.scenario import parse
        >>> dock = parse("{fleet: [{cohort: dock, robots: 3}], application: {bundle: 1 MB}}").fleet[0]
        >>> dock.part("dock[2:]", 2, 1).drawn_as, dock.part("dock[2:]", 2, 1).first_number
        ('dock', 2)
        """
        assert self._drawn_as is None
        link = self.link
        if link is not None and link.rates is not None:  # a list that ends before the last robot begins again
            listed = link.rates.values
            values = tuple(listed[number % len(listed)] for number in range(first, first + robots))
            link = link.model_copy(update={"rates": replace(link.rates, values=values)})
        if link is not None and link.trace is not None:
            link = link.model_copy(update={"trace": link.trace.part(first, robots)})
        connectivity = self.connectivity.part(first, robots) if isinstance(self.connectivity, Trace) else self.connectivity
        changes = {"name": name, "robots": robots, "class_": self.class_name, "link": link, "connectivity": connectivity, "names": ()}
        part = self.model_copy(update=changes)
        part._drawn_as = self.name, first
        return part

    @property
    def drawn_as(self) -> str:
        """The name of the cohort whose random numbers its robots have: its own, unless it is a part of one."""
        return self.name if self._drawn_as is None else self._drawn_as[0]

    @property
    def first_number(self) -> int:
        """The number of its first robot in that cohort."""
        return 0 if self._drawn_as is None else self._drawn_as[1]

    @property
    def class_name(self) -> str:
        """The class; a cohort without one is a class by itself."""
        return self.class_ or self.name

    @model_validator(mode="after")
    def _check_lists(self) -> Self:
        problems = Problems()
        for location, listed in ((("names",), self.names), (("link", "rates"), self.listed_rates)):
            if listed and len(listed) != self.robots:
                why = f"there {'is' if len(listed) == 1 else 'are'} {len(listed):,} for {count_in_words(self.robots, 'robot')}"
                problems.add(location, ProblemError("does-not-fit", why, "list one for each robot"))
        link, trace = self.link, self.link_trace
        if trace is not None and link is not None:
            trace = problems.attempt(("link", "trace", "match"), trace.of_robots, self.robots, self.names)
            link = link.model_copy(update={"trace": trace})
        connectivity = self.connectivity
        if isinstance(connectivity, Trace):
            at = ("connectivity", "trace", "match")
            connectivity = problems.attempt(at, connectivity.of_robots, self.robots, self.names) or connectivity
        problems.check()
        own = {"link": link, "connectivity": connectivity}
        return self if link == self.link and connectivity == self.connectivity else self.model_copy(update=own)

    @property
    def listed_rates(self) -> tuple[float, ...]:
        """The constant rate of each robot's link (bit/s, 0 = drawn); empty if none are listed."""
        return () if self.link is None or self.link.rates is None else self.link.rates.values

    @property
    def link_rate(self) -> Distribution | None:
        """The rate of each robot's link (bit/s); None = unlimited, or varying as `link_trace`."""
        return None if self.link is None else self.link.rate

    @property
    def link_trace(self) -> Trace | None:
        """The recorded rates (bit/s) of which each robot's link has one, if they vary."""
        return None if self.link is None else self.link.trace
