"""The scenario of a job: that of the service, with the fleet, the bundles, the deployment and the local start of the job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rolloutsim.errors import UsageError
from rolloutsim.robomaker.state import Member
from rolloutsim.scenario.calendar import start_of
from rolloutsim.scenario.checks.rules import rule_problems
from rolloutsim.scenario.checks.stages import stage_problems
from rolloutsim.scenario.parts.deployment import Deployment
from rolloutsim.scenario.parts.fleet import Cohort
from rolloutsim.scenario.parts.stages import Stage
from rolloutsim.vocabulary import ARCHITECTURES

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["START", "check_scenario", "job_problems", "job_scenario", "service_start"]

#: When the clock of a service begins whose scenario has no ``rules.start``: a Monday.
START = "2026-01-05T00:00:00+00:00"


def service_start(scenario: Scenario) -> float:
    """Return the POSIX time (s) at which the clock of a service begins."""
    return datetime.fromisoformat(START).timestamp() if scenario.rules.start is None else start_of(scenario)


def check_scenario(scenario: Scenario, *, registered: bool) -> None:
    """Raise UsageError if rules of a scenario would silence or break requests, with all of them.

    Parameters
    ----------
    scenario
        Of the service.
    registered
        Whether the service begins with the scenario's robots.
    """
    rules, wrong = scenario.rules, []
    if rules.concurrency is not None:
        wrong.append("rules.concurrency would silence concurrentDeploymentPercentage of every request: remove it")
    if rules.failure_limit is not None:
        wrong.append("rules.failure_limit would silence failureThresholdPercentage of every request: remove it")
    if rules.robot_timeout is not None:
        wrong.append("rules.robot_timeout would silence robotDeploymentTimeoutInSeconds of every request: remove it")
    if rules.limits:
        wrong.append("rules.limits would silence concurrentDeploymentPercentage of every request: remove it")
    if rules.stop:
        wrong.append("rules.stop would silence failureThresholdPercentage of every request: remove it")
    if not registered and any(stage.cohorts or stage.sites for stage in rules.stages):
        wrong.append("rules.stages names cohorts or sites, and no robots are registered: start with the scenario's fleet, or use shares")
    if wrong:
        raise UsageError("\n".join(wrong))


def job_scenario(
    scenario: Scenario,
    members: Sequence[Member],
    config: dict[str, Any],
    applications: list[dict[str, Any]],
    architectures: frozenset[str],
    start: float,
) -> Scenario:
    """Return the scenario of a job.

    Parameters
    ----------
    scenario
        Of the service.
    members
        The robots, in order of registration; at least one.
    config, applications
        ``deploymentConfig`` and ``deploymentApplicationConfigs`` of the request.
    architectures
        Those for which the application has a source.
    start
        POSIX time (s) of the job's creation.
    """
    fleet = tuple(_parts(scenario, members))
    bundle = {name: size for name, size in scenario.application.bundle.items() if name in architectures}
    stages = tuple(_stages(scenario.rules.stages, fleet))
    local = datetime.fromtimestamp(start, UTC).isoformat()
    changes = {
        "fleet": fleet,
        "application": scenario.application.model_copy(update={"bundle": bundle}),
        "deployment": Deployment.model_validate({"deploymentConfig": config, "deploymentApplicationConfigs": applications}),
        "rules": scenario.rules.model_copy(update={"start": local, "stages": stages}),
    }
    return scenario.model_copy(update=changes)


def job_problems(scenario: Scenario) -> list[str]:
    """Return what keeps a job from running: stages and rules that do not fit its fleet."""
    problems = (*stage_problems(scenario), *rule_problems(scenario))
    return [f"{problem.why}: {problem.hint}" for problem in problems if problem.severity == "error"]


def _parts(scenario: Scenario, members: Sequence[Member]) -> Iterator[Cohort]:
    """Yield cohorts of robots in a row that have numbers in a row and one architecture."""
    cohorts = {cohort.name: cohort for cohort in scenario.fleet}
    runs = groupby(enumerate(members), key=lambda item: (item[1].cohort, item[1].architecture, item[1].number - item[0]))
    for (name, architecture, _), run in runs:
        robots = [member for _, member in run]
        first, end = robots[0].number, robots[-1].number + 1
        part = cohorts[name].part(f"{name}[{first}:{end}]", first, len(robots))
        known = architecture if architecture in ARCHITECTURES else "none"
        yield part.model_copy(update={"architecture": known})


def _stages(stages: Sequence[Stage], fleet: Sequence[Cohort]) -> Iterator[Stage]:
    """Yield the stages of a fleet: those that name cohorts name their parts; those of which the fleet has no robots are left out."""
    for stage in stages:
        parts = tuple(part.name for part in fleet if part.drawn_as in stage.cohorts)
        sites = tuple(site for site in stage.sites if any(part.site == site for part in fleet))
        if parts or sites or not (stage.cohorts or stage.sites):
            yield stage.model_copy(update={"cohorts": parts, "sites": sites})
