"""Results on disk: what is written can be read, and nothing is ever half there."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from rolloutsim import Results, StoreError, simulate
from rolloutsim.scenario import parse
from rolloutsim.simulation.records.data_frames import validate
from rolloutsim.simulation.records.tables import DETAILS, KEPT
from rolloutsim.study.store.csv_tables import write_csv
from rolloutsim.study.store.disk import write_whole
from rolloutsim.study.store.files import load_tables, make_folder, write_results
from rolloutsim.study.store.parquet import write_parquet
from rolloutsim.study.store.store import Store

TEXT = "{scenario: small, fleet: [{cohort: dock, robots: 5}], application: {bundle: 1 MB}, seed: 9, replicates: 3}"


@pytest.fixture(scope="module")
def results() -> Results:
    return simulate(parse(TEXT))


def tables_of(results: Results) -> dict[str, Any]:
    """Return the tables that there are."""
    return {name: table for name, table in results.tables._asdict().items() if table is not None}


WRITERS: dict[str, Callable[[Path], object]] = {
    "any file": lambda path: write_whole(path, lambda temporary: temporary.write_bytes(b"whole")),
    "a table": lambda path: write_parquet(path, pa.table({"replicate": [0, 1]})),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_file_is_on_the_disk_before_it_has_its_name(
    write: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a machine that loses power may have a file of the right name without its content."""
    done: list[object] = []
    rename = Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: done.append(os.fstat(descriptor).st_ino))
    monkeypatch.setattr(Path, "replace", lambda source, target: (done.append("named"), rename(source, target))[1])
    write(tmp_path / "file")
    assert done == [(tmp_path / "file").stat().st_ino, "named", tmp_path.stat().st_ino]


def test_round_trip(results: Results, tmp_path: Path) -> None:
    written = results.save(tmp_path / "a" / "b", csv=True)
    names = {f"{table}.{kind}" for table in KEPT["all"] for kind in ("parquet", "csv")} | {"summary.json", "manifest.json"}
    assert {path.name for path in written} == names == {path.name for path in (tmp_path / "a" / "b").iterdir()}
    again = Results.load(tmp_path / "a" / "b")
    for name in KEPT["all"]:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(results, name))
    assert again.manifest == results.manifest
    assert repr(again) == repr(results) == "<Results of small: 3 replicates, seed 9>"
    assert json.loads((tmp_path / "a" / "b" / "summary.json").read_text())["replicates"] == 3


def test_round_trip_without_robots(results: Results, tmp_path: Path) -> None:
    reduced = simulate(parse(TEXT), keep="jobs")
    reduced.save(tmp_path, csv=True)
    again = Results.load(tmp_path)
    for name in KEPT["all"]:
        if name in DETAILS:
            assert getattr(again.tables, name) is None
        else:
            validate(name, getattr(again, name))
            pd.testing.assert_frame_equal(getattr(again, name), getattr(results, name))
    assert again.summary() == reduced.summary()


def test_saving_again_replaces(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path)
    before = (tmp_path / "jobs.parquet").read_bytes()
    results.save(tmp_path)
    assert (tmp_path / "jobs.parquet").read_bytes() == before


def test_same_run_same_bytes(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path / "a")
    simulate(parse(TEXT)).save(tmp_path / "b")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_a_file_in_the_way(results: Results, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(StoreError, match=r"taken: cannot be used as a folder for results \(.*\): choose another place"):
        results.save(tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_name_that_is_too_long(results: Results, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be used as a folder for results \(File name too long\): write a shorter name"):
        results.save(tmp_path / ("a" * 300))
    with pytest.raises(StoreError, match=rf"^{tmp_path}/a+: cannot be written \(File name too long\): write a shorter name"):
        write_whole(tmp_path / ("a" * 250), Path.touch)


def test_a_failing_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "jobs.parquet"
    path.write_text("old")

    def full(target: Path) -> None:
        target.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match=r"jobs.parquet: cannot be written \(No space left on device\)"):
        write_whole(path, full)
    assert [p.name for p in tmp_path.iterdir()] == ["jobs.parquet"]
    assert path.read_text() == "old"


def test_an_interrupted_save_is_not_taken_for_results(results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results.save(tmp_path)

    def full(*_: object) -> None:
        raise StoreError("no space")

    monkeypatch.setattr("rolloutsim.study.store.files.write_record", full)
    with pytest.raises(StoreError):
        results.save(tmp_path)
    monkeypatch.undo()
    with pytest.raises(StoreError, match="holds no complete results"):
        Results.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("jobs.parquet", Path.unlink, "it is missing"),
        ("jobs.parquet", lambda path: path.write_bytes(path.read_bytes()[:100]), "it is damaged, or was changed"),
        ("robots.parquet", lambda path: pd.DataFrame({"replicate": [0]}).to_parquet(path), "it is damaged, or was changed"),
        ("summary.json", Path.unlink, "it is missing"),
        ("summary.json", lambda path: path.write_bytes(path.read_bytes().replace(b"small", b"large")), "it is damaged, or was changed"),
        ("manifest.json", lambda path: path.write_bytes(path.read_bytes().replace(b"small", b"large")), "it is damaged, or was changed"),
        ("manifest.json", lambda path: path.write_text("{}"), "it is damaged, or was changed"),
    ],
)
def test_damaged_folders_are_refused(results: Results, tmp_path: Path, name: str, damage: Any, said: str) -> None:
    results.save(tmp_path)
    damage(tmp_path / name)
    with pytest.raises(StoreError) as caught:
        _ = Results.load(tmp_path).tables.read_all()  # type: ignore[union-attr]
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / name}: {said}")
    assert message.endswith(f"run the scenario again with --out {tmp_path} --overwrite")


