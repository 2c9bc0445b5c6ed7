"""What the API's documentation leaves open, and what this service does; the reference shows it beside the operation that it is about."""

from __future__ import annotations

from rolloutsim.robomaker.operations import OPERATIONS

__all__ = ["ASSUMPTIONS", "OF_ALL"]

#: Of all operations, by what it is about.
OF_ALL = {
    "order of checks": "Syntax and ranges; throttling and errors on purpose; token; existence; active deployment; limits.",
    "unknown member": "A member that the operation does not have is an `InvalidParameterException`.",
    "ResourceNotFoundException": "Operations that do not declare it answer `InvalidParameterException` for what is not there.",
    "names": "Robots and applications have names of their own, and so have fleets (`InvalidParameterException`).",
    "maxResults": "The largest value is also the number of items of a page if none is asked for.",
    "nextToken": "Holds the last item seen. Lists are in order of creation.",
    "timestamps": "Simulated time, to a millisecond.",
    "lastDeploymentTime": "The creation of the last deployment job; it stays when the job has expired.",
}

#: By operation, then by member, error, or what else it is about.
ASSUMPTIONS: dict[str, dict[str, str]] = {
    "CreateDeploymentJob": {
        "fleet": "The robots registered at its creation, in order of registration. Without any, the job succeeds at once.",
        "deploymentConfig": "Without percentages all robots start at once and no number of failures stops the job.",
        "status": "`Pending` in this answer. A job is `Preparing` from its creation on, for the phase `preparing`.",
        "deploymentApplicationConfigs": "The application's bundle has the size that the scenario gives to the architecture.",
        "clientRequestToken": "Remembered with the answer until the job expires; a request that fails does not use it up.",
        "ConcurrentDeploymentException": "The fleet has a job that has not ended. (Its text is about the failure threshold.)",
        "LimitExceededException": "Occurs on purpose only.",
        "InvalidParameterException": "Also if stages or other rules of the scenario do not fit the fleet.",
        "links and outages": "Every job has its own realisation: the k-th job of a service is replicate k - 1.",
        "late installations": "Those of the fleet's earlier jobs end when a job is created.",
        "failureCode": (
            "When `Preparing` ends, fleet, application, version, bundles and their etags are checked, in this order, before chance "
            "decides: `DeploymentFleetDoesNotExist`, `RobotApplicationDoesNotExist` (twice), `ResourceNotFound`, `EtagMismatch`."
        ),
    },
    "CancelDeploymentJob": {
        "job": "Acts just after its instant: robots in flight end as `RobotDeploymentAborted`.",
        "InvalidParameterException": "The job has ended.",
        "threshold": "A job that has breached its threshold ends at once as `Failed`, `FailureThresholdBreached`.",
    },
    "SyncDeploymentJob": {
        "fleet": "A new job of the latest configuration for the registered robots that are not `InSync` with it.",
        "ResourceNotFoundException": "Also if the fleet has no earlier job, or its latest one has expired.",
    },
    "DescribeDeploymentJob": {
        "status": "A job that has breached its threshold stays `InProgress` until its last robot ends.",
        "robotDeploymentSummary": "Robots that were deregistered or deleted stay in it. Start and finish are those of the slot.",
        "percentDone": "Bytes received of the bundle; 100 while it is extracted.",
        "estimatedTimeRemainingSeconds": "Of the download, at its mean rate so far.",
        "failureReason": "The meaning of the code in our words.",
    },
    "DescribeRobot": {
        "status": "`Available` without a fleet, `Registered` before its first job there, else as in its last job.",
    },
    "CreateRobot": {
        "tags": "`rolloutsim:cohort` names the cohort of the scenario that it behaves like; without it, the first.",
        "LimitExceededException": "Occurs on purpose only.",
    },
    "CreateFleet": {
        "LimitExceededException": "Occurs on purpose only.",
    },
    "RegisterRobot": {
        "robot": "In another fleet: `InvalidParameterException`. In this fleet already: nothing changes.",
        "LimitExceededException": "The fleet has 1,000 robots (the most that `DescribeFleet` returns).",
    },
    "DeregisterRobot": {
        "robot": "Not in this fleet: `InvalidParameterException`. Its late installation stops.",
    },
    "DeleteRobot": {
        "robot": "Its late installation stops; it stays in the summary of its jobs.",
    },
    "DeleteFleet": {
        "fleet": "Its robots are deregistered.",
    },
    "CreateRobotApplication": {
        "sources": "A source without an architecture serves all. Every bundle exists until it is removed.",
        "LimitExceededException": "Occurs on purpose only.",
        "IdempotentParameterMismatchException": "Occurs on purpose only: the request has no token.",
    },
    "CreateRobotApplicationVersion": {
        "s3Etags": "If given, they must be those of the bundles now.",
        "IdempotentParameterMismatchException": "Occurs on purpose only: the request has no token.",
        "LimitExceededException": "Occurs on purpose only.",
    },
    "DeleteRobotApplication": {
        "applicationVersion": "`$LATEST` goes with the application only.",
    },
    "UpdateRobotApplication": {
        "LimitExceededException": "Occurs on purpose only.",
    },
    "ListRobotApplications": {
        "versionQualifier": "Without it, the list has `$LATEST` of each application.",
    },
    "TagResource": {
        "InvalidParameterException": "Also for more than 50 tags of a resource. A new cohort holds for later jobs.",
    },
}

assert set(ASSUMPTIONS) <= set(OPERATIONS)
