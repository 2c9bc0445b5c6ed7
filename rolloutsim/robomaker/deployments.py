"""The operations on deployment jobs; otherwise as `rolloutsim.robomaker.handlers`."""

from __future__ import annotations

from typing import Any

from rolloutsim.robomaker.handlers import HANDLERS as _OTHERS
from rolloutsim.robomaker.handlers import Call, Handler, Request, chosen_filter
from rolloutsim.robomaker.operations import OPERATIONS
from rolloutsim.robomaker.pages import page
from rolloutsim.robomaker.state import Fleet, Job, Robot

__all__ = ["HANDLERS"]


def create_job(call: Call, request: Request) -> Any:
    fleet = call.fleet(request)
    for config in request["deploymentApplicationConfigs"]:
        application = call.application(config["application"])
        call.version(application, config["applicationVersion"])
    return _created(call, fleet, request, list(fleet.robots.values()))


def sync_job(call: Call, request: Request) -> Any:
    fleet = call.fleet(request)
    latest = fleet.jobs[-1] if fleet.jobs else None
    if latest is None or latest.is_gone(call.now):
        call.refuse(f"{fleet.arn} has no deployment job to synchronize with", "ResourceNotFoundException")
    for config in latest.applications:
        call.version(call.application(config["application"]), config["applicationVersion"])
    again = {**request, "deploymentApplicationConfigs": latest.applications}
    if latest.config:
        again["deploymentConfig"] = latest.config
    robots = [robot for robot in fleet.robots.values() if not _has_it(call, robot, latest)]
    call.found = [robot.arn for robot in robots]
    return _created(call, fleet, again, robots)


def _has_it(call: Call, robot: Robot, latest: Job) -> bool:
    """Return whether a robot has what the latest job deploys, by that job or one that it synchronizes with."""
    last = call.state.jobs[robot.last_job] if robot.last_job is not None else None
    return last is not None and last.root == latest.root and call.views.robot_status(robot, call.now) == "InSync"


def _created(call: Call, fleet: Fleet, request: Request, robots: list[Robot]) -> Request:
    """Return the answer of an operation that creates a job."""
    if fleet.jobs and call.views.jobs.is_active(fleet.jobs[-1], call.now):
        call.refuse(f"{fleet.jobs[-1].arn} is still in progress: wait, or cancel it", "ConcurrentDeploymentException")
    problems = call.views.jobs.problems(tuple(robot.member for robot in robots), request, call.now)
    if problems:
        call.refuse("the rules of the scenario do not fit this fleet: " + "; ".join(problems))
    return {
        "arn": call.state.job_arn(),
        "fleet": fleet.arn,
        "status": "Pending" if robots else "Succeeded",
        "deploymentApplicationConfigs": request["deploymentApplicationConfigs"],
        "createdAt": call.views.when(call.now),
        "deploymentConfig": request.get("deploymentConfig", {}),
        **({"tags": request["tags"]} if "tags" in request else {}),
    }


def describe_job(call: Call, request: Request) -> Any:
    return call.views.job(call.job(request["job"]), call.now)


def list_jobs(call: Call, request: Request) -> Any:
    name, value = chosen_filter(request)

    def wanted(job: Job) -> bool:
        if job.is_gone(call.now) or name == "fleetName":
            return not job.is_gone(call.now) and job.fleet.name == value
        return name != "status" or call.views.jobs.status(job, call.now)[0] == value

    items = ((job.order, job) for job in call.state.jobs.values() if wanted(job))
    return page(call.operation, request, items, lambda job: call.views.listed_job(job, call.now))


def cancel_job(call: Call, request: Request) -> Any:
    job = call.job(request["job"])
    if not call.views.jobs.is_active(job, call.now):
        call.refuse(f"{job.arn} has ended: {call.views.jobs.status(job, call.now)[0]}")
    return {}


#: All operations.
HANDLERS: dict[str, Handler] = {
    **_OTHERS,
    "CancelDeploymentJob": cancel_job,
    "CreateDeploymentJob": create_job,
    "DescribeDeploymentJob": describe_job,
    "ListDeploymentJobs": list_jobs,
    "SyncDeploymentJob": sync_job,
}

assert set(HANDLERS) == set(OPERATIONS)
