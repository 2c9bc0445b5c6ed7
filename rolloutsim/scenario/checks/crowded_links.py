"""Sites whose link cannot carry the bundle to the robots that download at once before their timers end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from rolloutsim.errors import Problem
from rolloutsim.formatting import duration
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.connectivity import Never
from rolloutsim.scenario.parts.rules import concurrency_limit

__all__ = ["CrowdedLink", "crowded_links", "crowded_sites"]


class CrowdedLink(NamedTuple):
    """A link that is too thin for the robots that download at once.

    Attributes
    ----------
    site
        Whose it is.
    at_once
        How many robots may download at once.
    takes
        For how long (s), if they do.
    timeout
        How long each of them has (s).
    """

    site: str
    at_once: int
    takes: float
    timeout: float


def crowded_sites(scenario: Scenario) -> Iterator[CrowdedLink]:
    """Yield the sites at which all downloads of a first round take longer than a robot's timer."""
    sites = {} if scenario.network is None else scenario.network.sites
    slots = _slots(scenario)
    if slots is None or scenario.rules.limits or scenario.rules.stages:
        return
    for name, site in sites.items():
        here = [cohort for cohort in scenario.fleet if cohort.site == name and not isinstance(cohort.connectivity, Never)]
        robots = sum(cohort.robots for cohort in here)
        if site.downlink is None or robots == 0:
            continue
        at_once = min(robots, slots if _together(scenario) else math.ceil(slots * robots / scenario.robots))
        takes = 8 * at_once * min(scenario.bundle_size(cohort) or 0.0 for cohort in here) / site.downlink
        if takes > scenario.robot_timeout:
            yield CrowdedLink(name, at_once, takes, scenario.robot_timeout)


def crowded_links(scenario: Scenario) -> Iterator[Problem]:
    """Yield a warning for each site at which all downloads of a first round take longer than a robot's timer."""
    for site, at_once, takes, timeout in crowded_sites(scenario):
        why = f"{at_once:,} robots may download at once, in {duration(takes)}; their timers end after {duration(timeout)}"
        involved = (("deployment",), ("rules",), ("fleet",), ("application", "bundle"))
        yield Problem(
            "slow-download",
            ("network", "sites", site, "downlink"),
            why,
            "take fewer at once, or a longer robot_timeout",
            "warning",
            involves=involved,
        )


def _together(scenario: Scenario) -> bool:
    """Return whether the robots of a site follow one another."""
    return scenario.rules.order in ("listed", "priority")


def _slots(scenario: Scenario) -> int | None:
    """Return how many robots may be deployed at once, None if all may."""
    percentage = scenario.deployment.concurrent_percentage
    if scenario.rules.concurrency is not None:
        return scenario.rules.concurrency
    return scenario.robots if percentage is None else concurrency_limit(scenario.robots, percentage, scenario.rules.rounding)
