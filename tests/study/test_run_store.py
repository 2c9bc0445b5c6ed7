"""A run in its folder: written part by part, resumed, extended, read again or refused, with the same bytes however it came about."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from rolloutsim import Results, SimulationError, StoreError, simulate, sweep
from rolloutsim.analysis import completion_curve, robots_by_state
from rolloutsim.scenario import Scenario, parse
from rolloutsim.simulation.records.tables import KEPT, SCHEMA
from rolloutsim.simulation.replicate import MODEL_VERSION, Replicator
from rolloutsim.study import Chunk, ExecutorSpec, run_into
from rolloutsim.study.store.run_parts import Parts, part_size
from rolloutsim.study.store.run_store import RunStore

SIZE = 4
TEXT = """
scenario: small
seed: 9
replicates: 10
fleet:
  - {cohort: dock, robots: 3, site: yard, link: {rate: 8 Mbit/s}}
  - {cohort: "off", robots: 2, connectivity: never}
application: {bundle: 10 MB, steps: {launching: {duration: {exponential: {mean: 20 s}}, failures: {MissingRobotDeploymentResource: 0.2}}}}
network: {origin: 12 Mbit/s}
deployment: {deploymentConfig: {robotDeploymentTimeoutInSeconds: 60}}
"""
SCENARIO = parse(TEXT)
UNSEEDED = parse("{scenario: drawn, fleet: [{cohort: dock, robots: 2}], application: {bundle: 1 MB}, replicates: 6}")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make parts of four replicates, and tasks of one."""
    monkeypatch.setattr("rolloutsim.study.store.run_parts._DEPLOYMENTS", SIZE * 5)
    monkeypatch.setattr("rolloutsim.study.execution.tasks._GROWTH", 0)
    assert part_size(SCENARIO) == SIZE


def tables_in(folder: Path) -> dict[str, bytes]:
    """Return the files of results, but for the manifest, which has the time and place."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], dict[str, bytes]]:
    """Return the files of an undisturbed run of so many replicates."""
    known: dict[int, dict[str, bytes]] = {}

    def make(replicates: int) -> dict[str, bytes]:
        if replicates not in known:
            folder = tmp_path_factory.mktemp("whole") / "run"
            run_into(folder, SCENARIO, replicates=replicates, where=ExecutorSpec(1))
            known[replicates] = tables_in(folder)
        return known[replicates]

    return make


class Counted:
    """Notes which replicates are simulated, and stops at some."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.simulated: list[int] = []
        self.stops: dict[int, BaseException] = {}
        real = Replicator.run

        def run(replicator: Replicator, replicate: int) -> Any:
            if replicate in self.stops:
                raise self.stops[replicate]
            self.simulated.append(replicate)
            return real(replicator, replicate)

        monkeypatch.setattr(Replicator, "run", run)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


def into(folder: Path, scenario: Scenario = SCENARIO, **options: Any) -> Any:
    return run_into(folder, scenario, where=ExecutorSpec(1), **options)


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
    assert {path.stem for path in tmp_path.glob("*.parquet")} == set(KEPT[keep])
    assert Results.load(tmp_path).manifest["tables"] == keep


@pytest.mark.parametrize("stop", [0, 1, 3, 4, 5, 8, 9])
def test_a_run_that_ended_at_any_replicate_is_resumed(tmp_path: Path, stop: int, counted: Counted, whole: Any) -> None:
    expected = whole(10)
    counted.stops = {stop: SystemExit(1)}  # as if it were killed: nothing is tidied up by the run
    with pytest.raises(SystemExit):
        into(tmp_path)
    assert not (tmp_path / "manifest.json").exists()
    counted.stops.clear()
    counted.simulated.clear()
    into(tmp_path)
    assert counted.simulated == list(range(stop - stop % SIZE, 10))
    assert tables_in(tmp_path) == expected


@pytest.mark.parametrize("stop", [1, 4, 6, 9])
def test_an_interrupted_run_has_what_is_done_and_goes_on(tmp_path: Path, stop: int, counted: Counted, whole: Any) -> None:
    expected = whole(10)
    counted.stops = {stop: KeyboardInterrupt()}
    done = into(tmp_path)
    assert done.interrupted
    assert (len(done.tables.jobs), done.manifest["replicates"], done.manifest["interrupted"]) == (stop, 10, True)
    assert len(Results.load(tmp_path).robots) == 5 * stop
    counted.stops.clear()
    counted.simulated.clear()
    assert not into(tmp_path).interrupted
    assert counted.simulated == list(range(stop, 10))
    assert tables_in(tmp_path) == expected


