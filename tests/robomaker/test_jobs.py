"""Deployment jobs in process: by hand, and against the tables of a run of the same scenario and seed."""

from __future__ import annotations

import math
from typing import Any

import pytest

from rolloutsim import simulate
from tests.robomaker.fleets import CONFIG, ROUGH, Bench

DAY = 86400.0


@pytest.fixture
def bench() -> Bench:
    return Bench()


def seconds(bench: Bench, date: Any) -> float:
    return float(date.timestamp()) - float(bench.client.service.start)


def test_a_job_by_hand(bench: Bench) -> None:
    job = bench.create()
    seen = []
    for t in (0, 4.999, 5, 14.999, 15, 34.999, 35, 45, 64.999, 65, 10 * DAY):
        bench.at(t)
        answer = bench.describe(job)
        steps = [robot["progressDetail"].get("currentProgress") for robot in answer["robotDeploymentSummary"]]
        seen.append((t, answer["status"], bench.statuses(job)[::2], steps[::2]))
    pending, deploying, done = "PendingNewDeployment", "Deploying", "InSync"
    assert seen == [
        (0, "Preparing", [pending, pending], [None, None]),
        (4.999, "Preparing", [pending, pending], [None, None]),
        (5, "InProgress", [deploying, pending], ["DownloadingExtracting", None]),
        (14.999, "InProgress", [deploying, pending], ["DownloadingExtracting", None]),
        (15, "InProgress", [deploying, pending], ["Launching", None]),
        (34.999, "InProgress", [deploying, pending], ["Launching", None]),
        (35, "InProgress", [done, deploying], ["Finished", "DownloadingExtracting"]),
        (45, "InProgress", [done, deploying], ["Finished", "Launching"]),
        (64.999, "InProgress", [done, deploying], ["Finished", "Launching"]),
        (65, "Succeeded", [done, done], ["Finished", "Finished"]),
        (10 * DAY, "Succeeded", [done, done], ["Finished", "Finished"]),
    ]
    robot = bench.describe(job)["robotDeploymentSummary"][2]
    assert (seconds(bench, robot["deploymentStartTime"]), seconds(bench, robot["deploymentFinishTime"])) == (35.0, 65.0)
    assert "failureCode" not in robot


def test_progress_by_hand(bench: Bench) -> None:
    job = bench.create()
    for t, percent, remaining in ((5, 0.0, None), (7, 20.0, 8), (14, 90.0, 1)):
        bench.at(t)
        progress = bench.describe(job)["robotDeploymentSummary"][0]["progressDetail"]
        assert progress["percentDone"] == pytest.approx(percent)
        assert progress.get("estimatedTimeRemainingSeconds") == remaining
        assert progress["targetResource"] == job
    bench.at(20)
    assert "percentDone" not in bench.describe(job)["robotDeploymentSummary"][0]["progressDetail"]


@pytest.mark.numbers
@pytest.mark.parametrize("replicate", [0, 1])
def test_outcomes_are_those_of_a_run(replicate: int) -> None:
    """The k-th job is replicate k - 1: every robot has the same status, code and instants."""
    bench = Bench(ROUGH)
    config = bench.scenario.deployment.deployment_config.write()
    jobs = []
    for _ in range(replicate + 1):
        jobs.append(bench.create(deploymentConfig=config))
        created = bench.now.now
        bench.now.advance("29 d")
    table = simulate(bench.scenario, replicates=replicate + 1, seed=7).robots
    expected = table[table.replicate == replicate]
    answer = bench.describe(jobs[-1])
    assert answer["status"] == "Succeeded"
    assert {"InSync", "Failed"} <= set(bench.statuses(jobs[-1]))
    for robot, row in zip(answer["robotDeploymentSummary"], expected.itertuples(), strict=True):
        late = row.status != "InSync" and row.converged_s <= 29 * DAY
        assert robot["status"] == ("InSync" if late else row.status)
        assert robot.get("failureCode") == (None if late or row.status == "InSync" else row.failure_code)
        finished = row.converged_s if late else row.reported_s
        assert seconds(bench, robot["deploymentFinishTime"]) - created == pytest.approx(finished, abs=1e-3)
        assert seconds(bench, robot["deploymentStartTime"]) - created == pytest.approx(row.granted_s, abs=1e-3)


def test_late_robots_converge_until_the_next_job() -> None:
    bench = Bench(ROUGH)
    config = bench.scenario.deployment.deployment_config.write()
    table = simulate(bench.scenario, replicates=1, seed=7)
    late = table.robots[(table.robots.status == "NoResponse") & (table.robots.converged_s > 0)].sort_values("converged_s")
    assert len(late) >= 2
    first, second = late.iloc[0], late.iloc[-1]
    ended = float(table.jobs.time_to_complete_s[0])
    between = (max(first.converged_s, ended) + second.converged_s) / 2
    assert ended < between
    job = bench.create(deploymentConfig=config)
    bench.at(math.nextafter(first.converged_s, 0.0))
    assert bench.statuses(job)[first.robot] == "NoResponse"
    bench.at(between)
    assert bench.statuses(job)[first.robot] == "InSync"
    bench.create(deploymentConfig=config)
    bench.at(20 * DAY)
    assert bench.statuses(job)[first.robot] == "InSync"
    robot = bench.describe(job)["robotDeploymentSummary"][second.robot]
    assert (robot["status"], robot["progressDetail"]) == ("NoResponse", {})  # it was not reached in time


