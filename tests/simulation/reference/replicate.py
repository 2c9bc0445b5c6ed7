"""One replicate: everything that can happen next, the first of it again and again."""

from __future__ import annotations

import math
from collections.abc import Callable

from rolloutsim.randomness import child_key, uniform
from rolloutsim.scenario import Always, Cohort, Connectivity, Never, ReadyProbability, Renewal, Scenario, Schedule, Trace
from rolloutsim.simulation.model import causes
from tests.simulation.reference.calendar import Calendar
from tests.simulation.reference.job import Jobs
from tests.simulation.reference.network import Network
from tests.simulation.reference.processes import NEVER, Layers, Process, Spells, draw
from tests.simulation.reference.recording import Recording
from tests.simulation.reference.stages import interleaved, split
from tests.simulation.reference.state import Job, Robot

ORIGIN = -1
AFTER_ROBOTS = 1 << 40
LINK, COMPLETION, DEADLINE, RECHECK, CANCEL, FLEET_TIMEOUT, GRANT = range(7)


class Reference(Jobs):
    """One replicate."""

    def __init__(self, scenario: Scenario, seed: int, replicate: int, number: Callable[[float], float] = float) -> None:
        super().__init__(scenario, seed, replicate, number)
        self.network = Network(scenario)
        sends = None if scenario.network is None else scenario.network.origin_connectivity
        self.origin = Layers([self.make_process(sends or Always(), self.job_key, causes.ORIGIN)])
        if self.rules.admit is not None:
            self.starts = self.make_calendar(self.rules.admit.schedule, self.job_key, causes.LINK)
        for cohort in scenario.fleet:
            cohort_key = self.key("cohort:" + cohort.name)
            for number in range(cohort.robots):
                self.robots.append(self.make_robot(cohort, cohort_key, number))
        order = list(self.robots)
        if self.rules.order == "shuffled":
            order.sort(key=lambda r: uniform(r.key, causes.ORDER, 0))
        elif self.rules.order == "priority":
            order.sort(key=lambda r: r.cohort.priority)
        elif self.rules.order == "interleaved":
            order = interleaved(order)
        self.stages = split(self.rules, order)
        self.slots = self.concurrency()
        self.prepared = self.number(draw(self.steps(scenario.fleet[0])["preparing"].duration, self.job_key, causes.DURATION))

    def make_robot(self, cohort: Cohort, cohort_key: int, place: int) -> Robot:
        key = child_key(cohort_key, place)
        ready = self.steps(cohort)["condition"].ready
        idle: Process
        if isinstance(ready, ReadyProbability):
            idle = Spells(key, causes.BUSY, None, None, "up")
        elif isinstance(ready, Schedule):
            idle = self.make_calendar(ready, key, causes.BUSY)
        else:
            idle = Spells(key, causes.BUSY, ready.idle, ready.busy, "equilibrium")
        recorded, rate = None, math.inf
        changes = self.changes(cohort)
        link = cohort.link if changes is None or changes.link is None else changes.link
        if link is not None and link.trace is not None:
            recorded = Recording(link.trace, key, causes.RATES, self.rules.start, place)
        elif link is not None and link.rate is not None:
            rate = draw(link.rate, key, causes.RATE) / 8
        size = self.scenario.bundle_size(cohort)
        r = Robot(len(self.robots), cohort, key, cohort_key, self.make_link(cohort, key, place), idle, rate, recorded, size)
        followed = self.make_link(cohort, key, place)
        while not followed.on and followed.change <= self.rules.observe:
            followed.turn()
        r.reachable = followed.on
        r.shares = bool(self.network.links(r))
        return r

    def make_link(self, cohort: Cohort, key: int, place: int) -> Layers:
        connectivity, changes = cohort.connectivity, self.changes(cohort)
        if changes is not None and changes.connectivity is not None and not isinstance(connectivity, Never):
            connectivity = changes.connectivity
        own = self.make_process(connectivity, key, causes.LINK, place)
        sites = {} if self.scenario.network is None else self.scenario.network.sites
        outages = sites[cohort.site].outages if cohort.site in sites else None
        if outages is None:
            return Layers([own])
        return Layers([own, Spells(self.key("site:" + str(cohort.site)), causes.SITE, outages.up, outages.down, "equilibrium")])

    def make_process(self, connectivity: Connectivity, key: int, cause: int, place: int = 0) -> Process:
        if isinstance(connectivity, Renewal):
            return Spells(key, cause, connectivity.up, connectivity.down, connectivity.start)
        if isinstance(connectivity, Schedule):
            return self.make_calendar(connectivity, key, cause)
        if isinstance(connectivity, Trace):
            return Recording(connectivity, key, cause, self.rules.start, place)
        return Spells(key, cause, None, None, "up" if isinstance(connectivity, Always) else "down")

    def make_calendar(self, schedule: Schedule, key: int, cause: int) -> Calendar:
        late = 0.0 if schedule.jitter is None else draw(schedule.jitter, key, cause + 1)
        assert self.rules.start is not None
        return Calendar(schedule, self.rules.start, late, max(self.rules.observe, self.rules.fleet_timeout))

    def run(self) -> Job:
        """Let everything happen, one thing after the other."""
        while True:
            events = self.events()
            if not events:
                break
            when, kind, index = min(events)
            self.pass_time(when)
            if kind == CANCEL:
                self.end_by_job("cancel")
            elif kind == FLEET_TIMEOUT:
                self.end_by_job("fleet_timeout")
            elif kind == GRANT:
                self.grant()
            elif kind == COMPLETION and index < 0 and self.job.status == "Preparing":
                self.end_of_preparing()
            elif index in (-1, AFTER_ROBOTS) and kind != LINK:
                self.gate()
            elif kind == LINK and index == ORIGIN:
                self.origin.turn()
                for r in self.sending():
                    if r.link.change <= self.now:  # what it loses at this instant it does not have at it
                        self.link_change(r)
                    if r.sending is not None:
                        self.settle_bytes(r)
                        self.transmit(r)
            elif kind == LINK:
                self.link_change(self.robots[index])
            elif kind == COMPLETION and self.robots[index].relapses == when:
                self.relapse(self.robots[index])
            elif kind == COMPLETION:
                self.completion(self.robots[index])
            elif kind == DEADLINE:
                self.at_deadline(self.robots[index])
            elif kind == RECHECK:
                self.robots[index].recheck = NEVER
                self.enter(self.robots[index], "condition")
            self.end_if_over()
            self.share()
        for r in self.robots:
            self.settle_downtime(r)
        if not math.isnan(self.job.breached):
            self.job.overshoot = float(self.failures_of(self.stop_kinds) - self.failures_at_breach)
        if self.network.capacities:
            most = max(sent / float(self.network.capacities[number]) for number, sent in self.network.sent.items())
            self.job.utilisation_mean = most / self.job.complete if self.job.complete > 0 else 0.0
            self.job.utilisation_peak, self.job.saturated = self.network.peak, self.network.saturated
        return self.job

    def sending(self) -> list[Robot]:
        """Return the robots to which bytes flow from now on."""
        return [r for r in self.robots if r.sending is not None and r.wakes > self.now]

    def share(self) -> None:
        """Compute all rates of bytes that flow over a shared link again."""
        robots = [r for r in self.sending() if r.shares]
        rates = self.network.rates(robots) if self.origin.on else dict.fromkeys((r.index for r in robots), 0.0)
        for r in robots:
            if rates[r.index] != r.flow:
                self.settle_bytes(r)
                r.sending, r.flow = self.now, rates[r.index]
                r.wakes = self.now + r.left / r.flow if r.flow > 0 else NEVER

    def pass_time(self, until: float) -> None:
        """Keep account of an interval in which nothing happens."""
        for r in self.robots:
            if r.holds_slot:
                r.slot_s += until - self.now
                r.offline_s += 0.0 if r.link.on else until - self.now
        if until > self.now:
            flowing = [r for r in self.sending() if r.flow > 0]
            self.job.peak_rate = max(self.job.peak_rate, sum(r.flow for r in flowing))
            self.job.peak_downloads = max(self.job.peak_downloads, len(flowing))
            self.network.use(flowing, until - self.now, over=self.over)
        self.now = until

    def events(self) -> list[tuple[float, int, int]]:
        """Return everything that can happen next."""
        events = [(self.origin.change, LINK, ORIGIN)] if self.sending() else []
        for r in self.robots:
            own = [(r.wakes, COMPLETION), (r.relapses, COMPLETION), (r.deadline, DEADLINE), (r.recheck, RECHECK)]
            if r.late or not self.over:
                own.append((r.link.change, LINK))
            if r.recorded is not None and r.sending is not None:
                own.append((r.recorded.change, LINK))
            events += [(t, kind, r.index) for t, kind in own]
        if not self.over:
            events.append((self.number(self.rules.cancel_at), CANCEL, 0))
            events.append((self.number(self.rules.fleet_timeout), FLEET_TIMEOUT, 0))
            if self.job.status == "Preparing":
                events.append((self.prepared, COMPLETION, -1))
            elif self.soak_ends < NEVER:
                events.append((self.soak_ends, RECHECK, AFTER_ROBOTS) if self.is_watched else (self.soak_ends, COMPLETION, -1))
            else:
                events.append((self.next_grant(), GRANT, 0))
        return [event for event in events if event[0] < NEVER]
