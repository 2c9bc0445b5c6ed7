"""A folder of results: what is in it, whatever happened to it, and what does not belong there."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from shutil import copytree
from typing import Any

import pyarrow.parquet as pq
import pytest

from rolloutsim.errors import StoreError
from rolloutsim.scenario import Scenario, parse
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.store import parquet, store
from rolloutsim.study.store import store_reader as contents
from rolloutsim.study.store.control_files import write_record
from rolloutsim.study.store.definition import read_definition
from rolloutsim.study.store.disk import cannot_write
from rolloutsim.study.store.store import Store
from rolloutsim.study.study import Study
from rolloutsim.study.sweep import plan_sweep, run_sweep
from tests.study.test_sweep import CONCURRENCY, LEVERS, TEXT, finals, work
from tests.study.worlds import crash_at


class Killed(BaseException):
    """Stands for the end of the process."""


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(path): (path.stat().st_ino, path.read_bytes()) for path in folder.rglob("*.parquet")}


def begin(scenario: Scenario, folder: Path, tasks: int = 3) -> list[Path]:
    """Begin a study, interrupt it, and return its parts."""
    steps = run_sweep(plan_sweep(scenario, levers=LEVERS, out=folder), folder, executor=1)
    for _ in range(tasks):
        next(steps)
    steps.close()
    parts = sorted((folder / "parts").iterdir())
    assert len(parts) == tasks
    return parts


# --- going on ---------------------------------------------------------------------------------------------------------------------


def test_a_complete_study_is_left_alone(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work(scenario, tmp_path)
    jobs = {name: kept for name, kept in state(tmp_path).items() if not name.endswith("points.parquet")}

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was simulated")

    monkeypatch.setattr("rolloutsim.study.context.run_chunk", refuse)
    assert work(scenario, tmp_path) == (0, [])
    assert {name: kept for name, kept in state(tmp_path).items() if not name.endswith("points.parquet")} == jobs
    assert not list((tmp_path / "parts").iterdir())
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 1


def test_the_bytes_do_not_depend_on_the_order_in_which_points_were_asked_for(
    scenario: Scenario, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    work(scenario, tmp_path, levers={CONCURRENCY: [50, 10, 25]})
    assert finals(tmp_path) != whole
    assert work(scenario, tmp_path)[0] == 0
    assert finals(tmp_path) == whole


@pytest.mark.parametrize("target_s", [0.01, 1000.0])
def test_the_bytes_do_not_depend_on_tasks(
    scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, target_s: float
) -> None:
    monkeypatch.setattr("rolloutsim.study.execution.tasks.TARGET_S", target_s)
    work(scenario, tmp_path)
    assert finals(tmp_path) == whole


def test_rows_are_the_same_in_groups_of_any_size(
    scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a study of millions of rows: tables of many row groups are added to, and read in pieces."""
    for module in (contents, store, parquet):
        monkeypatch.setattr(module, "GROUP", 7)
    work(scenario, tmp_path / "pieces", levers={CONCURRENCY: [25, 50]}, replicates=15)
    work(scenario, tmp_path / "pieces")
    assert pq.ParquetFile(tmp_path / "pieces" / "jobs.parquet").num_row_groups > 6
    (tmp_path / "at once").mkdir()
    for name, table in finals(tmp_path / "pieces").items():
        (tmp_path / "at once" / f"{name}.parquet").write_bytes(whole[name])
        assert pq.read_table(tmp_path / "at once" / f"{name}.parquet").equals(pq.read_table(tmp_path / "pieces" / f"{name}.parquet")), table


