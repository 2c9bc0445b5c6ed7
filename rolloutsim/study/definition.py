"""What a study is about: its scenario, its points and its seeds. Written into its folder before anything runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rolloutsim.errors import StoreError
from rolloutsim.scenario import build
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.disk import write_whole
from rolloutsim.study.provenance import SCHEMA_VERSION
from rolloutsim.study.store import write_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Definition", "read_definition", "scenario_differences"]

_NAME = "study.json"
_SAID = ("seeds", "replicates", "units", "scenario")
#: How many differences between scenarios are told.
_TOLD = 3


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
        Number, fingerprint, and what is set.
    """

    scenario: dict[str, Any]
    seeds: tuple[int, ...]
    replicates: int
    units: dict[str, str]
    points: pd.DataFrame

    @property
    def paths(self) -> list[str]:
        """What is set, in the order of the columns."""
        return list(self.points.columns[2:])

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
        said = {
            "schema_version": SCHEMA_VERSION,
            "model_version": MODEL_VERSION,
            **{name: getattr(self, name) for name in _SAID},
        }
        table = pa.table({name: pa.array(self.points[name].to_numpy()) for name in self.points.columns})
        write_whole(folder / "points.parquet", partial(write_table, table))
        text = json.dumps(said, indent=2, ensure_ascii=False) + "\n"
        write_whole(folder / _NAME, lambda path: path.write_text(text, encoding="utf-8"))

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
        """Tell whether a sample has other values there; further samples may be added to those that are here."""
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
        import pandas as pd

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
    """Tell the first values that differ."""
    paths = [path for path in dict.fromkeys([*mine, *others]) if mine.get(path) != others.get(path) and path != "description"]
    told = [f"{path} is {others.get(path, 'not said')}, not {mine.get(path, 'said')}" for path in paths[:_TOLD]]
    return ", ".join(told) + (f", and {len(paths) - _TOLD} more" if len(paths) > _TOLD else "")


def read_definition(folder: Path) -> Definition | None:
    """Return what the study in a folder is about; None if there is none, or if a part of that is not there.

    Raises
    ------
    StoreError
        If it is of another version, or cannot be read.
    """
    path, points = folder / _NAME, folder / "points.parquet"
    if not path.exists() or not points.exists():
        return None
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        versions = said["schema_version"], said["model_version"]
        if versions == (SCHEMA_VERSION, MODEL_VERSION):
            seeds, replicates, units, scenario = (said[name] for name in _SAID)
            path = points
            return Definition(scenario, tuple(seeds), replicates, units, pq.ParquetFile(points).read().to_pandas())
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        why = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise StoreError(
            f"{path}: it is damaged ({why}): move it away, and the command that made the study makes it anew; results are kept"
        ) from error
    raise StoreError(
        f"{folder}: its study is of model version {versions[1]} and schema version {versions[0]}, and this rolloutsim has "
        f"{MODEL_VERSION} and {SCHEMA_VERSION}: results of different versions do not mix, choose another folder"
    )
