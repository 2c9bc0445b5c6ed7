"""What the API shows of robots, fleets, applications and jobs at an instant."""

from __future__ import annotations

from typing import Any

from rolloutsim.robomaker.jobs import Jobs
from rolloutsim.robomaker.progress import RobotProgress
from rolloutsim.robomaker.state import NEVER, Application, Fleet, Job, Robot, State, Version
from rolloutsim.vocabulary import FAILURE_CODES

__all__ = ["Views"]

_MEANINGS = {code.name: code.meaning.replace(" (undocumented)", "") for code in FAILURE_CODES}
_DOWNLOADING, _EXTRACTING = "downloading", "extracting"
Answer = dict[str, Any]


class Views:
    """The state as the API shows it.

    Parameters
    ----------
    state, jobs
        Of the service.
    start
        POSIX time (s) of the beginning of its clock.
    """

    def __init__(self, state: State, jobs: Jobs, start: float) -> None:
        self.state, self.jobs, self._start = state, jobs, start

    def when(self, t: float) -> float:
        """Return an instant as POSIX time (s), to a millisecond."""
        return round(self._start + t, 3)

    def robot(self, robot: Robot, now: float) -> Answer:
        """Return what describes a robot; lists call its Greengrass group otherwise."""
        return {
            "arn": robot.arn,
            "name": robot.name,
            **({"fleetArn": robot.fleet} if robot.fleet is not None else {}),
            "status": self.robot_status(robot, now),
            "greengrassGroupId": robot.greengrass_group,
            "createdAt": self.when(robot.created),
            **({"architecture": robot.member.architecture} if robot.member.architecture is not None else {}),
            **self._last(robot.last_job),
        }

    def listed_robot(self, robot: Robot, now: float) -> Answer:
        """Return a robot as lists have it."""
        found = self.robot(robot, now)
        return {("greenGrassGroupId" if key == "greengrassGroupId" else key): value for key, value in found.items()}

    def robot_status(self, robot: Robot, now: float) -> str:
        """Return a robot's status: by its last job, if that was of the fleet in which it has been since."""
        if robot.fleet is None:
            return "Available"
        job = self.state.jobs[robot.last_job] if robot.last_job is not None else None
        if job is None or job.fleet.arn != robot.fleet or robot.registered > job.order:
            return "Registered"
        return self.jobs.robot(job, robot.arn, now).status

    def _last(self, arn: str | None) -> Answer:
        return {} if arn is None else {"lastDeploymentJob": arn, "lastDeploymentTime": self.when(self.state.jobs[arn].created)}

    def listed_fleet(self, fleet: Fleet, now: float) -> Answer:
        """Return a fleet as lists have it."""
        job = fleet.jobs[-1] if fleet.jobs else None
        return {
            "name": fleet.name,
            "arn": fleet.arn,
            "createdAt": self.when(fleet.created),
            **({} if job is None else {"lastDeploymentStatus": self.jobs.status(job, now)[0], **self._last(job.arn)}),
        }

    def fleet(self, fleet: Fleet, now: float) -> Answer:
        """Return what describes a fleet."""
        robots = [self.listed_robot(robot, now) for robot in fleet.robots.values()]
        return {**self.listed_fleet(fleet, now), "robots": robots}

    def version(self, application: Application, version: Version) -> Answer:
        """Return a version of an application, as operations that create or change one answer."""
        return {
            "arn": application.arn,
            "name": application.name,
            "version": version.version,
            "sources": version.sources,
            "robotSoftwareSuite": version.suite,
            "lastUpdatedAt": self.when(version.updated),
            "revisionId": version.revision,
            **({} if version.environment is None else {"environment": version.environment}),
        }

    def listed_version(self, application: Application, version: Version) -> Answer:
        """Return a version as lists have it."""
        kept = ("name", "arn", "version", "lastUpdatedAt", "robotSoftwareSuite")
        return {key: value for key, value in self.version(application, version).items() if key in kept}

    def listed_job(self, job: Job, now: float) -> Answer:
        """Return a job as lists have it."""
        status, code = self.jobs.status(job, now)
        return {
            "arn": job.arn,
            "fleet": job.fleet.arn,
            "status": status,
            "deploymentApplicationConfigs": job.applications,
            "deploymentConfig": job.config,
            **({} if code is None else {"failureReason": _MEANINGS[code], "failureCode": code}),
            "createdAt": self.when(job.created),
        }

    def job(self, job: Job, now: float) -> Answer:
        """Return what describes a job, its robots included."""
        robots = self.jobs.robots(job, now)
        summary = [self._deployment(job, index, robot, now) for index, robot in enumerate(robots)]
        return {**self.listed_job(job, now), "robotDeploymentSummary": summary, "tags": job.tags}

    def _deployment(self, job: Job, index: int, robot: RobotProgress, now: float) -> Answer:
        out: Answer = {"arn": job.members[index].arn, "status": robot.status}
        if robot.started is not None:
            out["deploymentStartTime"] = self.when(job.created + robot.started)
        if robot.finished is not None:
            out["deploymentFinishTime"] = self.when(job.created + robot.finished)
        out["progressDetail"] = self._progress(job, index, robot, now)
        if robot.code is not None:
            out |= {"failureReason": _MEANINGS[robot.code], "failureCode": robot.code}
        return out

    def _progress(self, job: Job, index: int, robot: RobotProgress, now: float) -> Answer:
        if robot.step is None:
            return {}
        out: Answer = {"currentProgress": robot.step, "targetResource": job.arn}
        if robot.finished is None and robot.phase == _EXTRACTING:
            out["percentDone"] = 100.0
        elif robot.finished is None and robot.phase == _DOWNLOADING:
            received, size = self.jobs.received(job, index, now)
            out["percentDone"] = 100.0 * received / size if size > 0.0 else 100.0
            elapsed = self.jobs.local(job, now) - robot.since
            if received > 0.0:  # at the mean rate so far; when it will end is not known
                out["estimatedTimeRemainingSeconds"] = round((size - received) * elapsed / received)
        return out

    def is_there(self, what: Robot | Fleet | Application | Version) -> bool:
        """Return whether something has not been deleted."""
        return what.deleted is NEVER