def test_a_crash_is_kept_and_tried_again(
    scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        crash_at(patch, 3, 11)
        work(scenario, tmp_path)
    study = Study(tmp_path)
    assert len(study.jobs) == 54
    assert study.crashes.groupby(CONCURRENCY)["replicate"].apply(list).tolist() == [[3, 11]] * 3
    assert set(study.crashes["message"]) == {"no luck"}
    assert work(scenario, tmp_path)[0] == 6
    assert len(Study(tmp_path).crashes) == 0
    assert finals(tmp_path) == whole


def test_a_crash_of_an_interrupted_study_is_tried_again(
    scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        crash_at(patch, 0, 1, 2)
        begin(scenario, tmp_path)
    kept = len(Study(tmp_path).jobs)
    assert len(Study(tmp_path).crashes) >= 3
    assert work(scenario, tmp_path)[0] == 60 - kept
    assert finals(tmp_path) == whole


def test_nothing_but_crashes(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        crash_at(patch)
        assert work(scenario, tmp_path)[0] == 0
        assert (len(Study(tmp_path).jobs), len(Study(tmp_path).crashes)) == (0, 60)
        assert work(scenario, tmp_path)[0] == 0
        assert len(Study(tmp_path).crashes) == 60, "the same crash is not kept twice"
    assert work(scenario, tmp_path)[0] == 60
    assert finals(tmp_path) == whole


# --- interrupted ------------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_killed_at_every_step_of_turning_parts_into_tables(
    scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over tables that are there already: at every instant either those and the parts count, or the new ones."""
    work(scenario, tmp_path / "ready", replicates=12)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "compact", lambda *_: None)
        work(scenario, tmp_path / "ready")
    fingerprints = Study(tmp_path / "ready").points["fingerprint"].tolist()
    steps = 0
    while True:
        folder = tmp_path / str(steps)
        copytree(tmp_path / "ready", folder)
        with monkeypatch.context() as patch, Store(folder, notify=print) as killed:
            left = iter([False] * steps + [True])
            for name in ("replace", "unlink"):
                patch.setattr(Path, name, dying(getattr(Path, name), left))
            try:
                killed.compact(fingerprints)
            except Killed:
                steps += 1
            else:
                break
        with Store(folder, notify=pytest.fail) as again:
            assert not any(again.contents.missing(fingerprint, 3, range(20)) for fingerprint in fingerprints)
            again.compact(fingerprints)
        assert finals(folder) == whole
        assert [path.name for path in folder.rglob(".*")] == [".lock"]
        assert not list((folder / "parts").iterdir())
    assert steps >= 15, "six files are written and renamed, four tables put into place, and at least one part and other files removed"


def dying(real: Callable[..., Any], turns: Iterator[bool]) -> Callable[..., Any]:
    def call(*arguments: Any, **more: Any) -> Any:
        if next(turns, False):
            raise Killed
        return real(*arguments, **more)

    return call


def test_what_a_killed_process_left_is_removed(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes]) -> None:
    part = begin(scenario, tmp_path)[0]
    left = [
        part.with_name(f".{part.name}.99.part"),
        tmp_path / ".points.parquet.99.part",
        tmp_path / ".jobs.parquet.new",
        tmp_path / ".points.0.new",
    ]
    for path in left:
        path.write_bytes(b"PAR1")
    assert work(scenario, tmp_path)[1] == [], "it was never a part, so there is nothing to tell"
    assert not any(path.exists() for path in left)
    assert finals(tmp_path) == whole


# --- other studies ----------------------------------------------------------------------------------------------------------------


def test_a_folder_of_another_study_is_refused(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes]) -> None:
    work(scenario, tmp_path)
    for other, how, said in (
        (scenario.replace("application.bundle", "1 MB"), {}, "application.bundle.X86_64 is 1000000 B, not 100000000 B, .*"),
        (scenario, {"levers": {"rules.dispatch": ["window", "batch"]}}, f"what is varied is rules.dispatch, not {CONCURRENCY}"),
        (scenario, {"seed": 4}, "the seed is 4, not 3"),
        (parse(TEXT.replace("small", "tiny")), {}, "the scenario is tiny, not small"),
    ):
        with pytest.raises(StoreError, match=f"this folder holds another study: {said}: choose another folder"):
            work(other, tmp_path, **how)
    assert finals(tmp_path) == whole


def test_a_definition_of_another_version_or_none(scenario: Scenario, tmp_path: Path) -> None:
    assert read_definition(tmp_path) is None
    with pytest.raises(StoreError, match="there is no study: rolloutsim sweep --out"):
        Study(tmp_path)
    begin(scenario, tmp_path)
    file = tmp_path / "study.json"
    record = json.loads(file.read_text())
    del record["digest"]
    write_record(file, record | {"model_version": MODEL_VERSION + 1})
    with pytest.raises(StoreError, match="results of different versions do not mix, choose another folder"):
        work(scenario, tmp_path)


@pytest.mark.parametrize(
    ("log", "command"),
    [
        (
            '{"command": ["rolloutsim", "sweep", "old.yaml"]}\n{"command": ["/bin/rolloutsim", "sweep", "a.yaml", "--out", "s"]}\n',
            "sweep a.yaml --out s",
        ),
        ('{"command": ["notebook"]}', "sweep SCENARIO --out FOLDER"),
        ("[]", "sweep SCENARIO --out FOLDER"),
        ("{", "sweep SCENARIO --out FOLDER"),
        ("", "sweep SCENARIO --out FOLDER"),
    ],
)
def test_a_study_of_an_older_schema_is_refused_with_the_command_that_makes_it_again(tmp_path: Path, log: str, command: str) -> None:
    (tmp_path / "study.json").write_text('{"schema_version": 3, "model_version": 1}')
    (tmp_path / "points.parquet").touch()
    (tmp_path / "log.jsonl").write_text(log)
    said = "study.json: it is of schema version 3, and this rolloutsim reads version 5: move the folder away and make it again: rolloutsim "
    with pytest.raises(StoreError, match=re.escape(said + command.replace("FOLDER", str(tmp_path)))):
        Study(tmp_path)


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("study.json", b"{", "study.json: it is damaged (Expecting property name"),
        ("study.json", b"{}", "study.json: it is damaged, or was changed"),
        ("study.json", b"[]", "study.json: it is damaged (it is no JSON object)"),
        ("points.parquet", b"PAR1", "points.parquet: it is damaged, or was changed"),
    ],
)
def test_a_damaged_definition_is_made_again(
    scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], name: str, damage: bytes, said: str
) -> None:
    work(scenario, tmp_path)
    (tmp_path / name).write_bytes(damage)
    for attempt in (lambda: Study(tmp_path), lambda: work(scenario, tmp_path)):
        with pytest.raises(StoreError, match=re.escape(said)) as caught:
            attempt()
        assert "move it away, and the command that made the study makes it again; results are kept" in str(caught.value)
    (tmp_path / name).unlink()
    assert work(scenario, tmp_path) == (0, [])
    assert finals(tmp_path) == whole
    assert len(Study(tmp_path).jobs) == 60


def test_killed_at_every_step_of_writing_a_definition(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every instant the old points count or the new ones; and the next process is killed at every step, too."""
    small, large = (plan_sweep(scenario, levers={CONCURRENCY: values}).definition for values in ([10], [10, 25]))
    ready = [tmp_path / "ready"]
    ready[0].mkdir()
    small.write(ready[0])
    folders = 0
    for definition in (large, small):
        left_behind = []
        for start in ready:
            for steps in count():
                folder = tmp_path / str(folders)
                folders += 1
                copytree(start, folder)
                with monkeypatch.context() as patch:
                    left = iter([False] * steps + [True])
                    for name in ("replace", "unlink"):
                        patch.setattr(Path, name, dying(getattr(Path, name), left))
                    try:
                        definition.write(folder)
                    except Killed:
                        left_behind.append(folder)
                    else:
                        break
                assert len(read_definition(folder).points) in (1, 2)  # type: ignore[union-attr]
        ready = left_behind
    assert folders > 30
    large.write(folder)
    assert len(read_definition(folder).points) == 2  # type: ignore[union-attr]
    assert sorted(path.name for path in folder.iterdir() if not path.name.endswith(".part")) == ["points.parquet", "study.json"]


@pytest.mark.parametrize("name", ["../../victim", "/etc/victim", "x.parquet", "", 5])
def test_a_commit_record_reaches_no_other_file(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], name: object) -> None:
    folder = tmp_path / "a" / "study"
    begin(scenario, folder)
    victim = tmp_path / "a" / "victim"
    victim.write_text("precious")
    own = folder / "parts" / "x.parquet"
    own.write_text("mine")
    write_record(folder / ".commit", {"files": {}, "study": "", "parts": [name]})
    with pytest.raises(StoreError, match=r"\.commit: a process was stopped while it put final tables into place"):
        Study(folder).jobs  # noqa: B018
    told = work(scenario, folder)[1]
    assert told[0].startswith(f"{folder}/.commit: it names {name!r}, which is no part of a study; it is set aside as ")
    assert victim.read_text() == "precious"
    assert (folder / "aside" / "x.parquet").read_text() == "mine"
    assert finals(folder) == whole


def test_a_log_that_cannot_be_written_is_reported(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes]) -> None:
    (tmp_path / "log.jsonl").mkdir()
    assert work(scenario, tmp_path) == (60, [f"{tmp_path}/log.jsonl: cannot be written (Is a directory), which costs no results"])
    assert finals(tmp_path) == whole


def test_the_log_holds_interrupted_work_too(scenario: Scenario, tmp_path: Path) -> None:
    begin(scenario, tmp_path)
    kept = Study(tmp_path).done
    work(scenario, tmp_path)
    told = [json.loads(line)["replicates"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert told == [kept, 60 - kept]


# --- a disk that takes nothing ----------------------------------------------------------------------------------------------------


def test_a_folder_that_is_only_read(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    work(scenario, tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for name in ("touch", "mkdir", "write_text", "replace", "rename"):  # permissions do not stop root
        monkeypatch.setattr(Path, name, refuse)
    with pytest.raises(StoreError, match=r"cannot be used as a folder for results \(Read-only file system\): choose another place"):
        work(scenario, tmp_path)
    assert len(Study(tmp_path).jobs) == 60, "to read needs nothing else"
    assert finals(tmp_path) == whole


@pytest.mark.parametrize("at", ["a part", "tables"])
def test_a_full_disk_loses_nothing(
    scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    work(scenario, tmp_path, replicates=5)

    def full(*_: object, **__: object) -> None:
        raise cannot_write(tmp_path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    with monkeypatch.context() as patch:
        patch.setattr(
            "rolloutsim.study.store.store.write_whole" if at == "a part" else "rolloutsim.study.store.store.ParquetWriter.write", full
        )
        with pytest.raises(StoreError, match=r"cannot be written \(No space left on device\)"):
            work(scenario, tmp_path)
    assert not [path for path in tmp_path.rglob(".*") if path.name != ".lock"]
    assert len(Study(tmp_path).jobs) == (15 if at == "a part" else 60)
    assert work(scenario, tmp_path)[0] == (45 if at == "a part" else 0)
    assert finals(tmp_path) == whole
