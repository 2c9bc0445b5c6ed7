"""Which robots are deployed in which stage, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.kernel import kernel
from rolloutsim.randomness import child_key, replicate_key, uniform
from rolloutsim.scenario.stage_sizes import claimed, members, slices
from rolloutsim.simulation.compilation import compiled
from rolloutsim.simulation.model.causes import ORDER
from rolloutsim.simulation.model.draws import number_of
from rolloutsim.simulation.model.model_tables import ModelTables

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from rolloutsim.scenario import Scenario

    Array = np.ndarray[Any, Any]

__all__ = ["Line", "Staging", "interleaved", "turns"]


class Line(NamedTuple):
    """Indices of all robots in order of deployment, stage by stage; stage k begins at ``bounds[k]`` and ends before ``bounds[k + 1]``."""

    robots: Array
    bounds: Array

    def stages(self) -> list[list[int]]:
        """Return the indices of each stage.

        Examples
        --------
        >>> Line(np.array([2, 0, 1]), np.array([0, 1, 3])).stages()
        [[2], [0, 1]]
        """
        return [stage.tolist() for stage in np.split(self.robots, self.bounds[1:-1])]


def turns(sites: Array) -> Array:
    """Return for each robot how many of its site come before it.

    Parameters
    ----------
    sites
        The number of each robot's site, in the order of the robots.

    Examples
    --------
    >>> turns(np.array([0, 0, 1, 0, 1])).tolist()
    [0, 1, 0, 2, 1]
    """
    by_site = np.argsort(sites, kind="stable")
    in_line = sites[by_site]
    out = np.empty(len(sites), np.int64)
    out[by_site] = np.arange(len(sites)) - np.searchsorted(in_line, in_line)
    return out


def interleaved(sites: Array) -> Array:
    """Return the order in which the first robots of all sites come, then the second, and so on.

    Parameters
    ----------
    sites
        The number of each robot's site, in the order of the file.

    Examples
    --------
    >>> interleaved(np.array([0, 0, 0, 1, 2, 1])).tolist()
    [0, 3, 4, 1, 5, 2]
    """
    return np.lexsort((sites, turns(sites)))


class Staging:
    """Puts the robots of a replicate in line; without stages there is one.

    A stage that names cohorts or sites has all their robots, and no other stage has any of them. The others take the first robots, of
    the fleet or of each site, in order of deployment, that no stage before has taken; after the last stage listed comes the rest.

    Parameters
    ----------
    scenario
        With or without stages.
    plan
        Of it; of arrays, if what is drawn is to be drawn by compiled code.
    """

    def __init__(self, scenario: Scenario, plan: ModelTables) -> None:
        self._plan = plan
        self._cohort = np.asarray(plan.cohort)
        self._shuffled = scenario.rules.order == "shuffled"
        number_of_site = {site: number for number, site in enumerate(dict.fromkeys(cohort.site for cohort in scenario.fleet))}
        self._site = np.array([number_of_site[cohort.site] for cohort in scenario.fleet])[self._cohort]
        self._slices = tuple(slices(scenario))
        self._of_sites = [np.array([part.of_sites.get(site, 0) for site in number_of_site]) for part in self._slices]
        number_of = {cohort.name: number for number, cohort in enumerate(scenario.fleet)}
        self._cohorts = [[number_of[name] for name in members(scenario, stage)] for stage in scenario.rules.stages]
        self._claimed = [number_of[name] for name in claimed(scenario)]
        order = np.arange(len(self._cohort))
        if scenario.rules.order == "priority":
            priority = np.array([cohort.priority for cohort in scenario.fleet])
            order = np.argsort(priority[self._cohort], kind="stable")
        elif scenario.rules.order == "interleaved":
            order = interleaved(self._site)
        self._line = self._split(order)

    def line(self, seed: int, replicate: int) -> Line:
        """Return how the robots of a replicate stand in line."""
        if not self._shuffled:
            return self._line
        draws: Any = np.empty(len(self._cohort))
        if isinstance(self._plan.cohort, np.ndarray):
            compiled(draw_order)(self._plan, np.uint64(seed), replicate, draws)
        else:
            draw_order(self._plan, seed, replicate, draws)
        return self._split(np.argsort(draws, kind="stable"))

    def _split(self, order: Array) -> Line:
        if not self._slices:
            return Line(order, np.array([0, len(order)]))
        cohort = self._cohort[order]
        left = order[~np.isin(cohort, self._claimed)]
        stages = []
        for part, cohorts, of_sites in zip(self._slices, self._cohorts, self._of_sites, strict=True):
            if cohorts:
                stages.append(order[np.isin(cohort, cohorts)])
                continue
            sites = self._site[left]
            taken = turns(sites) < of_sites[sites] if part.of_sites else np.arange(len(left)) < part.size
            stages.append(left[taken])
            left = left[~taken]
        if len(left):
            stages.append(left)
        return Line(np.concatenate(stages), np.cumsum([0, *map(len, stages)]))


@kernel
def draw_order(plan: ModelTables, seed: int, replicate: int, draws: MutableSequence[float]) -> None:
    """Draw a number for each robot, by which they are put in order."""
    for index in range(len(plan.cohort)):
        cohort = plan.cohort[index]
        key = child_key(replicate_key(seed, replicate, plan.cohorts[cohort].word), number_of(plan, cohort, index))
        draws[index] = uniform(key, ORDER, 0)
