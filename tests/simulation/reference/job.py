"""The job: which robot gets a slot, what counts as a failure, what ends it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from rolloutsim.scenario import Scenario
from rolloutsim.scenario.parts.limits import Limit
from rolloutsim.vocabulary import VERDICT_KINDS
from tests.simulation.reference.calendar import Calendar
from tests.simulation.reference.deployment import Deployments
from tests.simulation.reference.limits import by_group, covers, in_same_group, most_of, opens
from tests.simulation.reference.processes import NEVER, Process
from tests.simulation.reference.recording import Recording
from tests.simulation.reference.stages import Stage
from tests.simulation.reference.state import Job, Robot


def is_off_for_good(layer: Process) -> bool:
    """Return whether a layer of a link is off and will never be on again: a record without a sample online repeats for ever."""
    return not layer.on and (layer.change == NEVER or (isinstance(layer, Recording) and not any(v > 0 for v in layer.pattern.values)))


@dataclass
class Result:
    """The verdict on a robot: in which kinds it has failed, and in which stage and batch the verdict was."""

    robot: Robot
    kinds: set[str]
    stage: int
    batch: int

    @property
    def failed(self) -> bool:
        return bool(self.kinds & set(VERDICT_KINDS))


class Jobs(Deployments):
    """The rules of the job over its robots."""

    starts: Calendar

    def __init__(self, scenario: Scenario, seed: int, replicate: int, number: Callable[[float], float] = float) -> None:
        super().__init__(scenario, seed, replicate, number)
        self.job = Job(self.release)
        self.robots: list[Robot] = self.job.robots
        self.stages: list[Stage] = []
        self.soak_ends = NEVER
        self.queue: list[Robot] = []  # of the current stage
        self.batch: list[Robot] = []  # chosen to start together, not granted yet
        self.batch_number, self.batch_size = 0, 0
        self.batch_open = False
        self.results: list[Result] = []
        self.is_watched = scenario.fails_after_success
        self.stop_kinds: frozenset[str] = frozenset()  # that count for what stopped the job
        self.failures_at_breach = 0
        self.grants: list[float] = []
        self.idle_at = NEVER  # when robots last started offline because nothing was in flight

    def concurrency(self) -> int:
        n, pct = len(self.robots), self.deployment.concurrent_percentage
        if self.rules.limits:
            shared = [row for row in self.rules.limits if not (row.every or row.plus or by_group(row)) and "in_flight" in row.counts]
            return min([n, *(max(1, self.most(row)) for row in shared if not (row.per and row.max.is_share))])
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

    def next_grant(self) -> float:
        """Return when a robot may start, if nothing else happens before."""
        if self.job.status == "InProgress" and (self.queue or self.batch) and self.full_rows():
            return self.now if self.is_stalled() else NEVER
        if self.job.status == "InProgress" and self.queue and self.is_stalled() and self.stuck_rows():
            return self.now
        if not self.can_grant():
            return NEVER
        succeeded = sum(not result.failed for result in self.results)
        rates = [row for row in self.rules.limits if row.every is not None]
        times = [opens(row, self.most(row), self.grants, succeeded, self.now) for row in rates]
        return self.admitted(max([self.now, *times]))

    def admitted(self, t: float) -> float:
        """Return the first instant from `t` on at which robots may start."""
        if self.rules.admit is None or any(opens <= t < closes for opens, closes in self.starts.spans):
            return t
        # a window within the hour that a clock skips opens and closes at once
        return min((opens for opens, closes in self.starts.spans if t < opens < closes), default=NEVER)

    def most(self, row: Limit) -> int:
        return most_of(row, len(self.stages[0].robots) if row.per else len(self.robots), self.rules.rounding)

    def full_rows(self) -> list[int]:
        """Return the numbers of rows that count robots, or all grants, and have no room."""
        full = []
        for number, row in enumerate(self.rules.limits):
            if row.plus is not None:
                more = [r.handshakes if row.for_each == "reached" else r.status == "InSync" for r in self.robots]
                if len(self.grants) >= self.most(row) + row.plus * sum(more):
                    full.append(number + 1)
            elif row.every is None and not by_group(row):
                of = self.stages[0].robots if row.per else self.robots
                in_flight = sum(r.holds_slot for r in of) if "in_flight" in row.counts else 0
                own = [result for result in self.results if not row.per or result.stage == self.job.stages_reached]
                failed = sum(result.failed for result in own) if "failed" in row.counts else 0
                if in_flight + failed >= self.most(row):
                    full.append(number + 1)
        return full

    def room_for(self, r: Robot, *, for_good: bool = False) -> list[int]:
        """Return the numbers of rows by group that have no room for a robot, or never will have if nothing is in flight."""
        full = []
        for number, row in enumerate(self.rules.limits):
            if by_group(row) and covers(row, r):
                of = [o for o in (self.stages[0].robots if row.per == "stage" else self.robots) if in_same_group(row, r, o)]
                if sum(self.counts(row, o, for_good) for o in of) >= most_of(row, len(of), self.rules.rounding):
                    full.append(number + 1)
        return full

    def counts(self, row: Limit, r: Robot, for_good: bool) -> bool:
        """Return whether a robot takes room of a row."""
        if r.holds_slot:
            return "in_flight" in row.counts and not for_good
        gone = any(is_off_for_good(layer) for layer in r.link.layers)
        return ("failed" in row.counts and r.failed) or ("offline" in row.counts and (gone if for_good else not r.link.on))

    def stuck_rows(self) -> list[int]:
        """Return the numbers of rows that keep robots in line from ever starting, if that is so for all of them."""
        rows = [self.room_for(r, for_good=True) for r in self.queue]
        return [full[0] for full in rows] if all(rows) else []

    def next_in_line(self) -> Robot | None:
        """Return which robot may start now, where limits count groups."""
        ready = [r for r in self.queue if not self.room_for(r)]
        online = [r for r in ready if r.link.on]
        if self.rules.offline == "hold":
            return ready[0] if ready else None
        if online:
            return online[0]
        idle = self.idle_at == self.now or not any(r.holds_slot for r in self.robots)
        return ready[0] if ready and self.rules.offline == "skip" and idle else None

    def is_stalled(self) -> bool:
        return not any(r.holds_slot or (r.state == "waiting" and r not in self.queue) for r in self.robots)

    def can_grant(self) -> bool:
        if self.job.status != "InProgress" or not math.isnan(self.job.breached):
            return False
        if self.batch:
            return True
        in_flight = sum(r.holds_slot for r in self.robots)
        if any(map(by_group, self.rules.limits)):
            return in_flight < self.slots and self.next_in_line() is not None
        if not self.queue or in_flight >= (self.slots if self.rules.dispatch == "window" else 1):
            return False
        if self.rules.offline == "hold" or any(r.link.on for r in self.queue):
            return True
        return self.rules.offline == "skip" and in_flight == 0

    def grant(self) -> None:
        if full := self.full_rows():
            self.breach(f"limits {full[0]}", frozenset(VERDICT_KINDS), abort=self.rules.on_breach == "abort")
            return
        if self.queue and self.is_stalled() and (stuck := self.stuck_rows()):
            self.breach(f"limits {min(stuck)}", frozenset(VERDICT_KINDS), abort=self.rules.on_breach == "abort")
            return
        if any(map(by_group, self.rules.limits)):
            chosen = self.next_in_line()
            if chosen is None:
                return
            if not chosen.link.on and not any(r.holds_slot for r in self.robots):
                self.idle_at = self.now
            self.batch = [chosen]
        self.grants.append(self.now)
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
            self.batch_number, self.batch_size, self.batch_open = self.batch_number + 1, len(self.batch), True
        r = self.batch.pop(0)
        self.queue.remove(r)
        r.state, r.granted, r.reached = "working", self.now, math.nan
        self.job.peak_in_flight = max(self.job.peak_in_flight, sum(other.holds_slot for other in self.robots))
        r.deadline = self.now + self.number(self.reach_timeout if self.rules.timer == "reached" else self.robot_timeout)
        self.begin_attempt(r, "validating")

    def result(self, r: Robot, kind: str) -> None:
        """Take note of a verdict of the robot's own or of its timer."""
        r.failed = kind != ""
        self.results.append(Result(r, {kind} - {""}, self.job.stages_reached, self.batch_number))
        if self.rules.evaluate == "each_result":
            self.judge()

    def relapse(self, r: Robot) -> None:
        """The failure of a robot that had succeeded is known."""
        r.relapses = NEVER
        if self.over and self.now > max(self.rules.observe, self.job.complete):
            return
        r.regressed = self.now
        self.application_fails(r)
        if not self.over:
            next(result for result in self.results if result.robot is r).kinds.add("latent")
            if self.rules.evaluate == "each_result" or not self.batch_open:
                self.judge()

    def slot_freed(self) -> None:
        if self.batch_open and not self.batch and not any(r.holds_slot for r in self.robots):
            self.batch_open = False
            if self.rules.evaluate == "batch_end":
                self.judge()

    def judge(self) -> None:
        """Stop the job if it is too much."""
        if not math.isnan(self.job.breached):
            return
        for number, row in enumerate(self.rules.stop):
            threshold = row.exceeds if row.at_least is None else row.at_least
            assert threshold is not None
            amount = Fraction(threshold.value, 10_000) if threshold.is_share else threshold.value
            at_least = row.exceeds is None
            if self.is_too_much(row.kinds, amount, row.of, row.minimum or 0, share=threshold.is_share, at_least=at_least):
                self.breach(f"stop {number + 1}", row.kinds, abort=row.then == "abort")
                return
        rules, limit, pct = self.rules, self.rules.failure_limit, self.deployment.failure_threshold_percentage
        if limit is None and pct is None:
            return
        amount = Fraction(pct or 0, 100) if limit is None else limit
        minimum = rules.minimum_completed if rules.denominator == "completed" else 0
        at_least = rules.comparator == "at_least"
        if self.is_too_much(rules.counts, amount, rules.denominator, minimum, share=limit is None, at_least=at_least):
            self.breach("stop 1", rules.counts, abort=rules.on_breach == "abort")

    def is_too_much(self, kinds: frozenset[str], amount: Fraction | int, of: str, minimum: int, *, share: bool, at_least: bool) -> bool:
        if len(self.results) < minimum:
            return False
        stage, batch = self.job.stages_reached, self.batch_number
        within = [x for x in self.results if (of != "stage" or x.stage == stage) and (of != "batch" or x.batch == batch)]
        failures = sum(bool(result.kinds & kinds) for result in within)
        sizes = {"fleet": len(self.robots), "completed": len(self.results), "batch": self.batch_size}
        total = len(self.stages[0].robots) if of == "stage" else sizes[of]
        limit = amount * total if share else amount
        return failures >= limit if at_least else failures > limit

    def failures_of(self, kinds: frozenset[str]) -> int:
        return sum(bool(result.kinds & kinds) for result in self.results)

    def breach(self, by: str, kinds: frozenset[str], *, abort: bool) -> None:
        self.job.breached, self.job.stopped_by, self.stop_kinds = self.now, by, kinds
        self.failures_at_breach = self.failures_of(kinds)
        self.job.status, self.job.failure_code = "Failed", "FailureThresholdBreached"
        self.batch = []
        self.give_up_waiting("breach")
        if abort:
            self.abort_all("breach")

    def may_queue(self) -> bool:
        return math.isnan(self.job.breached)

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
            if self.stages[0].soak > 0 or (self.is_watched and self.stages[0].has_gate):
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
        kinds = self.rules.counts | {"latent"}
        if stage.shuts(self.failures_of(kinds), len(self.results)):
            self.breach("gate", kinds, abort=self.rules.on_breach == "abort")
            self.job.complete = self.now
        elif self.stages:
            self.begin_stage()
        else:
            self.job.status, self.job.complete = "Succeeded", self.now
