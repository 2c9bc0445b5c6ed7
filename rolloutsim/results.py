"""Results: the tables of many replicates, with their summary and plots."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rolloutsim.analysis import Premises, evaluate, group_names, link_capacities, parse_metric, values
from rolloutsim.analysis.replicates import is_kept, median_replicate, no_groups, not_kept
from rolloutsim.errors import UsageError
from rolloutsim.scenario import build
from rolloutsim.scenario.local_time import LocalClock
from rolloutsim.simulation.records.outcomes import Crash, Tables
from rolloutsim.simulation.records.tables import GROUPS
from rolloutsim.study.deadlines import METRIC, Deadline
from rolloutsim.study.run import simulate_again, summary_of
from rolloutsim.study.store.files import write_folder
from rolloutsim.study.store.saved_tables import SavedTables

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.analysis import Estimate, Reached, Summary
    from rolloutsim.errors import StoreError
    from rolloutsim.report import Plotter
    from rolloutsim.report.replay import Replay
    from rolloutsim.scenario import Scenario


class Results:
    """The results of a simulation: tables, a summary and plots.

    Parameters
    ----------
    tables
        The tables; their columns are documented in ``docs/tables.md``.
    manifest
        Where they come from.
    precision
        What was reached of each precision that `simulate` was asked for.
    unsaved
        Why they are not in the folder that was asked for, if they are not; what is done is there, and the same call goes on from it.

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

    def __init__(
        self,
        tables: Tables | SavedTables,
        manifest: dict[str, Any],
        precision: tuple[Reached, ...] = (),
        unsaved: StoreError | None = None,
    ) -> None:
        self.tables = tables
        self.manifest = manifest
        self.precision = precision
        self.unsaved = unsaved

    @property
    def jobs(self) -> pd.DataFrame:
        """One row per replicate."""
        return self._table("jobs")

    @property
    def cohorts(self) -> pd.DataFrame:
        """One row per cohort and replicate."""
        return self._table("cohorts")

    @property
    def sites(self) -> pd.DataFrame:
        """One row per site and replicate, of a fleet that has sites."""
        return self._table("sites")

    @property
    def classes(self) -> pd.DataFrame:
        """One row per class and replicate, of a fleet that has classes."""
        return self._table("classes")

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
        """Counts of codes, by replicate and cohort."""
        return self._table("failure_codes")

    def _table(self, name: str) -> pd.DataFrame:
        table: pd.DataFrame | None = getattr(self.tables, name)
        if table is None:
            raise no_groups(name) if name in GROUPS else not_kept(name)
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

    def replay(self, replicate: int | None = None) -> Replay:
        """Return one rollout over time, robot by robot; its replicate is simulated again if its steps were not kept.

        Parameters
        ----------
        replicate
            Its number; by default the one with the median time to complete.

        Raises
        ------
        UsageError
            If there is no such replicate.
        StoreError
            If it has to be simulated again, and the results are of another version of the model.

        Examples
        --------
        >>> import rolloutsim
        >>> results = rolloutsim.simulate(rolloutsim.load("scenarios/robomaker-100.yaml"), replicates=3, seed=1)
        >>> replay = results.replay()
        >>> replay.robots, len(replay.cells)
        (100, 100)
        """
        from rolloutsim.report.replay import replay_of

        number = median_replicate(self.tables) if replicate is None else replicate
        kept = is_kept(self.tables, "steps") and is_kept(self.tables, "link_use")
        return replay_of(self._one(number) if kept else self.replicate(number), self.scenario)

    def animate(self, path: str | Path, *, replicate: int | None = None) -> None:
        """Write one rollout as a moving picture, as `replay` returns it.

        Parameters
        ----------
        path
            A ``.gif`` file, or an ``.mp4`` file if imageio-ffmpeg is installed (the extra ``video``).
        replicate
            Its number; by default the one with the median time to complete.

        Raises
        ------
        UsageError
            If there is no such replicate, or the path is invalid.
        StoreError
            If the file cannot be written, or as for `replay`.
        """
        from rolloutsim.report.animation import animate, check_target

        check_target(Path(path))
        animate(self.replay(replicate), Path(path))

    @property
    def crashes(self) -> tuple[Crash, ...]:
        """Replicates that could not be simulated to their end."""
        return tuple(Crash(**crash) for crash in self.manifest["crashes"])

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C came before all replicates were done."""
        return bool(self.manifest["interrupted"])

    @cached_property
    def _summary(self) -> Summary:
        return summary_of(self.tables, self.manifest)

    def summary(self) -> Summary:
        """Return the statistics, each with its interval and the number of replicates behind it."""
        return self._summary

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario that was simulated, with every default written out."""
        return build(self.manifest["scenario"])

    def estimate(self, metric: str) -> Estimate:
        """Return an estimate of a metric, with its interval and the number of replicates behind it.

        Parameters
        ----------
        metric
            E.g. ``time_to_reach_95[courier].p90``; ``rolloutsim metrics`` lists all.

        Raises
        ------
        UsageError
            If there is no such metric, condition or cohort; the message names the nearest one.

        Examples
        --------
        >>> import rolloutsim
        >>> results = rolloutsim.simulate(rolloutsim.load("scenarios/robomaker-100.yaml"), replicates=10, seed=1)
        >>> results.estimate("succeeded_share").n
        10
        """
        query = parse_metric(metric, groups=group_names(self.scenario))
        return evaluate(query, self.tables, Premises.from_json(self.manifest["premises"]))

    def probability_by(self, by: str, metric: str = METRIC) -> Estimate:
        """Return the probability that a time is at most a deadline, with its exact interval.

        Parameters
        ----------
        by
            A time of day, ``06:00``: the first such instant after `rules.start`; or a duration from the start, ``8 h``.
        metric
            A time, e.g. ``time_to_reach_95[courier]``.

        Raises
        ------
        UsageError
            If an argument is invalid, or a time of day is given to a scenario without `rules.start`.

        Examples
        --------
        >>> import rolloutsim
        >>> results = rolloutsim.simulate(rolloutsim.load("scenarios/robomaker-100.yaml"), replicates=10, seed=1)
        >>> results.probability_by("1 h").note
        '10 of 10'
        """
        deadline = Deadline.parse(by, self.scenario, metric)
        return deadline.probability(values(deadline.query, self.tables), Premises.from_json(self.manifest["premises"]))

    @property
    def plot(self) -> Plotter:
        """Plots by name, e.g. ``results.plot.completion_curve(ax=ax)``."""
        from rolloutsim.report import Plotter
        from rolloutsim.report.plots.subject import Subject

        return Plotter(self.tables, link_capacities(self.manifest["scenario"]), self._one, Subject.of(self.scenario))

    def save(self, folder: str | Path, *, csv: bool = False) -> list[Path]:
        """Write everything into a folder of Parquet and JSON files (and CSV).

        Raises
        ------
        StoreError
            If the folder cannot be written to.
        """
        tables = self.tables if isinstance(self.tables, Tables) else self.tables.read_all()
        return write_folder(Path(folder), tables, self.manifest, self.summary().to_json(), csv=csv)

    def report(self, file: str | Path) -> None:
        """Write one self-contained HTML file: what the results mean, pictures, tables, the scenario in words, and where they come from.

        Raises
        ------
        StoreError
            If the file cannot be written.

        Examples
        --------
        >>> import rolloutsim
        >>> results = rolloutsim.simulate(rolloutsim.load("scenarios/robomaker-100.yaml"), replicates=10, seed=1)
        >>> results.report("report.html")  # doctest: +SKIP
        """
        from rolloutsim.report.page import Shown, page_of, write_page

        write_page(Path(file), page_of([Shown(self)]))

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
        from rolloutsim.report import results_html, run_headline

        return results_html(self.summary(), LocalClock.of(self.scenario), run_headline(self.summary(), self.scenario))

    def __repr__(self) -> str:
        policy = self.manifest.get("dispatch")
        by = "" if policy is None else f", dispatched by {policy['name']} {policy['version']}"
        return f"<Results of {self.manifest['name']}: {len(self.jobs)} replicates, seed {self.manifest['seed']}{by}>"
