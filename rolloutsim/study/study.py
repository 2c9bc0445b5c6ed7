"""A study: the results of many points, as tables and as estimates."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from rolloutsim.analysis import evaluate, parse_metric
from rolloutsim.errors import StoreError, UsageError
from rolloutsim.simulation.outcomes import Tables
from rolloutsim.simulation.tables import SCHEMA, Column, conform
from rolloutsim.study.contents import Contents
from rolloutsim.study.definition import Definition, read_definition
from rolloutsim.study.rows import TABLES, unpack
from rolloutsim.vocabulary import CODES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Study"]


class Study:
    """Results of a sweep.

    Parameters
    ----------
    folder
        Where they are; `Study` only reads.

    Raises
    ------
    StoreError
        If there is no study, or one that cannot be read.

    Attributes
    ----------
    points
        One row a point: its number, the scenario's fingerprint, and what is set. Uncertain values are in SI units.
    units
        The units of uncertain values.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        definition = read_definition(self.folder)
        if definition is None:
            raise StoreError(f"{folder}: there is no study: rolloutsim sweep --out {folder} makes one")
        self._definition: Definition = definition
        self.points: pd.DataFrame = definition.points
        self.units: dict[str, str] = definition.units

    @property
    def wanted(self) -> int:
        """How many replicates there are when the study is complete."""
        return len(self.points) * self._definition.replicates * len(self._definition.seeds)

    @cached_property
    def _flat(self) -> dict[str, Any]:
        """The tables of all points, rows in the order of the points."""

        def refuse(path: Path, why: str) -> None:
            raise StoreError(f"{path}: {why}: run the sweep again, which sets it aside and computes what is missing")

        parts = [unpack(rows) for rows in Contents(self.folder, refuse).rows(self._definition.fingerprints)]
        return {name: pa.concat_tables([part[name] for part in parts]).combine_chunks() for name in TABLES}

    @property
    def jobs(self) -> pd.DataFrame:
        """One row a point and replicate, with what is set at the point."""
        return self._tidy("jobs")

    @property
    def cohorts(self) -> pd.DataFrame:
        """One row a point, replicate and cohort."""
        return self._tidy("cohorts")

    @property
    def failure_codes(self) -> pd.DataFrame:
        """How often each code occurred, by point, replicate and cohort; codes that did not occur have no row."""
        return self._tidy("failure_codes")

    @property
    def crashes(self) -> pd.DataFrame:
        """Replicates that could not be simulated to their end."""
        return self._tidy("crashes")

    def _tidy(self, name: str) -> pd.DataFrame:
        frame = self._flat[name].to_pandas()
        return self.points.merge(frame.drop(columns="model_version"), on="fingerprint").drop(columns="fingerprint")

    @cached_property
    def _spans(self) -> dict[str, dict[str, tuple[int, int]]]:
        """Where the rows of each scenario are, by table and fingerprint."""
        found: dict[str, dict[str, tuple[int, int]]] = {}
        for name, table in self._flat.items():
            codes = table["fingerprint"].combine_chunks().dictionary_encode()
            codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
            places, names = codes.indices.to_numpy(), codes.dictionary.to_pylist()
            starts = np.searchsorted(places, np.arange(len(names) + 1))  # names are numbered as they appear, and rows stand together
            found[name] = {names[i]: (int(starts[i]), int(starts[i + 1])) for i in range(len(names))}
        return found

    def tables(self, point: int) -> Tables:
        """Return the tables of one point, for `rolloutsim.analysis`; those of robots are empty.

        Replicates of several seeds are numbered through.
        """
        import pandas as pd

        if not 0 <= point < len(self.points):
            raise UsageError(f"there is no point {point}: points are numbered from 0 to {len(self.points) - 1}")
        fingerprint = self.points["fingerprint"].iloc[point]
        frames = {}
        for name in ("jobs", "cohorts", "failure_codes"):
            start, stop = self._spans[name].get(fingerprint, (0, 0))
            frames[name] = self._flat[name].slice(start, stop - start).to_pandas()
        cohorts = list(dict.fromkeys(frames["cohorts"]["cohort"]))
        if frames["jobs"]["seed"].nunique() > 1:
            numbers = {key: n for n, key in enumerate(zip(frames["jobs"]["seed"], frames["jobs"]["replicate"], strict=True))}
            for frame in frames.values():
                frame["replicate"] = [numbers[key] for key in zip(frame["seed"], frame["replicate"], strict=True)]
        frames["failure_codes"] = _every_code(frames["failure_codes"], frames["jobs"]["replicate"].to_numpy(), cohorts)
        found: dict[str, Any] = {}
        for name, columns in SCHEMA.items():
            frame = frames.get(name, pd.DataFrame({column.name: [] for column in columns}))
            found[name] = conform(name, {column.name: _typed(frame[column.name], column, cohorts) for column in columns})
        return Tables(**found)

    def frame(self, *metrics: str) -> pd.DataFrame:
        """Return estimates, one row a point and metric, with what is set at the point.

        Parameters
        ----------
        metrics
            Such as ``time_to_complete.p95``.

        Raises
        ------
        UsageError
            For an expression that means nothing.
        """
        import pandas as pd

        queries = [parse_metric(metric) for metric in metrics]
        rows = []
        for point in range(len(self.points)):
            tables = self.tables(point)
            for query in queries:
                estimate = evaluate(query, tables)
                rows.append({"point": point, "metric": str(query), **estimate._asdict()})
        columns = ["point", "metric", "low", "best", "high", "n", "unit", "note"]
        found = pd.DataFrame(rows, columns=columns)
        return self.points.drop(columns="fingerprint").merge(found, on="point")

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        name, seeds = self._definition.scenario["scenario"], ", ".join(map(str, self._definition.seeds))
        return f"<Study of {name}: {len(self)} points, {self._flat['jobs'].num_rows} replicates, seed {seeds}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self)[1:-1])}</p>{self.frame('time_to_complete.p50', 'abort_probability').to_html(index=False)}"


def _typed(values: pd.Series[Any], column: Column, cohorts: list[str]) -> Any:
    """Return a column of the schema, of which Parquet has forgotten the categories."""
    import pandas as pd

    if column.dtype != "category":
        return values.to_numpy().astype(column.dtype)
    return pd.Categorical(values, categories=column.categories or (cohorts if column.name == "cohort" else []))


def _every_code(found: pd.DataFrame, replicates: Any, cohorts: list[str]) -> pd.DataFrame:
    """Return counts of codes with a row for each code of a job and of each cohort, as a simulation puts them out."""
    import pandas as pd

    kinds, groups = len(CODES), len(cohorts) + 1
    count = np.zeros((len(replicates), groups, kinds), np.int64)
    rows = np.searchsorted(replicates, found["replicate"].to_numpy())
    group = pd.Categorical(found["cohort"], categories=cohorts).codes + 1
    count[rows, group, pd.Categorical(found["code"], categories=CODES).codes] = found["count"]
    return pd.DataFrame(
        {
            "replicate": np.repeat(replicates, groups * kinds),
            "level": np.tile(np.repeat(["job", "robot"], [kinds, kinds * len(cohorts)]), len(replicates)),
            "cohort": np.tile(np.repeat(np.array([None, *cohorts], object), kinds), len(replicates)),
            "code": np.tile(np.array(CODES, object), len(replicates) * groups),
            "count": count.ravel(),
        }
    )
