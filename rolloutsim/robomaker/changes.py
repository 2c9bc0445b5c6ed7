"""What each request that changes something does to the state. Requests were checked before, so that the log is replayed without checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rolloutsim.robomaker.state import COHORT_TAG, LATEST, NEVER, Application, Fleet, Job, Member, Robot, State, Version

__all__ = ["CHANGES", "Change", "register_scenario"]

Request = dict[str, Any]
#: Changes the state at an instant, from the request, the answer to it, and what else was found when it was answered.
Change = Callable[[State, float, Request, Any, Any], None]


def create_robot(state: State, t: float, request: Request, answer: Any, _: Any) -> None:
    tags = dict(request.get("tags", {}))
    cohort = tags.get(COHORT_TAG, state.cohorts[0])
    member = Member(answer["arn"], cohort, state.next_number(cohort), request["architecture"])
    state.robots[member.arn] = Robot(state.next_order(), member.arn, request["name"], request["greengrassGroupId"], t, tags, member)


def create_fleet(state: State, t: float, request: Request, answer: Any, _: Any) -> None:
    arn = answer["arn"]
    state.fleets[arn] = Fleet(state.next_order(), arn, request["name"], t, dict(request.get("tags", {})))


def register_robot(state: State, t: float, request: Request, _: Any, __: Any) -> None:
    robot = state.robots[request["robot"]]
    if robot.fleet is None:
        robot.fleet, robot.registered = request["fleet"], state.next_order()
        state.fleets[request["fleet"]].robots[robot.arn] = robot


def deregister_robot(state: State, t: float, request: Request, _: Any, __: Any) -> None:
    _leave(state, t, state.robots[request["robot"]])


def delete_robot(state: State, t: float, request: Request, _: Any, __: Any) -> None:
    robot = state.robots[request["robot"]]
    _leave(state, t, robot)
    robot.deleted = state.moment(t)


def delete_fleet(state: State, t: float, request: Request, _: Any, __: Any) -> None:
    fleet = state.fleets[request["fleet"]]
    for robot in list(fleet.robots.values()):
        _leave(state, t, robot)
    fleet.deleted = state.moment(t)


def _leave(state: State, t: float, robot: Robot) -> None:
    if robot.fleet is not None:
        del state.fleets[robot.fleet].robots[robot.arn]
        robot.left.append((state.moment(t), robot.fleet))
        robot.fleet = None


def create_application(state: State, t: float, request: Request, answer: Any, _: Any) -> None:
    order = state.next_order()
    application = Application(order, answer["arn"], request["name"], dict(request.get("tags", {})))
    application.versions[LATEST] = _version(order, t, answer)
    state.applications[application.arn] = application


def update_application(state: State, t: float, request: Request, answer: Any, _: Any) -> None:
    versions = state.applications[request["application"]].versions
    state.next_order()  # of which the revision is made
    versions[LATEST] = _version(versions[LATEST].order, t, answer)


def create_version(state: State, t: float, request: Request, answer: Any, _: Any) -> None:
    application = state.applications[request["application"]]
    application.numbered += 1
    version = _version(state.next_order(), t, answer)
    version.image_digest = request.get("imageDigest")
    application.versions[answer["version"]] = version


def _version(order: int, t: float, answer: Any) -> Version:
    environment = answer.get("environment")
    suite = answer["robotSoftwareSuite"]
    return Version(order, answer["version"], answer.get("sources", []), suite, t, answer["revisionId"], environment)


def delete_application(state: State, t: float, request: Request, _: Any, __: Any) -> None:
    application = state.applications[request["application"]]
    gone = state.moment(t)
    if "applicationVersion" in request:
        application.versions[request["applicationVersion"]].deleted = gone
    else:
        application.deleted = gone


def create_job(state: State, t: float, request: Request, answer: Any, members: Any) -> None:
    """Create a job for the robots that are registered, or, to synchronize, for those whose ARNs are `members`."""
    fleet = state.fleets[request["fleet"]]
    latest = fleet.jobs[-1] if fleet.jobs and members is not None else None
    robots = list(fleet.robots.values()) if members is None else [state.robots[arn] for arn in members]
    job = Job(
        order=state.next_order(),
        replicate=len(state.jobs),
        arn=answer["arn"],
        fleet=fleet,
        created=t,
        config=answer.get("deploymentConfig", {}),
        applications=answer["deploymentApplicationConfigs"],
        tags=dict(request.get("tags", {})),
        members=tuple(robot.member for robot in robots),
        root=answer["arn"] if latest is None else latest.root,
    )
    for robot in robots:
        robot.last_job = job.arn
    fleet.jobs.append(job)
    state.jobs[job.arn] = job


def cancel_job(state: State, t: float, request: Request, _: Any, __: Any) -> None:
    job = state.jobs[request["job"]]
    job.cancel_after = t - job.created


def tag(state: State, t: float, request: Request, _: Any, __: Any) -> None:
    tags = state.tags(request["resourceArn"], t)
    assert tags is not None
    tags.update(request["tags"])
    _move(state, request["resourceArn"])


def untag(state: State, t: float, request: Request, _: Any, __: Any) -> None:
    tags = state.tags(request["resourceArn"], t)
    assert tags is not None
    for key in request["tagKeys"]:
        tags.pop(key, None)
    _move(state, request["resourceArn"])


def _move(state: State, arn: str) -> None:
    """Give a robot the next number of its cohort, if that is another one now."""
    robot = state.robots.get(arn)
    if robot is not None and robot.deleted is NEVER:
        cohort = robot.tags.get(COHORT_TAG, state.cohorts[0])
        if cohort != robot.member.cohort:
            robot.member = robot.member._replace(cohort=cohort, number=state.next_number(cohort))


def change_bundle(state: State, t: float, request: Request, _: Any, __: Any) -> None:
    state.change_bundle(t, request["bucket"], request["key"], there=request["action"] == "replace")


def change_clock(state: State, _: float, request: Request, __: Any, ___: Any) -> None:
    state.pace = request


def register_scenario(state: State, t: float, request: Request, _: Any, __: Any) -> None:
    """Create a fleet of listed robots, each a name, its cohort and its architecture, and register them."""
    arn = state.arn("deployment-fleet", request["name"])
    create_fleet(state, t, request, {"arn": arn}, None)
    for name, cohort, architecture in request["robots"]:
        robot = {"name": name, "architecture": architecture, "greengrassGroupId": "scenario", "tags": {COHORT_TAG: cohort}}
        create_robot(state, t, robot, {"arn": state.arn("robot", name)}, None)
        register_robot(state, t, {"robot": next(reversed(state.robots)), "fleet": arn}, None, None)


#: By the operation; those that begin with ``-`` are not of RoboMaker's API.
CHANGES: dict[str, Change] = {
    "CancelDeploymentJob": cancel_job,
    "CreateDeploymentJob": create_job,
    "CreateFleet": create_fleet,
    "CreateRobot": create_robot,
    "CreateRobotApplication": create_application,
    "CreateRobotApplicationVersion": create_version,
    "DeleteFleet": delete_fleet,
    "DeleteRobot": delete_robot,
    "DeleteRobotApplication": delete_application,
    "DeregisterRobot": deregister_robot,
    "RegisterRobot": register_robot,
    "SyncDeploymentJob": create_job,
    "TagResource": tag,
    "UntagResource": untag,
    "UpdateRobotApplication": update_application,
    "-bundles": change_bundle,
    "-clock": change_clock,
    "-fleet": register_scenario,
}
