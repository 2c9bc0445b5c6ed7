"""A folder of results that loses nothing: every finished task is a Parquet file, and when all are there they become the final tables.

Files are written under another name, synced and renamed, so each is whole or not there. What is damaged or does not belong into the
folder is moved to ``aside/``, and that is said. One process works in a folder at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from rolloutsim.errors import StoreError
from rolloutsim.study.contents import GROUP, Contents
from rolloutsim.study.disk import sync_folder, write_whole
from rolloutsim.study.files import make_folder
from rolloutsim.study.rows import TABLES, flat_schema, unpack

__all__ = ["Store", "reading", "write_table"]

#: Everything that could make other bytes of the same rows is said.
_WRITING: dict[str, Any] = {"compression": "zstd", "version": "2.6", "write_page_checksum": True, "row_group_size": GROUP}


def write_table(table: Any, path: Path) -> None:
    """Write a table as Parquet; the same table gives the same bytes."""
    pq.write_table(table.combine_chunks(), path, **_WRITING)


class Store:
    """A folder of results in which this process works.

    Parameters
    ----------
    folder
        Made if need be.
    tell
        Is told what was set aside.

    Raises
    ------
    StoreError
        If the folder cannot be written to, or another process works there.
    """

    def __init__(self, folder: Path, *, tell: Callable[[str], None]) -> None:
        make_folder(folder, "sweep")
        self.folder, self._tell = folder, tell
        self._lock = _locked(folder)
        try:
            (folder / "parts").mkdir(exist_ok=True)
            self._finish_commit()
            for pattern in (".*.part", "parts/.*.part", ".*.new"):
                for path in folder.glob(pattern):
                    path.unlink()
            self.contents = Contents(folder, self._set_aside)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let others work in the folder."""
        self._lock.truncate(0)
        self._lock.close()

    def _set_aside(self, path: Path, why: str) -> None:
        aside = self.folder / "aside"
        aside.mkdir(exist_ok=True)
        number = sum(other.name.startswith(path.name) for other in aside.iterdir())
        place = aside / (f"{path.name}.{number}" if number else path.name)
        path.rename(place)
        self._tell(f"{path}: {why}; it is set aside as {place}, and what is missing is computed again")

    def expect(self, fingerprints: Iterable[str]) -> None:
        """Set aside what holds rows of other scenarios than these."""
        known = set(fingerprints)
        foreign = [name for name, inside in self.contents.parts.items() if inside - known]
        for name in foreign:
            self._set_aside(self.contents.parts_folder / name, "it holds rows of other scenarios than this study's")
        if foreign:
            self.contents = Contents(self.folder, self._set_aside)

    def add(self, rows: Sequence[Any]) -> None:
        """Keep rows as one part file.

        Raises
        ------
        StoreError
            If it cannot be written; what was there before is there still.
        """
        part = pa.concat_tables(rows)
        if len(part):
            name = _part_name(part)
            write_whole(self.contents.parts_folder / name, partial(write_table, part))
            self.contents.note_part(name, part)

    def compact(self, fingerprints: Iterable[str]) -> None:
        """Turn all rows into final tables, sorted by fingerprint in the order given, seed and replicate; parts are not needed any more.

        Raises
        ------
        StoreError
            If they cannot be written; what was there before is there still.
        """
        order = list(dict.fromkeys(fingerprints))
        study = self._study(order)
        if not self.contents.parts and self.contents.study in (None, study.encode()):
            return
        paths = {name: self._new(name) for name in TABLES}
        try:
            writers = {
                name: pq.ParquetWriter(
                    path,
                    flat_schema(name).with_metadata({"study": study}),
                    **{key: value for key, value in _WRITING.items() if key != "row_group_size"},
                )
                for name, path in paths.items()
            }
            for rows in self.contents.rows(order):
                for name, table in unpack(rows).items():
                    writers[name].write_table(table.combine_chunks().replace_schema_metadata({"study": study}), row_group_size=GROUP)
            for writer in writers.values():
                writer.close()
            for path in paths.values():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        except OSError as error:
            for path in paths.values():
                path.unlink(missing_ok=True)
            raise StoreError(f"{self.folder}: the final tables cannot be written ({error.strerror or error}): make room") from error
        # From here on the new tables are valid, whenever this process ends.
        write_whole(self._commit, lambda path: path.write_text(json.dumps(sorted(self.contents.parts)), encoding="utf-8"))
        self._finish_commit()
        self.contents = Contents(self.folder, self._set_aside)

    def _study(self, order: list[str]) -> str:
        """Return what all final tables of one compaction, and no others, have in common."""
        keys = hashlib.sha256(json.dumps(order).encode())
        for key in self.contents.done():
            keys.update(repr(key).encode() + self.contents.replicates(*key).tobytes())
        return keys.hexdigest()

    @property
    def _commit(self) -> Path:
        return self.folder / ".commit"

    def _new(self, name: str) -> Path:
        return self.folder / f".{name}.parquet.new"

    def _finish_commit(self) -> None:
        """Put new final tables into place, if there are, and remove the parts that went into them."""
        if not self._commit.exists():
            return
        for name in TABLES:
            if self._new(name).exists():
                self._new(name).replace(self.folder / f"{name}.parquet")
        sync_folder(self.folder)
        for part in json.loads(self._commit.read_text(encoding="utf-8")):
            (self.folder / "parts" / part).unlink(missing_ok=True)
        self._commit.unlink()


def _part_name(rows: Any) -> str:
    """Return a name that tells the keys of rows."""
    keys = list(zip(rows["fingerprint"].to_pylist(), rows["seed"].to_pylist(), rows["replicate"].to_pylist(), strict=True))
    fingerprint, seed = keys[0][:2]
    of_first = [replicate for name, number, replicate in keys if (name, number) == (fingerprint, seed)]
    others = len(keys) - len(of_first)
    more = f"-and-{others}-more-{hashlib.sha256(repr(keys).encode()).hexdigest()[:12]}" if others else ""
    return f"{fingerprint[:16]}-{seed}-{min(of_first)}-{max(of_first)}{more}-v{rows['model_version'][0]}.parquet"


def _locked(folder: Path) -> IO[str]:
    """Return the open lock file of a folder.

    Raises
    ------
    StoreError
        If another process has it.
    """
    lock = (folder / ".lock").open("a+", encoding="utf-8")
    _take(lock, folder, alone=True)
    lock.truncate(0)
    lock.write(f"process {os.getpid()} on {platform.node()}")
    lock.flush()
    return lock


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Keep others from working in a folder while it is read.

    Raises
    ------
    StoreError
        If somebody works there.
    """
    try:
        lock = (folder / ".lock").open(encoding="utf-8")
    except OSError:  # nobody ever worked in this copy
        yield
        return
    _take(lock, folder, alone=False)
    with lock:
        yield


def _take(lock: IO[str], folder: Path, *, alone: bool) -> None:
    import fcntl

    try:
        fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        raise StoreError(f"{folder}: {holder} is working there: wait until it is done, or choose another folder") from None
