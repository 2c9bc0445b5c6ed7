"""How many robots each stage of a scenario takes, in exact arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from rolloutsim.scenario.sections import Sections

__all__ = ["Slice", "claimed", "level_of_share", "slices", "stage_sizes"]


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
    """

    size: int
    left: int
    taken: int


def claimed(scenario: Sections) -> frozenset[str]:
    """Return the names of the cohorts that stages name: their robots belong to these stages alone."""
    return frozenset(name for stage in scenario.rules.stages for name in stage.cohorts)


def slices(scenario: Sections) -> Iterator[Slice]:
    """Yield what each of the stages listed takes; of a stage that takes too much, `size` is above `left`."""
    sizes = {cohort.name: cohort.robots for cohort in scenario.fleet}
    named = claimed(scenario)
    left = sum(size for name, size in sizes.items() if name not in named)
    taken = 0
    for stage in scenario.rules.stages:
        if stage.cohorts:
            size = sum(sizes[name] for name in stage.cohorts)
            yield Slice(size, size, taken)
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
