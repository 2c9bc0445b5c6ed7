"""The client in process: what boto3's does, and what the documentation of RoboMaker leaves open as the reference has it."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from typing import Any

import pytest

from rolloutsim.errors import UsageError
from rolloutsim.robomaker.exceptions import ParamValidationError
from rolloutsim.robomaker.operations import OPERATIONS
from tests.robomaker.fleets import CONFIG, HAND, SOURCES, SUITE, Bench

DAY = 86400.0


def error(bench: Bench, name: str) -> Any:
    return pytest.raises(getattr(bench.client.exceptions, name))


def test_answers_and_errors_are_those_of_boto3(bench: Bench) -> None:
    answer = bench.client.create_fleet(name="other")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["createdAt"] == datetime(2026, 1, 5, tzinfo=UTC)
    with error(bench, "ResourceNotFoundException") as caught:
        bench.client.describe_fleet(fleet="arn:none")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.operation_name == "DescribeFleet"
    assert isinstance(caught.value, bench.client.exceptions.ClientError)
    text = "An error occurred (ResourceNotFoundException) when calling the DescribeFleet operation: there is no fleet arn:none"
    assert str(caught.value) == text


def test_methods_are_those_of_boto3(bench: Bench) -> None:
    assert {operation.python_name for operation in OPERATIONS.values()} <= set(dir(bench.client))
    with pytest.raises(TypeError, match="only accepts keyword arguments"):
        bench.client.create_fleet("night")
    with pytest.raises(AttributeError, match="create_fleets"):
        bench.client.create_fleets(name="night")
    with pytest.raises(AttributeError, match="no exception NotFound"):
        _ = bench.client.exceptions.NotFound


def test_wrong_arguments_are_found_before_the_request(bench: Bench) -> None:
    with pytest.raises(ParamValidationError) as caught:
        bench.create(deploymentConfig={"concurrentDeploymentPercentage": "50"}, fleet=3)
    lines = str(caught.value).splitlines()
    assert lines[0] == "Parameter validation failed:"
    assert len(lines) == 3
    assert (
        "deploymentConfig.concurrentDeploymentPercentage, value: 50, type: <class 'str'>, valid types: <class 'int'>" in lines[1] + lines[2]
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    with error(bench, "InvalidParameterException") as refused:
        bench.create(deploymentConfig={"robotDeploymentTimeoutInSeconds": 59})
    assert "valid values: 60 to 604800" in str(refused.value)


def test_an_answer_is_a_copy(bench: Bench) -> None:
    job = bench.create(tags={"team": "a"})
    bench.describe(job)["tags"]["team"] = "b"
    bench.describe(job)["deploymentApplicationConfigs"].clear()
    assert bench.describe(job)["tags"] == {"team": "a"}
    assert bench.describe(job)["deploymentApplicationConfigs"] == bench.configs


# What refuses a deployment job


def test_one_deployment_is_active_per_fleet(bench: Bench) -> None:
    job = bench.create()
    bench.at(64.999)
    with error(bench, "ConcurrentDeploymentException"):
        bench.create()
    bench.at(65.0)
    assert bench.create() != job


def test_what_is_named_must_be_there(bench: Bench) -> None:
    unnumbered = [{**bench.configs[0], "applicationVersion": "$LATEST"}]
    with error(bench, "InvalidParameterException"):
        bench.create(deploymentApplicationConfigs=unnumbered)
    for config in ({"applicationVersion": "2"}, {"application": "arn:none"}):
        with error(bench, "ResourceNotFoundException"):
            bench.create(deploymentApplicationConfigs=[{**bench.configs[0], **config}])
    with error(bench, "ResourceNotFoundException"):
        bench.create(fleet="arn:none")
    with error(bench, "ResourceNotFoundException"):
        bench.client.sync_deployment_job(fleet=bench.fleet)


def test_a_token_brings_the_same_answer_until_the_job_expires(bench: Bench) -> None:
    arguments = {"fleet": bench.fleet, "deploymentApplicationConfigs": bench.configs, "deploymentConfig": CONFIG, "clientRequestToken": "t"}
    create = bench.client.create_deployment_job

    def answer() -> Any:
        return {key: value for key, value in create(**arguments).items() if key != "ResponseMetadata"}

    bench.create()
    with error(bench, "ConcurrentDeploymentException"):  # does not use up the token
        answer()
    bench.now.advance("1 h")
    first = answer()
    bench.now.advance("1 h")
    bench.client.delete_robot_application(application=bench.application)
    assert answer() == first  # though nothing of it is there any more
    with error(bench, "IdempotentParameterMismatchException"):
        create(**{**arguments, "deploymentConfig": {}})
    assert bench.client.exceptions.ResourceNotFoundException  # another operation has tokens of its own:
    with error(bench, "ResourceNotFoundException"):
        bench.client.sync_deployment_job(fleet=bench.fleet, clientRequestToken="t")
    bench.now.advance(90 * DAY)
    with error(bench, "ResourceNotFoundException"):
        answer()


def test_errors_on_purpose_leave_no_trace(bench: Bench) -> None:
    bench.client.faults.inject("CreateDeploymentJob", "InternalServerException", calls=2)
    for _ in range(2):
        with error(bench, "InternalServerException") as caught:
            bench.create(clientRequestToken="t")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert bench.client.list_deployment_jobs()["deploymentJobs"] == []
    assert bench.create(clientRequestToken="t").endswith("1")
    bench.client.faults.inject("ListFleets", "ThrottlingException", rate=1.0)
    with error(bench, "ThrottlingException"):
        bench.client.list_fleets()
    bench.client.faults.inject("ListFleets", "ThrottlingException")
    assert bench.client.list_fleets()["fleetDetails"]
    for wrong in (
        ("ListFleet", "ThrottlingException"),
        ("ListFleets", "LimitExceededException"),
        ("CreateFleet", "ConcurrentDeploymentException"),
    ):
        with pytest.raises(UsageError):
            bench.client.faults.inject(*wrong)


def test_a_token_bucket_limits_requests(bench: Bench) -> None:
    bench.client.faults.throttle(per_s=2.0, burst=3)
    for _ in range(3):
        bench.client.list_fleets()
    with error(bench, "ThrottlingException"):
        bench.client.list_fleets()
    bench.now.advance(0.5)
    bench.client.list_fleets()
    with error(bench, "ThrottlingException"):
        bench.client.list_fleets()


def test_a_fleet_has_a_thousand_robots_at_most() -> None:
    text = HAND.replace("robots: 4", "robots: 1000")
    bench = Bench(text)
    with error(bench, "LimitExceededException"):
        bench.add("more")
    with pytest.raises(UsageError, match="at most 1,000 robots"):
        Bench(HAND.replace("robots: 4", "robots: 1001"))


# Robots and fleets


def test_a_robot_is_in_one_fleet(bench: Bench) -> None:
    other = bench.client.create_fleet(name="other")["arn"]
    robot = bench.robots[0]
    with error(bench, "InvalidParameterException"):
        bench.client.register_robot(fleet=other, robot=robot)
    with error(bench, "InvalidParameterException"):
        bench.client.deregister_robot(fleet=other, robot=robot)
    assert bench.client.register_robot(fleet=bench.fleet, robot=robot)["robot"] == robot
    bench.client.deregister_robot(fleet=bench.fleet, robot=robot)
    bench.client.register_robot(fleet=other, robot=robot)
    assert bench.client.describe_robot(robot=robot)["fleetArn"] == other
    bench.client.delete_fleet(fleet=other)
    assert bench.client.describe_robot(robot=robot)["status"] == "Available"


def test_descriptions_agree(bench: Bench) -> None:
    job = bench.create()
    bench.at(36.0)
    statuses = bench.statuses(job)
    assert statuses == ["InSync", "InSync", "Deploying", "Deploying"]
    assert [bench.client.describe_robot(robot=robot)["status"] for robot in bench.robots] == statuses
    fleet = bench.client.describe_fleet(fleet=bench.fleet)
    assert [robot["status"] for robot in fleet["robots"]] == statuses
    assert (fleet["lastDeploymentStatus"], fleet["lastDeploymentJob"]) == ("InProgress", job)
    assert [robot["status"] for robot in bench.client.list_robots()["robots"]] == statuses
    listed = bench.client.list_deployment_jobs()["deploymentJobs"][0]
    assert listed.items() <= bench.describe(job).items()
    new = bench.add("new")
    assert bench.client.describe_robot(robot=new)["status"] == "Registered"


def test_names_are_taken_once(bench: Bench) -> None:
    with error(bench, "ResourceAlreadyExistsException"):
        bench.add("r0")
    with error(bench, "InvalidParameterException"):
        bench.client.create_fleet(name="night")
    bench.client.delete_robot(robot=bench.robots[0])
    with error(bench, "InvalidParameterException"):
        bench.client.delete_robot(robot=bench.robots[0])
    assert bench.add("r0") != bench.robots[0]


def test_the_cohort_is_a_tag() -> None:
    bench = Bench(HAND.replace("}]", "}, {cohort: slow, robots: 1, link: {rate: 0.8 Mbit/s}}]", 1), registered=False)
    quick = bench.add("quick")
    slow = bench.add("slow", tags={"rolloutsim:cohort": "slow"})
    with error(bench, "InvalidParameterException") as caught:
        bench.add("other", tags={"rolloutsim:cohort": "none"})
    assert "it has dock, slow" in str(caught.value)
    job = bench.create(deploymentConfig={})
    bench.at(20.0)
    steps = [robot["progressDetail"]["currentProgress"] for robot in bench.describe(job)["robotDeploymentSummary"]]
    assert steps == ["Launching", "DownloadingExtracting"]
    bench.client.tag_resource(resourceArn=quick, tags={"rolloutsim:cohort": "slow"})
    bench.client.untag_resource(resourceArn=slow, tagKeys=["rolloutsim:cohort"])
    assert [robot["progressDetail"]["currentProgress"] for robot in bench.describe(job)["robotDeploymentSummary"]] == steps
    bench.at(1000.0)
    job = bench.create(deploymentConfig={})
    bench.now.advance(20.0)
    assert [robot["progressDetail"]["currentProgress"] for robot in bench.describe(job)["robotDeploymentSummary"]] == steps[::-1]
    with error(bench, "InvalidParameterException"):
        bench.client.tag_resource(resourceArn=slow, tags={"rolloutsim:cohort": "none"})


def test_tags(bench: Bench) -> None:
    job = bench.create(tags={"a": "1"})
    bench.client.tag_resource(resourceArn=job, tags={"b": "2"})
    bench.client.untag_resource(resourceArn=job, tagKeys=["a", "c"])
    assert bench.client.list_tags_for_resource(resourceArn=job)["tags"] == {"b": "2"}
    assert bench.describe(job)["tags"] == {"b": "2"}
    with error(bench, "InvalidParameterException"):
        bench.client.tag_resource(resourceArn=job, tags={str(number): "" for number in range(50)})
    with error(bench, "ResourceNotFoundException"):
        bench.client.list_tags_for_resource(resourceArn="arn:none")


def test_architectures_of_robots_and_sources() -> None:
    bench = Bench(registered=False)
    for architecture in ("X86_64", "ARM64", "ARMHF"):
        bench.add(architecture, architecture=architecture)
    job = bench.create(deploymentConfig={})
    bench.at(1000.0)
    codes = [robot.get("failureCode") for robot in bench.describe(job)["robotDeploymentSummary"]]
    assert codes == [None, None, "MissingRobotApplicationArchitecture"]


# Applications


def test_applications_and_their_versions(bench: Bench) -> None:
    client, application = bench.client, bench.application
    latest = client.describe_robot_application(application=application)
    assert (latest["version"], latest["sources"][0]["architecture"]) == ("$LATEST", "X86_64")
    assert client.describe_robot_application(application=application, applicationVersion="1")["sources"] == latest["sources"]
    with error(bench, "InvalidParameterException"):
        client.update_robot_application(application=application, robotSoftwareSuite=SUITE, currentRevisionId="0")
    changed = client.update_robot_application(
        application=application, robotSoftwareSuite=SUITE, sources=SOURCES[:1], currentRevisionId=latest["revisionId"]
    )
    assert changed["revisionId"] != latest["revisionId"]
    version = client.create_robot_application_version(application=application, currentRevisionId=changed["revisionId"])
    assert (version["version"], len(version["sources"])) == ("2", 1)
    listed = client.list_robot_applications(versionQualifier="ALL")["robotApplicationSummaries"]
    assert [each["version"] for each in listed] == ["$LATEST", "1", "2"]
    assert len(client.list_robot_applications()["robotApplicationSummaries"]) == 1
    client.delete_robot_application(application=application, applicationVersion="1")
    with error(bench, "ResourceNotFoundException"):
        client.describe_robot_application(application=application, applicationVersion="1")
    client.delete_robot_application(application=application)
    assert client.list_robot_applications()["robotApplicationSummaries"] == []


def test_a_version_takes_the_etags_of_its_bundles(bench: Bench) -> None:
    client = bench.client
    etags = [source["etag"] for source in client.describe_robot_application(application=bench.application)["sources"]]
    assert client.create_robot_application_version(application=bench.application, s3Etags=etags)["version"] == "2"
    client.bundles.replace("bundles", "patrol-ARM64.tar")
    with error(bench, "InvalidParameterException"):
        client.create_robot_application_version(application=bench.application, s3Etags=etags)


# Lists


def test_pages_repeat_and_drop_nothing(bench: Bench) -> None:
    first = bench.client.list_robots(maxResults=2)
    assert [robot["name"] for robot in first["robots"]] == ["r0", "r1"]
    bench.add("r4")
    bench.client.delete_robot(robot=bench.robots[1])
    second = bench.client.list_robots(maxResults=2, nextToken=first["nextToken"])
    third = bench.client.list_robots(maxResults=2, nextToken=second["nextToken"])
    assert [robot["name"] for page in (second, third) for robot in page["robots"]] == ["r2", "r3", "r4"]
    assert "nextToken" not in third
    for token in ("x", "ListFleets.3", "ListRobots.", "ListRobots.٣", "ListRobots." + "9" * 400):
        with error(bench, "InvalidParameterException"):
            bench.client.list_robots(nextToken=token)


def test_paginators_and_filters(bench: Bench) -> None:
    pages = bench.client.get_paginator("list_robots").paginate(PaginationConfig={"PageSize": 3})
    assert [len(page["robots"]) for page in pages] == [3, 1]
    pages = bench.client.get_paginator("list_robots").paginate(PaginationConfig={"MaxItems": 3, "PageSize": 2})
    assert [len(page["robots"]) for page in pages] == [2, 1]
    lone = bench.client.create_robot(name="lone", architecture="ARM64", greengrassGroupId="g")["arn"]

    def names(name: str, value: str) -> list[str]:
        return [robot["name"] for robot in bench.client.list_robots(filters=[{"name": name, "values": [value]}])["robots"]]

    assert names("status", "Available") == ["lone"]
    assert names("fleetName", "night") == ["r0", "r1", "r2", "r3"]
    assert names("fleetName", "day") == []
    job = bench.create()
    for status, found in (("Preparing", [job]), ("Succeeded", [])):
        jobs = bench.client.list_deployment_jobs(filters=[{"name": "status", "values": [status]}])["deploymentJobs"]
        assert [each["arn"] for each in jobs] == found
    assert len(bench.client.list_fleets(filters=[{"name": "name", "values": ["night"]}])["fleetDetails"]) == 1
    assert bench.client.can_paginate("list_robots")
    assert not bench.client.can_paginate("describe_robot")
    with pytest.raises(UsageError):
        bench.client.get_paginator("describe_robot")
    assert lone
