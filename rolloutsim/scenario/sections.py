"""What a scenario file contains, section by section; `rolloutsim.scenario.model` adds where it came from, and what can be made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr

from rolloutsim.errors import Problem
from rolloutsim.scenario.parts.after_success import AfterSuccess, merge_after_success
from rolloutsim.scenario.parts.application import Application
from rolloutsim.scenario.parts.connectivity import Connectivity, Never
from rolloutsim.scenario.parts.deployment import Deployment
from rolloutsim.scenario.parts.experiment import Sweep, parse_check
from rolloutsim.scenario.parts.fields import LINE, MOST_REPLICATES, TEXT, Custom, Part, Whole
from rolloutsim.scenario.parts.fleet import Cohort
from rolloutsim.scenario.parts.links import Link
from rolloutsim.scenario.parts.network import Network
from rolloutsim.scenario.parts.rules import Rules
from rolloutsim.scenario.parts.steps import Step, merge_steps
from rolloutsim.scenario.reading.problems import ProblemError, parse_each
from rolloutsim.scenario.systems.expansion import Preset
from rolloutsim.scenario.systems.registry import ROBOMAKER

__all__ = ["Sections"]


def _at_least_one_cohort(raw: Any) -> Any:
    if not isinstance(raw, list):
        raise ProblemError("wrong-type", "the fleet is a list of cohorts", "write - cohort: name, with robots: 10 below it")
    if not raw:
        raise ProblemError("empty", "the fleet is empty", "add a cohort: - {cohort: dock, robots: 10}")
    return raw


def _seed(raw: Any) -> int:
    whole = isinstance(raw, int) and not isinstance(raw, bool)
    if not whole or not 0 <= raw < 2**64:
        raise ProblemError(
            "out-of-range" if whole else "wrong-type", "a seed is a whole number from 0 to 2^64 - 1", "write e.g. 20260101, or remove it"
        )
    return int(raw)


def _checks(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise ProblemError(
            "wrong-type", "a list of checks is needed", f'write ["{raw if isinstance(raw, str) else "abort_probability <= 0.01"}"]'
        )
    return tuple(parse_each(parse_check, enumerate(raw)).values())


SEED = Custom(_seed, {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 2**64 - 1}, {"type": "null"}]}, "seed")
CHECKS = Custom(_checks, {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]}, "checks", list)


class Sections(Part):
    """The sections of a scenario: what its words, its calendar and its fingerprint are made of."""

    UNWRITTEN = frozenset({"checks"})
    SHORTHAND = ("sites",)

    name: Annotated[str, LINE] = Field("scenario", alias="scenario", description="The scenario's name, shown in results.")
    description: Annotated[str, TEXT] = Field("", description="The question that the scenario answers.")
    seed: Annotated[int | None, SEED] = Field(None, description="Seed of all random draws; drawn and recorded if absent.")
    replicates: Annotated[int, Whole(1, MOST_REPLICATES, 400, "number of replicates")] = Field(
        400, description="Number of simulated rollouts."
    )
    fleet: Annotated[tuple[Cohort, ...], BeforeValidator(_at_least_one_cohort)] = Field(
        description="The cohorts of robots, in the order of deployment.", json_schema_extra={"minItems": 1}
    )
    network: Network | None = Field(None, description="Links and outages that robots share; absent = none.")
    application: Application = Field(description="What is deployed.")
    deployment: Deployment = Field(
        Deployment.model_validate({}),
        description="A RoboMaker CreateDeploymentJob request, every part optional; with system: a configuration of that system.",
    )
    rules: Rules = Field(Rules.model_validate({}), description="What RoboMaker leaves open.")
    checks: Annotated[tuple[str, ...], CHECKS] = Field((), description="Bounds on metrics that rolloutsim check evaluates.")
    sweep: Sweep | None = Field(None, description="What studies vary.")

    _warnings: tuple[Problem, ...] = PrivateAttr(default=())
    _preset: Preset | None = PrivateAttr(default=None)

    @property
    def preset(self) -> Preset | None:
        """What the configuration of another system stands for, if the deployment is one."""
        return self._preset

    @property
    def system(self) -> str:
        """The system whose configuration the deployment is, e.g. ``ansible``; ``robomaker`` without one."""
        return ROBOMAKER if self._preset is None else self._preset.system

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that do not stop a run: warnings (probably a mistake) and notes."""
        return self._warnings

    @property
    def robots(self) -> int:
        """The number of robots in the fleet."""
        return sum(cohort.robots for cohort in self.fleet)

    @property
    def robot_timeout(self) -> float:
        """The time that each robot has (s); infinity without a timer."""
        own = self.rules.robot_timeout
        return self.deployment.robot_timeout if own is None else own

    @property
    def reach_timeout(self) -> float:
        """The time that there is to reach a robot (s); infinity without a timer."""
        own = self.rules.reach_timeout
        return self.robot_timeout if own is None else own

    def bundle_size(self, cohort: Cohort) -> float | None:
        """Return the bytes that a robot of a cohort downloads: the cohort's own, or else the application's; None = no source for it."""
        size = self.application.bundle.get(cohort.architecture)
        return size if size is None or cohort.bundle is None else cohort.bundle

    def steps(self, cohort: Cohort, release: Literal["good", "bad"] = "good") -> Mapping[str, Step]:
        """Return the phases of a cohort's robots: application, overridden by the cohort, overridden by a bad release."""
        layers = (self.application.steps, cohort.steps, self.application.bad_steps)
        return merge_steps(*layers[: 3 if release == "bad" else 2])

    def after_success(self, cohort: Cohort, release: Literal["good", "bad"] = "good") -> AfterSuccess:
        """Return how a cohort's robots fail after success: application, overridden by the cohort, overridden by a bad release."""
        bad = self.application.release.bad
        layers = (self.application.after_success, cohort.after_success, None if bad is None else bad.after_success)
        return merge_after_success(*layers[: 3 if release == "bad" else 2])

    @property
    def fails_after_success(self) -> bool:
        """Whether a robot may fail after it has succeeded."""
        likely = self.application.bad_release_probability > 0
        releases: tuple[Literal["good", "bad"], ...] = ("good", "bad") if likely else ("good",)
        return any(self.after_success(cohort, release).is_possible for cohort in self.fleet for release in releases)

    def link(self, cohort: Cohort, release: Literal["good", "bad"] = "good") -> Link | None:
        """Return the links of a cohort's robots, which a bad release may replace; None = unlimited."""
        bad = self.application.release.bad
        return cohort.link if release == "good" or bad is None or bad.link is None else bad.link

    def connectivity(self, cohort: Cohort, release: Literal["good", "bad"] = "good") -> Connectivity:
        """Return when a cohort's robots are online, which a bad release may replace, but not for robots that never are."""
        bad, own = self.application.release.bad, cohort.connectivity
        return own if release == "good" or bad is None or bad.connectivity is None or isinstance(own, Never) else bad.connectivity
