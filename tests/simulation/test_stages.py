"""Staged rollouts against examples worked out by hand, and laws that hold whatever the stages are."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolloutsim.scenario import Scenario, build, stage_sizes
from rolloutsim.simulation.model.make_rules import make_rules
from rolloutsim.simulation.model.rules import Gate, gate_shuts
from rolloutsim.simulation.records.outcomes import Tables
from tests.simulation.comparison import assert_same_tables
from tests.simulation.worlds import launch, tables

Raw = dict[str, Any]
THREE = [{"robots": 3, "soak": "100 s", "max_failures": 0}, {"robots": 4, "soak": "50 s"}]
FAILS = {"launching": {"failures": {"MissingRobotDeploymentResource": {"probability": 1, "per": "robot"}}}}


def cohorts(*fleet: Raw, rules: Raw, config: Raw | None = None, duration: str = "10 s") -> Scenario:
    """Return a fleet in which nothing takes time but launching, 10 s."""
    return build(
        {
            "fleet": list(fleet),
            "application": {"bundle": "0 B", "steps": {"launching": {"duration": duration}}},
            "deployment": {"deploymentConfig": config or {}},
            "rules": rules,
        }
    )


def run(scenario: Scenario, seed: int = 1) -> tuple[Any, pd.DataFrame]:
    """Return the row of the job and the rows of the robots of one replicate."""
    result = tables(scenario, 1, seed)
    return next(result.jobs.itertuples()), result.robots


# Instants


def test_each_stage_waits_for_the_last_verdict_and_the_soak() -> None:
    """Two slots and 10 s each: 0-20, soak to 120, 120-140, soak to 190, 190-220."""
    job, robots = run(launch(12, "10 s", rules={"concurrency": 2, "stages": THREE}))
    assert robots.granted_s.tolist() == [0, 0, 10, 120, 120, 130, 130, 190, 190, 200, 200, 210]
    assert (job.status, job.time_to_complete_s, job.stages_reached, job.robots_exposed) == ("Succeeded", 220.0, 3, 12)


def test_a_percentage_of_concurrency_is_of_the_fleet() -> None:
    """25 % of 12 are 3: the three canaries start together, although 25 % of them would be one."""
    job, robots = run(launch(12, "10 s", config={"concurrentDeploymentPercentage": 25}, rules={"stages": THREE}))
    assert robots.granted_s.tolist() == [0, 0, 0, 110, 110, 110, 120, 180, 180, 180, 190, 190]
    assert job.time_to_complete_s == 200.0


@pytest.mark.parametrize(("dispatch", "granted"), [("window", [0, 0, 10, 20, 40, 40, 50]), ("batch", [0, 0, 30, 30, 50, 50, 60])])
def test_a_batch_does_not_reach_into_the_next_stage(dispatch: str, granted: list[float]) -> None:
    """One robot takes 30 s; the stage of four ends after 30 s by window and 40 s by batch, and 10 s of soak follow."""
    slow = {"cohort": "slow", "robots": 1, "steps": {"launching": {"duration": "30 s"}}}
    rules = {"dispatch": dispatch, "concurrency": 2, "stages": [{"robots": 4, "soak": "10 s"}]}
    _, robots = run(cohorts(slow, {"cohort": "others", "robots": 6}, rules=rules))
    assert robots.granted_s.tolist() == granted


def test_the_last_batch_of_a_stage_is_measured_by_its_own_robots() -> None:
    """Half of a batch of 4 may not fail; robot 4 is alone in its batch, the second of the stage of 5."""
    bad = {"cohort": "faulty", "robots": 1, "steps": FAILS}
    rules = {
        "dispatch": "batch",
        "concurrency": 4,
        "denominator": "batch",
        "evaluate": "batch_end",
        "stages": [{"robots": 5}],
    }
    config = {"failureThresholdPercentage": 50}
    job, _ = run(cohorts({"cohort": "a", "robots": 4}, bad, {"cohort": "b", "robots": 7}, rules=rules, config=config))
    assert (job.failure_code, job.breached_s, job.robots_exposed) == ("FailureThresholdBreached", 20.0, 5)
    whole = {key: value for key, value in rules.items() if key != "stages"}
    job, _ = run(cohorts({"cohort": "a", "robots": 4}, bad, {"cohort": "b", "robots": 7}, rules=whole, config=config))
    assert job.status == "Succeeded"


def test_a_stage_of_cohorts_has_all_of_them_and_no_other_stage_any() -> None:
    fleet = ({"cohort": "a", "robots": 4}, {"cohort": "canary", "robots": 2}, {"cohort": "b", "robots": 4})
    stages = [{"robots": 1}, {"cohorts": ["canary"], "soak": "5 s"}, {"share": "60 %"}]
    scenario = cohorts(*fleet, rules={"stages": stages})
    assert stage_sizes(scenario) == (1, 2, 3, 4)
    _, robots = run(scenario)
    assert robots.granted_s.tolist() == [0, 25, 25, 25, 10, 10, 35, 35, 35, 35]


@pytest.mark.parametrize("order", ["listed", "shuffled", "priority", "interleaved"])
def test_the_order_of_deployment_holds_within_a_stage(order: str) -> None:
    fleet = [{"cohort": name, "robots": 10, "priority": priority} for name, priority in (("a", 2), ("b", 1), ("c", 3))]
    rules: Raw = {"order": order, "concurrency": 1}
    _, plain = run(cohorts(*fleet, rules=rules))
    _, staged = run(cohorts(*fleet, rules={**rules, "stages": [{"robots": 7}, {"cohorts": ["a"]}]}))
    before = plain.sort_values("granted_s").robot.tolist()
    of_a = [robot for robot in before if robot < 10]
    others = [robot for robot in before if robot >= 10]
    assert staged.sort_values("granted_s").robot.tolist() == others[:7] + of_a + others[7:]


# Gates


@pytest.mark.parametrize(
    ("gate", "failures", "passes"),
    [
        ({}, 10, True),
        ({"max_failures": 0}, 0, True),
        ({"max_failures": 0}, 1, False),
        ({"max_failures": 2}, 2, True),
        ({"max_failures": 2}, 3, False),
        ({"max_failure_share": "0 %"}, 0, True),
        ({"max_failure_share": "0 %"}, 1, False),
        ({"max_failure_share": "29 %"}, 2, True),
        ({"max_failure_share": "30 %"}, 3, True),
        ({"max_failure_share": 0.3}, 3, True),
        ({"max_failure_share": "29.99 %"}, 3, False),
        ({"max_failure_share": "30 %"}, 4, False),
    ],
)
def test_a_gate_allows_its_limit_and_no_more(gate: Raw, failures: int, passes: bool) -> None:
    """Ten robots in 10 s, a soak of 60 s, ten more robots."""
    fleet = [{"cohort": "faulty", "robots": failures, "steps": FAILS}] if failures else []
    rules = {"stages": [{"robots": 10, "soak": "1 min", **gate}]}
    job, robots = run(cohorts(*fleet, {"cohort": "sound", "robots": 20 - failures}, rules=rules))
    assert (job.succeeded, job.failed, job.not_started) == (10 - failures + 10 * passes, failures, 10 - 10 * passes)
    if passes:
        assert (job.status, job.time_to_complete_s, job.stages_reached, job.robots_exposed) == ("Succeeded", 80.0, 2, 20)
    else:
        assert (job.status, job.failure_code, job.stages_reached, job.robots_exposed) == ("Failed", "FailureThresholdBreached", 1, 10)
        assert (job.breached_s, job.time_to_complete_s, job.overshoot) == (70.0, 70.0, 0.0)
        assert robots.status.tolist()[10:] == ["PendingNewDeployment"] * 10


def test_a_gate_counts_in_whole_numbers() -> None:
    """29 % of 100 are 29, though 0.29 * 100 in floating point is less."""
    (gate, _) = make_rules(launch(200, "1 s", rules={"stages": [{"robots": 100, "max_failure_share": "29 %"}]})).gates
    assert [gate_shuts(gate, failures, 100) for failures in (28, 29, 30)] == [False, False, True]
    assert gate_shuts(Gate(max_failures=0), 0, 0) is False


def test_a_gate_looks_at_all_results_so_far() -> None:
    """The failure of the first stage, which its own gate lets pass, is one too many for the second."""
    fleet = ({"cohort": "faulty", "robots": 1, "steps": FAILS}, {"cohort": "sound", "robots": 9})
    stages = [{"robots": 2, "max_failures": 1}, {"robots": 2, "max_failures": 0}]
    job, _ = run(cohorts(*fleet, rules={"stages": stages}))
    assert (job.failure_code, job.breached_s, job.stages_reached, job.robots_exposed) == ("FailureThresholdBreached", 20.0, 2, 4)
    # one of four is a quarter, though none of the second stage's two
    stages = [{"robots": 2}, {"robots": 2, "max_failure_share": "25 %"}]
    assert run(cohorts(*fleet, rules={"stages": stages}))[0].status == "Succeeded"


def test_a_gate_counts_what_the_threshold_counts() -> None:
    fleet = ({"cohort": "faulty", "robots": 2, "steps": FAILS}, {"cohort": "sound", "robots": 2})
    rules = {"stages": [{"robots": 2, "max_failures": 0}]}
    assert run(cohorts(*fleet, rules=rules))[0].status == "Failed"
    assert run(cohorts(*fleet, rules={**rules, "counts": ["timeout", "no_response"]}))[0].status == "Succeeded"


def test_the_gate_of_the_last_stage_decides_on_the_job() -> None:
    fleet = ({"cohort": "faulty", "robots": 1, "steps": FAILS}, {"cohort": "sound", "robots": 3})
    job, _ = run(cohorts(*fleet, rules={"stages": [{"share": "100 %", "soak": "5 s", "max_failures": 0}]}))
    assert (job.failure_code, job.time_to_complete_s, job.not_started) == ("FailureThresholdBreached", 15.0, 0)


# The job's other rules


@pytest.mark.parametrize("denominator", ["fleet", "completed"])
def test_the_threshold_of_the_job_holds_across_stages(denominator: str) -> None:
    """One failure a stage; the second, 10 s into the second stage, is 20 % of the fleet, and of 10 completed robots as well."""
    fleet = [{"cohort": "a", "robots": 1, "steps": FAILS}, {"cohort": "b", "robots": 8}, {"cohort": "c", "robots": 1, "steps": FAILS}]
    stages = [{"cohorts": ["a"], "soak": "1 h"}, {"cohorts": ["b", "c"], "soak": "1 h"}]
    rules = {"stages": stages, "denominator": denominator} | ({"minimum_completed": 10} if denominator == "completed" else {})
    job, _ = run(cohorts(*fleet, rules=rules, config={"failureThresholdPercentage": 20}))
    assert (job.failure_code, job.breached_s, job.time_to_complete_s) == ("FailureThresholdBreached", 3620.0, 3620.0)
    assert run(cohorts(*fleet, rules=rules, config={"failureThresholdPercentage": 21}))[0].status == "Succeeded"


@pytest.mark.parametrize(
    ("rule", "status", "code"), [("cancel_at", "Canceled", None), ("fleet_timeout", "Failed", "FleetDeploymentTimeout")]
)
@pytest.mark.parametrize(
    ("t", "end", "begun", "exposed"),
    [
        (15, 15.0, 1, 3),
        (60, 60.0, 1, 3),  # in the first soak, from 20 to 120
        (120, 120.0, 2, 3),  # the soak ends first, but grants come last
        (150, 150.0, 2, 7),  # in the second soak, from 140 to 190
        (195, 195.0, 3, 9),
    ],
)
def test_a_soak_ends_with_the_job(rule: str, status: str, code: str | None, t: int, end: float, begun: int, exposed: int) -> None:
    job, _ = run(launch(12, "10 s", rules={"concurrency": 2, "stages": THREE, rule: f"{t} s"}))
    assert (job.status, job.time_to_complete_s, job.stages_reached, job.robots_exposed) == (status, end, begun, exposed)
    assert job.failure_code == code or (code is None and pd.isna(job.failure_code))
    assert job.not_started == 12 - exposed


@pytest.mark.parametrize("rule", ["cancel_at", "fleet_timeout"])
def test_what_ends_a_job_in_a_soak_leaves_its_gate_nothing_to_decide(rule: str) -> None:
    """The gate would stop the job at 110 s; at 50 s there is no job any more."""
    fleet = ({"cohort": "faulty", "robots": 1, "steps": FAILS}, {"cohort": "sound", "robots": 3})
    job, _ = run(cohorts(*fleet, rules={"stages": [{"robots": 1, "soak": "100 s", "max_failures": 0}], rule: "50 s"}))
    assert job.failure_code != "FailureThresholdBreached"
    assert job.time_to_complete_s == 50.0
    assert pd.isna(job.breached_s)


def test_a_last_soak_that_ends_with_the_time_of_the_job_is_complete() -> None:
    rules = {"stages": [{"share": "100 %", "soak": "1 min"}], "fleet_timeout": "70 s"}
    job, _ = run(launch(3, "10 s", rules=rules))
    assert (job.status, job.time_to_complete_s) == ("Succeeded", 70.0)


def test_a_job_that_fails_while_preparing_reaches_no_stage() -> None:
    scenario = build(
        {
            "fleet": [{"cohort": "a", "robots": 3}],
            "application": {"bundle": "0 B", "steps": {"preparing": {"failures": {"BadPermissionError": 1}}}},
            "rules": {"stages": [{"robots": 1, "soak": "1 h", "max_failures": 0}]},
        }
    )
    job, _ = run(scenario)
    assert (job.failure_code, job.stages_reached, job.robots_exposed) == ("BadPermissionError", 0, 0)


@pytest.mark.parametrize("dispatch", ["window", "batch"])
def test_a_retry_stays_in_its_stage(dispatch: str) -> None:
    """The robot fails at 10 s and, after 5 s at the back of its stage's queue, again at 25 s: only then the soak begins."""
    retries = {"codes": ["MissingRobotDeploymentResource"], "max": 1, "backoff": "5 s", "slot": "queue"}
    rules = {"dispatch": dispatch, "retries": retries, "stages": [{"cohorts": ["faulty"], "soak": "100 s"}]}
    _, robots = run(cohorts({"cohort": "faulty", "robots": 1, "steps": FAILS}, {"cohort": "sound", "robots": 2}, rules=rules))
    assert robots.granted_s.tolist() == [15, 125, 125]
    assert robots.attempts.tolist() == [2, 1, 1]