def test_interrupted_before_anything_was_done(tmp_path: Path, counted: Counted) -> None:
    counted.stops = {0: KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        into(tmp_path)
    with pytest.raises(StoreError, match="holds no complete results"):
        Results.load(tmp_path)


@pytest.mark.parametrize(("first", "then"), [(1, 10), (4, 10), (6, 7), (8, 10), (10, 11)])
def test_more_replicates_extend_a_finished_run(tmp_path: Path, first: int, then: int, counted: Counted, whole: Any) -> None:
    expected = whole(then)
    into(tmp_path, replicates=first)
    counted.simulated.clear()
    told: list[str] = []
    into(tmp_path, replicates=then, tell=told.append)
    assert counted.simulated == list(range(first, then))
    assert tables_in(tmp_path) == expected
    assert told == [f"{tmp_path} holds {first} replicates of this run, which are not simulated again"]


def test_an_extension_that_is_interrupted_leaves_the_finished_run_and_goes_on(tmp_path: Path, counted: Counted, whole: Any) -> None:
    expected, before = whole(10), whole(6)
    into(tmp_path, replicates=6)
    counted.stops = {8: SystemExit(1)}
    with pytest.raises(SystemExit):
        into(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert len(Results.load(tmp_path).jobs) == 6
    counted.stops.clear()
    counted.simulated.clear()
    into(tmp_path)
    assert counted.simulated == [8, 9]
    assert tables_in(tmp_path) == expected


@pytest.mark.parametrize("asked", [10, 3])
def test_a_finished_run_is_read_again(tmp_path: Path, asked: int, counted: Counted) -> None:
    into(tmp_path)
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    counted.simulated.clear()
    done = into(tmp_path, replicates=asked)
    assert (counted.simulated, len(done.tables.jobs)) == ([], 10)
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()} == before


def test_results_that_were_saved_from_python_are_extended(tmp_path: Path, counted: Counted, whole: Any) -> None:
    expected = whole(10)
    simulate(SCENARIO, replicates=7, keep="all").save(tmp_path)
    counted.simulated.clear()
    into(tmp_path)
    assert counted.simulated == [7, 8, 9]
    assert tables_in(tmp_path) == expected


@pytest.mark.parametrize(
    ("scenario", "options", "said"),
    [
        (SCENARIO, {"seed": 10}, "the seed is 10, not 9"),
        (SCENARIO, {"keep": "jobs"}, "--tables is jobs, not all"),
        (SCENARIO, {"record": [0, 7]}, "--record is 0,7, not 0"),
        (SCENARIO.replace("fleet.dock.robots", 4), {}, "fleet.dock.robots is 4, not 3"),
        (SCENARIO.replace("scenario", "other"), {}, "the scenario is other, not small"),
        (SCENARIO.replace("fleet.dock.robots", 4), {"seed": 3}, "the seed is 3, not 9; fleet.dock.robots is 4, not 3"),
    ],
)
@pytest.mark.parametrize("finished", [True, False])
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
    into(tmp_path, stale=["gantt.png", "jobs.csv"])
    for name in ("gantt.png", "jobs.csv", "mine.png", "mine.csv", "notes.txt", ".jobs.parquet.7.part"):
        (tmp_path / name).write_text(name)
    (tmp_path / "mine").mkdir()
    into(tmp_path, keep="jobs", overwrite=True, stale=["gantt.png", "jobs.csv"])
    mine = {"mine.png", "mine.csv", "notes.txt", "mine"}
    assert {path.name for path in tmp_path.iterdir()} == mine | {f"{n}.parquet" for n in KEPT["jobs"]} | {"summary.json", "manifest.json"}


def test_overwriting_a_folder_without_a_run_removes_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("mine")
    into(tmp_path, overwrite=True, stale=["jobs.csv"])
    assert (tmp_path / "notes.csv").read_text() == "mine"
    assert len(Results.load(tmp_path).jobs) == 10


def test_a_study_is_not_overwritten(tmp_path: Path) -> None:
    sweep(SCENARIO, levers={"fleet.dock.robots": [3, 4]}, replicates=2, out=tmp_path, workers=1)
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
    into(tmp_path, replicates=5, stale=["gantt.png", "jobs.csv"])
    assert (tmp_path / "gantt.png").exists()
    into(tmp_path, replicates=6, stale=["gantt.png", "jobs.csv"])
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


def test_a_drawn_seed_of_a_run_that_was_killed(tmp_path: Path, counted: Counted) -> None:
    counted.stops = {5: SystemExit(1)}
    with pytest.raises(SystemExit):
        into(tmp_path, UNSEEDED)
    seed = json.loads((tmp_path / "parts" / "run.json").read_text())["seed"]
    counted.stops.clear()
    assert into(tmp_path, UNSEEDED).manifest["seed"] == seed


@pytest.mark.parametrize("damage", ["table", "record", "lost"])
def test_a_damaged_part_is_simulated_again(tmp_path: Path, damage: str, counted: Counted, whole: Any) -> None:
    expected = whole(10)
    counted.stops = {9: SystemExit(1)}
    with pytest.raises(SystemExit):
        into(tmp_path)
    victim = tmp_path / "parts" / ("00000000.json" if damage == "record" else "00000000.robots.parquet")
    if damage == "lost":
        victim.unlink()
    else:
        data = bytearray(victim.read_bytes())
        data[len(data) // 2] ^= 1
        victim.write_bytes(data)
    counted.stops.clear()
    counted.simulated.clear()
    told: list[str] = []
    into(tmp_path, tell=told.append)
    assert counted.simulated == [0, 1, 2, 3, 8, 9]
    assert told[0].startswith(f"{victim}: ")
    assert told[0].endswith("; it is simulated again")
    assert tables_in(tmp_path) == expected


@pytest.mark.parametrize("ends_at", range(12))
def test_whenever_a_run_ends_while_it_puts_final_tables_into_place(
    tmp_path: Path, ends_at: int, monkeypatch: pytest.MonkeyPatch, whole: Any
) -> None:
    expected = whole(10)
    into(tmp_path, replicates=6)
    (tmp_path / "gantt.png").touch()
    real = os.replace
    moves = 0

    def replaced(self: Path, target: Path) -> Path:
        nonlocal moves
        if target.parent == tmp_path:
            moves += 1
            if moves > ends_at:
                raise SystemExit(1)
        real(self, target)
        return Path(target)

    monkeypatch.setattr(Path, "replace", replaced)
    try:
        into(tmp_path, stale=["gantt.png"])
    except SystemExit:
        monkeypatch.undo()
        monkeypatch.setattr("rolloutsim.study.store.run_parts._DEPLOYMENTS", SIZE * 5)
        if not (tmp_path / ".commit").exists():
            assert len(Results.load(tmp_path).jobs) == 6
        into(tmp_path, stale=["gantt.png"])
    assert tables_in(tmp_path) == expected


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


def test_nothing_but_crashes(tmp_path: Path, counted: Counted, whole: Any) -> None:
    expected = whole(10)
    counted.stops = dict.fromkeys(range(10), RuntimeError("no luck"))
    with pytest.raises(SimulationError, match="all 10 replicates crashed"):
        into(tmp_path)
    counted.stops.clear()  # what crashed is tried again
    into(tmp_path)
    assert tables_in(tmp_path) == expected


def test_precision_goes_on_from_what_is_there(tmp_path: Path, counted: Counted) -> None:
    asked = {"precision": ["succeeded.mean 20%"], "max_replicates": 200}
    reference = into(tmp_path / "a", **asked)
    assert reference.manifest["precision"][0]["met"] is True
    n = len(reference.tables.jobs)
    counted.simulated.clear()
    again = into(tmp_path / "a", **asked)
    assert (counted.simulated, again.precision) == ([], reference.precision)
    counted.stops = {17: KeyboardInterrupt()}
    into(tmp_path / "b", **asked)
    counted.stops.clear()
    counted.simulated.clear()
    resumed = into(tmp_path / "b", **asked)
    assert counted.simulated == list(range(17, n))
    assert resumed.precision == reference.precision
    assert tables_in(tmp_path / "b") == tables_in(tmp_path / "a")


def test_one_process_works_in_a_folder_at_a_time(tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Replicator.run
    seen: list[str] = []

    def run(replicator: Replicator, replicate: int) -> Any:
        if replicate == 5:
            with pytest.raises(StoreError, match="is working there") as caught:
                run_into(tmp_path, SCENARIO)
            seen.append(str(caught.value))
        return real(replicator, replicate)

    monkeypatch.setattr(Replicator, "run", run)
    into(tmp_path)
    assert len(seen) == 1


@pytest.mark.parametrize("executor", ["processes", "dask"])
def test_workers_write_the_same_bytes(tmp_path: Path, executor: str, whole: Any) -> None:
    if executor == "dask":
        pytest.importorskip("distributed")
    run_into(tmp_path, SCENARIO, where=ExecutorSpec(2, executor))
    assert tables_in(tmp_path) == whole(10)


#: Runs a scenario into a folder, and is killed in a replicate, or on putting the first final table into place.
KILLED = """
import os, signal, sys
from pathlib import Path
from rolloutsim.scenario import parse
from rolloutsim.simulation.replicate import MODEL_VERSION, Replicator
from rolloutsim.study import ExecutorSpec, run_into
from rolloutsim.study.store import run_parts
from rolloutsim.study.store import run_store
from rolloutsim.study.execution import tasks

run_parts._DEPLOYMENTS, tasks._GROWTH = 20, 0
folder, text, at = sys.argv[1:]
run, move = Replicator.run, run_store.move

def run_or_die(self, replicate):
    if replicate == int(at):
        os.kill(os.getpid(), signal.SIGKILL)
    return run(self, replicate)

def die(source, target):
    move(source, target)
    os.kill(os.getpid(), signal.SIGKILL)

Replicator.run = run_or_die
if at == "-1":
    run_store.move = die
run_into(Path(folder), parse(text), where=ExecutorSpec(1))
"""


@pytest.mark.parametrize("at", [0, 5, 9, -1])
def test_killed_and_resumed_it_has_the_same_bytes(tmp_path: Path, at: int, whole: Any) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path, TEXT, str(at)], check=False, timeout=300)
    assert killed.returncode == -signal.SIGKILL
    into(tmp_path)
    assert tables_in(tmp_path) == whole(10)


def test_a_full_disk_at_the_end_costs_no_work(tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch, whole: Any) -> None:
    expected, seen = whole(10), simulate(SCENARIO)

    def full(*_: object, **__: object) -> None:
        raise StoreError("jobs.parquet: cannot be written (No space left on device)")

    with monkeypatch.context() as patched:
        patched.setattr("rolloutsim.study.store.run_store.RunStore._write_finals", full)
        done = into(tmp_path)
    assert str(done.unsaved) == "jobs.parquet: cannot be written (No space left on device)"
    pd.testing.assert_frame_equal(done.tables.jobs, seen.jobs)
    counted.simulated.clear()
    assert into(tmp_path).unsaved is None
    assert counted.simulated == []
    assert tables_in(tmp_path) == expected


def test_an_interruption_while_a_part_is_written_doubles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: Any) -> None:
    expected = whole(10)
    real = Parts.write
    written = 0

    def write(self: Parts, *args: Any) -> Any:
        nonlocal written
        found = real(self, *args)
        written += 1
        if written == 2:
            raise KeyboardInterrupt
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Parts, "write", write)
        assert into(tmp_path).interrupted
    into(tmp_path)
    assert tables_in(tmp_path) == expected


