"""What ``rolloutsim serve`` refuses."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

import pytest
from click.testing import Result

from tests.gate import ROOT

pytest.importorskip("starlette", reason="the extra serve is not installed")
pytest.importorskip("uvicorn", reason="the extra serve is not installed")

SCENARIO = str(ROOT / "scenarios" / "robomaker-100.yaml")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--manual", "--speed", "3"], "--manual and --speed exclude each other"),
        (["--speed", "0"], "0.0 is not in the range"),
        (["--port", "70000"], "is not a whole number from 0 to 65,535"),
        (["--set", "rules.concurrency=3 robots"], "rules.concurrency would silence concurrentDeploymentPercentage"),
    ],
)
def test_wrong_options_are_refused(options: list[str], message: str, invoke: Callable[..., Result]) -> None:
    result = invoke("serve", SCENARIO, *options)
    assert result.exit_code == 2
    assert message in result.output


def test_without_the_extra_it_is_named(invoke: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = invoke("serve", SCENARIO)
    assert result.exit_code == 2
    assert "serve needs uvicorn: install rolloutsim[serve]" in result.output


def test_a_port_in_use_is_reported(invoke: Callable[..., Result]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        result = invoke("serve", SCENARIO, "--port", port)
    assert result.exit_code == 2
    assert f"port {port} cannot be used" in result.output
