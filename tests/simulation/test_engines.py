"""Both engines give the same records: the same rows in the same order, to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from rolloutsim import load
from rolloutsim.errors import UsageError
from rolloutsim.scenario import Scenario, build
from rolloutsim.simulation.log import Columns
from rolloutsim.simulation.replicate import Replicator
from tests.simulation.strategies import Raw, raw_scenarios

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def differences(scenario: Scenario, seed: int = 5, replicates: int = 2) -> Iterator[str]:
    """Yield in which table, column and row the engines do not agree."""
    simpy, compiled = (Replicator(scenario, seed, engine=engine) for engine in ("simpy", "compiled"))
    for replicate in range(replicates):
        (expected, reachable), (found, also_reachable) = simpy.run(replicate), compiled.run(replicate)
        yield from (f"replicate {replicate}, {what}" for what in _compare(expected, found))
        if list(reachable) != list(also_reachable):
            yield f"replicate {replicate}, reachable: {list(also_reachable)} instead of {list(reachable)}"


def _compare(expected: Columns, found: Columns) -> Iterator[str]:
    for name, value in expected.job._asdict().items():
        other = getattr(found.job, name)
        if type(other) is not type(value) or repr(other) != repr(value):
            yield f"job, {name}: {other!r} instead of {value!r}"
    for table in ("robots", "steps", "holds", "flows", "uses"):
        ours, theirs = getattr(found, table), getattr(expected, table)
        if list(ours) != list(theirs):
            yield f"{table}: columns {list(ours)} instead of {list(theirs)}"
        for column, values in theirs.items():
            yield from (f"{table}, {column}, {what}" for what in _unlike(values, ours[column]))


def _unlike(expected: Any, found: Any) -> Iterator[str]:
    if (expected.dtype, len(expected)) != (found.dtype, len(found)):
        yield f"{len(found)} rows of {found.dtype} instead of {len(expected)} of {expected.dtype}"
        return
    wrong = np.flatnonzero(expected.view(np.int64) != found.view(np.int64))
    if len(wrong):
        yield f"row {wrong[0]}: {found[wrong[0]]!r} instead of {expected[wrong[0]]!r} ({len(wrong)} rows differ)"


def shares(scenario: Scenario) -> bool:
    return scenario.network is not None and scenario.network.shares


@pytest.mark.parametrize("path", [path for path in SCENARIOS if not shares(load(path))], ids=lambda path: path.stem)
def test_scenarios_of_the_package(path: Path) -> None:
    assert list(differences(load(path))) == []


@pytest.mark.parametrize("path", [path for path in SCENARIOS if shares(load(path))], ids=lambda path: path.stem)
def test_what_the_compiled_engine_does_not_know_is_told(path: Path) -> None:
    with pytest.raises(UsageError, match="does not know shared links yet: use engine 'simpy'"):
        Replicator(load(path), 1, engine="compiled")


@settings(max_examples=150, deadline=None, suppress_health_check=HEALTH)
@given(raw_scenarios())
def test_random_scenarios(raw: Raw) -> None:
    assert list(differences(build(raw))) == []


@pytest.mark.slow
@settings(max_examples=500, deadline=None, suppress_health_check=HEALTH)
@given(raw_scenarios())
def test_many_random_scenarios(raw: Raw) -> None:
    assert list(differences(build(raw), replicates=1)) == []
