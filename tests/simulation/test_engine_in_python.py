"""The engine's loop in plain Python gives the tables of the SimPy model, to the last bit: what is compiled is read here line by line."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from rolloutsim.scenario import Scenario, build, parse
from rolloutsim.simulation.collect import Collector
from rolloutsim.simulation.replicate import Replicator
from rolloutsim.study.verify import first_difference
from tests.simulation.plain_engine import plain_tables
from tests.simulation.strategies import Raw, raw_scenarios
from tests.simulation.test_engines import TIES

HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def differences(scenario: Scenario, replicates: int, seed: int = 5) -> list[str]:
    found = []
    simpy = Replicator(scenario, seed)
    for replicate in range(replicates):
        collector = Collector(scenario)
        collector.add(replicate, *simpy.run(replicate))
        found.append(first_difference(replicate, collector.tables(), plain_tables(scenario, seed, replicate)))
    return [str(each) for each in found if each is not None]


@settings(max_examples=40, suppress_health_check=HEALTH)
@given(raw=raw_scenarios())
def test_random_scenarios(raw: Raw) -> None:
    assert differences(build(raw), 1) == []


@settings(max_examples=40, suppress_health_check=HEALTH)
@given(raw=raw_scenarios(shared=True))
def test_random_scenarios_with_shared_links(raw: Raw) -> None:
    assert differences(build(raw), 1) == []


@pytest.mark.parametrize("offline", ["hold", "wait"])
@pytest.mark.parametrize("on_breach", ["abort", "finish"])
@pytest.mark.parametrize(("interrupted", "cancel", "percentage"), [("resume", "never", 40), ("restart", "75 s", 100)])
def test_ties_over_shared_links(interrupted: str, cancel: str, percentage: int, on_breach: str, offline: str) -> None:
    text = TIES.format(interrupted=interrupted, cancel=cancel, percentage=percentage, on_breach=on_breach, offline=offline)
    assert differences(parse(text), 3) == []


@pytest.mark.parametrize("rule", ["on_breach: abort, failure_limit: 2 robots", "cancel_at: 70 s", "fleet_timeout: 70 s"])
def test_a_job_that_ends_late_robots_too(rule: str) -> None:
    """Robots time out offline and install late while others are in flight; then the job is called off."""
    text = f"""
    fleet: [{{cohort: a, robots: 8, connectivity: {{renewal: {{up: 40 s, down: {{exponential: {{mean: 60 s}}}}}}}}}}]
    application: {{bundle: 1 MB, steps: {{reaching: {{duration: 20 s}}, launching: {{duration: 50 s}}}}}}
    deployment: {{deploymentConfig: {{robotDeploymentTimeoutInSeconds: 60}}}}
    rules: {{concurrency: 4 robots, {rule}}}
    """
    assert differences(parse(text), 6) == []
