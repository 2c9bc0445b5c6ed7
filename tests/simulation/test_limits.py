"""Limits on worked examples of systems in use: healthy minimums, tolerances that shrink the concurrency, rates that grow, and stalls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolloutsim import simulate
from rolloutsim.scenario import build
from tests.simulation.worlds import launch, tables

Raw = dict[str, Any]


def minutes(robots: int, failing: set[int], limits: list[Raw], **rules: Any) -> Any:
    """Return the tables of robots that take 60 s each; those whose numbers are listed, from 1, fail then."""
    steps = {"launching": {"failures": {"MissingRobotDeploymentResource": 1}}}
    fleet = [{"cohort": f"c{n}", "robots": 1, **({"steps": steps} if n in failing else {})} for n in range(1, robots + 1)]
    application = {"bundle": "0 B", "steps": {"launching": {"duration": "60 s"}}}
    return tables(build({"fleet": fleet, "application": application, "rules": {"limits": limits, **rules}}), 1, 1)


# CodeDeploy with 10 robots of which 80 % must be healthy.
HEALTHY = [{"max": "2 robots", "counts": ["in_flight", "failed"]}]


def test_a_healthy_minimum_stalls_when_as_many_have_failed() -> None:
    job = minutes(10, {3, 5}, HEALTHY).jobs.iloc[0]
    assert (job.status, job.failure_code, job.stopped_by) == ("Failed", "FailureThresholdBreached", "limits 1")
    assert (job.breached_s, job.time_to_complete_s, job.robots_exposed, job.not_started, job.overshoot) == (180, 180, 5, 5, 0)


def test_a_healthy_minimum_halves_the_pace_after_a_failure() -> None:
    found = minutes(10, {3, 10}, HEALTHY)
    assert (found.jobs.status[0], found.jobs.time_to_complete_s[0]) == ("Succeeded", 480)
    assert found.robots.granted_s.tolist() == [0, 0, 60, 60, 120, 180, 240, 300, 360, 420]


def test_no_room_at_all_ends_the_job_at_once() -> None:
    job = minutes(10, set(), [{"max": "0 robots", "counts": ["in_flight", "failed"]}]).jobs.iloc[0]
    assert (job.status, job.stopped_by, job.time_to_complete_s, job.robots_exposed) == ("Failed", "limits 1", 0, 0)


# StackSets with 20 accounts, 10 at once and a tolerance of 3, strict.
STRICT = [{"max": "10 robots"}, {"max": "4 robots", "counts": ["in_flight", "failed"]}]


@pytest.mark.parametrize(
    ("failing", "exposed", "ended", "stopped_by"), [(set(), 20, 300, None), (set(range(1, 21)), 4, 60, "limits 2"), ({2, 6}, 20, 540, None)]
)
def test_a_tolerance_shrinks_the_concurrency(failing: set[int], exposed: int, ended: float, stopped_by: str | None) -> None:
    job = minutes(20, failing, STRICT).jobs.iloc[0]
    assert (job.robots_exposed, job.time_to_complete_s) == (exposed, ended)
    assert (job.stopped_by if stopped_by else None) == stopped_by


# StackSets with two Regions of 20: a tolerance of 3 in each, soft.
@pytest.mark.parametrize(("failing", "status", "stages"), [({1, 2, 3, 21, 22, 23}, "Succeeded", 2), ({1, 2, 3, 4}, "Failed", 1)])
def test_regions_are_stages_with_a_tolerance_each(failing: set[int], status: str, stages: int) -> None:
    limits = [{"max": "10 robots", "per": "stage"}]
    rules = {"stages": [{"robots": 20}, {"robots": 20}], "stop": [{"exceeds": "3 robots", "of": "stage"}]}
    job = minutes(40, failing, limits, **rules).jobs.iloc[0]
    assert (job.status, job.stages_reached, job.peak_in_flight) == (status, stages, 10)


def test_failures_of_a_stage_take_room_in_that_stage_only() -> None:
    limits = [{"max": "50 %", "counts": ["in_flight", "failed"], "per": "stage"}]
    found = minutes(6, {1}, limits, stages=[{"robots": 4}])
    assert found.robots.granted_s.tolist() == [0, 0, 60, 120, 180, 240]  # 2 of 4, then 1 of 2


# IoT Jobs: 50 per minute, twice as many with each 1,000 robots, up to 1,000.
def test_a_rate_that_grows() -> None:
    grow = {"factor": 2, "each": 1000, "by": "granted", "to": "1000 robots"}
    row = {"max": "50 robots", "every": "1 min", "spread": "even", "grow": grow}
    granted = tables(launch(10_000, "0 s", rules={"limits": [row]}), 1, 1).robots.granted_s.to_numpy()
    assert granted[[1000, 5000, 9999]] == pytest.approx([1199.4, 2323.86, 2623.8], abs=1e-6)


def test_a_bad_release_reaches_604_of_1000_robots_at_fifty_per_minute() -> None:
    """The first 100 results are there at 605 s + 99 · 1.2 s = 723.8 s, when 604 robots have started; nearly always 20 or more failed."""
    rows: Raw = {
        "robot_timeout": "none",
        "limits": [{"max": "50 robots", "every": "1 min", "spread": "even"}],
        "stop": [{"kinds": ["failed"], "at_least": "20 %", "of": "completed", "minimum": 100}],
    }
    failures = {"failures": {"MissingRobotDeploymentResource": {"probability": 0.4, "per": "robot"}}}
    assert tables(launch(1000, "605 s", rules=rows, **failures), 10, 1).jobs.robots_exposed.tolist() == [604] * 10


@pytest.mark.parametrize(("spread", "expected"), [("burst", [0, 0, 0, 60, 60, 60, 120]), ("even", [0, 20, 40, 60, 80, 100, 120])])
def test_a_rate_in_bursts_and_evenly(spread: str, expected: list[float]) -> None:
    found = minutes(7, set(), [{"max": "3 robots", "every": "1 min", "spread": spread}])
    assert found.robots.granted_s.tolist() == pytest.approx(expected)


def test_a_rate_grows_with_successes() -> None:
    """One per minute; from the second success on (120 s) one per 30 s, from the fourth on (210 s) one per 15 s."""
    grow = {"factor": 2, "each": 2, "by": "succeeded", "to": "4 robots"}
    row = {"max": "1 robots", "every": "1 min", "spread": "even", "grow": grow}
    assert minutes(7, set(), [row]).robots.granted_s.tolist() == [0, 60, 120, 150, 180, 210, 225]


# SSM: one robot, and two more for each that was reached.
SLOW_START = {"max": "1 robots", "plus": 2, "for_each": "reached"}


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_a_slow_start(engine: str) -> None:
    scenario = launch(
        100, "58 s", rules={"limits": [{"max": "50 robots"}, SLOW_START]}, cohort={"steps": {"reaching": {"duration": "2 s"}}}
    )
    found = simulate(scenario, replicates=1, seed=1, engine=engine)
    started = found.robots.groupby("granted_s").size()
    assert {t: started[t] for t in (0, 2, 4, 6, 8, 10)} == {0: 1, 2: 2, 4: 4, 6: 8, 8: 16, 10: 19}
    assert (found.jobs.time_to_complete_s[0], found.jobs.peak_in_flight[0]) == (130, 50)


def test_a_slow_start_by_successes() -> None:
    """One robot; two more when it has succeeded; of these one fails, so that two more start, and then two more."""
    found = minutes(7, {3}, [{"max": "1 robots", "plus": 1, "for_each": "succeeded"}, {"max": "1 robots"}])
    assert found.robots.granted_s.tolist()[:3] == [0, 60, 120]
    assert (found.jobs.stopped_by[0], found.jobs.breached_s[0], found.jobs.robots_exposed[0]) == ("limits 1", 180, 3)
    found = minutes(7, {3}, [{"max": "1 robots", "plus": 2, "for_each": "succeeded"}])
    assert found.robots.granted_s.tolist() == [0, 60, 60, 120, 120, 180, 180]


def test_a_slow_start_stalls_when_no_robot_is_reached() -> None:
    raw = {
        "fleet": [{"cohort": "broken", "robots": 1, "architecture": "none"}, {"cohort": "sound", "robots": 1}],
        "application": {"bundle": "0 B"},
        "rules": {"limits": [SLOW_START]},
    }
    job = tables(build(raw), 1, 1).jobs.iloc[0]
    assert (job.status, job.stopped_by, job.time_to_complete_s, job.not_started) == ("Failed", "limits 1", 0, 1)


def test_a_rate_and_a_failure_that_comes_back() -> None:
    """While its only failure pauses for a retry the job has not stalled; it has when the retry failed, too."""
    failures = {"failures": {"MissingRobotDeploymentResource": {"probability": 1, "per": "robot"}}}
    retries = {"kinds": ["failed"], "max": 1, "backoff": "1 h", "slot": "queue"}
    rules = {"limits": [{"max": "1 robots", "counts": ["in_flight", "failed"]}], "retries": retries}
    job = tables(launch(2, "10 s", rules=rules, **failures), 1, 1).jobs.iloc[0]
    # The second robot starts at 10 s and pauses until 3620 s; the first returns at 3610 s and fails for good at 3620 s.
    assert (job.breached_s, job.failed, job.stopped_by) == (3620, 2, "limits 1")


def test_a_job_does_not_stall_while_a_robot_pauses() -> None:
    """The second robot fails for good at 10 s and leaves no room; the first pauses from 10 s to 3610 s: only then the job stalls."""
    resource = "MissingRobotDeploymentResource"
    raw = {
        "fleet": [
            {"cohort": "again", "robots": 1, "steps": {"launching": {"failures": {resource: 1}}}},
            {"cohort": "broken", "robots": 1, "architecture": "none"},
            {"cohort": "sound", "robots": 1},
        ],
        "application": {"bundle": "0 B", "steps": {"launching": {"duration": "10 s"}}},
        "rules": {
            "limits": [{"max": "1 robots", "counts": ["in_flight", "failed"]}],
            "retries": {"codes": [resource], "max": 1, "backoff": "1 h", "slot": "queue"},
        },
    }
    job = tables(build(raw), 1, 1).jobs.iloc[0]
    assert (job.breached_s, job.failed, job.not_started, job.stopped_by) == (3610, 2, 1, "limits 1")


@pytest.mark.slow
@settings(max_examples=30)
@given(st.integers(1, 6), st.integers(1, 6), st.sets(st.integers(1, 15)))
def test_never_more_failures_than_the_room_for_them(most: int, in_flight: int, failing: set[int]) -> None:
    limits = [{"max": f"{in_flight} robots"}, {"max": f"{most} robots", "counts": ["in_flight", "failed"]}]
    found = minutes(15, failing, limits)
    job = found.jobs.iloc[0]
    assert job.failed <= most
    assert job.peak_in_flight <= min(in_flight, most)
    assert (job.status == "Succeeded") == (len(failing) < most or (len(failing) == most and job.not_started == 0))
    assert np.isnan(job.breached_s) == (job.status == "Succeeded")
