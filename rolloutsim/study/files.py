"""Results on disk: a folder of Parquet tables and two JSON files, each written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rolloutsim.errors import StoreError
from rolloutsim.simulation.outcomes import Tables
from rolloutsim.simulation.tables import SCHEMA, restore, validate
from rolloutsim.study.disk import write_whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["make_folder", "read_folder", "write_folder"]


#: What readers of a manifest rely on.
_MANIFEST = ("model_version", "name", "seed", "replicates", "interrupted", "crashes", "stages", "scenario")

Kind = Literal["run", "sweep", "plan", "sensitivity"]
#: What only a folder of this kind has.
_SIGNS: dict[Kind, str] = {"run": "summary.json", "sweep": "study.json", "plan": "plan.json", "sensitivity": "sensitivity.json"}


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
    for other, sign in _SIGNS.items():
        if kind not in (None, other) and (folder / sign).exists():
            raise StoreError(f"{folder}: holds results of rolloutsim {other}, which those of {kind} would overwrite: choose another folder")
    probe = folder / f".probe.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StoreError(f"{folder}: cannot be used as a folder for results ({error.strerror or error}): choose another one") from error


def write_folder(folder: Path, tables: Tables, manifest: dict[str, Any], summary: dict[str, Any], *, csv: bool = False) -> list[Path]:
    """Write results into a folder, which is made if need be; the manifest comes last, so a folder with one is complete.

    Parameters
    ----------
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
    make_folder(folder, "run")
    (folder / "manifest.json").unlink(missing_ok=True)
    written = []

    def put(name: str, write: Callable[[Path], object]) -> None:
        write_whole(folder / name, write)
        written.append(folder / name)

    for name, table in tables._asdict().items():
        validate(name, table)
        put(f"{name}.parquet", partial(table.to_parquet, index=False))
        if csv:
            put(f"{name}.csv", partial(table.to_csv, index=False))
    put("summary.json", lambda path: path.write_text(_json(summary), encoding="utf-8"))
    put("manifest.json", lambda path: path.write_text(_json(manifest), encoding="utf-8"))
    return written


def read_folder(folder: Path) -> tuple[Tables, dict[str, Any]]:
    """Read results back.

    Raises
    ------
    StoreError
        If the folder holds no complete results, or results of another schema.
    """
    import pandas as pd

    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        frames: dict[str, pd.DataFrame] = {name: pd.read_parquet(folder / f"{name}.parquet") for name in SCHEMA}
        _check_manifest(manifest, len(frames["jobs"]))
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"{folder}: holds no complete results ({error}): run the scenario again with --out {folder}") from error
    frames = {name: restore(name, frame) for name, frame in frames.items()}
    for name, frame in frames.items():
        try:
            validate(name, frame)
        except ValueError as error:
            raise StoreError(f"{folder / name}.parquet: was written by another version of rolloutsim ({error})") from error
    return Tables(**frames), manifest


def _check_manifest(manifest: Any, rows: int) -> None:
    """Raise ValueError unless a manifest says what is needed, and has as many replicates as there are."""
    if not isinstance(manifest, dict) or (lacking := [key for key in _MANIFEST if key not in manifest]):
        what = ", ".join(lacking) if isinstance(manifest, dict) else "everything"
        raise ValueError(f"manifest.json lacks {what}")
    wanted = manifest["replicates"] - len(manifest["crashes"])
    if rows > wanted or (rows < wanted and not manifest["interrupted"]):
        raise ValueError(f"jobs.parquet has {rows} replicates, and there were {wanted}")


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
