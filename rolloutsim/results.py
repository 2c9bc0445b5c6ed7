"""Results: the tables of many replicates, with everything that one asks of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rolloutsim.errors import UsageError
from rolloutsim.study import Crash, Where, read_folder, run_replicates, run_to_precision, write_folder

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.analysis import Summary
    from rolloutsim.report import Plotter
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.outcomes import Tables

__all__ = ["Results", "simulate"]


class Results:
    """What a simulation has put out.

    Parameters
    ----------
    tables
        The tables; their columns are documented in ``docs/tables.md``.
    manifest
        Where they come from.

    Examples
    --------
    >>> import rolloutsim
    >>> results = rolloutsim.simulate(rolloutsim.load("scenarios/robomaker-100.yaml"), replicates=3, seed=1)
    >>> len(results.robots)
    300
    """

    def __init__(self, tables: Tables, manifest: dict[str, Any]) -> None:
        self.tables = tables
        self.manifest = manifest

    @property
    def jobs(self) -> pd.DataFrame:
        """One row a replicate."""
        return self.tables.jobs

    @property
    def cohorts(self) -> pd.DataFrame:
        """One row a cohort and replicate."""
        return self.tables.cohorts

    @property
    def robots(self) -> pd.DataFrame:
        """One row a robot and replicate."""
        return self.tables.robots

    @property
    def steps(self) -> pd.DataFrame:
        """One row a phase of an attempt of a robot."""
        return self.tables.steps

    @property
    def timeline(self) -> pd.DataFrame:
        """Step functions of time: robots in flight, completed, failed, and the bit rate."""
        return self.tables.timeline

    @property
    def failure_codes(self) -> pd.DataFrame:
        """How often each code occurred, by replicate and cohort."""
        return self.tables.failure_codes

    @property
    def crashes(self) -> tuple[Crash, ...]:
        """Replicates that could not be simulated to their end."""
        return tuple(Crash(**crash) for crash in self.manifest["crashes"])

    @cached_property
    def _summary(self) -> Summary:
        from rolloutsim.analysis import summarize

        return summarize(self.tables, scenario_name=self.manifest["name"], stages=self.manifest["stages"])

    def summary(self) -> Summary:
        """Return the statistics, each with its interval and the number of replicates behind it."""
        return self._summary

    @property
    def plot(self) -> Plotter:
        """Plots by name, e.g. ``results.plot.completion_curve(ax=ax)``."""
        from rolloutsim.analysis import link_capacities
        from rolloutsim.report import Plotter

        return Plotter(self.tables, link_capacities(self.manifest["scenario"]))

    def save(self, folder: str | Path, *, csv: bool = False) -> list[Path]:
        """Write everything into a folder of Parquet and JSON files (and CSV).

        Raises
        ------
        StoreError
            If the folder cannot be written to.
        """
        return write_folder(Path(folder), self.tables, self.manifest, self.summary().to_json(), csv=csv)

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """Read back what `save` wrote.

        Raises
        ------
        StoreError
            If the folder holds no complete results.
        """
        return cls(*read_folder(Path(folder)))

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
    tables: Literal["all", "jobs", "auto"] = "auto",
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
        Default: the scenario's; a seed that nobody names is drawn and recorded.
    precision, max_replicates
        Instead of a number of replicates: simulate until half of each interval is as small, e.g. ``["time_to_complete.p95 5%"]``, but
        at most so many replicates (by default ten times the scenario's). `Results.manifest` says what was reached.
    engine
        ``auto``, ``simpy`` or ``compiled``; the numbers are the same.
    tables
        Which to keep: ``all``; ``jobs``, that is `jobs`, `cohorts` and `failure_codes`; or ``auto``: all, unless the robots of all
        replicates together are more than 2,000,000.
    workers
        How many; the results do not depend on it. Default: as many processes as the work is worth.
    executor, scheduler
        What the workers are: ``processes``, ``dask`` (on this machine, or with the address of a scheduler), ``module:factory``, or an
        executor.
    progress
        Called with the number of each replicate that is done.

    Raises
    ------
    UsageError
        For arguments that cannot be.
    SimulationError
        If every replicate crashed; single ones are listed in `Results.crashes`.
    """
    if precision and replicates is not None:
        raise UsageError("precision says how many replicates there will be: leave out replicates, or limit them by max_replicates")
    common: dict[str, Any] = {"seed": seed, "engine": engine, "tables": tables, "progress": progress}
    common["where"] = Where(workers, executor, scheduler)
    if precision:
        run = run_to_precision(scenario, precision, max_replicates=max_replicates, **common)
    else:
        run = run_replicates(scenario, replicates=replicates, **common)
    return Results(run.tables, run.manifest)
