"""What happens while time passes: what vanishes, synchronizing, expiring; the clock, the rules of the scenario, and the store."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rolloutsim.errors import StoreError, UsageError
from rolloutsim.robomaker import Client
from rolloutsim.robomaker.changes import CHANGES
from tests.robomaker.fleets import HAND, SOURCES, Bench

DAY = 86400.0


def error(bench: Bench, name: str) -> Any:
    return pytest.raises(getattr(bench.client.exceptions, name))


# Vanishing, synchronizing, expiring


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("bundle", "ResourceNotFound"),
        ("etag", "EtagMismatch"),
        ("version", "RobotApplicationDoesNotExist"),
        ("application", "RobotApplicationDoesNotExist"),
        ("fleet", "DeploymentFleetDoesNotExist"),
    ],
)
@pytest.mark.parametrize("t", [0.0, 4.999, 5.0])
def test_what_vanishes_before_the_job_is_prepared_ends_it(bench: Bench, what: str, code: str, t: float) -> None:
    job = bench.create()
    bench.at(t)
    source = SOURCES[0]
    if what in ("bundle", "etag"):
        act = bench.client.bundles.remove if what == "bundle" else bench.client.bundles.replace
        act(source["s3Bucket"], source["s3Key"])
    elif what == "fleet":
        bench.client.delete_fleet(fleet=bench.fleet)
    else:
        version = {"applicationVersion": "1"} if what == "version" else {}
        bench.client.delete_robot_application(application=bench.application, **version)
    bench.at(5.0)
    answer = bench.describe(job)
    assert answer["status"] == ("Failed" if t < 5.0 else "InProgress")
    assert answer.get("failureCode") == (code if t < 5.0 else None)
    bench.at(100.0)
    assert bench.describe(job)["status"] == ("Failed" if t < 5.0 else "Succeeded")


def test_a_bundle_that_was_gone_before() -> None:
    bench = Bench(HAND.replace("preparing: {duration: 5 s}, ", ""))
    bench.client.bundles.remove("bundles", "patrol-ARM64.tar")
    job = bench.create()
    assert bench.describe(job)["failureCode"] == "ResourceNotFound"
    bench.client.bundles.replace("bundles", "patrol-ARM64.tar")
    assert bench.describe(bench.create())["failureCode"] == "EtagMismatch"
    bench.version = bench.client.create_robot_application_version(application=bench.application)["version"]
    assert bench.describe(bench.create())["status"] == "InProgress"


def test_sync_deploys_to_robots_that_lack_the_latest_deployment(bench: Bench) -> None:
    first = bench.create(deploymentConfig={"concurrentDeploymentPercentage": 100})
    bench.now.advance("1 h")
    done = bench.client.sync_deployment_job(fleet=bench.fleet)
    assert (done["status"], bench.describe(done["arn"])["robotDeploymentSummary"]) == ("Succeeded", [])
    new = bench.add("new")
    job = bench.client.sync_deployment_job(fleet=bench.fleet)
    assert job["arn"] not in (first, done["arn"])
    assert job["deploymentConfig"] == {"concurrentDeploymentPercentage": 100}
    assert [robot["arn"] for robot in bench.describe(job["arn"])["robotDeploymentSummary"]] == [new]
    with error(bench, "ConcurrentDeploymentException"):
        bench.client.sync_deployment_job(fleet=bench.fleet)
    bench.now.advance("1 h")
    assert bench.client.sync_deployment_job(fleet=bench.fleet)["status"] == "Succeeded"
    bench.now.advance("90 d")
    with error(bench, "ResourceNotFoundException"):
        bench.client.sync_deployment_job(fleet=bench.fleet)


def test_jobs_expire_after_ninety_days(bench: Bench) -> None:
    job = bench.create()
    bench.now.advance(90 * DAY - 1)
    assert bench.describe(job)["status"] == "Succeeded"
    bench.now.advance(1)
    assert bench.client.list_deployment_jobs()["deploymentJobs"] == []
    calls = {
        bench.client.describe_deployment_job: {"job": job},
        bench.client.cancel_deployment_job: {"job": job},
        bench.client.list_tags_for_resource: {"resourceArn": job},
    }
    for method, arguments in calls.items():
        with error(bench, "ResourceNotFoundException"):
            method(**arguments)
    assert bench.client.describe_fleet(fleet=bench.fleet)["lastDeploymentJob"] == job
    assert bench.client.describe_robot(robot=bench.robots[0])["status"] == "InSync"


# Clock, scenario and store


def test_the_clock_drives_sleep(bench: Bench) -> None:
    job = bench.create()
    with bench.now.drives_sleep():
        while bench.describe(job)["status"] != "Succeeded":
            time.sleep(10)
    assert bench.now.now == 70.0
    bench.now.advance(timedelta(minutes=1))
    assert bench.now.date == datetime(2026, 1, 5, 0, 2, 10, tzinfo=UTC)
    for wrong in (-1, float("nan"), float("inf"), "5 apples"):
        with pytest.raises(UsageError):
            bench.now.advance(wrong)
    bench.now.advance(1e300)
    assert bench.now.date.year == 2126
    assert bench.client.list_fleets()["fleetDetails"]


def test_clients_may_share_a_clock(bench: Bench) -> None:
    other = Client(bench.scenario, clock=bench.now)
    bench.now.advance("1 h")
    assert other.create_fleet(name="a")["createdAt"] == bench.client.create_fleet(name="a")["createdAt"]


def test_rules_that_would_silence_requests_are_refused() -> None:
    rules = "rules: {concurrency: 2 robots, failure_limit: 1 robots, stages: [{cohorts: [dock]}]}"
    with pytest.raises(UsageError) as caught:
        Bench(HAND + rules, registered=False)
    assert [line.split()[0] for line in str(caught.value).splitlines()] == ["rules.concurrency", "rules.failure_limit", "rules.stages"]


def test_stages_follow_the_robots() -> None:
    text = HAND.replace("}]", "}, {cohort: tail, robots: 2}]", 1) + "rules: {stages: [{cohorts: [tail], soak: 1 h}]}"
    bench = Bench(text)
    job = bench.create(deploymentConfig={})
    bench.at(10.0)
    assert bench.statuses(job) == [*["PendingNewDeployment"] * 4, *["Deploying"] * 2]
    bench.client.cancel_deployment_job(job=job)
    for robot in bench.robots[4:]:
        bench.client.delete_robot(robot=robot)
    job = bench.create(deploymentConfig={})
    bench.now.advance(10.0)
    assert bench.statuses(job) == ["Deploying"] * 4
    fixed = Bench(HAND + "rules: {stages: [{robots: 3 robots}]}")
    fixed.client.deregister_robot(fleet=fixed.fleet, robot=fixed.robots[0])
    fixed.client.deregister_robot(fleet=fixed.fleet, robot=fixed.robots[1])
    with error(fixed, "InvalidParameterException") as caught:
        fixed.create()
    assert "do not fit this fleet" in str(caught.value)


def everything(bench: Bench, job: str) -> Any:
    client = bench.client
    answers = [client.list_robots(), client.list_fleets(), client.list_deployment_jobs(), client.list_robot_applications()]
    answers += [bench.describe(job), client.describe_fleet(fleet=bench.fleet), client.list_tags_for_resource(resourceArn=job)]
    return [{key: value for key, value in answer.items() if key != "ResponseMetadata"} for answer in answers]


def test_a_store_brings_everything_back(tmp_path: Path) -> None:
    bench = Bench(store=tmp_path / "store.db")
    bench.client.faults.throttle(per_s=1e9, burst=1000)
    job = bench.create(clientRequestToken="t", tags={"a": "1"})
    bench.at(36.0)
    bench.client.cancel_deployment_job(job=job)
    bench.client.deregister_robot(fleet=bench.fleet, robot=bench.robots[2])
    bench.client.sync_deployment_job(fleet=bench.fleet)
    bench.client.tag_resource(resourceArn=job, tags={"b": "2"})
    bench.at(40.0)
    before = everything(bench, job)
    with pytest.raises(StoreError, match="another server uses it"):
        Client(bench.scenario, store=tmp_path / "store.db", registered=True)
    bench.client.close()
    again: Any = Client(bench.scenario, store=tmp_path / "store.db", registered=True)
    assert again.clock.now == 40.0
    bench.client = again
    assert everything(bench, job) == before
    bench.now = again.clock
    assert bench.create(clientRequestToken="t", tags={"a": "1"}) == job
    again.close()


def test_what_cannot_be_applied_is_not_in_the_log(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    log = bench.client.service.log
    known = list(log.entries())
    monkeypatch.setitem(CHANGES, "CreateFleet", lambda state, entry: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bench.client.create_fleet(name="a")
    assert list(log.entries()) == known
    monkeypatch.undo()
    bench.client.create_fleet(name="a")
    assert len(list(log.entries())) == len(known) + 1


def test_the_store_of_another_service_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    bench = Bench(store=path)
    bench.client.close()
    for options, which in (({"seed": 3}, "seed 1 is not 3"), ({"registered": False}, "fleet registered is not empty")):
        with pytest.raises(StoreError, match=which):
            Client(bench.scenario, store=path, **{"registered": True, **options})
    with pytest.raises(StoreError, match="fingerprint"):
        Client(bench.scenario.replace("application.bundle", "11 MB"), store=path, registered=True)
    (tmp_path / "text").write_text("this is no database, whatever it says, and it is long enough to be read as one", encoding="utf-8")
    with pytest.raises(StoreError, match="not a store"):
        Client(bench.scenario, store=tmp_path / "text")
