"""``sweep`` and ``combine`` as a user calls them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from click.testing import Result

from rolloutsim.analysis import Estimate
from rolloutsim.cli.sweep import _LiveEstimates
from rolloutsim.report.spoken import spoken
from rolloutsim.scenario import Scenario, load
from rolloutsim.simulation.replicate import Replicator
from rolloutsim.study.study import Study
from rolloutsim.study.sweep import plan_sweep, run_sweep

Invoke = Callable[..., Result]
LEVER = "deployment.deploymentConfig.concurrentDeploymentPercentage"
LEVERS = ("--lever", f"{LEVER}=25,50", "--executor", 1)


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


@pytest.mark.numbers
def test_a_point_has_a_row_for_each_metric(small: str, invoke: Invoke) -> None:
    result = invoke("sweep", small, *LEVERS, "--metric", "time_to_complete.mean", "--json")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["estimates"]
    assert [(row["point"], row[LEVER], row["n"]) for row in rows] == [(0, 25, 4), (1, 50, 4)]
    assert all(row["low"] <= row["best"] <= row["high"] for row in rows)


def test_text_is_one_table_with_the_best_point_and_the_knee(small: str, invoke: Invoke, tmp_path: Path) -> None:
    # Ten downloads of 350 s each: 3500 s one by one, 1750 s two by two, 700 s five by five; all at once 350 s.
    (tmp_path / "ten.yaml").write_text(
        "fleet: [{cohort: dock, robots: 10, link: {rate: 8 Mbit/s}}]\napplication: {bundle: 350 MB}\nseed: 1\nreplicates: 4\n"
    )
    levers = ("--lever", "concurrency=1 robot,5 robots,10 robots,20 robots", "--lever", "robot_timeout=2 h,3 h")
    lines = invoke("sweep", "ten.yaml", *levers, "--metric", "time_to_complete.mean", "--out", "study").stdout.splitlines()
    assert lines[:5] == [
        "Study of scenario: 8 points, 32 replicates, seed 1",
        "",
        "Point 4 of 8 (rules.concurrency = 10 and …robotDeploymentTimeoutInSeconds = 7200) has the lowest time_to_complete: 5.83 min; "
        "3 more have the same value.",
        "At the other 7 points it goes from 5.83 min to 58.3 min.",
        "",
    ]
    lines = lines[lines.index("", 5) + 1 :]
    assert lines[:3] == [
        "a  rules.concurrency",
        "b  deployment.deploymentConfig.robotDeploymentTimeoutInSeconds (h)",
        "c  time_to_complete.mean (min)",
    ]
    assert [line.split() for line in lines[4:13]] == [
        ["point", "a", "b", "c"],
        ["0", "1", "2", "58.3"],
        ["1", "1", "3", "58.3"],
        ["2", "5", "2", "11.7"],
        ["3", "5", "3", "11.7"],
        ["*", "4", "10", "2", "5.83"],
        ["5", "10", "3", "5.83"],
        ["6", "20", "2", "5.83"],
        ["7", "20", "3", "5.83"],
    ]
    assert lines[13:] == [
        "* lowest time_to_complete.mean",
        "knee of rules.concurrency: 10 (more improves time_to_complete.mean by < 5 %)",
    ]
    assert (tmp_path / "study/response_time_to_complete.mean.png").is_file()


@pytest.mark.slow
def test_a_plan_is_not_better_because_its_jobs_are_stopped(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "half.yaml").write_text(
        "scenario: half\nseed: 1\nreplicates: 80\nfleet: [{cohort: dock, robots: 10, link: {rate: 8 Mbit/s}}]\n"
        "application: {bundle: 1 MB, steps: {extracting: {failures: {ExtractingBundleFailure: 0.5}}}}\n"
        'checks: ["time_to_complete.p50 <= 1 h"]\n'
    )

    def printed(*arguments: str) -> str:
        return " ".join(invoke(*arguments, "--set", "concurrency=1 robots").stdout.split())

    stopped, time = "% of the jobs {} are stopped, and a stopped job is complete early", ("--metric", "time_to_complete.mean")
    few = ("--set", "threshold=10 %")
    sweep = printed("sweep", "half.yaml", "--lever", "threshold=10 %,100 %", *time)
    assert stopped.format("of point 0") in sweep
    assert "* 1 100" in sweep
    assert "stopped job" not in printed("sweep", "half.yaml", "--lever", "threshold=10 %,100 %", "--metric", "failed.mean")
    changed = ("compare", "half.yaml", "--against", "threshold=10 %")
    assert "% of the jobs of half with" in printed(*changed, *time)
    assert stopped.format("of half") in printed("compare", "half.yaml", *few, "--against", "threshold=100 %", *time)
    assert "stopped job" not in printed(*changed, "--metric", "failed")
    assert stopped.format("here") in printed("run", "half.yaml", *few, *time)
    assert stopped.format("here") in printed("run", "half.yaml", *few, "--by", "1 h")
    assert "stopped job" not in printed("run", "half.yaml", *few, "--by", "1 h", "--metric", "time_to_reach_50")
    assert stopped.format("of half") in printed("check", "half.yaml", *few)
    assert "stopped job" not in printed("check", "half.yaml")
    plan = ("plan", "half.yaml", "--minimize", "time_to_complete.mean", "--replicates", "20", "--max-replicates", "20")
    assert stopped.format("of the best setting") in printed(*plan, "--over", "threshold=10 %,20 %")


@pytest.mark.numbers
def test_the_headline_of_a_sweep_has_the_numbers_of_its_table(small: str, invoke: Invoke) -> None:
    levers = ("--lever", "concurrency=1 robot,12 robots", "-n", 20)
    asked = ("--metric", "time_to_complete.p50", "--metric", "failed_share")
    rows = json.loads(invoke("sweep", small, *levers, *asked, "--json").stdout)["estimates"]
    best, failed = (Estimate(*(row[name] for name in ("low", "best", "high", "n"))) for row in rows if row["point"] == 1)
    lines = invoke("sweep", small, *levers, *asked).stdout.splitlines()
    assert lines[2] == f"Point 1 of 2 (rules.concurrency = 12) has the lowest time_to_complete.p50: {spoken(best, 's')}."
    assert lines[3] == f"At the other point it is {spoken(Estimate(*(rows[0][name] for name in ('low', 'best', 'high', 'n'))), 's')}."
    assert lines[4] == f"At point 1, failed_share is {spoken(failed, '%')}."


@pytest.mark.parametrize(
    ("timeouts", "metric", "found"),
    [
        (
            "1 min,2 h",
            "time_to_reach_100.mean",
            ["Point 1 of 2 (TIMEOUT = 7200) has the lowest time_to_reach_100: 5.83 min.", "At the other point it is never."],
        ),
        (
            "1 min,2 h,3 h",
            "time_to_reach_100.mean",
            [
                "Point 1 of 3 (TIMEOUT = 7200) has the lowest time_to_reach_100: 5.83 min; 1 more has the same value.",
                "At the other 2 points it is 5.83 min; at 1 of them it is never.",
            ],
        ),
        ("2 h,3 h", "failed.mean", ["failed is 0 at the 2 points."]),
        ("1 min,2 h", "peak_in_flight.mean", ["peak_in_flight is 1 at the 2 points."]),
        ("1 min", "time_to_reach_100.mean", ["time_to_reach_100 is never at the only point."]),
    ],
)
def test_the_headline_of_a_sweep_shows_what_never_happens_and_what_is_the_same(
    invoke: Invoke, tmp_path: Path, timeouts: str, metric: str, found: list[str]
) -> None:
    text = "fleet: [{cohort: dock, robots: 1, link: {rate: 8 Mbit/s}}]\napplication: {bundle: 350 MB}\nseed: 1\nreplicates: 4\n"
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")
    lines = invoke("sweep", "one.yaml", "--lever", f"robot_timeout={timeouts}", "--metric", metric).stdout.splitlines()
    told = lines[2 : lines.index("", 2)]
    assert [line.replace("…robotDeploymentTimeoutInSeconds", "TIMEOUT") for line in told] == found


def test_samples_are_no_choice(small: str, invoke: Invoke) -> None:
    lines = invoke("sweep", small, *UNCERTAIN[:-1], 3, "--executor", 1, "--metric", "time_to_complete.mean").stdout.splitlines()
    assert lines[2].startswith("Over the 3 points, time_to_complete goes from ")


UNCERTAIN = ("--set", 'sweep={"uncertainties": {"application.bundle": {"uniform": {"low": "200 MB", "high": "201 MB"}}}}', "--sample", 1)


def test_drawn_values_are_written_with_their_units(small: str, invoke: Invoke) -> None:
    text = invoke("sweep", small, *UNCERTAIN, "--executor", 1)
    assert "application.bundle (MB)" in text.stdout
    assert re.search(r"^ +0 +0 +20[01](\.[0-9])? ", text.stdout, re.MULTILINE), text.output
    assert "*" not in text.stdout
    told = json.loads(invoke("sweep", small, *UNCERTAIN, "--executor", 1, "--json").stdout)
    assert told["units"] == {"application.bundle": "B"}
    assert 200e6 < told["estimates"][0]["application.bundle"] < 201e6


@pytest.mark.numbers
def test_estimates_are_written_as_in_a_summary(small: str, invoke: Invoke) -> None:
    told = [line.split() for line in invoke("sweep", small, *LEVERS, "--metric", "time_to_complete.mean").stdout.splitlines()]
    ((number, low, high),) = [line[-3:] for line in told if line[:2] == ["0", "25"]]
    assert float(low.strip("[,")) <= float(number) <= float(high.strip("]"))


@pytest.mark.numbers
def test_what_is_shown_meanwhile_reads_as_the_end(small: str, invoke: Invoke, tmp_path: Path) -> None:
    plan = plan_sweep(load(tmp_path / small), levers={LEVER: [25]}, out=tmp_path / "x")
    watch = _LiveEstimates(plan, ["time_to_complete.mean"])
    for _, finished in run_sweep(plan, tmp_path / "x", executor=1):
        lines = watch(finished, last=True)
    text = invoke("sweep", small, "--lever", f"{LEVER}=25", "--executor", 1, "--metric", "time_to_complete.mean").stdout
    shown, printed = lines[0].split(), text.splitlines()[-1].split()
    assert shown[:3] == ["point", "0:", "time_to_complete.mean"]
    assert shown[3] == printed[2]


def test_a_metric_has_one_unit_at_all_points(small: str, invoke: Invoke) -> None:
    text = invoke("sweep", small, "--lever", "fleet.dock.robots=1,200", "--executor", 1, "--metric", "bytes_sent").stdout
    assert "b  bytes_sent.mean (GB)" in text


@pytest.mark.slow
def test_shards_combined_are_the_whole(small: str, invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("sweep", small, *LEVERS, "--out", "whole").exit_code == 0
    for shard in (1, 2, 3):
        assert invoke("sweep", small, *LEVERS, "--shard", f"{shard}/3", "--out", f"s{shard}").exit_code == 0
    result = invoke("combine", "s3", "s1", "s2", "--out", "combined")
    assert result.stdout == "combined: 2 points, 8 replicates\n"
    assert {"points.parquet", "jobs.parquet"} <= set(tables(tmp_path / "whole"))
    assert tables(tmp_path / "combined") == tables(tmp_path / "whole")
    assert tables(tmp_path / "s1") != tables(tmp_path / "whole")


def test_more_replicates_give_what_they_would_have_given_at_once(small: str, invoke: Invoke, tmp_path: Path) -> None:
    for count, folder in ((2, "grown"), (5, "grown"), (5, "at once")):
        assert invoke("sweep", small, *LEVERS, "-n", count, "--out", folder).exit_code == 0
    assert tables(tmp_path / "grown") == tables(tmp_path / "at once")


def test_what_does_not_belong_together_is_refused(small: str, invoke: Invoke, tmp_path: Path) -> None:
    invoke("sweep", small, *LEVERS, "--out", "a")
    invoke("sweep", small, "--lever", "rules.dispatch=window,batch", "--executor", 1, "--out", "b")
    invoke("sweep", small, *LEVERS, "--set", "fleet.dock.robots=13", "--out", "c")
    result = invoke("combine", "a", "b", "c", "nowhere", "--out", "d")
    assert result.exit_code == 2
    assert f"b: what is varied is rules.dispatch, not {LEVER}" in result.output
    assert "c: fleet.dock.robots is 13, not 12" in result.output
    assert "nowhere: there is no study" in result.output
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--shard", "3/2", "--out", "x"), "is not I/N"),
        (("--shard", "1/2"), "add --out DIR"),
        (("--lever", "rules.dispatch"), "PATH=VALUE"),
        (("--lever", "rules.dispach=window,batch"), "rules.dispach"),
        (("--metric", "time_to_complet.p95"), "time_to_complet"),
        (("--method", "sobel"), "sobel"),
        (("--lever", f"{LEVER}=25,50", "--executor", "sheep"), "sheep"),
        ((), "nothing is varied"),
    ],
)
def test_mistakes(small: str, invoke: Invoke, arguments: tuple[str, ...], said: str) -> None:
    result = invoke("sweep", small, *arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_a_dry_run_shows_the_cost_and_leaves_nothing(small: str, invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("sweep", small, *LEVERS, "--dry-run", "--out", "x", "--json")
    cost = json.loads(result.stdout)
    assert (cost["points"], cost["replicates"], cost["robot_deployments"]) == (2, 8, 160)
    assert cost["core_hours"] > 0
    assert not (tmp_path / "x").exists()
    assert "core-hours" in invoke("sweep", small, *LEVERS, "--dry-run").stdout


def test_a_dry_run_leaves_out_what_is_there(small: str, invoke: Invoke, tmp_path: Path) -> None:
    invoke("sweep", small, *LEVERS, "-n", 3, "--out", "x")
    dry = "sweep", small, *LEVERS, "-n", 5, "--out", "x", "--dry-run"
    cost = json.loads(invoke(*dry, "--json").stdout)
    assert (cost["replicates"], cost["missing"], cost["robot_deployments"]) == (10, 4, 80)
    assert "2 points x 5 replicates = 10, of which 6 are there; 80 robot-deployments" in invoke(*dry).stdout
    invoke(*dry[:-1])
    cost = json.loads(invoke(*dry, "--json").stdout)
    assert (cost["missing"], cost["robot_deployments"], cost["core_hours"]) == (0, 0, 0)


def test_the_cost_is_that_of_a_replicate_among_many(small: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch takes 50 s, and each of its replicates 1 s; so many replicates are measured that little of the 50 s is left."""
    clock = [0.0]

    def run(scenario: Scenario, seed: int, replicates: range, **_: Any) -> None:
        clock[0] += 50.0 + len(replicates)

    monkeypatch.setattr("rolloutsim.study.execution.chunk.run_chunk", run)
    monkeypatch.setattr("rolloutsim.cli.sweep.time.perf_counter", lambda: clock[0])
    monkeypatch.setattr("rolloutsim.cli.sweep._SAMPLE_S", 1000.0)
    costs = [json.loads(invoke("sweep", small, *LEVERS, "--dry-run", "--json", "-n", n).stdout)["core_hours"] for n in ("1", "10000")]
    assert costs[0] * 3600 == pytest.approx(2 * 51.0)
    assert costs[1] * 3600 == pytest.approx(2 * 10_000 * (1.0 + 50 / 1024))


