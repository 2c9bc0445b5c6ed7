"""A fleet that is a list of robots: what a scenario defines of the file, and of the classes that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from rolloutsim.scenario.parts.connectivity import CONNECTIVITY_WORDS, Connectivity, ConnectivityType
from rolloutsim.scenario.parts.fields import TEXT, Choice, Part, Whole
from rolloutsim.scenario.parts.fleet import MOST_PRIORITY
from rolloutsim.scenario.parts.links import LinkField
from rolloutsim.scenario.parts.names import parse_key_name
from rolloutsim.scenario.parts.steps import COHORT_STEPS, StepChange
from rolloutsim.scenario.reading.problems import ProblemError, parse_each
from rolloutsim.scenario.reading.quantities import RATE

__all__ = ["COLUMNS", "Columns", "FleetFile", "RobotClass"]


class Columns(Part):
    """The names of the columns in the file."""

    robot: Annotated[str, TEXT] = Field("robot", description="Names of the robots.")
    site: Annotated[str, TEXT] = Field("site", description="Their sites.")
    class_: Annotated[str, TEXT] = Field("class", alias="class", description="Their classes.")
    architecture: Annotated[str, TEXT] = Field("architecture", description="Their processor architectures.")
    priority: Annotated[str, TEXT] = Field("priority", description="Their priorities.")
    link_rate: Annotated[str, TEXT] = Field(
        "link_rate", description="Constant rates of their links, as 16 Mbit/s, or as numbers with unit."
    )


COLUMNS = tuple(Columns.keys())


class RobotClass(Part):
    """What the robots of a class have in common."""

    architecture: Literal["X86_64", "ARM64", "ARMHF", "none"] = Field("X86_64", description="Where the file gives none.")
    priority: Annotated[int, Whole(-MOST_PRIORITY, MOST_PRIORITY, 1)] = Field(0, description="Where the file gives none.")
    link: LinkField = Field(None, description="The robots' own links; absent = unlimited.")
    connectivity: Annotated[Connectivity, ConnectivityType()] = Field(CONNECTIVITY_WORDS["always"], description="When they are online.")
    steps: Annotated[Mapping[str, StepChange], COHORT_STEPS] = Field({}, description="Replaces values of application.steps for the class.")


def _classes(raw: Any) -> Any:
    if not isinstance(raw, dict):
        raise ProblemError("wrong-type", "a mapping of classes is needed", "write {flaky: {connectivity: {…}}}")
    parse_each(parse_key_name, zip(raw, raw, strict=True))
    return raw


def _class(raw: Any) -> Any:
    return {} if raw is None else raw


class FleetFile(Part):
    """A list of robots: rows that agree in class, site, architecture and priority are one cohort."""

    file: Annotated[str, TEXT] = Field(description="Path of a CSV file, relative to the scenario.")
    columns: Columns = Field(Columns.model_validate({}), description="Names of columns that are called otherwise in the file.")
    unit: Annotated[str | None, Choice(tuple(RATE.units))] = Field(None, description="Unit of link_rate, if its cells are numbers.")
    classes: Annotated[Mapping[str, Annotated[RobotClass, BeforeValidator(_class)]], BeforeValidator(_classes)] = Field(
        {}, description="The classes that the file names."
    )
