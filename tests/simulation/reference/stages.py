"""Which robots belong to which stage."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

from rolloutsim.scenario import Rules
from tests.simulation.reference.state import Robot


@dataclass
class Stage:
    """Robots in order of deployment, and what stands between them and the next stage."""

    robots: list[Robot]
    soak: float = 0.0
    max_failures: int | None = None
    max_failure_share: Decimal | None = None

    @property
    def has_gate(self) -> bool:
        return self.max_failures is not None or self.max_failure_share is not None

    def shuts(self, failures: int, completed: int) -> bool:
        """Return whether the gate stops the job."""
        if self.max_failures is not None:
            return failures > self.max_failures
        return self.max_failure_share is not None and failures > self.max_failure_share * completed


def split(rules: Rules, order: list[Robot]) -> list[Stage]:
    """Return the stages of all robots, given in order of deployment."""
    named = {name for stage in rules.stages for name in (*stage.cohorts, *stage.sites)}
    rest, taken = [r for r in order if r.cohort.name not in named and r.cohort.site not in named], 0
    stages: list[Stage] = []
    for said in rules.stages:
        if said.cohorts:
            robots = [r for r in order if r.cohort.name in said.cohorts]
        elif said.sites:
            robots = [r for r in order if r.cohort.site in said.sites]
        elif said.share is not None and said.of == "each site":
            robots = []
            for site in {r.cohort.site for r in order}:
                before = sum(r.cohort.site == site for stage in stages for r in stage.robots)
                size = sum(r.cohort.site == site for r in order)
                count = max(0, max(1, level(size, said.share, rules.rounding)) - before)
                robots += [r for r in rest if r.cohort.site == site][:count]
            robots.sort(key=order.index)
            rest = [r for r in rest if r not in robots]
        else:
            count = said.robots if said.share is None else max(1, level(len(order), said.share, rules.rounding) - taken)
            robots, rest = rest[:count], rest[count:]
        taken += len(robots)
        share = None if said.max_failure_share is None else Decimal(repr(said.max_failure_share))
        stages.append(Stage(robots, said.soak, said.max_failures, share))
    return [*stages, Stage(rest)] if rest else stages


def interleaved(order: list[Robot]) -> list[Robot]:
    """Return the first robots of all sites, then the second, and so on."""
    sites: dict[str | None, list[Robot]] = {}
    for r in order:
        sites.setdefault(r.cohort.site, []).append(r)
    return [r for turn in zip_longest(*sites.values()) for r in turn if r is not None]


def level(n: int, share: float, rounding: str) -> int:
    """Return how many of n robots a share is, of the decimal number in the file."""
    exact = n * Decimal(repr(share))
    return {"floor": math.floor(exact), "ceil": math.ceil(exact), "half_up": math.floor(exact + Decimal("0.5"))}[rounding]
