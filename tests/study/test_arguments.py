"""What programs hand over by mistake gets an error in words at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rolloutsim
from rolloutsim.errors import ScenarioError, UsageError
from rolloutsim.scenario import Scenario, parse

SCENARIO = parse("fleet: [{cohort: dock, robots: 10}]\napplication: {bundle: 350 MB}\nchecks: [failed_share <= 5 %]\n")
STUDIES: dict[str, Callable[..., Any]] = {
    "simulate": rolloutsim.simulate,
    "check": rolloutsim.check,
    "compare": rolloutsim.compare,
    "sweep": rolloutsim.sweep,
    "sensitivity": rolloutsim.sensitivity,
    "plan": lambda scenario: rolloutsim.plan(scenario, "time_to_complete.p50"),
}


@pytest.mark.parametrize("study", sorted(STUDIES))
@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("x.yaml", r"this is a str: load it by rolloutsim\.load\('x\.yaml'\)"),
        (Path("x.yaml"), r"load it by rolloutsim\.load\('x\.yaml'\)"),
        ({"fleet": []}, r"this is a dict: make it by rolloutsim\.scenario\.build\(data\)"),
        (None, r"this is a NoneType: load one by rolloutsim\.load\(file\)"),
    ],
)
def test_no_scenario(study: str, value: Any, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        STUDIES[study](value)


@pytest.mark.parametrize(("value", "hint"), [({"fleet": []}, "build"), (5, "write rolloutsim.load"), (None, "write"), (b"x", "write")])
def test_no_path(value: Any, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        rolloutsim.load(value)


@pytest.mark.parametrize(("value", "why"), [("", "an empty name"), ("fleet: []\n", "this is no name of a file")])
def test_no_name(value: str, why: str) -> None:
    with pytest.raises(ScenarioError, match=why):
        rolloutsim.load(value)


@pytest.mark.parametrize(
    ("levers", "message"),
    [
        ({"a": "b"}, r"levers: 'a' needs a list of values, and this is a str: write \['b'\]"),
        ({"a": 5}, r"this is a int: write \[5\]"),
        ({"a": {"b": 1}}, "this is a dict"),
        ({5: [1]}, "a path is text"),
        (["a"], "a mapping of paths to lists of values is needed, and this is a list"),
        ("a=b", "this is a str"),
    ],
)
def test_no_levers(levers: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        rolloutsim.sweep(SCENARIO, levers=levers)
    with pytest.raises(UsageError, match=message):
        rolloutsim.plan(SCENARIO, "time_to_complete.p50", levers=levers)


def test_levers_may_be_tuples() -> None:
    found = rolloutsim.sweep(SCENARIO, levers={"rules.dispatch": ("window", "batch")}, replicates=1, seed=1, executor=1)
    assert len(found.points) == 2


@pytest.mark.parametrize("value", ["failed", 5, [5], None])
def test_no_list_of_texts(value: Any) -> None:
    for wrong in (
        lambda: rolloutsim.compare(SCENARIO, SCENARIO, metrics=value),
        lambda: rolloutsim.compare(SCENARIO, SCENARIO, fail_if_worse=value),
        lambda: rolloutsim.simulate(SCENARIO, precision=value),
        lambda: rolloutsim.sensitivity(SCENARIO, metrics=value),
        lambda: rolloutsim.plan(SCENARIO, "failed", constraints=value),
    ):
        with pytest.raises(UsageError, match="a list of texts is needed"):
            wrong()


@pytest.mark.parametrize("value", ["400", 1.5, 0, -1, True, 10**400, 10_000_001, [1]])
def test_no_number_of_replicates(value: Any) -> None:
    for study in (rolloutsim.simulate, rolloutsim.check, rolloutsim.sweep):
        arguments = {"levers": {"rules.dispatch": ["window"]}} if study is rolloutsim.sweep else {}
        with pytest.raises(UsageError, match="replicates: a whole number from 1 to 10,000,000 is needed"):
            study(SCENARIO, replicates=value, **arguments)


@pytest.mark.parametrize("value", ["1", 1.5, -1, 2**64, True])
def test_no_seed(value: Any) -> None:
    for study in (rolloutsim.simulate, rolloutsim.check):
        with pytest.raises(UsageError, match="seed: a whole number from 0 to 18,446,744,073,709,551,615 is needed"):
            study(SCENARIO, replicates=1, seed=value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("time_to_finish", "time_to_complete"),
        ("makespan", "time_to_complete"),
        ("failure_rate", "failed_share"),
        ("abort_rate", "abort_probability"),
    ],
)
def test_names_that_people_give_to_metrics(name: str, meant: str) -> None:
    with pytest.raises(UsageError, match=rf"there is no metric {name}; did you mean {meant}\?"):
        rolloutsim.compare(SCENARIO, SCENARIO.replace("rules.dispatch", "batch"), metrics=[name])


def test_numbers_of_numpy_are_numbers() -> None:
    import numpy as np

    scenario: Scenario = SCENARIO
    assert len(rolloutsim.simulate(scenario, replicates=np.int64(2), seed=np.uint64(1)).jobs) == 2  # type: ignore[arg-type]
