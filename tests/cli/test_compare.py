"""`rolloutsim compare` and `rolloutsim run --precision`: what they print, and with which code they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import TEXT
from tests.study.worlds import crash_at

Invoke = Callable[..., Result]


@pytest.fixture
def slow(tmp_path: Path) -> str:
    """The scenario `small` with launches that take three times as long."""
    path = tmp_path / "slow.yaml"
    path.write_text(TEXT.replace("mean: 20 s", "mean: 60 s").replace("scenario: small", "scenario: slow"), encoding="utf-8")
    return str(path)


def test_differences_are_reported(invoke: Invoke, small: str, slow: str) -> None:
    result = invoke("compare", small, slow, "-n", "40")
    assert result.exit_code == 0
    assert "A: small, seed 3" in result.stdout
    assert "B: slow, against A, 40 pairs" in result.stdout
    everywhere = invoke("compare", small, slow, "-n", "20", "--metric", "failed", "--set", "threshold=90 %", "--set", "seed=4").stdout
    assert everywhere.splitlines()[0] == "A: small, seed 4; all with threshold=90 %, seed=4"
    lines = {line.split()[0]: line.split()[1] for line in result.stdout.splitlines() if line.split()[1:2] in (["worse"], ["~"])}
    assert lines["time_to_complete.p50"] == "worse"
    assert lines["bytes_sent"] == "~"
    assert "the same in every pair" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("gate", "code", "said"),
    [
        ("time_to_complete 5%", 1, "fail: time_to_complete is worse by more than 5%"),
        ("time_to_complete 30 d", 0, "pass: time_to_complete is not seen to be worse by more than 30 d"),
        ("time_to_complete[canceled] 5%", 4, "undecided: time_to_complete[canceled] cannot be compared"),
    ],
)
def test_gates_decide_on_the_exit_code(invoke: Invoke, small: str, slow: str, gate: str, code: int, said: str) -> None:
    result = invoke("compare", small, slow, "-n", "40", "--metric", "failed", "--fail-if-worse", gate)
    assert result.exit_code == code
    assert said in result.stdout
    # The other way round nothing is worse.
    assert invoke("compare", slow, small, "-n", "40", "--metric", "failed", "--fail-if-worse", gate).exit_code == (4 if code == 4 else 0)


def test_a_baseline(invoke: Invoke, small: str, slow: str) -> None:
    assert invoke("run", small, "-n", "40", "--out", "base").exit_code == 0
    gate = ["--fail-if-worse", "time_to_complete 5%", "--metric", "failed"]
    same = invoke("compare", small, "--baseline", "base", *gate)
    assert same.exit_code == 0
    assert "A: small (baseline)" in same.stdout
    assert invoke("compare", slow, "--baseline", "base", *gate).exit_code == 1
    changed = ["--set", "application.steps.launching.duration={exponential: {mean: 60 s}}"]
    worse = invoke("compare", small, "--baseline", "base", *gate, *changed)
    assert worse.exit_code == 1
    assert "; the others with application.steps.launching.duration=" in " ".join(worse.stdout.split())


def test_json_is_all_that_stdout_holds(invoke: Invoke, small: str, slow: str) -> None:
    result = invoke("compare", small, slow, "-n", "40", "--metric", "time_to_complete", "--json")
    told = json.loads(result.stdout)
    assert (told["reference"], told["outcome"], told["alternatives"][0]["metrics"][0]["verdict"]) == ("small", "pass", "worse")


def test_crashes(invoke: Invoke, small: str, slow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    crash_at(monkeypatch, 2)
    result = invoke("compare", small, slow, "-n", "40", "--metric", "failed")
    assert result.exit_code == 3
    assert "small: 1 replicates crashed and are missing; the first is replicate 2: RuntimeError: no luck" in result.stderr
    assert "39 pairs" in result.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["{small}"], "two scenarios are needed to compare: name a second one, or add --against PATH=VALUE, or --baseline DIR"),
        (["{small}", "nope.yaml"], "nope.yaml: found no such file"),
        (["{small}", "--baseline", "nowhere"], "nowhere: holds no complete results"),
        (["{small}", "{slow}", "--metric", "tme"], "tme: there is no metric tme"),
        (["{small}", "{slow}", "--fail-if-worse", "failed"], "a metric and a distance are needed"),
    ],
)
def test_wrong_usage(invoke: Invoke, small: str, slow: str, args: list[str], said: str) -> None:
    result = invoke("compare", *(arg.format(small=small, slow=slow) for arg in args))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_run_to_a_precision(invoke: Invoke, small: str, tmp_path: Path) -> None:
    asked = ["--precision", "time_to_complete 20%", "--precision", "failed_share 0.2"]
    result = invoke("run", small, *asked, "--max-replicates", "90", "--out", "out")
    assert result.exit_code == 0
    assert "small: n = 40 replicates" in result.stdout
    told = result.stdout.split("\nPrecision\n")[1].splitlines()
    assert [line.split(": ")[:2] for line in told] == [["time_to_complete 20%", "reached"], ["failed_share 0.2", "reached"]]
    manifest = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    assert [each["met"] for each in manifest["precision"]] == [True, True]


def test_a_precision_that_is_not_reached(invoke: Invoke, small: str) -> None:
    result = invoke("run", small, "--precision", "time_to_complete 0.01%", "--json")
    assert result.exit_code == 4
    told = json.loads(result.stdout)
    assert told["replicates"] == 40, "ten times the scenario's"
    (precision,) = told["precision"]
    assert (precision["met"], precision["more"] > 1000) == (False, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--precision", "failed 1", "-n", "3"], "--precision decides how many replicates there will be"),
        (["--max-replicates", "3"], "--max-replicates limits what --precision asks for"),
        (["--precision", "failed 5 h"], "h is a unit of time, and a number of robots is needed"),
        (["--precision", "failed[dokc] 5"], "[dokc] is neither a condition nor a cohort"),
    ],
)
def test_wrong_precision(invoke: Invoke, small: str, options: list[str], said: str) -> None:
    result = invoke("run", small, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_one_scenario_against_itself_after_a_change(invoke: Invoke, small: str, slow: str) -> None:
    changed = ["--against", "application.steps.launching.duration={exponential: {mean: 60 s}}"]
    shown = invoke("compare", small, "-n", "40", "--metric", "time_to_complete", *changed, "--json")
    found, expected = (
        json.loads(text)["alternatives"][0]
        for text in (shown.stdout, invoke("compare", small, slow, "-n", "40", "--metric", "time_to_complete", "--json").stdout)
    )
    assert found["metrics"] == expected["metrics"]
    assert found["name"].startswith("small with application.steps.launching.duration=")
    # --set holds for both, --against for the second alone.
    both = invoke("compare", small, "-n", "4", "--set", "fleet.dock.robots=2", "--against", "fleet.yard.robots=9", "--json")
    robots = [[cohort["robots"] for cohort in each["scenario"]["fleet"]] for each in json.loads(both.stdout)["manifests"]]
    assert robots == [[2, 8], [2, 9]]


@pytest.mark.parametrize("more", [("--set", "fleet.dock.robots=3"), ("--against", "fleet.dock.robots=12")])
def test_what_is_the_same_is_not_compared(invoke: Invoke, small: str, more: tuple[str, str]) -> None:
    files = [small] if more[0] == "--against" else [small, small]
    result = invoke("compare", *files, *more)
    assert result.exit_code == 2
    assert "nothing differs" in result.stderr
    assert "--against PATH=VALUE" in result.stderr


def test_against_takes_one_scenario_and_paths_that_are_there(invoke: Invoke, small: str, slow: str) -> None:
    assert "name one scenario" in invoke("compare", small, slow, "--against", "fleet.dock.robots=3").stderr
    wrong = invoke("compare", small, "--against", "fleet.dokc.robots=3", "--against", "nonsense")
    assert wrong.exit_code == 2
    assert "--against 'nonsense'" in wrong.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("check", "-n", "40"),
        ("compare", "-n", "4", "--against", "fleet.dock.robots=3", "--metric", "failed"),
        ("sweep", "-n", "4", "--lever", "fleet.dock.robots=3,4"),
        ("plan", "-n", "4", "--max-replicates", "4", "--minimize", "failed", "--over", "fleet.dock.robots=3,4"),
        ("sensitivity", "-n", "2", "--trajectories", "2"),
    ],
    ids=lambda command: command[0],
)
def test_studies_without_a_seed_take_1_and_report_it(invoke: Invoke, tmp_path: Path, command: tuple[str, ...]) -> None:
    more = 'checks: ["failed <= 20"]\nsweep: {uncertainties: {application.bundle: {uniform: {low: 90 MB, high: 110 MB}}}}\n'
    path = tmp_path / "unseeded.yaml"
    path.write_text(TEXT.replace("seed: 3\n", "") + (more if command[0] in ("check", "sensitivity") else ""), encoding="utf-8")
    name, *options = command
    told = invoke(name, path, *options)
    assert "so seed 1 is used" in told.stderr
    asked = invoke(name, path, *options, "--seed", "1")
    assert "so seed" not in asked.stderr
    assert told.stdout == asked.stdout
    assert told.stdout != invoke(name, path, *options, "--seed", "2").stdout


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        (("check",), "736"),
        (("check", "--max-replicates", "700"), "1,263"),
        (("compare", "--against", "fleet.dock.robots=3", "--metric", "time_to_complete.p99.5"), "736"),
        (("compare", "--against", "fleet.dock.robots=3", "--fail-if-worse", "time_to_complete.p99.5 5%"), "736"),
        (("run", "--precision", "time_to_complete.p99.5 5%", "--max-replicates", "700"), "736"),
        (("sweep", "--lever", "fleet.dock.robots=3,4", "--metric", "time_to_complete.p99.5"), "736"),
        (("plan", "--over", "fleet.dock.robots=3,4", "--minimize", "time_to_complete.p99.5", "--max-replicates", "700"), "736"),
        (
            (
                "plan",
                "--over",
                "fleet.dock.robots=3,4",
                "--minimize",
                "failed",
                "--subject-to",
                "time_to_complete.p99.5 <= 1 h",
                "--max-replicates",
                "700",
            ),
            "700",
        ),
        (("sensitivity", "--metric", "time_to_complete.p99.5"), "736"),
    ],
)
def test_a_quantile_that_needs_more_replicates_is_refused_at_once(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], needed: str
) -> None:
    crash_at(monkeypatch)  # nothing is simulated
    more = "checks: [time_to_complete.p99.5 <= 1 h]\nsweep: {uncertainties: {application.bundle: {uniform: {low: 90 MB, high: 110 MB}}}}\n"
    path = tmp_path / "quantile.yaml"
    path.write_text(TEXT + (more if command[0] in ("check", "sensitivity") else ""), encoding="utf-8")
    result = invoke(command[0], path, *command[1:])
    assert result.exit_code == 2
    assert needed in result.stderr
    assert "p99.5" in result.stderr


def test_standing_lines_stay_not_estimable(invoke: Invoke, small: str) -> None:
    assert "not estimable, needs 72" in invoke("compare", small, "-n", "10", "--against", "fleet.dock.robots=3").stdout
    assert "not estimable, needs 368" in invoke("run", small, "-n", "10", "--details").stdout


def test_differences_of_shares_are_in_percentage_points_and_sizes_take_them(invoke: Invoke, small: str) -> None:
    against = ["--against", "application.steps.launching.failures.MissingRobotDeploymentResource={probability: 0.5, per: robot}"]
    gates = ["--fail-if-worse", "failed_share 1 pp", "--fail-if-worse", "failed_share 500 %"]
    result = invoke("compare", small, "-n", "40", "--metric", "failed_share", *against, *gates)
    assert result.exit_code == 1
    assert "fail: failed_share is worse by more than 1 pp" in result.stdout
    assert "pass: failed_share is not seen to be worse by more than 500 %" in result.stdout
    (difference,) = [line for line in result.stdout.splitlines() if line.split()[:2] == ["failed_share", "worse"]]
    assert " pp [" in difference
    assert "note: failed_share 500 %: 500 % is relative" in result.stderr
    assert "1 pp is relative" not in result.stderr
    assert "no percentage points" in invoke("compare", small, *against, "--fail-if-worse", "failed 1 pp").stderr
    precise = invoke("run", small, "--precision", "failed_share 90 %")
    assert "note: failed_share 90 %: 90 % is relative" in precise.stderr


@pytest.mark.numbers
def test_a_bad_release_that_is_stopped_is_better(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        "fleet: [{cohort: dock, robots: 10, link: {rate: 8 Mbit/s}}]\nseed: 1\nrules: {concurrency: 1 robots}\n"
        "application: {bundle: 1 MB, steps: {extracting: {failures: {ExtractingBundleFailure: 0}}}, release: {bad: {probability: 0.5, "
        "steps: {extracting: {failures: {ExtractingBundleFailure: 1}}}}}}\n"
    )
    metrics = ("--metric", "abort_probability[bad]", "--metric", "abort_probability")
    found = json.loads(invoke("compare", "bad.yaml", "-n", 60, "--against", "threshold=20 %", *metrics, "--json").stdout)
    assert [row["verdict"] for row in found["alternatives"][0]["metrics"]] == ["better", "worse"]
