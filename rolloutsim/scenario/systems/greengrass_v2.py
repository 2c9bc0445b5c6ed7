"""AWS IoT Greengrass V2: the request ``CreateDeployment``, which is a job of IoT Jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rolloutsim.errors import Location
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.systems.iot_jobs import ABORT, ROBOT_WORDS, ROLLOUT, TIMEOUT, job_rules, rate_problems
from rolloutsim.scenario.systems.keys import Native, choice, group, ignored, mapped
from rolloutsim.scenario.systems.system import Derived, Fleet, System, assumed, rule

__all__ = ["GREENGRASS_V2"]

GUIDE = "AWS IoT Greengrass V2 developer guide (awsdocs/aws-iot-greengrass-v2-developer-guide@42e810c)"
_CREATE = f"{GUIDE}, create-deployments.md"
_JOB: Location = ("iotJobConfiguration",)


def _rules(native: Native, fleet: Fleet) -> list[Derived]:
    job: dict[str, Any] = native.get("iotJobConfiguration", {})
    found = [one._replace(native=(*_JOB, *one.native)) if one.native else one for one in job_rules(job)]
    policy = native.get("deploymentPolicies", {}).get("failureHandlingPolicy", "ROLLBACK")
    at: Location = ("deploymentPolicies", "failureHandlingPolicy")
    if policy == "DO_NOTHING":
        return [*found, rule("rollback", "none", at, _CREATE)]
    because = f"{_CREATE} has a rollback, and not how long it takes: 0 s"
    return [*found, assumed(rule("rollback", {"duration": "0 s"}, at, because))]


def _problems(native: Native, fleet: Fleet) -> Iterator[tuple[Location, ProblemError]]:
    for at, error in rate_problems(native.get("iotJobConfiguration", {})):
        yield (*_JOB, *at), error


GREENGRASS_V2 = System(
    name="greengrass-v2",
    title="AWS IoT Greengrass V2",
    pasted="the request CreateDeployment",
    keys=(
        group("iotJobConfiguration", ROLLOUT, ABORT, TIMEOUT),
        group(
            "deploymentPolicies",
            mapped("failureHandlingPolicy", choice("ROLLBACK", "DO_NOTHING"), "rules.rollback", "ROLLBACK"),
            *ignored("components that ask to wait are not simulated: the robot installs when it is reached", "componentUpdatePolicy"),
            *ignored("its time is part of the steps of a robot", "configurationValidationPolicy"),
        ),
        *ignored("it names the deployment, its target or what is deployed", "targetArn", "deploymentName", "components", "parentTargetArn"),
        *ignored("it has no effect on the rollout", "clientToken", "tags"),
    ),
    rules=_rules,
    sources=(_CREATE, f"{GUIDE}, check-deployment-status.md", "a deployment is a job of IoT Jobs: see iot-jobs", "shapes: botocore 1.34.0"),
    assumptions=(
        'By the API reference of Greengrass failures "exceed" the threshold, that of IoT Jobs, whose job it is, "at least": the '
        "latter is taken.",
        "A rollback takes no time.",
        "Robots that join the group later are not simulated.",
        "The assumptions of iot-jobs.",
    ),
    jobs={
        "succeeded": "COMPLETED",
        "incomplete": "COMPLETED",
        "stopped": "CANCELED",
        "canceled": "CANCELED",
        "timed_out": "ACTIVE",
        "failed": "FAILED",
    },
    robots=ROBOT_WORDS,
    problems=_problems,
)
