"""Robots that look ahead to their verdict (compiled engine) end as those that go step by step (SimPy), also when the job cuts them off."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given

from rolloutsim import simulate
from rolloutsim.scenario import Scenario, build, parse
from rolloutsim.study.verify import verify
from tests.searches import search
from tests.simulation.strategies import raw_scenarios

Raw = dict[str, Any]


def same(scenario: Scenario, replicates: int) -> list[str]:
    return [str(found) for found in verify(scenario, 7, range(replicates)) if found is not None]


@pytest.mark.slow
@pytest.mark.parametrize("on_breach", ["abort", "finish"])
@search(6, suppress_health_check=list(HealthCheck))
@given(raw=raw_scenarios())
def test_random_scenarios(on_breach: str, raw: Raw) -> None:
    rules = {**{key: value for key, value in raw["rules"].items() if key != "stop"}, "retries": {}, "on_breach": on_breach}
    assert same(build({**raw, "rules": rules}), replicates=2) == []


@pytest.mark.parametrize("retries", [{}, {"codes": ["InternalServerError"], "max": 1}], ids=["ahead", "step by step"])
def test_a_breach_comes_before_what_later_robots_complete_at_that_instant(retries: Raw) -> None:
    """All robots have extracted at 30 s: the first is launching when the second breaches, the third is not, and has lost nothing."""
    fails = {"extracting": {"failures": {"EnvironmentSetupError": 1}}}
    validating = {"duration": "0 s", "failures": {"InternalServerError": 0}}
    steps = {"validating": validating, "extracting": {"duration": "30 s"}, "launching": {"duration": "5 s"}}
    raw = {
        "fleet": [{"cohort": "a", "robots": 1}, {"cohort": "b", "robots": 1, "steps": fails}, {"cohort": "c", "robots": 1}],
        "application": {"bundle": "0 B", "steps": steps},
        "rules": {"on_breach": "abort", "failure_limit": 1, "old_stops": "launch", "retries": retries},
    }
    assert same(build(raw), replicates=1) == []
    result = simulate(build(raw), replicates=1, seed=7)
    assert result.robots.phase.tolist() == ["launching", "reporting", "extracting"]
    assert result.jobs.left_down.tolist() == [1]


def test_ties_at_the_breach() -> None:
    """All robots end at 10 s: those before the robot that breaches have ended by themselves, those after it are aborted."""
    text = """
    fleet: [{cohort: a, robots: 3}, {cohort: b, robots: 1, steps: {launching: {failures: {MissingRobotDeploymentResource: 1}}}},
            {cohort: c, robots: 3}]
    application: {bundle: 1 MB, steps: {launching: {duration: 10 s}}}
    rules: {on_breach: abort, failure_limit: 1 robots}
    """
    scenario = parse(text)
    assert same(scenario, replicates=1) == []
    robots = simulate(scenario, replicates=1, seed=7).robots
    assert robots.status.tolist() == ["InSync"] * 3 + ["Failed"] * 4
    assert robots.failure_code.tolist()[4:] == ["RobotDeploymentAborted"] * 3
    assert set(robots.phase[4:]) == {"launching"}


@pytest.mark.slow
def test_an_instant_failure_breaches_after_everything_else_of_its_instant() -> None:
    """At 10 s `waits` finds its condition met, then `ends` is done and `fails` gets its slot: the breach finds `waits` downloading."""
    text = """
    fleet: [{cohort: ends, robots: 1, steps: {condition: {ready: 1}, launching: {duration: 10 s}}},
            {cohort: waits, robots: 1, link: {rate: 1 kB/s}, steps: {condition: {ready: 0.5, recheck: 10 s}}},
            {cohort: fails, robots: 1, steps: {condition: {ready: 1}, validating: {failures: {InternalServerError: 1}}}}]
    application: {bundle: 1 MB, steps: {condition: {ready: 1}}}
    deployment: {deploymentConfig: {downloadConditionFile: {bucket: fleet, key: ready.sh}}}
    rules: {on_breach: abort, failure_limit: 1 robots, concurrency: 2 robots, condition: defer}
    """
    scenario = parse(text)
    assert same(scenario, replicates=40) == []
    robots = simulate(scenario, replicates=40, seed=7).robots
    assert "downloading" in set(robots[robots.cohort == "waits"].phase)
