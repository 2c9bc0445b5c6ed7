"""Results on disk: what is written can be read, and nothing is ever half there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rolloutsim import Results, StoreError, simulate
from rolloutsim.scenario import parse
from rolloutsim.simulation.tables import DETAILS, SCHEMA, validate
from rolloutsim.study.disk import write_whole
from rolloutsim.study.files import make_folder, read_folder
from rolloutsim.study.store import Store

TEXT = "{scenario: small, fleet: [{cohort: dock, robots: 5}], application: {bundle: 1 MB}, seed: 9, replicates: 3}"


@pytest.fixture(scope="module")
def results() -> Results:
    return simulate(parse(TEXT))


def test_round_trip(results: Results, tmp_path: Path) -> None:
    written = results.save(tmp_path / "a" / "b", csv=True)
    names = {f"{table}.{kind}" for table in SCHEMA for kind in ("parquet", "csv")} | {"summary.json", "manifest.json"}
    assert {path.name for path in written} == names == {path.name for path in (tmp_path / "a" / "b").iterdir()}
    again = Results.load(tmp_path / "a" / "b")
    for name in SCHEMA:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(results, name))
    assert again.manifest == results.manifest
    assert repr(again) == repr(results) == "<Results of small: 3 replicates, seed 9>"
    assert json.loads((tmp_path / "a" / "b" / "summary.json").read_text())["replicates"] == 3


def test_round_trip_without_robots(results: Results, tmp_path: Path) -> None:
    reduced = simulate(parse(TEXT), tables="jobs")
    reduced.save(tmp_path, csv=True)
    again = Results.load(tmp_path)
    for name in SCHEMA:
        validate(name, getattr(again, name))
        if name in DETAILS:
            assert len(getattr(again, name)) == 0
        else:
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
    with pytest.raises(StoreError, match=r"taken: cannot be used as a folder for results \(.*\): choose another one"):
        results.save(tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"


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
    monkeypatch.setattr("rolloutsim.study.files._json", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StoreError):
        results.save(tmp_path)
    monkeypatch.undo()
    with pytest.raises(StoreError, match="holds no complete results"):
        Results.load(tmp_path)


@pytest.mark.parametrize("damage", ["missing", "torn", "foreign"])
def test_damaged_folders_are_told(results: Results, tmp_path: Path, damage: str) -> None:
    results.save(tmp_path)
    path = tmp_path / "jobs.parquet"
    if damage == "missing":
        path.unlink()
    elif damage == "torn":
        path.write_bytes(path.read_bytes()[:100])
    else:
        results.jobs.drop(columns="status").to_parquet(path)
    said = "was written by another version of rolloutsim" if damage == "foreign" else "holds no complete results"
    with pytest.raises(StoreError, match=said):
        Results.load(tmp_path)


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
    with pytest.raises(StoreError, match="rolloutsim run"), Store(tmp_path, tell=print):
        pass
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda said: {}, "manifest.json lacks model_version, name, seed, replicates, interrupted, crashes, stages, scenario"),
        (lambda said: [], "manifest.json lacks everything"),
        (lambda said: {key: value for key, value in said.items() if key != "name"}, "manifest.json lacks name"),
        (lambda said: said | {"replicates": 4}, "jobs.parquet has 3 replicates, and there were 4"),
        (lambda said: said | {"replicates": 2, "interrupted": True}, "jobs.parquet has 3 replicates, and there were 2"),
        (lambda said: said | {"replicates": None}, "holds no complete results"),
    ],
)
def test_a_manifest_that_says_too_little_or_something_else(results: Results, tmp_path: Path, damage: Any, said: str) -> None:
    results.save(tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(damage(json.loads(manifest.read_text()))))
    with pytest.raises(StoreError, match=said) as caught:
        Results.load(tmp_path)
    assert "run the scenario again with --out" in str(caught.value)


def test_fewer_replicates_than_wanted_are_complete_if_they_crashed_or_were_interrupted(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path)
    manifest = tmp_path / "manifest.json"
    said = json.loads(manifest.read_text())
    for changes in ({"replicates": 4, "crashes": [{}]}, {"replicates": 9, "interrupted": True}):
        manifest.write_text(json.dumps(said | changes))
        assert read_folder(tmp_path)[1] == said | changes
