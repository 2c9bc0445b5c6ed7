"""Any sequence of requests, right and wrong, over HTTP and in process: answers are of the model, views agree, a restart changes nothing."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from rolloutsim.robomaker import Client
from rolloutsim.robomaker.exceptions import ParamValidationError
from rolloutsim.robomaker.operations import OPERATIONS
from rolloutsim.robomaker.protocol import HttpRequest
from rolloutsim.robomaker.server import Server
from rolloutsim.robomaker.server_clock import Pace, ServerClock
from rolloutsim.robomaker.service import Service
from rolloutsim.robomaker.validation import findings
from rolloutsim.scenario import parse
from tests.robomaker.fleets import ROUGH, SUITE
from tests.robomaker.garbage import garbage_for
from tests.searches import FACTOR

#: A file for all answers, which .ci/run lets botocore read.
RECORD = Path(os.environ["ROLLOUTSIM_RECORD_ANSWERS"]) if "ROLLOUTSIM_RECORD_ANSWERS" in os.environ else None

ENDED = ("Succeeded", "Failed", "Canceled")
HEADERS = {"host": "localhost", "content-type": "application/json"}
KINDS = ("robots", "fleets", "applications", "jobs")
#: Something that was made before, by its number, or rarely an ARN of nothing.
PICKS = st.integers(0, 9)
NOTHING = 9
COHORTS = st.sampled_from(["dock", "yard", "", "none"])


class Requests(RuleBasedStateMachine):
    """A server and what was asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.made: dict[str, list[str]] = {kind: [] for kind in KINDS}
        self.seen: dict[str, str] = {}  # the latest status of each job
        self.shown: dict[tuple[str, str], Any] = {}  # the latest of each robot in a job
        self.now = 0.0
        self.tokens = 0
        self.start()
        self.made["fleets"] = [fleet["arn"] for fleet in self.ask("ListFleets")["fleetDetails"]]
        self.made["robots"] = [robot["arn"] for robot in self.ask("ListRobots")["robots"]]
        self.create_application("p", False)

    def start(self) -> None:
        store = Path(self.folder.name) / "store.db"
        self.service = Service(parse(ROUGH), 7, engine="simpy", store=store, registered=True)
        self.server = Server(self.service, ServerClock(self.service.log, Pace(paused=True)))

    def teardown(self) -> None:
        self.service.close()
        self.folder.cleanup()

    def post(self, path: str, content: Any, method: str = "POST", query: str = "", name: str = "") -> tuple[int, Any, str]:
        response = self.server.answer(HttpRequest(method, path, query, HEADERS, json.dumps(content).encode()))
        if RECORD is not None and name:
            line = [name, response.status, response.headers, response.body.decode()]
            with RECORD.open("a", encoding="utf-8") as record:
                record.write(json.dumps(line) + "\n")
        return response.status, json.loads(response.body), response.headers.get("x-amzn-errortype", "")

    def ask(self, name: str, /, **members: Any) -> Any:
        """Ask for an operation; None if it is refused."""
        operation = OPERATIONS[name]
        path, query = operation.path, ""
        if "{" in path:
            path = "/tags/" + members.pop("resourceArn").replace("/", "%2F")
            query = "&".join(f"tagKeys={key}" for key in members.pop("tagKeys", ()))
        status, content, kind = self.post(path, members, operation.method, query, name)
        if status == 200:
            assert list(findings(operation.response, content, "")) == []
            return content
        assert kind in operation.errors
        assert status == 400
        assert content["message"]
        return None

    def act_on_bundle(self, name: str, action: str) -> None:
        assert self.post("/-/bundles", {"bucket": "bundles", "key": name, "action": action})[0] == 200

    def let_pass(self, seconds: float) -> float:
        """Let time pass; return the instant."""
        status, state, _ = self.post("/-/clock", {"advance": seconds})
        assert status == 200
        return float(state["now"])

    def pick(self, kind: str, number: int) -> str:
        known = self.made[kind]
        return known[number % len(known)] if known and number != NOTHING else "arn:none"

    def keep(self, kind: str, answer: Any) -> None:
        if answer is not None:
            assert answer["arn"] not in self.made[kind] or kind == "jobs"
            self.made[kind].append(answer["arn"])

    @rule(
        name=st.sampled_from("abcd"),
        architecture=st.sampled_from(["X86_64", "ARM64"]),
        cohort=st.sampled_from(["dock", "yard", "", "none"]),
    )
    def create_robot(self, name: str, architecture: str, cohort: str) -> None:
        tags = {"rolloutsim:cohort": cohort} if cohort else {}
        robot = self.ask("CreateRobot", name=name, architecture=architecture, greengrassGroupId="g", tags=tags)
        self.keep("robots", robot)
        if robot is not None and self.made["fleets"]:
            self.ask("RegisterRobot", fleet=self.made["fleets"][-1], robot=robot["arn"])

    @rule(name=st.sampled_from("xy"))
    def create_fleet(self, name: str) -> None:
        self.keep("fleets", self.ask("CreateFleet", name=name))

    @rule(robot=PICKS, fleet=PICKS, name=st.sampled_from(["RegisterRobot", "DeregisterRobot"]))
    def move(self, robot: int, fleet: int, name: str) -> None:
        self.ask(name, robot=self.pick("robots", robot), fleet=self.pick("fleets", fleet))

    @rule(number=PICKS, name=st.sampled_from(["DeleteRobot", "DeleteFleet", "DeleteRobotApplication"]))
    def delete(self, number: int, name: str) -> None:
        kind = {"DeleteRobot": "robots", "DeleteFleet": "fleets", "DeleteRobotApplication": "applications"}[name]
        self.ask(name, **{kind.rstrip("s"): self.pick(kind, number)})

    @rule(name=st.sampled_from("pq"), changes=st.booleans())
    def create_application(self, name: str, changes: bool) -> None:
        sources = [{"s3Bucket": "bundles", "s3Key": name}]
        answer = self.ask("CreateRobotApplication", name=name, robotSoftwareSuite=SUITE, sources=sources)
        self.keep("applications", answer)
        if answer is not None:
            if changes:
                self.ask("UpdateRobotApplication", application=answer["arn"], robotSoftwareSuite=SUITE, sources=sources)
            self.ask("CreateRobotApplicationVersion", application=answer["arn"])

    @rule(fleet=PICKS, application=PICKS, percent=st.sampled_from([None, 1, 50, 100, 101]), again=st.booleans())
    def create_job(self, fleet: int, application: int, percent: int | None, again: bool) -> None:
        self.tokens += not again
        launch = {"packageName": "patrol", "launchFile": "patrol.launch.py"}
        config = {"application": self.pick("applications", application), "applicationVersion": "1", "launchConfig": launch}
        deployment = {"robotDeploymentTimeoutInSeconds": 3600, **({} if percent is None else {"concurrentDeploymentPercentage": percent})}
        answer = self.ask(
            "CreateDeploymentJob",
            fleet=self.pick("fleets", fleet),
            clientRequestToken=str(self.tokens),
            deploymentApplicationConfigs=[config],
            deploymentConfig=deployment,
        )
        self.keep("jobs", answer)

    @rule(fleet=PICKS)
    def sync(self, fleet: int) -> None:
        self.tokens += 1
        self.keep("jobs", self.ask("SyncDeploymentJob", fleet=self.pick("fleets", fleet), clientRequestToken=str(self.tokens)))

    @rule(job=PICKS)
    def cancel(self, job: int) -> None:
        arn = self.pick("jobs", job)
        before = self.ask("DescribeDeploymentJob", job=arn)
        answer = self.ask("CancelDeploymentJob", job=arn)
        assert (answer is not None) == (before is not None and before["status"] not in ENDED)
        if answer is not None:
            after = self.ask("DescribeDeploymentJob", job=arn)
            assert after["status"] in ("Canceled", "Failed")
            for old, new in zip(before["robotDeploymentSummary"], after["robotDeploymentSummary"], strict=True):
                assert old == new or old["status"] in ("Deploying", "PendingNewDeployment")

    @rule(number=PICKS, kind=st.sampled_from(KINDS), cohort=st.sampled_from(["dock", "yard", "none"]), untags=st.booleans())
    def tag(self, number: int, kind: str, cohort: str, untags: bool) -> None:
        arn = self.pick(kind, number)
        self.ask("TagResource", resourceArn=arn, tags={"rolloutsim:cohort": cohort, "a": "b"})
        if untags:
            self.ask("UntagResource", resourceArn=arn, tagKeys=["a", "c"])

    @rule(name=st.sampled_from("pq"), action=st.sampled_from(["remove", "replace"]))
    def change_bundle(self, name: str, action: str) -> None:
        self.act_on_bundle(name, action)

    @rule(seconds=st.sampled_from([1.0, 47.3, 900.0, 3600.0, 86400.0, 90 * 86400.0]))
    def advance(self, seconds: float) -> None:
        now = self.let_pass(seconds)
        assert now == self.now + seconds
        self.now = now

    @rule(name=st.sampled_from(sorted(OPERATIONS)), data=st.data())
    def send_garbage(self, name: str, data: st.DataObject) -> None:
        operation = OPERATIONS[name]
        content = data.draw(garbage_for(name))
        status, answer, kind = self.post(operation.path.replace("{resourceArn}", "arn:x"), content, operation.method, name=name)
        assert status == 200 or (status == 400 and kind in (*operation.errors, "SerializationException")), answer

    @rule()
    def restart(self) -> None:
        before = self.everything()
        self.service.close()
        self.start()
        assert self.everything() == before

    def everything(self) -> Any:
        """Return all answers that depend on the state."""
        answers = [self.ask(name) for name in ("ListRobots", "ListFleets", "ListDeploymentJobs")]
        answers.append(self.ask("ListRobotApplications", versionQualifier="ALL"))
        answers += [self.ask("DescribeDeploymentJob", job=arn) for arn in self.made["jobs"]]
        answers += [self.ask("DescribeFleet", fleet=arn) for arn in self.made["fleets"]]
        answers += [self.ask("ListTagsForResource", resourceArn=arn) for kind in KINDS for arn in self.made[kind]]
        return answers, self.let_pass(0.0)

    def check_history(self, job: str, robot: Any) -> None:
        """What was shown of a robot stays: a verdict may only turn into a late success, and a slot begins once."""
        before = self.shown.get((job, robot["arn"]), robot)
        self.shown[job, robot["arn"]] = robot
        if "deploymentFinishTime" in before:
            assert robot == before or (robot["status"] == "InSync" and before["status"] != "InSync")
        if "deploymentStartTime" in before:
            assert robot["deploymentStartTime"] == before["deploymentStartTime"]

    @invariant()
    def views_agree(self) -> None:
        robots = {robot["arn"]: robot for robot in self.ask("ListRobots")["robots"]}
        jobs = {job["arn"]: job for job in self.ask("ListDeploymentJobs")["deploymentJobs"]}
        for arn, job in jobs.items():
            described = self.ask("DescribeDeploymentJob", job=arn)
            assert job.items() <= described.items()
            assert self.seen.get(arn, "") in ("", "Preparing", "InProgress", job["status"])
            self.seen[arn] = job["status"]
            statuses = {robot["status"] for robot in described["robotDeploymentSummary"]}
            assert job["status"] not in ENDED or "Deploying" not in statuses
            for robot in described["robotDeploymentSummary"]:
                self.check_history(arn, robot)
                known = robots.get(robot["arn"], {})
                if known.get("lastDeploymentJob") == arn and known["status"] not in ("Available", "Registered"):
                    assert known["status"] == robot["status"]
        for arn, robot in robots.items():
            found = self.ask("DescribeRobot", robot=arn)
            assert found.pop("greengrassGroupId") == robot["greenGrassGroupId"]
            assert found.items() >= {key: value for key, value in robot.items() if key != "greenGrassGroupId"}.items()
        for fleet in self.ask("ListFleets")["fleetDetails"]:
            described = self.ask("DescribeFleet", fleet=fleet["arn"])
            assert fleet.items() <= described.items()
            assert all(robots[robot["arn"]] == robot for robot in described["robots"])
            if fleet.get("lastDeploymentJob") in jobs:
                assert fleet["lastDeploymentStatus"] == jobs[fleet["lastDeploymentJob"]]["status"]


