"""Short ways to make a scenario and to look at one replicate, for the tests of the simulation."""

from __future__ import annotations

from typing import Any

import numpy as np

from rolloutsim.scenario import Scenario, build
from rolloutsim.simulation.model.initial_state import draw_initial_state
from rolloutsim.simulation.model.model_tables import make_plan
from rolloutsim.simulation.records.log import Columns
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.replicate import Replicator

__all__ = ["completion_times", "drawn", "launch", "replicates", "seconds", "tables"]

Array = np.ndarray[Any, Any]
Raw = dict[str, Any]


def seconds(t: float) -> str:
    """Write a time as scenarios do."""
    return f"{t!r} s"


def launch(
    robots: int, duration: Any, *, config: Raw | None = None, rules: Raw | None = None, cohort: Raw | None = None, **step: Any
) -> Scenario:
    """Return a fleet of one cohort in which nothing takes time but launching."""
    return build(
        {
            "fleet": [{"cohort": "robots", "robots": robots, **(cohort or {})}],
            "application": {"bundle": "0 B", "steps": {"launching": {"duration": duration, **step}}},
            "deployment": {"deploymentConfig": config or {}},
            "rules": rules or {},
        }
    )


def replicates(scenario: Scenario, count: int, seed: int, *, steps: bool = False, work: int = 0) -> list[Columns]:
    """Run replicates 0, 1, … and return their records."""
    replicator = Replicator(scenario, seed, work=work, steps=steps)
    return [replicator.run(number)[0] for number in range(count)]


def completion_times(scenario: Scenario, count: int, seed: int) -> Array:
    """Return the time to complete (s) of replicates 0, 1, …"""
    return np.array([columns.job.ended_s for columns in replicates(scenario, count, seed)])


def tables(scenario: Scenario, count: int, seed: int, *, work: int = 0) -> Tables:
    """Run replicates 0, 1, … and return their tables."""
    recorder, replicator = Recorder(scenario, record=range(count)), Replicator(scenario, seed, work=work)
    for number in range(count):
        recorder.add(number, *replicator.run(number))
    return recorder.tables()


def drawn(scenario: Scenario, count: int, seed: int) -> tuple[Array, Array]:
    """Return what chance decides before the first event, replicate by replicate: words and numbers of `InitialState`, by compiled code."""
    plan, arrays = make_plan(scenario), make_plan(scenario, arrays=True)
    initial = [draw_initial_state(plan, arrays, seed, number)[2] for number in range(count)]
    return np.array([f.words for f in initial]), np.array([f.numbers for f in initial])
