"""Jobs as they are now: a job is a pure function of the scenario, the seed, its replicate and the requests, and is computed when needed."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from rolloutsim.robomaker.progress import Record, RobotProgress, make_record
from rolloutsim.robomaker.rehearsal import job_problems, job_scenario
from rolloutsim.robomaker.state import NEVER, Application, Fleet, Job, Member, State, Version
from rolloutsim.simulation.engine_choice import choose_engine, estimate_work
from rolloutsim.simulation.replicate import Replicator
from rolloutsim.vocabulary import ARCHITECTURES

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["Jobs"]

#: How many records are kept, and how many bytes they may take; one more is made when it is needed.
MOST_RECORDS, MOST_BYTES = 20, 100_000_000
#: What a robot and a recorded phase take in memory.
_BYTES_ROBOT, _BYTES_ROW = 700, 60
#: How often a job is simulated: at its creation, and up to the instant of each look at its downloads.
_RUNS = 100


class _Inputs(NamedTuple):
    """What decides how a replicate goes, beside its scenario."""

    cancel_after: float
    code: str | None


class _Course(NamedTuple):
    """The course of a job, which is small and asked for often."""

    inputs: _Inputs
    prepared: float
    ended: float
    status: str
    code: str | None


@dataclass
class _Simulated:
    """A job with its record."""

    replicator: Replicator | None  #: None without robots
    inputs: _Inputs
    record: Record
    places: dict[str, int]  #: of its robots, by ARN
    left: tuple[float, dict[int, float]] = (-1.0, {})  #: bytes left to download at an instant, by robot


class Jobs:
    """Simulates jobs when they are needed, and keeps the latest records.

    Parameters
    ----------
    scenario, seed
        Of the service.
    start
        POSIX time (s) of the beginning of its clock.
    state
        Whose jobs.
    engine
        ``auto``, ``simpy`` or ``compiled``.
    """

    def __init__(self, scenario: Scenario, seed: int, start: float, state: State, engine: str) -> None:
        self._scenario, self._seed, self._start, self._state, self._engine = scenario, seed, start, state, engine
        self._cohorts = {cohort.name: cohort for cohort in scenario.fleet}
        self._kept: OrderedDict[str, _Simulated] = OrderedDict()
        self._courses: dict[str, _Course] = {}

    def local(self, job: Job, now: float) -> float:
        """Return the time since a job's creation; a cancel acts just after its instant, and later requests see it."""
        return max(now - job.created, math.nextafter(job.cancel_after, math.inf) if job.cancel_after < math.inf else 0.0)

    def span(self, job: Job, now: float) -> float:
        """Return how long a job has run so far, up to its end (s)."""
        self.status(job, now)
        return min(self.local(job, now), self._courses[job.arn].ended)

    def status(self, job: Job, now: float) -> tuple[str, str | None]:
        """Return status and failure code of a job."""
        t = self.local(job, now)
        course = self._courses.get(job.arn)
        if course is None or course.inputs != self._inputs(job, course.prepared):
            self._simulated(job)
            course = self._courses[job.arn]
        if t >= course.ended:
            return course.status, course.code
        return ("Preparing" if t < course.prepared else "InProgress"), None

    def is_active(self, job: Job, now: float) -> bool:
        """Return whether a job has not ended."""
        return self.status(job, now)[0] in ("Preparing", "InProgress")

    def robots(self, job: Job, now: float) -> list[RobotProgress]:
        """Return all robots of a job, in its order."""
        t, record, latest = self.local(job, now), self._simulated(job).record, self._succeeded(job)
        return [record.robot(index, t, self._withdrawn(job, member, latest)) for index, member in enumerate(job.members)]

    def robot(self, job: Job, arn: str, now: float) -> RobotProgress:
        """Return one robot of a job, by its ARN."""
        simulated = self._simulated(job)
        index = simulated.places[arn]
        return simulated.record.robot(index, self.local(job, now), self._withdrawn(job, job.members[index], self._succeeded(job)))

    def received(self, job: Job, index: int, now: float) -> tuple[float, float]:
        """Return how many bytes a robot that downloads has received, and how many there are, from the replicate cut at this instant."""
        t, simulated = self.local(job, now), self._simulated(job)
        assert simulated.replicator is not None
        if simulated.left[0] != t:
            cut = min(t, simulated.inputs.cancel_after)
            columns, _ = simulated.replicator.run(job.replicate, cancel_after=cut, preparing_code=simulated.inputs.code)
            robots = columns.robots
            simulated.left = t, dict(zip(robots["index"].tolist(), robots["left"].tolist(), strict=True))
        size = self._size(simulated.replicator.scenario, job.members[index])
        return size - simulated.left[1].get(index, size), size

    def problems(self, members: tuple[Member, ...], request: dict[str, Any], now: float) -> list[str]:
        """Return why a request cannot become a job of these robots."""
        config, applications = request.get("deploymentConfig", {}), request["deploymentApplicationConfigs"]
        return job_problems(self._job_scenario(members, config, applications, now)) if members else []

    def _size(self, scenario: Scenario, member: Member) -> float:
        cohort = self._cohorts[member.cohort]
        size = scenario.application.bundle.get(member.architecture or "", 0.0)
        return size if cohort.bundle is None else cohort.bundle

    def _job_scenario(self, members: tuple[Member, ...], config: Any, applications: Any, created: float) -> Scenario:
        sources = [source for version in self._versions(applications) for source in version.sources]
        named = {source.get("architecture") for source in sources}
        architectures = frozenset(ARCHITECTURES) if None in named else frozenset(filter(None, named))
        return job_scenario(self._scenario, members, config, applications, architectures, self._start + created)

    def _versions(self, applications: Any) -> list[Any]:
        return [self._state.applications[each["application"]].versions[each["applicationVersion"]] for each in applications]

    def _succeeded(self, job: Job) -> float:
        """Return when the next job of the fleet was created, which ends the late installations of this one."""
        jobs = job.fleet.jobs
        return math.inf if jobs[-1] is job else jobs[jobs.index(job) + 1].created

    def _withdrawn(self, job: Job, member: Member, succeeded: float) -> float:
        """Return when a robot stops to install late, since the job's creation: a later job begins, or it leaves the fleet."""
        robot = self._state.robots[member.arn]
        left = (when.at for when, fleet in robot.left if fleet == job.fleet.arn and when.order > job.order)
        return min(succeeded, next(left, math.inf)) - job.created

    def _inputs(self, job: Job, prepared: float) -> _Inputs:
        """Return what decides how a job goes that is prepared at an instant: it checks then whether everything is still there."""
        return _Inputs(job.cancel_after, self._missing(job, prepared))

    def _missing(self, job: Job, prepared: float) -> str | None:
        """Return the code of a job that misses something when it is prepared."""

        def gone(what: Fleet | Application | Version) -> bool:
            return what.deleted is not NEVER and what.deleted.is_before(job, prepared)

        if gone(job.fleet):
            return "DeploymentFleetDoesNotExist"
        for config, version in zip(job.applications, self._versions(job.applications), strict=True):
            if gone(self._state.applications[config["application"]]) or gone(version):
                return "RobotApplicationDoesNotExist"
            for source in version.sources:
                if "s3Bucket" not in source or "s3Key" not in source:
                    continue
                etag = self._state.etag_at(source["s3Bucket"], source["s3Key"], job, prepared)
                if etag is None:
                    return "ResourceNotFound"
                if etag != source["etag"]:
                    return "EtagMismatch"
        return None

    def _simulated(self, job: Job) -> _Simulated:
        kept = self._kept.get(job.arn)
        if kept is not None:
            self._kept.move_to_end(job.arn)
            inputs = self._inputs(job, kept.record.prepared)
            if inputs == kept.inputs:
                return kept
            replicator = kept.replicator
        else:
            replicator = self._replicator(job)
        made = self._simulate(job, replicator)
        self._keep(job, made)
        return made

    def _replicator(self, job: Job) -> Replicator | None:
        if not job.members:
            return None
        scenario = self._job_scenario(job.members, job.config, job.applications, job.created)
        engine = choose_engine(self._engine, _RUNS * estimate_work(scenario, 1)).engine
        return Replicator(scenario, self._seed, flows=False, engine=engine)

    def _simulate(self, job: Job, replicator: Replicator | None) -> _Simulated:
        if replicator is None:  # there is nothing to do
            return _Simulated(None, self._inputs(job, 0.0), Record(0.0, 0.0, math.inf, "Succeeded", None, [], 0), {})
        prepared = replicator.prepared_at(job.replicate)
        inputs = self._inputs(job, prepared)
        columns, _ = replicator.run(job.replicate, cancel_after=inputs.cancel_after, preparing_code=inputs.code)
        rules = replicator.scenario.rules
        places = {member.arn: index for index, member in enumerate(job.members)}
        stopped = min(rules.cancel_at, rules.fleet_timeout, math.nextafter(inputs.cancel_after, math.inf))
        return _Simulated(replicator, inputs, make_record(columns, len(job.members), prepared, stopped), places)

    def _keep(self, job: Job, made: _Simulated) -> None:
        record = made.record
        self._courses[job.arn] = _Course(made.inputs, record.prepared, record.ended, record.status, record.code)
        self._kept[job.arn] = made
        self._kept.move_to_end(job.arn)
        while len(self._kept) > 1 and (len(self._kept) > MOST_RECORDS or sum(map(_size_of, self._kept.values())) > MOST_BYTES):
            self._kept.popitem(last=False)


def _size_of(simulated: _Simulated) -> int:
    return _BYTES_ROBOT * len(simulated.record.robots) + _BYTES_ROW * simulated.record.rows
