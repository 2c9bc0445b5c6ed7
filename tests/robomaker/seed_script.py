"""A script against RoboMaker's API, written from its documentation: it deploys, polls, and handles every exception of the operation.

It needs boto3, or a client that is called in the same way, and nothing of this program.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

#: The exceptions of ``create_deployment_job``.
EXCEPTIONS = (
    "ResourceNotFoundException",
    "InvalidParameterException",
    "InternalServerException",
    "ThrottlingException",
    "LimitExceededException",
    "ConcurrentDeploymentException",
    "IdempotentParameterMismatchException",
)
ACTIVE = ("Pending", "Preparing", "InProgress")


def request(client: Any) -> dict[str, Any]:
    """Return a request for the fleet that is there, and a new application."""
    sources = [{"s3Bucket": "bundles", "s3Key": f"{name}.tar", "architecture": name} for name in ("X86_64", "ARM64", "ARMHF")]
    suite = {"name": "ROS2", "version": "Foxy"}
    application = client.create_robot_application(name="patrol", sources=sources, robotSoftwareSuite=suite)["arn"]
    version = client.create_robot_application_version(application=application)["version"]
    return {
        "deploymentConfig": {
            "concurrentDeploymentPercentage": 20,
            "failureThresholdPercentage": 25,
            "robotDeploymentTimeoutInSeconds": 18000,
        },
        "clientRequestToken": "night-1",
        "fleet": client.list_fleets()["fleetDetails"][0]["arn"],
        "deploymentApplicationConfigs": [
            {
                "application": application,
                "applicationVersion": version,
                "launchConfig": {
                    "packageName": "patrol",
                    "launchFile": "patrol.launch.py",
                    "environmentVariables": {"ROS_DOMAIN_ID": "7"},
                },
            }
        ],
        "tags": {"team": "night"},
    }


def handled(client: Any, **arguments: Any) -> str:
    """Create a job; return the name of the exception that is handled, or an empty string."""
    known = client.exceptions
    try:
        client.create_deployment_job(**arguments)
    except known.ResourceNotFoundException:
        return "ResourceNotFoundException"
    except known.InvalidParameterException:
        return "InvalidParameterException"
    except known.InternalServerException:
        return "InternalServerException"
    except known.ThrottlingException:
        return "ThrottlingException"
    except known.LimitExceededException:
        return "LimitExceededException"
    except known.ConcurrentDeploymentException:
        return "ConcurrentDeploymentException"
    except known.IdempotentParameterMismatchException:
        return "IdempotentParameterMismatchException"
    return ""


def exceptions(client: Any, job: dict[str, Any], fail: Callable[[str], None]) -> Iterator[str]:
    """Yield the exceptions that are handled, one of each kind; then the job is created."""
    yield handled(client, **{**job, "fleet": "arn:aws:robomaker:none"})
    yield handled(client, **{**job, "deploymentConfig": {"robotDeploymentTimeoutInSeconds": 59}})
    for name in ("InternalServerException", "ThrottlingException", "LimitExceededException"):
        fail(name)
        yield handled(client, **job)
    assert not handled(client, **job)
    yield handled(client, **{**job, "clientRequestToken": "night-2"})
    yield handled(client, **{**job, "tags": {}})


def main(client: Any, fail: Callable[[str], None], poll_s: float) -> dict[str, Any]:
    """Deploy and wait; return what was handled and the outcomes of the robots."""
    job = request(client)
    found = list(exceptions(client, job, fail))
    arn = client.create_deployment_job(**job)["arn"]  # the same request again: the same job
    while (answer := client.describe_deployment_job(job=arn))["status"] in ACTIVE:
        time.sleep(poll_s)
    for robot in answer["robotDeploymentSummary"]:
        print(robot["arn"], robot["status"], robot.get("failureCode", ""), file=sys.stderr)
    robots = [
        [
            robot["status"],
            robot.get("failureCode"),
            (robot["deploymentFinishTime"] - answer["createdAt"]).total_seconds() if "deploymentFinishTime" in robot else None,
        ]
        for robot in answer["robotDeploymentSummary"]
    ]
    return {"handled": found, "status": answer["status"], "code": answer.get("failureCode"), "robots": robots}


def over_http(endpoint: str, poll_s: float) -> dict[str, Any]:
    """Run with boto3; every answer is checked against the model that boto3 has."""
    from urllib.request import Request, urlopen

    import boto3
    from botocore.config import Config
    from botocore.validate import validate_parameters

    config = Config(retries={"total_max_attempts": 1})
    client = boto3.client(
        "robomaker",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )

    def check(model: Any, parsed: dict[str, Any], **_: Any) -> None:
        if "Error" not in parsed:
            validate_parameters({key: value for key, value in parsed.items() if key != "ResponseMetadata"}, model.output_shape)

    client.meta.events.register("after-call.robomaker", check)

    def fail(error: str) -> None:
        body = json.dumps({"operation": "CreateDeploymentJob", "error": error, "calls": 1}).encode()
        with urlopen(Request(f"{endpoint}/-/faults", body, {"content-type": "application/json"}), timeout=60):
            pass

    return main(client, fail, poll_s)


if __name__ == "__main__":
    print(json.dumps(over_http(sys.argv[1], float(sys.argv[2]))))
