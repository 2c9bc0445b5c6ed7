"""The tables of a run in its folder, each read and verified when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rolloutsim.errors import UnusableFileError
from rolloutsim.scenario import build
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.records.tables import KEPT, restore, validate
from rolloutsim.study.store.csv_tables import write_csv
from rolloutsim.study.store.files import SavedResults
from rolloutsim.study.store.run_parts import Saved, part_size

if TYPE_CHECKING:
    import pandas as pd


class SavedTables:
    """The tables of a run; those that were not kept are None.

    Parameters
    ----------
    folder
        Of the run.

    Raises
    ------
    StoreError
        If there are no complete results; from each table, if it cannot be read.

    Attributes
    ----------
    manifest
        Where they come from.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._saved = SavedResults(folder, "run")
        self.manifest = self._saved.manifest
        self._saved.expect(KEPT[self.manifest["tables"]])

    @cached_property
    def jobs(self) -> pd.DataFrame:
        """One row per replicate."""
        return self._read("jobs")

    @cached_property
    def cohorts(self) -> pd.DataFrame:
        """One row per cohort and replicate."""
        return self._read("cohorts")

    @cached_property
    def failure_codes(self) -> pd.DataFrame:
        """Counts of codes."""
        return self._read("failure_codes")

    @cached_property
    def robots(self) -> pd.DataFrame | None:
        """One row per robot and replicate."""
        return self._if_kept("robots")

    @cached_property
    def steps(self) -> pd.DataFrame | None:
        """One row per phase of an attempt."""
        return self._if_kept("steps")

    @cached_property
    def timeline(self) -> pd.DataFrame | None:
        """Step functions of time."""
        return self._if_kept("timeline")

    @cached_property
    def link_use(self) -> pd.DataFrame | None:
        """Bytes and peaks of bit rates in cells of time."""
        return self._if_kept("link_use")

    @cached_property
    def slot_time(self) -> pd.DataFrame | None:
        """Time for which slots were held, by phase."""
        return self._if_kept("slot_time")

    def is_kept(self, name: str) -> bool:
        """Return whether a table was kept, without reading it."""
        return name in self._saved.names

    def one(self, replicate: int) -> Tables:
        """Return the rows of one replicate."""
        with closing(Saved(self._saved, 1)) as parts:
            return Tables(**{name: self._whole(name, parts.read(replicate, name).to_pandas()) for name in self._saved.names})

    def pieces(self, *names: str) -> Iterator[tuple[pd.DataFrame, ...]]:
        """Yield tables in pieces, each with the rows of a few replicates, which are the same for all tables."""
        with closing(Saved(self._saved, part_size(build(self.manifest["scenario"])))) as parts:
            for number in range(parts.count):
                yield tuple(self._whole(name, parts.read(number, name).to_pandas()) for name in names)

    def write_csv(self) -> None:
        """Write the tables as CSV beside the others, unless they are there.

        Raises
        ------
        StoreError
            If a file cannot be written.
        """
        for name in self._saved.names:
            path = self._folder / f"{name}.csv"
            if not path.is_file():
                write_csv(path, (frame for (frame,) in self.pieces(name)))

    def read_all(self) -> Tables:
        """Return all tables in memory."""
        return Tables(**{name: getattr(self, name) for name in Tables._fields})

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """The cohorts and sites, in the order in which tables have them."""
        fleet = self.manifest["scenario"]["fleet"]
        sites = {cohort["site"] for cohort in fleet if cohort.get("site") is not None}
        return {"cohort": [cohort["cohort"] for cohort in fleet], "site": sorted(sites)}

    def _if_kept(self, name: str) -> pd.DataFrame | None:
        return self._read(name) if self.is_kept(name) else None

    def _read(self, name: str) -> pd.DataFrame:
        return self._whole(name, self._saved.table(name))

    def _whole(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a table that was read, with the types of its schema."""
        frame = restore(name, frame, self._names)
        try:
            validate(name, frame)
        except ValueError as error:
            again = f"run the scenario again with --out {self._folder} --overwrite"
            path = self._folder / f"{name}.parquet"
            raise UnusableFileError(path, f"was written by another version of rolloutsim ({error})", again) from error
        return frame
