"""What a study is about: its scenario, its points and its seeds. Written into its folder before anything runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rolloutsim.errors import StoreError
from rolloutsim.scenario import build
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.files import write_whole
from rolloutsim.study.provenance import SCHEMA_VERSION
from rolloutsim.study.store import write_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Definition", "read_definition"]

_NAME = "study.json"


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
            **{name: getattr(self, name) for name in ("seeds", "replicates", "units", "scenario")},
        }
        table = pa.table({name: pa.array(self.points[name].to_numpy()) for name in self.points.columns})
        write_whole(folder / "points.parquet", partial(write_table, table))
        text = json.dumps(said, indent=2, ensure_ascii=False) + "\n"
        write_whole(folder / _NAME, lambda path: path.write_text(text, encoding="utf-8"))

    def differences(self, other: Definition) -> list[str]:
        """Return why results of another definition do not belong to those of this one."""
        found = []
        if (mine := self.scenario["scenario"]) != (others := other.scenario["scenario"]):
            found.append(f"the scenario is {others}, not {mine}")
        elif build(self.scenario).fingerprint() != build(other.scenario).fingerprint():
            found.append(f"the scenario {mine} says other things")
        if set(self.paths) != set(other.paths):
            found.append(f"what is varied is {_listed(other.paths)}, not {_listed(self.paths)}")
        elif self.units != other.units:
            found.append("what is uncertain differs")
        return found

    def with_points_of(self, other: Definition) -> Definition:
        """Return this with the points of another that it has not."""
        import pandas as pd

        new = other.points[~other.points["fingerprint"].isin(self.points["fingerprint"])]
        if not len(new):
            return self
        points = pd.concat([self.points, new[list(self.points.columns)]], ignore_index=True)
        points["point"] = np.arange(len(points))
        return self._replace(points=points)


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(path for path in paths if path != "sample") or "nothing"


def read_definition(folder: Path) -> Definition | None:
    """Return what the study in a folder is about; None if there is none.

    Raises
    ------
    StoreError
        If it is of another version, or cannot be read.
    """
    path = folder / _NAME
    if not path.exists():
        return None
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        versions = said["schema_version"], said["model_version"]
        if versions == (SCHEMA_VERSION, MODEL_VERSION):
            points = pq.read_table(folder / "points.parquet").to_pandas()
            return Definition(said["scenario"], tuple(said["seeds"]), said["replicates"], said["units"], points)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise StoreError(f"{folder}: what its study is about cannot be read ({error}): choose another folder") from error
    raise StoreError(
        f"{folder}: its study is of model version {versions[1]} and schema version {versions[0]}, and this rolloutsim has "
        f"{MODEL_VERSION} and {SCHEMA_VERSION}: results of different versions do not mix, choose another folder"
    )
