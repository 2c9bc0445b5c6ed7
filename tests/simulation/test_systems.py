"""Presets of systems: plain rules give the same tables, worked examples to the number, and the systems' own words for what happened."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolloutsim import simulate
from rolloutsim.scenario import Scenario, build, parse, to_yaml
from rolloutsim.scenario.systems.registry import SYSTEMS
from rolloutsim.scenario.systems.statuses import NATIVE_STATUSES, job_outcome, robot_outcome
from tests.simulation.system_strategies import configurations, small_fleets
from tests.simulation.worlds import tables

Raw = dict[str, Any]


def pasted(
    system: str, robots: int, failing: set[int] | None = None, *, seconds: float = 60, rules: Raw | None = None, **native: Any
) -> Scenario:
    """Return robots that take some time each under the configuration of a system; those whose numbers are listed, from 1, fail then."""
    steps = {"launching": {"failures": {"MissingRobotDeploymentResource": 1}}}
    fleet = [{"cohort": f"c{n}", "robots": 1, **({"steps": steps} if n in (failing or set()) else {})} for n in range(1, robots + 1)]
    return _with(fleet, system, seconds, native, rules)


def _with(fleet: list[Raw], system: str, seconds: float, native: Raw, rules: Raw | None = None, failures: Raw | None = None) -> Scenario:
    application = {"bundle": "0 B", "steps": {"launching": {"duration": f"{seconds} s", "failures": failures or {}}}}
    return build({"fleet": fleet, "application": application, "deployment": {"system": system, **native}, "rules": rules or {}})


def job(scenario: Scenario) -> Any:
    return tables(scenario, 1, 1).jobs.iloc[0]


def without_words(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="native_status", errors="ignore")


@pytest.mark.slow
@pytest.mark.parametrize("system", list(SYSTEMS))
@settings(max_examples=60)
@given(data=st.data())
def test_plain_rules_give_the_same_tables(system: str, data: st.DataObject) -> None:
    raw = data.draw(small_fleets())
    preset = build({**raw, "deployment": {"system": system, **data.draw(configurations(system))}})
    plain = parse(to_yaml(preset.as_rules))
    assert plain.fingerprint() == preset.fingerprint()
    own, other = tables(preset, 2, 7), tables(plain, 2, 7)
    for name, table in own._asdict().items():
        if table is not None:
            pd.testing.assert_frame_equal(without_words(table), without_words(getattr(other, name)), check_exact=True)
    assert set(other.jobs.native_status) | set(other.robots.native_status) == {""}
    words = SYSTEMS[system]
    assert set(own.jobs.native_status) <= set(words.jobs.values())
    assert set(own.robots.native_status) <= set(words.robots.values())


@pytest.mark.parametrize("system", list(SYSTEMS))
def test_a_configuration_as_rules(system: str) -> None:
    """One of those requests for each system, quickly."""
    native: dict[str, Raw] = {
        "edgehog": {"campaignMechanism": {"firmwareUpgrade": {"maxFailurePercentage": 50, "maxInProgressOperations": 2}}}
    }
    preset = pasted(system, 5, {2}, **native.get(system, {}))
    own, other = tables(preset, 1, 1), tables(build(preset.as_rules), 1, 1)
    pd.testing.assert_frame_equal(without_words(own.robots), without_words(other.robots))
    pd.testing.assert_frame_equal(without_words(own.jobs), without_words(other.jobs))
    assert (own.jobs.native_status[0], other.jobs.native_status[0]) != ("", "")
    assert other.jobs.native_status[0] == ""


# CodeDeploy, 10 robots of which some percentage must be healthy.
@pytest.mark.parametrize(
    ("percent", "failing", "status", "word", "ended", "exposed"),
    [
        (80, {3, 5}, "Failed", "Failed", 180, 5),
        (80, {3, 10}, "Succeeded", "Succeeded", 480, 10),
        (95, set[int](), "Failed", "Failed", 0, 0),
    ],
)
def test_healthy_minimum_of_codedeploy(percent: int, failing: set[int], status: str, word: str, ended: float, exposed: int) -> None:
    found = job(pasted("codedeploy", 10, failing, minimumHealthyHosts={"type": "FLEET_PERCENT", "value": percent}))
    assert (found.status, found.native_status, found.time_to_complete_s, found.robots_exposed) == (status, word, ended, exposed)


@pytest.mark.parametrize(("failing", "status"), [(set(range(1, 10)), "Succeeded"), (set(range(1, 11)), "Failed")])
def test_without_a_minimum_one_robot_has_to_succeed(failing: set[int], status: str) -> None:
    assert job(pasted("codedeploy", 10, failing, deploymentConfigName="CodeDeployDefault.AllAtOnce")).status == status


# StackSets, 10 at once with a tolerance of 3.
@pytest.mark.parametrize(("failing", "exposed", "ended"), [(set[int](), 20, 300), (set(range(1, 21)), 4, 60), ({2, 6}, 20, 540)])
def test_a_strict_tolerance_of_stacksets(failing: set[int], exposed: int, ended: float) -> None:
    """A Region has 20 robots; the stop row ends the job with the fourth failure, as the stall would."""
    preferences = {"MaxConcurrentCount": 10, "FailureToleranceCount": 3}
    found = job(pasted("stacksets", 20, failing, OperationPreferences=preferences))
    assert (found.robots_exposed, found.time_to_complete_s) == (exposed, ended)


@pytest.mark.parametrize(("failing", "word", "stages"), [({1, 2, 3, 21, 22, 23}, "SUCCEEDED", 2), ({1, 2, 3, 4}, "FAILED", 1)])
def test_two_regions_of_stacksets(failing: set[int], word: str, stages: int) -> None:
    steps = {"launching": {"failures": {"MissingRobotDeploymentResource": 1}}}
    fleet = [
        {"cohort": f"c{n}", "robots": 1, "site": f"region-{1 + (n > 20)}", **({"steps": steps} if n in failing else {})}
        for n in range(1, 41)
    ]
    preferences = {"MaxConcurrentCount": 10, "FailureToleranceCount": 3}
    found = tables(_with(fleet, "stacksets", 60, {"Regions": ["region-1", "region-2"], "OperationPreferences": preferences}), 1, 1)
    assert (found.jobs.native_status[0], found.jobs.stages_reached[0]) == (word, stages)
    assert (found.robots.granted_s[20:].isna().all()) == (stages == 1), "the second Region never starts"
    assert set(found.robots.native_status[20:]) == ({"PENDING"} if stages == 1 else {"SUCCEEDED", "FAILED"})


@pytest.mark.slow
def test_a_rate_of_iot_jobs_that_doubles() -> None:
    exponential = {"baseRatePerMinute": 50, "incrementFactor": 2, "rateIncreaseCriteria": {"numberOfNotifiedThings": 1000}}
    native = {"jobExecutionsRolloutConfig": {"exponentialRate": exponential, "maximumPerMinute": 1000}}
    granted = tables(_with([{"cohort": "c", "robots": 10_000}], "iot-jobs", 0, native), 1, 1).robots.granted_s.to_numpy()
    assert granted[[1000, 5000, 9999]] == pytest.approx([1199.4, 2323.86, 2623.8], abs=1e-6)


def test_a_queued_robot_of_iot_jobs_never_times_out() -> None:
    outage = {"trace": {"patterns": [{"period": "100 d", "times": [0, 48 * 3600], "online": [0, 1]}], "offset": "aligned"}}
    native = {"timeoutConfig": {"inProgressTimeoutInMinutes": 10}}
    found = tables(_with([{"cohort": "c", "robots": 1, "connectivity": outage}], "iot-jobs", 60, native), 1, 1)
    assert (found.robots.native_status[0], found.robots.reported_s[0]) == ("SUCCEEDED", 172_860)


@pytest.mark.parametrize(
    ("system", "native", "ended", "word"),
    [
        ("ansible", {}, 10, "unreachable"),
        ("ssm", {"TimeoutSeconds": 90}, 90, "Delivery Timed Out"),
        (
            "edgehog",
            {
                "rolloutMechanism": {
                    "push": {"maxFailurePercentage": 100, "maxInProgressUpdates": 1, "otaRequestRetries": 3, "otaRequestTimeoutSeconds": 60}
                }
            },
            240,
            "FAILED",
        ),
    ],
)
def test_how_long_a_robot_is_waited_for(system: str, native: Raw, ended: float, word: str) -> None:
    """The robot is online when it is its turn and at once offline (Edgehog would not take it otherwise), or always offline."""
    online = {"times": [0, 1], "online": [1, 0]} if system == "edgehog" else {"times": [0], "online": [0]}
    outage = {"trace": {"patterns": [{"period": "100 d", **online}], "offset": "aligned"}}
    fleet = [{"cohort": "c", "robots": 1, "connectivity": outage, "steps": {"reaching": {"duration": "5 s"}}}]
    found = tables(_with(fleet, system, 60, native), 1, 1)
    assert (found.robots.reported_s[0], found.robots.native_status[0]) == (ended, word)


def test_batches_of_ansible_stop_one_by_one() -> None:
    """Batches of 4 with 50 %: two failures of four are not enough, three are; the hosts of the batch end at once."""
    assert job(pasted("ansible", 12, {1, 2, 5, 6}, serial=4, max_fail_percentage=50)).native_status == "failed"
    assert job(pasted("ansible", 12, {1, 2, 5, 6}, serial=4, max_fail_percentage=50)).stages_reached == 3
    assert job(pasted("ansible", 12, {5, 6, 7}, serial=4, max_fail_percentage=50)).stages_reached == 2
    assert job(pasted("ansible", 12, {1, 2}, serial=4, max_fail_percentage=49)).stages_reached == 1
    assert job(pasted("ansible", 12, {2}, serial=4, any_errors_fatal=True)).stages_reached == 1
    assert job(pasted("ansible", 12, {1, 2, 3, 4}, serial=4)).stages_reached == 1, "every host of a batch has failed"
    assert job(pasted("ansible", 12, {1, 2, 3}, serial=4)).stages_reached == 3
    fatal = tables(pasted("ansible", 8, {1}, serial=4, any_errors_fatal=True, forks=2), 1, 1).robots
    assert fatal.native_status.tolist() == ["failed", "failed", *["not run"] * 6]


def test_a_slow_start_of_ssm() -> None:
    """100 robots that are reached after 2 s: 1, 2, 4, 8, 16, 19 start at 0, 2, … 10 s, up to 50 at once."""
    fleet = [{"cohort": "c", "robots": 100, "steps": {"reaching": {"duration": "2 s"}}}]
    robots = tables(_with(fleet, "ssm", 58, {}), 1, 1).robots
    assert robots.granted_s.value_counts().sort_index().head(6).to_dict() == {0: 1, 2: 2, 4: 4, 6: 8, 8: 16, 10: 19}
    assert robots.reported_s.max() == 130


@pytest.mark.parametrize(
    ("system", "native", "failing", "job_word", "words"),
    [
        ("ssm", {"MaxErrors": "1", "MaxConcurrency": "1"}, {1, 2}, "Failed", ["Failed", "Failed", "Terminated", "Terminated"]),
        ("ssm", {"MaxErrors": "2", "MaxConcurrency": "1"}, {1, 2}, "Incomplete", ["Failed", "Failed", "Success", "Success"]),
        ("codedeploy", {}, {2}, "Failed", ["Succeeded", "Failed", "Skipped", "Skipped"]),
        (
            "iot-jobs",
            {
                "jobExecutionsRolloutConfig": {"maximumPerMinute": 2},
                "abortConfig": {
                    "criteriaList": [
                        {"failureType": "FAILED", "action": "CANCEL", "thresholdPercentage": 50, "minNumberOfExecutedThings": 1}
                    ]
                },
            },
            {1},
            "CANCELED",
            ["FAILED", "SUCCEEDED", "QUEUED", "QUEUED"],
        ),
    ],
)
def test_native_words(system: str, native: Raw, failing: set[int], job_word: str, words: list[str]) -> None:
    found = tables(pasted(system, 4, failing, **native), 1, 1)
    assert found.jobs.native_status[0] == job_word
    assert found.robots.native_status.tolist() == words


def test_words_for_every_outcome() -> None:
    ends = [job_outcome(*end) for end in (("Succeeded", None, 0), ("Canceled", None, 0), ("Failed", "FleetDeploymentTimeout", 1))]
    assert ends == ["succeeded", "canceled", "timed_out"]
    assert job_outcome("Failed", "ResourceNotFound", 0) == "failed"
    assert robot_outcome("Failed", "DownloadConditionFailed", "own") == "rejected"
    assert robot_outcome("Failed", "RobotDeploymentAborted", "breach") == "stopped"
    assert len(NATIVE_STATUSES) < 128, "they are kept in a byte each"
    for system in SYSTEMS.values():
        assert system.robots.keys() == SYSTEMS["ansible"].robots.keys()


def test_words_are_in_results_and_not_in_the_fingerprint() -> None:
    preset = pasted("ansible", 4, {1}, forks=4)
    results = simulate(preset, replicates=2, seed=1, engine="simpy")
    assert results.jobs.native_status.tolist() == ["failed"] * 2
    assert results.robots.native_status.tolist() == ["failed", "ok", "ok", "ok"] * 2
    assert preset.fingerprint() == build(preset.as_rules).fingerprint()


@pytest.mark.slow
def test_both_engines_have_the_same_words() -> None:
    preset = pasted("ssm", 30, {3, 9}, MaxErrors="1")
    by_engine = [simulate(preset, replicates=3, seed=1, engine=engine) for engine in ("simpy", "compiled")]
    for name in ("jobs", "robots"):
        pd.testing.assert_frame_equal(*(getattr(results, name) for results in by_engine))


@pytest.mark.slow
def test_one_fleet_by_robomaker_and_by_iot_jobs() -> None:
    """1,000 robots always online, 605 s each, that fail with probability 0.4.

    RoboMaker, 10 % at once and 25 %: after five rounds of 100 robots Bin(500, 0.4) failed, which are nearly never 250 or more; after six
    with probability 0.21398, and after seven nearly always. IoT Jobs, 50 per minute: when the hundredth result is there 604 have started,
    and P(Bin(100, 0.4) >= 20) = 0.999994.
    """
    failures = {"MissingRobotDeploymentResource": {"probability": 0.4, "per": "robot"}}
    fleet = [{"cohort": "robots", "robots": 1000}]
    config = {"deploymentConfig": {"concurrentDeploymentPercentage": 10, "failureThresholdPercentage": 25}}
    n = 400
    exposed = _exposed(_with(fleet, "robomaker", 605, config, failures=failures), n)
    for robots, probability in ((700, 0.77703), (600, 0.21398)):
        spread = 4 * sqrt(probability * (1 - probability) / n)
        assert (exposed == robots).mean() == pytest.approx(probability, abs=spread)
    criteria = [{"failureType": "FAILED", "action": "CANCEL", "thresholdPercentage": 20, "minNumberOfExecutedThings": 100}]
    native = {"jobExecutionsRolloutConfig": {"maximumPerMinute": 50}, "abortConfig": {"criteriaList": criteria}}
    exposed = _exposed(_with(fleet, "iot-jobs", 605, native, failures=failures), n)
    assert (exposed == 604).mean() >= 0.999994 - 4 * sqrt(0.999994 * 6e-6 / n)


def _exposed(scenario: Scenario, replicates: int) -> np.ndarray[Any, Any]:
    jobs = simulate(scenario, replicates=replicates, seed=15, keep="jobs").jobs
    return np.asarray(jobs.robots_exposed)
