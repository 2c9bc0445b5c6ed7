"""One replicate: everything that can happen next, the first of it again and again."""

from __future__ import annotations

import math

from rolloutsim.randomness import child_key, uniform
from rolloutsim.scenario import Always, Cohort, Never, ReadyProbability, Renewal, Scenario
from rolloutsim.simulation import causes
from tests.simulation.reference.job import Jobs
from tests.simulation.reference.processes import NEVER, Spells, draw
from tests.simulation.reference.state import Job, Robot

LINK, COMPLETION, DEADLINE, RECHECK, CANCEL, FLEET_TIMEOUT, GRANT = range(7)


class Reference(Jobs):
    """One replicate."""

    def __init__(self, scenario: Scenario, seed: int, replicate: int) -> None:
        super().__init__(scenario, seed, replicate)
        for cohort in scenario.fleet:
            cohort_key = self.key("cohort:" + cohort.name)
            for number in range(cohort.robots):
                self.robots.append(self.make_robot(cohort, cohort_key, child_key(cohort_key, number)))
        self.queue = list(self.robots)
        if self.rules.order == "shuffled":
            self.queue.sort(key=lambda r: uniform(r.key, causes.ORDER, 0))
        elif self.rules.order == "priority":
            self.queue.sort(key=lambda r: r.cohort.priority)
        self.slots = self.concurrency()
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
