"""What each request that changes something does to the state. Requests were checked before, so that the log is replayed without checks."""

from __future__ import annotations

from collections.abc import Callable

from rolloutsim.robomaker.entry import Entry
from rolloutsim.robomaker.state import COHORT_TAG, LATEST, NEVER, Application, Fleet, Job, Member, Robot, State, Version

__all__ = ["CHANGES", "Change"]

#: Changes the state by an entry of the log.
Change = Callable[[State, Entry], None]


def create_robot(state: State, entry: Entry) -> None:
    tags = dict(entry.request.get("tags", {}))
    cohort = tags.get(COHORT_TAG, state.cohorts[0])
    member = Member(entry.answer["arn"], cohort, state.next_number(cohort), entry.request["architecture"])
    state.robots[member.arn] = Robot(
        state.next_order(), member.arn, entry.request["name"], entry.request["greengrassGroupId"], entry.t, tags, member
    )


def create_fleet(state: State, entry: Entry) -> None:
    arn = entry.answer["arn"]
    state.fleets[arn] = Fleet(state.next_order(), arn, entry.request["name"], entry.t, dict(entry.request.get("tags", {})))


def register_robot(state: State, entry: Entry) -> None:
    robot = state.robots[entry.request["robot"]]
    if robot.fleet is None:
        robot.fleet, robot.registered = entry.request["fleet"], state.next_order()
        state.fleets[entry.request["fleet"]].robots[robot.arn] = robot


def deregister_robot(state: State, entry: Entry) -> None:
    _leave(state, entry.t, state.robots[entry.request["robot"]])


def delete_robot(state: State, entry: Entry) -> None:
    robot = state.robots[entry.request["robot"]]
    _leave(state, entry.t, robot)
    robot.deleted = state.moment(entry.t)


def delete_fleet(state: State, entry: Entry) -> None:
    fleet = state.fleets[entry.request["fleet"]]
    for robot in list(fleet.robots.values()):
        _leave(state, entry.t, robot)
    fleet.deleted = state.moment(entry.t)


def _leave(state: State, t: float, robot: Robot) -> None:
    if robot.fleet is not None:
        del state.fleets[robot.fleet].robots[robot.arn]
        robot.left.append((state.moment(t), robot.fleet))
        robot.fleet = None


def create_application(state: State, entry: Entry) -> None:
    order = state.next_order()
    application = Application(order, entry.answer["arn"], entry.request["name"], dict(entry.request.get("tags", {})))
    application.versions[LATEST] = _version(order, entry)
    state.applications[application.arn] = application


def update_application(state: State, entry: Entry) -> None:
    versions = state.applications[entry.request["application"]].versions
    state.next_order()  # of which the revision is made
    versions[LATEST] = _version(versions[LATEST].order, entry)


def create_version(state: State, entry: Entry) -> None:
    application = state.applications[entry.request["application"]]
    application.numbered += 1
    version = _version(state.next_order(), entry)
    version.image_digest = entry.request.get("imageDigest")
    application.versions[entry.answer["version"]] = version


def _version(order: int, entry: Entry) -> Version:
    answer = entry.answer
    sources, environment = answer.get("sources", []), answer.get("environment")
    return Version(order, answer["version"], sources, answer["robotSoftwareSuite"], entry.t, answer["revisionId"], environment)


def delete_application(state: State, entry: Entry) -> None:
    application = state.applications[entry.request["application"]]
    gone = state.moment(entry.t)
    if "applicationVersion" in entry.request:
        application.versions[entry.request["applicationVersion"]].deleted = gone
    else:
        application.deleted = gone


def create_job(state: State, entry: Entry) -> None:
    """Create a job for the robots that are registered, or, to synchronize, for those whose ARNs were found."""
    fleet, found = state.fleets[entry.request["fleet"]], entry.found
    latest = fleet.jobs[-1] if fleet.jobs and found is not None else None
    robots = list(fleet.robots.values()) if found is None else [state.robots[arn] for arn in found]
    job = Job(
        order=state.next_order(),
        replicate=len(state.jobs),
        arn=entry.answer["arn"],
        fleet=fleet,
        created=entry.t,
        config=entry.answer.get("deploymentConfig", {}),
        applications=entry.answer["deploymentApplicationConfigs"],
        tags=dict(entry.request.get("tags", {})),
        members=tuple(robot.member for robot in robots),
        root=entry.answer["arn"] if latest is None else latest.root,
    )
    for robot in robots:
        robot.last_job = job.arn
    fleet.jobs.append(job)
    state.jobs[job.arn] = job


def cancel_job(state: State, entry: Entry) -> None:
    job = state.jobs[entry.request["job"]]
    job.cancel_after = entry.t - job.created


def tag(state: State, entry: Entry) -> None:
    tags = state.tags(entry.request["resourceArn"], entry.t)
    assert tags is not None
    tags.update(entry.request["tags"])
    _move(state, entry.request["resourceArn"])


def untag(state: State, entry: Entry) -> None:
    tags = state.tags(entry.request["resourceArn"], entry.t)
    assert tags is not None
    for key in entry.request["tagKeys"]:
        tags.pop(key, None)
    _move(state, entry.request["resourceArn"])


def _move(state: State, arn: str) -> None:
    """Give a robot the next number of its cohort, if that is another one now."""
    robot = state.robots.get(arn)
    if robot is not None and robot.deleted is NEVER:
        cohort = robot.tags.get(COHORT_TAG, state.cohorts[0])
        if cohort != robot.member.cohort:
            robot.member = robot.member._replace(cohort=cohort, number=state.next_number(cohort))


def change_bundle(state: State, entry: Entry) -> None:
    state.change_bundle(entry.t, entry.request["bucket"], entry.request["key"], there=entry.request["action"] == "replace")


def change_clock(state: State, entry: Entry) -> None:
    state.pace = entry.request


def register_scenario(state: State, entry: Entry) -> None:
    """Create a fleet of listed robots, each a name, its cohort and its architecture, and register them."""
    arn = state.arn("deployment-fleet", entry.request["name"])
    create_fleet(state, entry._replace(answer={"arn": arn}))
    for name, cohort, architecture in entry.request["robots"]:
        robot = {"name": name, "architecture": architecture, "greengrassGroupId": "scenario", "tags": {COHORT_TAG: cohort}}
        known = state.arn("robot", name)
        create_robot(state, entry._replace(request=robot, answer={"arn": known}))
        register_robot(state, entry._replace(request={"robot": known, "fleet": arn}))


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