def test_a_robot_that_leaves_stays_in_its_job_and_installs_no_longer() -> None:
    bench = Bench(ROUGH)
    config = bench.scenario.deployment.deployment_config.write()
    table = simulate(bench.scenario, replicates=1, seed=7).robots
    late = table[(table.status == "NoResponse") & (table.converged_s > 0)].robot.tolist()
    job = bench.create(deploymentConfig=config)
    bench.client.deregister_robot(fleet=bench.fleet, robot=bench.robots[late[0]])
    bench.client.delete_robot(robot=bench.robots[late[1]])
    bench.at(29 * DAY)
    assert [bench.statuses(job)[robot] for robot in late[:3]] == ["NoResponse", "NoResponse", *(["InSync"] if late[2:] else [])]
    assert bench.client.describe_robot(robot=bench.robots[late[0]])["status"] == "Available"
    assert bench.client.describe_robot(robot=bench.robots[late[0]])["lastDeploymentJob"] == job


def test_cancel_acts_at_once_and_changes_nothing_before(bench: Bench) -> None:
    job = bench.create()
    bench.at(36.0)
    before = bench.describe(job)
    assert bench.client.cancel_deployment_job(job=job).keys() == {"ResponseMetadata"}
    answer = bench.describe(job)
    assert answer["status"] == "Canceled"
    robots, earlier = answer["robotDeploymentSummary"], before["robotDeploymentSummary"]
    assert robots[:2] == earlier[:2]
    assert [robot["failureCode"] for robot in robots[2:]] == ["RobotDeploymentAborted"] * 2
    assert [robot["deploymentStartTime"] for robot in robots[2:]] == [robot["deploymentStartTime"] for robot in earlier[2:]]
    again = bench.create()
    assert bench.describe(again)["status"] == "Preparing"


@pytest.mark.parametrize(("t", "started"), [(0.0, 0), (5.0, 2), (35.0, 4)])
def test_cancel_at_the_instant_of_a_grant_comes_after_it(bench: Bench, t: float, started: int) -> None:
    job = bench.create()
    bench.at(t)
    bench.client.cancel_deployment_job(job=job)
    assert bench.describe(job)["status"] == "Canceled"
    assert len([robot for robot in bench.describe(job)["robotDeploymentSummary"] if "deploymentStartTime" in robot]) == started


def test_a_job_that_has_ended_is_not_canceled(bench: Bench) -> None:
    job = bench.create()
    bench.at(65.0)
    for _ in range(2):
        with pytest.raises(bench.client.exceptions.InvalidParameterException, match="has ended: Succeeded"):
            bench.client.cancel_deployment_job(job=job)
    other = bench.create()
    bench.client.cancel_deployment_job(job=other)
    with pytest.raises(bench.client.exceptions.InvalidParameterException, match="has ended: Canceled"):
        bench.client.cancel_deployment_job(job=other)


BREACH = """
fleet: [{cohort: dock, robots: 4, link: {rate: 8 Mbit/s}}, {cohort: slow, robots: 1, link: {rate: 0.8 Mbit/s}}]
application:
  bundle: 10 MB
  steps: {launching: {duration: 20 s, failures: {MissingRobotDeploymentResource: {probability: 1, per: robot}}}}
"""


def test_a_breach_shows_when_the_last_robot_has_ended_and_a_cancel_ends_it_at_once() -> None:
    for cancels in (False, True):
        bench = Bench(BREACH)
        job = bench.create(deploymentConfig={"failureThresholdPercentage": 40})
        bench.at(30.0)  # four of five have failed
        assert bench.describe(job)["status"] == "InProgress"
        assert bench.statuses(job) == [*["Failed"] * 4, "Deploying"]
        if cancels:
            bench.client.cancel_deployment_job(job=job)
        else:
            bench.at(120.0)
        answer = bench.describe(job)
        assert (answer["status"], answer["failureCode"]) == ("Failed", "FailureThresholdBreached")
        assert answer["failureReason"]
        last = answer["robotDeploymentSummary"][4]
        assert last["failureCode"] == ("RobotDeploymentAborted" if cancels else "MissingRobotDeploymentResource")


RETRY = """
fleet: [{cohort: dock, robots: 2}]
application: {bundle: 1 B, steps: {launching: {duration: 10 s, failures: {MissingRobotDeploymentResource: {probability: 1, per: robot}}}}}
rules: {retries: {codes: [MissingRobotDeploymentResource], max: 1, backoff: 100 s, slot: queue}}
"""


