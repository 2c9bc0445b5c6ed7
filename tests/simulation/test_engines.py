"""Both engines give the same tables: the same rows in the same order, to the last bit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from rolloutsim import load
from rolloutsim.scenario import Scenario, build, parse
from rolloutsim.study.verify import verify
from tests.searches import search
from tests.simulation.strategies import Raw, raw_scenarios

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
THOUSANDS = int(os.environ.get("ROLLOUTSIM_EXAMPLES", "1000"))


def differences(scenario: Scenario, seed: int = 5, replicates: int = 2) -> list[str]:
    return [str(found) for found in verify(scenario, seed, range(replicates)) if found is not None]


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_our_scenarios(path: Path) -> None:
    assert differences(load(path), replicates=1) == []


@pytest.mark.slow
@search(15, suppress_health_check=HEALTH)
@given(raw=raw_scenarios())
def test_random_scenarios(raw: Raw) -> None:
    assert differences(build(raw)) == []


@pytest.mark.slow
@search(15, suppress_health_check=HEALTH)
@given(raw=raw_scenarios(shared=True))
def test_random_scenarios_with_shared_links(raw: Raw) -> None:
    assert differences(build(raw)) == []


@pytest.mark.slow
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
def test_thousands_of_random_scenarios(*, shared: bool) -> None:
    @settings(max_examples=THOUSANDS, suppress_health_check=HEALTH)
    @given(raw=raw_scenarios(shared=shared))
    def search(raw: Raw) -> None:
        assert differences(build(raw)) == []

    search()


TIES = """
fleet:
  - {{cohort: near, robots: 6, site: hall, link: {{rate: 8 kbit/s}}, connectivity: {{renewal: {{up: 10 s, down: 5 s, start: up}}}}}}
  - {{cohort: far, robots: 6, site: yard}}
  - {{cohort: road, robots: 3, connectivity: {{renewal: {{up: 5 s, down: 5 s, start: down}}}}}}
network: {{origin: 80 kbit/s, sites: {{hall: {{downlink: 16 kbit/s}}, yard: {{downlink: 40 kbit/s}}}}}}
application:
  bundle: 5 kB
  download: {{interrupted: {interrupted}}}
  steps:
    validating: {{duration: 5 s}}
    launching: {{duration: 5 s, failures: {{MissingRobotDeploymentResource: {{probability: 0.3, per: robot}}}}}}
deployment: {{deploymentConfig: {{concurrentDeploymentPercentage: {percentage}, robotDeploymentTimeoutInSeconds: 60}}}}
rules: {{on_breach: {on_breach}, failure_limit: 3 robots, cancel_at: {cancel}, offline: {offline}, observe: 200 s}}
"""


@pytest.mark.slow
@pytest.mark.parametrize("offline", ["hold", "skip", "wait"])
@pytest.mark.parametrize("on_breach", ["abort", "finish"])
@pytest.mark.parametrize(
    ("interrupted", "cancel", "percentage"), [("resume", "never", 40), ("restart", "75 s", 100), ("resume", "60 s", 20)]
)
def test_ties_over_shared_links(interrupted: str, cancel: str, percentage: int, on_breach: str, offline: str) -> None:
    """Everything takes whole multiples of 5 s: links change, downloads end, timers and the job end at the same instants."""
    text = TIES.format(interrupted=interrupted, cancel=cancel, percentage=percentage, on_breach=on_breach, offline=offline)
    assert differences(parse(text), replicates=5) == []


def test_records_that_do_not_fit_are_made_again() -> None:
    """Each robot is interrupted a hundred times: more transfers than there is room for at first."""
    text = """
    fleet: [{cohort: a, robots: 2, link: {rate: 8 kbit/s}, connectivity: {renewal: {up: 1 s, down: 1 s, start: up}}}]
    application: {bundle: 100 kB}
    """
    assert differences(parse(text), replicates=2) == []
