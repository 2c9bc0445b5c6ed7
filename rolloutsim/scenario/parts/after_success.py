"""Failures that show only after a robot has succeeded: crash loops, leaks of memory, empty batteries."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rolloutsim.distributions import Distribution
from rolloutsim.scenario.parts.amounts import Dist
from rolloutsim.scenario.parts.fields import Part
from rolloutsim.scenario.parts.steps import Chance, ChanceType
from rolloutsim.scenario.reading.quantities import TIME

__all__ = ["AfterSuccess", "merge_after_success"]

_CHANCE = ChanceType("robot", of_job=False)


class AfterSuccess(Part):
    """A failure after success: how likely it is, and how much later it is known."""

    probability: Annotated[Chance, _CHANCE] | None = Field(
        None, description="Probability that the application fails on a robot that has turned InSync; one coin per robot."
    )
    delay: Annotated[Distribution, Dist(TIME)] | None = Field(
        None, description="Time from the instant at which the robot turned InSync until the failure is known, online or not."
    )

    @property
    def is_possible(self) -> bool:
        """Whether a robot may fail."""
        return self.probability is not None and self.probability.is_possible


def merge_after_success(*layers: AfterSuccess | None) -> AfterSuccess:
    """Return what holds of several places of a file; later ones win, value by value.

    Examples
    --------
    >>> from rolloutsim.distributions import Constant
    >>> common = AfterSuccess.model_validate({"probability": 0.002, "delay": Constant(60.0)})
    >>> merged = merge_after_success(common, None, AfterSuccess.model_validate({"probability": 0.3}))
    >>> merged.probability.probability, merged.delay
    (0.3, Constant(value=60.0))
    """
    given = [layer for layer in layers if layer is not None]
    values = {name: getattr(layer, name) for layer in given for name in ("probability", "delay") if getattr(layer, name) is not None}
    return AfterSuccess.model_construct(**values)
