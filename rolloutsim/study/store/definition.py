"""What a study is about: its scenario, its points and its seeds. Written into its folder before anything runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from rolloutsim.errors import StoreError, UnusableFileError
from rolloutsim.printing import shorten
from rolloutsim.scenario import build
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.store.control_files import command_of, read_record, write_record
from rolloutsim.study.store.disk import move, write_whole
from rolloutsim.study.store.parquet import parquet_bytes, read_parquet

LOG = "log.jsonl"
_NAME, _POINTS = "study.json", "points.parquet"
_FIELDS = ("seeds", "replicates", "units", "scenario")
_NEEDED = {"model_version": int, "seeds": list, "replicates": int, "units": dict, "scenario": dict, "files": dict}
_AGAIN = "move it away, and the command that made the study makes it again; results are kept"
#: How many differences between scenarios are listed.
_LISTED = 3
#: How many characters of each value: samples may be millions.
_LONGEST = 41


class Definition(NamedTuple):
    """What a study is about.

    Attributes
    ----------
    scenario
        Resolved, without its sweep and checks.
    seeds
        Of all chance; one, unless studies were combined.
    replicates
        How many of each point are wanted.
    units
        Of the uncertain values, by path.
    points
        Number, fingerprint, premises as JSON, and what is set.
    """

    scenario: dict[str, Any]
    seeds: tuple[int, ...]
    replicates: int
    units: dict[str, str]
    points: pd.DataFrame

    @property
    def paths(self) -> list[str]:
        """What is set, in the order of the columns."""
        return list(self.points.columns[3:])

    @property
    def fingerprints(self) -> list[str]:
        """Of all points."""
        return list(self.points["fingerprint"])

    def write(self, folder: Path) -> None:
        """Write it into a folder.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        table = pa.table({name: pa.array(self.points[name].to_numpy()) for name in self.points.columns})
        data = parquet_bytes(table)
        digest = hashlib.sha256(data).hexdigest()
        # Until the record is there, the points that it replaces are; from then on, the new ones count, under either name.
        write_whole(_new_points(folder, digest), lambda path: path.write_bytes(data))
        fields = {name: getattr(self, name) for name in _FIELDS}
        write_record(folder / _NAME, {"model_version": MODEL_VERSION, **fields, "files": {_POINTS: digest}})
        move(_new_points(folder, digest), folder / _POINTS)
        for left in folder.glob(str(_new_points(Path(), "*"))):
            left.unlink()

    def differences(self, other: Definition) -> list[str]:
        """Return why results of another definition do not belong to those of this one."""
        found = scenario_differences(self.scenario, other.scenario)
        if set(self.paths) != set(other.paths):
            found.append(f"what is varied is {_listed(other.paths)}, not {_listed(self.paths)}")
        elif self.units != other.units:
            found.append("what is uncertain differs")
        elif self._samples_differ(other):
            found.append("its samples of what is uncertain are others (of another seed, method or number of samples)")
        return found

    def _samples_differ(self, other: Definition) -> bool:
        """Return whether a sample has other values there; further samples may be added to those that are here."""
        if not self.units:
            return False
        both = self._samples.index.intersection(other._samples.index)
        return not self._samples.loc[both].equals(other._samples.loc[both, self._samples.columns])

    @property
    def _samples(self) -> pd.DataFrame:
        """The uncertain values, by number of the sample."""
        return self.points[["sample", *self.units]].drop_duplicates().set_index("sample")

    def with_points_of(self, other: Definition) -> Definition:
        """Return this with the points of another that it has not."""
        new = other.points[~other.points["fingerprint"].isin(self.points["fingerprint"])]
        if not len(new):
            return self
        points = pd.concat([self.points, new[list(self.points.columns)]], ignore_index=True)
        points["point"] = np.arange(len(points))
        return self._replace(points=points)


def scenario_differences(mine: dict[str, Any], others: dict[str, Any]) -> list[str]:
    """Return in what another resolved scenario differs; nothing if both give the same replicates."""
    if (name := mine["scenario"]) != (other := others["scenario"]):
        return [f"the scenario is {other}, not {name}"]
    if build(mine).fingerprint() == build(others).fingerprint():
        return []
    return [_changes(dict(_leaves(mine)), dict(_leaves(others)))]


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(path for path in paths if path != "sample") or "nothing"


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of a description with their paths."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inside is None:
        yield path, value
        return
    for key, part in inside:
        name = part["cohort"] if isinstance(part, dict) and "cohort" in part else key
        yield from _leaves(part, f"{path}.{name}".removeprefix("."))


def _changes(mine: dict[str, Any], others: dict[str, Any]) -> str:
    """Return the first values that differ."""
    paths = [path for path in dict.fromkeys([*mine, *others]) if mine.get(path) != others.get(path) and path != "description"]
    listed = [
        f"{path} is {shorten(str(others.get(path, 'absent')), _LONGEST)}, not {shorten(str(mine.get(path, 'absent')), _LONGEST)}"
        for path in paths[:_LISTED]
    ]
    return ", ".join(listed) + (f", and {len(paths) - _LISTED} more" if len(paths) > _LISTED else "")


def read_definition(folder: Path) -> Definition | None:
    """Return what the study in a folder is about; None if there is none, or if a part of that is not there.

    Raises
    ------
    StoreError
        If it is of another version, or cannot be read.
    """
    path, points = folder / _NAME, folder / _POINTS
    new = any(folder.glob(str(_new_points(Path(), "*"))))
    if not path.exists() or not (points.exists() or new):
        return None
    record = read_record(path, _NEEDED, _AGAIN, lambda _: last_command(folder))
    if record["model_version"] != MODEL_VERSION:
        raise StoreError(
            f"{folder}: its study is of model version {record['model_version']}, and this is version {MODEL_VERSION}: results of different "
            "versions do not mix, choose another folder"
        )
    digest = record["files"].get(_POINTS, "")
    try:
        table = read_parquet(points, digest, _AGAIN)
    except UnusableFileError:
        if not _new_points(folder, digest).exists():
            raise
        table = read_parquet(_new_points(folder, digest), digest, _AGAIN)
    return Definition(record["scenario"], tuple(record["seeds"]), record["replicates"], record["units"], table.to_pandas())


def _new_points(folder: Path, digest: str) -> Path:
    """Return the name of points that are not yet in place."""
    return folder / f".points.{digest}.new"


def last_command(folder: Path) -> str:
    """Return the command line that worked in a folder last, or what it looks like if the log cannot be read."""
    with suppress(OSError, ValueError, LookupError, AttributeError, RecursionError):
        if line := command_of(json.loads((folder / LOG).read_text(encoding="utf-8").splitlines()[-1])):
            return line
    return f"rolloutsim sweep SCENARIO --out {folder}"
