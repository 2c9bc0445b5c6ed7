"""Short ways to make a scenario and to look at one replicate, for the tests of the simulation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rolloutsim.scenario import Scenario, build
from rolloutsim.simulation.model.initial_state import Fleet
from rolloutsim.simulation.model.make_tables import make_plan
from rolloutsim.simulation.records.log import Columns
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.replicate import Replicator

__all__ = ["completion_times", "drawn", "fleets", "launch", "reachable", "replicates", "seconds", "tables"]

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


def fleets(scenario: Scenario, count: int, seed: int, *, compiled: bool = False) -> Iterator[Fleet]:
    """Yield the robots of replicates 0, 1, …, by plain Python or by compiled code."""
    plan, arrays = make_plan(scenario), make_plan(scenario, arrays=True) if compiled else None
    for number in range(count):
        yield Fleet(plan, arrays, seed, number)


def drawn(scenario: Scenario, count: int, seed: int, *names: str) -> list[Array]:
    """Return some attributes of all robots as chance decides them before the first event, each by replicate and robot."""
    records = (fleet.records(range(scenario.robots)) for fleet in fleets(scenario, count, seed, compiled=True))
    return [np.array(found) for found in zip(*([robots[name] for name in names] for robots in records), strict=True)]


def reachable(scenario: Scenario, seed: int) -> list[bool]:
    """Return whether each robot of replicate 0 is online at some instant of the observation."""
    return next(fleets(scenario, 1, seed)).reachable()
