"""Both engines give the same records: the same rows in the same order, to the last bit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from rolloutsim import load
from rolloutsim.scenario import Scenario, build
from rolloutsim.simulation.log import Columns
from rolloutsim.simulation.replicate import Replicator
from tests.simulation.generate import Generator
from tests.simulation.strategies import Raw, raw_scenarios

SCENARIOS = Path(__file__).parents[2] / "scenarios"
HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
THOUSANDS = int(os.environ.get("ROLLOUTSIM_EXAMPLES", "3000"))


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
    for table in ("robots", "steps", "holds", "flows"):
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


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_scenarios(path: Path) -> None:
    assert list(differences(load(path))) == []


@settings(max_examples=200, deadline=None, suppress_health_check=HEALTH)
@given(raw_scenarios())
def test_random_scenarios(raw: Raw) -> None:
    assert list(differences(build(raw))) == []


@pytest.mark.slow
@settings(max_examples=THOUSANDS, deadline=None, suppress_health_check=HEALTH)
@given(raw_scenarios())
def test_thousands_of_random_scenarios(raw: Raw) -> None:
    assert list(differences(build(raw))) == []


@pytest.mark.parametrize("whole", [True, False], ids=["whole seconds", "continuous"])
def test_generated_scenarios(whole: bool) -> None:
    for seed in range(100):
        assert list(differences(Generator(seed, whole=whole).scenario())) == [], seed


@pytest.mark.parametrize("seed", range(30))
def test_stages_of_fleets_that_outgrow_every_buffer(seed: int) -> None:
    scenario = Generator(seed, whole=seed % 2 == 0).scenario().replace("fleet.c0.robots", 60)
    stages = [{"robots": 5, "soak": f"{seed} s"}, {"robots": 20, "soak": "7 s", "max_failures": seed}, {"share": "50 %"}]
    assert list(differences(scenario.replace("rules.stages", stages), replicates=1)) == []
