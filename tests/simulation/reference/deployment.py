"""One robot's deployment, from its slot to its verdict, and what it does late."""

from __future__ import annotations

import math

from rolloutsim.randomness import uniform
from rolloutsim.scenario import ReadyProbability
from rolloutsim.simulation.model import causes
from rolloutsim.vocabulary import PHASES
from tests.simulation.reference.application import Applications
from tests.simulation.reference.luck import CHECKS
from tests.simulation.reference.processes import NEVER, Layers, draw
from tests.simulation.reference.state import Robot

ON_ROBOT = ("extracting", "pre_launch", "launching", "post_launch")


class Deployments(Applications):
    """What happens to a robot; the job hears of results and of slots that are free.

    Attributes
    ----------
    origin
        When the origin sends.
    """

    origin: Layers

    def result(self, r: Robot, kind: str) -> None:
        raise NotImplementedError

    def slot_freed(self) -> None:
        raise NotImplementedError

    def may_queue(self) -> bool:
        raise NotImplementedError

    def runs(self, phase: str) -> bool:
        d = self.deployment
        return {"condition": d.has_condition_file, "pre_launch": d.has_pre_launch, "post_launch": d.has_post_launch}.get(phase, True)

    def after(self, phase: str) -> str:
        return next(p for p in PHASES[PHASES.index(phase) + 1 :] if self.runs(p))

    def nothing_to_install(self, r: Robot) -> str | None:
        """Return the code that follows from fleet and bundle alone, at any time."""
        if r.cohort.architecture == "none":
            return "MissingRobotArchitecture"
        return "MissingRobotApplicationArchitecture" if r.size is None else None

    def begin_attempt(self, r: Robot, phase: str) -> None:
        r.attempt = r.attempts
        r.attempts += 1
        r.check, r.outcome, r.succeeded = 0, None, False
        if not r.late or self.scenario.application.interrupted == "restart":
            r.left = r.size or 0.0
        self.enter(r, phase)

    def enter(self, r: Robot, phase: str) -> None:
        r.phase, r.transfer, r.entered = phase, False, self.now
        if phase == "launching" and self.rules.old_stops == "launch":
            self.stop_application(r)
        if phase in ("reaching", "condition", "downloading", "reporting") and not r.link.on:
            r.blocked, r.need, r.wakes = True, math.nan, NEVER
        else:
            self.begin_phase(r)

    def begin_phase(self, r: Robot) -> None:
        seconds = self.duration(r, r.phase, r.check if r.phase == "condition" else 0)
        if r.phase == "downloading":
            r.refused = self.coin(r, "downloading")
            if r.refused is not None:
                seconds = 0.0  # it is met before the first byte
        if r.phase == "reaching":
            seconds = min(seconds, self.steps(r.cohort)["reaching"].agent_timeout)
        self.work(r, seconds)

    def work(self, r: Robot, seconds: float) -> None:
        """Let something take its time; its end takes its place in the order of its instant, even if that is now."""
        r.wakes = self.now + self.number(seconds)

    def transmit(self, r: Robot) -> None:
        """Let bytes flow, or wait for a rate above 0."""
        r.sending = self.now
        if r.recorded is not None:
            while r.recorded.change <= self.now:
                r.recorded.turn()
            r.rate = r.recorded.value / 8
        while self.origin.change <= self.now:
            self.origin.turn()
        r.flow = 0.0 if r.shares or not self.origin.on else r.rate  # what it gets of shared links is seen when all of them are
        self.work(r, 0.0 if r.left == 0 else self.number(r.left) / self.number(r.flow) if r.flow > 0 else NEVER)

    def link_change(self, r: Robot) -> None:
        if r.link.change <= self.now:
            was_on = r.link.on
            r.link.turn()
            if r.link.on != was_on:
                self.on_or_off(r)
        if r.recorded is not None and r.sending is not None and r.recorded.change <= self.now:
            r.recorded.turn()
            if self.now < r.wakes:
                self.settle_bytes(r)
                self.transmit(r)

    def on_or_off(self, r: Robot) -> None:
        if r.link.on and r.late == "offline":
            r.late = "installing"
            self.begin_attempt(r, "reaching")
        elif r.link.on and r.blocked:
            r.blocked = False
            if r.transfer:
                self.transmit(r)
            elif math.isnan(r.need):
                self.begin_phase(r)
            else:
                self.work(r, r.need)
        elif not r.link.on and r.phase in ("reaching", "downloading", "reporting") and (r.state == "working" or r.late):
            if r.sending is None and r.wakes == NEVER:
                return
            if r.wakes == self.now:
                return  # it is complete, as a spell online ends before the instant
            r.blocked, r.need = True, r.wakes - self.now
            r.wakes = NEVER
            if r.transfer:
                self.settle_bytes(r)
                if self.scenario.application.interrupted == "restart":
                    r.left = r.size or 0.0

    def settle_bytes(self, r: Robot) -> None:
        if r.sending is not None:
            sent = r.left if r.wakes <= self.now else (self.now - r.sending) * (r.flow if r.flow < math.inf else 0.0)
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
            self.go_on_unless(r, self.nothing_to_install(r) or self.coin(r, "validating"))
        elif r.phase == "reaching":
            late = self.duration(r, "reaching") > self.steps(r.cohort)["reaching"].agent_timeout
            code = "RobotAgentConnectionTimeout" if late else self.coin(r, "reaching")
            if code is None and math.isnan(r.reached) and not r.late:
                r.reached = self.now
                r.handshakes += 1
                if self.rules.timer == "reached":
                    r.deadline = self.now + self.number(self.robot_timeout)
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
                r.recheck = self.now + self.number(step.recheck)
                return
            code = "DownloadConditionFailed"
        if code is None and self.rules.condition == "defer" and self.rules.old_stops == "receipt":
            self.stop_application(r)
        self.go_on_unless(r, code)

    def downloaded(self, r: Robot) -> None:
        """Go from what comes before the first byte to the bytes, and from the bytes on."""
        if r.refused is not None:
            self.own_failure(r, r.refused)
            return
        if r.transfer:
            r.wakes = self.now
            self.settle_bytes(r)
            r.wakes, r.left = NEVER, 0.0
            self.go_on_unless(r, None)
            return
        r.transfer = True
        if r.link.on:
            self.transmit(r)
        else:
            r.blocked = True

    def own_failure(self, r: Robot, code: str) -> None:
        r.outcome = code
        r.left = r.size or 0.0  # the bundle is downloaded again
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
            self.turns_in_sync(r)
            self.end_late(r)
            return
        kind = "rejected" if r.outcome == "DownloadConditionFailed" else "failed"
        if r.outcome is None:
            self.turns_in_sync(r)
            self.verdict(r, "InSync", None, "own", r.finished)
            self.result(r, "")
        elif self.tries_again(r, r.outcome, kind):
            pass
        else:
            self.verdict(r, "Failed", r.outcome, "own", r.finished)
            self.result(r, kind)
        self.slot_freed()

    def turns_in_sync(self, r: Robot) -> None:
        r.converged = self.now
        after = self.fails_after(r)
        if after < NEVER:
            r.relapses = self.now + self.number(after)

    def tries_again(self, r: Robot, code: str, kind: str) -> bool:
        """Let a robot pause before another attempt, if there is one after such a failure."""
        by_timer = kind in ("timeout", "no_response")
        most = self.rules.max_retries
        for number, row in enumerate(self.rules.retries):
            if (code not in row.codes and kind not in row.kinds) or (by_timer and row.slot == "hold"):
                continue
            tried = r.tried_again.get(number, 0)
            if tried == row.max or sum(r.tried_again.values()) == most or not (row.slot == "hold" or self.may_queue()):
                return False
            r.tried_again[number] = tried + 1
            pauses = list(row.backoff) + [row.backoff[-1]] * row.max
            if row.burst is not None:
                pauses = [*pauses[: row.burst.tries - 1], row.burst.pause] * row.max
            if row.slot == "hold":
                r.state = "backoff"
            else:
                r.state, r.deadline, r.reported, r.outcome = "waiting", NEVER, self.now, code
            self.work(r, draw(pauses[tried], r.key, causes.BACKOFF, r.attempt))
            return True
        return False

    def at_deadline(self, r: Robot) -> None:
        if r.late:  # the observation has ended
            self.settle_bytes(r)
            self.end_late(r)
            return
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
        if unreported and self.now < self.rules.observe:
            r.late = "reporting"
        else:
            self.stop(r)
        kind = "no_response" if code == "RobotDeploymentNoResponse" else "timeout"
        if not unreported and self.tries_again(r, code, kind):
            r.finished = r.finished if reporting else self.now
            self.slot_freed()
            return
        self.verdict(r, "Failed" if r.link.on else "NoResponse", code, "robot_timer", r.finished if reporting else self.now)
        installs_late = self.rules.late_convergence and self.nothing_to_install(r) is None
        if not unreported and not r.link.on and installs_late and self.now < self.rules.observe:
            r.late = "offline"
        if r.late:
            r.deadline = self.number(self.rules.observe)
        self.result(r, kind)
        self.slot_freed()

    def stop(self, r: Robot) -> None:
        """Stop what the robot does."""
        if r.sending == self.now:  # nothing is sent in no time, whatever the rate
            r.sending = None
        self.settle_bytes(r)
        r.wakes, r.recheck, r.blocked = NEVER, NEVER, False
        if not r.succeeded and r.outcome is None:
            self.application_may_return(r)
        r.transfer = False

    def verdict(self, r: Robot, status: str, code: str | None, by: str, finished: float) -> None:
        if r.state != "waiting":  # else it reported when it gave its slot back
            r.reported = self.now
        r.state, r.status, r.failure_code, r.ended_by = "ended", status, code, by
        r.finished, r.deadline, r.last_phase = finished, NEVER, r.phase
        if r.late != "reporting":
            r.wakes, r.recheck = NEVER, NEVER

    def end_late(self, r: Robot) -> None:
        r.late, r.wakes, r.recheck, r.deadline, r.blocked = "", NEVER, NEVER, NEVER, False
