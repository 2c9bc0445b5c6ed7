"""How many robots a share of a site is: whole numbers that add up, by largest remainder."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from rolloutsim.scenario.parts.amounts import PERCENT, parse_probability

__all__ = ["REST", "apportion", "is_share", "parse_share"]

#: What the other cohorts of a site leave.
REST = "rest"


def is_share(raw: Any) -> bool:
    """Return whether plain data are a percentage."""
    return isinstance(raw, str) and re.fullmatch(PERCENT["pattern"], raw) is not None


def parse_share(raw: Any) -> Fraction | None:
    """Return the share that a percentage is, exactly as it is written, or None if it is no percentage.

    Raises
    ------
    ProblemError
        It does not lie between 0 % and 100 %.

    Examples
    --------
    >>> parse_share("33.3 %"), parse_share(50)
    (Fraction(333, 1000), None)
    """
    if not is_share(raw):
        return None
    parse_probability(raw)
    return Fraction(raw.replace("%", "").strip()) / 100


def apportion(quotas: Sequence[Fraction]) -> list[int]:
    """Return whole numbers with the same sum as some quotas, each rounded down or up: those with the largest remainders up.

    Parameters
    ----------
    quotas
        From 0 on; their sum is a whole number. Of equal remainders, the first is rounded up first.

    Examples
    --------
    >>> apportion([Fraction(8), Fraction(3, 2), Fraction(1, 2)])
    [8, 2, 0]
    """
    counts = [math.floor(quota) for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda number: counts[number] - quotas[number])
    for number in by_remainder[: int(sum(quotas)) - sum(counts)]:
        counts[number] += 1
    return counts
