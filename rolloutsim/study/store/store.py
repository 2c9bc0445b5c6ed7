"""A folder of results that loses nothing: every finished task is a part, and when all are there they become the final tables.

Files are written under another name, flushed and renamed, so each is whole or not there. The name of a part holds its digest; the commit
record ``commit.json`` holds those of the final tables. What is damaged or does not belong in the folder is moved to ``aside/``, and that
is reported. One process works in a folder at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from rolloutsim.errors import UnusableFileError
from rolloutsim.study.store.arrow_rows import together, unpack
from rolloutsim.study.store.control_files import read_record, write_record
from rolloutsim.study.store.disk import move, write_whole
from rolloutsim.study.store.files import make_folder
from rolloutsim.study.store.locks import lock_folder
from rolloutsim.study.store.parquet import GROUP, ParquetWriter, parquet_bytes
from rolloutsim.study.store.row_layout import ALL_TABLES, flat_schema, tables_with
from rolloutsim.study.store.store_reader import COMMIT, PART, PENDING, Contents


class Store:
    """A folder of results in which this process works.

    Parameters
    ----------
    folder
        Made if need be.
    notify
        Called with what was set aside.

    Raises
    ------
    StoreError
        If the folder cannot be written to, or another process works there.
    """

    def __init__(self, folder: Path, *, notify: Callable[[str], None]) -> None:
        make_folder(folder, "sweep")
        self.folder, self._pending, self._notify = folder, folder / PENDING, notify
        self._lock = lock_folder(folder, notify)
        try:
            (folder / "parts").mkdir(exist_ok=True)
            self._finish_commit()
            for path in (*folder.glob(".*.part"), *folder.glob("parts/.*.part"), *map(self._new, ALL_TABLES)):
                path.unlink(missing_ok=True)
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
        if self._lock.writable():
            self._lock.truncate(0)
        self._lock.close()

    def _set_aside(self, path: Path, why: str) -> None:
        aside = self.folder / "aside"
        aside.mkdir(exist_ok=True)
        number = sum(other.name.startswith(path.name) for other in aside.iterdir())
        place = aside / (f"{path.name}.{number}" if number else path.name)
        path.rename(place)
        self._notify(f"{path}: {why}; it is set aside as {place}, and what is missing is computed again")

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
        part = together(rows)
        if len(part):
            data = parquet_bytes(part)
            name = _part_name(part, hashlib.sha256(data).hexdigest())
            write_whole(self.contents.parts_folder / name, lambda path: path.write_bytes(data))
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
        if not self.contents.parts and self.contents.study in (None, study):
            return
        with ExitStack() as stack:
            schemas = {name: flat_schema(name, self.contents.extras) for name in tables_with(self.contents.extras)}
            writers = {name: stack.enter_context(ParquetWriter(self._new(name), schema)) for name, schema in schemas.items()}
            for rows in self.contents.rows(order):
                for name, table in unpack(rows).items():
                    for start in range(0, len(table), GROUP):
                        writers[name].write(table.slice(start, GROUP))
        files = {f"{name}.parquet": writer.digest for name, writer in writers.items()}
        # From here on the new tables are valid, whenever this process ends.
        write_record(self._pending, {"files": files, "study": study, "parts": sorted(self.contents.parts)})
        self._finish_commit()
        self.contents = Contents(self.folder, self._set_aside)

    def _study(self, order: list[str]) -> str:
        """Return what all final tables of one compaction, and no others, have in common."""
        keys = hashlib.sha256(json.dumps(order).encode())
        for key in self.contents.done():
            keys.update(repr(key).encode() + self.contents.replicates(*key).tobytes())
        return keys.hexdigest()

    def _new(self, name: str) -> Path:
        return self.folder / f".{name}.parquet.new"

    def _finish_commit(self) -> None:
        """Put new final tables into place, if there are, and remove the parts that went into them."""
        if not self._pending.exists():
            return
        try:
            record = read_record(self._pending, {"files": dict, "study": str, "parts": list}, "run the sweep again")
            if foreign := [part for part in record["parts"] if not (isinstance(part, str) and PART.fullmatch(part))]:
                raise UnusableFileError(self._pending, f"it names {foreign[0]!r}, which is no part of a study")
        except UnusableFileError as error:
            self._set_aside(self._pending, error.why)
            return
        for name in ALL_TABLES:
            if self._new(name).exists():
                move(self._new(name), self.folder / f"{name}.parquet")
        write_record(self.folder / COMMIT, {"files": record["files"], "study": record["study"]})
        for part in record["parts"]:
            (self.folder / "parts" / part).unlink(missing_ok=True)
        self._pending.unlink()


def _part_name(rows: Any, digest: str) -> str:
    """Return a name that shows the keys of rows, and holds the digest of the file."""
    keys = list(zip(rows["fingerprint"].to_pylist(), rows["seed"].to_pylist(), rows["replicate"].to_pylist(), strict=True))
    fingerprint, seed = keys[0][:2]
    of_first = [replicate for name, number, replicate in keys if (name, number) == (fingerprint, seed)]
    others = len(keys) - len(of_first)
    more = f"-and-{others}-more" if others else ""
    return f"{fingerprint[:16]}-{seed}-{min(of_first)}-{max(of_first)}{more}-v{rows['model_version'][0]}-{digest}.parquet"
