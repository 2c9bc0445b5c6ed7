"""Replicates of a study as tables for `rolloutsim.analysis`, thousands at a time, and only the tables that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rolloutsim.simulation.records.data_frames import conform
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.records.tables import SCHEMA
from rolloutsim.study.store.arrow_rows import places
from rolloutsim.vocabulary import CODES

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

#: Replicates a page: few enough that a row for each failure code of each cohort takes little memory.
_SIZE = 1 << 14


class Page:
    """Some replicates, which may be of several scenarios.

    Parameters
    ----------
    flat
        Returns a flat table of `rolloutsim.study.store.arrow_rows` by name, None if there is none.
    places
        Returns the row of `jobs` to which each of its rows belongs.
    rows
        The rows of `jobs` that are on this page.
    numbers
        Columns that identify replicates; by default these are numbered through.

    Attributes
    ----------
    robots, steps, timeline, link_use, slot_time
        A study does not keep them.
    """

    robots = steps = timeline = link_use = slot_time = None

    def __init__(self, flat: Callable[[str], Any], places: Callable[[str], Array], rows: range, numbers: Array | None = None) -> None:
        self._flat, self._places, self._rows = flat, places, rows
        self._numbers = np.arange(len(rows)) if numbers is None else numbers

    @property
    def fingerprints(self) -> Any:
        """Of the scenario of each replicate."""
        return self._flat("jobs")["fingerprint"].slice(self._rows.start, len(self._rows))

    @cached_property
    def jobs(self) -> pd.DataFrame:
        """One row per replicate."""
        return self._typed("jobs", self._frame("jobs", np.arange(len(self._rows)), self._rows))

    @cached_property
    def cohorts(self) -> pd.DataFrame:
        """One row per replicate and cohort."""
        return self._typed("cohorts", self._rows_of("cohorts"))

    @cached_property
    def sites(self) -> pd.DataFrame | None:
        """One row per replicate and site; None if there are none."""
        return self._of_groups("sites")

    @cached_property
    def classes(self) -> pd.DataFrame | None:
        """One row per replicate and class; None if there are none."""
        return self._of_groups("classes")

    def _of_groups(self, name: str) -> pd.DataFrame | None:
        if self._flat(name) is None or not len(rows := self._rows_of(name)):
            return None
        return self._typed(name, rows)

    @cached_property
    def failure_codes(self) -> pd.DataFrame:
        """One row a code of each job, and of each cohort, as a simulation puts them out."""
        return self._typed("failure_codes", _every_code(self._rows_of("failure_codes"), self._numbers, self._names["cohort"]))

    def tables(self) -> Tables:
        """Return the tables that a study keeps."""
        names = ("jobs", "cohorts", "sites", "classes", "failure_codes")
        found = {name: frame for name in names if (frame := getattr(self, name)) is not None}
        return Tables(
            **{
                name: conform(name, {column.name: frame[column.name].array for column in SCHEMA[name] if column.name in frame})
                for name, frame in found.items()
            }
        )

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """The cohorts and classes, in the order of the fleet, and the sites, in alphabetical order."""
        rows = self._rows_of("cohorts")
        found = {name: list(dict.fromkeys(rows[name].dropna())) for name in ("cohort", "site", "class") if name in rows}
        return {**found, "site": sorted(found.get("site", []))}

    def _rows_of(self, name: str) -> pd.DataFrame:
        start, stop = np.searchsorted(self._places(name), [self._rows.start, self._rows.stop]).tolist()
        return self._frame(name, self._places(name)[start:stop] - self._rows.start, range(start, stop))

    def _frame(self, name: str, replicates: Array, rows: range) -> pd.DataFrame:
        frame: pd.DataFrame = self._flat(name).slice(rows.start, len(rows)).to_pandas()
        return frame.assign(replicate=self._numbers[replicates])

    def _typed(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a table with the columns of its fleet and the categories that Parquet has forgotten; the other types are the schema's."""
        absent = [column.name for column in SCHEMA[name] if column.optional and column.name in frame and frame[column.name].isna().all()]
        there = [column for column in SCHEMA[name] if column.name in frame and column.name not in absent]
        typed = {
            column.name: pd.Categorical(frame[column.name], categories=column.categories or self._names.get(column.name, []))
            for column in there
            if column.dtype == "category"
        }
        return frame.drop(columns=absent).assign(**typed)


def pages(read: Callable[[str], Any]) -> Iterator[Page]:
    """Return what is read, which is read at most once, as pages.

    Parameters
    ----------
    read
        Returns a flat table by name; rows of a replicate stand together, in the order of `jobs`.
    """
    flat = cache(read)
    places_of = _places(flat)
    count = flat("jobs").num_rows
    for start in range(0, count, _SIZE):
        yield Page(flat, places_of, range(start, min(start + _SIZE, count)))


def whole(read: Callable[[str], Any]) -> Page:
    """Return what is read of one scenario as one page; replicates keep their numbers unless there are several seeds."""
    flat = cache(read)
    jobs = flat("jobs")
    numbers = jobs["replicate"].to_numpy() if len(jobs["seed"].unique()) < 2 else None
    return Page(flat, _places(flat), range(jobs.num_rows), numbers)


def _places(flat: Callable[[str], Any]) -> Callable[[str], Array]:
    return cache(lambda name: places(flat("jobs"), flat(name)))


def _every_code(found: pd.DataFrame, replicates: Any, cohorts: list[str]) -> pd.DataFrame:
    """Return counts of codes with a row for each code of a job and of each cohort, as a simulation puts them out."""
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
