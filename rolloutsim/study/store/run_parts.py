"""Parts of a run: fixed ranges of replicates, each with its tables in files and a record that holds their digests.

A part is there once its record is. Which replicates a part holds follows from the scenario alone, so the row groups of the final tables,
one per part, do not depend on where, how fast or in how many attempts the replicates were simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from rolloutsim.errors import UnusableFileError
from rolloutsim.simulation.records.outcomes import Crash
from rolloutsim.study.store.control_files import read_record, write_record
from rolloutsim.study.store.files import SavedResults
from rolloutsim.study.store.parquet import ParquetReader, arrow_table, read_parquet, verify_file, write_parquet

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.scenario import Scenario

#: Robot-deployments of a part: few enough to be held in memory, and enough that a row group is worth its overhead.
_DEPLOYMENTS = 1 << 15
_CATEGORY = pa.dictionary(pa.int32(), pa.string())
_HINT = "run the same command again, which computes it again"


def part_size(scenario: Scenario) -> int:
    """Return how many replicates make a part.

    Examples
    --------
    >>> import rolloutsim
    >>> part_size(rolloutsim.load("scenarios/warehouse-night.yaml"))
    32
    """
    return max(1, _DEPLOYMENTS // scenario.robots)


class RunPart(NamedTuple):
    """A part of a run.

    Attributes
    ----------
    stop
        The first replicate after it.
    crashes
        Those of its replicates that crashed.
    source
        Where its tables are.
    """

    stop: int
    crashes: tuple[Crash, ...]
    source: Parts | Saved


class Parts:
    """The parts in a folder of their own.

    Parameters
    ----------
    folder
        Where they are.
    names
        The tables of each.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder, self.names = folder, names

    def write(self, number: int, stop: int, crashes: Sequence[Crash], frames: dict[str, pd.DataFrame]) -> RunPart:
        """Write a part.

        Raises
        ------
        StoreError
            If it cannot be written; then it is not there.
        """
        self._record(number).unlink(missing_ok=True)
        tables = {name: _canonical(arrow_table(frame)) for name, frame in frames.items()}
        files = {self._path(number, name).name: write_parquet(self._path(number, name), table) for name, table in tables.items()}
        write_record(self._record(number), {"stop": stop, "crashes": [crash._asdict() for crash in crashes], "files": files})
        return RunPart(stop, tuple(crashes), self)

    def load(self, refuse: Callable[[UnusableFileError], None]) -> Iterator[tuple[int, RunPart]]:
        """Yield the parts that are there with their numbers.

        Parameters
        ----------
        refuse
            Called with the error of each that is damaged.
        """
        for path in sorted(self.folder.glob("[0-9]*.json")):
            try:
                record = read_record(path, {"stop": int, "crashes": list, "files": dict}, _HINT)
                number = int(path.stem)
                for name in self.names:
                    verify_file(self._path(number, name), record["files"].get(self._path(number, name).name, ""), _HINT)
                yield number, RunPart(record["stop"], tuple(Crash(**crash) for crash in record["crashes"]), self)
            except UnusableFileError as error:
                refuse(error)

    def read(self, number: int, name: str) -> pa.Table:
        """Return a table of a part."""
        record = read_record(self._record(number), {"files": dict}, _HINT)
        path = self._path(number, name)
        return _canonical(read_parquet(path, record["files"].get(path.name, ""), _HINT))

    def clear(self) -> None:
        """Remove all parts, and what was being written."""
        for pattern in ("[0-9]*.json", "[0-9]*.parquet", ".*.part"):
            for path in self.folder.glob(pattern):
                path.unlink()

    def _record(self, number: int) -> Path:
        return self.folder / f"{number:08}.json"

    def _path(self, number: int, name: str) -> Path:
        return self.folder / f"{number:08}.{name}.parquet"


def _canonical(table: pa.Table) -> pa.Table:
    """Return a table with one type of categories, whether it comes from memory or from a file."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type) and field.type != _CATEGORY:
            table = table.set_column(place, field.with_type(_CATEGORY), table.column(place).cast(_CATEGORY))
    return table


class Saved:
    """Final tables as parts.

    Parameters
    ----------
    saved
        The results.
    size
        Replicates of a part.
    """

    def __init__(self, saved: SavedResults, size: int) -> None:
        self._saved, self._size = saved, size
        self._bounds: dict[str, list[tuple[int, int]]] = {}
        self._readers: dict[str, ParquetReader] = {}

    @property
    def count(self) -> int:
        """How many parts there are."""
        return -(-self._done // self._size)

    @property
    def _done(self) -> int:
        return sum(self._reader("jobs").group_sizes) + len(self._saved.manifest["crashes"])

    def load(self) -> Iterator[tuple[int, RunPart]]:
        """Yield the parts with their numbers."""
        crashes = [Crash(**crash) for crash in self._saved.manifest["crashes"]]
        for number in range(self.count):
            stop = min((number + 1) * self._size, self._done)
            own = tuple(crash for crash in crashes if number * self._size <= crash.replicate < stop)
            yield number, RunPart(stop, own, self)

    def read(self, number: int, name: str) -> pa.Table:
        """Return a table of a part."""
        first, stop = number * self._size, (number + 1) * self._size
        reader = self._reader(name)
        if name not in self._bounds:
            groups = (reader.read(["replicate"], [group])["replicate"] for group in range(len(reader.group_sizes)))
            self._bounds[name] = [(replicates[0].as_py(), replicates[-1].as_py()) for replicates in groups]
        chosen = [group for group, (low, high) in enumerate(self._bounds[name]) if low < stop and high >= first]
        if not chosen:
            return _canonical(reader.schema.empty_table())
        table = _canonical(reader.read(groups=chosen))
        begin, end = np.searchsorted(table["replicate"].to_numpy(), [first, stop]).tolist()
        return table.slice(begin, end - begin)

    def close(self) -> None:
        """Close the files."""
        for reader in self._readers.values():
            reader.close()

    def _reader(self, name: str) -> ParquetReader:
        if name not in self._readers:
            self._readers[name] = self._saved.reader(name)
        return self._readers[name]
