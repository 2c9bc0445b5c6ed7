"""The tables of a run in its folder, each read and verified when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rolloutsim.errors import UnusableFileError
from rolloutsim.scenario import build
from rolloutsim.scenario.parts.robot_lists import RobotNamesType
from rolloutsim.simulation.records.data_frames import restore, validate
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.records.tables import GROUPS, KEPT, SCHEMA
from rolloutsim.study.store.csv_tables import write_csv
from rolloutsim.study.store.files import SavedResults
from rolloutsim.study.store.run_parts import Saved, part_size

if TYPE_CHECKING:
    import pandas as pd


class SavedTables:
    """The tables of a run; those that were not kept, and those of groups that the fleet does not have, are None.

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
    jobs, cohorts, sites, classes, failure_codes, robots, steps, timeline, link_use, slot_time
        The tables; see `rolloutsim.simulation.records.tables.SCHEMA`.
    """

    jobs: pd.DataFrame
    cohorts: pd.DataFrame
    sites: pd.DataFrame | None
    classes: pd.DataFrame | None
    failure_codes: pd.DataFrame
    robots: pd.DataFrame | None
    steps: pd.DataFrame | None
    timeline: pd.DataFrame | None
    link_use: pd.DataFrame | None
    slot_time: pd.DataFrame | None

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._saved = SavedResults(folder, "run")
        self.manifest = self._saved.manifest
        groups = (table for table, name in GROUPS.items() if self.names[name])
        self._saved.expect((*KEPT[self.manifest["tables"]], *groups))

    def __getattr__(self, name: str) -> Any:
        """Read a table when it is first asked for."""
        if name not in SCHEMA:
            raise AttributeError(name)
        table = self._whole(name, self._saved.table(name)) if self.is_kept(name) else None
        setattr(self, name, table)
        return table

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
    def names(self) -> dict[str, list[str]]:
        """The names of cohorts, sites, classes and robots by kind, in the order in which tables have them."""
        fleet = self.manifest["scenario"]["fleet"]
        sites = {cohort["site"] for cohort in fleet if cohort.get("site") is not None}
        has_classes = any(cohort.get("class") for cohort in fleet)
        classes = dict.fromkeys(cohort.get("class") or cohort["cohort"] for cohort in fleet if has_classes)
        robots = dict.fromkeys(name for cohort in fleet for name in RobotNamesType().parse(cohort.get("names", [])))
        cohorts = [cohort["cohort"] for cohort in fleet]
        return {"cohort": cohorts, "site": sorted(sites), "class": list(classes), "name": list(robots)}

    def _whole(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a table that was read, with the types of its schema."""
        frame = restore(name, frame, self.names)
        try:
            validate(name, frame)
        except ValueError as error:
            again = f"run the scenario again with --out {self._folder} --overwrite"
            path = self._folder / f"{name}.parquet"
            raise UnusableFileError(path, f"was written by another version of rolloutsim ({error})", again) from error
        return frame