@pytest.mark.parametrize(("soak", "on_breach", "late"), [(200, "finish", 1), (200, "abort", 1), (20, "finish", 1), (20, "abort", 0)])
def test_a_robot_that_installs_late_in_a_soak_remains_a_failure(soak: int, on_breach: str, late: int) -> None:
    """Offline until 100 s, its timer ends at 60 s, and it installs from 100 to 110 s if the job has not withdrawn it by then."""
    away = {"renewal": {"up": "1000 s", "down": "100 s", "start": "down"}}
    rules = {"on_breach": on_breach, "stages": [{"cohorts": ["away"], "soak": f"{soak} s", "max_failures": 0}]}
    scenario = cohorts(
        {"cohort": "away", "robots": 1, "connectivity": away},
        {"cohort": "home", "robots": 2},
        rules=rules,
        config={"robotDeploymentTimeoutInSeconds": 60},
    )
    job, robots = run(scenario)
    assert (job.failure_code, job.breached_s, job.converged_late) == ("FailureThresholdBreached", 60.0 + soak, late)
    assert robots.converged_s[0] == 110.0 if late else pd.isna(robots.converged_s[0])


@pytest.mark.parametrize("place", [0, 1])
def test_a_soak_ends_before_a_robot_that_completes_at_the_same_instant(place: int) -> None:
    """The late robot would install from 100 to 110 s; the other's verdict is at 105 s (45 s from 60 s on), and the soak ends at 110 s."""
    away = {"renewal": {"up": "1000 s", "down": "100 s", "start": "down"}}
    fleet = [{"cohort": "slow", "robots": 1, "priority": 1, "steps": {"launching": {"duration": "45 s"}}}]
    fleet.insert(place, {"cohort": "away", "robots": 1, "connectivity": away})
    rules = {"order": "priority", "concurrency": 1, "on_breach": "abort", "stages": [{"robots": 2, "soak": "5 s", "max_failures": 0}]}
    job, _ = run(cohorts(*fleet, rules=rules, config={"robotDeploymentTimeoutInSeconds": 60}))
    assert (job.failure_code, job.breached_s, job.converged_late) == ("FailureThresholdBreached", 110.0, 0)


