"""A run in its folder: which files, which bytes, and what is refused, overwritten or left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from rolloutsim import Results, StoreError, simulate, sweep
from rolloutsim.analysis import Group, completion_curve, robots_by_state
from rolloutsim.scenario import Scenario
from rolloutsim.simulation.records.groups import FleetGroups
from rolloutsim.simulation.records.tables import SCHEMA
from rolloutsim.simulation.replicate import MODEL_VERSION, Replicator
from rolloutsim.study import ExecutorLike
from tests.study.run_folders import SCENARIO, UNSEEDED, Counted, into, tables_in

pytestmark = pytest.mark.usefixtures("small_parts")


def test_the_tables_are_those_of_a_run_in_memory(tmp_path: Path) -> None:
    done = into(tmp_path / "run", record=[0, 6])
    expected = simulate(SCENARIO, keep="all", record=[0, 6])
    loaded = Results.load(tmp_path / "run")
    for name in SCHEMA:
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(expected, name))
    assert loaded.summary() == expected.summary()
    assert json.loads((tmp_path / "run" / "summary.json").read_text()) == expected.summary().to_json()
    assert done.manifest | {"command": []} == loaded.manifest | {"command": []}
    assert {path.name for path in (tmp_path / "run").iterdir()} == {f"{n}.parquet" for n in SCHEMA} | {"summary.json", "manifest.json"}


def test_row_groups_are_fixed_ranges_of_replicates(tmp_path: Path) -> None:
    into(tmp_path)
    for name in SCHEMA:
        file = pq.ParquetFile(tmp_path / f"{name}.parquet")
        groups = [np.unique(file.read_row_group(group)["replicate"]).tolist() for group in range(file.num_row_groups)]
        assert groups == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]], name


@pytest.mark.parametrize("keep", ["all", "jobs"])
def test_only_tables_that_are_kept_have_files(tmp_path: Path, keep: Any) -> None:
    into(tmp_path, keep=keep)
    assert {path.stem for path in tmp_path.glob("*.parquet")} == set(FleetGroups.of(SCENARIO).kept(keep))
    assert Results.load(tmp_path).manifest["tables"] == keep


@pytest.mark.parametrize(
    ("scenario", "options", "said"),
    [
        pytest.param(SCENARIO, {"seed": 10}, "the seed is 10, not 9", marks=pytest.mark.slow),
        (SCENARIO, {"keep": "jobs"}, "--tables is jobs, not all"),
        (SCENARIO, {"record": [0, 7]}, "--record is 0,7, not 0"),
        pytest.param(SCENARIO.replace("fleet.dock.robots", 4), {}, "fleet.dock.robots is 4, not 3", marks=pytest.mark.slow),
        pytest.param(SCENARIO.replace("scenario", "other"), {}, "the scenario is other, not small", marks=pytest.mark.slow),
        (SCENARIO.replace("fleet.dock.robots", 4), {"seed": 3}, "the seed is 3, not 9; fleet.dock.robots is 4, not 3"),
    ],
)
@pytest.mark.parametrize("finished", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_another_run_is_refused_with_what_differs(
    tmp_path: Path, scenario: Scenario, options: Any, said: str, finished: bool, counted: Counted
) -> None:
    if not finished:
        counted.stops = {5: SystemExit(1)}
        with pytest.raises(SystemExit):
            into(tmp_path)
    else:
        into(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"}
    with pytest.raises(StoreError) as caught:
        into(tmp_path, scenario, **options)
    assert str(caught.value) == f"{tmp_path}: holds another run: {said}: choose another folder, or add --overwrite"
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"} == before
    counted.stops.clear()
    into(tmp_path, scenario, **options, overwrite=True)
    assert Results.load(tmp_path).manifest["seed"] == options.get("seed", 9)
    assert not (tmp_path / "parts").exists()


def test_a_run_of_another_version_of_the_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    into(tmp_path)
    monkeypatch.setattr("rolloutsim.study.store.run_store.MODEL_VERSION", 99)
    with pytest.raises(StoreError, match=f"holds another run: the model version is 99, not {MODEL_VERSION}: choose another folder"):
        into(tmp_path)


def test_overwriting_removes_nothing_but_the_run(tmp_path: Path) -> None:
    into(tmp_path)
    for name in ("gantt.png", "jobs.csv", "mine.png", "mine.csv", "notes.txt", ".jobs.parquet.7.part"):
        (tmp_path / name).write_text(name)
    (tmp_path / "mine").mkdir()
    into(tmp_path, keep="jobs", overwrite=True)
    mine = {"mine.png", "mine.csv", "notes.txt", "mine", "summary.json", "manifest.json"}
    tables = {f"{name}.parquet" for name in FleetGroups.of(SCENARIO).kept("jobs")}
    assert {path.name for path in tmp_path.iterdir()} == mine | tables


def test_overwriting_a_folder_without_a_run_removes_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("mine")
    into(tmp_path, overwrite=True)
    assert (tmp_path / "notes.csv").read_text() == "mine"
    assert len(Results.load(tmp_path).jobs) == 10


def test_a_study_is_not_overwritten(tmp_path: Path) -> None:
    sweep(SCENARIO, levers={"fleet.dock.robots": [3, 4]}, replicates=2, out=tmp_path, executor=1)
    (tmp_path / "parts").mkdir(exist_ok=True)
    (tmp_path / "parts" / "0123.parquet").touch()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(StoreError, match="holds results of rolloutsim sweep"):
        into(tmp_path, overwrite=True)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_table_that_no_run_wrote_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "jobs.parquet").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(StoreError, match=r"holds jobs\.parquet, which belongs to no run that is known here: choose another folder"):
            into(tmp_path, overwrite=overwrite)
    assert (tmp_path / "jobs.parquet").read_text() == "mine"


def test_pictures_and_csv_of_fewer_replicates_are_removed(tmp_path: Path) -> None:
    into(tmp_path, replicates=5)
    for name in ("gantt.png", "jobs.csv", "mine.png"):
        (tmp_path / name).touch()
    into(tmp_path, replicates=5)
    assert (tmp_path / "gantt.png").exists()
    into(tmp_path, replicates=6)
    assert {path.name for path in tmp_path.iterdir()} >= {"mine.png"}
    assert not {"gantt.png", "jobs.csv"} & {path.name for path in tmp_path.iterdir()}


def test_a_drawn_seed_is_read_from_the_folder(tmp_path: Path, counted: Counted) -> None:
    counted.stops = {5: KeyboardInterrupt()}
    seed = into(tmp_path, UNSEEDED).manifest["seed"]
    counted.stops.clear()
    assert into(tmp_path, UNSEEDED).manifest["seed"] == seed
    assert into(tmp_path, UNSEEDED, replicates=9).manifest["seed"] == seed
    assert Results.load(tmp_path).jobs.equals(simulate(UNSEEDED, replicates=9, seed=seed).jobs)
    assert into(tmp_path, UNSEEDED, seed=seed, overwrite=True).manifest["seed"] == seed


def test_a_replicate_that_crashes_costs_only_itself(tmp_path: Path, counted: Counted) -> None:
    counted.stops = {1: RuntimeError("no luck"), 9: RuntimeError("no luck")}
    done = into(tmp_path)
    assert [(crash.replicate, crash.message) for crash in done.crashes] == [(1, "no luck"), (9, "no luck")]
    assert done.tables.jobs["replicate"].tolist() == [0, 2, 3, 4, 5, 6, 7, 8]
    again = into(tmp_path)
    assert [crash.replicate for crash in again.crashes] == [1, 9]
    more = into(tmp_path, replicates=11)
    assert [crash.replicate for crash in more.crashes] == [1, 9]
    assert more.tables.robots["replicate"].nunique() == 9


def test_one_process_works_in_a_folder_at_a_time(tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Replicator.run
    seen: list[str] = []

    def run(replicator: Replicator, replicate: int) -> Any:
        if replicate == 5:
            with pytest.raises(StoreError, match="is working there") as caught:
                simulate(SCENARIO, out=tmp_path)
            seen.append(str(caught.value))
        return real(replicator, replicate)

    monkeypatch.setattr(Replicator, "run", run)
    into(tmp_path)
    assert len(seen) == 1


@pytest.mark.slow
@pytest.mark.parametrize("executor", [2, pytest.param("dask", marks=pytest.mark.slow)])
def test_workers_write_the_same_bytes(tmp_path: Path, executor: ExecutorLike, whole_run: Any) -> None:
    if executor == "dask":
        pytest.importorskip("distributed")
    simulate(SCENARIO, out=tmp_path, executor=executor)
    assert tables_in(tmp_path) == whole_run(10)


def test_pieces_and_single_replicates_are_those_of_the_whole_tables(tmp_path: Path) -> None:
    tables = into(tmp_path).tables
    for name in SCHEMA:
        pieces = [piece for (piece,) in tables.pieces(name)]
        assert [piece["replicate"].unique().tolist() for piece in pieces] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
        pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True), getattr(tables, name))
    for name, one in tables.one(6)._asdict().items():
        own = getattr(tables, name)
        pd.testing.assert_frame_equal(one, own[own["replicate"] == 6].reset_index(drop=True))


def test_curves_of_results_in_a_folder_are_those_of_results_in_memory(tmp_path: Path) -> None:
    stored, memory = into(tmp_path).tables, simulate(SCENARIO, keep="all").tables
    for function, options in (
        (completion_curve, {}),
        (completion_curve, {"group": Group("cohort", "dock")}),
        (completion_curve, {"group": Group("class", "fixed")}),
        (robots_by_state, {}),
        (robots_by_state, {"points": 7}),
        (robots_by_state, {"replicate": 6}),
    ):
        for found, expected in zip(function(stored, **options), function(memory, **options), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_damaged_final_tables_are_made_again_by_overwriting(tmp_path: Path, whole_run: Any) -> None:
    into(tmp_path, replicates=6)
    path = tmp_path / "robots.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError) as caught:
        into(tmp_path)
    assert str(caught.value).startswith(f"{path}: it is damaged")
    assert str(caught.value).endswith(f"run the scenario again with --out {tmp_path} --overwrite")
    into(tmp_path, overwrite=True)
    assert tables_in(tmp_path) == whole_run(10)
