"""Colours where they are wanted, none where NO_COLOR or TERM=dumb ask for none, and whole words and numbers in sixty columns."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import TEXT, command
from tests.gate import PATIENCE_S

CHECKS = 'checks: ["failed_share <= 100 %"]\n'
SWEEP = "sweep: {levers: {rules.dispatch: [window, batch]}, uncertainties: {application.bundle: {uniform: {low: 90 MB, high: 110 MB}}}}\n"

COMMANDS = {
    "show": (),
    "check": ("-n", "6", "--executor", "1"),
    "run": ("-n", "40", "--engine", "simpy", "--executor", "1"),
    "sweep": ("-n", "6", "--sample", "1", "--executor", "1"),
    "compare": ("-n", "6", "other.yaml", "--metric", "failed", "--executor", "1"),
}


def terminal(*args: object, cwd: Path, **environment: str) -> str:
    """Return what a command prints on a terminal."""
    outside, inside = pty.openpty()
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    process = subprocess.Popen(
        command(*args), stdin=inside, stdout=inside, stderr=inside, cwd=cwd, env=kept | {"TERM": "xterm-256color"} | environment
    )
    os.close(inside)
    printed = b""
    try:
        while chunk := os.read(outside, 65536):
            printed += chunk
    except OSError:  # the terminal is closed by its last process
        pass
    finally:
        os.close(outside)
        process.wait(PATIENCE_S)
    return printed.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(TEXT + CHECKS + SWEEP, encoding="utf-8")
    (tmp_path / "other.yaml").write_text(TEXT.replace("100 MB", "120 MB"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
@pytest.mark.parametrize("name", ["show", *(pytest.param(name, marks=pytest.mark.slow) for name in ("check", "run"))])
def test_no_colours_where_none_are_wanted(folder: Path, name: str, environment: dict[str, str]) -> None:
    printed = terminal(name, "small.yaml", *COMMANDS[name], cwd=folder, **environment)
    assert "small" in printed
    assert not re.search(r"\x1b\[([0-9;]*;)?(3|9)[0-7]", printed)
    if "TERM" in environment:
        assert "\x1b" not in printed


@pytest.mark.slow
def test_colours_on_other_terminals(folder: Path) -> None:
    for name in ("show", "check"):
        assert "\x1b[" in terminal(name, "small.yaml", *COMMANDS[name], cwd=folder, NO_COLOR="")


@pytest.mark.parametrize("name", ["show", "check", "run", "sweep", "compare"])
def test_narrow_terminals_tear_nothing(folder: Path, invoke: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    numbers = re.compile(r"(?<![\w.])\d[\d.,]*")
    printed = {}
    for columns in (40, 60, 80, 200):
        monkeypatch.setenv("COLUMNS", str(columns))
        printed[columns] = invoke(name, "small.yaml", *COMMANDS[name]).stdout
        long = [line for line in printed[columns].splitlines() if len(line) > columns]
        assert [line for line in long if not line.startswith("  rolloutsim ")] == [], "only a command to copy stays on one line"
    for columns in (40, 60, 80):
        assert sorted(numbers.findall(printed[columns])) == sorted(numbers.findall(printed[200])), "no number is torn"
