"""Who is deployed in which stage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rolloutsim.scenario.stages import claimed, stage_sizes

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["Staging"]


class Staging:
    """Splits the robots into stages; the order of deployment holds within each.

    A stage that names cohorts has all their robots, and no other stage has any of them. The others take the first robots, in order
    of deployment, that no stage before has taken; after the last stage listed comes the rest.

    Parameters
    ----------
    scenario
        With or without stages.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._sizes = stage_sizes(scenario)
        number_of = {cohort.name: number for number, cohort in enumerate(scenario.fleet)}
        self._cohorts = [frozenset(number_of[name] for name in stage.cohorts) for stage in scenario.rules.stages]
        self._claimed = frozenset(number_of[name] for name in claimed(scenario))

    def split(self, order: Iterable[int], cohort: Sequence[int]) -> list[Iterable[int]]:
        """Return the indices of the robots of each stage; without stages, of one stage.

        Parameters
        ----------
        order
            Indices of all robots in order of deployment.
        cohort
            The cohort's number of each robot of the fleet.
        """
        if not self._sizes:
            return [order]
        robots = list(order)
        others = (index for index in robots if cohort[index] not in self._claimed)
        stages: list[Iterable[int]] = []
        for number, size in enumerate(self._sizes):
            cohorts = self._cohorts[number] if number < len(self._cohorts) else None
            if cohorts:
                stages.append([index for index in robots if cohort[index] in cohorts])
            else:
                stages.append([next(others) for _ in range(size)])
        return stages
