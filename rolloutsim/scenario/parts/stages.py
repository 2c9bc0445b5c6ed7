"""Stages of a rollout: which robots come when, how long the fleet is watched in between, and what has to be true before more robots follow.

`share` is a level of the whole fleet that the rollout goes up to, earlier stages included, as teams put it ("the canaries, then up to
10 %, then the rest"), of the whole fleet or `of: each site`; `robots` is a number on top of what there was before; `cohorts` and `sites`
are all robots of these cohorts or at these sites, which no other stage touches. What is left of the fleet after the last stage listed is
one more stage, without soak and gate.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from rolloutsim.errors import Problem
from rolloutsim.scenario.parts.amounts import PERCENT, Duration, Probability, RobotLimit, Robots
from rolloutsim.scenario.parts.fields import Custom, Part
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.quantities import parse_number

__all__ = ["MEMBERS", "Stage", "Stages"]

#: The keys that define which robots a stage has; each stage has one of them.
MEMBERS = ("share", "robots", "cohorts", "sites")


def _share(raw: Any) -> float:
    value = parse_number(raw)
    if not 0 < value <= 1:
        percent = f"{raw} % if that is meant" if isinstance(raw, int | float) and 1 < value <= 100 else "e.g. 10 %"
        raise ProblemError("out-of-range", "a stage goes up to a share of the fleet above 0 and at most 1", f"write {percent}")
    if raw == 1 and isinstance(raw, int):
        raise ProblemError("ambiguous-number", "this is the whole fleet, or 1 %", "write 100 % or 1 %, whichever you mean")
    return value


def _named(what: str) -> BeforeValidator:
    def check(raw: Any) -> Any:
        if isinstance(raw, str):
            raise ProblemError("wrong-type", f"a list of {what}s is needed", f"write [{raw}]")
        if isinstance(raw, list) and not raw:
            raise ProblemError("empty", "a stage has at least one robot", f"name a {what}, or remove the stage")
        return raw

    return BeforeValidator(check)


def _listed(raw: Any) -> Any:
    if not isinstance(raw, list):
        raise ProblemError(
            "wrong-type", "the stages are a list", "write - {share: 1 %, soak: 24 h, max_failures: 0}, a line for each stage"
        )
    return raw


SHARE = Custom(_share, {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, PERCENT]}, "share")
_NO_ROBOT = Problem("empty", why="a stage has at least one robot", hint="write 1 or more, or remove the stage")


def _one_of_each(schema: dict[str, Any]) -> None:
    """Demand in the schema that a stage has one way to name its robots, and one gate at most."""
    schema["oneOf"] = [_given(key) for key in MEMBERS]
    schema["not"] = _given("max_failures", "max_failure_share")
    schema["if"], schema["then"] = _given("of"), _given("share")


def _given(*keys: str) -> dict[str, Any]:
    """Return the schema of mappings that have something behind these keys."""
    return {"required": list(keys), "properties": {key: {"not": {"type": "null"}} for key in keys}}


class Stage(Part):
    """Robots that are deployed together, the soak after them, and the gate at its end."""

    model_config = ConfigDict(json_schema_extra=_one_of_each)

    UNWRITTEN = frozenset({"cohorts", "sites"})

    share: Annotated[float, SHARE] | None = Field(
        None, description="Share of the fleet that the stage goes up to, earlier stages included."
    )
    of: Literal["each site"] | None = Field(
        None, description="What the share is of: each site, earlier stages included, at least one robot; absent = the fleet."
    )
    robots: Annotated[int, Robots(1, _NO_ROBOT)] | None = Field(
        None, description="Number of robots in addition to those of the earlier stages."
    )
    cohorts: Annotated[tuple[str, ...], _named("cohort")] = Field(
        (), description="Cohorts whose robots all belong to this stage.", json_schema_extra={"minItems": 1, "uniqueItems": True}
    )
    sites: Annotated[tuple[str, ...], _named("site")] = Field(
        (), description="Sites whose robots all belong to this stage.", json_schema_extra={"minItems": 1, "uniqueItems": True}
    )
    soak: Duration = Field(0.0, description="Time between the last verdict of the stage and its gate; 0 s if absent.")
    max_failures: RobotLimit | None = Field(None, description="The gate stops the job if more robots than this have failed so far.")
    max_failure_share: Probability | None = Field(
        None, description="The gate stops the job if more than this share of the robots with a verdict has failed."
    )


Stages = Annotated[tuple[Stage, ...], BeforeValidator(_listed)]
