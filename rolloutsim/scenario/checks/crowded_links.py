"""Sites whose link cannot carry the bundle to the robots that download at once before their timers end."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rolloutsim.errors import Problem
from rolloutsim.formatting import duration
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.connectivity import Never
from rolloutsim.scenario.parts.rules import concurrency_limit

__all__ = ["crowded_links"]


def crowded_links(scenario: Scenario) -> Iterator[Problem]:
    """Yield a warning for each site at which all downloads of a first round take longer than a robot's timer."""
    sites = {} if scenario.network is None else scenario.network.sites
    timeout = scenario.rules.robot_timeout or scenario.deployment.robot_timeout
    slots = _slots(scenario)
    if slots is None or scenario.rules.limits or scenario.rules.stages:
        return
    for name, site in sites.items():
        here = [cohort for cohort in scenario.fleet if cohort.site == name and not isinstance(cohort.connectivity, Never)]
        robots = sum(cohort.robots for cohort in here)
        if site.downlink is None or robots == 0:
            continue
        together = scenario.rules.order in ("listed", "priority")
        at_once = min(robots, slots if together else math.ceil(slots * robots / scenario.robots))
        takes = 8 * at_once * min(scenario.bundle_size(cohort) or 0.0 for cohort in here) / site.downlink
        if takes > timeout:
            why = f"{at_once:,} robots may download at once, in {duration(takes)}; their timers end after {duration(timeout)}"
            others = "fewer at once, a longer robot_timeout" + (", or rules.order: interleaved" if together else "")
            involved = (("deployment",), ("rules",), ("fleet",), ("application", "bundle"))
            yield Problem("slow-download", ("network", "sites", name, "downlink"), why, f"take {others}", "warning", involves=involved)


def _slots(scenario: Scenario) -> int | None:
    """Return how many robots may be deployed at once, None if all may."""
    percentage = scenario.deployment.concurrent_percentage
    if scenario.rules.concurrency is not None:
        return scenario.rules.concurrency
    return scenario.robots if percentage is None else concurrency_limit(scenario.robots, percentage, scenario.rules.rounding)