class Calls(Requests):
    """A client in process, and what was asked of it."""

    def start(self) -> None:
        self.refusals: list[tuple[str, Any]] = []
        self.client: Any = Client(parse(ROUGH), seed=7, engine="simpy", store=Path(self.folder.name) / "store.db", registered=True)
        self.service = self.client.service

    def ask(self, name: str, /, **members: Any) -> Any:
        known = self.client.exceptions
        try:
            answer = getattr(self.client, OPERATIONS[name].python_name)(**members)
        except known.ClientError as error:
            self.refusals.append((name, error))
            return None
        assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
        return answer

    @invariant()
    def refusals_are_declared(self) -> None:
        while self.refusals:
            name, error = self.refusals.pop()
            code = error.response["Error"]["Code"]
            assert code in OPERATIONS[name].errors
            assert type(error) is getattr(self.client.exceptions, code)

    def act_on_bundle(self, name: str, action: str) -> None:
        getattr(self.client.bundles, action)("bundles", name)

    def let_pass(self, seconds: float) -> float:
        self.client.clock.advance(seconds)
        return float(self.client.clock.now)

    @rule(name=st.sampled_from(sorted(OPERATIONS)), data=st.data())
    def send_garbage(self, name: str, data: st.DataObject) -> None:
        content = data.draw(garbage_for(name))
        with suppress(ParamValidationError):
            self.ask(name, **(content if isinstance(content, dict) else {"name": content}))


@pytest.mark.search
@pytest.mark.parametrize("machine", [Requests, Calls])
def test_any_sequence_of_requests(machine: type[Requests]) -> None:
    checked = settings(max_examples=5 * FACTOR, stateful_step_count=25, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=checked)
