"""AWS CodeDeploy: the requests ``CreateDeployment`` and ``CreateDeploymentConfig``. A minimum of robots stays healthy; zones are stages."""

from __future__ import annotations

from collections.abc import Iterator

from rolloutsim.errors import Location
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.systems.keys import Native, choice, group, ignored, mapped, refused, whole
from rolloutsim.scenario.systems.system import Derived, Fleet, System, assumed, count, row, rule

__all__ = ["CODEDEPLOY"]

GUIDE = "AWS CodeDeploy user guide (awsdocs/aws-codedeploy-user-guide@b998a2f)"
_HEALTH = f"{GUIDE}, instances-health.md"
_CONFIGS = f"{GUIDE}, deployment-configurations.md"
_NAMES = ("CodeDeployDefault.OneAtATime", "CodeDeployDefault.HalfAtATime", "CodeDeployDefault.AllAtOnce")
_AT: Location = ("minimumHealthyHosts",)


def _minimum(native: Native, fleet: Fleet) -> tuple[int, Location]:
    """Return how many robots have to stay healthy, and which key defines it."""
    healthy = native.get("minimumHealthyHosts")
    if healthy is None:
        name = native.get("deploymentConfigName", _NAMES[0])
        least = {_NAMES[0]: fleet.robots - 1, _NAMES[1]: -(-fleet.robots // 2), _NAMES[2]: 0}[name]
        return max(0, least), ("deploymentConfigName",)
    value = healthy.get("value", 0)
    return (-(-fleet.robots * value // 100) if healthy.get("type") == "FLEET_PERCENT" else value), _AT


def _rules(native: Native, fleet: Fleet) -> list[Derived]:
    least, at = _minimum(native, fleet)
    most = max(0, fleet.robots - least)
    because = f"{_HEALTH}: percentages are rounded up; deploys to as many as possible, and stops when no more than the minimum is healthy"
    found = [row("limits", {"max": count(most), "counts": ["in_flight", "failed"]}, at, because)]
    if least == 0:
        found.append(row("stop", {"at_least": "100 %"}, at, f"{_HEALTH}: with a minimum of 0 at least one has to succeed"))
    zones, first = native.get("zonalConfig"), True
    for site in fleet.sites if zones is not None else ():
        seconds = (zones or {}).get("monitorDurationInSeconds", 0)
        soak = (zones or {}).get("firstZoneMonitorDurationInSeconds", seconds) if first else seconds
        found.append(row("stages", {"sites": [site], "soak": f"{soak} s"}, ("zonalConfig",), f"{_CONFIGS}: zone by zone"))
        first = False
    found.append(assumed(rule("robot_timeout", "1 h", (), "each lifecycle event has an hour by default; here all of them together")))
    return [*found, assumed(rule("late_convergence", False, (), "an instance that failed stays as it is"))]


def _problems(native: Native, fleet: Fleet) -> Iterator[tuple[Location, ProblemError]]:
    healthy = native.get("minimumHealthyHosts", {})
    if healthy.get("type") == "FLEET_PERCENT" and healthy.get("value", 0) > 100:
        yield (*_AT, "value"), ProblemError("out-of-range", "a percentage is at most 100", "write 100 or less")
    if healthy.get("type") == "HOST_COUNT" and healthy.get("value", 0) > fleet.robots > 0:
        yield (*_AT, "value"), ProblemError("does-not-fit", f"the fleet has {fleet.robots:,} robots", "write fewer")
    if "minimumHealthyHosts" in native and "deploymentConfigName" in native:
        why = "minimumHealthyHosts is here already"
        yield ("deploymentConfigName",), ProblemError("conflicting-keys", why, "keep one of the two", key=True)
    if "zonalConfig" in native and sum(fleet.sites.values()) < fleet.robots:
        yield ("zonalConfig",), ProblemError("does-not-fit", "zones are sites, and not every cohort has a site", "give each cohort a site")


CODEDEPLOY = System(
    name="codedeploy",
    title="AWS CodeDeploy",
    pasted="the request CreateDeployment, with the keys of CreateDeploymentConfig",
    keys=(
        mapped("deploymentConfigName", choice(*_NAMES), "rules.limits", _NAMES[0]),
        group(
            "minimumHealthyHosts",
            mapped(
                "type",
                choice("HOST_COUNT", "FLEET_PERCENT"),
                "rules.limits: robots less the minimum, counting in_flight and failed",
                required=True,
            ),
            mapped("value", whole(0, 100_000_000), "rules.limits; with 0 also rules.stop", required=True),
        ),
        group(
            "zonalConfig",
            mapped("monitorDurationInSeconds", whole(0, 10**9), "rules.stages: soak of each site", "0"),
            mapped(
                "firstZoneMonitorDurationInSeconds", whole(0, 10**9), "rules.stages: soak of the first site", "monitorDurationInSeconds"
            ),
            *refused("a minimum of each zone beside that of the fleet", "minimumHealthyHostsPerZone"),
        ),
        mapped(
            "computePlatform",
            choice("Server", others=dict.fromkeys(("ECS", "Lambda"), "traffic is shifted there, and no robots are deployed")),
            "nothing: ECS and Lambda shift traffic and are refused",
            "Server",
        ),
        *refused("traffic is shifted there, and no robots are deployed", "trafficRoutingConfig"),
        *refused("instances are replaced there", "targetInstances", "blueGreenDeploymentConfiguration"),
        *refused("a deployment that is undone as a whole", "autoRollbackConfiguration"),
        *ignored("it names what is deployed, or to which group", "applicationName", "deploymentGroupName", "revision", "description"),
        *ignored(
            "files and scripts on an instance are part of the steps of a robot", "fileExistsBehavior", "ignoreApplicationStopFailures"
        ),
        *ignored("every robot of the fleet is deployed", "updateOutdatedInstancesOnly"),
        *ignored("alarms are not simulated", "overrideAlarmConfiguration"),
    ),
    rules=_rules,
    sources=(_HEALTH, _CONFIGS, "shapes: botocore 1.34.0, service codedeploy"),
    assumptions=(
        "CodeDeployDefault.OneAtATime is one robot at a time, whatever 99 % of the fleet is.",
        "Robots in flight when the deployment fails finish.",
        "A robot has one hour for all of its lifecycle events.",
        "All robots are healthy before, and come in the order of the file.",
        "Zones are the sites of the fleet, in the order of the file.",
    ),
    jobs={
        "succeeded": "Succeeded",
        "incomplete": "Succeeded",
        "stopped": "Failed",
        "canceled": "Stopped",
        "timed_out": "InProgress",
        "failed": "Failed",
    },
    robots={
        "succeeded": "Succeeded",
        "failed": "Failed",
        "rejected": "Failed",
        "timeout": "Failed",
        "no_response": "Failed",
        "stopped": "Failed",
        "canceled": "Failed",
        "working": "InProgress",
        "waiting": "Skipped",
    },
    problems=_problems,
)
