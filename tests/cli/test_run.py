"""`rolloutsim run`: what it prints, where, what it writes, and how it ends."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import Result

import rolloutsim
from rolloutsim import UsageError
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.records.tables import KEPT
from rolloutsim.simulation.replicate import Replicator
from tests.cli.conftest import SCENARIOS

Invoke = Callable[..., Result]

PICTURES = {"completion_curve.png", "failure_codes.png", "gantt.png", "robots_by_state.png", "time_to_complete.png"}
TABLES = {f"{name}.parquet" for name in KEPT["all"]}


def test_the_summary(invoke: Invoke, small: str) -> None:
    result = invoke("run", small, "-n", "30", "--details")
    assert result.exit_code == 0
    assert "small: n = 30 replicates of 20 robots" in result.stdout
    for told in ("Time to complete", "P50", "P99", "not estimable, needs 368", "Jobs", "MissingRobotDeploymentResource", "dock", "yard"):
        assert told in result.stdout
    assert result.stderr.startswith("engine simpy: about 600 units of work (robots x replicates x points; 4 per robot on a shared link, ")
    assert "\nseed 3, rolloutsim " in result.stderr


def test_the_defaults_are_the_scenario_s(invoke: Invoke, small: str) -> None:
    assert "n = 4 replicates" in invoke("run", small).stdout
    assert invoke("run", small, "--json").stdout == invoke("run", small, "--json", "--seed", "3", "-n", "4", "--engine", "simpy").stdout


def test_another_seed_gives_other_numbers(invoke: Invoke, small: str) -> None:
    assert invoke("run", small, "--json").stdout != invoke("run", small, "--json", "--seed", "0").stdout


def test_json_is_all_that_stdout_holds(invoke: Invoke, small: str, tmp_path: Path) -> None:
    result = invoke("run", small, "--json", "--out", "out")
    assert json.loads(result.stdout) == json.loads((tmp_path / "out/summary.json").read_text(encoding="utf-8"))
    assert "tables, summary and plots are in out" in result.stderr


def test_set_changes_the_scenario(invoke: Invoke, small: str) -> None:
    result = invoke("run", small, "--set", "fleet.dock.robots=30", "--set", "scenario=bigger", "--json")
    summary = json.loads(result.stdout)
    assert (summary["robots"], summary["scenario"]) == (38, "bigger")


@pytest.mark.pictures
def test_out_writes_everything_and_load_reads_it(invoke: Invoke, small: str, tmp_path: Path) -> None:
    assert invoke("run", small, "--out", "a/b").exit_code == 0
    folder = tmp_path / "a/b"
    assert {path.name for path in folder.iterdir()} == TABLES | PICTURES | {"summary.json", "manifest.json"}
    assert all(path.stat().st_size > 100 for path in folder.iterdir())
    results = rolloutsim.Results.load(folder)
    assert results.manifest["scenario"]["fleet"][0]["robots"] == 12
    fresh = rolloutsim.simulate(rolloutsim.load(small))
    for name in KEPT["all"]:
        pd.testing.assert_frame_equal(getattr(results, name), getattr(fresh, name))
    assert results.manifest["fingerprint"] == fresh.manifest["fingerprint"]


@pytest.mark.slow
def test_shared_links_have_a_picture(invoke: Invoke, small: str, tmp_path: Path) -> None:
    for at, pictures in (("network.origin=50 Mbit/s", PICTURES | {"link_use.png"}), ("replicates=2", PICTURES)):
        assert invoke("run", small, "--out", "out", "-n", 2, "--set", at, "--overwrite").exit_code == 0
        assert {path.name for path in (tmp_path / "out").glob("*.png")} == pictures


def test_without_robots(invoke: Invoke, small: str, tmp_path: Path) -> None:
    result = invoke("run", small, "--tables", "jobs", "--out", "out", "--set", "network.origin=50 Mbit/s", "--details")
    assert result.exit_code == 0
    assert "Which phases held them is not recorded with --tables jobs." in result.stdout.splitlines()
    left_out = "completion_curve, link_use, robots_by_state"
    assert f"plots that need all tables were left out: {left_out}" in result.stderr
    names = {path.name for path in (tmp_path / "out").iterdir()}
    pictures = {"failure_codes.png", "gantt.png", "time_to_complete.png"}  # one replicate is simulated again
    assert names == {f"{name}.parquet" for name in KEPT["jobs"]} | pictures | {"summary.json", "manifest.json"}
    results = rolloutsim.Results.load(tmp_path / "out")
    assert (len(results.jobs), results.manifest["tables"]) == (4, "jobs")
    for name in left_out.split(", "):
        with pytest.raises(UsageError, match="is not among these results: it was not kept"):
            getattr(results.plot, name)()
    assert results.plot.robots_by_state(replicate=3).get_title(loc="left")


def test_the_summary_without_robots_differs_by_what_held_the_slots_only(invoke: Invoke, small: str) -> None:
    everything, reduced = (json.loads(invoke("run", small, "--json", "--tables", kept, "--out", kept).stdout) for kept in ("all", "jobs"))
    assert reduced.pop("slot_time") == {}
    assert everything.pop("slot_time") != {}
    assert reduced == everything


@pytest.mark.parametrize(("options", "kept"), [((), "summary"), (("--tables", "jobs", "--out", "out"), "jobs"), (("--out", "out"), "all")])
def test_only_what_is_printed_or_written_is_kept(
    invoke: Invoke, small: str, options: Any, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = set()
    real = Recorder.__init__

    def noted(self: Recorder, *args: Any, keep: Any, **more: Any) -> None:
        asked.add(keep)
        real(self, *args, keep=keep, **more)

    monkeypatch.setattr(Recorder, "__init__", noted)
    assert invoke("run", small, *options).exit_code == 0
    assert kept in asked
    assert asked <= {kept, "all"}


def test_bit_rates_are_recorded_of_the_replicates_that_are_named(invoke: Invoke, small: str, tmp_path: Path) -> None:
    for options, recorded in (((), {0}), (("--record", "3,1,1"), {1, 3})):
        assert invoke("run", small, "--overwrite", "--out", "out", *options).exit_code == 0
        timeline = rolloutsim.Results.load(tmp_path / "out").timeline
        assert set(timeline[timeline.quantity == "bit_rate"].replicate) == recorded
    result = invoke("run", small, "-n", 2, "--overwrite", "--out", "out", "--record", "0,2,9")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "record: there is no replicate 2: 2 replicates are numbered from 0 to 1" in result.stderr
    again = invoke("run", small, "-n", 2, "--out", "out", "--record", "3,1,1")  # of which the folder has four
    assert (again.exit_code, "holds 4 replicates of this run" in again.stderr) == (0, True)
    for wrong in ("", "1,", "x", "-1", "1 2", "1" * 10):
        result = invoke("run", small, "--record", wrong)
        assert result.exit_code == 2
        assert "write numbers of replicates with commas between them, e.g. 0,7" in " ".join(result.stderr.split())


def test_csv_beside_parquet(invoke: Invoke, small: str, tmp_path: Path) -> None:
    assert invoke("run", small, "--out", "out", "--csv").exit_code == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == TABLES | PICTURES | {"summary.json", "manifest.json"} | {f"{name}.csv" for name in KEPT["all"]}
    jobs = pd.read_csv(tmp_path / "out/jobs.csv")
    parquet = pd.read_parquet(tmp_path / "out/jobs.parquet")
    assert jobs["time_to_complete_s"].tolist() == parquet["time_to_complete_s"].tolist()


@pytest.mark.slow
@pytest.mark.pictures
def test_a_second_run_into_the_same_folder_extends_the_first_or_prints_it_again(invoke: Invoke, small: str, tmp_path: Path) -> None:
    printed = []
    for asked, there in ((3, 3), (2, 3), (5, 5)):
        result = invoke("run", small, "--out", "out", "--csv", "-n", asked)
        assert result.exit_code == 0
        printed.append(result.stdout)
        assert len(rolloutsim.Results.load(tmp_path / "out").jobs) == there
        assert len(pd.read_csv(tmp_path / "out/jobs.csv")) == there
    assert printed[0] == printed[1] != printed[2]
    assert printed[2] == invoke("run", small, "--out", "other", "-n", 5).stdout
    for picture in PICTURES:
        assert (tmp_path / "out" / picture).read_bytes() == (tmp_path / "other" / picture).read_bytes(), picture


@pytest.mark.slow
def test_pictures_that_are_missing_are_drawn(invoke: Invoke, small: str, tmp_path: Path) -> None:
    assert invoke("run", small, "--out", "out").exit_code == 0
    (tmp_path / "out/gantt.png").unlink()
    (tmp_path / "out/completion_curve.png").write_text("mine")
    assert invoke("run", small, "--out", "out").exit_code == 0
    assert (tmp_path / "out/gantt.png").stat().st_size > 1_000
    assert (tmp_path / "out/completion_curve.png").read_text() == "mine"


def test_another_run_is_refused_unless_it_is_to_be_overwritten(invoke: Invoke, small: str, tmp_path: Path) -> None:
    assert invoke("run", small, "--out", "out", "--csv").exit_code == 0
    (tmp_path / "out/notes.txt").write_text("mine")
    result = invoke("run", small, "--out", "out", "--seed", 8, "--tables", "jobs")
    assert result.exit_code == 2
    said = "out: holds another run: the seed is 8, not 3; --tables is jobs, not all: choose another folder, or add --overwrite"
    assert said in " ".join(result.stderr.split())
    assert invoke("run", small, "--out", "out", "--seed", 8, "--tables", "jobs", "--overwrite").exit_code == 0
    pictures = {"failure_codes.png", "gantt.png", "time_to_complete.png"}
    names = {"notes.txt", "summary.json", "manifest.json"} | pictures | {f"{name}.parquet" for name in KEPT["jobs"]}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    result = invoke("run", small, "--overwrite")
    assert result.exit_code == 2
    assert "--overwrite needs a folder: add --out DIR" in result.stderr


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem == "warehouse-night" else []) for path in SCENARIOS]
)
def test_every_scenario_runs(invoke: Invoke, path: Path) -> None:
    result = invoke("run", path, "-n", "1")
    assert result.exit_code == 0
    assert f"{path.stem}: n = 1 replicate" in result.stdout


def test_out_that_is_a_file_is_reported_before_the_work(invoke: Invoke, small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", crash_at())
    result = invoke("run", small, "--out", small)
    assert result.exit_code == 2
    assert "cannot be used as a folder for results (it is a file): choose another place" in result.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="whoever may write everywhere cannot be refused")
def test_out_without_permission_is_reported(invoke: Invoke, small: str, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    result = invoke("run", small, "--out", locked)
    assert result.exit_code == 2
    assert "Permission denied" in result.stderr


def test_a_picture_that_cannot_be_written_leaves_the_tables(invoke: Invoke, small: str, tmp_path: Path) -> None:
    (tmp_path / "out/gantt.png/in the way").mkdir(parents=True)
    result = invoke("run", small, "--out", "out")
    assert result.exit_code == 2
    assert "the plots cannot be drawn (gantt.png cannot be written: Is a directory); tables and summary are there" in result.stderr
    assert len(rolloutsim.Results.load(tmp_path / "out").jobs) == 4


def crash_at(*replicates: int) -> Callable[..., Any]:
    """Return a `Replicator.run` that crashes in some replicates; in all if none is named."""
    real = Replicator.run

    def run(self: Replicator, replicate: int) -> Any:
        if replicate in replicates or not replicates:
            raise RuntimeError(f"no luck in {replicate}")
        return real(self, replicate)

    return run


def test_a_crashed_replicate_costs_only_itself(invoke: Invoke, small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rolloutsim.simulate(rolloutsim.load(small)).jobs
    monkeypatch.setattr(Replicator, "run", crash_at(1))
    result = invoke("run", small, "--out", "out")
    assert result.exit_code == 3
    assert "n = 3 replicates" in result.stdout
    assert "1 of 4 replicates crashed and are missing; the first is replicate 1: RuntimeError: no luck in 1" in result.stderr
    results = rolloutsim.Results.load(tmp_path / "out")
    pd.testing.assert_frame_equal(results.jobs, whole[whole["replicate"] != 1].reset_index(drop=True))
    assert [(crash.replicate, crash.type) for crash in results.crashes] == [(1, "RuntimeError")]
    assert "Traceback" in results.crashes[0].traceback


def test_nothing_but_crashes(invoke: Invoke, small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", crash_at())
    result = invoke("run", small)
    assert result.exit_code == 3
    assert "all 4 replicates crashed, the first with RuntimeError: no luck in 0" in result.stderr
    assert result.stdout == ""


def test_the_headline_ends_with_a_command_that_works(invoke: Invoke, small: str) -> None:
    printed = invoke("run", small, "--set", "scenario=a b").stdout.splitlines()
    command = printed[[line.startswith("What would") for line in printed].index(True) + 1]
    assert command.startswith("  rolloutsim run ")
    result = invoke(*shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    assert "With the same random numbers, with a robot timeout of 2.5 h instead of 5 h: " in " ".join(result.stdout.split())


def test_advice_is_in_json_too(invoke: Invoke, small: str) -> None:
    found = json.loads(invoke("run", small, "-n", "20", "--advise", "--json").stdout)
    assert [each["name"] for each in found["advice"]] == ["with a robot timeout of 2.5 h instead of 5 h"]
    assert invoke("run", small, "-n", "2", "--advise").exit_code == 2
