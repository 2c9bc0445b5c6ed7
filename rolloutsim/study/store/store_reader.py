"""What a folder of results holds: final tables, and part files of tasks that were finished since."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rolloutsim.errors import StoreError, UnusableFileError
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.store.arrow_rows import blocks, consecutive, merge, repack, unpack
from rolloutsim.study.store.control_files import read_record
from rolloutsim.study.store.parquet import GROUP, ParquetReader, read_parquet
from rolloutsim.study.store.row_layout import (
    ALL_TABLES,
    KEY,
    NO_EXTRAS,
    TABLES,
    Extras,
    extras_of,
    extras_of_rows,
    flat_schema,
    row_schema,
)

#: The record with the digests of the final tables.
COMMIT = "commit.json"
#: The record of final tables that are not yet all in place; it also names the parts that went into them.
PENDING = ".commit"
#: Names of parts, which hold the digest of the file.
PART = re.compile(r"[0-9a-f]{16}-\d+-\d+-\d+(-and-\d+-more)?-v\d+-(?P<digest>[0-9a-f]{64})\.parquet")
_AGAIN = "run the sweep again, which sets it aside and computes what is missing"

#: A fingerprint and a seed.
Key = tuple[str, int]


class Contents:
    """The rows of a folder; it is only read.

    Parameters
    ----------
    folder
        That of the study.
    refuse
        Called with each file that cannot be used, and why.

    Raises
    ------
    StoreError
        If final tables are not all in place.

    Attributes
    ----------
    parts_folder
        Where part files are.
    parts
        The fingerprints in each part, by its name.
    study
        What the final tables have in common; None if there are none.
    extras
        Of all rows; see `rolloutsim.study.store.row_layout`.
    """

    def __init__(self, folder: Path, refuse: Callable[[Path, str], None]) -> None:
        self.folder, self.parts_folder = folder, folder / "parts"
        self._done: dict[Key, list[Any]] = {}  # in pieces, each sorted
        self.parts: dict[str, set[str]] = {}
        self.study: str | None = None
        self.extras: Extras = NO_EXTRAS
        self._finals: dict[str, _Final] = {}
        if (folder / PENDING).exists():
            raise UnusableFileError(folder / PENDING, "a process was stopped while it put final tables into place, or still does", _AGAIN)
        self._read_finals(refuse)
        for path in sorted(self.parts_folder.glob("[!.]*")):  # those with a dot are being written
            try:
                self.note_part(path.name, _read_part(path))
            except UnusableFileError as error:
                refuse(path, error.why)

    def final(self, name: str) -> Path:
        """Return the path of a final table."""
        return self.folder / f"{name}.parquet"

    def done(self) -> list[Key]:
        """Return the fingerprints and seeds of which replicates are done."""
        return sorted(self._done)

    def replicates(self, fingerprint: str, seed: int) -> Any:
        """Return the numbers of the replicates that are done, sorted."""
        pieces = self._done.get((fingerprint, seed), [])
        if len(pieces) > 1:
            pieces[:] = [np.unique(np.concatenate(pieces))]
        return pieces[0] if pieces else np.array([], np.int64)

    def missing(self, fingerprint: str, seed: int, wanted: range) -> list[range]:
        """Return what of some replicates is not done; those that crashed are not."""
        left = np.setdiff1d(np.arange(wanted.start, wanted.stop), self.replicates(fingerprint, seed), assume_unique=True)
        return consecutive(left)

    def rows_of(self, fingerprint: str) -> Any:
        """Return all rows of a scenario, sorted by seed and replicate."""
        return self._chunk([fingerprint])

    def rows(self, fingerprints: Iterable[str]) -> Iterator[Any]:
        """Yield all rows in the order of some fingerprints, then of seed and replicate, several fingerprints at a time."""
        return map(self._chunk, self._chunks(fingerprints))

    def tables(self, fingerprints: Iterable[str]) -> Iterator[Callable[[str], Any]]:
        """Yield functions that return flat tables by name, for several fingerprints at a time; there is at least one.

        Rows of a replicate stand together, in the order of `jobs`. What is in final tables is read when it is asked for. For a table of
        groups that no fleet has, the functions return None.
        """
        for chunk in self._chunks(fingerprints):
            if self.parts or not self._finals:
                yield unpack(self._chunk(chunk)).get
            else:
                yield partial(self._final_rows, chunk)

    def _final_rows(self, fingerprints: list[str], name: str) -> Any:
        return self._finals[name].read(fingerprints) if name in self._finals else None

    def _chunks(self, fingerprints: Iterable[str]) -> Iterator[list[str]]:
        counts: dict[str, int] = {}
        for fingerprint, seed in self._done:
            counts[fingerprint] = counts.get(fingerprint, 0) + len(self.replicates(fingerprint, seed))
        chunk: list[str] = []
        held = 0
        for fingerprint in dict.fromkeys(fingerprints):
            chunk.append(fingerprint)
            held += counts.get(fingerprint, 0)
            if held >= GROUP:
                yield chunk
                chunk, held = [], 0
        yield chunk

    def _chunk(self, fingerprints: list[str]) -> Any:
        chosen = pa.array(fingerprints, pa.string())
        found = [row_schema(self.extras).empty_table()]
        for name, inside in self.parts.items():
            if inside.intersection(fingerprints):
                rows = self._read_again(name)
                found.append(rows.filter(pc.is_in(rows["fingerprint"], value_set=chosen)))
        if self._finals:
            found.append(repack({name: final.read(fingerprints) for name, final in self._finals.items()}))
        return merge(found, fingerprints)

    def _read_again(self, name: str) -> Any:
        path = self.parts_folder / name
        if not path.exists():
            raise StoreError(f"{path}: it is gone: is another process working in {self.folder}? When that is done, try again")
        return _read_part(path)

    def note_part(self, name: str, rows: Any) -> None:
        """Take note of the keys of a part."""
        self.parts[name] = set(rows["fingerprint"].unique().to_pylist())
        self.extras |= extras_of_rows(rows.schema)
        self._note(rows.filter(pc.is_valid(rows["jobs"])))

    def _note(self, rows: Any) -> None:
        numbers = rows["replicate"].to_numpy()
        for fingerprint, seed, start, stop in blocks(rows):
            self._done.setdefault((fingerprint, seed), []).append(np.unique(numbers[start:stop]))

    def _read_finals(self, refuse: Callable[[Path, str], None]) -> None:
        """Take note of the final tables; unless all are as they should be, none is used."""
        record = self.folder / COMMIT
        there = [path for path in (record, *map(self.final, ALL_TABLES)) if path.exists()]
        if not there:
            return
        try:
            commit = read_record(record, {"files": dict, "study": str}, _AGAIN)
            files = commit["files"]
            names = [name for name in ALL_TABLES if name in TABLES or f"{name}.parquet" in files]
            finals = {name: _Final(self.final(name), name, files.get(f"{name}.parquet", "")) for name in names}
            self._note(finals["jobs"].keys())
        except UnusableFileError as error:
            wrong = Path(error.file)
            for path in sorted(there, key=lambda path: path != wrong):  # what is wrong comes first: a reader raises at once
                refuse(path, error.why if path == wrong else f"it is of no use without {wrong.name}")
        else:
            self._finals, self.study = finals, commit["study"]
            self.extras |= extras_of({name: final.columns for name, final in finals.items()})


class _Final:
    """A final table, of which the rows of each fingerprint stand together."""

    def __init__(self, path: Path, name: str, digest: str) -> None:
        self._path = path
        self._file = ParquetReader(path, digest, _AGAIN)
        self.columns: list[str] = self._file.schema.names
        if not self._file.schema.equals(flat_schema(name, extras_of({name: self.columns}))):
            raise UnusableFileError(path, "it has other columns", _AGAIN)

    def keys(self) -> pa.Table:
        """Return the key of each row."""
        rows = self._file.read(list(KEY))
        _check_version(self._path, rows)
        return rows

    @cached_property
    def _runs(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for fingerprint, _, start, stop in blocks(self._file.read(["fingerprint", "seed"])):
            found[fingerprint] = found.get(fingerprint, (start, stop))[0], stop
        return found

    def read(self, fingerprints: list[str]) -> pa.Table:
        """Return the rows of some fingerprints."""
        bounds = np.cumsum([0, *self._file.group_sizes])
        runs = [self._runs[fingerprint] for fingerprint in fingerprints if fingerprint in self._runs]
        if not runs:
            return self._file.schema.empty_table()
        low, high = min(start for start, _ in runs), max(stop for _, stop in runs)
        groups = range(int(np.searchsorted(bounds, low, "right")) - 1, int(np.searchsorted(bounds, high)))
        table = self._file.read(groups=groups).slice(low - int(bounds[groups.start]), high - low)
        return table.filter(pc.is_in(table["fingerprint"], value_set=pa.array(fingerprints, pa.string())))


def _read_part(path: Path) -> pa.Table:
    named = PART.fullmatch(path.name)
    if named is None:
        raise UnusableFileError(path, "its name is not that of a part of a study", _AGAIN)
    rows = read_parquet(path, named["digest"], _AGAIN)
    if not rows.schema.equals(row_schema(extras_of_rows(rows.schema))):
        raise UnusableFileError(path, "it has other columns than a part of a study", _AGAIN)
    _check_version(path, rows)
    return rows


def _check_version(path: Path, rows: pa.Table) -> None:
    versions = set(rows["model_version"].unique().to_pylist())
    if versions - {MODEL_VERSION}:
        made = ", ".join(map(str, versions))
        raise UnusableFileError(path, f"it was made by model version {made}, and this is version {MODEL_VERSION}", _AGAIN)
