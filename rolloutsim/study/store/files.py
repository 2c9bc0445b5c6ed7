"""Folders of results: Parquet tables, a summary as JSON, and a manifest that records where they come from and holds their digests.

Every file is written whole or not at all, and the manifest comes last, so a folder with a manifest is complete. Nothing reads pictures, CSV
files and logs; they have no digests.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rolloutsim.errors import StoreError, UnusableFileError, remedy
from rolloutsim.simulation.records.data_frames import validate
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.records.tables import SCHEMA
from rolloutsim.study.store.control_files import read_record, to_json, write_record
from rolloutsim.study.store.csv_tables import write_csv
from rolloutsim.study.store.disk import write_whole
from rolloutsim.study.store.parquet import ParquetReader, arrow_table, verify_file, write_parquet

if TYPE_CHECKING:
    import pandas as pd

#: What readers of the manifest of a run rely on.
_MANIFEST = {
    "files": dict,
    "model_version": int,
    "name": str,
    "seed": int,
    "replicates": int,
    "interrupted": bool,
    "crashes": list,
    "tables": str,
    "stages": int,
    "scenario": dict,
}

Kind = Literal["run", "sweep", "plan", "sensitivity"]
#: What only a folder of this kind has.
_SIGNS: dict[Kind, str] = {"run": "summary.json", "sweep": "study.json", "plan": "plan.json", "sensitivity": "sensitivity.json"}


def kind_of_folder(folder: Path) -> Kind | None:
    """Return the kind of results that a folder holds; None if there are none."""
    return next((kind for kind, sign in _SIGNS.items() if (folder / sign).is_file()), None)


def make_folder(folder: Path, kind: Kind | None = None) -> None:
    """Make a folder for results, with its parents, if there is none, and see whether files can be written there.

    Parameters
    ----------
    kind
        Of the results. Those of another kind are not touched: files of the same name would be overwritten.

    Raises
    ------
    StoreError
        If files cannot be written there, or if there are results of another kind.
    """
    probe = folder / f".probe.{os.getpid()}.part"
    try:
        for other, sign in _SIGNS.items():
            if kind not in (None, other) and (folder / sign).exists():
                holds = f"holds results of rolloutsim {other}, which those of {kind} would overwrite"
                raise StoreError(f"{folder}: {holds}: choose another folder")
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        why = "it is a file" if isinstance(error, FileExistsError) else error.strerror or error
        raise StoreError(f"{folder}: cannot be used as a folder for results ({why}): {remedy(error)}") from error


def write_results(
    folder: Path,
    kind: Kind,
    tables: Mapping[str, pd.DataFrame],
    summary: dict[str, Any],
    manifest: dict[str, Any],
    *,
    csv: bool = False,
) -> list[Path]:
    """Write results into a folder, which is made if need be; see this module.

    Parameters
    ----------
    kind
        Of the results.
    csv
        Also write each table as CSV.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    StoreError
        If the folder cannot be made or written to.
    """
    make_folder(folder, kind)
    manifest_path, summary_path = folder / "manifest.json", folder / _SIGNS[kind]
    manifest_path.unlink(missing_ok=True)
    written, files = [], {}
    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        files[path.name] = write_parquet(path, arrow_table(table))
        written.append(path)
        if csv:
            write_csv(path.with_suffix(".csv"), [table])
            written.append(path.with_suffix(".csv"))
        else:
            path.with_suffix(".csv").unlink(missing_ok=True)  # it would show older results
    data = to_json(summary)
    write_whole(summary_path, lambda path: path.write_bytes(data))
    files[summary_path.name] = sha256(data).hexdigest()
    write_record(manifest_path, {**manifest, "files": files})
    return [*written, summary_path, manifest_path]


class SavedResults:
    """A folder of results; a table is verified when it is read.

    Parameters
    ----------
    folder
        Where they are.
    kind
        Of the results.

    Raises
    ------
    StoreError
        If the folder holds no complete results of this kind, or results of another schema.

    Attributes
    ----------
    manifest
        Where they come from, without the digests.
    names
        The tables that are there.
    """

    def __init__(self, folder: Path, kind: Kind) -> None:
        again = f"{'run the scenario' if kind == 'run' else f'run rolloutsim {kind}'} again with --out {folder}"
        self._hint = f"{again} --overwrite" if kind == "run" else again
        self._path = folder / "manifest.json"
        if not self._path.exists():
            raise StoreError(f"{folder}: holds no complete results, because there is no manifest.json: {again}")
        self.manifest = read_record(self._path, _MANIFEST if kind == "run" else {"files": dict}, self._hint)
        self._files: dict[str, str] = self.manifest.pop("files")
        self.names = [name.removesuffix(".parquet") for name in self._files if name.endswith(".parquet")]
        verify_file(folder / _SIGNS[kind], self._digest(_SIGNS[kind]), self._hint)

    def expect(self, names: Iterable[str]) -> None:
        """Raise UnusableFileError unless all of these tables are recorded."""
        for name in names:
            self._digest(f"{name}.parquet")

    def _digest(self, name: str) -> str:
        if name not in self._files:
            raise UnusableFileError(self._path, f"it does not list {name}", self._hint)
        return self._files[name]

    def table(self, name: str) -> pd.DataFrame:
        """Read a table.

        Raises
        ------
        StoreError
            If the file is missing or damaged, or was changed.
        """
        with self.reader(name) as reader:
            frame: pd.DataFrame = reader.read().to_pandas()
        return frame

    def reader(self, name: str) -> ParquetReader:
        """Open the file of a table.

        Raises
        ------
        StoreError
            If the file is missing or damaged, or was changed.
        """
        file = f"{name}.parquet"
        return ParquetReader(self._path.with_name(file), self._digest(file), self._hint)


def load_tables(folder: str | Path) -> dict[str, pd.DataFrame]:
    """Read and verify the tables in a folder that ``run``, ``plan`` or ``sensitivity`` wrote.

    Parameters
    ----------
    folder
        What was given as ``--out``. For a sweep use `Study`.

    Returns
    -------
    dict of DataFrame
        The tables by name, e.g. ``settings`` and ``fresh`` of a plan.

    Raises
    ------
    StoreError
        If there are no complete results, or if a file is damaged or was changed.

    Examples
    --------
    >>> import tempfile, rolloutsim
    >>> results = rolloutsim.simulate(rolloutsim.load("scenarios/robomaker-100.yaml"), replicates=3, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = results.save(folder)
    ...     tables = rolloutsim.load_tables(folder)
    >>> len(tables["jobs"])
    3
    """
    place = Path(folder)
    kinds: list[Kind] = [kind for kind, sign in _SIGNS.items() if (place / sign).exists()]
    if "sweep" in kinds:
        raise StoreError(f"{folder}: holds a study: read it with rolloutsim.Study")
    saved = SavedResults(place, kinds[0] if kinds else "run")
    return {name: saved.table(name) for name in saved.names}


def write_folder(folder: Path, tables: Tables, manifest: dict[str, Any], summary: dict[str, Any], *, csv: bool = False) -> list[Path]:
    """Write the results of a run; see `write_results`. Files of tables that were not kept are removed."""
    make_folder(folder, "run")
    kept = {name: getattr(tables, name) for name in SCHEMA if getattr(tables, name) is not None}
    for name in tables._fields:
        if name in kept:
            validate(name, kept[name])
        else:
            for suffix in ("parquet", "csv"):
                (folder / f"{name}.{suffix}").unlink(missing_ok=True)
    return write_results(folder, "run", kept, summary, manifest, csv=csv)