def test_skip_passes_over_the_offline_in_every_stage_again() -> None:
    """One slot: the first stage has no robot online and falls back to hold; in the second the robot that is online still comes first."""
    fleet = (
        {"cohort": "off", "robots": 1, "connectivity": "never"},
        {"cohort": "out", "robots": 1, "connectivity": "never"},
        {"cohort": "on", "robots": 1},
    )
    rules = {"offline": "skip", "concurrency": 1, "stages": [{"cohorts": ["off"]}]}
    _, robots = run(cohorts(*fleet, rules=rules, config={"robotDeploymentTimeoutInSeconds": 60}))
    assert robots.granted_s.tolist() == [0, 70, 60]


# Laws

RULES = st.fixed_dictionaries(
    {
        "dispatch": st.sampled_from(["window", "batch"]),
        "concurrency": st.integers(1, 12),
        "order": st.sampled_from(["listed", "shuffled"]),
        "offline": st.sampled_from(["hold", "skip", "wait"]),
        "on_breach": st.sampled_from(["finish", "abort"]),
        "retries": st.sampled_from(
            [{}, {"codes": ["MissingRobotDeploymentResource"], "max": 2, "backoff": {"exponential": {"mean": "7 s"}}, "slot": "queue"}]
        ),
    }
)


def flaky(rules: Raw, robots: int = 24, failure: float = 0.2, config: Raw | None = None) -> Scenario:
    """Return two cohorts, one with a link that comes and goes; one release in two is bad, and then most robots fail."""
    link = {"renewal": {"up": {"exponential": {"mean": "60 s"}}, "down": {"exponential": {"mean": "30 s"}}}}
    code = "MissingRobotDeploymentResource"
    bad = {"probability": 0.5, "steps": {"launching": {"failures": {code: {"probability": 0.8, "per": "robot"}}}}}
    step = {"duration": {"exponential": {"mean": "10 s"}}, "failures": {code: {"probability": failure, "per": "robot"}}}
    return build(
        {
            "fleet": [
                {"cohort": "still", "robots": robots // 3},
                {"cohort": "moves", "robots": robots - robots // 3, "connectivity": link},
            ],
            "application": {
                "bundle": "0 B",
                "release": {"bad": bad},
                "steps": {"launching": step, "reaching": {"duration": {"exponential": {"mean": "3 s"}}}},
            },
            "deployment": {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 120, **(config or {})}},
            "rules": rules,
        }
    )


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(RULES, st.sampled_from([{}, {"failureThresholdPercentage": 40}]), st.sampled_from([None, "45 s"]), st.integers(0, 2**32))
def test_one_stage_of_the_whole_fleet_is_no_stages(rules: Raw, config: Raw, cancel: str | None, seed: int) -> None:
    rules = {**rules, "cancel_at": cancel}
    plain = tables(flaky(rules, config=config), 2, seed)
    assert_same_tables(plain, tables(flaky({**rules, "stages": [{"share": "100 %"}]}, config=config), 2, seed))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    RULES,
    st.lists(st.integers(1, 6), min_size=1, max_size=4),
    st.integers(0, 3),
    st.sampled_from([0, 30, 400]),
    st.sampled_from([None, "200 s"]),
    st.integers(0, 2**32),
)
def test_no_stage_begins_before_the_gate_of_the_one_before(
    rules: Raw, sizes: list[int], most: int, soak: int, cancel: str | None, seed: int
) -> None:
    """Robots exposed never exceed the stages begun; a stage's grants come after the last verdict before them and its soak."""
    stages = [{"robots": size, "soak": f"{soak} s", "max_failures": most} for size in sizes]
    scenario = flaky({**rules, "order": "listed", "stages": stages, "cancel_at": cancel})
    limits = [sum(stage_sizes(scenario)[: k + 1]) for k in range(len(stage_sizes(scenario)))]
    result = tables(scenario, 3, seed)
    for job in result.jobs.itertuples():
        robots = result.robots[result.robots.replicate == job.replicate]
        assert job.succeeded + job.failed + job.not_started == job.robots
        assert job.robots_exposed == job.robots - job.not_started == robots.granted_s.notna().sum()
        assert 1 <= job.stages_reached <= len(limits)
        assert job.robots_exposed <= limits[job.stages_reached - 1]
        for number, (low, high) in enumerate(zip([0, *limits], limits, strict=False)):
            stage, before = robots.iloc[low:high], robots.iloc[:low]
            if number >= job.stages_reached:
                assert stage.granted_s.isna().all()
            elif low and stage.granted_s.notna().any():
                started_at = min(first_grants(result, job.replicate, low, high))
                assert started_at >= before.reported_s.max() + soak
                assert before.reported_s.notna().all()
                assert before.failure_code.notna().sum() <= most
        if job.status == "Succeeded":
            assert job.stages_reached == len(limits)
            assert job.not_started == 0
        elif job.failure_code == "FailureThresholdBreached":
            assert job.robots_exposed == limits[job.stages_reached - 1]
            assert job.failed > most
            assert job.breached_s == job.time_to_complete_s == robots.reported_s.max() + soak


