"""A study: the results of many points, as tables and as estimates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from rolloutsim.analysis import RELEASE, Estimate, Premises, Query, estimate, parse_metrics, values
from rolloutsim.analysis.replicates import no_groups
from rolloutsim.errors import StoreError, UnusableFileError, UsageError
from rolloutsim.notebook import html_of
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.study.clocks import clock_of
from rolloutsim.study.settings import without_effect
from rolloutsim.study.store.definition import Definition, read_definition
from rolloutsim.study.store.paged_tables import pages, whole
from rolloutsim.study.store.store_reader import Contents


class Study:
    """Results of a sweep.

    Parameters
    ----------
    folder
        The folder of the study, which is only read.

    Raises
    ------
    StoreError
        If the folder holds no study, or it cannot be read.

    Attributes
    ----------
    points
        One row per point: its number, the scenario's fingerprint, and what is set. Uncertain values are in SI units.
    units
        The units of uncertain values.

    Examples
    --------
    >>> import tempfile, rolloutsim
    >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = rolloutsim.sweep(scenario, levers={"rules.dispatch": ["window", "batch"]}, replicates=10, executor=1, out=folder)
    ...     study = rolloutsim.Study(folder)
    ...     frame = study.frame("time_to_complete.p50")
    >>> frame[["rules.dispatch", "metric", "n"]]
      rules.dispatch                metric   n
    0         window  time_to_complete.p50  10
    1          batch  time_to_complete.p50  10
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        definition = read_definition(self.folder)
        if definition is None:
            raise StoreError(f"{folder}: there is no study: rolloutsim sweep --out {folder} makes one")
        self._definition: Definition = definition
        self.points: pd.DataFrame = definition.points.drop(columns="premises")
        self.units: dict[str, str] = definition.units

    @property
    def scenario(self) -> dict[str, Any]:
        """The scenario whose levers and uncertainties were varied, as data."""
        return self._definition.scenario

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of all chance: one, unless studies were combined."""
        return self._definition.seeds

    @property
    def wanted(self) -> int:
        """Number of replicates of the complete study."""
        return self.points["fingerprint"].nunique() * self._definition.replicates * len(self._definition.seeds)

    @cached_property
    def _contents(self) -> Contents:
        def refuse(path: Path, why: str) -> None:
            raise UnusableFileError(path, why, "run the sweep again, which sets it aside and computes what is missing")

        return Contents(self.folder, refuse)

    @property
    def done(self) -> int:
        """Number of finished replicates, without those that crashed."""
        keys = product(self.points["fingerprint"].unique(), self._definition.seeds)
        return sum(len(self._contents.replicates(*key)) for key in keys)

    @property
    def jobs(self) -> pd.DataFrame:
        """One row per point and replicate, with what is set at the point."""
        return self._tidy("jobs")

    @property
    def cohorts(self) -> pd.DataFrame:
        """One row per point, replicate and cohort."""
        return self._tidy("cohorts")

    @property
    def sites(self) -> pd.DataFrame:
        """One row per point, replicate and site."""
        return self._tidy("sites")

    @property
    def classes(self) -> pd.DataFrame:
        """One row per point, replicate and class."""
        return self._tidy("classes")

    @property
    def failure_codes(self) -> pd.DataFrame:
        """How often each code occurred, by point, replicate and cohort; codes that did not occur have no row."""
        return self._tidy("failure_codes")

    @property
    def crashes(self) -> pd.DataFrame:
        """Replicates that could not be simulated to their end."""
        return self._tidy("crashes")

    def _tidy(self, name: str) -> pd.DataFrame:
        read = [flat(name) for flat in self._contents.tables(self._definition.fingerprints)]
        if read[0] is None:
            raise no_groups(name)
        frame = pa.concat_tables(read).to_pandas()
        return self.points.merge(frame.drop(columns="model_version"), on="fingerprint").drop(columns="fingerprint")

    @property
    def without_effect(self) -> tuple[str, ...]:
        """The levers whose values make no difference to `jobs` in any replicate."""
        levers = [name for name in self.points.columns if name not in ("point", "fingerprint", "sample", *self.units)]
        if not levers:
            return ()
        outcomes = self._digests()
        rows = self.points.drop(columns=["point", "fingerprint"]).to_dict("records")
        settings = [{str(name): value for name, value in row.items()} for row in rows]
        return without_effect(levers, settings, [outcomes[fingerprint] for fingerprint in self.points["fingerprint"]])

    def _digests(self) -> dict[str, pd.Series]:
        """Return a digest of each replicate's row of `jobs`, by fingerprint; the rows themselves would take more memory."""
        keys = ["seed", "replicate"]
        found = dict.fromkeys(self._definition.fingerprints, pd.Series(dtype=np.uint64))
        for flat in self._contents.tables(self._definition.fingerprints):
            jobs = flat("jobs").to_pandas().set_index(keys)
            digest = pd.util.hash_pandas_object(jobs.drop(columns=["fingerprint", "model_version"]), index=False)
            found |= {str(name): own for name, own in digest.groupby(jobs["fingerprint"], observed=True)}
        return found

    def tables(self, point: int) -> Tables:
        """Return the tables of one point, for `rolloutsim.analysis`; those of robots are not kept.

        Replicates of several seeds are numbered through.
        """
        if not 0 <= point < len(self.points):
            raise UsageError(f"there is no point {point}: points are numbered from 0 to {len(self.points) - 1}")
        return whole(next(self._contents.tables([self.points["fingerprint"].iloc[point]]))).tables()

    def frame(self, *metrics: str | Sequence[str]) -> pd.DataFrame:
        """Return estimates, one row per point and metric, with what is set at the point; ``attrs["units"]`` are those of `units`.

        Parameters
        ----------
        metrics
            Such as ``time_to_complete.p95``, one by one or in lists.

        Raises
        ------
        UsageError
            If an expression is invalid.
        """
        queries = parse_metrics(metric for given in metrics for metric in ([given] if isinstance(given, str) else given))
        number = pd.Index(self.points["fingerprint"].unique())  # a value may be sampled more than once
        released: list[tuple[Any, ...]] = [(np.array([], np.int64), np.array([]))]
        found: dict[Query, list[tuple[Any, ...]]] = {query: [(np.array([], np.int64), np.array([]), np.array([]))] for query in queries}
        for flat in self._contents.tables(number):
            for page in pages(flat):
                points = number.get_indexer(page.fingerprints)
                bad = values(RELEASE, page).to_numpy()
                released.append((points, bad))
                for query in queries:
                    each = values(query, page)
                    found[query].append((points[each.index], each.to_numpy(), bad[each.index]))
        at, drawn = (np.concatenate(part) for part in zip(*released, strict=True))
        counts = [np.bincount(at, weights, minlength=len(number)).astype(int) for weights in (None, drawn)]
        rows = []
        estimates = {query: _estimates(query, parts, self._premises(number), *counts) for query, parts in found.items()}
        for point, place in enumerate(number.get_indexer(self.points["fingerprint"])):
            rows += [{"point": point, "metric": str(query), **estimates[query][place]._asdict()} for query in queries]
        columns = ["point", "metric", "low", "best", "high", "n", "unit", "note"]
        frame = self.points.drop(columns="fingerprint").merge(pd.DataFrame(rows, columns=columns), on="point")
        # Plots name the scenario, write drawn values with their units, and show the clock.
        frame.attrs |= {"scenario": self._definition.scenario["scenario"], "units": self.units, **clock_of(self.scenario, self.points)}
        return frame

    def _premises(self, fingerprints: Iterable[str]) -> list[Premises]:
        """Return the premises of scenarios; many points have the same."""
        read = cache(lambda text: Premises.from_json(json.loads(text)))
        texts = dict(zip(self._definition.points["fingerprint"], self._definition.points["premises"], strict=True))
        return [read(texts[fingerprint]) for fingerprint in fingerprints]

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        name, seeds = self._definition.scenario["scenario"], ", ".join(map(str, self._definition.seeds))
        return f"<Study of {name}: {len(self)} points, {self.done} replicates, seed {seeds}>"

    def _repr_html_(self) -> str:
        return html_of(self)


def _estimates(
    query: Query, parts: Sequence[tuple[Any, ...]], premises: Sequence[Premises], counts: Any, bad_counts: Any
) -> list[Estimate]:
    """Return an estimate per point.

    Parameters
    ----------
    query
        What is estimated.
    parts
        Points and values of replicates, and whether they drew the bad release.
    premises
        Of each point's scenario.
    counts, bad_counts
        How many replicates each point has, those included that a condition leaves out, and how many of these drew the bad release.
    """
    points, found, bad = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(points, kind="stable")
    ends = np.searchsorted(points[order], np.arange(1, len(counts)))
    by_point = zip(np.split(found[order], ends), np.split(bad[order], ends), premises, counts, bad_counts, strict=True)
    return [estimate(query, own, drawn, of=int(of), of_bad=int(of_bad), premises=known) for own, drawn, known, of, of_bad in by_point]
