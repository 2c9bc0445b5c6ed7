"""The light commands, as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from click.testing import Result

import rolloutsim
from rolloutsim.analysis import METRICS, parse_metric
from rolloutsim.cli import COMMANDS
from rolloutsim.scenario.parts.rules import Rules
from rolloutsim.vocabulary import FAILURE_CODES
from tests.cli.conftest import SCENARIOS

Invoke = Callable[..., Result]


def test_help_lists_every_command_and_the_exit_codes(invoke: Invoke) -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    for name, told in COMMANDS.items():
        assert name in result.stdout
        assert told in " ".join(result.stdout.split())
    assert "130 interrupted, 70 a fault of the program" in " ".join(result.stdout.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(invoke: Invoke, name: str) -> None:
    result = invoke(name, "-h")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: rolloutsim {name}")


def test_version(invoke: Invoke) -> None:
    result = invoke("--version")
    assert (result.exit_code, result.stdout.split()[0]) == (0, "rolloutsim")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["cods"], "there is no command 'cods'; did you mean 'codes'?"),
        (["simulate", "x.yaml"], f"there is no command 'simulate'; there are {', '.join(COMMANDS)}"),
        (["run"], "Missing argument 'SCENARIO'"),
        (["run", "--replicate", "3"], "No such option '--replicate'"),
        (["run", "a.yaml", "-n", "0"], "'0' is not a whole number from 1 to 10,000,000"),
        (["run", "a.yaml", "--seed", "-1"], "'-1' is not a whole number from 0 to"),
        (["run", "a.yaml", "--engine", "fast"], "'fast' is not one of"),
        (["validate"], "Missing argument 'SCENARIO...'"),
        (["run", "nope.yaml"], "nope.yaml: found no such file"),
        (["show", "nope.yaml"], "nope.yaml: found no such file"),
        (["run", "a.yaml", "--out", ""], "Invalid value for '--out': this is empty"),
        (["sweep", "a.yaml", "--out", " "], "Invalid value for '--out': this is empty"),
        (["plan", "a.yaml", "--out", ""], "Invalid value for '--out': this is empty"),
        (["sensitivity", "a.yaml", "--out", ""], "Invalid value for '--out': this is empty"),
        (["combine", "a", "--out", ""], "Invalid value for '--out': this is empty"),
        (["combine", "a", "", "--out", "b"], "Invalid value for 'FOLDER...': this is empty"),
        (["compare", "a.yaml", "--baseline", ""], "Invalid value for '--baseline': this is empty"),
        (["check", "a.yaml", "--junit", ""], "Invalid value for '--junit': this is empty"),
        (["check", "a.yaml", "--summary", ""], "Invalid value for '--summary': this is empty"),
        (["init", ""], "Invalid value for '[FILE]': this is empty"),
        (["run", "a.yaml", "--csv"], "--csv needs a folder to write to: add --out DIR"),
        (["run", "a.yaml", "--tables", "jobs"], "--tables chooses what is written: add --out DIR"),
        (["run", "a.yaml", "--record", "0"], "--record chooses what is written: add --out DIR"),
    ],
)
def test_wrong_usage_is_reported_with_exit_code_2(invoke: Invoke, args: list[str], said: str) -> None:
    result = invoke(*args)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_validate_good_files(invoke: Invoke) -> None:
    result = invoke("validate", *SCENARIOS)
    assert result.exit_code == 0
    warnings = [line for line in result.stderr.splitlines() if not line.startswith("note: ")]
    assert ["sites.wh07.downlink" in line for line in warnings] == [True], "the thin line is the question of twelve-warehouses"
    assert len(SCENARIOS) >= 6
    assert [line.split(": ")[1].split(" ")[0] for line in result.stdout.splitlines()] == ["good"] * len(SCENARIOS)


def test_validate_reports_every_mistake_of_every_file(invoke: Invoke, small: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("fleet: [{cohort: a, robots: 0}]\napplication: {bundle: 350}\n", encoding="utf-8")
    result = invoke("validate", bad, small, "nope.yaml")
    assert result.exit_code == 2
    assert f"{bad}: 2 mistakes" in result.stdout
    assert f"{small}: good (small, 20 robots)" in result.stdout
    assert f"{bad}:1:29: fleet.a.robots: found 0" in result.stderr
    assert f"{bad}:2:23: application.bundle: found 350" in result.stderr
    assert "nope.yaml: found no such file" in result.stderr


def test_validate_as_json(invoke: Invoke, small: str) -> None:
    result = invoke("validate", small, "nope.yaml", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 2
    assert [entry["valid"] for entry in report] == [True, False]
    (problem,) = report[1]["problems"]
    assert list(problem) == ["file", "line", "column", "path", "code", "found", "why", "hint", "severity"]
    assert (problem["file"], problem["code"], problem["severity"]) == ("nope.yaml", "unreadable-file", "error")


def test_a_warning_is_no_mistake(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "warns.yaml"
    path.write_text(
        "fleet: [{cohort: a, robots: 2}]\napplication: {bundle: 1 MB, steps: {post_launch: {failures: {PostLaunchFileFailure: 0.1}}}}\n",
        encoding="utf-8",
    )
    result = invoke("validate", path)
    assert result.exit_code == 0
    assert "warning: " in result.stderr
    assert "good" in result.stdout
    assert "warning: " in invoke("run", path, "-n", "1").stderr


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_show_explains_every_scenario(invoke: Invoke, path: Path) -> None:
    result = invoke("show", path, "--details")
    assert result.exit_code == 0
    for title in ("Fleet", "Application", "Steps of a robot", "Deployment", "Rules", "Experiment"):
        assert f"\n{title}\n" in result.stdout
    assert "[assumption; otherwise " in " ".join(result.stdout.split())
    assert max(map(len, result.stdout.splitlines())) <= 120


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_show_names_every_rule_in_few_lines(invoke: Invoke, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    brief, whole = (invoke("show", path, *options).stdout for options in ((), ("--details",)))
    rules = {line.partition(":")[0].strip() for line in whole[whole.index("\nRules\n") : whole.index("\nExperiment\n")].splitlines()}
    named = {name for name in rules if name in Rules.model_fields}
    assert len(named) > 15
    assert {name for name in named if name not in brief} == set()
    if path.stem == "twelve-warehouses":
        assert len(brief.splitlines()) <= 60


def test_show_changed_values(invoke: Invoke, small: str) -> None:
    result = invoke("show", small, "--set", "rules.dispatch=batch", "--set", "fleet.dock.robots=30")
    assert result.exit_code == 0
    assert "38 robots in 2 cohorts" in result.stdout
    assert "dispatch: batch" in result.stdout


def test_show_as_json_is_a_scenario_again(invoke: Invoke, small: str, tmp_path: Path) -> None:
    result = invoke("show", small, "--json", "--set", "rules.dispatch=batch")
    again = tmp_path / "again.yaml"
    again.write_text(result.stdout, encoding="utf-8")
    assert rolloutsim.load(again).fingerprint() == rolloutsim.load(small).replace("rules.dispatch", "batch").fingerprint()


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("rules.dispatch", "PATH=VALUE is needed"),
        ("=3", "PATH=VALUE is needed"),
        ("rules.dispatch=bach", 'rules.dispatch: found "bach"'),
        ("fleet.docks.robots=3", "dock"),
        ("fleet.dock.robots=0", "fleet.dock.robots: found 0"),
        ("rules.x=[1", "the value cannot be read"),
        ("checks=[failed_share[yard] <= 3 %]", """quote texts, e.g. 'checks=["failed_share[dock] <= 3 %"]'"""),
        ("checks=failed <= 3 %", 'a list of checks is needed; write ["failed <= 3 %"]'),
    ],
)
def test_a_wrong_change_is_reported(invoke: Invoke, small: str, assignment: str, said: str) -> None:
    result = invoke("run", small, "--set", assignment)
    assert result.exit_code == 2
    assert said in result.stderr


def test_init_writes_a_starter_that_runs(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("init")
    assert result.exit_code == 0
    assert "scenario.yaml" in result.stdout
    assert "#" in (tmp_path / "scenario.yaml").read_text(encoding="utf-8")
    assert invoke("run", "scenario.yaml", "-n", "2").exit_code == 0


def test_init_never_overwrites(invoke: Invoke, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("precious", encoding="utf-8")
    result = invoke("init", mine)
    assert result.exit_code == 2
    assert "exists already and was left alone" in result.stderr
    assert mine.read_text(encoding="utf-8") == "precious"


def test_init_into_a_folder_that_does_not_exist(invoke: Invoke) -> None:
    result = invoke("init", "no/such/folder.yaml")
    assert result.exit_code == 2
    assert "cannot be written (No such file or directory): choose another place" in result.stderr


def test_init_to_stdout(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("init", "-")
    assert result.exit_code == 0
    assert "fleet:" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_codes_lists_all(invoke: Invoke) -> None:
    result = invoke("codes")
    assert result.exit_code == 0
    assert all(f"{code.name}\n" in result.stdout for code in FAILURE_CODES)


def test_codes_as_json(invoke: Invoke) -> None:
    rows = json.loads(invoke("codes", "--json").stdout)
    assert [row["code"] for row in rows] == [code.name for code in FAILURE_CODES]
    extracting = next(row for row in rows if row["code"] == "ExtractingBundleFailure")
    assert extracting["phases"] == ["extracting"]
    assert extracting["steps"] == ["DownloadingExtracting"]


def test_schema_is_a_json_schema(invoke: Invoke) -> None:
    result = invoke("schema")
    assert result.exit_code == 0
    jsonschema.validators.validator_for(json.loads(result.stdout)).check_schema(json.loads(result.stdout))


def test_metrics_lists_what_can_be_asked_for(invoke: Invoke) -> None:
    listed = invoke("metrics").stdout
    rows = json.loads(invoke("metrics", "--json").stdout)
    assert [row["metric"] for row in rows] == list(METRICS)
    for row in rows:
        assert f"\n{row['metric']}{'[CODE]' if row['codes'] else ''}  (" in f"\n{listed}"
        assert row["meaning"] in " ".join(listed.split())
        named = row["metric"] + "".join(f"[{code}]" for code in row["codes"][:1])
        assert parse_metric(named).metric.unit == row["unit"]
        line = listed.split(f"\n{row['metric']}", 1)[-1].splitlines()[0]
        assert all(("by " in line and kind in line) is (kind in row["groups"]) for kind in ("cohort", "class"))


@pytest.mark.parametrize(
    "command",
    [
        ("run", "--out"),
        ("sweep", "--lever", "fleet.dock.robots=3,4", "--out"),
        ("plan", "--minimize", "failed", "--over", "fleet.dock.robots=3,4", "--out"),
        pytest.param(("report", "--out"), marks=pytest.mark.slow),
        ("check", "--set", "checks=[failed < 3]", "--junit"),
    ],
    ids=lambda command: command[0],
)
def test_the_hint_fits_why_the_system_refuses_a_file(invoke: Invoke, small: str, tmp_path: Path, command: tuple[str, ...]) -> None:
    for folder, said in (("a" * 300, "(File name too long): write a shorter name"), ("loop/x/y", "do not lead in a circle")):
        (tmp_path / "loop").unlink(missing_ok=True)
        (tmp_path / "loop").symlink_to("loop")
        result = invoke(command[0], small, *command[1:], folder)
        assert result.exit_code == 2
        assert said in result.stderr
        assert "permissions" not in result.stderr
