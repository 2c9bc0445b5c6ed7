"""`rolloutsim sensitivity` and `rolloutsim plan`: what they print, where, what they write, and how they end."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result

Invoke = Callable[..., Result]

# One robot: launching makes 9 of 10 parts of the variance, validating the other one, and the bundle none, for want of a link.
SWEPT = """\
scenario: swept
seed: 5
fleet: [{cohort: a, robots: 1}]
application: {bundle: 1 MB, steps: {launching: {duration: 20 s}, validating: {duration: 4 s}}}
sweep:
  levers: {rules.dispatch: [window, batch]}
  uncertainties:
    application.steps.launching.duration: {uniform: {low: 10 s, high: 40 s}}
    application.steps.validating.duration: {uniform: {low: 0 s, high: 10 s}}
    application.bundle: {uniform: {low: 1 MB, high: 2 MB}}
"""
# Twelve robots, exponential service of 60 s, each failing with 20 %.
RACED = """\
scenario: raced
seed: 5
fleet: [{cohort: a, robots: 12}]
application:
  bundle: 1 MB
  steps: {launching: {duration: {exponential: {mean: 60 s}}}, extracting: {failures: {ExtractingBundleFailure: 0.2}}}
"""


@pytest.fixture
def swept(tmp_path: Path) -> str:
    (tmp_path / "swept.yaml").write_text(SWEPT, encoding="utf-8")
    return "swept.yaml"


@pytest.fixture
def raced(tmp_path: Path) -> str:
    (tmp_path / "raced.yaml").write_text(RACED, encoding="utf-8")
    return "raced.yaml"


def test_sensitivity_names_what_moves_the_metric(invoke: Invoke, swept: str) -> None:
    result = invoke("sensitivity", swept, "--trajectories", 3, "-n", 2)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "swept: what moves it, of 3 uncertainties"
    assert any(line.startswith("Morris, 3 trajectories: ") for line in lines)
    assert "time_to_complete.mean: average effect" in lines
    told = " ".join(" ".join(lines).split())
    assert "…steps.launching.duration 30 s the same in all 3 rises noise floor 0 s unevenness 0 s the same in all 3" in told
    assert "…steps.validating.duration 10 s the same in all 3 rises" in told
    assert "application.bundle ~ 0 s the same in all 3 noise floor" in told
    assert "noise of the replicates" in told
    assert result.stderr.splitlines()[-1].startswith("seed 5, engine ")
    assert "run does not" not in result.stderr
    assert max(map(len, lines)) <= 80


def test_all_trajectories_that_there_are(invoke: Invoke, swept: str) -> None:
    result = invoke("sensitivity", swept, "--trajectories", 40, "-n", 2)
    lines = result.stdout.splitlines()
    first = lines.index("Morris, all 32 trajectories that there are:")
    assert lines[first + 1] == "64 points of the same 2 replicates; intervals of 95 %"


@pytest.mark.numbers
def test_noise_that_cannot_be_estimated_is_no_constancy(invoke: Invoke, tmp_path: Path) -> None:
    release = "release: {bad: {probability: 0.15, steps: {extracting: {duration: 20 s}}}}, bundle"
    (tmp_path / "bad.yaml").write_text(SWEPT.replace("bundle", release, 1), encoding="utf-8")
    told = " ".join(invoke("sensitivity", "bad.yaml", "--metric", "time_to_complete[bad].mean", "--trajectories", 3).stdout.split())
    assert "nothing moves it" not in told
    assert "Over the points it goes from 40 s to 65 s; how much of that is noise cannot be estimated from 20 replicates" in told
    assert re.search(r"it takes about [3-9]\d \(--replicates\)\.", told)
    assert "floor" not in told


def test_sensitivity_as_json_and_in_a_folder(invoke: Invoke, swept: str, tmp_path: Path) -> None:
    result = invoke(
        "sensitivity",
        swept,
        "--method",
        "sobol",
        "--samples",
        8,
        "-n",
        2,
        "--metric",
        "slot",
        "--metric",
        "time_to_complete",
        "--json",
        "--out",
        "x",
    )
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told == json.loads((tmp_path / "x/sensitivity.json").read_text(encoding="utf-8"))
    assert [metric["metric"] for metric in told["metrics"]] == ["slot.mean", "time_to_complete.mean"]
    assert {path.name for path in (tmp_path / "x").iterdir()} == {
        "indices.parquet",
        "responses.parquet",
        "sensitivity.json",
        "manifest.json",
        "tornado_slot.mean.png",
        "tornado_time_to_complete.mean.png",
    }
    responses = pd.read_parquet(tmp_path / "x/responses.parquet")
    assert len(responses) == 2 * told["points"] == 2 * 8 * 5
    slow = responses[responses["metric"] == "time_to_complete.mean"]
    total = slow["application.steps.launching.duration"] + slow["application.steps.validating.duration"]
    assert slow["best"].tolist() == pytest.approx(total.tolist())
    assert json.loads((tmp_path / "x/manifest.json").read_text(encoding="utf-8"))["seed"] == 5


def test_a_metric_that_nothing_moves(invoke: Invoke, swept: str) -> None:
    result = invoke("sensitivity", swept, "--metric", "abort_probability", "--method", "sobol", "--samples", 2, "-n", 2)
    assert result.exit_code == 0
    assert "It is 0 % at every point: nothing moves it." in result.stdout
    assert "the response does not vary" in " ".join(result.stdout.split())


def test_plan_names_the_best_setting(invoke: Invoke, raced: str) -> None:
    result = invoke(
        "plan", raced, "--minimize", "time_to_complete.mean", "--over", "rules.concurrency=1,6", "-n", 40, "--max-replicates", 40
    )
    assert result.exit_code == 0
    told = " ".join(result.stdout.split())
    assert told.startswith("raced: lowest time_to_complete.mean The best of 2 settings is rules.concurrency = 6: ")
    assert "2 settings, raced with the same random numbers: 40 replicates each." in told
    assert "Best setting rules.concurrency 6 No other setting is as good." in told
    assert "Measured again with fresh random numbers (seed 6): rules.concurrency 6 time_to_complete.mean" in told
    assert "All settings, as the race left them (seed 5): rules.concurrency 6 best time_to_complete.mean" in told
    assert "1 behind (round 1)" in told
    assert "n = 40" in told
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_plan_shows_how_the_best_setting_complies(invoke: Invoke, raced: str) -> None:
    options = ("--subject-to", "peak_in_flight <= 8", "--over", "rules.concurrency=1,6", "-n", 40, "--max-replicates", 40)
    told = " ".join(invoke("plan", raced, "--minimize", "time_to_complete.mean", *options).stdout.split())
    assert re.search(r"It complies with peak_in_flight <= 8: peak_in_flight is [56]", told), told


def test_what_plan_measures_again_is_what_run_gives(invoke: Invoke, raced: str) -> None:
    found = invoke(
        "plan", raced, "--minimize", "time_to_complete.p50", "--over", "rules.concurrency=1,6", "-n", 40, "--max-replicates", 40, "--json"
    )
    best = json.loads(found.stdout)["settings"][0]
    assert best["setting"] == {"rules.concurrency": 6}
    run = invoke("run", raced, "--set", "rules.concurrency=6", "--seed", 6, "-n", 40, "--json")
    assert best["fresh"]["time_to_complete.p50"]["best"] in _numbers(json.loads(run.stdout))


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for part in value.values() for number in _numbers(part)]
    if isinstance(value, list):
        return [number for part in value for number in _numbers(part)]
    return [value] if isinstance(value, float) else []


@pytest.mark.slow
@pytest.mark.pictures
def test_plan_in_a_folder(invoke: Invoke, raced: str, tmp_path: Path) -> None:
    options = ["--over", "rules.concurrency=3,6", "--over", "rules.dispatch=window,batch", "-n", 40, "--max-replicates", 40]
    constrained = ["--subject-to", "failed_share <= 50 %"]
    assert invoke("plan", raced, "--minimize", "time_to_complete.mean", *constrained, *options, "--out", "p").exit_code == 0
    assert {path.name for path in (tmp_path / "p").iterdir()} == {
        "settings.parquet",
        "fresh.parquet",
        "plan.json",
        "manifest.json",
        "frontier.png",
    }
    assert len(pd.read_parquet(tmp_path / "p/settings.parquet")) == 4 * 2
    assert invoke("plan", raced, "--maximize", "succeeded_share", *options, "--out", "q").exit_code == 0
    assert (tmp_path / "q/response.png").stat().st_size > 1000


@pytest.mark.numbers
@pytest.mark.parametrize(
    ("bound", "code", "said"),
    [
        # P(at least 4 of 12 fail) = 20.5 %, P(at least 1) = 93.1 %: limits of 4 and 1 robots.
        ("50 %", 0, "Best setting"),
        ("3 %", 1, "No setting complies Each was shown to violate abort_probability <= 3 %."),
        (
            "20.5 %",
            4,
            "Undecided No setting was shown to have abort_probability <= 20.5 %, but some may: allow more replicates (--max-replicates).",
        ),
    ],
)
def test_how_plan_ends(invoke: Invoke, raced: str, bound: str, code: int, said: str) -> None:
    result = invoke(
        "plan",
        raced,
        *("--minimize", "time_to_complete.mean", "--subject-to", f"abort_probability <= {bound}"),
        *("--over", "rules.failure_limit=4,1", "-n", 200, "--max-replicates", 200),
    )
    assert result.exit_code == code
    assert said in " ".join(result.stdout.split())
    assert "All settings, as the race left them" in result.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["sensitivity", "raced.yaml"], "raced.yaml: has no uncertainties to vary: add e.g. sweep:"),
        (["sensitivity", "swept.yaml", "--samples", 8], "--samples has no effect on --method morris"),
        (["sensitivity", "swept.yaml", "--method", "sobol", "--trajectories", 8], "--trajectories has no effect on --method sobol"),
        (
            ["sensitivity", "swept.yaml", "--method", "sobol", "--samples", 100],
            "100 samples: a Sobol sequence is balanced at powers of two",
        ),
        (["sensitivity", "swept.yaml", "--metric", "slots"], "there is no metric slots"),
        (["plan", "raced.yaml"], "what is best? name one metric, by --minimize METRIC or --maximize METRIC"),
        (["plan", "raced.yaml", "--minimize", "slot", "--maximize", "slot"], "what is best? name one metric"),
        (["plan", "raced.yaml", "--minimize", "slot"], "there is nothing to choose from: name levers"),
        (["plan", "raced.yaml", "--minimize", "slot", "--over", "rules.dispatch"], "'rules.dispatch': PATH=VALUE,VALUE… is needed"),
        (["plan", "raced.yaml", "--minimize", "slot", "--over", "rules.dispatch=a,b"], "(at rules.dispatch=b)"),
        (
            ["plan", "raced.yaml", "--minimize", "slot", "--over", "rules.concurrency=1,2", "--subject-to", "slot"],
            "a check compares a metric with",
        ),
    ],
)
def test_wrong_usage_is_reported_with_exit_code_2(invoke: Invoke, swept: str, raced: str, args: list[str], said: str) -> None:
    result = invoke(*args)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_an_invalid_folder_is_reported_first(invoke: Invoke, swept: str, raced: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for args in (["sensitivity", swept], ["plan", raced, "--minimize", "slot", "--over", "rules.concurrency=1,6"]):
        result = invoke(*args, "--out", "file")
        assert result.exit_code == 2
        assert "file: cannot be used as a folder for results" in result.stderr


def test_a_picture_that_cannot_be_written_is_reported(invoke: Invoke, raced: str, tmp_path: Path) -> None:
    (tmp_path / "out/response.png").mkdir(parents=True)
    result = invoke("plan", raced, "--minimize", "slot", "--over", "rules.concurrency=1,6", "-n", 4, "--max-replicates", 4, "--out", "out")
    assert result.exit_code == 2
    assert "out: the plots cannot be drawn (response.png cannot be written: Is a directory); tables" in result.stderr
    assert (tmp_path / "out/plan.json").exists()


@pytest.mark.slow
def test_workers_change_no_number(invoke: Invoke, swept: str, raced: str) -> None:
    for args in (
        ["sensitivity", swept, "--trajectories", 2, "-n", 2],
        ["plan", raced, "--minimize", "slot", "--over", "rules.concurrency=1,6", "-n", 10, "--max-replicates", 20],
    ):
        assert invoke(*args, "--json", "--executor", 2).stdout == invoke(*args, "--json", "--executor", 1).stdout


def test_settings_that_never_get_there_are_not_distinguished(invoke: Invoke, raced: str) -> None:
    # All twelve robots succeed in 7 % of the replicates only.
    result = invoke(
        "plan", raced, "--minimize", "time_to_reach_100.p50", "--over", "rules.concurrency=1,6", "-n", 40, "--max-replicates", 40
    )
    told = " ".join(result.stdout.split())
    assert "1 more setting is not distinguished from it, and it is not known yet how much better that might be." in told
    assert told.count("time_to_reach_100.p50 never") == 4


def test_settings_that_are_not_distinguished_have_a_margin(invoke: Invoke, raced: str) -> None:
    levers = ["--over", "rules.concurrency=6", "--over", "rules.old_stops=receipt,launch"]  # which moves no time
    result = invoke("plan", raced, "--minimize", "time_to_complete.mean", *levers, "-n", 5, "--max-replicates", 5)
    assert "1 more setting is not distinguished from it, and it is not known yet how much better that might be." in " ".join(
        result.stdout.split()
    )


def test_what_makes_no_difference_gets_a_note(swept: str, invoke: Invoke) -> None:
    effect = "its values make no difference to {} in any replicate; check that the scenario uses it, or leave it out"
    result = invoke("sensitivity", swept, "--replicates", 2, "--executor", 1, "--json")
    assert f"note: application.bundle: {effect.format('these metrics')}" in result.stderr
    assert json.loads(result.stdout)["without_effect"] == ["application.bundle"]
    result = invoke("plan", swept, "--minimize", "time_to_complete.mean", "-n", 2, "--max-replicates", 2, "--executor", 1, "--json")
    assert f"note: rules.dispatch: {effect.format('objective and constraints')}" in result.stderr
    assert json.loads(result.stdout)["without_effect"] == ["rules.dispatch"]
    result = invoke("sweep", swept, "--lever", "rules.condition=fail,defer", "--sample", 1, "-n", 2, "--executor", 1, "--json")
    assert f"note: rules.condition: {effect.format('the jobs')}" in result.stderr
    assert json.loads(result.stdout)["without_effect"] == ["rules.dispatch", "rules.condition"]
