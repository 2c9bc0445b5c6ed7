"""AWS CloudFormation StackSets: an operation with its preferences. Regions are stages, accounts in a Region are robots at a site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rolloutsim.errors import Location
from rolloutsim.scenario.reading.problems import ProblemError, did_you_mean
from rolloutsim.scenario.systems.keys import Native, choice, group, ignored, mapped, whole
from rolloutsim.scenario.systems.system import Derived, Fleet, System, assumed, count, row, rule

__all__ = ["STACKSETS"]

_API = "botocore 1.40.0, service cloudformation: StackSetOperationPreferences"
_AT: Location = ("OperationPreferences",)
_PARALLEL = {"PARALLEL": "Regions at the same time, each with a tolerance of its own"}
#: Names of preferences of which at most one may be given.
_EITHER = (("MaxConcurrentCount", "MaxConcurrentPercentage"), ("FailureToleranceCount", "FailureTolerancePercentage"))


def _names(raw: Any) -> list[str]:
    if not isinstance(raw, list) or not raw or not all(isinstance(name, str) for name in raw):
        raise ProblemError("wrong-type", "a list of Regions is needed", "write e.g. [eu-central-1, us-east-1]")
    if len(set(raw)) < len(raw):
        raise ProblemError("duplicate", "a Region is listed twice", "remove one")
    return list(raw)


def _regions(native: Native) -> list[str]:
    """Return the Regions in their order; empty if there is one, which has no name."""
    order: list[str] = native.get("OperationPreferences", {}).get("RegionOrder") or native.get("Regions") or []
    return order


def _tolerances(preferences: Native, fleet: Fleet, regions: list[str]) -> set[int]:
    """Return how many failures each Region tolerates, as far as Regions differ."""
    percent = preferences.get("FailureTolerancePercentage")
    if percent is None:
        return {preferences.get("FailureToleranceCount", 0)}
    return {robots * percent // 100 for robots in ([fleet.sites.get(region, 0) for region in regions] or [fleet.robots])}


def _rules(native: Native, fleet: Fleet) -> list[Derived]:
    preferences, regions = native.get("OperationPreferences", {}), _regions(native)
    found = [row("stages", {"sites": [region]}, (*_AT, "RegionOrder"), f"{_API}: Regions one after the other") for region in regions]
    percent = preferences.get("MaxConcurrentPercentage")
    most = count(preferences.get("MaxConcurrentCount", 1)) if percent is None else f"{percent} %"
    name = "MaxConcurrentCount" if percent is None else "MaxConcurrentPercentage"
    found.append(
        row("limits", {"max": most, "per": "stage"}, (*_AT, name), f"{_API}: of the accounts of a Region, rounded down, at least 1")
    )
    tolerance = preferences.get("FailureTolerancePercentage")
    name = "FailureToleranceCount" if tolerance is None else "FailureTolerancePercentage"
    if preferences.get("ConcurrencyMode", "STRICT_FAILURE_TOLERANCE") == "STRICT_FAILURE_TOLERANCE":
        strict = {"max": count(min(_tolerances(preferences, fleet, regions)) + 1), "counts": ["in_flight", "failed"], "per": "stage"}
        because = f'{_API}: "reduced proportionally by the number of failures" is read as one fewer per failure'
        found.append(assumed(row("limits", strict, (*_AT, "ConcurrencyMode"), because)))
    amount = count(preferences.get("FailureToleranceCount", 0)) if tolerance is None else f"{tolerance} %"
    found.append(row("stop", {"exceeds": amount, "of": "stage"}, (*_AT, name), f'{_API}: fails when failures in a Region "exceed" it'))
    found.append(assumed(rule("robot_timeout", "none", (), "accounts are always there: there is no timeout for those that are not")))
    return [*found, assumed(rule("late_convergence", False, (), "an operation that has ended changes nothing"))]


def _problems(native: Native, fleet: Fleet) -> Iterator[tuple[Location, ProblemError]]:
    preferences, regions = native.get("OperationPreferences", {}), _regions(native)
    for one, other in _EITHER:
        if one in preferences and other in preferences:
            yield (*_AT, other), ProblemError("conflicting-keys", f"{one} is here already", "keep one of the two", key=True)
    at: Location = (*_AT, "RegionOrder") if preferences.get("RegionOrder") else ("Regions",)
    for number, region in enumerate(regions):
        if region not in fleet.sites:
            hint = did_you_mean(region, list(fleet.sites), "sites", "the cohorts of fleet have other sites")
            yield (
                (*at, number),
                ProblemError("unknown-name", "Regions are sites, and no cohort is at such a site", hint or "give cohorts a site"),
            )
    left = fleet.robots - sum(fleet.sites.get(region, 0) for region in regions)
    if regions and left and set(regions) <= fleet.sites.keys():
        why = f"{left:,} robots are at no site of this list, and the operation would leave them out"
        yield at, ProblemError("does-not-fit", why, "list their sites, or remove the cohorts")
    strict = preferences.get("ConcurrencyMode", "STRICT_FAILURE_TOLERANCE") == "STRICT_FAILURE_TOLERANCE"
    if strict and len(_tolerances(preferences, fleet, regions)) > 1:
        why = "the Regions have different numbers of robots, and a strict concurrency by a percentage of each is not simulated"
        hint = "write FailureToleranceCount, or ConcurrencyMode: SOFT_FAILURE_TOLERANCE"
        yield (*_AT, "FailureTolerancePercentage"), ProblemError("not-modelled", why, hint)


STACKSETS = System(
    name="stacksets",
    title="AWS CloudFormation StackSets",
    pasted="a request such as CreateStackInstances or UpdateStackSet",
    keys=(
        group(
            "OperationPreferences",
            mapped("MaxConcurrentCount", whole(1, 100_000_000), "rules.limits, per: stage", "1"),
            mapped("MaxConcurrentPercentage", whole(1, 100), "rules.limits, per: stage"),
            mapped("FailureToleranceCount", whole(0, 100_000_000), "rules.stop, of: stage; strict: rules.limits, too", "0"),
            mapped("FailureTolerancePercentage", whole(0, 100), "rules.stop, of: stage; strict: rules.limits, too"),
            mapped(
                "ConcurrencyMode",
                choice("STRICT_FAILURE_TOLERANCE", "SOFT_FAILURE_TOLERANCE"),
                "rules.limits: whether failures take room",
                "STRICT_FAILURE_TOLERANCE",
            ),
            mapped("RegionOrder", _names, "rules.stages: a stage per Region, which is a site of the fleet", "Regions"),
            mapped("RegionConcurrencyType", choice("SEQUENTIAL", others=_PARALLEL), "rules.stages; PARALLEL is refused", "SEQUENTIAL"),
        ),
        mapped("Regions", _names, "rules.stages: a stage per Region, which is a site of the fleet", "one Region"),
        *ignored("it names accounts, templates or roles", "StackSetName", "Accounts", "DeploymentTargets", "ParameterOverrides"),
        *ignored("it names accounts, templates or roles", "OperationId", "CallAs", "TemplateBody", "TemplateURL", "UsePreviousTemplate"),
        *ignored("it names accounts, templates or roles", "Parameters", "Capabilities", "Description", "Tags", "PermissionModel"),
        *ignored(
            "it names accounts, templates or roles", "AdministrationRoleARN", "ExecutionRoleName", "AutoDeployment", "ManagedExecution"
        ),
    ),
    rules=_rules,
    sources=(_API,),
    assumptions=(
        "Strict: one fewer at once per failure.",
        "Operations in progress when the tolerance is exceeded finish.",
        "There are no offline accounts: a robot that is offline is waited for, up to `rules.fleet_timeout`, unless `rules.robot_timeout` "
        "is given.",
    ),
    jobs={
        "succeeded": "SUCCEEDED",
        "incomplete": "SUCCEEDED",
        "stopped": "FAILED",
        "canceled": "STOPPED",
        "timed_out": "RUNNING",
        "failed": "FAILED",
    },
    robots={
        "succeeded": "SUCCEEDED",
        "failed": "FAILED",
        "rejected": "FAILED",
        "timeout": "FAILED",
        "no_response": "FAILED",
        "stopped": "CANCELLED",
        "canceled": "CANCELLED",
        "working": "RUNNING",
        "waiting": "PENDING",
    },
    problems=_problems,
)
