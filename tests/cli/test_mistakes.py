"""Whatever is wrong with a command is reported at once, each thing once, and by the option it was given to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rolloutsim.analysis import METRICS
from rolloutsim.simulation.replicate import Replicator
from tests.cli.conftest import TEXT

Invoke = Callable[..., Result]

LIST = f"rolloutsim metrics lists all {len(METRICS)}"
NO_QUANTILES = "abort_probability.p95: abort_probability is a yes or no of each replicate and has no quantiles"


@pytest.fixture(autouse=True)
def _nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", None)


def expect(result: Result, *starts: str) -> None:
    """Check that nothing is printed but a line for each mistake, which begins so."""
    assert (result.exit_code, result.stdout) == (2, "")
    lines = [line for line in result.stderr.splitlines() if not line.startswith("  ")]
    assert [line[: len(start)] for line, start in zip(lines, starts, strict=False)] == list(starts)
    assert len(lines) == len(starts), lines


@pytest.mark.parametrize("command", ["run", "show", "check", "compare", "sweep", "verify"])
def test_every_wrong_assignment(invoke: Invoke, small: str, command: str) -> None:
    files = (small, small) if command == "compare" else (small,)
    options = [
        f"--set={each}"
        for each in ("fleet.dok.robots=3", "rules.dispatch=wndow", "=3", "seed=[", "fleet.dock.robots=9", "fleet.dock.robots=8")
    ]
    expect(
        invoke(command, *files, *options),
        f"{small}: fleet.dok: found dok; there is no such cohort; did you mean dock?",
        f'{small}: rules.dispatch: found "wndow"; not one of the values',
        "--set '=3': PATH=VALUE is needed",
        "--set 'seed=[': the value cannot be read",
        "--set 'fleet.dock.robots': this path is set twice",
    )


def test_a_wrong_file_and_a_wrong_assignment(invoke: Invoke, small: str) -> None:
    Path(small).write_text(TEXT.replace("robots: 8", "robots: 0"), encoding="utf-8")
    expect(invoke("run", small, "--set", "=3"), f"{small}:6:28: fleet.yard.robots: found 0", "--set '=3': PATH=VALUE")


def test_what_an_assignment_does_to_the_checks_of_another_file(invoke: Invoke, small: str, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(TEXT.replace("yard", "quay"), encoding="utf-8")
    result = invoke("check", small, other, "--set", 'checks=["failed_share[yard] <= 3 %"]')
    expect(result, f'{other}: checks[0]: found "failed_share[yard] <= 3 %"; [yard] is neither')


@pytest.mark.parametrize("levers", [("rules.dispatch=win",), ("rules.dispatch",)])
def test_every_wrong_option_of_sweep(invoke: Invoke, small: str, levers: tuple[str, ...]) -> None:
    metrics = ("--metric", "foo", "--metric", "abort_probability.p95")
    expect(
        invoke("sweep", small, *metrics, *(f"--lever={lever}" for lever in levers)),
        f"--metric foo: there is no metric foo; {LIST}",
        f"--metric {NO_QUANTILES}",
        f"{small}: sweep.levers.'rules.dispatch'[0]: found \"win\"" if "=" in levers[0] else "--lever 'rules.dispatch': PATH=VALUE",
    )


def test_every_wrong_metric_of_sensitivity(invoke: Invoke, small: str) -> None:
    result = invoke("sensitivity", small, "--metric", "foo", "--metric", "time_to_reach_95[dokc]")
    expect(result, "--metric foo: there is no metric foo", "--metric time_to_reach_95[dokc]: [dokc] is neither")


@pytest.mark.parametrize("lever", ["rules.dispatch=win", "rules.dispatch=batch,batch", "rules.dispatch"])
def test_every_wrong_option_of_plan(invoke: Invoke, small: str, lever: str) -> None:
    result = invoke("plan", small, "--minimize", "foo", "--subject-to", "bar <= 3", "--subject-to", "failed <= 3 h", "--over", lever)
    goal = [f"--minimize foo: there is no metric foo; {LIST}", "--subject-to bar <= 3: there is no metric", "--subject-to failed <= 3 h: "]
    if "=" not in lever:
        expect(result, "--over 'rules.dispatch': PATH=VALUE", *goal)
    else:
        expect(result, *goal, "rules.dispatch: 'batch' is there twice" if "," in lever else f'{small}: rules.dispatch: found "win"')


def test_every_wrong_precision(invoke: Invoke, small: str, tmp_path: Path) -> None:
    result = invoke("run", small, "--precision", "foo 5%", "--precision", "failed", "--out", "results")
    expect(result, "--precision foo 5%: there is no metric foo", "--precision failed: a metric and a distance are needed")
    assert not (tmp_path / "results").exists()


def test_a_wrong_metric_and_no_second_scenario(invoke: Invoke, small: str) -> None:
    expect(invoke("compare", small, "--metric", "foo"), "two scenarios are needed to compare", "--metric foo: there is no metric foo")


def test_every_wrong_option_of_compare(invoke: Invoke, small: str, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(TEXT.replace("robots: 8", "robots: 9"), encoding="utf-8")
    expect(
        invoke("compare", small, other, "--metric", "foo", "--metric", "bar", "--fail-if-worse", "foo 3%", "--fail-if-worse", "failed"),
        f"--metric foo: there is no metric foo; {LIST}",
        f"--metric bar: there is no metric bar; {LIST}",
        "--fail-if-worse foo 3%: there is no metric foo",
        "--fail-if-worse failed: a metric and a distance are needed",
    )


CHECKS = """\
checks:
  - time_to_complet.p95 <= 2 h
  - abort_probability = 5 %
  - failed_share[dokc] <= 3 %
  - 5
  - time_to_complete <= 3 MB
  - failed_share[dock] <= 3 %
"""


@pytest.mark.parametrize("command", ["check", "validate"])
def test_what_checks_ask_for_is_judged_together_with_how_they_are_written(invoke: Invoke, small: str, command: str) -> None:
    Path(small).write_text(TEXT.replace("robots: 8", "robots: 0") + CHECKS, encoding="utf-8")
    result = invoke(command, small)
    assert result.exit_code == 2
    told = [line.removeprefix("error: ") for line in result.stderr.splitlines() if not line.startswith(("note: ", "  "))]
    assert [line.removeprefix(f"{small}:").split(":")[0] for line in told] == ["6", "12", "13", "14", "15", "16"]
    assert "there is no metric time_to_complet" in told[1]
    assert "a check compares a metric with a bound" in told[2]
    assert "[dokc] is neither a condition nor a cohort; did you mean dock?" in told[3]
    assert "a check is a text" in told[4]
    assert "MB is a unit of size" in told[5]


def test_checks_are_not_blamed_for_cohorts_that_have_no_good_name(invoke: Invoke, small: str) -> None:
    Path(small).write_text(
        TEXT.replace("cohort: dock", "cohort: 7") + 'checks: ["failed_share[dock] <= 3 %", failed = 1]\n', encoding="utf-8"
    )
    result = invoke("check", small)
    assert result.exit_code == 2
    assert "[dock] is neither" not in result.stderr
    assert "a check compares" in result.stderr


def test_no_note_stands_among_mistakes(invoke: Invoke, small: str) -> None:
    sweep = "sweep: {levers: {rules.dispatch: [window, batch]}}\n"
    Path(small).write_text(TEXT.replace("robots: 8", "robots: 0") + sweep + "checks: [failed <= 1]\n", encoding="utf-8")
    for command in ("run", "check", "sweep", "sensitivity", "verify"):
        expect(invoke(command, small), f"{small}:6:28: fleet.yard.robots: found 0")
