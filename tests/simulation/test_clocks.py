"""The robot's timers, and retries by kinds of failures, on worked examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rolloutsim.scenario import Scenario, build, parse
from tests.simulation.statistical import assert_mean, assert_proportion
from tests.simulation.worlds import launch, replicates, tables

Raw = dict[str, Any]
DAY = 86400.0


def boxed(**rules: Any) -> Any:
    """Return the robot that is offline for its first 48 h and then works for 60 s."""
    away = {"renewal": {"up": "365 d", "down": "48 h", "start": "down"}}
    found = tables(launch(1, "60 s", cohort={"connectivity": away}, rules={"late_convergence": False, **rules}), 1, 1)
    return found.robots.iloc[0]


@pytest.mark.parametrize(
    ("rules", "code", "ended"),
    [
        ({"timer": "reached", "reach_timeout": "none", "robot_timeout": "10 min"}, None, 172_860),
        ({"timer": "reached", "reach_timeout": "600 s", "robot_timeout": "10 min"}, "RobotDeploymentNoResponse", 600),
        ({"timer": "reached", "reach_timeout": "10 s", "robot_timeout": "none"}, "RobotDeploymentNoResponse", 10),
        ({"timer": "reached", "reach_timeout": "240 s", "robot_timeout": "60 s"}, "RobotDeploymentNoResponse", 240),
        ({"timer": "reached", "reach_timeout": "none", "robot_timeout": "59 s"}, "RobotDeploymentAborted", 172_859),
        ({"timer": "reached", "robot_timeout": "10 min"}, "RobotDeploymentNoResponse", 600),
        ({"robot_timeout": "none"}, None, 172_860),
        ({"robot_timeout": "172859.5 s"}, "RobotDeploymentAborted", 172_859.5),
        ({"robot_timeout": "none", "fleet_timeout": "2 d"}, "RobotDeploymentAborted", 172_800),
    ],
)
def test_a_robot_that_is_boxed_for_two_days(rules: Raw, code: str | None, ended: float) -> None:
    robot = boxed(**rules)
    assert (None if robot.isna().failure_code else robot.failure_code, robot.reported_s) == (code, ended)


def failing(retries: Any, **rules: Any) -> Any:
    """Return the attempts of a robot that always fails after 1 s; its slot is the only one."""
    failures = {"failures": {"MissingRobotDeploymentResource": {"probability": 1, "per": "robot"}}}
    return tables(launch(1, "1 s", rules={"retries": retries, **rules}, **failures), 1, 1)


def begins(found: Any) -> list[float]:
    """Return when each attempt began."""
    return [float(t) for t in found.steps.groupby("attempt").started_s.min()]


@pytest.mark.parametrize("slot", ["hold", "queue"])
def test_backoffs_grow_and_the_last_repeats(slot: str) -> None:
    row = {"kinds": ["failed"], "max": 4, "backoff": ["10 s", "20 s", "40 s"], "slot": slot}
    assert begins(failing(row)) == [0, 11, 32, 73, 114]


@pytest.mark.parametrize("slot", ["hold", "queue"])
def test_a_burst_of_three_tries_and_then_a_day(slot: str) -> None:
    row = {"kinds": ["failed"], "max": 6, "backoff": ["10 s", "20 s"], "burst": {"tries": 3, "pause": "1 d"}, "slot": slot}
    first = [0.0, 11.0, 32.0]
    second = [33 + DAY + t for t in first]
    assert begins(failing(row, robot_timeout="none")) == [*first, *second, second[-1] + 1 + DAY]


def test_the_first_row_that_lists_a_failure_decides_and_all_rows_have_a_bound() -> None:
    rows: list[Raw] = [
        {"codes": ["ExtractingBundleFailure"], "max": 9},
        {"kinds": ["failed"], "max": 2, "backoff": "5 s"},
        {"kinds": ["failed", "rejected"], "max": 7},
    ]
    assert begins(failing(rows)) == [0, 6, 12]
    assert begins(failing(rows, max_retries=1)) == [0, 6]
    assert begins(failing([rows[0], rows[2]], max_retries=4)) == [0, 1, 2, 3, 4]


def test_rows_count_their_own_retries() -> None:
    """An attempt is out of time at 20 s unless it fails at 5 s; what an attempt does is drawn, so both rows are used."""
    step = {"empirical": {"values": ["5 s", "1 h"]}}
    rows: list[Raw] = [{"kinds": ["failed"], "max": 2}, {"kinds": ["timeout"], "max": 3, "slot": "queue"}]
    failures = {"failures": {"MissingRobotDeploymentResource": {"probability": 1, "per": "robot"}}}
    scenario = launch(200, step, rules={"robot_timeout": "20 s", "retries": rows}, **failures)
    steps = tables(scenario, 1, 3).steps
    launches = steps[steps.phase == "launching"]
    timeouts = (launches.failure_code == "RobotDeploymentAborted").groupby(launches.robot).sum()
    own = (launches.failure_code == "MissingRobotDeploymentResource").groupby(launches.robot).sum()
    assert (timeouts.max(), own.max()) == (4, 3)
    assert ((timeouts == 4) ^ (own == 3)).all()


# Failure 0.3 per attempt and two retries: 0.3 ** 3 fail in the end, after 1 + 0.3 + 0.09 attempts on average.
@pytest.mark.slow
def test_failures_that_are_retried() -> None:
    failures = {"failures": {"MissingRobotDeploymentResource": {"probability": 0.3, "per": "robot"}}}
    scenario = launch(1000, "1 s", rules={"retries": {"kinds": ["failed"], "max": 2}}, **failures)
    found = tables(scenario, 20, 4).robots
    assert_proportion((found.status == "Failed").to_numpy(), 0.027, 0.01)
    assert_mean(found.attempts.to_numpy(), 1.39, np.sqrt(0.7 + 4 * 0.21 + 9 * 0.09 - 1.39**2), 0.04)


# 30 % of the attempts hang: 0.3 ** 2 of the robots are out of time twice.
@pytest.mark.slow
def test_attempts_that_hang_are_retried_by_the_queue() -> None:
    hangs = {"mixture": [{"weight": 0.7, "of": "1 s"}, {"weight": 0.3, "of": "30 d"}]}
    rules = {"robot_timeout": "5 min", "retries": {"kinds": ["timeout"], "max": 1, "slot": "queue"}}
    robots = [columns.robots for columns in replicates(launch(1000, hangs, rules=rules), 10, 6)]
    assert_proportion(np.concatenate([r["verdict"] >= 0 for r in robots]), 0.09, 0.025)


def test_one_row_is_written_as_before_there_were_lists() -> None:
    one = "{codes: [ExtractingBundleFailure], max: 2, backoff: 1 min}"
    scenarios = [
        parse(f"fleet: [{{cohort: a, robots: 3}}]\napplication: {{bundle: 1 MB}}\nrules: {{retries: {r}}}\n") for r in (one, f"[{one}]")
    ]
    assert scenarios[0].resolved() == scenarios[1].resolved()
    assert scenarios[0].resolved()["rules"]["retries"] == {
        "codes": ["ExtractingBundleFailure"],
        "max": 2,
        "backoff": "60 s",
        "slot": "hold",
    }


def test_the_request_is_overridden() -> None:
    raw = {"fleet": [{"cohort": "a", "robots": 1}], "application": {"bundle": "0 B"}, "rules": {"robot_timeout": "none"}}
    scenario: Scenario = build(raw)
    assert (scenario.robot_timeout, scenario.reach_timeout, scenario.deployment.robot_timeout) == (np.inf, np.inf, 18000.0)
    assert scenario.replace("rules.robot_timeout", "90 s").reach_timeout == 90.0
