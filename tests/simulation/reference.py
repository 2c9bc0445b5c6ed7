"""A second implementation of the model, written from its specification alone: slow, brute force, and as plain as possible.

It shares the draws with the package (same causes, indices and keys) and nothing else: one list of everything that can happen next,
ordered by (time, order within the instant, robot), from which the first is taken again and again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rolloutsim.distributions import Distribution
from rolloutsim.randomness import child_key, entity_word, replicate_key, uniform
from rolloutsim.scenario import Always, Cohort, Never, ReadyProbability, Renewal, Scenario, Step
from rolloutsim.simulation import causes
from rolloutsim.vocabulary import PHASE_CODES, PHASES

LINK, COMPLETION, DEADLINE, RECHECK, CANCEL, FLEET_TIMEOUT, GRANT = range(7)
CHECKS = 1 << 20
ON_ROBOT = ("extracting", "pre_launch", "launching", "post_launch")
NEVER = math.inf


def draw(distribution: Distribution, key: int, cause: int, index: int = 0) -> float:
    """Return one variate."""
    return distribution.ppf(uniform(key, cause, index))


class Spells:
    """An alternating process: `on` or off, and when that changes."""

    def __init__(self, key: int, cause: int, on: Distribution | None, off: Distribution | None, start: str) -> None:
        self.key, self.cause, self.lengths, self.number = key, cause, {True: on, False: off}, 0
        if on is None or off is None:
            self.on, self.change = start == "up", NEVER
        elif start == "equilibrium":
            self.on = uniform(key, cause, 0) < on.mean() / (on.mean() + off.mean())
            biased = (on if self.on else off).length_biased()
            self.change = uniform(key, cause + 1, 0) * draw(biased, key, cause + 2)
        else:
            self.on = start == "up"
            self.change = self.length()

    def length(self) -> float:
        """Return the length of the spell that has just begun."""
        of = self.lengths[self.on]
        assert of is not None
        return draw(of, self.key, self.cause + 3, self.number)

    def turn(self) -> None:
        """Go to the next spell."""
        self.on = not self.on
        self.number += 1
        self.change += self.length()


@dataclass
class Robot:
    """One robot and all that is known of it."""

    index: int
    cohort: Cohort
    key: int
    cohort_key: int
    link: Spells
    idle: Spells
    rate: float  # B/s
    size: float | None  # of the bundle; None: there is none for this architecture
    # the deployment
    state: str = "pending"  # pending, waiting (for a retry, without a slot), working, backoff, ended
    late: str = ""  # "", reporting (a success after the timer), offline (to begin when online), installing
    phase: str = ""
    wakes: float = NEVER  # when what it does now is complete, if nothing intervenes
    blocked: bool = False  # waits for its link to begin or go on
    need: float = 0.0  # seconds left of an interrupted piece of work
    sending: float | None = None  # since when bytes flow
    transfer: bool = False  # whether downloading has come to the bytes
    left: float = 0.0  # bytes
    attempt: int = 0  # number of the current one
    check: int = 0
    recheck: float = NEVER
    deadline: float = NEVER
    outcome: str | None = None  # own failure code of the current attempt
    succeeded: bool = False  # the current attempt's work
    retries: int = 0
    launched: float = math.nan
    # the application
    down_since: float | None = None
    back: float = NEVER  # when the old application runs again
    stopped_in: int = -1  # attempt
    # what comes out
    status: str = "PendingNewDeployment"
    failure_code: str | None = None
    ended_by: str | None = None
    granted: float = math.nan
    reached: float = math.nan
    finished: float = math.nan
    reported: float = math.nan
    converged: float = math.nan
    attempts: int = 0
    bytes: float = 0.0
    offline_s: float = 0.0
    downtime_s: float = 0.0
    left_down: bool = False

    @property
    def holds_slot(self) -> bool:
        return self.state in ("working", "backoff")


@dataclass
class Job:
    """What comes out of the job."""

    release: Literal["good", "bad"]
    status: str = "Preparing"
    failure_code: str | None = None
    complete: float = math.nan
    breached: float = math.nan
    overshoot: float = math.nan
    robots: list[Robot] = field(default_factory=list)


class Reference:
    """One replicate."""

    def __init__(self, scenario: Scenario, seed: int, replicate: int) -> None:
        self.scenario, self.rules, self.deployment = scenario, scenario.rules, scenario.deployment
        self.now = 0.0
        self.job_key = replicate_key(seed, replicate, entity_word("job"))
        bad = uniform(self.job_key, causes.RELEASE, 0) < scenario.application.bad_release_probability
        self.job = Job("bad" if bad else "good")
        self.robots: list[Robot] = []
        self.merged: dict[str, Mapping[str, Step]] = {}
        for cohort in scenario.fleet:
            cohort_key = replicate_key(seed, replicate, entity_word("cohort:" + cohort.name))
            for number in range(cohort.robots):
                self.robots.append(self.make_robot(cohort, cohort_key, child_key(cohort_key, number)))
        self.job.robots = self.robots
        self.queue = list(self.robots)
        if self.rules.order == "shuffled":
            self.queue.sort(key=lambda r: uniform(r.key, causes.ORDER, 0))
        elif self.rules.order == "priority":
            self.queue.sort(key=lambda r: r.cohort.priority)
        self.slots = self.concurrency()
        self.batch: list[Robot] = []  # chosen, not granted yet
        self.batch_size = self.batch_failures = 0
        self.batch_open = False
        self.hold_for_good = self.rules.offline == "hold"
        self.completed = self.failures = self.failures_at_breach = 0
        self.prepared = draw(self.steps(scenario.fleet[0])["preparing"].duration, self.job_key, causes.DURATION)

    def make_robot(self, cohort: Cohort, cohort_key: int, key: int) -> Robot:
        connectivity = cohort.connectivity
        if isinstance(connectivity, Renewal):
            link = Spells(key, causes.LINK, connectivity.up, connectivity.down, connectivity.start)
        else:
            assert isinstance(connectivity, Always | Never)
            link = Spells(key, causes.LINK, None, None, "up" if isinstance(connectivity, Always) else "down")
        ready = self.steps(cohort)["condition"].ready
        if isinstance(ready, ReadyProbability):
            idle = Spells(key, causes.BUSY, None, None, "up")
        else:
            idle = Spells(key, causes.BUSY, ready.idle, ready.busy, "equilibrium")
        rate = math.inf if cohort.link_rate is None else draw(cohort.link_rate, key, causes.RATE) / 8
        return Robot(len(self.robots), cohort, key, cohort_key, link, idle, rate, self.scenario.application.bundle.get(cohort.architecture))

    def concurrency(self) -> int:
        n, pct = len(self.robots), self.deployment.concurrent_percentage
        if self.rules.concurrency is not None:
            return self.rules.concurrency
        if pct is None:
            return n
        whole, rest = divmod(n * pct, 100)
        up = {"floor": False, "ceil": rest > 0, "half_up": rest >= 50}[self.rules.rounding]
        return max(1, whole + up)

    # ------------------------------------------------------------------------------------------------ draws

    def steps(self, cohort: Cohort) -> Mapping[str, Step]:
        if cohort.name not in self.merged:
            self.merged[cohort.name] = self.scenario.steps(cohort, self.job.release)
        return self.merged[cohort.name]

    def duration(self, r: Robot, phase: str, check: int = 0) -> float:
        return draw(self.steps(r.cohort)[phase].duration, r.key, causes.DURATION + PHASES.index(phase), r.attempt * CHECKS + check)

    def coin(self, r: Robot, phase: str) -> str | None:
        """Return the first code of a phase whose coin hits."""
        for code in PHASE_CODES[phase]:
            chance = self.steps(r.cohort)[phase].failures.get(code)
            if chance is None or (phase == "condition" and code == "EtagMismatch" and not self.deployment.condition_etag):
                continue
            owners = {"job": self.job_key, "cohort": r.cohort_key, "robot": r.key}
            probability = chance.probability
            if isinstance(probability, Distribution):
                probability = draw(probability, owners[chance.drawn], causes.probability(phase, code))
            index = r.attempt if chance.coin == "robot" else 0
            if uniform(owners[chance.coin], causes.coin(phase, code), index) < probability:
                return str(code)
        return None

    # ------------------------------------------------------------------------------------------------ the loop

    def run(self) -> Job:
        """Let everything happen, one thing after the other."""
        while True:
            events = self.events()
            if not events:
                break
            when, kind, index = min(events)
            for r in self.robots:
                if r.holds_slot and not r.link.on:
                    r.offline_s += when - self.now
            self.now = when
            if kind == CANCEL:
                self.end_by_job("cancel")
            elif kind == FLEET_TIMEOUT:
                self.end_by_job("fleet_timeout")
            elif kind == GRANT:
                self.grant()
            elif index < 0:
                self.end_of_preparing()
            elif kind == LINK:
                self.link_change(self.robots[index])
            elif kind == COMPLETION:
                self.completion(self.robots[index])
            elif kind == DEADLINE:
                self.at_deadline(self.robots[index])
            elif kind == RECHECK:
                self.robots[index].recheck = NEVER
                self.enter(self.robots[index], "condition")
            self.end_if_over()
        self.now = max(self.now, self.rules.observe)
        for r in self.robots:
            self.settle_bytes(r)
            self.settle_downtime(r)
        if not math.isnan(self.job.breached):
            self.job.overshoot = float(self.failures - self.failures_at_breach)
        return self.job

    @property
    def over(self) -> bool:
        return not math.isnan(self.job.complete)

    def events(self) -> list[tuple[float, int, int]]:
        """Return everything that can happen next."""
        events = []
        for r in self.robots:
            own = [(r.wakes, COMPLETION), (r.deadline, DEADLINE), (r.recheck, RECHECK)]
            if r.late or not self.over:
                own.append((r.link.change, LINK))
            limit = self.rules.observe if self.over or (r.late and r.state == "ended") else NEVER
            events += [(t, kind, r.index) for t, kind in own if t < limit]
        if not self.over:
            events.append((self.rules.cancel_at, CANCEL, 0))
            events.append((self.rules.fleet_timeout, FLEET_TIMEOUT, 0))
            if self.job.status == "Preparing":
                events.append((self.prepared, COMPLETION, -1))
            elif self.can_grant():
                events.append((self.now, GRANT, 0))
        return [event for event in events if event[0] < NEVER]

    # ------------------------------------------------------------------------------------------------ the job

    def end_of_preparing(self) -> None:
        first = self.robots[0]
        code = self.coin(first, "preparing")
        if code is None:
            self.job.status = "InProgress"
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
        return self.rules.offline != "wait" or any(r.link.on for r in self.queue)

    def grant(self) -> None:
        if not self.batch:
            eligible = [r for r in self.queue if self.hold_for_good or r.link.on]
            if not eligible:
                assert self.rules.offline == "skip"
                self.hold_for_good = True
                eligible = list(self.queue)
            self.batch = eligible[: 1 if self.rules.dispatch == "window" else self.slots]
            self.batch_size, self.batch_failures, self.batch_open = len(self.batch), 0, True
        r = self.batch.pop(0)
        self.queue.remove(r)
        r.state, r.granted, r.reached = "working", self.now, math.nan
        r.deadline = self.now + self.deployment.robot_timeout
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
            self.job.breached, self.failures_at_breach = self.now, self.failures
            self.job.status, self.job.failure_code = "Failed", "FailureThresholdBreached"
            self.batch = []
            self.give_up_waiting("breach")
            if self.rules.on_breach == "abort":
                self.abort_all("breach")

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
        self.batch, self.batch_open = [], False
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
        elif all(r.state == "ended" for r in self.robots):
            self.job.status, self.job.complete = "Succeeded", self.now

    # ------------------------------------------------------------------------------------------------ the robot

    def runs(self, phase: str) -> bool:
        d = self.deployment
        return {"condition": d.has_condition_file, "pre_launch": d.has_pre_launch, "post_launch": d.has_post_launch}.get(phase, True)

    def after(self, phase: str) -> str:
        return next(p for p in PHASES[PHASES.index(phase) + 1 :] if self.runs(p))

    def begin_attempt(self, r: Robot, phase: str) -> None:
        r.attempt = r.attempts
        r.attempts += 1
        r.check, r.outcome, r.succeeded = 0, None, False
        if not r.late or self.scenario.application.interrupted == "restart":
            r.left = r.size or 0.0
        self.enter(r, phase)

    def enter(self, r: Robot, phase: str) -> None:
        r.phase, r.transfer = phase, False
        if phase == "launching" and self.rules.old_stops == "launch":
            self.stop_application(r)
        if phase in ("reaching", "condition", "downloading", "reporting") and not r.link.on:
            r.blocked, r.need, r.wakes = True, math.nan, NEVER
        else:
            self.begin_phase(r)

    def begin_phase(self, r: Robot) -> None:
        if r.phase == "downloading":
            code = self.coin(r, "downloading")
            if code is not None:
                self.own_failure(r, code)
                return
        seconds = self.duration(r, r.phase, r.check if r.phase == "condition" else 0)
        if r.phase == "reaching":
            seconds = min(seconds, self.steps(r.cohort)["reaching"].agent_timeout)
        self.work(r, seconds)

    def work(self, r: Robot, seconds: float) -> None:
        r.wakes = self.now + seconds
        if r.transfer:
            r.sending = self.now
        if r.wakes == self.now:
            self.completion(r)

    def link_change(self, r: Robot) -> None:
        r.link.turn()
        if r.link.on and r.late == "offline":
            r.late = "installing"
            self.begin_attempt(r, "reaching")
        elif r.link.on and r.blocked:
            r.blocked = False
            if r.transfer:
                self.work(r, r.left / r.rate)
            elif math.isnan(r.need):
                self.begin_phase(r)
            else:
                self.work(r, r.need)
        elif not r.link.on and self.now < r.wakes < NEVER and r.phase in ("reaching", "downloading", "reporting") and r.state != "backoff":
            if r.state == "waiting" or (r.state == "ended" and not r.late):
                return
            r.blocked, r.need = True, r.wakes - self.now
            r.wakes = NEVER
            if r.transfer:
                self.settle_bytes(r)
                if self.scenario.application.interrupted == "restart":
                    r.left = r.size or 0.0

    def settle_bytes(self, r: Robot) -> None:
        if r.sending is not None:
            sent = r.left if r.wakes <= self.now else (self.now - r.sending) * r.rate
            r.bytes += sent
            r.left -= sent
            r.sending = None

    def completion(self, r: Robot) -> None:
        r.wakes = NEVER
        if r.state == "backoff":
            r.state = "working"
            self.begin_attempt(r, "validating")
        elif r.state == "waiting":
            self.queue.append(r)
        elif r.phase == "validating":
            fixed = None
            if r.cohort.architecture == "none":
                fixed = "MissingRobotArchitecture"
            elif r.size is None:
                fixed = "MissingRobotApplicationArchitecture"
            self.go_on_unless(r, fixed or self.coin(r, "validating"))
        elif r.phase == "reaching":
            late = self.duration(r, "reaching") > self.steps(r.cohort)["reaching"].agent_timeout
            code = "RobotAgentConnectionTimeout" if late else self.coin(r, "reaching")
            if code is None and math.isnan(r.reached) and not r.late:
                r.reached = self.now
                if self.rules.timer == "reached":
                    r.deadline = self.now + self.deployment.robot_timeout
            defers = self.rules.condition == "defer" and self.deployment.has_condition_file
            if code is None and self.rules.old_stops == "receipt" and not defers:
                self.stop_application(r)
            self.go_on_unless(r, code)
        elif r.phase == "condition":
            self.condition_checked(r)
        elif r.phase == "downloading":
            self.downloaded(r)
        elif r.phase in ON_ROBOT:
            if r.phase == "launching":
                r.launched = self.now
            self.go_on_unless(r, self.coin(r, r.phase))
        else:
            assert r.phase == "reporting"
            self.has_reported(r)

    def go_on_unless(self, r: Robot, code: str | None) -> None:
        if code is not None:
            self.own_failure(r, code)
            return
        following = self.after(r.phase)
        if following == "reporting":
            r.succeeded = True
            if not r.late:
                r.finished = self.now
            self.application_runs(r)
        self.enter(r, following)

    def condition_checked(self, r: Robot) -> None:
        code = self.coin(r, "condition") if r.check == 0 else None
        step = self.steps(r.cohort)["condition"]
        if isinstance(step.ready, ReadyProbability):
            ready = uniform(r.key, causes.READY, r.attempt * CHECKS + r.check) < step.ready.p
        else:
            while r.idle.change <= self.now:
                r.idle.turn()
            ready = r.idle.on
        if code is None and not ready:
            if self.rules.condition == "defer":
                r.check += 1
                r.recheck = self.now + step.recheck
                return
            code = "DownloadConditionFailed"
        if code is None and self.rules.condition == "defer" and self.rules.old_stops == "receipt":
            self.stop_application(r)
        self.go_on_unless(r, code)

    def downloaded(self, r: Robot) -> None:
        """Go from what comes before the first byte to the bytes, and from the bytes on."""
        if r.transfer:
            r.wakes = self.now
            self.settle_bytes(r)
            r.wakes, r.left = NEVER, 0.0
            self.go_on_unless(r, None)
            return
        r.transfer = True
        if r.link.on:
            self.work(r, r.left / r.rate)
        else:
            r.blocked = True

    def own_failure(self, r: Robot, code: str) -> None:
        r.outcome = code
        r.left = r.size or 0.0  # the bundle is downloaded anew
        self.application_may_return(r)
        if r.late:
            self.end_late(r)
            return
        r.finished = self.now
        if r.phase in ("validating", "reaching"):
            self.has_reported(r)
        else:
            self.enter(r, "reporting")

    def has_reported(self, r: Robot) -> None:
        if r.late:
            r.converged = self.now
            self.end_late(r)
            return
        retries = self.rules.retries
        if r.outcome is None:
            r.converged = self.now
            self.verdict(r, "InSync", None, "own", r.finished)
            self.result(r, "")
        elif retries is not None and r.outcome in retries.codes and r.retries < retries.max and self.may_retry():
            r.retries += 1
            pause = draw(retries.backoff, r.key, causes.BACKOFF, r.attempt)
            if retries.slot == "hold":
                r.state = "backoff"
            else:
                r.state, r.deadline, r.reported = "waiting", NEVER, self.now
            self.work(r, pause)
        else:
            self.verdict(r, "Failed", r.outcome, "own", r.finished)
            self.result(r, "failed")
        self.slot_freed()

    def may_retry(self) -> bool:
        return self.rules.retries is None or self.rules.retries.slot == "hold" or math.isnan(self.job.breached)

    def at_deadline(self, r: Robot) -> None:
        codes = self.rules.timeout_codes
        reporting = r.state == "working" and r.phase == "reporting"
        if reporting:
            code = "RobotAgentConnectionTimeout"
        elif math.isnan(r.reached):
            code = codes.not_reached
        elif not r.link.on:
            code = codes.offline
        elif r.recheck < NEVER:
            code = "DownloadConditionFailed"
        else:
            code = codes.working
        unreported = reporting and r.succeeded
        if not unreported:
            self.stop(r)
        else:
            r.late = "reporting"
        retries = self.rules.retries
        listed = retries is not None and retries.slot == "queue" and code in retries.codes and r.retries < retries.max
        if retries is not None and listed and self.may_retry() and not unreported:
            r.retries += 1
            r.state, r.deadline, r.reported, r.outcome = "waiting", NEVER, self.now, code
            r.finished = r.finished if reporting else self.now
            self.work(r, draw(retries.backoff, r.key, causes.BACKOFF, r.attempt))
            self.slot_freed()
            return
        self.verdict(r, "Failed" if r.link.on else "NoResponse", code, "robot_timer", r.finished if reporting else self.now)
        if not unreported and not r.link.on and self.rules.late_convergence:
            r.late = "offline"
        self.result(r, "no_response" if code == "RobotDeploymentNoResponse" else "timeout")
        self.slot_freed()

    def stop(self, r: Robot) -> None:
        """Stop what the robot does."""
        self.settle_bytes(r)
        r.wakes, r.recheck, r.blocked = NEVER, NEVER, False
        if not r.succeeded and r.outcome is None:
            self.application_may_return(r)
        r.transfer = False

    def verdict(self, r: Robot, status: str, code: str | None, by: str, finished: float) -> None:
        if r.state != "waiting":  # else it reported when it gave its slot back
            r.reported = self.now
        r.state, r.status, r.failure_code, r.ended_by = "ended", status, code, by
        r.finished, r.deadline = finished, NEVER
        if r.late != "reporting":
            r.wakes, r.recheck = NEVER, NEVER

    def end_late(self, r: Robot) -> None:
        r.late, r.wakes, r.recheck, r.blocked = "", NEVER, NEVER, False

    # ------------------------------------------------------------------------------------------------ the application

    def stop_application(self, r: Robot) -> None:
        if r.back <= self.now and r.down_since is not None:
            r.downtime_s += r.back - r.down_since
            r.down_since = None
        r.down_since = self.now if r.down_since is None else r.down_since
        r.back, r.stopped_in = NEVER, r.attempt

    def application_runs(self, r: Robot) -> None:
        assert r.down_since is not None
        r.downtime_s += r.launched - r.down_since
        r.down_since = None

    def application_may_return(self, r: Robot) -> None:
        if self.rules.rollback is not None and r.stopped_in == r.attempt:
            r.back = self.now + draw(self.rules.rollback, r.key, causes.ROLLBACK, r.attempt)

    def settle_downtime(self, r: Robot) -> None:
        if r.down_since is None:
            return
        if r.back < NEVER:
            r.downtime_s += r.back - r.down_since
        else:
            r.left_down = True
            r.downtime_s += max(0.0, r.finished - r.down_since)