def first_grants(result: Tables, replicate: int, low: int, high: int) -> list[float]:
    """Return when the first attempts of robots began, by the table of steps."""
    steps = result.steps[(result.steps.replicate == replicate) & (result.steps.attempt == 0) & (result.steps.phase == "validating")]
    return steps[(steps.robot >= low) & (steps.robot < high)].started_s.tolist()


def test_stages_change_what_a_bad_release_breaks_and_not_what_a_good_one_does() -> None:
    """Of a release that breaks nothing when good and everything when bad, the canaries see all there is to see."""
    code = "MissingRobotDeploymentResource"
    raw = {
        "fleet": [{"cohort": "canary", "robots": 2}, {"cohort": "others", "robots": 38}],
        "application": {
            "bundle": "0 B",
            "release": {"bad": {"probability": 0.5, "steps": {"launching": {"failures": {code: {"probability": 1, "per": "robot"}}}}}},
            "steps": {"launching": {"duration": "10 s"}},
        },
        "rules": {"stages": [{"cohorts": ["canary"], "soak": "1 d", "max_failures": 0}]},
    }
    jobs = tables(build(raw), 30, seed=4).jobs
    good = jobs.release == "good"
    assert 0 < good.sum() < 30
    assert set(jobs[good].robots_exposed) == {40}
    assert set(jobs[~good].robots_exposed) == {2}
    assert set(jobs[~good].stages_reached) == {1}
