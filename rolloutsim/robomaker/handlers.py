"""The operations: what is checked against the state, and what is answered. What changes the state is in `rolloutsim.robomaker.changes`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, NoReturn, TypeVar

from rolloutsim.robomaker.errors import RequestError
from rolloutsim.robomaker.operations import OPERATIONS, Operation
from rolloutsim.robomaker.pages import page
from rolloutsim.robomaker.state import COHORT_TAG, LATEST, NEVER, Application, Fleet, Job, Robot, Version
from rolloutsim.robomaker.views import Views

__all__ = ["HANDLERS", "Call", "Handler", "Request", "chosen_filter"]

T = TypeVar("T", Robot, Fleet, Application)
Request = dict[str, Any]
#: Returns the answer.
Handler = Callable[["Call", Request], Any]

#: The most robots of a fleet, and tags of a resource.
MOST_ROBOTS, MOST_TAGS = 1000, 50


class Call:
    """A request that is being answered.

    Parameters
    ----------
    views
        The state.
    operation
        Of the request.
    now
        Its instant.

    Attributes
    ----------
    found
        What its change needs beside request and answer.
    """

    def __init__(self, views: Views, operation: Operation, now: float) -> None:
        self.views, self.state, self.operation, self.now = views, views.state, operation, now
        self.found: Any = None

    def refuse(self, message: str, code: str = "InvalidParameterException") -> NoReturn:
        """Refuse the request, with an error that its operation declares."""
        raise RequestError(code if code in self.operation.errors else "InvalidParameterException", message)

    def find(self, things: dict[str, T], arn: str, what: str) -> T:
        """Return what is there of this ARN."""
        thing = things.get(arn)
        if thing is None or thing.deleted is not NEVER:
            self.refuse(f"there is no {what} {arn}", "ResourceNotFoundException")
        return thing

    def robot(self, request: Request) -> Robot:
        return self.find(self.state.robots, request["robot"], "robot")

    def fleet(self, request: Request) -> Fleet:
        return self.find(self.state.fleets, request["fleet"], "fleet")

    def application(self, arn: str) -> Application:
        return self.find(self.state.applications, arn, "robot application")

    def version(self, application: Application, version: str) -> Version:
        found = application.versions.get(version)
        if found is None or found.deleted is not NEVER:
            self.refuse(f"{application.arn} has no version {version}", "ResourceNotFoundException")
        return found

    def job(self, arn: str) -> Job:
        job = self.state.jobs.get(arn)
        if job is None or job.is_gone(self.now):
            self.refuse(f"there is no deployment job {arn}", "ResourceNotFoundException")
        return job

    def check_cohort(self, tags: dict[str, str]) -> None:
        """Refuse a tag that names no cohort."""
        cohort = tags.get(COHORT_TAG)
        if cohort is not None and cohort not in self.state.cohorts:
            self.refuse(f"the tag {COHORT_TAG} names no cohort of the scenario: it has {', '.join(self.state.cohorts)}")

    def check_name(self, things: dict[str, T], name: str, what: str) -> None:
        """Refuse a name that something else has."""
        if any(thing.name == name and thing.deleted is NEVER for thing in things.values()):
            self.refuse(f"there is a {what} {name} already", "ResourceAlreadyExistsException")


# Robots and fleets


def create_robot(call: Call, request: Request) -> Any:
    call.check_cohort(request.get("tags", {}))
    call.check_name(call.state.robots, request["name"], "robot")
    arn = call.state.arn("robot", request["name"])
    created = {"arn": arn, "name": request["name"], "createdAt": call.views.when(call.now)}
    return {**created, "greengrassGroupId": request["greengrassGroupId"], "architecture": request["architecture"], **_tags(request)}


def create_fleet(call: Call, request: Request) -> Any:
    call.check_name(call.state.fleets, request["name"], "fleet")
    arn = call.state.arn("deployment-fleet", request["name"])
    return {"arn": arn, "name": request["name"], "createdAt": call.views.when(call.now), **_tags(request)}


def _tags(request: Request) -> Request:
    return {"tags": request["tags"]} if "tags" in request else {}


def register_robot(call: Call, request: Request) -> Any:
    fleet, robot = call.fleet(request), call.robot(request)
    if robot.fleet is not None and robot.fleet != fleet.arn:
        call.refuse(f"{robot.arn} is in the fleet {robot.fleet}: deregister it first")
    if robot.fleet is None and len(fleet.robots) >= MOST_ROBOTS:
        call.refuse(f"a fleet has at most {MOST_ROBOTS:,} robots", "LimitExceededException")
    return {"fleet": fleet.arn, "robot": robot.arn}


def deregister_robot(call: Call, request: Request) -> Any:
    fleet, robot = call.fleet(request), call.robot(request)
    if robot.fleet != fleet.arn:
        call.refuse(f"{robot.arn} is not in the fleet {fleet.arn}")
    return {"fleet": fleet.arn, "robot": robot.arn}


def delete_robot(call: Call, request: Request) -> Any:
    call.robot(request)
    return {}


def delete_fleet(call: Call, request: Request) -> Any:
    call.fleet(request)
    return {}


def describe_robot(call: Call, request: Request) -> Any:
    robot = call.robot(request)
    return {**call.views.robot(robot, call.now), "tags": robot.tags}


def describe_fleet(call: Call, request: Request) -> Any:
    fleet = call.fleet(request)
    return {**call.views.fleet(fleet, call.now), "tags": fleet.tags}


def list_robots(call: Call, request: Request) -> Any:
    name, value = chosen_filter(request)
    names = {fleet.arn: fleet.name for fleet in call.state.fleets.values()}

    def wanted(robot: Robot) -> bool:
        if name == "fleetName":
            return robot.fleet is not None and names[robot.fleet] == value
        return name != "status" or call.views.robot_status(robot, call.now) == value

    items = ((robot.order, robot) for robot in call.state.robots.values() if call.views.is_there(robot) and wanted(robot))
    return page(call.operation, request, items, lambda robot: call.views.listed_robot(robot, call.now))


def list_fleets(call: Call, request: Request) -> Any:
    name, value = chosen_filter(request)
    fleets = (fleet for fleet in call.state.fleets.values() if call.views.is_there(fleet) and (name != "name" or fleet.name == value))
    items = ((fleet.order, fleet) for fleet in fleets)
    return page(call.operation, request, items, lambda fleet: call.views.listed_fleet(fleet, call.now))


def chosen_filter(request: Request) -> tuple[str, str]:
    """Return the name of the one filter and its one value; without either, it selects everything."""
    chosen = (request.get("filters") or [{}])[0]
    return (chosen.get("name", ""), chosen["values"][0]) if chosen.get("values") else ("", "")


# Applications


def create_application(call: Call, request: Request) -> Any:
    call.check_name(call.state.applications, request["name"], "robot application")
    arn = call.state.arn("robot-application", request["name"])
    named = {"arn": arn, "name": request["name"], "version": LATEST}
    return {**named, **_content(call, request, call.state.order + 1), **_tags(request)}


def update_application(call: Call, request: Request) -> Any:
    application = call.application(request["application"])
    _check_revision(call, application, request)
    named = {"arn": application.arn, "name": application.name, "version": LATEST}
    return {**named, **_content(call, request, call.state.order + 1)}


def _content(call: Call, request: Request, order: int) -> Request:
    sources = []
    for source in request.get("sources", []):
        there = "s3Bucket" in source and "s3Key" in source
        etag = call.state.etag(source["s3Bucket"], source["s3Key"]) if there else None
        sources.append({**source, **({"etag": etag} if etag is not None else {})})
    environment = {"environment": request["environment"]} if "environment" in request else {}
    revision = sha256(str(order).encode()).hexdigest()[:32]
    updated = {"lastUpdatedAt": call.views.when(call.now), "revisionId": revision}
    return {"sources": sources, "robotSoftwareSuite": request["robotSoftwareSuite"], **updated, **environment}


def _check_revision(call: Call, application: Application, request: Request) -> None:
    latest = application.versions[LATEST].revision
    if request.get("currentRevisionId", latest) != latest:
        call.refuse(f"currentRevisionId is not {latest}, the revision of {LATEST}")


def create_version(call: Call, request: Request) -> Any:
    application = call.application(request["application"])
    _check_revision(call, application, request)
    latest = application.versions[LATEST]
    answer = call.views.version(application, latest)
    content = _content(call, {**answer, "sources": [_without_etag(source) for source in latest.sources]}, call.state.order + 1)
    etags = sorted(source.get("etag", "") for source in content["sources"])
    if "s3Etags" in request and sorted(request["s3Etags"]) != etags:
        call.refuse("s3Etags are not those of the sources now: update the application, or leave them out")
    return {**answer, **content, "version": str(application.numbered + 1)}


def _without_etag(source: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in source.items() if key != "etag"}


def delete_application(call: Call, request: Request) -> Any:
    application = call.application(request["application"])
    if "applicationVersion" in request:
        version = call.version(application, request["applicationVersion"])
        if version.version == LATEST:
            call.refuse(f"{LATEST} goes with the application: leave applicationVersion out")
    return {}


def describe_application(call: Call, request: Request) -> Any:
    application = call.application(request["application"])
    version = call.version(application, request.get("applicationVersion", LATEST))
    image = {} if version.image_digest is None else {"imageDigest": version.image_digest}
    return {**call.views.version(application, version), "tags": application.tags, **image}


def list_applications(call: Call, request: Request) -> Any:
    name, value = chosen_filter(request)

    def versions() -> Iterator[tuple[int, tuple[Application, Version]]]:
        for application in call.state.applications.values():
            if application.deleted is NEVER and (name != "name" or application.name == value):
                for version in application.versions.values():
                    if version.deleted is NEVER and (version.version == LATEST or "versionQualifier" in request):
                        yield version.order, (application, version)

    items = sorted(versions(), key=lambda item: item[0])
    return page(call.operation, request, items, lambda item: call.views.listed_version(*item))


# Tags


def list_tags(call: Call, request: Request) -> Any:
    return {"tags": _tags_of(call, request)}


def tag(call: Call, request: Request) -> Any:
    found = _tags_of(call, request)
    if len({**found, **request["tags"]}) > MOST_TAGS:
        call.refuse(f"a resource has at most {MOST_TAGS} tags")
    if request["resourceArn"] in call.state.robots:
        call.check_cohort(request["tags"])
    return {}


def untag(call: Call, request: Request) -> Any:
    _tags_of(call, request)
    return {}


def _tags_of(call: Call, request: Request) -> dict[str, str]:
    found = call.state.tags(request["resourceArn"], call.now)
    if found is None:
        call.refuse(f"there is no resource {request['resourceArn']}", "ResourceNotFoundException")
    return found


#: By operation; those on deployment jobs are in `rolloutsim.robomaker.deployments`.
HANDLERS: dict[str, Handler] = {
    "CreateFleet": create_fleet,
    "CreateRobot": create_robot,
    "CreateRobotApplication": create_application,
    "CreateRobotApplicationVersion": create_version,
    "DeleteFleet": delete_fleet,
    "DeleteRobot": delete_robot,
    "DeleteRobotApplication": delete_application,
    "DeregisterRobot": deregister_robot,
    "DescribeFleet": describe_fleet,
    "DescribeRobot": describe_robot,
    "DescribeRobotApplication": describe_application,
    "ListFleets": list_fleets,
    "ListRobotApplications": list_applications,
    "ListRobots": list_robots,
    "ListTagsForResource": list_tags,
    "RegisterRobot": register_robot,
    "TagResource": tag,
    "UntagResource": untag,
    "UpdateRobotApplication": update_application,
}

assert set(HANDLERS) < set(OPERATIONS)
