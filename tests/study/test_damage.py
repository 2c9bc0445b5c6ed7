"""Files of a study that were damaged, or come from elsewhere: told, set aside, and computed again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from rolloutsim.errors import StoreError
from rolloutsim.scenario import Scenario
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study import contents
from rolloutsim.study.store import Store
from rolloutsim.study.study import Study
from tests.study.test_store import begin
from tests.study.test_sweep import finals, work


def other_version(rows: Any) -> Any:
    place = rows.column_names.index("model_version")
    return rows.set_column(place, rows.schema.field(place), [[MODEL_VERSION + 1] * len(rows)])


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        ("missing", "crashes"),
        ("cut", "failure_codes"),
        ("flipped keys", "jobs"),
        ("other columns", "cohorts"),
        ("of another study", "jobs"),
        ("of another version", "jobs"),
    ],
)
def test_damaged_tables_are_set_aside_together(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], damage: str, name: str) -> None:
    work(scenario, tmp_path)
    path = tmp_path / f"{name}.parquet"
    good = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(good[:-20])
    elif damage == "flipped keys":
        flip(path, "replicate")
    elif damage == "other columns":
        table = pq.read_table(path)
        pq.write_table(table.drop_columns([table.column_names[-1]]), path)
    else:
        table, study = pq.read_table(path), {"study": "another"}
        if damage == "of another version":
            table, study = other_version(table), table.schema.metadata
        pq.write_table(table.replace_schema_metadata(study), path)
    with pytest.raises(StoreError, match="run the sweep again, which sets it aside"):
        Study(tmp_path).jobs  # noqa: B018
    done, told = work(scenario, tmp_path)
    assert done == 60
    assert len(told) == len(list((tmp_path / "aside").iterdir())) == (3 if damage == "missing" else 4)
    if damage == "of another study":
        assert all("the final tables are of several studies" in line for line in told)
    else:
        others = [line for line in told if f"{name}.parquet: it" not in line]
        assert len(others) == 3
        assert all(f"it is of no use without {name}.parquet" in line for line in others)
    assert finals(tmp_path) == whole


def flip(path: Path, column: str, back: int = 4) -> None:
    """Change one byte of a column, so far from its end."""
    about = pq.ParquetFile(path).metadata
    chunk = about.row_group(0).column(about.schema.names.index(column))
    place = (chunk.dictionary_page_offset or chunk.data_page_offset) + chunk.total_compressed_size - back
    good = path.read_bytes()
    path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])


def test_one_wrong_bit_is_seen(scenario: Scenario, tmp_path: Path) -> None:
    """Also where it could be decompressed to other numbers."""
    work(scenario, tmp_path, replicates=12)
    path = tmp_path / "jobs.parquet"
    good = path.read_bytes()
    for back in range(1, 12):
        flip(path, "replicate", back)
        refused: dict[str, str] = {}
        contents.Contents(tmp_path, lambda path, why, refused=refused: refused.update({path.stem: why}))
        assert len(refused) == 4, back
        assert "it is damaged" in refused["jobs"]
        path.write_bytes(good)


def test_damage_that_is_seen_late_is_told(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes]) -> None:
    """Only the keys of tables are read to see what is missing."""
    work(scenario, tmp_path, replicates=5)
    flip(tmp_path / "jobs.parquet", "time_to_complete_s")
    said = r"jobs.parquet: it is damaged.*: move it away and run the sweep again"
    with pytest.raises(StoreError, match=said):
        Study(tmp_path).jobs  # noqa: B018
    with pytest.raises(StoreError, match=said):
        work(scenario, tmp_path)
    (tmp_path / "jobs.parquet").unlink()
    assert work(scenario, tmp_path)[0] == 15, "what was computed since is kept"
    assert finals(tmp_path) == whole


def test_what_is_set_aside_does_not_replace_what_was_set_aside_before(scenario: Scenario, tmp_path: Path) -> None:
    name = begin(scenario, tmp_path)[0].name
    for text in ("one", "two", "three"):
        (tmp_path / "parts" / name).write_text(text)
        with Store(tmp_path, tell=lambda _: None):
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
    pq.write_table(other_version(pq.read_table(part)), part)
    (line,) = work(scenario, tmp_path)[1]
    assert f"it was made by model version {MODEL_VERSION + 1}, and this is version {MODEL_VERSION}" in line
    assert finals(tmp_path) == whole
