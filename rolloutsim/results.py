"""Results: the tables of many replicates, with everything that one asks of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rolloutsim.analysis.replicates import is_kept, not_kept
from rolloutsim.errors import UsageError
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.study import Crash, ExecutorSpec, SavedTables, run_replicates, run_to_precision, simulate_again, write_folder
from rolloutsim.study.arguments import expect_scenario, expect_texts

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.analysis import Summary
    from rolloutsim.report import Plotter
    from rolloutsim.scenario import Scenario

__all__ = ["Results", "simulate"]


class Results:
    """The results of a simulation: tables, a summary and plots.

    Parameters
    ----------
    tables
        The tables; their columns are documented in ``docs/tables.md``.
    manifest
        Where they come from.

    Raises
    ------
    UsageError
        From the properties, if a table was not kept.

    Examples
    --------
    >>> import rolloutsim
    >>> results = rolloutsim.simulate(rolloutsim.load("scenarios/robomaker-100.yaml"), replicates=3, seed=1)
    >>> len(results.robots)
    300
    """

    def __init__(self, tables: Tables | SavedTables, manifest: dict[str, Any]) -> None:
        self.tables = tables
        self.manifest = manifest

    @property
    def jobs(self) -> pd.DataFrame:
        """One row per replicate."""
        return self._table("jobs")

    @property
    def cohorts(self) -> pd.DataFrame:
        """One row per cohort and replicate."""
        return self._table("cohorts")

    @property
    def robots(self) -> pd.DataFrame:
        """One row per robot and replicate."""
        return self._table("robots")

    @property
    def steps(self) -> pd.DataFrame:
        """One row per phase of an attempt of a robot."""
        return self._table("steps")

    @property
    def timeline(self) -> pd.DataFrame:
        """Step functions of time: robots in flight, completed and failed; in recorded replicates the bit rates too."""
        return self._table("timeline")

    @property
    def link_use(self) -> pd.DataFrame:
        """Bytes and largest bit rate of cohorts, sites and the origin in cells of time."""
        return self._table("link_use")

    @property
    def slot_time(self) -> pd.DataFrame:
        """Time for which slots were held, by phase and replicate."""
        return self._table("slot_time")

    @property
    def failure_codes(self) -> pd.DataFrame:
        """How often each code occurred, by replicate and cohort."""
        return self._table("failure_codes")

    def _table(self, name: str) -> pd.DataFrame:
        table: pd.DataFrame | None = getattr(self.tables, name)
        if table is None:
            raise not_kept(name)
        return table

    def replicate(self, number: int) -> Tables:
        """Return all tables of one replicate, with its exact bit rates; it is simulated again, which gives the same numbers.

        Raises
        ------
        UsageError
            If there is no such replicate.
        StoreError
            If the results are of another version of the model.

        Examples
        --------
        >>> import rolloutsim
        >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
        >>> results = rolloutsim.simulate(scenario, replicates=3, seed=1, keep="jobs")
        >>> len(results.replicate(2).robots)
        100
        """
        known = self.jobs["replicate"]
        if number not in set(known):
            have = f"they hold {known.min()} to {known.max()}" if len(known) else "they are empty"
            raise UsageError(f"the tables hold no replicate {number}; {have}")
        return simulate_again(self.manifest, number)

    def _one(self, number: int) -> Tables:
        return self.tables.one(number) if is_kept(self.tables, "robots") else self.replicate(number)

    @property
    def crashes(self) -> tuple[Crash, ...]:
        """Replicates that could not be simulated to their end."""
        return tuple(Crash(**crash) for crash in self.manifest["crashes"])

    @cached_property
    def _summary(self) -> Summary:
        from rolloutsim.analysis import Premises, summarize

        premises = Premises.from_json(self.manifest["premises"])
        return summarize(self.tables, scenario_name=self.manifest["name"], stages=self.manifest["stages"], premises=premises)

    def summary(self) -> Summary:
        """Return the statistics, each with its interval and the number of replicates behind it."""
        return self._summary

    @property
    def plot(self) -> Plotter:
        """Plots by name, e.g. ``results.plot.completion_curve(ax=ax)``."""
        from rolloutsim.analysis import link_capacities
        from rolloutsim.report import Plotter

        return Plotter(self.tables, link_capacities(self.manifest["scenario"]), self._one)

    def save(self, folder: str | Path, *, csv: bool = False) -> list[Path]:
        """Write everything into a folder of Parquet and JSON files (and CSV).

        Raises
        ------
        StoreError
            If the folder cannot be written to.
        """
        tables = self.tables if isinstance(self.tables, Tables) else self.tables.read_all()
        return write_folder(Path(folder), tables, self.manifest, self.summary().to_json(), csv=csv)

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """Return what `save` or ``rolloutsim run --out`` wrote; a table is read and verified when it is first asked for.

        Raises
        ------
        StoreError
            If the folder holds no complete results; from each table, if its file is damaged or was changed.
        """
        tables = SavedTables(Path(folder))
        return cls(tables, tables.manifest)

    def _repr_html_(self) -> str:
        from rolloutsim.report import results_html

        return results_html(self.summary())

    def __repr__(self) -> str:
        return f"<Results of {self.manifest['name']}: {len(self.jobs)} replicates, seed {self.manifest['seed']}>"


def simulate(
    scenario: Scenario,
    *,
    replicates: int | None = None,
    precision: Sequence[str] = (),
    max_replicates: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    keep: Literal["auto", "all", "jobs"] = "auto",
    record: Collection[int] = (0,),
    workers: int | None = None,
    executor: str | Executor | None = None,
    scheduler: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Results:
    """Simulate a scenario.

    Parameters
    ----------
    scenario
        From `rolloutsim.load`.
    replicates, seed
        Default: the scenario's; a missing seed is drawn and recorded.
    precision, max_replicates
        Instead of a number of replicates: run until the half-width of each interval is at most this, e.g. ``["time_to_complete.p95 5%"]``,
        with at most ``max_replicates`` (by default ten times the scenario's). `Results.manifest` records what was reached.
    engine
        ``auto``, ``simpy`` or ``compiled``; the numbers are the same.
    keep
        ``all`` tables; ``jobs``, that is `jobs`, `cohorts` and `failure_codes`; or ``auto``: all if the rows of the first eight replicates
        show that all rows will fit into 256 MB, else those of ``jobs`` and `slot_time`.
    record
        Replicates of which `timeline` holds the exact bit rates.
    workers
        Number of worker processes; results are identical for any number. Default: as many as the work is worth.
    executor, scheduler
        Where the work runs: ``processes``, ``dask`` (on this machine, or with the address of a scheduler), ``module:factory``, or an
        executor.
    progress
        Called with the number of each replicate that is done.

    Raises
    ------
    UsageError
        If an argument is invalid.
    SimulationError
        If every replicate crashed; single ones are listed in `Results.crashes`.

    Examples
    --------
    >>> import rolloutsim
    >>> results = rolloutsim.simulate(rolloutsim.load("scenarios/robomaker-100.yaml"), replicates=3, seed=1)
    >>> results
    <Results of robomaker-100: 3 replicates, seed 1>
    """
    expect_scenario(scenario)
    expect_texts("precision", precision)
    if precision and replicates is not None:
        raise UsageError("precision decides how many replicates there will be: leave out replicates, or limit them by max_replicates")
    common: dict[str, Any] = {"seed": seed, "engine": engine, "keep": keep, "record": record, "progress": progress}
    common["where"] = ExecutorSpec(workers, executor, scheduler)
    if precision:
        run = run_to_precision(scenario, precision, max_replicates=max_replicates, **common)
    else:
        run = run_replicates(scenario, replicates=replicates, **common)
    return Results(run.tables, run.manifest)
