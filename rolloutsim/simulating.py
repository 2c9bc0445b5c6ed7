"""Simulating a scenario from Python."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rolloutsim.errors import UsageError
from rolloutsim.results import Results
from rolloutsim.simulation.records.tables import KEPT, SCHEMA
from rolloutsim.study.arguments import expect_scenario, expect_texts
from rolloutsim.study.context import StudyContext, choose_seed
from rolloutsim.study.policies import expect_policy, place_of
from rolloutsim.study.precision import Goal
from rolloutsim.study.run import Run
from rolloutsim.study.store.run_store import saved_seed

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.model.policy import DispatchPolicy
    from rolloutsim.study.execution.executors import ExecutorLike

__all__ = ["simulate"]


def simulate(
    scenario: Scenario,
    *,
    replicates: int | None = None,
    precision: Sequence[str] = (),
    max_replicates: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    dispatch: DispatchPolicy | None = None,
    keep: Literal["auto", "all", "summary", "jobs"] = "auto",
    record: Collection[int] = (0,),
    executor: ExecutorLike = None,
    progress: Callable[[int], None] | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    keep_on_interrupt: bool = False,
    notify: Callable[[str], None] | None = None,
) -> Results:
    """Simulate a scenario.

    Parameters
    ----------
    scenario
        From `rolloutsim.load`.
    replicates, seed
        Default: the scenario's; without a seed one is drawn and recorded.
    precision, max_replicates
        Instead of a number of replicates: simulate until the half-width of each 95 % interval is at most a size, e.g.
        ``["time_to_complete.p95 5%"]``, but at most so many replicates (by default ten times the scenario's). `Results.precision` shows
        what was reached.
    engine
        ``auto``, ``simpy`` or ``compiled``; the numbers are the same.
    dispatch
        A policy of your own, a `rolloutsim.DispatchPolicy`: it decides which robots start, in place of the rules about that, and whether
        it is too much. Replicates then run with SimPy and in this process, unless `executor` names another place.
    keep
        ``all`` tables; ``jobs``, that is `jobs`, `cohorts`, `sites`, `classes` and `failure_codes`; ``summary``, these and `slot_time`;
        or ``auto``: all in a folder, or if the rows of the first eight replicates show that all rows will fit into 256 MB, else
        ``summary``.
    record
        Replicates whose exact bit rates are in `timeline`.
    executor
        Where to simulate; the results do not depend on it. A number of processes, of which 1 is this process; ``"dask"``, a cluster on
        this machine; the address of a Dask scheduler, e.g. ``"tcp://10.0.0.1:8786"``; ``"module:factory"``, a function that returns an
        executor; or an executor. By default as many processes as the work is worth.
    progress
        Called with the number of each replicate that is done; without it a notebook shows a bar.
    out
        A folder for the tables, which are written while the run goes on. The same call resumes a run that was killed, extends one if more
        replicates are asked for, and else reads it again. A seed that was drawn is that of the folder.
    overwrite
        Remove the run that `out` holds first; other files stay.
    keep_on_interrupt
        On Ctrl-C return the replicates that are done, instead of raising KeyboardInterrupt.
    notify
        Called with messages: which engine is used and why, and what happened to the folder. By default only warnings are logged.

    Raises
    ------
    UsageError
        If an argument is invalid.
    StoreError
        If `out` holds something else; the message lists in what it differs.
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
    if keep not in ("auto", *KEPT):
        raise UsageError(f"keep={keep!r}: it is 'auto', 'all', 'summary' or 'jobs'")
    if overwrite and out is None:
        raise UsageError("overwrite is about a folder: give one as out")
    goal = Goal.of(scenario, replicates=replicates, precision=precision, max_replicates=max_replicates)
    folder = None if out is None else Path(out)
    saved = None if folder is None or overwrite else saved_seed(folder)
    if saved is None:  # what a folder records was checked when it was begun, perhaps with more replicates
        _check_record(record, goal.most)
    if scenario.seed is None and seed is None:
        seed = saved
    if dispatch is not None:
        expect_policy(dispatch, scenario, engine)
        engine, executor = "simpy", place_of(dispatch, executor)
    context = StudyContext.of([(scenario, goal.most)], seed=choose_seed(scenario, seed), executor=executor, engine=engine)
    context = context._replace(dispatch=dispatch)
    if notify is not None:
        notify(f"engine {context.engine}: {context.why}")
    run = Run(scenario, goal, context, tuple(sorted(set(record))), progress, keep_on_interrupt)
    if folder is None:
        return Results(*run.in_memory(keep))
    keep = "all" if keep == "auto" else keep
    return Results(*run.in_folder(folder, keep, stale=_pictures_and_csv(), overwrite=overwrite, notify=notify))


def _check_record(record: Collection[int], most: int) -> None:
    """Refuse to record replicates that there will not be; the first is there whenever any is."""
    if any(replicate < 0 for replicate in record):
        raise UsageError(f"record={tuple(record)}: replicates are numbered from 0")
    if beyond := [replicate for replicate in sorted(record) if replicate >= most]:
        raise UsageError(f"record: there is no replicate {beyond[0]}: {most} replicates are numbered from 0 to {most - 1}")


def _pictures_and_csv() -> list[str]:
    """Return the names of the files in the folder of a run that are made of its tables, and that nothing reads."""
    from rolloutsim.report import PLOTS

    return [*(f"{name}.png" for name in PLOTS), *(f"{name}.csv" for name in SCHEMA)]
