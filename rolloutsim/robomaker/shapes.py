"""The types of RoboMaker's API: what a value may be, as the API's model has it, and the ranges that only its texts name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from rolloutsim.vocabulary import ARCHITECTURES, CODES, JOB_STATUSES, ROBOT_STATUSES, STEPS

__all__ = ["SHAPES", "Member", "Shape", "structure"]

Type = Literal["string", "integer", "long", "float", "timestamp", "list", "map", "structure"]


class Member(NamedTuple):
    """A member of a structure."""

    shape: str
    location: Literal["body", "uri", "querystring"] = "body"


@dataclass(frozen=True)
class Shape:
    """What a value of the API may be.

    Attributes
    ----------
    type
        The kind of value.
    least, most
        The range of a number, or of the length of a string, list or map.
    pattern
        Of the whole string.
    enum
        The values of a string, if they are few.
    item, key
        The shapes of the items of a list or the values of a map, and of its keys.
    members, required
        Of a structure.
    text_range
        A range of numbers that the API's texts name and its model does not.
    """

    type: Type
    least: float | None = None
    most: float | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    item: str = ""
    key: str = ""
    members: Mapping[str, Member] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    text_range: tuple[int, int] | None = None


def structure(members: str) -> Shape:
    """Return a structure of members: ``name: Shape``, with commas between them; ``*`` after the name marks what is required.

    A member in the path is written ``{name}``, one in the query string ``?name``.

    Examples
    --------
    >>> job = structure("{resourceArn}*: Arn, tags: TagMap")
    >>> job.required, job.members["resourceArn"].location, job.members["tags"].shape
    (('resourceArn',), 'uri', 'TagMap')
    """
    found: dict[str, Member] = {}
    required = []
    for part in filter(None, members.split(",")):
        written, shape = part.strip().split(": ")
        name = written.strip("{}?*")
        if written.endswith("*"):
            required.append(name)
        found[name] = Member(shape, "uri" if "{" in written else "querystring" if "?" in written else "body")
    return Shape("structure", members=found, required=tuple(required))


def _string(least: int | None = None, most: int | None = None, pattern: str | None = None) -> Shape:
    return Shape("string", least, most, pattern)


def _one_of(*values: str) -> Shape:
    return Shape("string", enum=values)


def _list(item: str, least: int | None = None, most: int | None = None) -> Shape:
    return Shape("list", least, most, item=item)


_TAG = r"[a-zA-Z0-9 _.\-\/+=:]*"

SHAPES: dict[str, Shape] = {
    "Architecture": _one_of(*ARCHITECTURES),
    "Arn": _string(1, 1224, "arn:.*"),
    "ClientRequestToken": _string(1, 64, r"[a-zA-Z0-9_\-=]*"),
    "Command": _string(1, 1024, r"[a-zA-Z0-9_.\-]*"),
    "CreatedAt": Shape("timestamp"),
    "DeploymentApplicationConfig": structure(
        "application*: Arn, applicationVersion*: DeploymentVersion, launchConfig*: DeploymentLaunchConfig"
    ),
    "DeploymentApplicationConfigs": _list("DeploymentApplicationConfig", 1, 1),
    "DeploymentConfig": structure(
        "concurrentDeploymentPercentage: Percentage, failureThresholdPercentage: Percentage, "
        "robotDeploymentTimeoutInSeconds: DeploymentTimeout, downloadConditionFile: S3Object"
    ),
    "DeploymentJob": structure(
        "arn: Arn, fleet: Arn, status: DeploymentStatus, deploymentApplicationConfigs: DeploymentApplicationConfigs, "
        "deploymentConfig: DeploymentConfig, failureReason: GenericString, failureCode: DeploymentJobErrorCode, createdAt: CreatedAt"
    ),
    "DeploymentJobErrorCode": _one_of(*CODES),
    "DeploymentJobs": _list("DeploymentJob", 0, 200),
    "DeploymentLaunchConfig": structure(
        "packageName*: Command, preLaunchFile: Path, launchFile*: Command, postLaunchFile: Path, "
        "environmentVariables: EnvironmentVariableMap"
    ),
    "DeploymentStatus": _one_of(*JOB_STATUSES),
    "DeploymentTimeout": Shape("long", text_range=(60, 604800)),
    "DeploymentVersion": _string(1, 255, "[0-9]*"),
    "Environment": structure("uri: RepositoryUrl"),
    "EnvironmentVariableKey": _string(1, 1024, "[A-Z_][A-Z0-9_]*"),
    "EnvironmentVariableMap": Shape("map", 0, 20, key="EnvironmentVariableKey", item="EnvironmentVariableValue"),
    "EnvironmentVariableValue": _string(1, 1024, ".*"),
    "Filter": structure("name: Name, values: FilterValues"),
    "FilterValues": _list("Name", 1, 1),
    "Filters": _list("Filter", 1, 1),
    "Fleet": structure(
        "name: Name, arn: Arn, createdAt: CreatedAt, lastDeploymentStatus: DeploymentStatus, lastDeploymentJob: Arn, "
        "lastDeploymentTime: CreatedAt"
    ),
    "Fleets": _list("Fleet", 0, 200),
    "GenericInteger": Shape("integer"),
    "GenericString": _string(0, 1024, ".*"),
    "Id": _string(1, 1224, ".*"),
    "ImageDigest": _string(0, 72, "[Ss][Hh][Aa]256:[0-9a-fA-F]{64}"),
    "LastUpdatedAt": Shape("timestamp"),
    "MaxResults": Shape("integer", text_range=(1, 200)),
    "Name": _string(1, 255, r"[a-zA-Z0-9_\-]*"),
    "PaginationToken": _string(1, 2048, r"[a-zA-Z0-9_.\-\/+=]*"),
    "Path": _string(1, 1024, ".*"),
    "PercentDone": Shape("float", 0.0, 100.0),
    "Percentage": Shape("integer", 1, 100),
    "ProgressDetail": structure(
        "currentProgress: RobotDeploymentStep, percentDone: PercentDone, estimatedTimeRemainingSeconds: GenericInteger, "
        "targetResource: GenericString"
    ),
    "RepositoryUrl": _string(1, 1024, ".+"),
    "RevisionId": _string(1, 40, r"[a-zA-Z0-9_.\-]*"),
    "Robot": structure(
        "arn: Arn, name: Name, fleetArn: Arn, status: RobotStatus, greenGrassGroupId: Id, createdAt: CreatedAt, "
        "architecture: Architecture, lastDeploymentJob: Arn, lastDeploymentTime: CreatedAt"
    ),
    "RobotApplicationSummaries": _list("RobotApplicationSummary", 0, 100),
    "RobotApplicationSummary": structure(
        "name: Name, arn: Arn, version: Version, lastUpdatedAt: LastUpdatedAt, robotSoftwareSuite: RobotSoftwareSuite"
    ),
    "RobotDeployment": structure(
        "arn: Arn, deploymentStartTime: CreatedAt, deploymentFinishTime: CreatedAt, status: RobotStatus, "
        "progressDetail: ProgressDetail, failureReason: GenericString, failureCode: DeploymentJobErrorCode"
    ),
    "RobotDeploymentStep": _one_of(*STEPS),
    "RobotDeploymentSummary": _list("RobotDeployment"),
    "RobotSoftwareSuite": structure("name: RobotSoftwareSuiteType, version: RobotSoftwareSuiteVersionType"),
    "RobotSoftwareSuiteType": _one_of("ROS", "ROS2", "General"),
    "RobotSoftwareSuiteVersionType": _one_of("Kinetic", "Melodic", "Dashing", "Foxy"),
    "RobotStatus": _one_of(*ROBOT_STATUSES),
    "Robots": _list("Robot", 0, 1000),
    "S3Bucket": _string(3, 63, r"[a-z0-9][a-z0-9.\-]*[a-z0-9]"),
    "S3Etag": _string(),
    "S3Etags": _list("S3Etag"),
    "S3Key": _string(1, 1024, ".*"),
    "S3Object": structure("bucket*: S3Bucket, key*: S3Key, etag: S3Etag"),
    "Source": structure("s3Bucket: S3Bucket, s3Key: S3Key, etag: S3Etag, architecture: Architecture"),
    "SourceConfig": structure("s3Bucket: S3Bucket, s3Key: S3Key, architecture: Architecture"),
    "SourceConfigs": _list("SourceConfig"),
    "Sources": _list("Source"),
    "TagKey": _string(1, 128, _TAG),
    "TagKeyList": _list("TagKey"),
    "TagMap": Shape("map", 0, 50, key="TagKey", item="TagValue"),
    "TagValue": _string(0, 256, _TAG),
    "Version": _string(1, 255, r"(\$LATEST)|[0-9]*"),
    "VersionQualifier": _string(1, 255, "ALL"),
    "errorMessage": _string(),
}
