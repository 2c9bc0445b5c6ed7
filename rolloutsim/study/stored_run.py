"""A run that is written into a folder while it goes on: started, resumed, extended, or read again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rolloutsim.analysis import Premises, first_look, looks, summarize
from rolloutsim.errors import StoreError
from rolloutsim.scenario import stage_sizes
from rolloutsim.simulation.engine_choice import choose_engine, estimate_work, ready_engine
from rolloutsim.study.execution.executors import DEFAULT_EXECUTOR, ExecutorSpec
from rolloutsim.study.measuring import all_crashed, choose_replicates, choose_seed, chunks, refuse_quantiles
from rolloutsim.study.precision import MORE_AT_MOST, evaluated, parse_tolerances
from rolloutsim.study.provenance import manifest
from rolloutsim.study.run import Run
from rolloutsim.study.store.files import make_folder
from rolloutsim.study.store.run_store import RunDefinition, RunStore, clear_run, saved_seed
from rolloutsim.study.store.saved_tables import SavedTables

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.records.tables import Keep

__all__ = ["run_into"]


def run_into(
    folder: Path,
    scenario: Scenario,
    *,
    replicates: int | None = None,
    precision: Sequence[str] = (),
    max_replicates: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    keep: Keep = "all",
    record: Collection[int] = (0,),
    where: ExecutorSpec = DEFAULT_EXECUTOR,
    progress: Callable[[int], None] | None = None,
    overwrite: bool = False,
    stale: Iterable[str] = (),
    notify: Callable[[str], None] = lambda _: None,
) -> Run:
    """Simulate replicates 0, 1, 2, … of a scenario in a folder, of which those that are there already are not simulated again.

    Parameters
    ----------
    folder
        Made if need be. It may hold the same run, unfinished or with fewer replicates.
    replicates, seed
        Default: the scenario's; a seed that is not given is that of the folder, or one is drawn and recorded.
    precision, max_replicates, engine, keep, record, where, progress
        As for `run_to_precision` and `run_replicates`.
    overwrite
        Remove the run that is there first.
    stale
        Names of pictures and CSV files that show the results of a run, to be removed when these change.
    notify
        Called with messages about the folder.

    Returns
    -------
    Run
        Its tables are read from the folder. On Ctrl-C it has what is done, if anything is. If the final tables cannot be written it has the
        reduced tables, and what is done is in the folder for the same command to go on.

    Raises
    ------
    UsageError
        If an argument is invalid.
    StoreError
        If the folder holds something else; the message lists in what it differs.
    SimulationError
        If every replicate crashed.
    MemoryError
        After what is done was written, so that the same command goes on from there.
    """
    tolerances = parse_tolerances(scenario, precision)
    most = (max_replicates or MORE_AT_MOST * scenario.replicates) if precision else choose_replicates(scenario, replicates)
    premises = Premises.of(scenario)
    refuse_quantiles([(tolerance.text, tolerance.query) for tolerance in tolerances], most, exact=premises.exact)
    make_folder(folder, "run")
    if overwrite:
        clear_run(folder, stale, notify)
    known = saved_seed(folder) if seed is None and scenario.seed is None else None
    seed = choose_seed(scenario, known if seed is None else seed)
    chosen = choose_engine(engine, estimate_work(scenario, most)).engine
    interrupted = False
    definition = RunDefinition(scenario, seed, keep, tuple(sorted(set(record))))
    with RunStore(folder, definition, stale=stale, notify=notify) as store:
        if store.done:
            notify(f"{folder} holds {store.done} replicates of this run, which are not simulated again")
        goal = 0
        try:
            for goal in looks(first_look(tolerance.query for tolerance in tolerances), most) if tolerances else [most]:
                for missing in store.missing(goal):
                    store.begin(missing)
                    ready_engine(chosen, estimate_work(scenario, most))
                    for chunk in chunks(scenario, seed, missing, keep=keep, record=record, engine=chosen, where=where, progress=progress):
                        store.add(chunk)
                store.flush()
                if tolerances and all(each.met for each in evaluated(tolerances, store.tables(goal), premises)):
                    break
        except MemoryError:
            with suppress(MemoryError):
                store.flush()
            raise
        except KeyboardInterrupt:
            store.flush()
            if store.has_gap or len(store.crashes) == store.done:
                raise
            interrupted = True
        if len(store.crashes) == store.done:
            raise all_crashed(store.crashes, seed)
        reached = evaluated(tolerances, store.tables(goal), premises)
        crashes = tuple(store.crashes)
        if not store.finished:
            content = manifest(
                scenario,
                seed=seed,
                replicates=max(goal, store.done),
                engine=chosen,
                tables=keep,
                record=record,
                crashes=store.crashes,
                interrupted=interrupted,
            )
            if tolerances:
                content["precision"] = [each.to_json() for each in reached]
            reduced = store.tables(store.done)
            summary = summarize(reduced, scenario_name=scenario.name, stages=len(stage_sizes(scenario)), premises=premises)
            try:
                store.finish(content, summary.to_json())
            except StoreError as error:
                return Run(reduced, content, crashes, interrupted, reached, error)
    tables = SavedTables(folder)
    return Run(tables, tables.manifest, crashes, interrupted, reached)