def test_a_robot_that_waits_for_another_attempt_is_pending_until_the_job_denies_it() -> None:
    bench = Bench(RETRY)
    job = bench.create(deploymentConfig={})
    seen = {}
    for t in (5, 10, 109, 111, 120):
        bench.at(t)
        seen[t] = bench.statuses(job)[0]
    assert seen == {5: "Deploying", 10: "PendingNewDeployment", 109: "PendingNewDeployment", 111: "Deploying", 120: "Failed"}
    job = bench.create(deploymentConfig={})
    bench.now.advance(50)
    assert bench.statuses(job) == ["PendingNewDeployment"] * 2
    bench.client.cancel_deployment_job(job=job)
    assert bench.statuses(job) == ["Failed"] * 2


def test_a_job_whose_time_is_over_denies_another_attempt() -> None:
    bench = Bench(RETRY.replace("rules: {", "rules: {fleet_timeout: 60 s, "))
    job = bench.create(deploymentConfig={})
    bench.at(59.0)
    assert bench.statuses(job) == ["PendingNewDeployment"] * 2
    bench.at(60.0)
    assert bench.describe(job)["failureCode"] == "FleetDeploymentTimeout"
    assert bench.statuses(job) == ["Failed"] * 2


LUCK = """
seed: 4
fleet:
  - {cohort: dock, robots: 5, link: {rate: {lognormal: {median: 4 Mbit/s, sigma: 0.4}}}}
  - {cohort: yard, robots: 3, link: {rates: {values: [2, 4, 8], unit: Mbit/s}}}
application:
  bundle: 100 MB
  steps:
    launching:
      duration: {exponential: {mean: 1 min}}
      failures: {MissingRobotDeploymentResource: {probability: 0.3, per: robot}}
"""


def test_robots_keep_their_luck_in_any_order_and_without_others() -> None:
    bench = Bench(LUCK)
    order = [6, 2, 7, 0, 4]
    for robot in bench.robots:
        bench.client.deregister_robot(fleet=bench.fleet, robot=robot)
    for number in order:
        bench.client.register_robot(fleet=bench.fleet, robot=bench.robots[number])
    job = bench.create(deploymentConfig={})
    bench.at(DAY)
    table = simulate(bench.scenario, replicates=1).robots
    for robot, number in zip(bench.describe(job)["robotDeploymentSummary"], order, strict=True):
        row = table.iloc[number]
        assert robot["arn"] == bench.robots[number]
        assert robot["status"] == row.status
        assert seconds(bench, robot["deploymentFinishTime"]) == pytest.approx(row.reported_s, abs=1e-3)


def test_a_robot_that_rejoins_begins_again() -> None:
    bench = Bench(ROUGH)
    config = bench.scenario.deployment.deployment_config.write()
    table = simulate(bench.scenario, replicates=1, seed=7).robots
    late = int(table[(table.status == "NoResponse") & (table.converged_s > 0)].robot.iloc[0])
    robot = bench.robots[late]

    def rejoin() -> None:
        bench.client.deregister_robot(fleet=bench.fleet, robot=robot)
        bench.client.register_robot(fleet=bench.fleet, robot=robot)

    for each in bench.robots[late:]:  # so that the order stays
        bench.client.deregister_robot(fleet=bench.fleet, robot=each)
        bench.client.register_robot(fleet=bench.fleet, robot=each)
    job = bench.create(deploymentConfig=config)
    bench.at(29 * DAY)
    assert bench.statuses(job)[late] == "InSync"  # that it left before the job, at the same instant, does not count
    rejoin()
    assert bench.client.describe_robot(robot=robot)["status"] == "Registered"


def test_the_local_start_of_a_job_is_its_creation() -> None:
    text = """
    fleet: [{cohort: night, robots: 1, connectivity: {schedule: {online: ["20:00-22:00"], timezone: Europe/Berlin}}}]
    application: {bundle: 1 MB, steps: {launching: {duration: 60 s}}}
    rules: {start: "2026-01-05 12:00"}
    """
    bench = Bench(text)
    bench.now.advance("7 h")
    job = bench.create(deploymentConfig=CONFIG | {"robotDeploymentTimeoutInSeconds": 14400})
    bench.now.advance(3659)
    assert bench.statuses(job) == ["Deploying"]
    bench.now.advance(1)
    assert bench.statuses(job) == ["InSync"]
    assert seconds(bench, bench.describe(job)["robotDeploymentSummary"][0]["deploymentFinishTime"]) == 8 * 3600 + 60


def test_records_are_a_cache(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rolloutsim.robomaker.jobs.MOST_RECORDS", 2)
    jobs = []
    for _ in range(5):
        jobs.append(bench.create())
        bench.now.advance("1 h")
    first = [bench.describe(job)["robotDeploymentSummary"] for job in jobs]
    assert [bench.describe(job)["robotDeploymentSummary"] for job in jobs] == first
    assert len(bench.client.service.jobs._kept) == 2
