"""The protocol over HTTP, its clock and what is below ``/-/``, without a socket."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolloutsim.robomaker.control import Control
from rolloutsim.robomaker.log import Log
from rolloutsim.robomaker.operations import OPERATIONS, UNSERVED
from rolloutsim.robomaker.protocol import HttpRequest, HttpResponse
from rolloutsim.robomaker.server import Server
from rolloutsim.robomaker.server_clock import Pace, ServerClock
from rolloutsim.robomaker.service import Service
from rolloutsim.scenario import parse
from tests.robomaker.fleets import CONFIG, HAND, SOURCES, SUITE
from tests.robomaker.garbage import garbage_for

HOST = {"host": "127.0.0.1:8000"}


class Site:
    """A server with real time of its own."""

    def __init__(self, store: Path | None = None, pace: Pace = Pace()) -> None:  # noqa: B008
        self.seconds = 0.0
        self.service = Service(parse(HAND), 1, engine="simpy", store=store, registered=True)
        self.clock = ServerClock(self.service.log, pace, lambda: self.seconds)
        self.server = Server(self.service, self.clock)

    def ask(self, method: str, path: str, content: Any = None, headers: dict[str, str] | None = None, query: str = "") -> HttpResponse:
        body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
        return self.server.answer(HttpRequest(method, path, query, {**HOST, **(headers or {})}, body))

    def get(self, operation: str, **members: Any) -> Any:
        response = self.ask("POST", f"/{operation}", members)
        assert response.status == 200, response.body
        return json.loads(response.body)


SITE = Site()


@pytest.fixture
def site() -> Site:
    return Site()


def test_answers(site: Site) -> None:
    fleet = site.get("listFleets")["fleetDetails"][0]
    assert fleet["createdAt"] == 1767571200.0
    response = site.ask("POST", "/describeFleet", {"fleet": "arn:none"})
    assert (response.status, response.headers["x-amzn-errortype"]) == (400, "ResourceNotFoundException")
    assert json.loads(response.body) == {"message": "there is no fleet arn:none"}
    assert site.ask("POST", "/listFleets").status == 200  # an empty body is an empty structure
    assert site.get("listFleets", nextToken=None) == {"fleetDetails": [fleet]}


def test_tags_match_on_the_raw_path(site: Site) -> None:
    robot = site.get("listRobots")["robots"][0]["arn"]
    for path in (robot, robot.replace(":", "%3A").replace("/", "%2F")):
        assert site.ask("POST", f"/tags/{path}", {"tags": {"a": "1", "b": "2"}}).status == 200
        assert site.ask("DELETE", f"/tags/{path}", query="tagKeys=a&tagKeys=x%20y").status == 200
        found = json.loads(site.ask("GET", f"/tags/{path}").body)
        assert found == {"tags": {"rolloutsim:cohort": "dock", "b": "2"}}
    many = "&".join(f"tagKeys={number}" for number in range(5000))
    assert site.ask("DELETE", f"/tags/{robot}", query=many).status == 200
    assert site.ask("DELETE", f"/tags/{robot}", query="tagKeys=%ff").status == 400
    assert site.ask("DELETE", f"/tags/{robot}", query="&&=;tagkeys=1").status == 400
    twice = robot.replace(":", "%253A")
    assert site.ask("GET", f"/tags/{twice}").status == 400
    assert site.ask("GET", "/tags/%ff%fe").status == 400
    refused = site.ask("PUT", f"/tags/{robot}")
    assert (refused.status, set(refused.headers["allow"].split(", "))) == (405, {"GET", "POST", "DELETE"})


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "/nothing", b"{}", 404, "UnknownOperationException"),
        ("GET", "/listFleets", b"", 405, "UnknownOperationException"),
        ("GET", "/tags/", b"", 404, "UnknownOperationException"),
        ("POST", "/createSimulationJob", b"{}", 400, "InvalidParameterException"),
        ("POST", "/listFleets", b"{", 400, "SerializationException"),
        ("POST", "/listFleets", b"\xff", 400, "SerializationException"),
        ("POST", "/listFleets", b'{"maxResults": NaN}', 400, "SerializationException"),
        ("POST", "/listFleets", b'{"maxResults": ' + b"9" * 5000 + b"}", 400, "SerializationException"),
        ("POST", "/listFleets", b"[" * 100_000, 400, "SerializationException"),
        ("POST", "/listFleets", b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400, "SerializationException"),
        ("POST", "/listFleets", b"[]", 400, "InvalidParameterException"),
        ("POST", "/listFleets", b"7", 400, "InvalidParameterException"),
        ("POST", "/listFleets", b'{"maxResults": 1e400}', 400, "InvalidParameterException"),
        ("POST", "/createFleet", b'{"name": "\\ud800"}', 400, "InvalidParameterException"),
        ("POST", "/createFleet", b"{}", 400, "InvalidParameterException"),
        ("POST", "/tags/arn:x", b"[]", 400, "SerializationException"),
        ("POST", "/-/clock", b"{}", 415, "InvalidParameterException"),
        ("POST", "/-/", b"", 405, "UnknownOperationException"),
        ("GET", "/-/nothing", b"", 404, "UnknownOperationException"),
    ],
)
def test_what_is_no_request_gets_the_right_error(site: Site, method: str, path: str, body: bytes, status: int, kind: str) -> None:
    response = site.ask(method, path, body)
    assert (response.status, response.headers.get("x-amzn-errortype")) == (status, kind)
    assert set(json.loads(response.body)) == {"message"}


def test_every_other_operation_names_what_is_there(site: Site) -> None:
    for name in UNSERVED:
        response = site.ask("POST", f"/{name[0].lower()}{name[1:]}", {})
        assert response.status == 400
        assert "CreateDeploymentJob" in response.body.decode()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[", "10.0.0.1:80"])
def test_other_hosts_are_refused(site: Site, host: str) -> None:
    for path in ("/listFleets", "/-/"):
        assert site.ask("POST", path, {}, {"host": host}).status == 403


def test_loopback_and_the_public_name_are_answered(site: Site) -> None:
    server = Server(site.service, site.clock, "Sim.example")
    for host in ("localhost", "127.0.0.1:1", "[::1]:8000", "sim.example:80"):
        assert server.answer(HttpRequest("POST", "/listFleets", headers={"host": host})).status == 200


def test_pages_of_other_origins_are_refused(site: Site) -> None:
    kind = {"content-type": "application/json"}
    assert site.ask("POST", "/-/clock", {}, {**kind, "origin": "http://evil.example"}).status == 403
    assert site.ask("POST", "/listFleets", {}, {"origin": "null"}).status == 403
    assert site.ask("POST", "/-/clock", {}, {**kind, "origin": "http://127.0.0.1:8000"}).status == 200


def test_a_fault_of_the_program_is_an_answer(site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(site.service, "call", lambda *arguments: 1 / 0)
    response = site.ask("POST", "/listFleets", {})
    assert (response.status, response.headers["x-amzn-errortype"]) == (500, "InternalFailure")
    assert "ZeroDivisionError" in capsys.readouterr().err


@settings(max_examples=300)
@given(st.data())
def test_garbage_is_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(OPERATIONS)))
    content = data.draw(garbage_for(name))
    operation = OPERATIONS[name]
    response = SITE.ask(operation.method, operation.path.replace("{resourceArn}", "arn:x"), content)
    kind = response.headers.get("x-amzn-errortype")
    assert response.status == 200 or (response.status == 400 and kind in (*operation.errors, "SerializationException")), response.body


def test_ten_thousand_refused_requests_leave_nothing(site: Site) -> None:
    known = len(list(site.service.log.entries()))
    for number in range(10_000):
        name, path = ("x!", "/createFleet") if number % 2 else ("arn:none", "/describeFleet")
        assert site.ask("POST", path, {"name" if number % 2 else "fleet": name}).status == 400
    assert len(list(site.service.log.entries())) == known


# Control

BUNDLE = {"bucket": "bundles", "key": "k", "action": "remove"}
WRONG_CONTROL = [
    *(("bundles", BUNDLE | change) for change in ({"bucket": 3}, {"bucket": "x"}, {"key": "\ud800"}, {"action": "lose"}, {"more": 1})),
    ("faults", {"operation": "x", "error": "y"}),
    ("faults", {"operation": [], "error": {}}),
    ("faults", {"operation": "ListFleets", "error": "ThrottlingException", "rate": "often"}),
]


def control(site: Site, path: str, **content: Any) -> Any:
    response = site.ask("POST", f"/-/{path}", content, {"content-type": "application/json; charset=utf-8"})
    return response.status, json.loads(response.body)


def start(site: Site) -> str:
    application = site.get("createRobotApplication", name="patrol", robotSoftwareSuite=SUITE, sources=SOURCES)["arn"]
    version = site.get("createRobotApplicationVersion", application=application)["version"]
    launch = {"packageName": "patrol", "launchFile": "patrol.launch.py"}
    config = {"application": application, "applicationVersion": version, "launchConfig": launch}
    fleet = site.get("listFleets")["fleetDetails"][0]["arn"]
    job = {"fleet": fleet, "deploymentApplicationConfigs": [config], "clientRequestToken": "t", "deploymentConfig": CONFIG}
    return str(site.get("createDeploymentJob", **job)["arn"])


def test_time_runs_at_its_speed_and_is_controlled(site: Site) -> None:
    site.seconds = 1.0
    state = json.loads(site.ask("GET", "/-/state").body)
    assert (state["now"], state["robots"], state["jobs"]) == (60.0, {"Registered": 4}, [])
    assert control(site, "clock", paused=True, advance="30 min")[1]["now"] == 1860.0
    site.seconds = 100.0
    assert control(site, "clock", speed=2.0, paused=False)[1]["now"] == 1860.0
    site.seconds = 101.0
    assert site.clock.now() == 1862.0
    for wrong in ({"speed": 0}, {"speed": True}, {"paused": 1}, {"advance": -1}, {"advance": "soon"}, {"speeds": 1}, {"advance": []}):
        status, answer = control(site, "clock", **wrong)
        assert (status, set(answer)) == (400, {"message"})
    assert control(site, "clock", advance=1e12)[1]["now"] == 100 * 365.25 * 86400


def test_the_state_shows_progress_so_far_and_nothing_later(site: Site) -> None:
    job = start(site)
    control(site, "clock", paused=True, advance=36)
    (shown,) = json.loads(site.ask("GET", "/-/state").body)["jobs"]
    assert (shown["arn"], shown["status"], shown["size"]) == (job, "InProgress", 4)
    assert shown["finished"] == [[35.0, True]] * 2
    assert (shown["span"], shown["spanInWords"]) == (36.0, "36 s")
    control(site, "bundles", bucket="bundles", key="patrol-ARM64.tar", action="remove")
    control(site, "faults", operation="CreateFleet", error="InternalServerException", calls=1)
    assert site.ask("POST", "/createFleet", {"name": "a"}).status == 500
    for path, wrong in WRONG_CONTROL:
        assert control(site, path, **wrong)[0] == 400
    assert site.ask("POST", "/-/faults", b"[]", {"content-type": "application/json"}).status == 400


def test_the_page_has_no_inline_script(site: Site) -> None:
    response = site.ask("GET", "/-/")
    page = response.body.decode()
    assert "script-src 'self'" in response.headers["content-security-policy"]
    assert page.count("<script") == page.count("<script src=") == 1
    assert " style=" not in page
    assert "onclick" not in page
    for path, kind in (("/-/page.js", "text/javascript"), ("/-/page.css", "text/css")):
        found = site.ask("GET", path)
        assert found.status == 200
        assert found.headers["content-type"].startswith(kind)
        assert "innerHTML" not in found.body.decode()


# The clock


def test_time_never_runs_backwards_over_restarts(tmp_path: Path) -> None:
    now = 0.0
    for seconds in (0.0, 0.25, 1.5, 0.0):
        site = Site(tmp_path / "store.db")
        begun = site.clock.now()
        assert now <= begun <= now + 60.0  # it jumps by one real second at most
        site.seconds = seconds
        now = site.clock.now()
        assert now >= begun
        assert site.service.log.instant >= now
        site.service.close()


def test_while_time_stands_still_a_restart_finds_the_same_instant(tmp_path: Path) -> None:
    site = Site(tmp_path / "store.db", Pace(paused=True))
    control(site, "clock", advance=100)
    site.service.close()
    again = Site(tmp_path / "store.db", Pace(paused=True))
    assert again.clock.now() == 100.0
    assert again.service.state.pace == {"speed": 60.0, "paused": True}
    again.service.close()


def test_slowing_down_keeps_what_was_answered(tmp_path: Path) -> None:
    log = Log(None, {})
    seconds = [0.0]
    clock = ServerClock(log, Pace(1000.0), lambda: seconds[0])
    seconds[0] = 1.0
    assert clock.now() == 1000.0
    clock.change(Pace(1.0))
    assert log.instant == 1000.0
    seconds[0] = 2.0
    assert (clock.now(), log.instant) == (1001.0, 1002.0)


def test_control_is_of_its_service(site: Site) -> None:
    assert Control(site.service, site.clock).state()["pace"]["words"] == "a real minute is 60 min of simulated time"
