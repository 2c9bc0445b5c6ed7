"""How many robots each stage of a scenario takes, in exact arithmetic."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from rolloutsim.scenario.parts.stages import Stage
from rolloutsim.scenario.sections import Sections

__all__ = ["Slice", "claimed", "level_of_share", "members", "slices", "stage_sizes"]


def level_of_share(n: int, share: float, rounding: str = "floor") -> int:
    """Return how many of n robots a share is: at least 1, in exact arithmetic of the decimal number in the file.

    Examples
    --------
    >>> level_of_share(100, 0.29), level_of_share(10, 0.01)
    (29, 1)
    >>> [level_of_share(10, 0.25, rounding) for rounding in ("floor", "ceil", "half_up")]
    [2, 3, 3]
    """
    exact = n * Fraction(repr(share))
    rounded = {"floor": math.floor(exact), "ceil": math.ceil(exact), "half_up": math.floor(exact + Fraction(1, 2))}[rounding]
    return max(1, rounded)


class Slice(NamedTuple):
    """What a stage takes of the fleet.

    Attributes
    ----------
    size
        Its robots.
    left
        How many it could have taken.
    taken
        How many the stages before have.
    of_sites
        How many of each site, None for robots without one; empty unless the stage is a share of each site.
    """

    size: int
    left: int
    taken: int
    of_sites: Mapping[str | None, int] = {}


def members(scenario: Sections, stage: Stage) -> tuple[str, ...]:
    """Return the names of the cohorts whose robots all belong to a stage: those that it names, or those at the sites that it names."""
    return stage.cohorts or tuple(cohort.name for cohort in scenario.fleet if cohort.site in stage.sites)


def claimed(scenario: Sections) -> frozenset[str]:
    """Return the names of the cohorts that belong to stages as a whole: their robots are in no other stage."""
    return frozenset(name for stage in scenario.rules.stages for name in members(scenario, stage))


class _Sites:
    """How many robots of each site stages have so far, as far as they are shares of each site."""

    def __init__(self, scenario: Sections) -> None:
        named = claimed(scenario)
        self._rounding = scenario.rules.rounding
        self._sizes: Counter[str | None] = Counter()
        self._left: Counter[str | None] = Counter()
        for cohort in scenario.fleet:
            self._sizes[cohort.site] += cohort.robots
            self._left[cohort.site] += 0 if cohort.name in named else cohort.robots
        self._sites_of = {cohort.name: (cohort.site, cohort.robots) for cohort in scenario.fleet}
        self._taken: Counter[str | None] = Counter()

    def add(self, cohorts: tuple[str, ...]) -> None:
        """Count cohorts that belong to a stage as a whole."""
        for site, robots in map(self._sites_of.__getitem__, cohorts):
            self._taken[site] += robots

    def take(self, share: float) -> dict[str | None, int]:
        """Take robots of each site up to a share of it, as far as they are in no other stage; return how many of each."""
        out = {}
        for site, size in self._sizes.items():
            wanted = level_of_share(size, share, self._rounding) - self._taken[site]
            out[site] = min(max(0, wanted), self._left[site])
            self._left[site] -= out[site]
            self._taken[site] += out[site]
        return out


def slices(scenario: Sections) -> Iterator[Slice]:
    """Yield what each of the stages listed takes; of a stage that takes too much, `size` is above `left`."""
    sizes = {cohort.name: cohort.robots for cohort in scenario.fleet}
    named = claimed(scenario)
    sites = _Sites(scenario)
    left = sum(size for name, size in sizes.items() if name not in named)
    taken = 0
    for stage in scenario.rules.stages:
        if cohorts := members(scenario, stage):
            sites.add(cohorts)
            size = sum(sizes[name] for name in cohorts)
            yield Slice(size, size, taken)
        elif stage.share is not None and stage.of is not None:
            of_sites = sites.take(stage.share)
            size = sum(of_sites.values())
            yield Slice(size, left, taken, of_sites)
            left -= size
        else:
            if stage.share is not None:
                size = max(1, level_of_share(scenario.robots, stage.share, scenario.rules.rounding) - taken)
            else:
                size = stage.robots or 0
            yield Slice(size, left, taken)
            left -= size
        taken += size


def stage_sizes(scenario: Sections) -> tuple[int, ...]:
    """Return the number of robots of each stage, the last implicit one included; empty without stages.

    Examples
    --------
    >>> from rolloutsim.scenario import parse
    >>> scenario = parse('''
    ... fleet: [{cohort: canary, robots: 5}, {cohort: dock, robots: 195}]
    ... application: {bundle: 1 MB}
    ... rules: {stages: [{cohorts: [canary]}, {share: 10 %}]}
    ... ''')
    >>> stage_sizes(scenario)
    (5, 15, 180)
    """
    listed = tuple(part.size for part in slices(scenario))
    rest = scenario.robots - sum(listed)
    return (*listed, rest) if listed and rest else listed
