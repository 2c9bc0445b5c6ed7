"""Run the replicates of one scenario; a crash or an interruption costs no replicate that is done."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from rolloutsim.errors import StoreError
from rolloutsim.scenario import build
from rolloutsim.simulation.engine_choice import estimate_work, ready_engine
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.execution.chunk import run_chunk
from rolloutsim.study.execution.executors import DEFAULT_EXECUTOR, ExecutorSpec
from rolloutsim.study.gathering import Gathering
from rolloutsim.study.measuring import choose_replicates, choose_seed
from rolloutsim.study.provenance import manifest

if TYPE_CHECKING:
    from rolloutsim.analysis import Reached
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.records.outcomes import Tables
    from rolloutsim.study.execution.chunk import Crash
    from rolloutsim.study.gathering import Keeping
    from rolloutsim.study.store.saved_tables import SavedTables

__all__ = ["Run", "run_replicates", "simulate_again"]


class Run(NamedTuple):
    """The replicates that are done.

    Attributes
    ----------
    tables
        Of the replicates that are done.
    manifest
        Where they come from: JSON-able.
    crashes
        Replicates that crashed; they have no rows.
    interrupted
        Whether Ctrl-C came before all were done.
    precision
        What was reached of each precision that was asked for.
    unsaved
        Why they are not in the folder that was asked for, if they are not.
    """

    tables: Tables | SavedTables
    manifest: dict[str, Any]
    crashes: tuple[Crash, ...]
    interrupted: bool
    precision: tuple[Reached, ...] = ()
    unsaved: StoreError | None = None


def run_replicates(
    scenario: Scenario,
    *,
    replicates: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    keep: Keeping = "auto",
    record: Collection[int] = (0,),
    where: ExecutorSpec = DEFAULT_EXECUTOR,
    progress: Callable[[int], None] | None = None,
    keep_on_interrupt: bool = False,
) -> Run:
    """Simulate replicates 0, 1, 2, … of a scenario.

    Parameters
    ----------
    scenario
        What to simulate.
    replicates, seed
        Default: the scenario's; a seed that is not given is drawn and recorded.
    engine
        ``auto``, ``simpy`` or ``compiled``; the numbers are the same.
    keep, record
        As for `Gathering`.
    where
        As for `run_chunks`.
    progress
        Called with the number of each replicate that is done.
    keep_on_interrupt
        Return what is done on Ctrl-C, instead of raising KeyboardInterrupt.

    Raises
    ------
    UsageError
        If an argument is invalid.
    SimulationError
        If every replicate crashed.
    """
    count, seed = choose_replicates(scenario, replicates), choose_seed(scenario, seed)
    chosen = ready_engine(engine, estimate_work(scenario, count))
    found = Gathering(scenario, seed, most=count, keep=keep, record=record, engine=chosen, where=where, progress=progress)
    interrupted = False
    try:
        found.simulate(count)
    except KeyboardInterrupt:
        if not keep_on_interrupt or len(found.crashes) == found.done:
            raise
        interrupted = True
    tables, crashes = found.outcomes.tables(), tuple(found.crashes)
    provenance = manifest(
        scenario, seed=seed, replicates=count, engine=chosen, tables=found.keep, record=record, crashes=crashes, interrupted=interrupted
    )
    return Run(tables, provenance, crashes, interrupted)


def simulate_again(provenance: dict[str, Any], replicate: int) -> Tables:
    """Return all tables of one replicate of results that are known by their manifest: it is a pure function of seed and number.

    Raises
    ------
    StoreError
        If the results are of another version of the model.
    """
    if provenance["model_version"] != MODEL_VERSION:
        raise StoreError(
            f"replicate {replicate} cannot be simulated again: the results are of model version {provenance['model_version']}, and this is "
            f"version {MODEL_VERSION}, in which the same scenario gives other numbers: run it again"
        )
    return run_chunk(
        build(provenance["scenario"]), provenance["seed"], range(replicate, replicate + 1), keep="all", record=[replicate]
    ).tables
