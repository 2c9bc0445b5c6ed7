"""The application for ASGI servers, and the command that serves it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from rolloutsim.robomaker.server import listen
from tests.gate import PATIENCE_S, ROOT
from tests.robomaker.test_protocol import Site

pytest.importorskip("starlette", reason="the extra serve is not installed")
pytest.importorskip("uvicorn", reason="the extra serve is not installed")


def ask(site: Site, parts: list[bytes], path: bytes = b"/listFleets", query: bytes = b"") -> tuple[int, dict[bytes, bytes], bytes]:
    """Ask the application, with a body in parts."""
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": path.decode(),
        "raw_path": path,
        "query_string": query,
        "headers": [(b"host", b"127.0.0.1")],
        "scheme": "http",
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(site.server.application()(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


def test_the_application_answers() -> None:
    status, headers, body = ask(Site(), [b'{"maxRes', b'ults": 5}'])
    assert (status, headers[b"content-type"]) == (200, b"application/json")
    assert len(json.loads(body)["fleetDetails"]) == 1


def test_bodies_are_bounded() -> None:
    assert ask(Site(), [b" " * 500_000, b'{"maxResults": 5}'])[0] == 200
    status, headers, _ = ask(Site(), [b" " * 600_000] * 1000)
    assert (status, headers[b"x-amzn-errortype"]) == (413, b"RequestEntityTooLargeException")


def test_small_packets_are_sent_at_once() -> None:
    with listen(0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
        assert listening.getsockname()[0] == "127.0.0.1"


def serve(store: Path, *options: str) -> tuple[subprocess.Popen[str], str]:
    """Start a server; return it and its address."""
    command = [sys.executable, "-m", "rolloutsim", "serve", "scenarios/robomaker-100.yaml", "--store", str(store), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=dict(os.environ))
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "RoboMaker's API is at http://127.0.0.1:" in line, (line, process.communicate(timeout=PATIENCE_S))
    return process, line.split()[4].rstrip(",")


def post(url: str, content: Any) -> Any:
    request = urllib.request.Request(url, json.dumps(content).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        return json.load(error)


def test_a_killed_server_goes_on_where_it_was(tmp_path: Path) -> None:
    process, url = serve(tmp_path / "store.db", "--manual", "--registered")
    try:
        created = post(f"{url}/createFleet", {"name": "other"})
        now = post(f"{url}/-/clock", {"advance": "1 h"})["now"]
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)
    process, url = serve(tmp_path / "store.db", "--manual", "--registered")
    try:
        fleets = post(f"{url}/listFleets", {})["fleetDetails"]
        assert [fleet["name"] for fleet in fleets] == ["robomaker-100", "other"]
        assert fleets[1]["arn"] == created["arn"]
        assert post(f"{url}/-/clock", {})["now"] == now == 3600.0
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, err) == (0, "")
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)
