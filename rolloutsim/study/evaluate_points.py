"""Responses: what metrics are at several settings of a scenario, each simulated with the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.analysis import Query, values
from rolloutsim.errors import SimulationError
from rolloutsim.study.execution.chunk import run_chunk
from rolloutsim.study.execution.executors import DEFAULT_EXECUTOR, ExecutorSpec
from rolloutsim.study.execution.tasks import Request
from rolloutsim.study.execution.work import run_chunks

if TYPE_CHECKING:
    from rolloutsim.analysis.replicates import FloatArray
    from rolloutsim.scenario import Scenario

__all__ = ["Setting", "changed_to", "describe_setting", "values_at"]

#: Values by path, as a file says them.
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
    return scenario.without_sweep().replace_all(setting)


def describe_setting(setting: Setting) -> str:
    """Write a setting as assignments.

    >>> describe_setting({"rules.dispatch": "batch", "network.origin": "1 Gbit/s"})
    'rules.dispatch=batch, network.origin=1 Gbit/s'
    """
    return ", ".join(f"{path}={value}" for path, value in setting.items())


def values_at(
    scenarios: Sequence[Scenario],
    queries: Sequence[Query],
    seed: int,
    replicates: range,
    *,
    engine: str,
    where: ExecutorSpec = DEFAULT_EXECUTOR,
    progress: Callable[[int, int], None] | None = None,
) -> FloatArray:
    """Simulate the same replicates of several scenarios (common random numbers).

    Parameters
    ----------
    engine
        As for `run_chunk`.
    where
        As for `run_chunks`.
    progress
        Called with the scenarios that are done and with all.

    Returns
    -------
    values
        By query, scenario and replicate; NaN in replicates that a condition leaves out, or where the metric is not defined.

    Raises
    ------
    SimulationError
        If a replicate crashed: without it, differences between scenarios would be taken over other luck.
    """
    found = np.full((len(queries), len(scenarios), len(replicates)), np.nan)
    numbers: dict[int, list[int]] = {}
    for number, scenario in enumerate(scenarios):
        numbers.setdefault(id(scenario), []).append(number)
    requests = [Request(scenarios[number], seed, replicates) for number, *_ in numbers.values()]
    left = {id(request.scenario): len(replicates) for request in requests}
    run = partial(run_chunk, engine=engine, work=sum(request.size for request in requests))
    for done in run_chunks(requests, where=where, run=run):
        for request, chunk in done.chunks:
            if chunk.crashes:
                first = chunk.crashes[0]
                raise SimulationError(
                    f"replicate {first.replicate} of seed {seed} crashed with {first.type}: {first.message}; this is a fault of the "
                    "program, not of the scenario: please report it with the scenario and the seed"
                )
            part = slice(request.replicates.start - replicates.start, request.replicates.stop - replicates.start)
            for query, own in zip(queries, found, strict=True):
                own[numbers[id(request.scenario)], part] = values(query, chunk.tables).reindex(request.replicates)
            left[id(request.scenario)] -= len(request.replicates)
        if progress is not None:
            progress(sum(not rest for rest in left.values()), len(scenarios))
    return found
