"""The writer and the reader of Parquet files: whole or not there, the same bytes, and every changed byte is seen."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rolloutsim.errors import StoreError, UnusableFileError
from rolloutsim.study.store import parquet
from rolloutsim.study.store.disk import sync_folder
from rolloutsim.study.store.parquet import ParquetReader, ParquetWriter, arrow_table, file_digest, read_parquet, write_parquet

TABLE = pa.table({"replicate": list(range(100)), "x": [0.1 * i for i in range(100)], "name": ["dock", "yard"] * 50})
#: Larger than what Python buffers of a file.
LARGE = pa.table({"replicate": range(20_000), "x": [random.Random(n).random() for n in range(20_000)], "name": ["dock"] * 20_000})


def test_a_table_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    digest = write_parquet(path, TABLE)
    assert digest == file_digest(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_parquet(path, digest).equals(TABLE)
    assert [p.name for p in tmp_path.iterdir()] == ["a.parquet"]


def test_a_frame_comes_back(tmp_path: Path) -> None:
    frame = pd.DataFrame({"n": [1, 2], "cohort": pd.Categorical(["a", None], categories=["a", "b"]), "x": [0.5, None]}, index=[7, 8])
    digest = write_parquet(tmp_path / "a.parquet", arrow_table(frame))
    pd.testing.assert_frame_equal(read_parquet(tmp_path / "a.parquet", digest).to_pandas(), frame.reset_index(drop=True))


def test_row_groups_are_those_that_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.parquet"
    with ParquetWriter(path, TABLE.schema) as writer:
        for start, stop in ((0, 30), (30, 30), (30, 100)):
            writer.write(TABLE.slice(start, stop - start))
        assert not path.exists(), "half a table has no name"
    assert writer.close() == writer.digest, "closing again changes nothing"
    with ParquetReader(path, writer.digest) as reader:
        assert reader.group_sizes == [30, 70]
        assert reader.schema.equals(TABLE.schema)
        assert reader.read(groups=[1], columns=["x"]).equals(TABLE.select(["x"]).slice(30))
    monkeypatch.setattr(parquet, "GROUP", 40)
    with ParquetReader(path, write_parquet(path, TABLE)) as reader:
        assert reader.group_sizes == [40, 40, 20]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    in_pieces = pa.concat_tables([TABLE.slice(0, 13), TABLE.slice(13)])
    assert write_parquet(tmp_path / "a.parquet", TABLE) == write_parquet(tmp_path / "b.parquet", in_pieces)


def test_a_table_without_rows(tmp_path: Path) -> None:
    digest = write_parquet(tmp_path / "a.parquet", TABLE.schema.empty_table())
    assert read_parquet(tmp_path / "a.parquet", digest).equals(TABLE.schema.empty_table())


def test_every_changed_byte_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    digest = write_parquet(path, TABLE)
    good = path.read_bytes()
    for place in random.Random(1).sample(range(8 * len(good)), 200):
        changed = bytearray(good)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(UnusableFileError, match=r"a\.parquet: it is damaged, or was changed"):
            read_parquet(path, digest)


def test_damage_after_the_digest_was_taken_is_seen_by_the_checksums_of_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with ParquetReader(path, write_parquet(path, LARGE)) as reader:
        good = path.read_bytes()
        column = pq.ParquetFile(path).metadata.row_group(0).column(1)
        place = column.data_page_offset + 10_000
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(UnusableFileError, match=r"a\.parquet: it cannot be read \(.*CRC"):
            reader.read()


def test_a_file_whose_digest_is_not_recorded_is_refused(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", TABLE)
    with pytest.raises(UnusableFileError):
        read_parquet(tmp_path / "a.parquet", "")


def test_what_is_no_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with pytest.raises(UnusableFileError, match=r"a\.parquet: it is missing"):
        read_parquet(path, "0")
    with pytest.raises(UnusableFileError, match=r"a\.parquet: it is missing"):
        file_digest(path)
    path.write_text("text that is long enough for a footer")
    with pytest.raises(UnusableFileError, match=r"a\.parquet: it cannot be read \("):
        read_parquet(path, file_digest(path))
    path.unlink()
    path.mkdir()
    with pytest.raises(UnusableFileError, match=r"a\.parquet: it cannot be read \(Is a directory\)"):
        read_parquet(path, "0")


def no_space(*_: object, **__: object) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("at", ["open", "write", "close", "flush"])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    path = tmp_path / "a.parquet"
    digest = write_parquet(path, TABLE)
    if at == "open":
        monkeypatch.setattr(Path, "open", no_space)
    elif at == "flush":
        monkeypatch.setattr(os, "fsync", no_space)
    else:
        monkeypatch.setattr(Path, "open", lambda path, _: io.BufferedWriter(FullFile(path, "w")))
    with pytest.raises(StoreError, match=r"a\.parquet: cannot be written \(No space left on device\)"):
        write_parquet(path, LARGE if at == "write" else TABLE)
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["a.parquet"]
    assert read_parquet(path, digest).equals(TABLE)


class FullFile(io.FileIO):
    """A file on a disk without room."""

    def write(self, data: Any) -> int:
        return no_space(data)  # type: ignore[no-any-return]


def test_a_block_that_raises_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    digest = write_parquet(path, TABLE)
    with suppress(KeyboardInterrupt), ParquetWriter(path, TABLE.schema) as writer:
        writer.write(TABLE)
        raise KeyboardInterrupt
    assert [p.name for p in tmp_path.iterdir()] == ["a.parquet"]
    assert file_digest(path) == digest


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EBADF])
def test_a_folder_that_cannot_be_flushed_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """As on shares of SMB and VirtualBox."""
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    digest = write_parquet(tmp_path / "a.parquet", TABLE)
    assert file_digest(tmp_path / "a.parquet") == digest


def test_other_errors_of_flushing_a_folder_are_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        sync_folder(tmp_path)
