"""`rolloutsim check`: what it prints and writes, and with which code it ends."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import Result

from rolloutsim.simulation.replicate import Replicator
from tests.cli.conftest import TEXT
from tests.study.worlds import crash_at

Invoke = Callable[..., Result]
Write = Callable[..., str]

PASS, FAIL, UNDECIDED = "failed_share <= 0.9", "time_to_complete.p50 <= 1 s", "abort_probability <= 0.1 %"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*checks: str, name: str = "checked") -> str:
        path = tmp_path / f"{name}.yaml"
        path.write_text(TEXT + "checks:\n" + "".join(f"  - {check}\n" for check in checks), encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize(
    ("checks", "code"),
    [((PASS,), 0), ((FAIL,), 1), ((UNDECIDED,), 4), ((PASS, FAIL, UNDECIDED), 1), ((PASS, UNDECIDED), 4)],
)
def test_the_exit_code_is_that_of_the_worst(invoke: Invoke, write: Write, checks: tuple[str, ...], code: int) -> None:
    result = invoke("check", write(*checks), "-n", "40")
    assert result.exit_code == code
    assert "small: n = 40 replicates, seed 3, intervals of 95 %" in result.stdout
    assert result.stderr == ""
    outcome = {0: "pass", 1: "fail", 4: "undecided"}[code]
    assert any(line.startswith(outcome) for line in result.stdout.splitlines())


def test_over_several_scenarios_too(invoke: Invoke, write: Write) -> None:
    good, bad, open_ = write(PASS, name="good"), write(FAIL, name="bad"), write(UNDECIDED, name="open")
    assert invoke("check", good, open_, "-n", "40").exit_code == 4
    result = invoke("check", good, open_, bad, "-n", "40")
    assert result.exit_code == 1
    assert [line.split()[0] for line in result.stdout.splitlines() if line.startswith(("pass", "fail", "undecided"))] == [
        "pass",
        "undecided",
        "fail",
    ]


def test_scenarios_of_the_same_name_are_distinguished(invoke: Invoke, write: Write, tmp_path: Path) -> None:
    day, night, far = write(PASS, name="day"), write(FAIL, name="night"), tmp_path / "far" / "day.yaml"
    far.parent.mkdir()
    far.write_text(Path(day).read_text(encoding="utf-8"), encoding="utf-8")
    result = invoke("check", day, night, far, "-n", "40", "--junit", "j.xml", "--summary", "s.md")
    names = ["day (1)", "night", "day (2)"]
    assert [line.split(": n = ")[0] for line in result.stdout.splitlines() if ": n = " in line] == names
    root = ElementTree.parse("j.xml").getroot()
    assert [suite.attrib["name"] for suite in root.iter("testsuite")] == names
    assert [case.attrib["classname"] for case in root.iter("testcase")] == names
    headings = [line for line in Path("s.md").read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert [heading.split(": ")[1] for heading in headings] == names
    told = json.loads(invoke("check", day, night, "-n", "40", "--json").stdout)
    assert [(each["scenario"], each["file"]) for each in told] == [("day", day), ("night", night)]


def test_crashes_are_worse_than_a_failed_check(invoke: Invoke, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    crash_at(monkeypatch, 2)
    result = invoke("check", write(FAIL), "-n", "40", "--junit", "j.xml")
    assert result.exit_code == 3
    assert "crashed 1 of 40 replicates crashed and are missing; the first is replicate 2: RuntimeError: no luck" in " ".join(
        result.stdout.split()
    )
    assert {case[0].tag for case in ElementTree.parse("j.xml").iter("testcase")} == {"failure", "error"}


def test_crashes_of_one_scenario_are_worse_than_a_failed_check_of_another(
    invoke: Invoke, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash_at(monkeypatch, 50)
    long, failing = write(PASS, name="long"), write(FAIL, name="failing")
    Path(long).write_text(Path(long).read_text(encoding="utf-8").replace("replicates: 4", "replicates: 60"), encoding="utf-8")
    Path(failing).write_text(Path(failing).read_text(encoding="utf-8").replace("replicates: 4", "replicates: 40"), encoding="utf-8")
    assert invoke("check", failing).exit_code == 1
    assert invoke("check", long, failing).exit_code == 3


def test_interrupted(invoke: Invoke, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    crash_at(monkeypatch, 2, error=KeyboardInterrupt())
    assert invoke("check", write(PASS)).exit_code == 130


def test_it_goes_on_while_undecided(invoke: Invoke, write: Write) -> None:
    # 0 of 4 may be as many as 60 %.
    path = write("abort_probability <= 20 %", PASS)
    assert invoke("check", path, "-n", "4").exit_code == 4
    result = invoke("check", path, "-n", "4", "--max-replicates", "60")
    assert result.exit_code == 0
    assert "intervals of 99." in result.stdout


def test_json_is_all_that_stdout_holds(invoke: Invoke, write: Write) -> None:
    result = invoke("check", write(PASS, UNDECIDED), "-n", "40", "--json")
    (checks,) = json.loads(result.stdout)
    assert (checks["scenario"], checks["outcome"], checks["replicates"]) == ("small", "undecided", 40)
    assert [each["outcome"] for each in checks["results"]] == ["pass", "undecided"]


def test_everything_wrong_in_every_file_before_anything_runs(
    invoke: Invoke, write: Write, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Replicator, "run", None)
    one, two = write("failed_share <= 9 h", "tme <= 1", name="one"), write("failed[dokc] <= 1", PASS, name="two")
    result = invoke("check", one, "nope.yaml", two, small)
    assert (result.exit_code, result.stdout) == (2, "")
    lines = [line for line in result.stderr.splitlines() if not line.startswith("  ")]
    assert len(lines) == 5
    assert lines[0].startswith(f"{one}:12:5: checks[0]: found failed_share <= 9 h; failed_share has no unit")
    assert lines[1].startswith(f"{one}:13:5: checks[1]: found tme <= 1; there is no metric tme")
    assert lines[2].startswith("nope.yaml: found no such file")
    assert lines[3].startswith(
        f"{two}:12:5: checks[0]: found failed[dokc] <= 1; [dokc] is neither a condition nor a cohort; did you mean dock"
    )
    assert lines[4].startswith(f"{small}:1:1: checks: found no checks; there is nothing to check")


def test_validate_finds_wrong_checks_too(invoke: Invoke, write: Write) -> None:
    good, wrong = write(PASS, name="good"), write("failed[dokc] <= 1", "failed <= 9 h", name="wrong")
    result = invoke("validate", good, wrong)
    assert result.exit_code == 2
    assert f"{good}: good" in result.stdout
    assert f"{wrong}: 2 mistakes" in result.stdout
    assert f"{wrong}:12:5: checks[0]: found failed[dokc] <= 1; [dokc] is neither" in result.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-n", "10", "--max-replicates", "5"], "at most 5 replicates are fewer than the 10 to begin with"),
        (["--junit", "{small}/x.xml"], "cannot be used as a folder for results"),
        (["--summary", "{small}/x.md"], "cannot be used as a folder for results"),
        (["--set", "checks=[a]"], "checks[0]: found"),
        (["--set", "failed"], "PATH=VALUE is needed"),
    ],
)
def test_wrong_usage(invoke: Invoke, write: Write, small: str, options: list[str], said: str) -> None:
    result = invoke("check", write(PASS), *(option.format(small=small) for option in options))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_files(invoke: Invoke, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "step.md"))
    (tmp_path / "step.md").write_text("what other steps wrote\n", encoding="utf-8")
    good, bad = write(PASS, name="good"), write(FAIL, name="bad")
    assert invoke("check", good, bad, "-n", "40", "--junit", "reports/j.xml", "--summary", "reports/s.md").exit_code == 1
    root = ElementTree.parse(tmp_path / "reports/j.xml").getroot()
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["errors"]) == ("2", "1", "0")
    assert [case.attrib["name"] for case in root.iter("testcase") if case.find("failure") is not None] == [FAIL]
    table = (tmp_path / "reports/s.md").read_text(encoding="utf-8")
    assert f"`{FAIL}`" in table
    assert (tmp_path / "step.md").read_text(encoding="utf-8") == "what other steps wrote\n" + table
    assert invoke("check", good, "-n", "40", "--summary", "reports/s.md").exit_code == 0
    assert (tmp_path / "reports/s.md").read_text(encoding="utf-8").startswith(table), "appended, not replaced"


@pytest.mark.parametrize(
    ("options", "step_summary", "said"),
    [
        (["--junit", "taken"], "", "--junit: taken: cannot be written (it is a folder)"),
        (["--summary", "taken"], "", "--summary: taken: cannot be written (it is a folder)"),
        ([], "taken", "$GITHUB_STEP_SUMMARY: taken: cannot be written (it is a folder)"),
        ([], "taken/there/x.md", "$GITHUB_STEP_SUMMARY: taken/there: cannot be used as a folder"),
        (["--junit", "locked.xml"], "", "--junit: locked.xml: cannot be written (it may only be read)"),
    ],
)
def test_a_report_that_cannot_be_written_is_found_before_anything_runs(
    invoke: Invoke, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], step_summary: str, said: str
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "there").touch()
    (tmp_path / "locked.xml").touch()
    # What the superuser may write is more than what the permissions allow.
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK or Path(path).name != "locked.xml")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", step_summary)
    monkeypatch.setattr(Replicator, "run", None)
    result = invoke("check", write(PASS), *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize("as_json", [False, True])
def test_a_report_that_cannot_be_written_after_all_costs_neither_the_table_nor_the_other_reports(
    invoke: Invoke, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("rolloutsim.report.junit.checks_junit", full)
    result = invoke("check", write(FAIL), "-n", "40", "--junit", "j.xml", "--summary", "s.md", *["--json"] * as_json)
    assert result.exit_code == 2, "not 1: what reads the report would not see that a check failed"
    assert FAIL in result.stdout
    assert "--junit: j.xml: cannot be written (No space left on device)" in result.stderr
    assert "**fail**" in (tmp_path / "s.md").read_text(encoding="utf-8")
