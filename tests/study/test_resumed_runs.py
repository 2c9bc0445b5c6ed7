"""A run that ended, was interrupted or killed, and goes on in its folder: with the same bytes however it came about."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pandas as pd
import pytest

from rolloutsim import Results, SimulationError, StoreError, simulate
from rolloutsim.simulation.records.outcomes import Outcomes
from rolloutsim.study.store.control_files import write_record
from rolloutsim.study.store.run_parts import Parts
from rolloutsim.study.store.run_store import RunStore
from tests.gate import PATIENCE_S
from tests.study.run_folders import SCENARIO, SIZE, TEXT, UNSEEDED, Counted, into, tables_in

pytestmark = pytest.mark.usefixtures("small_parts")


@pytest.mark.parametrize("stop", [pytest.param(at, marks=[] if at in (1, 4, 9) else [pytest.mark.slow]) for at in (0, 1, 3, 4, 5, 8, 9)])
def test_a_run_that_ended_at_any_replicate_is_resumed(tmp_path: Path, stop: int, counted: Counted, whole_run: Any) -> None:
    expected = whole_run(10)
    counted.stops = {stop: SystemExit(1)}  # as if it were killed: nothing is tidied up by the run
    with pytest.raises(SystemExit):
        into(tmp_path)
    assert not (tmp_path / "manifest.json").exists()
    counted.stops.clear()
    counted.simulated.clear()
    into(tmp_path)
    assert counted.simulated == list(range(stop - stop % SIZE, 10))
    assert tables_in(tmp_path) == expected


@pytest.mark.parametrize("stop", [pytest.param(1, marks=pytest.mark.slow), 4, 6, pytest.param(9, marks=pytest.mark.slow)])
def test_an_interrupted_run_has_what_is_done_and_goes_on(tmp_path: Path, stop: int, counted: Counted, whole_run: Any) -> None:
    expected = whole_run(10)
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


def test_python_is_interrupted_as_usual_and_goes_on(tmp_path: Path, counted: Counted, whole_run: Any) -> None:
    expected = whole_run(10)
    counted.stops = {6: KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        simulate(SCENARIO, out=tmp_path, executor=1)
    counted.stops.clear()
    counted.simulated.clear()
    results = simulate(SCENARIO, out=str(tmp_path), executor=1)
    assert counted.simulated == [6, 7, 8, 9]
    assert tables_in(tmp_path) == expected
    assert results.robots.equals(simulate(SCENARIO, keep="all").robots)


def test_interrupted_before_anything_was_done(tmp_path: Path, counted: Counted) -> None:
    counted.stops = {0: KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        into(tmp_path)
    with pytest.raises(StoreError, match="holds no complete results"):
        Results.load(tmp_path)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(1, 10, marks=pytest.mark.slow),
        (4, 10),
        (6, 10),
        pytest.param(6, 7, marks=pytest.mark.slow),
        pytest.param(8, 10, marks=pytest.mark.slow),
        pytest.param(10, 11, marks=pytest.mark.slow),
    ],
)
def test_more_replicates_extend_a_finished_run(tmp_path: Path, first: int, then: int, counted: Counted, whole_run: Any) -> None:
    expected = whole_run(then)
    into(tmp_path, replicates=first)
    counted.simulated.clear()
    told: list[str] = []
    into(tmp_path, replicates=then, notify=told.append)
    assert counted.simulated == list(range(first, then))
    assert tables_in(tmp_path) == expected
    assert told[1:] == [f"{tmp_path} holds {first} replicates of this run, which are not simulated again"]


def test_an_extension_that_is_interrupted_leaves_the_finished_run_and_goes_on(tmp_path: Path, counted: Counted, whole_run: Any) -> None:
    expected, before = whole_run(10), whole_run(6)
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


def test_results_that_were_saved_from_python_are_extended(tmp_path: Path, counted: Counted, whole_run: Any) -> None:
    expected = whole_run(10)
    simulate(SCENARIO, replicates=7, keep="all").save(tmp_path)
    counted.simulated.clear()
    into(tmp_path)
    assert counted.simulated == [7, 8, 9]
    assert tables_in(tmp_path) == expected


def test_a_drawn_seed_of_a_run_that_was_killed(tmp_path: Path, counted: Counted) -> None:
    counted.stops = {5: SystemExit(1)}
    with pytest.raises(SystemExit):
        into(tmp_path, UNSEEDED)
    seed = json.loads((tmp_path / "parts" / "run.json").read_text())["seed"]
    counted.stops.clear()
    assert into(tmp_path, UNSEEDED).manifest["seed"] == seed


@pytest.mark.parametrize("damage", ["table", "record", "lost"])
def test_a_damaged_part_is_simulated_again(tmp_path: Path, damage: str, counted: Counted, whole_run: Any) -> None:
    expected = whole_run(10)
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
    into(tmp_path, notify=told.append)
    assert counted.simulated == [0, 1, 2, 3, 8, 9]
    assert told[1].startswith(f"{victim}: ")
    assert told[1].endswith("; it is simulated again")
    assert tables_in(tmp_path) == expected


@pytest.mark.parametrize("ends_at", [pytest.param(at, marks=[pytest.mark.slow] if at not in (0, 3, 9) else []) for at in range(12)])
def test_whenever_a_run_ends_while_it_puts_final_tables_into_place(
    tmp_path: Path, ends_at: int, monkeypatch: pytest.MonkeyPatch, whole_run: Any
) -> None:
    expected = whole_run(10)
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
        into(tmp_path)
    except SystemExit:
        monkeypatch.undo()
        monkeypatch.setattr("rolloutsim.study.store.run_parts._DEPLOYMENTS", SIZE * 5)
        if not (tmp_path / ".commit").exists():
            assert len(Results.load(tmp_path).jobs) == 6
        into(tmp_path)
    assert tables_in(tmp_path) == expected


def test_nothing_but_crashes(tmp_path: Path, counted: Counted, whole_run: Any) -> None:
    expected = whole_run(10)
    counted.stops = dict.fromkeys(range(10), RuntimeError("no luck"))
    with pytest.raises(SimulationError, match="all 10 replicates crashed"):
        into(tmp_path)
    counted.stops.clear()  # what crashed is tried again
    into(tmp_path)
    assert tables_in(tmp_path) == expected


@pytest.mark.slow
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


#: Runs a scenario into a folder, and is killed in a replicate, or on putting the first final table into place.
KILLED = """
import os, signal, sys
from pathlib import Path
from rolloutsim import simulate
from rolloutsim.scenario import parse
from rolloutsim.simulation.replicate import MODEL_VERSION, Replicator
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
simulate(parse(text), out=folder, executor=1)
"""


@pytest.mark.slow
@pytest.mark.parametrize("at", [5, -1, *(pytest.param(at, marks=pytest.mark.slow) for at in (0, 9))])
def test_killed_and_resumed_it_has_the_same_bytes(tmp_path: Path, at: int, whole_run: Any) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path, TEXT, str(at)], check=False, timeout=PATIENCE_S)
    assert killed.returncode == -signal.SIGKILL
    into(tmp_path)
    assert tables_in(tmp_path) == whole_run(10)


def test_a_full_disk_at_the_end_costs_no_work(tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch, whole_run: Any) -> None:
    expected, seen = whole_run(10), simulate(SCENARIO)

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


def test_an_interruption_while_a_part_is_written_doubles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole_run: Any) -> None:
    expected = whole_run(10)
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


def test_a_run_that_ends_while_a_part_is_written_again_has_no_damaged_part(
    tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch, whole_run: Any
) -> None:
    """The second part holds replicates 4 and 5; the run ends when 6 and 7 have joined them in its tables, and not yet in its record."""
    expected = whole_run(10)
    for replicates, step in ((6, "run_store.RunStore.finish"), (10, "run_parts.write_record")):
        with monkeypatch.context() as patched:
            patched.setattr(f"rolloutsim.study.store.{step}", Mock(side_effect=SystemExit))
            with pytest.raises(SystemExit):
                into(tmp_path, replicates=replicates)
    counted.simulated.clear()
    told: list[str] = []
    into(tmp_path, notify=told.append)
    assert [line for line in told if "damaged" in line] == []
    assert counted.simulated == [4, 5, 6, 7, 8, 9]
    assert tables_in(tmp_path) == expected


def test_without_memory_what_is_done_is_written_first(
    tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch, whole_run: Any
) -> None:
    expected = whole_run(10)
    real = RunStore.add

    def add(self: RunStore, batch: Outcomes) -> None:
        if batch.replicates[0] == 6:
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


def test_a_commit_names_no_file_that_a_run_does_not_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    into(tmp_path, replicates=6)
    with monkeypatch.context() as patched:
        patched.setattr(RunStore, "_finish_commit", Mock(side_effect=[None, SystemExit(1)]))
        with pytest.raises(SystemExit):
            into(tmp_path)
    record = json.loads((tmp_path / ".commit").read_text(encoding="utf-8"))
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".notes.txt.new").write_text("other")
    write_record(tmp_path / ".commit", {"new": [*record["new"], "notes.txt"], "stale": ["notes.txt"]})
    with pytest.raises(StoreError, match=r"names 'notes.txt', which is no file of a run"):
        into(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