def test_a_table_of_another_version_is_refused(results: Results, tmp_path: Path) -> None:
    tables = tables_of(results) | {"jobs": results.jobs.drop(columns="status")}
    write_results(tmp_path, "run", tables, {}, results.manifest)
    with pytest.raises(StoreError, match=r"jobs\.parquet: was written by another version of rolloutsim \(.*status is missing\): run the"):
        _ = Results.load(tmp_path).tables.read_all()  # type: ignore[union-attr]


def test_a_manifest_without_a_table_is_refused(results: Results, tmp_path: Path) -> None:
    tables = tables_of(results)
    del tables["steps"]
    write_results(tmp_path, "run", tables, {}, results.manifest)
    with pytest.raises(StoreError, match=r"manifest\.json: it does not list steps\.parquet: run the scenario again"):
        Results.load(tmp_path)


def test_results_of_an_older_schema_are_refused_with_the_command_that_makes_them_again(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path)
    path = tmp_path / "manifest.json"
    manifest = {key: value for key, value in json.loads(path.read_text()).items() if key not in ("files", "digest")}
    manifest |= {"schema_version": 3, "command": ["/bin/rolloutsim", "run", "a fleet.yaml", "--out", "out"]}
    path.write_text(json.dumps(manifest))
    said = "it is of schema version 3, and this rolloutsim reads version 5: "
    with pytest.raises(
        StoreError, match=re.escape(said + "move the folder away and make it again: rolloutsim run 'a fleet.yaml' --out out")
    ):
        Results.load(tmp_path)
    path.write_text(json.dumps(manifest | {"command": ["notebook"]}))
    with pytest.raises(StoreError, match=re.escape(said + f"run the scenario again with --out {tmp_path}")):
        Results.load(tmp_path)


def test_tables_of_any_folder(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path / "run")
    tables = load_tables(tmp_path / "run")
    assert list(tables) == list(KEPT["all"])
    pd.testing.assert_frame_equal(tables["jobs"], results.jobs)
    with pytest.raises(StoreError, match="nothing: holds no complete results"):
        load_tables(tmp_path / "nothing")
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "study.json").touch()
    with pytest.raises(StoreError, match=r"study: holds a study: read it with rolloutsim\.Study"):
        load_tables(tmp_path / "study")


def test_text_that_a_spreadsheet_would_execute_gets_an_apostrophe(tmp_path: Path) -> None:
    """In CSV only."""
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "a=1", None]
    frame = pd.DataFrame({"text": texts, "cohort": pd.Categorical(texts), "number": [-1, -2, -3, -4, -5, -6], "yes": [True] * 6})
    write_csv(tmp_path / "a.csv", [frame])
    safe = ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "a=1", ""]
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines == ["text,cohort,number,yes", *(f"{text},{text},{-number},True" for number, text in enumerate(safe, 1))]
    assert frame["text"].tolist()[0] == "=1+1", "the table itself is left alone"


@pytest.mark.parametrize(("sign", "other"), [("study.json", "sweep"), ("plan.json", "plan"), ("sensitivity.json", "sensitivity")])
def test_results_of_another_kind_are_not_overwritten(results: Results, tmp_path: Path, sign: str, other: str) -> None:
    (tmp_path / sign).touch()
    with pytest.raises(StoreError, match=f"holds results of rolloutsim {other}, which those of run would overwrite: choose another folder"):
        results.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [sign]


def test_a_run_is_not_overwritten(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for kind in ("sweep", "plan", "sensitivity"):
        with pytest.raises(StoreError, match=f"holds results of rolloutsim run, which those of {kind} would overwrite"):
            make_folder(tmp_path, kind)
    with pytest.raises(StoreError, match="rolloutsim run"), Store(tmp_path, notify=print):
        pass
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_whose_name_is_not_utf_8(results: Results, tmp_path: Path) -> None:
    folder = tmp_path / "caf\udce9"
    results.save(folder, csv=True)
    results.plot.save(folder)
    assert Results.load(folder).manifest == results.manifest


def test_a_command_that_is_not_utf_8(results: Results, tmp_path: Path) -> None:
    Results(results.tables, results.manifest | {"command": ["rolloutsim", "run", "caf\udce9.yaml"]}).save(tmp_path)
    assert Results.load(tmp_path).manifest["command"][2] == "caf\udce9.yaml"


def test_csv_of_older_results_does_not_stay(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path, csv=True)
    results.save(tmp_path)
    assert not list(tmp_path.glob("*.csv"))
