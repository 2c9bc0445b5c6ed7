"""The yardstick: the scenario `w1.yaml` as somebody who knows SimPy writes it by hand.

A process for each robot, all created at the start, each of which requests a slot, starts the work as a process of its own and waits
for the work or its timeout, whichever comes first. Numbers come from one `random.Random`, drawn when they are needed. It keeps the
records that rolloutsim keeps of the robots and their steps, in plain lists, leaves out what w1 does not use, and knows nothing of
rolloutsim.
"""

from __future__ import annotations

import math
import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

__all__ = ["Job", "Record"]

Process = Generator[simpy.Event, Any, Any]

BUNDLE = 200e6
UP, DOWN = 1200.0, 133.0
TIMEOUT = 1200.0
THRESHOLD = 25  # percent


@dataclass
class Record:
    """What is known of a robot at its end; instants in s."""

    robot: int
    granted: float = math.nan
    reached: float = math.nan
    finished: float = math.nan
    reported: float = math.nan
    code: str | None = None
    status: str = "PendingNewDeployment"
    bytes: float = 0.0
    offline: float = 0.0  #: s, while holding the slot
    downtime: float = 0.0  #: s without a running application
    left_down: bool = False


@dataclass
class Robot:
    """A robot with its link, whose spells are drawn as time goes on."""

    env: simpy.Environment
    random: random.Random
    record: Record
    up: bool = field(init=False)
    until: float = field(init=False)
    rate: float = field(init=False)  #: B/s
    seen: float = 0.0  #: up to where time offline has been counted
    phase: str = ""
    launched: float = math.nan

    def __post_init__(self) -> None:
        # Exponential spells forget how long they have lasted: what is left of the first one is distributed as any other.
        self.up = self.random.random() < UP / (UP + DOWN)
        self.until = self.random.expovariate(1 / (UP if self.up else DOWN))
        self.rate = self.random.lognormvariate(math.log(16e6 / 8), 0.5)

    def catch_up(self) -> None:
        """Bring the link to the present."""
        now = self.env.now
        while self.until <= now:
            if not self.up:
                self.record.offline += max(0.0, self.until - self.seen)
            self.seen = max(self.seen, self.until)
            self.up = not self.up
            self.until += self.random.expovariate(1 / (UP if self.up else DOWN))
        if not self.up:
            self.record.offline += now - self.seen
        self.seen = now

    def take_slot(self) -> None:
        """Count time offline from now on."""
        self.catch_up()
        self.record.offline = 0.0
        self.record.granted = self.env.now

    def online(self) -> Process:
        """Wait until the link is up."""
        self.catch_up()
        while not self.up:
            yield self.env.timeout(self.until - self.env.now)
            self.catch_up()

    def work_online(self, duration: float) -> Process:
        """Work for so long, while the link is up."""
        left = duration
        while left > 0.0:
            yield from self.online()
            step = min(left, self.until - self.env.now)
            yield self.env.timeout(step)
            left -= step

    def download(self) -> Process:
        """Download the bundle, resumed after each interruption."""
        left = BUNDLE
        while left > 1e-3:
            yield from self.online()
            start = self.env.now
            try:
                yield self.env.timeout(min(left / self.rate, self.until - start))
            finally:  # the timeout may stop it in the middle
                received = min(left, (self.env.now - start) * self.rate)
                self.record.bytes += received
                left -= received


class Job:
    """One deployment job.

    Parameters
    ----------
    robots
        Their number.
    seed
        Of all chance.
    """

    def __init__(self, robots: int, seed: int) -> None:
        self.env = simpy.Environment()
        self.random = random.Random(seed)
        self.slots = simpy.Resource(self.env, capacity=max(1, robots // 10))
        self.records = [Record(robot) for robot in range(robots)]
        self.steps: list[tuple[int, str, float, float, str | None]] = []
        self.failures = 0
        self.breached = False
        self.left = robots
        self.over = self.env.event()
        for record in self.records:
            self.env.process(self.robot(Robot(self.env, self.random, record)))

    def run(self) -> float:
        """Run the job and return when it ended."""
        self.env.run(until=self.over)
        return float(self.env.now)

    def robot(self, robot: Robot) -> Process:
        """Wait for a slot, deploy, judge."""
        env, record = self.env, robot.record
        with self.slots.request() as slot:
            yield slot
            if not self.breached:
                robot.take_slot()
                work = env.process(self.deploy(robot))
                yield work | env.timeout(TIMEOUT)
                if work.is_alive:
                    work.interrupt()
                    yield work
                record.code = work.value
                record.reported = env.now
                robot.catch_up()
                record.status = "InSync" if record.code is None else "Failed"
                self.judge(robot)
        self.left -= 1
        if not self.left:
            self.over.succeed()

    def deploy(self, robot: Robot) -> Process:
        """Go through the steps of one robot; return the failure code, or None."""
        env, draw, record = self.env, self.random, robot.record
        start = env.now

        def done(code: str | None = None) -> None:
            nonlocal start
            self.steps.append((record.robot, robot.phase, start, env.now, code))
            start = env.now

        try:
            robot.phase = "validating"
            yield env.timeout(2.0)
            done()
            robot.phase = "reaching"
            yield from robot.work_online(draw.expovariate(1 / 5.0))
            if draw.random() < 0.01:
                done("GreengrassDeploymentFailed")
                record.finished = env.now
                return "GreengrassDeploymentFailed"
            record.reached = env.now
            done()
            robot.phase = "downloading"
            yield from robot.download()
            done()
            code = None
            for phase, probability, failure, duration in (
                ("extracting", 0.002, "ExtractingBundleFailure", draw.lognormvariate(math.log(20.0), 0.4)),
                ("pre_launch", 0.01, "PreLaunchFileFailure", 5.0),
                ("launching", 0.0, "", draw.gammavariate(2.0, 5.0)),
                ("post_launch", 0.01, "PostLaunchFileFailure", 5.0),
            ):
                robot.phase = phase
                yield env.timeout(duration)
                code = failure if draw.random() < probability else None
                done(code)
                if code is not None:
                    break
                if phase == "launching":
                    robot.launched = env.now
            robot.phase = "reporting"
            record.finished = env.now
            yield from robot.online()
            done()
            return code
        except simpy.Interrupt:
            robot.catch_up()
            if robot.phase == "reporting" or (robot.phase not in ("validating", "reaching") and not robot.up):
                code = "RobotAgentConnectionTimeout"
            elif robot.phase in ("validating", "reaching"):
                code = "RobotDeploymentNoResponse"
            else:
                code = "RobotDeploymentAborted"
            done(code)
            if robot.phase != "reporting":
                record.finished = env.now
            return code

    def judge(self, robot: Robot) -> None:
        """Count downtime and failures, and look at the threshold."""
        record = robot.record
        if record.reached == record.reached:
            if record.code is None:
                record.downtime = robot.launched - record.reached
            else:
                record.downtime = record.finished - record.reached
                record.left_down = True
        if record.code is not None:
            self.failures += 1
            if 100 * self.failures >= THRESHOLD * len(self.records):
                self.breached = True
