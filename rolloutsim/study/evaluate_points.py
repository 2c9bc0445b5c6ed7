"""Evaluating points: the values of metrics at several settings of a scenario, each simulated with the same random numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.analysis import Query, values
from rolloutsim.errors import SimulationError
from rolloutsim.study.execution.tasks import Request

if TYPE_CHECKING:
    from rolloutsim.analysis.replicates import FloatArray
    from rolloutsim.scenario import Scenario
    from rolloutsim.study.context import StudyContext

#: Values by path, as a file has them.
Setting = Mapping[str, Any]


def changed_to(scenario: Scenario, setting: Setting) -> Scenario:
    """Return a scenario with several values changed, without checks and sweep.

    Raises
    ------
    ScenarioError
        The result is no valid scenario.

    Examples
    --------
    >>> import rolloutsim
    >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
    >>> changed_to(scenario, {"fleet.robots.robots": 20, "rules.dispatch": "batch"}).robots
    20
    """
    return scenario.without_studies().replace_all(setting)


def describe_setting(setting: Setting) -> str:
    """Write a setting as assignments.

    >>> describe_setting({"rules.dispatch": "batch", "network.origin": "1 Gbit/s"})
    'rules.dispatch=batch, network.origin=1 Gbit/s'
    """
    return ", ".join(f"{path}={value}" for path, value in setting.items())


def values_at(
    context: StudyContext,
    scenarios: Sequence[Scenario],
    queries: Sequence[Query],
    replicates: range,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> FloatArray:
    """Simulate the same replicates of several scenarios (common random numbers).

    Parameters
    ----------
    progress
        Called with the number of scenarios that are done, and of all.

    Returns
    -------
    values
        By query, scenario and replicate; NaN in replicates that a condition leaves out, or where the metric is not defined.

    Raises
    ------
    SimulationError
        If a replicate crashed: without it, differences between scenarios would be taken over other random numbers.
    """
    found = np.full((len(queries), len(scenarios), len(replicates)), np.nan)
    left = dict.fromkeys(range(len(scenarios)), len(replicates))
    requests = [Request(number, scenario, context.seed, replicates) for number, scenario in enumerate(scenarios)]
    for done in context.run(requests):
        for request, outcomes in done.outcomes:
            if outcomes.crashes:
                first = outcomes.crashes[0]
                raise SimulationError(
                    f"replicate {first.replicate} of seed {context.seed} crashed with {first.type}: {first.message}; this is a fault of "
                    "the program, not of the scenario: please report it with the scenario and the seed"
                )
            part = slice(request.replicates.start - replicates.start, request.replicates.stop - replicates.start)
            tables = outcomes.tables()
            for query, own in zip(queries, found, strict=True):
                own[request.key, part] = values(query, tables).reindex(request.replicates)
            left[request.key] -= len(request.replicates)
        if progress is not None:
            progress(sum(not rest for rest in left.values()), len(scenarios))
    return found
