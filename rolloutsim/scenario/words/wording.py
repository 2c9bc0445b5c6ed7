"""Words for the values of a scenario."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from rolloutsim.distributions import Distribution, Empirical, Shifted, Truncated
from rolloutsim.formatting import duration, percent, quantity
from rolloutsim.scenario.parts.changing import Changing
from rolloutsim.scenario.parts.steps import Chance
from rolloutsim.scenario.reading.quantities import TIME, Dimension

__all__ = ["Line", "Mark", "alike", "chance_in_words", "distribution_in_words"]

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)

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
    brief
        A few words for it, which stand for a default or an assumption where space is short; empty: the line cannot be shorter.
    """

    text: str
    mark: Mark
    alternatives: str = ""
    depth: int = 0
    brief: str = ""

    def __str__(self) -> str:
        said = f"assumption: RoboMaker does not document this; otherwise {self.alternatives}" if self.mark == "assumption" else self.mark
        return f"{'  ' * self.depth}{self.text} [{said}]"


def alike(items: Iterable[Item], key: Callable[[Item], Key]) -> list[tuple[Key, list[Item]]]:
    """Return the items of each key together, in the order of the first ones.

    Examples
    --------
    >>> alike(["berlin", "paris", "bonn"], lambda name: name[0])
    [('b', ['berlin', 'bonn']), ('p', ['paris'])]
    """
    found: dict[Key, list[Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return list(found.items())


def distribution_in_words(distribution: Distribution, dimension: Dimension = TIME) -> str:
    """Return a distribution as its name, its mean and the middle 90 %.

    Examples
    --------
    >>> from rolloutsim.distributions import Exponential
    >>> distribution_in_words(Exponential(1200.0))
    'exponential (mean 20 min, 90 % from 61.6 s to 59.9 min)'
    """
    if distribution.is_constant:
        return quantity(distribution.support()[0], dimension.unit, digits=4)  # as it was given
    mean = distribution.mean()
    average = f"mean {quantity(mean, dimension.unit)}" if math.isfinite(mean) else "no finite mean"
    low, high = (quantity(distribution.ppf(u), dimension.unit) for u in (0.05, 0.95))
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
    shared = {"job": "the whole job", "site": "each site", "class": "each class", "cohort": "each cohort", "robot": "each robot"}
    if isinstance(chance.probability, Distribution):
        low, high = (percent(chance.probability.ppf(u)) for u in (0.05, 0.95))
        mean = percent(chance.probability.mean())
        text = f"with a probability drawn once for {shared[chance.drawn]}, mean {mean}, 90 % from {low} to {high}"
    elif isinstance(chance.probability, Changing):
        first, *later = zip(chance.probability.times, chance.probability.values, strict=True)
        text = f"with probability {percent(first[1])}" + "".join(f", {percent(value)} from {duration(t)} on" for t, value in later)
    else:
        text = f"with probability {percent(chance.probability)}"
    return text if chance.coin == "robot" else f"{text}, one coin for {shared[chance.coin]}"
