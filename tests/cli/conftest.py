"""A scenario that takes milliseconds, and ways to run commands."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rolloutsim.cli import cli
from rolloutsim.report import studies
from rolloutsim.report.plots import plotter
from tests.gate import PATIENCE_S, ROOT

SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))

TEXT = """\
scenario: small
seed: 3
replicates: 4
fleet:
  - {cohort: dock, robots: 12, link: {rate: 20 Mbit/s}, connectivity: {renewal: {up: 1 h, down: 5 min}}}
  - {cohort: yard, robots: 8}
application:
  bundle: 100 MB
  steps: {launching: {duration: {exponential: {mean: 20 s}}, failures: {MissingRobotDeploymentResource: {probability: 0.2, per: robot}}}}
deployment: {deploymentConfig: {concurrentDeploymentPercentage: 25, failureThresholdPercentage: 90}}
"""


@pytest.fixture(autouse=True)
def simple_pictures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the files of pictures without drawing them, which takes seconds per command; tests that are marked ``pictures`` draw."""
    if request.node.get_closest_marker("pictures"):
        return
    draw_into = plotter.draw_into

    def write(folder: Path, drawings: Mapping[str, Callable[[], Any]]) -> list[Path]:
        return draw_into(folder, dict.fromkeys(drawings, lambda: None))

    for module in (plotter, studies):
        monkeypatch.setattr(module, "draw_into", write)
    monkeypatch.setattr(plotter, "save_plot", lambda _, path: path.write_bytes(bytes(2000)))


@pytest.fixture
def small(tmp_path: Path) -> str:
    """The path of a scenario of 20 robots."""
    path = tmp_path / "small.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command in an empty folder; what it raises beyond an exit is an error of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)  # pytest-xdist names a width of 80, and what goes to a file is not folded

    def run(*args: object) -> Result:
        result = CliRunner().invoke(cli, [str(arg) for arg in args], prog_name="rolloutsim")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return run


def command(*args: object) -> list[str]:
    """Return the command line of a real process."""
    return [sys.executable, "-m", "rolloutsim", *map(str, args)]


def process(*args: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    return subprocess.run(command(*args), capture_output=True, text=True, timeout=PATIENCE_S, cwd=cwd, check=False)
