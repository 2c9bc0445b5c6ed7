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


def test_differences_are_told(invoke: Invoke, small: str, slow: str) -> None:
    result = invoke("compare", small, slow, "-n", "40")
    assert result.exit_code == 0
    assert "compared with small, seed 3" in result.stdout
    assert "slow against small, 40 pairs" in result.stdout
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
        ("time_to_complete.p99 5%", 4, "undecided: time_to_complete.p99 cannot be compared"),
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
    assert "small against small (baseline), 40 pairs" in same.stdout
    assert invoke("compare", slow, "--baseline", "base", *gate).exit_code == 1
    changed = ["--set", "application.steps.launching.duration={exponential: {mean: 60 s}}"]
    assert invoke("compare", small, "--baseline", "base", *gate, *changed).exit_code == 1


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
        (["{small}"], "two scenarios are needed to compare, or one and a baseline"),
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
        (["--precision", "failed 1", "-n", "3"], "--precision says how many replicates there will be"),
        (["--max-replicates", "3"], "--max-replicates limits what --precision asks for"),
        (["--precision", "failed 5 h"], "h is a unit of time, and a number of robots is needed"),
        (["--precision", "failed[dokc] 5"], "[dokc] is neither a condition nor a cohort"),
    ],
)
def test_wrong_precision(invoke: Invoke, small: str, options: list[str], said: str) -> None:
    result = invoke("run", small, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
