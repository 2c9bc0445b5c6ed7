"""Statistical tests that know their power: each states what it can detect and refuses a sample too small to detect it.

A test gives a false alarm with probability `FALSE_ALARM` over the choice of a seed (seeds are fixed, so a test that passes will pass) and
misses a model that is off by `shift` with probability at most `MISS`.

What each test found is noted for the page on validation, if `tests.validation` asks for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from tests.validation import note

__all__ = ["FALSE_ALARM", "MISS", "assert_distribution", "assert_mean", "assert_proportion"]

Array = np.ndarray[Any, Any]

FALSE_ALARM = 1e-6
MISS = 1e-3
Z_ALARM = float(stats.norm.isf(FALSE_ALARM / 2))
Z_MISS = float(stats.norm.isf(MISS))


def require(n: int, needed: float) -> None:
    """Refuse a sample that could not detect the shift."""
    if n < needed:
        raise ValueError(f"a sample of {n} is too small to detect this shift: {math.ceil(needed)} are needed")


def assert_mean(values: Array, expected: float, sd: float, shift: float) -> None:
    """Check a mean, with the standard deviation of one value by theory; `shift` is in units of the values."""
    require(len(values), ((Z_ALARM + Z_MISS) * sd / shift) ** 2)
    error = sd / math.sqrt(len(values))
    bound = Z_ALARM * error
    assert abs(float(np.mean(values)) - expected) <= bound, f"mean {np.mean(values):.6g}, not {expected:.6g} +- {bound:.2g}"
    note("mean", len(values), expected, float(np.mean(values)), error)


def assert_proportion(hits: Array, expected: float, shift: float) -> None:
    """Check a share of independent yes and no by the exact binomial test; `shift` is absolute."""
    n, worst = len(hits), min(0.5, expected + shift)
    require(n, ((Z_ALARM * math.sqrt(expected * (1 - expected)) + Z_MISS * math.sqrt(worst * (1 - worst))) / shift) ** 2)
    test = stats.binomtest(int(np.sum(hits)), n, expected)
    assert test.pvalue > FALSE_ALARM, f"share {np.mean(hits):.5f} of {n}, not {expected:.5f}"
    note("share", n, expected, float(np.mean(hits)), math.sqrt(expected * (1 - expected) / n))


def assert_distribution(values: Array, cdf: Callable[[Array], Array], shift: float) -> None:
    """Check a continuous distribution by Kolmogorov and Smirnov; `shift` is the largest distance between distribution functions.

    Both error rates by the inequality of Dvoretzky, Kiefer, Wolfowitz and Massart.
    """
    alarm, miss = math.sqrt(math.log(2 / FALSE_ALARM) / 2), math.sqrt(math.log(1 / MISS) / 2)
    n = len(values)
    require(n, ((alarm + miss) / shift) ** 2)
    ordered = cdf(np.sort(values))
    distance = max(float(np.max(np.arange(1, n + 1) / n - ordered)), float(np.max(ordered - np.arange(n) / n)))
    assert distance <= alarm / math.sqrt(n), f"distance {distance:.4f} > {alarm / math.sqrt(n):.4f}"
    # The distance of a true sample is of this size: Kolmogorov's distribution has the standard deviation 0.26 / sqrt(n).
    note("distance", n, math.sqrt(math.pi / 2) * math.log(2) / math.sqrt(n), distance, 0.26033 / math.sqrt(n))
