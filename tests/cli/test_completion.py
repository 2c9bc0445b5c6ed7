"""What the shell completes: commands, files, metrics, words to explain, and the paths of the scenario that the line names."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import Result

from rolloutsim.cli import cli
from rolloutsim.cli.completion import paths
from rolloutsim.errors import ScenarioError, UsageError
from rolloutsim.scenario import load
from tests.cli.conftest import process

Invoke = Callable[..., Result]


def completed(*words: str) -> list[tuple[str, str]]:
    """Return kind and value of what may stand in place of the last word."""
    found = ShellComplete(cli, {}, "rolloutsim", "_ROLLOUTSIM_COMPLETE").get_completions(list(words[:-1]), words[-1])
    return [(item.type, item.value) for item in found]


def values(*words: str) -> list[str]:
    return [value for _, value in completed(*words)]


def test_commands_and_files() -> None:
    assert values("exp") == ["explain"]
    for command in ("run", "check", "compare", "sweep", "plan", "sensitivity", "verify", "show", "validate", "serve"):
        assert completed(command, "scen") == [("file", "scen")], command


@pytest.mark.parametrize(
    "line",
    [
        ("run", "a.yaml", "--metric"),
        ("run", "a.yaml", "--precision"),
        ("sweep", "a.yaml", "--metric"),
        ("compare", "a.yaml", "--metric"),
        ("compare", "a.yaml", "--fail-if-worse"),
        ("plan", "a.yaml", "--minimize"),
        ("plan", "a.yaml", "--subject-to"),
        ("sensitivity", "a.yaml", "--metric"),
    ],
)
def test_metrics(line: tuple[str, ...]) -> None:
    assert values(*line, "time_to_com") == ["time_to_complete"]


@pytest.mark.parametrize("option", [("run", "--set"), ("compare", "--against"), ("sweep", "--lever"), ("plan", "--over")])
def test_paths_of_the_scenario(small: str, option: tuple[str, str]) -> None:
    command, name = option
    assert "fleet.dock.robots=" in values(command, small, name, "fleet.d")
    assert values(command, small, name, "rules.conc") == ["rules.concurrency="]
    assert values(command, small, name, "conc") == ["concurrency="]


def test_a_file_that_cannot_be_read_completes_nothing(tmp_path: Path) -> None:
    (tmp_path / "half.yaml").write_text("fleet: [", encoding="utf-8")
    assert values("run", str(tmp_path / "half.yaml"), "--set", "rules") == []
    assert values("run", "--set", "rules") == []


def test_every_completed_path_is_one(small: str) -> None:
    scenario = load(small)
    found = list(paths(["dock", "yard"], []))
    assert len(found) > 150
    unknown = []
    for path in found:
        with contextlib.suppress(UsageError):  # 1 is no value of most
            try:
                scenario.replace(path, 1)
            except ScenarioError as error:
                unknown += [path for problem in error.problems if problem.code == "unknown-path"]
    # Its bundle has one size; where it has one per architecture, these are paths.
    assert [path for path in unknown if not path.startswith("application.bundle.")] == []


def test_words_to_explain() -> None:
    assert values("explain", "RobotDeploymentNo") == ["RobotDeploymentNoResponse"]


def test_explain_prints_every_meaning(invoke: Invoke) -> None:
    text = invoke("explain", "left_down").stdout
    assert text.splitlines()[0] == "left_down  (metric)"
    assert "jobs.left_down  (column)" in text
    assert [row["kind"] for row in json.loads(invoke("explain", "left_down", "--json").stdout)] == ["metric", "column"]
    unknown = invoke("explain", "left_dwn")
    assert unknown.exit_code == 2
    assert "did you mean left_down?" in unknown.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ROLLOUTSIM_COMPLETE", f"{shell}_source")
    assert "_ROLLOUTSIM_COMPLETE" in process().stdout
