"""Words for the values of a scenario."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from rolloutsim.distributions import Constant, Distribution, Empirical, Shifted, Truncated
from rolloutsim.scenario.parts.steps import Chance
from rolloutsim.scenario.reading.quantities import NUMBER, TIME, Dimension, duration_in_words

__all__ = [
    "Line",
    "Mark",
    "chance_in_words",
    "distribution_in_words",
    "duration_in_words",
    "quantity_in_words",
    "share_in_words",
]

#: The source of a line: the file, this program, this program where RoboMaker is silent, or arithmetic.
Mark = Literal["given", "default", "assumption", "derived", "warning", "note"]


@dataclass(frozen=True)
class Line:
    """One statement.

    Attributes
    ----------
    text
        What is so.
    mark
        Its source; ``assumption``: RoboMaker does not document it.
    alternatives
        What could be written instead.
    depth
        How far it belongs under the line before, 0 or 1.
    """

    text: str
    mark: Mark
    alternatives: str = ""
    depth: int = 0

    def __str__(self) -> str:
        said = f"assumption: RoboMaker does not document this; otherwise {self.alternatives}" if self.mark == "assumption" else self.mark
        return f"{'  ' * self.depth}{self.text} [{said}]"


def quantity_in_words(value: float, dimension: Dimension) -> str:
    """Return a quantity in a handy unit.

    Examples
    --------
    >>> from rolloutsim.scenario.reading.quantities import RATE, SIZE
    >>> quantity_in_words(3.5e8, SIZE), quantity_in_words(1.6e7, RATE), quantity_in_words(90.0, TIME)
    ('350 MB', '16 Mbit/s', '90 s')
    """
    if dimension is TIME:
        return duration_in_words(value)
    if dimension is NUMBER or not math.isfinite(value):
        return f"{value:.3g}"
    for prefix, factor in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= factor and f"{prefix}{dimension.unit}" in dimension.units:
            return f"{value / factor:.4g} {prefix}{dimension.unit}"
    return f"{value:.4g} {dimension.unit}"


def share_in_words(share: float) -> str:
    """Return a probability as a percentage.

    Examples
    --------
    >>> share_in_words(0.05), share_in_words(0.001), share_in_words(0.9471), share_in_words(0.9999)
    ('5 %', '0.1 %', '94.7 %', '99.99 %')
    """
    percent = 100 * share
    digits = 3 if percent <= 99.9 else 5
    return f"{percent:.{digits}g} %"


def distribution_in_words(distribution: Distribution, dimension: Dimension = TIME) -> str:
    """Return a distribution as its name, its mean and the middle 90 %.

    Examples
    --------
    >>> from rolloutsim.distributions import Exponential
    >>> distribution_in_words(Exponential(1200.0))
    'exponential (mean 20 min, 90 % from 61.6 s to 59.9 min)'
    """
    if distribution.is_constant:
        return quantity_in_words(distribution.support()[0], dimension)
    mean = distribution.mean()
    average = f"mean {quantity_in_words(mean, dimension)}" if math.isfinite(mean) else "no finite mean"
    low, high = (quantity_in_words(distribution.ppf(u), dimension) for u in (0.05, 0.95))
    return f"{_name(distribution)} ({average}, 90 % from {low} to {high})"


def _name(distribution: Distribution) -> str:
    name = type(distribution).__name__.lower()
    if isinstance(distribution, Truncated | Shifted):
        return f"{name} {_name(distribution.of)}"
    return f"{len(distribution.values):,} samples" if isinstance(distribution, Empirical) else name


def chance_in_words(chance: Chance) -> str:
    """Return a failure's probability and what shares it.

    Examples
    --------
    >>> chance_in_words(Chance(0.01)), chance_in_words(Chance(0.001, coin="job"))
    ('with probability 1 %', 'with probability 0.1 %, one coin for the whole job')
    """
    shared = {"job": "the whole job", "cohort": "each cohort", "robot": "each robot"}
    if isinstance(chance.probability, Distribution) and not isinstance(chance.probability, Constant):
        low, high = (share_in_words(chance.probability.ppf(u)) for u in (0.05, 0.95))
        text = f"with a probability drawn once for {shared[chance.drawn]}, mean {share_in_words(chance.mean)}, 90 % from {low} to {high}"
    else:
        text = f"with probability {share_in_words(chance.mean)}"
    return text if chance.coin == "robot" else f"{text}, one coin for {shared[chance.coin]}"
