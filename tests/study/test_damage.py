"""Files of a study that were damaged, or come from elsewhere: reported, set aside, and computed again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from rolloutsim.errors import StoreError
from rolloutsim.scenario import Scenario
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.store import store_reader as contents
from rolloutsim.study.store.control_files import write_record
from rolloutsim.study.store.parquet import parquet_bytes, write_parquet
from rolloutsim.study.store.store import Store
from rolloutsim.study.study import Study
from tests.study.test_store import begin
from tests.study.test_sweep import finals, work


def other_version(rows: Any) -> Any:
    place = rows.column_names.index("model_version")
    return rows.set_column(place, rows.schema.field(place), [[MODEL_VERSION + 1] * len(rows)])


def rewrite(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    """Write a final table as another program could, with a commit record that holds its digest."""
    path, commit = folder / f"{name}.parquet", folder / "commit.json"
    record = json.loads(commit.read_text())
    del record["digest"]
    record["files"][path.name] = write_parquet(path, change(pq.read_table(path)))
    write_record(commit, record)


@pytest.mark.parametrize(
    ("damage", "name", "said"),
    [
        pytest.param("missing", "crashes", "it is missing", marks=pytest.mark.slow),
        ("missing", "commit", "it is missing"),
        ("cut", "failure_codes", "it is damaged, or was changed"),
        pytest.param("cut", "commit", "it is damaged", marks=pytest.mark.slow),
        ("other columns", "cohorts", "it has other columns"),
        ("of another study", "jobs", "it is damaged, or was changed"),
        ("of another version", "jobs", f"it was made by model version {MODEL_VERSION + 1}"),
    ],
)
def test_damaged_tables_are_set_aside_together(
    scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], damage: str, name: str, said: str
) -> None:
    folder = tmp_path / "study"
    work(scenario, folder)
    path = folder / ("commit.json" if name == "commit" else f"{name}.parquet")
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-20])
    elif damage == "other columns":
        rewrite(folder, name, lambda table: table.drop_columns([table.column_names[-1]]))
    elif damage == "of another version":
        rewrite(folder, name, other_version)
    else:
        work(scenario, tmp_path / "other", replicates=5)
        path.write_bytes((tmp_path / "other" / path.name).read_bytes())
    with pytest.raises(StoreError, match="run the sweep again, which sets it aside"):
        Study(folder).jobs  # noqa: B018
    done, told = work(scenario, folder)
    assert done == 60
    assert len(told) == len(list((folder / "aside").iterdir())) == (4 if damage == "missing" else 5)
    if damage != "missing":
        assert told[0].startswith(f"{path}: {said}")
    others = [line for line in told if f"{path}: it" not in line]
    assert len(others) == 4
    assert all(f"it is of no use without {path.name}" in line for line in others)
    assert finals(folder) == whole


def test_one_wrong_bit_is_seen(scenario: Scenario, tmp_path: Path) -> None:
    """Also where it could be decompressed to other numbers."""
    work(scenario, tmp_path, replicates=12)
    path = tmp_path / "jobs.parquet"
    good = path.read_bytes()
    about = pq.ParquetFile(path).metadata
    chunk = about.row_group(0).column(about.schema.names.index("replicate"))
    end = (chunk.dictionary_page_offset or chunk.data_page_offset) + chunk.total_compressed_size
    for place in range(end - 12, end):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        refused: dict[str, str] = {}
        contents.Contents(tmp_path, lambda path, why, refused=refused: refused.update({path.stem: why}))
        assert len(refused) == 5, place
        assert "it is damaged" in refused["jobs"]


def test_what_is_set_aside_does_not_replace_what_was_set_aside_before(scenario: Scenario, tmp_path: Path) -> None:
    name = begin(scenario, tmp_path)[0].name
    for text in ("one", "two", "three"):
        (tmp_path / "parts" / name).write_text(text)
        with Store(tmp_path, notify=lambda _: None):
            pass
    assert sorted(path.read_text() for path in (tmp_path / "aside").iterdir()) == ["one", "three", "two"]


def test_a_part_of_another_scenario_is_set_aside(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes]) -> None:
    begin(scenario, tmp_path / "mine")
    foreign = begin(scenario.replace("application.bundle", "1 MB"), tmp_path / "other")[0]
    foreign.rename(tmp_path / "mine" / "parts" / foreign.name)
    (line,) = work(scenario, tmp_path / "mine")[1]
    assert "it holds rows of other scenarios than this study's" in line
    assert [path.name for path in (tmp_path / "mine" / "aside").iterdir()] == [foreign.name]
    assert finals(tmp_path / "mine") == whole


def test_a_part_of_another_model_version_is_set_aside(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes]) -> None:
    part = begin(scenario, tmp_path)[0]
    data = parquet_bytes(other_version(pq.read_table(part)))
    part.unlink()
    part.with_name(re.sub(r"[0-9a-f]{64}", hashlib.sha256(data).hexdigest(), part.name)).write_bytes(data)
    (line,) = work(scenario, tmp_path)[1]
    assert f"it was made by model version {MODEL_VERSION + 1}, and this is version {MODEL_VERSION}" in line
    assert finals(tmp_path) == whole
