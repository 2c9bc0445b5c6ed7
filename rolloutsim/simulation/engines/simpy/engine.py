"""The SimPy model of one rollout.

There are three kinds of processes. The *controller* prepares the job and runs one stage after another (a job without stages is one
stage). It waits for a slot, chooses a robot and starts its process. When all robots of the stage have their verdict, the stage soaks, and
its gate decides whether the next one begins. A *robot's process* holds its slot and is a short loop: ask the model what happens next, wait
for it, apply it. It begins when the slot is granted, because a hundred thousand waiting processes would make every event slow. The
*timers* end the job: cancel and fleet timeout.

All decisions are in `rolloutsim.simulation.model`: `robot` and `events` decide what happens to a robot, `dispatch` how many robots start
together, `rules` what counts as failure, `job` what follows for the job. None of them imports SimPy.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Sequence
from typing import Any

import simpy

from rolloutsim.simulation.engines.simpy.clock import Clock, Slots
from rolloutsim.simulation.engines.simpy.groups import RobotGroups
from rolloutsim.simulation.engines.simpy.network import Network
from rolloutsim.simulation.engines.simpy.queue import Queue
from rolloutsim.simulation.fairshare.shared_links import Links
from rolloutsim.simulation.fairshare.sharing import make_sharing
from rolloutsim.simulation.model.deadlines import snap
from rolloutsim.simulation.model.dispatch import waits_for_batch
from rolloutsim.simulation.model.draws import draw_duration
from rolloutsim.simulation.model.events import advance, cut, grant, is_installed, settle_downtime, stay_late
from rolloutsim.simulation.model.initial_state import Fleet
from rolloutsim.simulation.model.job import (
    BREACH,
    CANCELED,
    SUCCEEDED,
    TIMED_OUT,
    Job,
    begin_batch,
    begin_stage,
    breach,
    count_latent,
    count_verdict,
    end,
    finish_preparing,
    gate_stops,
    has_news,
    is_breached,
    is_open,
    refuse_retry,
    start_robot,
    stop,
)
from rolloutsim.simulation.model.limits import note_grant, opens_at, stalled_by
from rolloutsim.simulation.model.model_tables import ModelTables
from rolloutsim.simulation.model.robot import BACKOFF, CANCEL, DOWNLOADING, ENDED, FLEET_TIMEOUT, GRANT, PASSED, Robot
from rolloutsim.simulation.model.rules import JobRules, failure_kind, is_awaited
from rolloutsim.simulation.model.transfers import carries, is_receiving, received
from rolloutsim.simulation.model.transitions import transition
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
    fleet
        The robots.
    log
        Where the records go.
    links
        What the robots share; None = nothing.

    Examples
    --------
    Every method is a process or a step of one, and a subclass may replace or extend it. This one prints when a robot holds its slot.

    >>> from rolloutsim.scenario import parse
    >>> from rolloutsim.simulation.replicate import Replicator
    >>> class Watched(SimpyEngine):
    ...     def deploy(self, robot):
    ...         print(f"{self.clock.now:g} s: robot {robot.index} gets a slot")
    ...         yield from super().deploy(robot)
    ...         print(f"{self.clock.now:g} s: robot {robot.index} is done")
    >>> scenario = parse('''
    ... fleet: [{cohort: dock, robots: 3}]
    ... application: {bundle: 1 MB, steps: {launching: {duration: 10 s}}}
    ... rules: {concurrency: 2 robots}
    ... ''')
    >>> columns, _ = Replicator(scenario, seed=1, simpy_engine=Watched).run(0)
    0 s: robot 0 gets a slot
    0 s: robot 1 gets a slot
    10 s: robot 0 is done
    10 s: robot 1 is done
    10 s: robot 2 gets a slot
    20 s: robot 2 is done
    >>> columns.job.status, columns.job.ended_s
    ('Succeeded', 20.0)
    """

    def __init__(
        self, plan: ModelTables, rules: JobRules, stages: Sequence[Sequence[int]], fleet: Fleet, log: Log, links: Links | None = None
    ) -> None:
        self.plan, self.rules, self.stages, self.fleet, self.log = plan, rules, stages, fleet, log
        self.clock = Clock()
        self.network = Network(self.clock, plan, links, log) if links is not None else None
        self.slots = Slots(self.clock, rules.concurrency)
        self.news = self.clock.event()  # something has changed for a controller that has no robot to start
        self.grants = [0.0] * rules.kept_grants  # when the last ones were
        self.groups = RobotGroups(plan, rules, fleet) if rules.grouped else None
        self.queue = self.line_up(())
        self.job = Job()
        log.connect(self.job, self.under_way)
        self.in_flight: dict[int, tuple[Robot, simpy.Process]] = {}
        self.late: dict[int, tuple[Robot, simpy.Process]] = {}
        self.upcoming: deque[Robot] = deque()  # robots that have been chosen to start together and have not started yet
        self.returning: dict[int, Robot] = {}  # robots that gave their slot back and pause before their next attempt
        self.clock.process(self.timer(rules.cancel_at, CANCEL, CANCELED))
        self.clock.process(self.timer(rules.fleet_timeout, FLEET_TIMEOUT, TIMED_OUT))
        self.clock.process(self.controller())

    def run(self) -> JobRecord:
        """Run the job to its terminal status, and late robots to the end of the observation."""
        self.clock.run()
        return job_record(self.job, self.fleet.release)

    # The controller

    def controller(self) -> Process:
        """Prepare the job, then deploy stage by stage."""
        job, plan, fleet = self.job, self.plan, self.fleet
        yield self.clock.at(snap(draw_duration(plan, fleet.job_key, fleet.release, 0, 0), plan.job_deadline), PASSED)
        if is_open(job):
            finish_preparing(plan, self.rules, job, fleet.job_key, fleet.release, self.clock.now)
        if not is_open(job):
            return
        if self.groups is not None:
            self.groups.begin(self.clock.now)
        for robots, gate in zip(self.stages, self.rules.gates, strict=True):
            if self.groups is not None:
                self.groups.enter_stage(robots)
            self.queue = self.line_up(robots)
            begin_stage(job, len(robots))
            yield from self.deploy_stage()
            if is_awaited(self.rules, gate) and job.cause < 0:
                yield self.clock.at(snap(self.clock.now + gate.soak, plan.job_deadline), self.rules.gate_order, -1)
            if job.cause < 0 and gate_stops(self.rules, gate, job):
                self.breach()
            if job.cause >= 0:
                return
        end(job, SUCCEEDED, -1, self.clock.now)

    def line_up(self, indices: Sequence[int]) -> Queue:
        """Return a queue of robots that have not been started."""
        if self.groups is not None:
            for index in indices:
                self.groups.lined_up[self.groups.lane_of[index]] += 1
        return Queue(self.plan, self.rules, self.fleet.robots(indices), len(indices), self.groups)

    def deploy_stage(self) -> Process:
        """Start the robots of the stage that are next whenever a slot is free and they need not wait for the last batch to end."""
        job, in_batches = self.job, waits_for_batch(self.rules)
        while job.stage_left and job.cause < 0:
            if not self.upcoming and (not self.queue.count or (in_batches and job.batch_left)):
                yield self.news
                continue
            yield self.slots.request()
            if job.cause >= 0:
                self.slots.free()
                return
            if self.rules.delays:
                opens = opens_at(self.rules, self.rules.limits, self.rules.opening, self.grants, job, self.clock.now)
                if self.is_stalled(opens):
                    self.slots.free()
                    self.breach()
                    return
                if opens > self.clock.now:
                    self.slots.free()
                    yield self.news_or(opens)
                    continue
            if not self.upcoming:
                self.upcoming.extend(self.queue.take(self.clock.now, job))
                if in_batches and self.upcoming:
                    begin_batch(job, len(self.upcoming))
            if self.upcoming:
                self.start(self.upcoming.popleft())
            else:
                self.slots.free()
                yield self.news_or(min(self.queue.next_up, self.groups.next_change) if self.groups is not None else self.queue.next_up)

    def is_stalled(self, opens: float) -> bool:
        """Return whether the robots in line can never start, where limits that are about all robots have room from an instant on."""
        job, waiting = self.job, len(self.upcoming) + self.queue.count
        if opens == math.inf:
            job.stopped_by = stalled_by(self.rules, self.rules.limits, job, waiting)
        if job.stopped_by < 0 and self.groups is not None:
            self.groups.follow(self.clock.now)
            job.stopped_by = self.groups.stalled_by(job, waiting)
        return job.stopped_by >= 0

    def news_or(self, t: float) -> simpy.Event:
        """Return the event after which robots may be started again: news, or an instant at which one comes online or limits have room."""
        return self.news | self.clock.at(t, GRANT) if t < math.inf else self.news

    def start(self, robot: Robot) -> None:
        """Begin a robot's process; it holds the slot that the controller got."""
        start_robot(self.job)
        if self.groups is not None:
            self.groups.start(robot)
        if self.rules.delays:
            note_grant(self.rules, self.grants, self.job, self.clock.now)
        self.in_flight[robot.index] = robot, self.clock.begin(self.deploy(robot))

    # The robots

    def deploy(self, robot: Robot) -> Process:
        """Deploy to one robot while holding a slot."""
        grant(self.plan, robot, self.clock.now)
        yield from self.follow(robot)
        self.slots.free()
        del self.in_flight[robot.index]
        self.log.hold(robot)
        self.judge(robot)

    def follow(self, robot: Robot) -> Process:
        """Run the robot's phases until it ends."""
        plan, network, at = self.plan, self.network, self.clock.at
        try:
            while robot.phase != ENDED:
                phase, since, sent, rate, reached = robot.phase, robot.t, robot.bytes, robot.rate, robot.reached
                shared = network is not None and carries(plan, robot)
                if network is not None and shared:
                    t, event = yield from network.transfer(robot)
                else:
                    t, event = transition(plan, robot)
                    yield at(t, event, robot.index)  # also if it happens now: other robots may come before it
                advance(plan, robot, t, event)
                if phase == DOWNLOADING:
                    self.count_bytes(robot, since, sent, rate, shared=shared)
                elif self.rules.counts_reached and reached < 0.0 <= robot.reached:
                    self.note_reached()
                if phase < BACKOFF <= robot.phase:
                    self.log.attempt(robot)
        except simpy.Interrupt as interrupt:
            self.end_at_once(robot, interrupt.cause)

    def note_reached(self) -> None:
        """Count a robot that was reached, for which limits may let more start."""
        self.job.reached += 1
        self.wake_controller()

    def count_bytes(self, robot: Robot, since: float, sent: float, rate: float, *, shared: bool) -> None:
        """Record the bytes that have flowed to a robot since an instant, when it had got `sent`; through a shared link at the mean rate."""
        if robot.bytes > sent and robot.t > since:
            self.log.flow(flow_row(robot, since, sent, rate, shared))

    def under_way(self) -> tuple[float, list[float]]:
        """Return what the log has to know of transfers under way: see `Log.connect`."""
        now, until, rows = self.clock.now, self.clock.now, list[float]()
        links = self.network.links if self.network is not None else make_sharing(0, ())
        for robot, _ in (*self.in_flight.values(), *self.late.values()):
            if robot.phase == DOWNLOADING and robot.t < now and is_receiving(robot):
                brought = received(links, robot, now)
                if robot.bytes + 0.5 * brought > robot.bytes:  # so that it will have a row
                    rows += robot.index, robot.t, math.inf, robot.rate
                else:
                    until = min(until, robot.t)
        return until, rows

    def end_at_once(self, robot: Robot, cause: Any) -> None:
        """End the robot now, for the job's reason."""
        phase, since, sent, rate, shared = robot.phase, robot.t, robot.bytes, robot.rate, robot.sharing
        if self.network is not None and shared:
            self.network.leave(robot)
        cut(self.plan, robot, self.clock.now, cause, self.clock.is_before(PASSED, robot.index))
        self.count_bytes(robot, since, sent, rate, shared=shared)
        if phase < BACKOFF:
            self.log.attempt(robot)

    def install_late(self, robot: Robot) -> Process:
        """Let a robot whose timer has ended go on without a slot."""
        stage, batch = self.job.stages, self.job.batches
        yield from self.follow(robot)
        del self.late[robot.index]
        self.close(robot)
        self.follow_success(robot, stage, batch)

    def close(self, robot: Robot) -> None:
        """Nothing more will happen to a robot."""
        settle_downtime(robot)
        self.log.robot(robot)

    def follow_success(self, robot: Robot, stage: int, batch: int) -> None:
        """Wait for the failure of a robot that has succeeded, if it fails and that counts; its verdict was in a stage and a batch."""
        if self.rules.follows and robot.regressed >= 0 and is_open(self.job):
            self.clock.begin(self.regress(robot, stage, batch))

    def regress(self, robot: Robot, stage: int, batch: int) -> Process:
        """Count the failure of a robot that has succeeded."""
        yield self.clock.at(robot.regressed, PASSED, robot.index)
        if is_open(self.job):
            count_latent(self.job, failure_kind(robot.verdict, robot.ended_by), stage, batch)
            if is_breached(self.rules, self.rules.stops, self.job, self.clock.now):
                self.breach()

    def pause(self, robot: Robot) -> Process:
        """Queue again after the backoff."""
        yield self.clock.at(robot.wake, PASSED, robot.index)
        if self.returning.pop(robot.index, None) is not None:
            self.queue.put(robot)
            self.wake_controller()

    # The job

    def judge(self, robot: Robot) -> None:
        """A slot is free: count the verdict, evaluate the threshold, see whether batch, stage or job are over."""
        job = self.job
        is_final = count_verdict(job, robot.verdict, robot.ended_by, robot.returning)
        if self.groups is not None:
            self.groups.end(robot, is_final=is_final)
        if not is_final:
            self.returning[robot.index] = robot
            self.clock.process(self.pause(robot))
        elif stay_late(self.plan, robot, job.withdrawn):
            self.late[robot.index] = robot, self.clock.process(self.install_late(robot))
        else:
            self.close(robot)
            self.follow_success(robot, job.stages, job.batches)
        if is_breached(self.rules, self.rules.stops, job, self.clock.now):
            self.breach()
        if has_news(self.rules, job):
            self.wake_controller()

    def breach(self) -> None:
        """Handle a breach."""
        self.stop(BREACH, abort=breach(self.rules, self.rules.stops, self.job, self.clock.now))

    def stop(self, cause: int, *, abort: bool) -> None:
        """Start no robot any more and, on abort, end all in flight."""
        if self.job.cause < 0:
            for robot in [*self.returning.values(), *self.queue.started(), *self.upcoming]:
                if robot.attempt >= 0:
                    refuse_retry(robot, cause)
                    self.close(robot)
            self.returning.clear()
        stop(self.job, cause, abort, self.clock.now)
        if abort:
            for _, process in [self.in_flight[index] for index in sorted(self.in_flight)]:
                process.interrupt(cause)
            for robot, process in [self.late[index] for index in sorted(self.late)]:
                if not is_installed(robot):
                    process.interrupt(cause)
        self.wake_controller()

    def timer(self, t: float, order: int, cause: int) -> Process:
        """End the job at an instant, if it has not ended by then."""
        if t < math.inf:
            yield self.clock.at(t, order)
            while self.network is not None and self.network.finish_at_deadline():
                yield self.clock.at(t, order)
            if is_open(self.job):
                self.stop(cause, abort=True)

    def wake_controller(self) -> None:
        """Wake a controller that waits for news."""
        news, self.news = self.news, self.clock.event()
        news.succeed()
