"""The scenario: one immutable value that contains everything a simulation needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr

from rolloutsim.errors import Gathered, Problem, UsageError
from rolloutsim.scenario.parts.application import Application
from rolloutsim.scenario.parts.deployment import Deployment
from rolloutsim.scenario.parts.experiment import Sweep, parse_check
from rolloutsim.scenario.parts.fields import LINE, MOST_REPLICATES, TEXT, Custom, Part, Whole
from rolloutsim.scenario.parts.fleet import Cohort
from rolloutsim.scenario.parts.network import Network
from rolloutsim.scenario.parts.rules import Rules
from rolloutsim.scenario.parts.steps import Step, merge_steps
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.problems import ProblemError, parse_each
from rolloutsim.scenario.replace import replaced_all

__all__ = ["Build", "Scenario"]

#: Makes a scenario from plain data, the name of its file, and the folder of its data.
Build = Callable[[Any, str, DataFolder | None], "Scenario"]


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


class Scenario(Part):
    """A fleet, an application, a deployment and the rules: a value that does not change.

    `load` makes one; `replace` makes another with one thing changed. Quantities are SI: seconds, bytes, bit/s.

    Examples
    --------
    >>> from rolloutsim.scenario import parse
    >>> scenario = parse("fleet: [{cohort: dock, robots: 10}]\\napplication: {bundle: 350 MB}")
    >>> scenario.robots, scenario.application.bundle["X86_64"], scenario.rules.dispatch
    (10, 350000000.0, 'window')
    >>> scenario.replace("fleet.dock.robots", 20).robots
    20
    """

    UNWRITTEN = frozenset({"checks"})

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
        Deployment.model_validate({}), description="A RoboMaker CreateDeploymentJob request; every part is optional."
    )
    rules: Rules = Field(Rules.model_validate({}), description="What RoboMaker leaves open.")
    checks: Annotated[tuple[str, ...], CHECKS] = Field((), description="Bounds on metrics that rolloutsim check evaluates.")
    sweep: Sweep | None = Field(None, description="What studies vary.")

    _raw: dict[str, Any] = PrivateAttr(default_factory=dict)
    _folder: DataFolder | None = PrivateAttr(default=None)
    _file: str = PrivateAttr(default="")
    _build: Build | None = PrivateAttr(default=None)
    _warnings: tuple[Problem, ...] = PrivateAttr(default=())

    def remember(
        self, raw: dict[str, Any], file: str, folder: DataFolder | None, build: Build | None, warnings: tuple[Problem, ...] = ()
    ) -> Self:
        """Keep the source of this scenario, so that `replace` can build another; called by the loader."""
        self._raw, self._file, self._folder, self._build, self._warnings = raw, file, folder, build, warnings
        return self

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that do not stop a run: warnings (probably a mistake) and notes."""
        return self._warnings

    @property
    def file(self) -> str:
        """The file it was loaded from, as it was named; empty if there is none."""
        return self._file

    @property
    def raw(self) -> dict[str, Any]:
        """The plain data that it was made from."""
        return self._raw

    @property
    def robots(self) -> int:
        """The number of robots in the fleet."""
        return sum(cohort.robots for cohort in self.fleet)

    def steps(self, cohort: Cohort, release: Literal["good", "bad"] = "good") -> Mapping[str, Step]:
        """Return the phases of a cohort's robots: application, overridden by the cohort, overridden by a bad release."""
        layers = (self.application.steps, cohort.steps, self.application.bad_steps)
        return merge_steps(*layers[: 3 if release == "bad" else 2])

    def replace(self, path: str, value: Any) -> Scenario:
        """Return the scenario with one thing changed.

        Parameters
        ----------
        path
            As in the file, by dots, cohorts by name: ``fleet.dock.robots``, ``rules.dispatch``.
        value
            As in the file: ``"350 MB"``, 20, ``{"exponential": {"mean": "20 s"}}``.

        Raises
        ------
        ScenarioError
            If there is no such path, or the result is invalid.
        """
        return self.replace_all({path: value})

    def replace_all(self, values: Mapping[str, Any]) -> Scenario:
        """Return the scenario with several things changed at once, by path; see `replace`.

        Only the result has to be valid, and the order of the paths does not matter.
        """
        if self._build is None:
            raise UsageError("only a scenario that was loaded can be changed: use rolloutsim.scenario.build(data)")
        wrong = Gathered()
        scenario = wrong.attempt(self._build, replaced_all(self._raw, values, self._file, wrong), self._file, self._folder)
        wrong.check()
        assert scenario is not None
        return scenario

    def without_studies(self) -> Scenario:
        """Return the scenario without checks and sweep."""
        plain = self.model_copy(update={"checks": (), "sweep": None})
        return plain.remember({k: v for k, v in self._raw.items() if k not in ("checks", "sweep")}, self._file, self._folder, self._build)

    def resolved(self) -> dict[str, Any]:
        """Return the scenario as JSON-able data with all defaults. Written to a file, it loads as the same scenario."""
        from rolloutsim.scenario.resolved import resolve

        return resolve(self)

    def fingerprint(self) -> str:
        """Return the SHA-256 of everything that changes results: no name, description, seed or replicates, no ARNs."""
        from rolloutsim.scenario.resolved import fingerprint

        return fingerprint(self)

    def _repr_html_(self) -> str:
        from rolloutsim.scenario.words.describe import describe
        from rolloutsim.scenario.words.html import as_html

        return as_html(self, describe(self))
