"""The SimPy model with a dispatch policy of your own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from rolloutsim.errors import SimulationError
from rolloutsim.simulation.engines.simpy.engine import Process, SimpyEngine
from rolloutsim.simulation.fairshare.shared_links import Links
from rolloutsim.simulation.model.connectivity import follow_link
from rolloutsim.simulation.model.initial_state import Fleet
from rolloutsim.simulation.model.job import is_open
from rolloutsim.simulation.model.model_tables import ModelTables
from rolloutsim.simulation.model.policy import DispatchPolicy, JobView, RobotView
from rolloutsim.simulation.model.robot import CANCEL, GRANT, PASSED, Robot
from rolloutsim.simulation.model.rules import JOB, VERDICTS, JobRules, counted
from rolloutsim.simulation.records.log import Log
from rolloutsim.vocabulary import FAILURE_KINDS, STOPPED_BY

__all__ = ["Membership", "PolicyEngine"]

BY_POLICY = STOPPED_BY.index("policy")


class Membership(NamedTuple):
    """Where the robots of a cohort belong."""

    cohort: str
    site: str | None
    class_name: str


class PolicyEngine(SimpyEngine):
    """One replicate of a job in which a policy decides which robots start.

    Parameters
    ----------
    plan, rules, stages, fleet, log, links
        As for `SimpyEngine`.
    policy
        Asked which robots start.
    cohorts
        Of the fleet.
    """

    def __init__(
        self,
        plan: ModelTables,
        rules: JobRules,
        stages: Sequence[Sequence[int]],
        fleet: Fleet,
        log: Log,
        links: Links | None = None,
        *,
        policy: DispatchPolicy,
        cohorts: Sequence[Membership],
    ) -> None:
        follows, order = rules.regresses, CANCEL if rules.regresses else PASSED
        rules = rules._replace(concurrency=rules.robots, in_batches=False, follows=follows, gate_order=order)
        super().__init__(plan, rules, stages, fleet, log, links)
        self.policy, self.cohorts = policy, cohorts
        self.line: list[Robot] = []  # robots that wait, in order of deployment
        with self.asking("reset"):
            policy.reset(self.view())

    def deploy_stage(self) -> Process:
        """Start the robots of the stage that the policy names."""
        job = self.job
        self.line = [self.queue.take_next() for _ in range(self.queue.count)]
        while job.stage_left and job.cause < 0:
            yield self.clock.at(self.clock.now, GRANT)
            if job.cause >= 0:
                return
            self.line += [self.queue.take_next() for _ in range(self.queue.count)]  # those that have come back
            for robot in self.chosen():
                yield self.slots.request()
                if job.cause >= 0:
                    self.slots.free()
                    return
                self.line.remove(robot)
                self.start(robot)
            with self.asking("ask_again"):
                again = float(self.policy.ask_again(self.view()))
            instants = [t for t in (again, *(robot.until for robot in self.line)) if t > self.clock.now]
            yield self.news_or(min(instants, default=math.inf))

    def chosen(self) -> list[Robot]:
        """Return the robots that the policy starts now."""
        view = self.view()
        with self.asking("start"):
            numbers = [int(number) for number in self.policy.start(view)]
        waiting = {robot.index: robot for robot in self.line}
        if len(set(numbers)) < len(numbers) or not set(numbers) <= waiting.keys():
            raise SimulationError(f"{self.named} returned {numbers} from start: only robots that wait in line, each once, can start")
        return [waiting[number] for number in numbers]

    def judge(self, robot: Robot) -> None:
        """A slot is free: count the verdict, and ask whether it is too much."""
        super().judge(robot)
        if not robot.returning:
            self.ask()
        self.wake_controller()

    def regress(self, robot: Robot, stage: int, batch: int) -> Process:
        """Count the failure of a robot that has succeeded, and ask whether it is too much."""
        yield from super().regress(robot, stage, batch)
        self.ask()

    def ask(self) -> None:
        """Ask whether it is too much."""
        if is_open(self.job) and self.job.cause < 0:
            with self.asking("is_too_much"):
                too_much = bool(self.policy.is_too_much(self.view()))
            if too_much:
                self.job.stopped_by = BY_POLICY
                self.breach()

    def stop(self, cause: int, *, abort: bool) -> None:
        """Start no robot any more, also none that waits for another attempt."""
        self.upcoming.extend(self.line)
        super().stop(cause, abort=abort)
        self.upcoming.clear()
        self.line = []

    def view(self) -> JobView:
        """Return what the policy may see."""
        job = self.job
        return JobView(
            now=self.clock.now,
            robots=self.rules.robots,
            stage=job.stages,
            stage_robots=job.stage_size,
            waiting=tuple(map(self.seen, self.line)),
            in_flight=frozenset(self.in_flight),
            granted=job.granted,
            succeeded=job.completed - counted(job.failures, JOB, VERDICTS),
            failures={kind: counted(job.failures, JOB, 1 << number) for number, kind in enumerate(FAILURE_KINDS)},
        )

    def seen(self, robot: Robot) -> RobotView:
        """Return what the policy may see of a robot in line."""
        follow_link(self.plan, robot, self.clock.now)
        return RobotView(robot.index, *self.cohorts[robot.profile // 2], attempts=robot.attempt + 1, is_online=robot.up)

    @property
    def named(self) -> str:
        """What errors call the policy."""
        return f"the dispatch policy {self.policy.name} {self.policy.version}"

    @contextmanager
    def asking(self, method: str) -> Iterator[None]:
        """Name the policy in what it raises."""
        try:
            yield
        except Exception as error:
            raise SimulationError(f"{self.named} failed in {method}: {type(error).__name__}: {error}") from error