def test_without_memory_what_is_done_is_written_first(
    tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch, whole: Any
) -> None:
    expected = whole(10)
    real = RunStore.add

    def add(self: RunStore, batch: Chunk) -> None:
        if batch.outcomes.replicates[0] == 6:
            raise MemoryError
        real(self, batch)

    with monkeypatch.context() as patched:
        patched.setattr(RunStore, "add", add)
        with pytest.raises(MemoryError):
            into(tmp_path)
    counted.simulated.clear()
    into(tmp_path)
    assert counted.simulated == [6, 7, 8, 9]
    assert tables_in(tmp_path) == expected


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
        (completion_curve, {"cohort": "dock"}),
        (robots_by_state, {}),
        (robots_by_state, {"points": 7}),
        (robots_by_state, {"replicate": 6}),
    ):
        for found, expected in zip(function(stored, **options), function(memory, **options), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_damaged_final_tables_are_made_anew_by_overwriting(tmp_path: Path, whole: Any) -> None:
    into(tmp_path, replicates=6)
    path = tmp_path / "robots.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError) as caught:
        into(tmp_path)
    assert str(caught.value).startswith(f"{path}: it is damaged")
    assert str(caught.value).endswith(f"run the scenario again with --out {tmp_path} --overwrite")
    into(tmp_path, overwrite=True)
    assert tables_in(tmp_path) == whole(10)
