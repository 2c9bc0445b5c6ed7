"""What a folder of results holds: final tables, and part files of tasks that were finished since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rolloutsim.errors import StoreError
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.rows import KEY, TABLES, flat_schema, merge, repack, row_schema, runs, unpack

__all__ = ["GROUP", "Contents"]

#: Rows a group of the final tables; about so many replicates are held at a time.
GROUP = 1 << 16

#: A fingerprint and a seed.
Key = tuple[str, int]


class Contents:
    """The rows of a folder; it is only read.

    Parameters
    ----------
    folder
        That of the study.
    refuse
        Is told of each file that cannot be used, and why.
    """

    def __init__(self, folder: Path, refuse: Callable[[Path, str], None]) -> None:
        self.folder = folder
        self._done: dict[Key, list[Any]] = {}  # in pieces, each sorted
        self.parts: dict[str, set[str]] = {}
        self._finals: dict[str, _Final] = {}
        self._read_finals(refuse)
        for path in sorted(self.parts_folder.glob("[!.]*")):  # those with a dot are being written
            try:
                self.note_part(path.name, _read_part(path))
            except _UnusableError as error:
                refuse(path, str(error))

    @property
    def parts_folder(self) -> Path:
        """Where part files are."""
        return self.folder / "parts"

    def final(self, name: str) -> Path:
        """Return the path of a final table."""
        return self.folder / f"{name}.parquet"

    @property
    def study(self) -> bytes | None:
        """What the final tables have in common; None if there are none."""
        return next((final.study for final in self._finals.values()), None)

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
        cuts = np.flatnonzero(np.diff(left) != 1) + 1
        return [range(int(run[0]), int(run[-1]) + 1) for run in np.split(left, cuts) if len(run)]

    def rows_of(self, fingerprint: str) -> Any:
        """Return all rows of a scenario, sorted by seed and replicate."""
        return self._chunk([fingerprint])

    def rows(self, fingerprints: Iterable[str]) -> Iterator[Any]:
        """Yield all rows in the order of some fingerprints, then of seed and replicate, several fingerprints at a time."""
        return map(self._chunk, self._chunks(fingerprints))

    def tables(self, fingerprints: Iterable[str]) -> Iterator[Callable[[str], Any]]:
        """Yield functions that return flat tables by name, for several fingerprints at a time; there is at least one.

        Rows of a replicate stand together, in the order of `jobs`. What is in final tables is read when it is asked for.
        """
        for chunk in self._chunks(fingerprints):
            if self.parts or not self._finals:
                yield unpack(self._chunk(chunk)).__getitem__
            else:
                yield partial(self._final_rows, chunk)

    def _final_rows(self, fingerprints: list[str], name: str) -> Any:
        return self._finals[name].read(fingerprints)

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
        found = [row_schema().empty_table()]
        for name, inside in self.parts.items():
            if inside.intersection(fingerprints):
                rows = self._read_again(name)
                found.append(rows.filter(pc.is_in(rows["fingerprint"], value_set=chosen)))
        if self._finals:
            found.append(repack({name: final.read(fingerprints) for name, final in self._finals.items()}))
        return merge(found, fingerprints)

    def _read_again(self, name: str) -> Any:
        path = self.parts_folder / name
        try:
            return _read_part(path)
        except _UnusableError as error:
            gone = f"it is gone: is somebody working in {self.folder}? When that is done, try again"
            raise StoreError(f"{path}: {error if path.exists() else gone}") from error

    def note_part(self, name: str, rows: Any) -> None:
        """Take note of the keys of a part."""
        self.parts[name] = set(rows["fingerprint"].unique().to_pylist())
        self._note(rows.filter(pc.is_valid(rows["jobs"])))

    def _note(self, rows: Any) -> None:
        numbers, seeds = rows["replicate"].to_numpy(), rows["seed"].to_numpy()
        codes = pc.dictionary_encode(rows["fingerprint"]).combine_chunks()
        names, places = codes.dictionary.to_pylist(), codes.indices.to_numpy()
        for start, stop in runs(places, seeds):
            key = names[places[start]], int(seeds[start])
            self._done.setdefault(key, []).append(np.unique(numbers[start:stop]))

    def _read_finals(self, refuse: Callable[[Path, str], None]) -> None:
        """Take note of the final tables; unless all are as they should be, none is used."""
        there = [name for name in TABLES if self.final(name).exists()]
        if not there:
            return
        wrong = {name: "it is missing" for name in TABLES if name not in there}
        finals = {}
        for name in there:
            try:
                finals[name] = _Final(self.final(name), name)
            except _UnusableError as error:
                wrong[name] = str(error)
        if not wrong and len({final.study for final in finals.values()}) > 1:
            wrong = dict.fromkeys(TABLES, "the final tables are of several studies")
        if not wrong:
            try:
                self._note(_checked(finals["jobs"].keys))
            except _UnusableError as error:
                wrong["jobs"] = str(error)
        if not wrong:
            self._finals = finals
            return
        without = "it is of no use without " + ", ".join(f"{name}.parquet" for name in wrong)
        for name in there:
            refuse(self.final(name), wrong.get(name, without))


class _UnusableError(Exception):
    """Why a file is of no use."""


class _Final:
    """A final table, of which the rows of each fingerprint stand together."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        try:
            self._file = pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False)
        except (OSError, pa.ArrowException) as error:
            raise _damaged(error) from None
        schema = self._file.schema_arrow
        if not schema.equals(flat_schema(name)):
            raise _UnusableError("it has other columns")
        self.study = (schema.metadata or {}).get(b"study", b"")

    def keys(self) -> Any:
        """Return the key of each row."""
        return self._file.read(columns=list(KEY), use_threads=False)

    @cached_property
    def _runs(self) -> dict[str, tuple[int, int]]:
        column = pc.dictionary_encode(self._file.read(columns=["fingerprint"])["fingerprint"]).combine_chunks()
        names, places = column.dictionary.to_pylist(), column.indices.to_numpy()
        return {names[places[start]]: (start, stop) for start, stop in runs(places)}

    def read(self, fingerprints: list[str]) -> Any:
        """Return the rows of some fingerprints.

        Raises
        ------
        StoreError
            If columns are damaged that were not read before.
        """
        try:
            return self._read(fingerprints)
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"{self._path}: {_damaged(error)}: move it away and run the sweep again, which computes it anew") from error

    def _read(self, fingerprints: list[str]) -> Any:
        bounds = np.cumsum([0, *(self._file.metadata.row_group(i).num_rows for i in range(self._file.num_row_groups))])
        runs = [self._runs[fingerprint] for fingerprint in fingerprints if fingerprint in self._runs]
        if not runs:
            return self._file.schema_arrow.empty_table()
        low, high = min(start for start, _ in runs), max(stop for _, stop in runs)
        groups = range(int(np.searchsorted(bounds, low, "right")) - 1, int(np.searchsorted(bounds, high)))
        table = self._file.read_row_groups(list(groups)).slice(low - int(bounds[groups.start]), high - low)
        return table.filter(pc.is_in(table["fingerprint"], value_set=pa.array(fingerprints, pa.string())))


def _read_part(path: Path) -> Any:
    def read() -> Any:
        return pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False).read(use_threads=False)

    rows = _checked(read)
    if not rows.schema.equals(row_schema()):
        raise _UnusableError("it has other columns than a part of a study")
    return rows


def _checked(read: Callable[[], Any]) -> Any:
    """Read rows and see whether they are of this version of the model."""
    try:
        rows = read()
    except (OSError, pa.ArrowException) as error:
        raise _damaged(error) from None
    versions = set(rows["model_version"].unique().to_pylist()) if "model_version" in rows.schema.names else set()
    if versions - {MODEL_VERSION}:
        raise _UnusableError(f"it was made by model version {', '.join(map(str, versions))}, and this is version {MODEL_VERSION}")
    return rows


def _damaged(error: Exception) -> _UnusableError:
    return _UnusableError(f"it is damaged, or no Parquet file ({str(error).splitlines()[0]})")
