"""The operations of RoboMaker's API that belong to deployments: method, path, what they take and return, their errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rolloutsim.robomaker.shapes import Shape, structure

__all__ = ["ERRORS", "OPERATIONS", "UNSERVED", "Operation", "Pages"]

#: HTTP status of each error.
ERRORS = {
    "ConcurrentDeploymentException": 400,
    "IdempotentParameterMismatchException": 400,
    "InternalServerException": 500,
    "InvalidParameterException": 400,
    "LimitExceededException": 400,
    "ResourceAlreadyExistsException": 400,
    "ResourceNotFoundException": 400,
    "ThrottlingException": 400,
}
_SHORT = {
    "concurrent": "ConcurrentDeploymentException",
    "mismatch": "IdempotentParameterMismatchException",
    "internal": "InternalServerException",
    "invalid": "InvalidParameterException",
    "limit": "LimitExceededException",
    "exists": "ResourceAlreadyExistsException",
    "missing": "ResourceNotFoundException",
    "throttling": "ThrottlingException",
}

#: The operations of the API that have nothing to do with deployments.
UNSERVED = [
    "BatchDeleteWorlds",
    "BatchDescribeSimulationJob",
    "CancelSimulationJob",
    "CancelSimulationJobBatch",
    "CancelWorldExportJob",
    "CancelWorldGenerationJob",
    "CreateSimulationApplication",
    "CreateSimulationApplicationVersion",
    "CreateSimulationJob",
    "CreateWorldExportJob",
    "CreateWorldGenerationJob",
    "CreateWorldTemplate",
    "DeleteSimulationApplication",
    "DeleteWorldTemplate",
    "DescribeSimulationApplication",
    "DescribeSimulationJob",
    "DescribeSimulationJobBatch",
    "DescribeWorld",
    "DescribeWorldExportJob",
    "DescribeWorldGenerationJob",
    "DescribeWorldTemplate",
    "GetWorldTemplateBody",
    "ListSimulationApplications",
    "ListSimulationJobBatches",
    "ListSimulationJobs",
    "ListWorldExportJobs",
    "ListWorldGenerationJobs",
    "ListWorldTemplates",
    "ListWorlds",
    "RestartSimulationJob",
    "StartSimulationJobBatch",
    "UpdateSimulationApplication",
    "UpdateWorldTemplate",
]


class Pages(NamedTuple):
    """How a list comes in pages."""

    result: str  #: the member with the items
    most: int  #: items on a page, also if none is asked for; from the text
    filters: tuple[str, ...]  #: names that a filter may have


@dataclass(frozen=True)
class Operation:
    """An operation.

    Attributes
    ----------
    name, method, path
        As in the API; ``{name}`` in the path is a member.
    request, response
        Structures.
    errors
        The names of the errors that the API declares, in its order.
    pages
        Of an operation that lists something.
    """

    name: str
    method: str
    path: str
    request: Shape
    response: Shape
    errors: tuple[str, ...]
    pages: Pages | None = None

    @property
    def takes_token(self) -> bool:
        """Whether a request carries a token that makes it idempotent."""
        return "clientRequestToken" in self.request.members

    @property
    def python_name(self) -> str:
        """The name of the method of a client.

        >>> OPERATIONS["CreateDeploymentJob"].python_name
        'create_deployment_job'
        """
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in self.name).lstrip("_")


def _operation(name: str, request: str, response: str, errors: str, pages: Pages | None = None) -> Operation:
    long = tuple(_SHORT[error] for error in errors.split())
    return Operation(name, "POST", f"/{name[0].lower()}{name[1:]}", structure(request), structure(response), long, pages)


def _tags(name: str, method: str, request: str, response: str = "") -> Operation:
    long = tuple(_SHORT[error] for error in ("internal", "missing", "invalid", "throttling"))
    return Operation(name, method, "/tags/{resourceArn}", structure(request), structure(response), long)


_JOB = (
    "deploymentConfig: DeploymentConfig, deploymentApplicationConfigs: DeploymentApplicationConfigs, failureReason: GenericString, "
    "failureCode: DeploymentJobErrorCode, createdAt: CreatedAt"
)
_APPLICATION = (
    "arn: Arn, name: Name, version: Version, sources: Sources, robotSoftwareSuite: RobotSoftwareSuite, lastUpdatedAt: LastUpdatedAt, "
    "revisionId: RevisionId"
)
_PAGE = "nextToken: PaginationToken, maxResults: MaxResults, filters: Filters"

_ALL = (
    _operation("CancelDeploymentJob", "job*: Arn", "", "missing invalid internal throttling"),
    _operation(
        "CreateDeploymentJob",
        "deploymentConfig: DeploymentConfig, clientRequestToken*: ClientRequestToken, fleet*: Arn, "
        "deploymentApplicationConfigs*: DeploymentApplicationConfigs, tags: TagMap",
        "arn: Arn, fleet: Arn, status: DeploymentStatus, deploymentApplicationConfigs: DeploymentApplicationConfigs, "
        "failureReason: GenericString, failureCode: DeploymentJobErrorCode, createdAt: CreatedAt, deploymentConfig: DeploymentConfig, "
        "tags: TagMap",
        "missing invalid internal throttling limit concurrent mismatch",
    ),
    _operation(
        "CreateFleet",
        "name*: Name, tags: TagMap",
        "arn: Arn, name: Name, createdAt: CreatedAt, tags: TagMap",
        "invalid internal throttling limit",
    ),
    _operation(
        "CreateRobot",
        "name*: Name, architecture*: Architecture, greengrassGroupId*: Id, tags: TagMap",
        "arn: Arn, name: Name, createdAt: CreatedAt, greengrassGroupId: Id, architecture: Architecture, tags: TagMap",
        "invalid internal throttling limit exists",
    ),
    _operation(
        "CreateRobotApplication",
        "name*: Name, sources: SourceConfigs, robotSoftwareSuite*: RobotSoftwareSuite, tags: TagMap, environment: Environment",
        f"{_APPLICATION}, tags: TagMap, environment: Environment",
        "invalid exists limit throttling internal mismatch",
    ),
    _operation(
        "CreateRobotApplicationVersion",
        "application*: Arn, currentRevisionId: RevisionId, s3Etags: S3Etags, imageDigest: ImageDigest",
        f"{_APPLICATION}, environment: Environment",
        "invalid mismatch limit throttling internal",
    ),
    _operation("DeleteFleet", "fleet*: Arn", "", "invalid internal throttling"),
    _operation("DeleteRobot", "robot*: Arn", "", "invalid internal throttling"),
    _operation("DeleteRobotApplication", "application*: Arn, applicationVersion: Version", "", "invalid throttling internal"),
    _operation("DeregisterRobot", "fleet*: Arn, robot*: Arn", "fleet: Arn, robot: Arn", "invalid internal throttling missing"),
    _operation(
        "DescribeDeploymentJob",
        "job*: Arn",
        f"arn: Arn, fleet: Arn, status: DeploymentStatus, {_JOB}, robotDeploymentSummary: RobotDeploymentSummary, tags: TagMap",
        "missing invalid internal throttling",
    ),
    _operation(
        "DescribeFleet",
        "fleet*: Arn",
        "name: Name, arn: Arn, robots: Robots, createdAt: CreatedAt, lastDeploymentStatus: DeploymentStatus, lastDeploymentJob: Arn, "
        "lastDeploymentTime: CreatedAt, tags: TagMap",
        "missing invalid internal throttling",
    ),
    _operation(
        "DescribeRobot",
        "robot*: Arn",
        "arn: Arn, name: Name, fleetArn: Arn, status: RobotStatus, greengrassGroupId: Id, createdAt: CreatedAt, "
        "architecture: Architecture, lastDeploymentJob: Arn, lastDeploymentTime: CreatedAt, tags: TagMap",
        "missing invalid internal throttling",
    ),
    _operation(
        "DescribeRobotApplication",
        "application*: Arn, applicationVersion: Version",
        "arn: Arn, name: Name, version: Version, sources: Sources, robotSoftwareSuite: RobotSoftwareSuite, revisionId: RevisionId, "
        "lastUpdatedAt: LastUpdatedAt, tags: TagMap, environment: Environment, imageDigest: ImageDigest",
        "invalid missing throttling internal",
    ),
    _operation(
        "ListDeploymentJobs",
        "filters: Filters, nextToken: PaginationToken, maxResults: MaxResults",
        "deploymentJobs: DeploymentJobs, nextToken: PaginationToken",
        "missing invalid internal throttling",
        Pages("deploymentJobs", 200, ("status", "fleetName")),
    ),
    _operation(
        "ListFleets",
        _PAGE,
        "fleetDetails: Fleets, nextToken: PaginationToken",
        "missing invalid internal throttling",
        Pages("fleetDetails", 200, ("name",)),
    ),
    _operation(
        "ListRobotApplications",
        f"versionQualifier: VersionQualifier, {_PAGE}",
        "robotApplicationSummaries: RobotApplicationSummaries, nextToken: PaginationToken",
        "invalid throttling internal",
        Pages("robotApplicationSummaries", 100, ("name",)),
    ),
    _operation(
        "ListRobots",
        _PAGE,
        "robots: Robots, nextToken: PaginationToken",
        "missing invalid internal throttling",
        Pages("robots", 200, ("status", "fleetName")),
    ),
    _operation("RegisterRobot", "fleet*: Arn, robot*: Arn", "fleet: Arn, robot: Arn", "invalid internal throttling limit missing"),
    _operation(
        "SyncDeploymentJob",
        "clientRequestToken*: ClientRequestToken, fleet*: Arn",
        f"arn: Arn, fleet: Arn, status: DeploymentStatus, {_JOB}",
        "missing invalid internal throttling limit concurrent mismatch",
    ),
    _operation(
        "UpdateRobotApplication",
        "application*: Arn, sources: SourceConfigs, robotSoftwareSuite*: RobotSoftwareSuite, currentRevisionId: RevisionId, "
        "environment: Environment",
        f"{_APPLICATION}, environment: Environment",
        "invalid missing limit throttling internal",
    ),
    _tags("ListTagsForResource", "GET", "{resourceArn}*: Arn", "tags: TagMap"),
    _tags("TagResource", "POST", "{resourceArn}*: Arn, tags*: TagMap"),
    _tags("UntagResource", "DELETE", "{resourceArn}*: Arn, ?tagKeys*: TagKeyList"),
)

#: By name.
OPERATIONS = {operation.name: operation for operation in _ALL}
