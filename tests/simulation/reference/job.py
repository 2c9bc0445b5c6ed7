"""The job: which robot gets a slot, what counts as a failure, what ends it."""

from __future__ import annotations

import math
from collections.abc import Callable

from rolloutsim.scenario import Scenario
from tests.simulation.reference.deployment import Deployments
from tests.simulation.reference.processes import NEVER
from tests.simulation.reference.stages import Stage
from tests.simulation.reference.state import Job, Robot


class Jobs(Deployments):
    """The rules of the job over its robots."""

    def __init__(self, scenario: Scenario, seed: int, replicate: int, number: Callable[[float], float] = float) -> None:
        super().__init__(scenario, seed, replicate, number)
        self.job = Job(self.release)
        self.robots: list[Robot] = self.job.robots
        self.stages: list[Stage] = []
        self.soak_ends = NEVER
        self.queue: list[Robot] = []  # of the current stage
        self.batch: list[Robot] = []  # chosen to start together, not granted yet
        self.batch_size = self.batch_failures = 0
        self.batch_open = False
        self.completed = self.failures = self.failures_at_breach = 0

    def concurrency(self) -> int:
        n, pct = len(self.robots), self.deployment.concurrent_percentage
        if self.rules.concurrency is not None:
            return self.rules.concurrency
        if pct is None:
            return n
        whole, rest = divmod(n * pct, 100)
        up = {"floor": False, "ceil": rest > 0, "half_up": rest >= 50}[self.rules.rounding]
        return max(1, whole + up)

    @property
    def over(self) -> bool:
        return not math.isnan(self.job.complete)

    def end_of_preparing(self) -> None:
        first = self.robots[0]
        code = self.coin(first, "preparing")
        if code is None:
            self.job.status = "InProgress"
            self.begin_stage()
        else:
            self.job.status, self.job.failure_code, self.job.complete = "Failed", code, self.now

    def can_grant(self) -> bool:
        if self.job.status != "InProgress" or not math.isnan(self.job.breached):
            return False
        if self.batch:
            return True
        in_flight = sum(r.holds_slot for r in self.robots)
        if not self.queue or in_flight >= (self.slots if self.rules.dispatch == "window" else 1):
            return False
        if self.rules.offline == "hold" or any(r.link.on for r in self.queue):
            return True
        return self.rules.offline == "skip" and in_flight == 0

    def grant(self) -> None:
        if not self.batch:
            together = 1 if self.rules.dispatch == "window" else self.slots
            online = [r for r in self.queue if r.link.on]
            if self.rules.offline == "hold":
                self.batch = self.queue[:together]
            elif online:
                self.batch = online[:together]
            else:  # nothing is in flight and all that wait are offline: all slots are free
                assert self.rules.offline == "skip"
                self.batch = self.queue[: self.slots]
            self.batch_size, self.batch_failures, self.batch_open = len(self.batch), 0, True
        r = self.batch.pop(0)
        self.queue.remove(r)
        r.state, r.granted, r.reached = "working", self.now, math.nan
        self.job.peak_in_flight = max(self.job.peak_in_flight, sum(other.holds_slot for other in self.robots))
        r.deadline = self.now + self.number(self.deployment.robot_timeout)
        self.begin_attempt(r, "validating")

    def result(self, r: Robot, kind: str) -> None:
        """Take note of a verdict of the robot's own or of its timer."""
        self.completed += 1
        if kind in self.rules.counts:
            self.failures += 1
            self.batch_failures += 1
        if self.rules.evaluate == "each_result":
            self.judge()

    def slot_freed(self) -> None:
        if self.batch_open and not self.batch and not any(r.holds_slot for r in self.robots):
            self.batch_open = False
            if self.rules.evaluate == "batch_end":
                self.judge()

    def judge(self) -> None:
        limit, pct = self.rules.failure_limit, self.deployment.failure_threshold_percentage
        if not math.isnan(self.job.breached) or (limit is None and pct is None):
            return
        failures, of = self.failures, len(self.robots)
        if self.rules.denominator == "completed":
            of = self.completed
            if of < self.rules.minimum_completed:
                return
        elif self.rules.denominator == "batch":
            failures, of = self.batch_failures, self.batch_size
        if limit is not None:
            left, right = failures, limit
        else:
            assert pct is not None
            left, right = 100 * failures, pct * of
        if left > right or (left == right and self.rules.comparator == "at_least"):
            self.breach()

    def breach(self) -> None:
        self.job.breached, self.failures_at_breach = self.now, self.failures
        self.job.status, self.job.failure_code = "Failed", "FailureThresholdBreached"
        self.batch = []
        self.give_up_waiting("breach")
        if self.rules.on_breach == "abort":
            self.abort_all("breach")

    def may_retry(self) -> bool:
        return self.rules.retries is None or self.rules.retries.slot == "hold" or math.isnan(self.job.breached)

    def give_up_waiting(self, cause: str) -> None:
        """End the robots that wait for a new attempt without a slot."""
        for r in self.robots:
            if r.state == "waiting":
                self.verdict(r, "Failed", r.outcome, cause, r.finished)
        self.queue = [r for r in self.queue if r.state == "pending"]

    def abort_all(self, cause: str) -> None:
        for r in self.robots:
            if r.holds_slot:
                self.stop(r)
                worked = r.phase == "reporting" and r.state == "working"
                self.verdict(r, "Failed", "RobotDeploymentAborted", cause, r.finished if worked else self.now)
            elif r.late in ("offline", "installing"):
                if r.late == "installing" and r.phase == "reporting" and r.succeeded:
                    continue
                if r.late == "installing":
                    self.stop(r)
                self.end_late(r)

    def end_by_job(self, cause: str) -> None:
        self.batch, self.batch_open, self.soak_ends = [], False, NEVER
        if math.isnan(self.job.breached):
            self.job.status = "Canceled" if cause == "cancel" else "Failed"
            self.job.failure_code = None if cause == "cancel" else "FleetDeploymentTimeout"
        self.give_up_waiting(cause)
        self.abort_all(cause)
        self.job.complete = self.now

    def end_if_over(self) -> None:
        if self.over or self.job.status == "Preparing":
            return
        if any(r.holds_slot or r.state == "waiting" for r in self.robots):
            return
        if not math.isnan(self.job.breached):
            self.job.complete = self.now
        elif self.soak_ends == NEVER and all(r.state == "ended" for r in self.stages[0].robots):
            if self.stages[0].soak > 0:
                self.soak_ends = self.now + self.number(self.stages[0].soak)
            else:
                self.gate()

    # ------------------------------------------------------------------------------------------------ stages

    def begin_stage(self) -> None:
        self.job.stages_reached += 1
        self.queue = list(self.stages[0].robots)

    def gate(self) -> None:
        """Decide whether the next stage begins."""
        self.soak_ends = NEVER
        stage = self.stages.pop(0)
        if stage.shuts(self.failures, self.completed):
            self.breach()
            self.job.complete = self.now
        elif self.stages:
            self.begin_stage()
        else:
            self.job.status, self.job.complete = "Succeeded", self.now
