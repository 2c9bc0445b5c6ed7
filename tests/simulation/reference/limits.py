"""Where there is room: every row is counted again from what has happened so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from rolloutsim.scenario.parts.limits import Limit
from tests.simulation.reference.processes import NEVER
from tests.simulation.reference.state import Robot


def by_group(row: Limit) -> bool:
    """Return whether a row may have room for some robots and none for others."""
    return row.every is None and row.plus is None and (row.per in ("site", "cohort") or bool(row.of) or "offline" in row.counts)


def covers(row: Limit, r: Robot) -> bool:
    """Return whether a row is about a robot."""
    return not row.of or r.cohort.name in row.of


def in_same_group(row: Limit, r: Robot, other: Robot) -> bool:
    """Return whether a row counts another robot among those of a robot."""
    if row.per == "site" and other.cohort.site != r.cohort.site:
        return False
    return covers(row, other) and (row.per != "cohort" or other.cohort is r.cohort)


def most_of(row: Limit, robots: int, rounding: str) -> int:
    """Return how many robots a row allows."""
    if not row.max.is_share:
        return row.max.value
    exact = Fraction(row.max.value, 10_000) * robots
    return max(1, {"floor": math.floor(exact), "ceil": math.ceil(exact), "half_up": math.floor(exact + Fraction(1, 2))}[rounding])


def rate_at(row: Limit, most: int, granted: int, succeeded: int) -> float:
    """Return the rate of a row after so many grants and successes."""
    if row.grow is None:
        return float(most)
    counted = {"granted": granted, "succeeded": succeeded, "either": max(granted, succeeded)}[row.grow.by]
    rate = float(most)
    for _ in range(counted // row.grow.each):
        rate = min(float(row.grow.to), rate * row.grow.factor)
    return min(float(row.grow.to), rate)


def opens(row: Limit, most: int, grants: Sequence[Any], succeeded: int, now: Any) -> Any:
    """Return the first instant from now on at which a row that limits a rate lets a robot start."""
    rate = rate_at(row, most, len(grants), succeeded)
    every = row.every if row.every is not None else NEVER
    if row.spread == "even":
        return max(now, grants[-1] + every / rate) if grants else now
    return next((t for t in sorted({now, *(g + every for g in grants if g + every > now)}) if fits(grants, every, rate, t)), now)


def fits(grants: Sequence[Any], every: float, rate: float, t: Any) -> bool:
    """Return whether the grants of the time before an instant are fewer than a rate."""
    return sum(g + every > t for g in grants) < int(rate)
