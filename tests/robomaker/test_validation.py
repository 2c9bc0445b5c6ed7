"""What is wrong with a request is found with its place and cause, all at once."""

from __future__ import annotations

from typing import Any

import pytest

from rolloutsim.robomaker.operations import OPERATIONS
from rolloutsim.robomaker.validation import request_findings

ARN = "arn:aws:robomaker:us-east-1:123456789012:deployment-fleet/f/1"
LAUNCH = {"packageName": "demo", "launchFile": "demo.launch"}
CONFIG = {"application": ARN, "applicationVersion": "1", "launchConfig": LAUNCH}
JOB: dict[str, Any] = {"clientRequestToken": "t", "fleet": ARN, "deploymentApplicationConfigs": [CONFIG]}


def found(operation: str, request: Any) -> list[tuple[str, bool]]:
    return list(request_findings(OPERATIONS[operation], request))


def changed(**values: Any) -> dict[str, Any]:
    return {**JOB, **values}


def deployment(**values: Any) -> dict[str, Any]:
    return changed(deploymentConfig=values)


@pytest.mark.parametrize(
    "request_",
    [
        JOB,
        deployment(),
        deployment(concurrentDeploymentPercentage=1, failureThresholdPercentage=100, robotDeploymentTimeoutInSeconds=60),
        deployment(robotDeploymentTimeoutInSeconds=604800, downloadConditionFile={"bucket": "abc", "key": "k", "etag": ""}),
        changed(tags={"team:x/y=z": ""}),
    ],
)
def test_what_is_right_has_no_findings(request_: dict[str, Any]) -> None:
    assert found("CreateDeploymentJob", request_) == []


@pytest.mark.parametrize(
    ("request_", "message", "in_client"),
    [
        ([], "Invalid type for parameter input, value: [], type: <class 'list'>, valid types: <class 'dict'>", True),
        ({k: v for k, v in JOB.items() if k != "fleet"}, 'Missing required parameter in input: "fleet"', True),
        (changed(fleet=""), "Invalid length for parameter fleet, value: 0, valid min length: 1", True),
        (changed(fleet="urn:x"), "Invalid value for parameter fleet, value: urn:x, valid pattern: arn:.*", False),
        (changed(fleet="arn:" + "x" * 1300), "Invalid length for parameter fleet, value: 1304, valid max length: 1224", False),
        (changed(fleet="arn:\ud800"), "Invalid value for parameter fleet, value: arn:\\ud800, it is no Unicode text", False),
        (changed(fleet="arn:\nx"), "Invalid value for parameter fleet, value: arn:\\nx, valid pattern: arn:.*", False),
        (deployment(concurrentDeploymentPercentage=True), "type: <class 'bool'>, valid types: <class 'int'>", True),
        (deployment(concurrentDeploymentPercentage=20.0), "type: <class 'float'>, valid types: <class 'int'>", True),
        (
            deployment(concurrentDeploymentPercentage=0),
            "Invalid range for parameter deploymentConfig.concurrentDeploymentPercentage, value: 0, valid min value: 1",
            True,
        ),
        (deployment(failureThresholdPercentage=101), "value: 101, valid max value: 100", False),
        (deployment(robotDeploymentTimeoutInSeconds=59), "value: 59, valid values: 60 to 604800", False),
        (deployment(robotDeploymentTimeoutInSeconds=604801), "value: 604801, valid values: 60 to 604800", False),
        (deployment(timeout=3), 'Unknown parameter in deploymentConfig: "timeout", must be one of: concurrent', True),
        (changed(deploymentApplicationConfigs=[]), "Invalid length for parameter deploymentApplicationConfigs, value: 0", True),
        (changed(deploymentApplicationConfigs=[CONFIG, CONFIG]), "value: 2, valid max length: 1", False),
        (
            changed(deploymentApplicationConfigs=[{**CONFIG, "applicationVersion": "$LATEST"}]),
            "Invalid value for parameter deploymentApplicationConfigs[0].applicationVersion, value: $LATEST, valid pattern: [0-9]*",
            False,
        ),
        (changed(tags={"a": 1}), "Invalid type for parameter tags.a, value: 1", True),
        (changed(tags={"a;": ""}), "Invalid value for parameter tags (key: a;), value: a;, valid pattern", False),
    ],
)
def test_what_is_wrong_is_found(request_: Any, message: str, in_client: bool) -> None:
    findings = found("CreateDeploymentJob", request_)
    assert len(findings) == 1
    assert message in findings[0][0]
    assert findings[0][1] == in_client


def test_everything_is_found_at_once() -> None:
    assert len(found("CreateRobot", {"name": "a b", "architecture": "MIPS", "tags": {"": 3}})) == 5


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        ("ListRobotApplications", {"maxResults": 101}, "valid max value: 100"),
        ("ListRobots", {"maxResults": 201}, "valid values: 1 to 200"),
        ("ListRobots", {"maxResults": 0}, "valid values: 1 to 200"),
        ("ListFleets", {"filters": [{"name": "status", "values": ["x"]}]}, "value: status, valid values: name"),
        ("ListRobots", {"filters": 5}, "Invalid type for parameter filters, value: 5"),
        ("ListRobots", {"filters": [5]}, "Invalid type for parameter filters[0], value: 5"),
        ("ListRobots", {"maxResults": "5"}, "Invalid type for parameter maxResults, value: 5"),
        ("ListRobots", {"filters": []}, "Invalid length for parameter filters, value: 0"),
        ("ListRobots", {"filters": [{"name": "status", "values": ["a", "b"]}]}, "value: 2, valid max length: 1"),
        ("CreateRobot", {"name": "r", "architecture": "MIPS", "greengrassGroupId": "g"}, "valid values: X86_64, ARM64, ARMHF"),
    ],
)
def test_lists_and_enumerations(operation: str, request_: Any, message: str) -> None:
    (finding,) = found(operation, request_)
    assert message in finding[0]


def test_long_values_are_shown_in_part() -> None:
    (finding,) = found("CreateFleet", {"name": "x" * 200 + "!"})
    assert len(finding[0]) < 200
