"""The SimPy model of one rollout.

Three kinds of processes. The *controller* prepares the job and goes from stage to stage (a job without stages is one stage): again and
again it waits for a free slot, chooses the next robot and starts its process; when all robots of the stage have their verdict, the
stage soaks, and its gate decides whether the next one begins. A robot's process does not exist before its slot is granted, because a
hundred thousand waiting processes would make every event slow. A *robot's process* holds its slot of a `simpy.Resource` and is a short
loop: ask the state machine what happens next, wait for it, let it happen. The *timers* end the job: cancel and fleet timeout.

What happens to a robot is decided in `rolloutsim.simulation.model.robot` and `.events`, which robots count as failed, and when
that is too many, in `.rules`, what that means for the job in `.job`; none of them knows of SimPy.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from typing import Any

import simpy

from rolloutsim.simulation.engines.simpy.clock import Clock, Slots
from rolloutsim.simulation.engines.simpy.network import Network
from rolloutsim.simulation.engines.simpy.queue import Queue
from rolloutsim.simulation.fairshare.shared_links import Links
from rolloutsim.simulation.model.deadlines import snap
from rolloutsim.simulation.model.dispatch import waits_for_batch
from rolloutsim.simulation.model.draws import draw_duration
from rolloutsim.simulation.model.events import advance, cut, grant, is_installed, settle_downtime, stay_late
from rolloutsim.simulation.model.initial_state import InitialState, new_robot
from rolloutsim.simulation.model.job import (
    BREACH,
    CANCELED,
    SUCCEEDED,
    TIMED_OUT,
    Job,
    begin_batch,
    begin_stage,
    breach,
    count_verdict,
    end,
    finish_preparing,
    has_news,
    is_breached,
    is_open,
    refuse_retry,
    start_robot,
    stop,
)
from rolloutsim.simulation.model.model_tables import ModelTables
from rolloutsim.simulation.model.robot import BACKOFF, CANCEL, ENDED, FLEET_TIMEOUT, GRANT, PASSED, STOPPED, Robot, transition
from rolloutsim.simulation.model.rules import JobRules, gate_shuts
from rolloutsim.simulation.model.transfers import carries, is_alone
from rolloutsim.simulation.records.log import JobRecord, Log, flow_row, job_record

__all__ = ["SimpyEngine"]

Process = Generator[simpy.Event, Any, None]


class SimpyEngine:
    """One replicate of a deployment job.

    Parameters
    ----------
    plan, rules
        The scenario.
    stages
        For each stage the indices of its robots in order of deployment.
    initial
        What chance decided: ``release, job_key, initial`` of `rolloutsim.simulation.model.initial_state.draw_initial_state`.
    log
        Where the records go.
    links
        What the robots share; None = nothing.
    """

    def __init__(
        self,
        plan: ModelTables,
        rules: JobRules,
        stages: Sequence[Iterable[int]],
        initial: tuple[int, int, InitialState],
        log: Log,
        links: Links | None = None,
    ) -> None:
        self.plan, self.rules, self.stages, self.log = plan, rules, stages, log
        self.release, self.job_key, self.initial = initial
        self.env = Clock()
        self.network = Network(self.env, plan, links, log) if links is not None else None
        self.slots = Slots(self.env, capacity=rules.concurrency)
        self.news = self.env.event()  # something has changed for a controller that has no robot to start
        self.queue = self.line_up(())
        self.job = Job()
        self.in_flight: dict[int, simpy.Process] = {}
        self.late: dict[int, tuple[Robot, simpy.Process]] = {}
        self.upcoming: deque[Robot] = deque()  # robots that have been chosen to start together and have not started yet
        self.returning: dict[int, Robot] = {}  # robots that gave their slot back and pause before their next attempt
        self.moment = (0.0, 0, 0)  # how far everything is: the instant, and the place in it of the last event, its order and whose it was
        self.env.process(self.timer(rules.cancel_at, CANCEL, CANCELED))
        self.env.process(self.timer(rules.fleet_timeout, FLEET_TIMEOUT, TIMED_OUT))
        self.env.process(self.controller())

    def run(self) -> JobRecord:
        """Run the job to its terminal status, and late robots to the end of the observation."""
        self.env.run()
        return job_record(self.job, self.release)

    # The controller

    def controller(self) -> Process:
        """Prepare the job, then deploy stage by stage."""
        job = self.job
        yield self.env.at(snap(draw_duration(self.plan, self.job_key, self.release, 0, 0), self.plan.job_deadline), PASSED)
        if is_open(job):
            finish_preparing(self.plan, job, self.job_key, self.release, self.env.now)
        if not is_open(job):
            return
        for robots, gate in zip(self.stages, self.rules.gates, strict=True):
            self.queue = self.line_up(robots)
            begin_stage(job, len(self.queue))
            yield from self.deploy_stage()
            if gate.soak > 0 and job.cause < 0:
                yield self.env.at(snap(self.env.now + gate.soak, self.plan.job_deadline), PASSED, -1)  # before the robots' own
                self.mark(PASSED, -1)
            if job.cause < 0 and gate_shuts(gate, job.failures, job.completed):
                self.breach()
            if job.cause >= 0:
                return
        end(job, SUCCEEDED, -1, self.env.now)

    def line_up(self, robots: Iterable[int]) -> Queue:
        """Return a queue of robots that have not been started."""
        return Queue(self.plan, self.rules, robots, lambda index: new_robot(self.plan, self.initial, self.job_key, index))

    def deploy_stage(self) -> Process:
        """Start the robots of the stage that are next whenever a slot is free and, if they go in batches, the last batch has ended."""
        job, rules = self.job, self.rules
        while job.stage_left and job.cause < 0:
            if not self.upcoming and (not self.queue or (waits_for_batch(rules) and job.batch_left)):
                yield self.news
                continue
            slot = self.slots.request()
            yield slot
            if job.cause >= 0:
                self.slots.free(slot)
                return
            if not self.upcoming:
                self.upcoming.extend(self.queue.take(self.env.now, job))
                if waits_for_batch(rules) and self.upcoming:
                    begin_batch(job, len(self.upcoming))
            if self.upcoming:
                self.start(self.upcoming.popleft(), slot)
            else:
                self.slots.free(slot)
                yield self.chance()

    def chance(self) -> simpy.Event:
        """Return the event after which robots may be started again: news, or that the next of those in line comes online."""
        up = self.queue.next_up
        return self.news | self.env.at(up, GRANT) if up < float("inf") else self.news

    def start(self, robot: Robot, slot: simpy.resources.resource.Request) -> None:
        start_robot(self.job)
        self.in_flight[robot.index] = self.env.process(self.deploy(robot, slot))

    # The robots

    def deploy(self, robot: Robot, slot: simpy.resources.resource.Request) -> Process:
        """Deploy to one robot while holding a slot."""
        self.mark(GRANT)
        grant(self.plan, robot, self.env.now)
        alone = is_alone(self.plan, robot)
        try:
            yield from self.look_ahead(robot) if alone else self.follow(robot)
        except simpy.Interrupt as interrupt:
            if alone:
                robot = self.look_back(robot)
            self.end_at_once(robot, interrupt.cause)
        self.slots.free(slot)
        del self.in_flight[robot.index]
        self.log.hold(robot)
        self.judge(robot)

    def follow(self, robot: Robot) -> Process:
        """Go through the phases: what happens next, and when?"""
        plan, network = self.plan, self.network
        while robot.phase != ENDED:
            phase, since, sent, rate = robot.phase, robot.t, robot.bytes, robot.rate
            shared = carries(plan, robot)
            if network is not None and shared:
                t, event = yield from self.download(robot, network)
            else:
                t, event = transition(plan, robot)
                yield from self.wait(t, event, robot)
            advance(plan, robot, t, event)
            self.count_bytes(robot, since, sent, rate, shared=shared)
            if phase < BACKOFF <= robot.phase:
                self.log.attempt(robot)

    def wait(self, t: float, event: int, robot: Robot) -> Process:
        """Wait for what will happen to a robot, also if it happens now: other robots may come before it."""
        yield self.env.at(t, event, robot.index)
        self.mark(event, robot.index)

    def download(self, robot: Robot, network: Network) -> Generator[simpy.Event, Any, tuple[float, int]]:
        """Share a link until all bytes have arrived, or something else happens to the robot; returns when, and what."""
        arrival = network.join(robot)
        t, event = transition(self.plan, robot)
        yield arrival | self.env.at(t, event, robot.index)
        complete = event == STOPPED and network.is_complete(robot)
        if network.leave(robot):
            self.mark(event, robot.index)
            return t, PASSED if complete else event
        if not arrival.processed:
            yield arrival
        self.mark(PASSED, robot.index)
        return self.env.now, PASSED

    def count_bytes(self, robot: Robot, since: float, sent: float, rate: float, *, shared: bool) -> None:
        """Record the bytes that have flowed to a robot since an instant, when it had got `sent`; through a shared link at the mean rate."""
        if robot.bytes > sent and robot.t > since:
            self.log.flow(flow_row(robot, since, sent, rate, shared))

    def look_ahead(self, robot: Robot) -> Process:
        """Go through the phases as far as the verdict and wait for it only, as `follow` would, with a fifth of its events.

        Robots that share nothing meet no other on their way; only the job can end them before, and then `look_back` undoes what lay ahead.
        """
        plan, flows, latest = self.plan, [], 0
        while robot.phase != ENDED:
            since, sent, rate = robot.t, robot.bytes, robot.rate
            t, event = transition(plan, robot)
            latest = max(latest, event) if t == since else event
            advance(plan, robot, t, event)
            if robot.bytes > sent and t > since:
                flows.append(flow_row(robot, since, sent, rate, False))
        yield from self.wait(robot.t, latest, robot)
        for flow in flows:
            self.log.flow(flow)
        self.log.attempt(robot)

    def look_back(self, ahead: Robot) -> Robot:
        """Return a robot as it is at this moment, from what it was when its slot was granted: its draws are always the same."""
        plan, latest = self.plan, 0
        robot = new_robot(plan, self.initial, self.job_key, ahead.index)
        grant(plan, robot, ahead.granted)
        while True:
            since, sent, rate = robot.t, robot.bytes, robot.rate
            t, event = transition(plan, robot)
            latest = max(latest, event) if t == since else event
            if (t, latest, robot.index) > self.moment:
                return robot
            advance(plan, robot, t, event)
            self.count_bytes(robot, since, sent, rate, shared=False)

    def end_at_once(self, robot: Robot, cause: Any) -> None:
        """The job ends the robot now."""
        phase, since, sent, rate, shared = robot.phase, robot.t, robot.bytes, robot.rate, robot.sharing
        if self.network is not None and shared:
            self.network.leave(robot)
        cut(self.plan, robot, self.env.now, cause, self.moment < (self.env.now, PASSED, robot.index))
        self.count_bytes(robot, since, sent, rate, shared=shared)
        if phase < BACKOFF:
            self.log.attempt(robot)

    def install_late(self, robot: Robot) -> Process:
        """Let a robot whose timer has ended go on without a slot."""
        try:
            yield from self.follow(robot)
        except simpy.Interrupt as interrupt:
            self.end_at_once(robot, interrupt.cause)
        del self.late[robot.index]
        self.close(robot)

    def close(self, robot: Robot) -> None:
        settle_downtime(robot)
        self.log.robot(robot)

    def pause(self, robot: Robot) -> Process:
        """Queue again after the backoff."""
        yield self.env.at(robot.wake, PASSED, robot.index)
        self.mark(PASSED, robot.index)
        if self.returning.pop(robot.index, None) is not None:
            self.queue.put(robot)
            self.tell()

    # The job

    def judge(self, robot: Robot) -> None:
        """A slot is free: count the verdict, evaluate the threshold, see whether batch, stage or job are over."""
        job = self.job
        if not count_verdict(self.rules, job, robot.verdict, robot.ended_by, robot.returning):
            self.returning[robot.index] = robot
            self.env.process(self.pause(robot))
        elif stay_late(self.plan, robot, job.withdrawn):
            self.late[robot.index] = robot, self.env.process(self.install_late(robot))
        else:
            self.close(robot)
        if is_breached(self.rules, job, self.env.now):
            self.breach()
        if has_news(job):
            self.tell()

    def breach(self) -> None:
        """Too many robots have failed."""
        breach(self.job, self.env.now)
        self.stop(BREACH, abort=self.rules.aborts)

    def stop(self, cause: int, *, abort: bool) -> None:
        """Start no more robots and, on abort, end those in flight."""
        if self.job.cause < 0:
            for robot in [*self.returning.values(), *self.queue.started(), *self.upcoming]:
                if robot.attempt >= 0:
                    refuse_retry(robot, cause)
                    self.close(robot)
            self.returning.clear()
        stop(self.job, cause, abort, self.env.now)
        if abort:
            for process in [self.in_flight[index] for index in sorted(self.in_flight)]:
                process.interrupt(cause)
            for robot, process in [self.late[index] for index in sorted(self.late)]:
                if not is_installed(robot):
                    process.interrupt(cause)
        self.tell()

    def timer(self, t: float, order: int, cause: int) -> Process:
        """End the job at an instant, if it has not ended by then."""
        if t < float("inf"):
            yield self.env.at(t, order)
            while self.network is not None and self.network.finish_at_deadline():
                yield self.env.at(t, order)
            if is_open(self.job):
                self.mark(order)
                self.stop(cause, abort=True)

    def mark(self, order: int, index: int = 0) -> None:
        """Note how far this instant is; what is created in it joins it where it is, so it never goes back."""
        self.moment = max(self.moment, (self.env.now, order, index))

    def tell(self) -> None:
        """Wake a controller that waits for news."""
        news, self.news = self.news, self.env.event()
        news.succeed()
