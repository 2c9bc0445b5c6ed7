"""Standard streams that are closed, or whose reader goes early: no command ends by that, and no report is lost."""

from __future__ import annotations

import os
import shlex
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.cli.conftest import command
from tests.gate import PATIENCE_S, ROOT

CHECKS = 'checks: ["time_to_complete.p50 <= 1 s", "time_to_complete.p50 <= 900 s"]\n'


@pytest.fixture
def checked(small: str, tmp_path: Path) -> list[str]:
    """Three scenarios with checks."""
    text = Path(small).read_text(encoding="utf-8") + CHECKS
    files = [tmp_path / f"{name}.yaml" for name in "abc"]
    for file in files:
        file.write_text(text, encoding="utf-8")
    return [str(file) for file in files]


def ran(args: list[object], **streams: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command(*args), timeout=PATIENCE_S, cwd=ROOT, check=False, **streams)  # type: ignore[call-overload, no-any-return]


def gone() -> int:
    """Return the end of a pipe that no process reads from."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.slow
@pytest.mark.parametrize("also_stderr", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_reader_that_goes_early_costs_no_report(also_stderr: bool, checked: list[str], tmp_path: Path) -> None:
    pipe = gone()
    junit, summary = tmp_path / "x.xml", tmp_path / "x.md"
    with (tmp_path / "err").open("wb") as err:
        done = ran(["check", *checked, "-n", 20, "--junit", junit, "--summary", summary], stdout=pipe, stderr=pipe if also_stderr else err)
    os.close(pipe)
    assert done.returncode == 1
    assert len(ET.parse(junit).getroot().findall("testsuite")) == 3
    assert summary.read_text(encoding="utf-8").count("fail") >= 3
    assert (tmp_path / "err").read_bytes().count(b"Traceback") == 0


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize("how", [[], pytest.param(["--json"], marks=pytest.mark.slow)])
def test_a_full_disk_costs_no_report(how: list[str], checked: list[str], tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = ran(["check", *checked, "-n", 20, "--junit", tmp_path / "x.xml", *how], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert b"No space left on device" in done.stderr
    assert len(ET.parse(tmp_path / "x.xml").getroot().findall("testsuite")) == 3


@pytest.mark.slow
@pytest.mark.parametrize("args", [["schema"], ["--help"], ["run", "SMALL", "--out", "OUT"]])
def test_a_reader_that_goes_early_is_no_error(args: list[str], small: str, tmp_path: Path) -> None:
    pipe = gone()
    done = ran([{"SMALL": small, "OUT": tmp_path / "out"}.get(arg, arg) for arg in args], stdout=pipe, stderr=subprocess.PIPE)
    os.close(pipe)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert "OUT" not in args or (tmp_path / "out" / "manifest.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "closed", "code"),
    [
        (["run", "SMALL"], "2>&-", 0),
        pytest.param(["run", "SMALL"], "<&- >&- 2>&-", 0, marks=pytest.mark.slow),
        (["check", "CHECKED", "-n", "20"], "2>&-", 1),
        pytest.param(["sweep", "SMALL", "--lever", "fleet.dock.robots=5,6"], "2>&-", 0, marks=pytest.mark.slow),
        pytest.param(["validate", "nowhere.yaml"], "2>&-", 2, marks=pytest.mark.slow),
        (["codes"], ">&- 2>&-", 0),
    ],
)
def test_closed_streams_are_no_error(args: list[str], closed: str, code: int, small: str, checked: list[str]) -> None:
    named = {"SMALL": small, "CHECKED": checked[0]}
    line = shlex.join(command(*(named.get(arg, arg) for arg in args)))
    done = subprocess.run(["sh", "-c", f"{line} {closed}"], capture_output=True, timeout=PATIENCE_S, cwd=ROOT, check=False)
    assert done.returncode == code


@pytest.mark.parametrize("device", ["/dev/null", pytest.param("/dev/full", marks=pytest.mark.slow)])
def test_notes_that_cannot_be_written_cost_no_result(device: str, small: str) -> None:
    """The first is open for reading only."""
    if not Path(device).exists():
        pytest.skip("a device that is always full")
    with open(device, "rb" if device == "/dev/null" else "wb") as refusing:
        done = ran(["run", small, "-n", 2], stdout=subprocess.PIPE, stderr=refusing)
    assert done.returncode == 0
    assert b"time to complete" in done.stdout
