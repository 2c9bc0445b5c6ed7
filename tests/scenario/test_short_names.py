"""Short names: what they set and remove, and what is refused."""

from __future__ import annotations

import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import Scenario, parse
from rolloutsim.scenario.short_names import full_levers
from tests.expected_errors import expected_error

SHARE = "deployment.deploymentConfig.concurrentDeploymentPercentage"
FAILURES = "deployment.deploymentConfig.failureThresholdPercentage"
FLEET = "fleet: [{cohort: dock, robots: 200}]\napplication: {bundle: 350 MB}\n"


@pytest.fixture
def scenario() -> Scenario:
    return parse(FLEET)


def test_a_share_replaces_a_number_of_robots(scenario: Scenario) -> None:
    changed = scenario.replace_all({"rules.concurrency": 30, "rules.failure_limit": 7})
    changed = changed.replace_all({"concurrency": "10 %", "threshold": "5%"})
    assert (changed.deployment.concurrent_percentage, changed.deployment.failure_threshold_percentage) == (10, 5)
    assert (changed.rules.concurrency, changed.rules.failure_limit) == (None, None)
    assert changed.fingerprint() == scenario.replace_all({SHARE: 10, FAILURES: 5}).fingerprint()


def test_a_number_of_robots_replaces_a_share(scenario: Scenario) -> None:
    changed = scenario.replace_all({SHARE: 10, FAILURES: 5}).replace_all({"concurrency": "1 robot", "threshold": "50 robots"})
    assert (changed.deployment.concurrent_percentage, changed.deployment.failure_threshold_percentage) == (None, None)
    assert (changed.rules.concurrency, changed.rules.failure_limit) == (1, 50)


def test_the_timeout_is_a_time(scenario: Scenario) -> None:
    assert scenario.replace("robot_timeout", "1.5 h").deployment.robot_timeout == 5400


@pytest.mark.parametrize("value", [20, 20.5, True, None, "20", "many", "20 MB", [20]])
def test_a_bare_number_is_refused(scenario: Scenario, value: object) -> None:
    with expected_error("missing-unit", "concurrency"):
        scenario.replace("concurrency", value)


def test_the_error_offers_both_forms(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError, match="write threshold=20 % or threshold=20 robots"):
        scenario.replace("threshold", 20)


def test_every_mistake_is_reported(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario.replace_all({"concurrency": 20, "robot_timeout": "1.5 s", "threshold": "3 %", FAILURES: 4})
    codes = {problem.path: problem.code for problem in caught.value.problems}
    assert codes == {"concurrency": "missing-unit", "robot_timeout": "out-of-range", "threshold": "conflicting-keys"}


def test_what_the_full_path_refuses_is_refused_there(scenario: Scenario) -> None:
    with expected_error("out-of-range", SHARE):
        scenario.replace("concurrency", "101 %")
    with expected_error("wrong-type", "rules.failure_limit"):
        scenario.replace("threshold", "2.5 robots")


def test_levers_have_full_paths() -> None:
    levers, excluded = full_levers({"rules.dispatch": ["window"], "threshold": ["10 robots", "20 robots"]})
    assert levers == {"rules.dispatch": ["window"], "rules.failure_limit": [10, 20]}
    assert excluded == {FAILURES: None}


def test_a_lever_of_two_forms_is_refused() -> None:
    with expected_error("does-not-fit", "concurrency"):
        full_levers({"concurrency": ["10 %", "50 robots"]})


@pytest.mark.parametrize("other", [SHARE, "rules.concurrency"])
def test_a_lever_that_is_there_twice_is_refused(other: str) -> None:
    for levers in ({"concurrency": ["10 %"], other: [5]}, {other: [5], "concurrency": ["10 %"]}):
        with expected_error("conflicting-keys", "concurrency"):
            full_levers(levers)


def test_levers_of_a_file_may_have_short_names() -> None:
    assert parse(FLEET + "sweep: {levers: {concurrency: [10 %, 20 %]}}").warnings
    with expected_error("missing-unit", "sweep.levers.concurrency[0]"):
        parse(FLEET + "sweep: {levers: {concurrency: [10]}}")
