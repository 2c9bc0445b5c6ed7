"""Processes that alternate, followed change by change: `on`, the instant of the next `change`, and `turn` to let it happen."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Protocol

from rolloutsim.distributions import Distribution
from rolloutsim.randomness import uniform

NEVER = math.inf


def decimal_fraction(seconds: float) -> Any:
    """Return the decimal number of a file, exactly; for the type checker a float, which it is used as."""
    return Fraction(repr(seconds)) if isinstance(seconds, float) and math.isfinite(seconds) else seconds


class Process(Protocol):
    """Something that is on or off, and when that changes."""

    on: bool
    change: float

    def turn(self) -> None: ...


def draw(distribution: Distribution, key: int, cause: int, index: int = 0) -> float:
    """Return one variate."""
    return distribution.ppf(uniform(key, cause, index))


class Spells:
    """An alternating process: `on` or off, and when that changes."""

    def __init__(self, key: int, cause: int, on: Distribution | None, off: Distribution | None, start: str) -> None:
        self.key, self.cause, self.lengths, self.number = key, cause, {True: on, False: off}, 0
        if on is None or off is None:
            self.on, self.change = start == "up", NEVER
        elif start == "equilibrium":
            self.on = uniform(key, cause, 0) < on.mean() / (on.mean() + off.mean())
            biased = (on if self.on else off).length_biased()
            self.change = uniform(key, cause + 1, 0) * draw(biased, key, cause + 2)
        else:
            self.on = start == "up"
            self.change = self.length()

    def length(self) -> float:
        """Return the length of the spell that has just begun."""
        of = self.lengths[self.on]
        assert of is not None
        return draw(of, self.key, self.cause + 3, self.number)

    def turn(self) -> None:
        """Go to the next spell."""
        self.on = not self.on
        self.number += 1
        self.change += self.length()


class Layers:
    """On while all of its layers are; layers that change at the same instant do so together, and spells without length are none."""

    def __init__(self, layers: list[Process]) -> None:
        self.layers = layers
        if self.change <= 0:  # what begins with a spell of no length begins with the next one
            self.turn()

    @property
    def on(self) -> bool:
        return all(layer.on for layer in self.layers)

    @property
    def change(self) -> float:
        return min(layer.change for layer in self.layers)

    def turn(self) -> None:
        now = self.change
        for layer in self.layers:
            while layer.change <= now:
                layer.turn()
