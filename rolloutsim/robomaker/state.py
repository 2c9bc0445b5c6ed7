"""What the service has: robots, fleets, applications, bundles and jobs, as they are after the latest entry of the log.

It holds no result of a simulation: jobs are what was asked for and when (see `rolloutsim.robomaker.jobs`). All instants are seconds since
the service's clock began. What is deleted stays, with the instant at which it was, because jobs refer to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

__all__ = ["COHORT_TAG", "ERA_DAYS", "LATEST", "Application", "Fleet", "Job", "Member", "Moment", "Robot", "State", "Version"]

#: The tag of a robot that names its cohort.
COHORT_TAG = "rolloutsim:cohort"
#: The version of an application that can be changed.
LATEST = "$LATEST"
#: After so many days a job is gone.
ERA_DAYS = 90
_ACCOUNT = "arn:aws:robomaker:us-east-1:123456789012"


class Member(NamedTuple):
    """A robot as a job has it; jobs share one object per robot."""

    arn: str
    cohort: str
    number: int  #: in the cohort
    architecture: str | None


class Moment(NamedTuple):
    """When a change was made, and after how many others."""

    at: float = math.inf
    order: int = 0

    def is_before(self, job: Job, local: float) -> bool:
        """Return whether it was before a moment of a job, in seconds since its creation; changes act just after their instant."""
        return self.order < job.order or self.at - job.created < local


NEVER = Moment()


@dataclass(slots=True, eq=False)
class Robot:
    """A robot of the API."""

    order: int
    arn: str
    name: str
    greengrass_group: str
    created: float
    tags: dict[str, str]
    member: Member
    fleet: str | None = None
    registered: int = 0  #: how many changes were before
    last_job: str | None = None
    left: list[tuple[Moment, str]] = field(default_factory=list)  #: when it left which fleet
    deleted: Moment = NEVER


@dataclass(slots=True, eq=False)
class Fleet:
    """A fleet of the API."""

    order: int
    arn: str
    name: str
    created: float
    tags: dict[str, str]
    robots: dict[str, Robot] = field(default_factory=dict)  #: in order of registration
    jobs: list[Job] = field(default_factory=list)
    deleted: Moment = NEVER


@dataclass(slots=True, eq=False)
class Version:
    """A version of an application."""

    order: int
    version: str
    sources: list[dict[str, str]]
    suite: dict[str, str]
    updated: float
    revision: str
    environment: dict[str, str] | None = None
    image_digest: str | None = None
    deleted: Moment = NEVER


@dataclass(slots=True, eq=False)
class Application:
    """A robot application of the API."""

    order: int
    arn: str
    name: str
    tags: dict[str, str]
    versions: dict[str, Version] = field(default_factory=dict)
    numbered: int = 0
    deleted: Moment = NEVER


@dataclass(slots=True, eq=False)
class Job:
    """A deployment job: what was asked for and when."""

    order: int
    replicate: int
    arn: str
    fleet: Fleet
    created: float
    config: dict[str, Any]
    applications: list[dict[str, Any]]
    tags: dict[str, str]
    members: tuple[Member, ...]
    root: str  #: the job that was created, of a job that synchronizes
    cancel_after: float = math.inf  #: since its creation

    def is_gone(self, now: float) -> bool:
        """Return whether it has expired."""
        return now - self.created >= ERA_DAYS * 86400.0


@dataclass(eq=False)
class State:
    """Everything that the service has.

    Parameters
    ----------
    cohorts
        The names of the scenario's cohorts.
    """

    cohorts: tuple[str, ...]
    order: int = 0
    robots: dict[str, Robot] = field(default_factory=dict)
    fleets: dict[str, Fleet] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    bundles: dict[tuple[str, str], list[tuple[Moment, str | None]]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)  #: by cohort, the next free one
    pace: dict[str, Any] | None = None  #: how time runs, as a server last changed it

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of what is created next."""
        return f"{_ACCOUNT}:{kind}/{name}/{self.order + 1}"

    def job_arn(self) -> str:
        """Return the ARN of the job that is created next."""
        return f"{_ACCOUNT}:deployment-job/deployment-{len(self.jobs) + 1:012d}"

    def next_order(self) -> int:
        """Return the number of a change."""
        self.order += 1
        return self.order

    def moment(self, t: float) -> Moment:
        """Return the moment of a change at an instant."""
        return Moment(t, self.next_order())

    def next_number(self, cohort: str) -> int:
        """Return the next number of a cohort, which is never used again."""
        number = self.numbers.get(cohort, 0)
        self.numbers[cohort] = number + 1
        return number

    def etag(self, bucket: str, key: str) -> str | None:
        """Return the etag of a bundle, None if it is not there; every bundle is, until it is removed."""
        changes = self.bundles.get((bucket, key))
        return changes[-1][1] if changes else first_etag(bucket, key)

    def etag_at(self, bucket: str, key: str, job: Job, local: float) -> str | None:
        """Return the etag that a bundle had at a moment of a job, in seconds since its creation."""
        etag: str | None = first_etag(bucket, key)
        for when, changed in self.bundles.get((bucket, key), ()):
            if when.is_before(job, local):
                etag = changed
        return etag

    def change_bundle(self, t: float, bucket: str, key: str, *, there: bool) -> None:
        """Remove a bundle, or replace it by another."""
        changes = self.bundles.setdefault((bucket, key), [])
        changes.append((self.moment(t), first_etag(bucket, f"{key}#{len(changes) + 1}") if there else None))

    def tags(self, arn: str, now: float) -> dict[str, str] | None:
        """Return the tags of a resource, None if there is none."""
        job = self.jobs.get(arn)
        if job is not None:
            return None if job.is_gone(now) else job.tags
        found: Robot | Fleet | Application | None = self.robots.get(arn) or self.fleets.get(arn) or self.applications.get(arn)
        return None if found is None or found.deleted is not NEVER else found.tags


def first_etag(bucket: str, key: str) -> str:
    """Return the etag of a bundle that was never replaced."""
    return sha256(f"{bucket}/{key}".encode()).hexdigest()[:32]
