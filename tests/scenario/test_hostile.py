"""Whatever is written into a scenario: it loads, or every problem is named; nothing else ever comes out."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rolloutsim.errors import Problem, ScenarioError
from rolloutsim.scenario import Scenario, build, describe, parse
from rolloutsim.scenario.reading.source import read_file

EXAMPLE = read_file(Path(__file__).parents[2] / "scenarios" / "warehouse-night.yaml").plain()
WORDS = [
    "22:00",
    "5 m",
    "20 s",
    "1 MB",
    "16 Mbit/s",
    "never",
    "always",
    "batch",
    "completed",
    "defer",
    "queue",
    "none",
    "5 %",
    "",
    "*",
    "ARM64",
    "dock",
]
KEYS = [
    "renewal",
    "up",
    "mean",
    "exponential",
    "mixture",
    "of",
    "weight",
    "probability",
    "per",
    "failures",
    "duration",
    "trace",
    "steps",
    "values",
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 700_000),
    st.integers(),
    st.floats(),
    st.sampled_from(WORDS),
    st.sampled_from(KEYS),
    st.text(max_size=8),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)),
    max_leaves=6,
)


def places(data: Any) -> list[tuple[Any, Any]]:
    """Return every place of plain data as (container, key)."""
    pairs = list(data.items()) if isinstance(data, dict) else list(enumerate(data)) if isinstance(data, list) else []
    return [(data, key) for key, _ in pairs] + [place for _, part in pairs for place in places(part)]


def judge(make: Any) -> None:
    """Load, and if that works, exercise whatever reads the scenario."""
    problems: tuple[Problem, ...] = ()
    try:
        scenario: Scenario = make()
    except ScenarioError as error:
        problems = error.problems
    if problems:
        assert any(problem.severity == "error" for problem in problems)
        assert all(problem.why and str(problem).isprintable() for problem in problems)
        return
    again = build(json.loads(json.dumps(scenario.resolved(), allow_nan=False)))
    assert again.fingerprint() == scenario.fingerprint()
    assert len(describe(scenario)) >= 6
    for cohort in scenario.fleet:
        scenario.steps(cohort, "bad")


@settings(max_examples=75, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_changed_scenarios(data: st.DataObject) -> None:
    changed = copy.deepcopy(EXAMPLE)
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(changed)))
        if isinstance(container, dict) and data.draw(st.booleans()):
            container[data.draw(st.one_of(st.sampled_from(KEYS), st.text(max_size=4)))] = data.draw(values)
        else:
            container[key] = data.draw(values)
    judge(lambda: build(changed))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet="fleet: []{}-&*!|>'\"%@`,#?\n\t\\é\0abc0123", max_size=60))
def test_any_text(text: str) -> None:
    judge(lambda: parse(text))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=30), values)
def test_any_replacement(path: str, value: Any) -> None:
    scenario = parse("fleet: [{cohort: dock, robots: 10}]\napplication: {bundle: 350 MB}\n")
    judge(lambda: scenario.replace(path, value))


@pytest.mark.parametrize("key", ["fleet", "application", "deployment", "rules", "checks", "sweep", "network", "seed", "scenario"])
@pytest.mark.parametrize("value", [5, "x", [], {}, [5], {"x": 5}, None, True, [[]], [None]])
def test_any_section(key: str, value: Any) -> None:
    judge(lambda: build({**EXAMPLE, key: value}))