def test_a_whole_with_a_shard_missing_is_reported_and_ends_with_3(small: str, invoke: Invoke, tmp_path: Path) -> None:
    for number in (1, 2):
        invoke("sweep", small, *LEVERS, "--shard", f"{number}/3", "--seed", 1, "-n", 6, "--out", str(number))
    result = invoke("combine", "1", "2", "--out", "whole")
    assert result.exit_code == 3
    assert "4 of 12 replicates are missing: combine their shards too, or run the sweep there" in result.output
    allowed = invoke("combine", "1", "2", "--out", "whole", "--allow-missing", "--json")
    assert allowed.exit_code == 0
    assert json.loads(allowed.stdout) == {"folder": "whole", "points": 2, "replicates": 8, "missing": 4}
    invoke("sweep", small, *LEVERS, "--shard", "3/3", "--seed", 1, "-n", 6, "--out", "3")
    assert invoke("combine", "3", "--out", "whole").exit_code == 0


def test_ctrl_c_while_estimates_are_made_reports_that_results_are_kept(
    small: str, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Study, *metrics: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Study, "frame", interrupted)
    result = invoke("sweep", small, *LEVERS, "--out", "study")
    assert result.exit_code == 130
    assert "interrupted; what is done is in study" in result.output


def test_a_folder_of_another_kind_is_refused_before_anything_is_simulated(
    small: str, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoke("sweep", small, *LEVERS, "--out", "study")
    monkeypatch.setattr(Replicator, "run", Mock(side_effect=AssertionError("simulated")))
    before = {path.name: path.read_bytes() for path in (tmp_path / "study").glob("*.*")}
    for command in (("run", small), ("plan", small, "--minimize", "time_to_complete", "--over", "rules.dispatch=window,batch")):
        result = invoke(*command, "--out", "study")
        assert result.exit_code == 2
        assert f"study: holds results of rolloutsim sweep, which those of {command[0]} would overwrite" in result.output
    assert {path.name: path.read_bytes() for path in (tmp_path / "study").glob("*.*")} == before
