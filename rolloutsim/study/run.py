"""A run: replicates of one scenario, in memory or in a folder; a crash or an interruption loses no replicate that is done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rolloutsim.analysis import summarize
from rolloutsim.errors import StoreError, UsageError
from rolloutsim.printing import log_warning
from rolloutsim.scenario import build, stage_sizes
from rolloutsim.simulation.engine_choice import choose_engine, estimate_work
from rolloutsim.simulation.records.tables import KEPT
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.arguments import expect_scenario, expect_texts
from rolloutsim.study.context import StudyContext, choose_seed
from rolloutsim.study.execution.chunk import run_chunk
from rolloutsim.study.gathering import Gathering
from rolloutsim.study.measuring import all_crashed
from rolloutsim.study.precision import Goal
from rolloutsim.study.provenance import manifest
from rolloutsim.study.store.files import make_folder
from rolloutsim.study.store.run_store import RunDefinition, RunStore, clear_run, saved_seed
from rolloutsim.study.store.saved_tables import SavedTables

if TYPE_CHECKING:
    from rolloutsim.analysis import Reached
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.records.outcomes import Crash, Outcomes, Tables
    from rolloutsim.simulation.records.tables import Keep
    from rolloutsim.study.execution.executors import ExecutorLike
    from rolloutsim.study.gathering import Keeping


class Run(NamedTuple):
    """The replicates that are done.

    Attributes
    ----------
    tables
        In memory, or in the folder.
    manifest
        Where they come from: JSON-able.
    precision
        What was reached of each precision that was asked for.
    unsaved
        Why they are not in the folder, if they should be and are not.
    """

    tables: Tables | SavedTables
    manifest: dict[str, Any]
    precision: tuple[Reached, ...]
    unsaved: StoreError | None = None


def run(
    scenario: Scenario,
    *,
    replicates: int | None = None,
    precision: Sequence[str] = (),
    max_replicates: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    keep: Keeping = "auto",
    record: Collection[int] = (0,),
    executor: ExecutorLike = None,
    progress: Callable[[int], None] | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    stale: Iterable[str] = (),
    keep_on_interrupt: bool = False,
    notify: Callable[[str], None] | None = None,
) -> Run:
    """Simulate replicates 0, 1, 2, … of a scenario.

    Parameters
    ----------
    stale
        Names of pictures and CSV files in the folder that show the results of a run, to be removed when these change.
    others
        As for `rolloutsim.simulate`.
    """
    expect_scenario(scenario)
    expect_texts("precision", precision)
    if keep not in ("auto", *KEPT):
        raise UsageError(f"keep={keep!r}: it is 'auto', 'all', 'summary' or 'jobs'")
    if any(replicate < 0 for replicate in record):
        raise UsageError(f"record={tuple(record)}: replicates are numbered from 0")
    if overwrite and out is None:
        raise UsageError("overwrite is about a folder: give one as out")
    goal = Goal.of(scenario, replicates=replicates, precision=precision, max_replicates=max_replicates)
    if beyond := [replicate for replicate in sorted(record) if replicate >= goal.most and replicate > 0]:
        raise UsageError(f"record: there is no replicate {beyond[0]}: {goal.most} replicates are numbered from 0 to {goal.most - 1}")
    folder = None if out is None else Path(out)
    if folder is not None:
        make_folder(folder, "run")
        if overwrite:
            clear_run(folder, stale, notify or log_warning)
        if seed is None and scenario.seed is None:
            seed = saved_seed(folder)
    context = StudyContext.of([(scenario, goal.most)], seed=choose_seed(scenario, seed), executor=executor, engine=engine)
    if notify is not None:
        notify(f"engine {context.engine}: {context.why}")
    runner = _Runner(scenario, goal, context, tuple(sorted(set(record))), progress, keep_on_interrupt)
    if folder is None:
        return runner.in_memory(keep)
    return runner.in_folder(folder, "all" if keep == "auto" else keep, stale, notify)


class _Runner(NamedTuple):
    """What is simulated, and how far."""

    scenario: Scenario
    goal: Goal
    context: StudyContext
    record: tuple[int, ...]
    progress: Callable[[int], None] | None
    keep_on_interrupt: bool

    def in_memory(self, keep: Keeping) -> Run:
        """Simulate all replicates and keep them in memory."""
        found = Gathering(self._simulate, self.goal.most, self.scenario.robots, keep)
        look, interrupted = 0, False
        try:
            for look in self.goal.looks:
                found.simulate(look)
                if len(found.crashes) == found.done:
                    raise all_crashed(found.crashes, self.context.seed)
                if self.goal.tolerances and self.goal.is_met(found.outcomes.reduced.tables()):
                    break
        except KeyboardInterrupt:
            if not self.keep_on_interrupt or len(found.crashes) == found.done:
                raise
            interrupted = True
        tables = found.outcomes.tables()
        reached = self.goal.reached(tables)
        return Run(tables, self._manifest(look, found.keep, found.crashes, reached, interrupted=interrupted), reached)

    def in_folder(self, folder: Path, keep: Keep, stale: Iterable[str], notify: Callable[[str], None] | None) -> Run:
        """Simulate the replicates that a folder lacks, and write them there while the run goes on.

        Raises
        ------
        MemoryError
            After what is done was written, so that the same run goes on from there.
        """
        definition = RunDefinition(self.scenario, self.context.seed, keep, self.record)
        interrupted = False
        with RunStore(folder, definition, stale=stale, notify=notify or log_warning) as store:
            if store.done and notify is not None:
                notify(f"{folder} holds {store.done} replicates of this run, which are not simulated again")
            look = 0
            try:
                for look in self.goal.looks:
                    for missing in store.missing(look):
                        store.begin(missing)
                        for outcomes in self._simulate(missing, keep):
                            store.add(outcomes)
                    store.flush()
                    if len(store.crashes) == store.done:
                        raise all_crashed(store.crashes, self.context.seed)
                    if self.goal.tolerances and self.goal.is_met(store.tables(look)):
                        break
            except MemoryError:
                with suppress(MemoryError):
                    store.flush()
                raise
            except KeyboardInterrupt:
                store.flush()
                if not self.keep_on_interrupt or store.has_gap or len(store.crashes) == store.done:
                    raise
                interrupted = True
            reached = self.goal.reached(store.tables(look)) if self.goal.tolerances else ()
            if not store.finished:
                tables = store.tables(store.done)
                content = self._manifest(max(look, store.done), keep, store.crashes, reached, interrupted=interrupted)
                premises = self.goal.premises
                summary = summarize(tables, scenario_name=self.scenario.name, stages=len(stage_sizes(self.scenario)), premises=premises)
                try:
                    store.finish(content, summary.to_json())
                except StoreError as error:
                    return Run(tables, content, reached, error)
        saved = SavedTables(folder)
        return Run(saved, saved.manifest, reached)

    def _simulate(self, replicates: range, keep: Keep) -> Iterator[Outcomes]:
        return self.context.in_order(self.scenario, replicates, keep=keep, record=self.record, progress=self.progress)

    def _manifest(
        self, replicates: int, keep: Keep, crashes: Sequence[Crash], reached: Sequence[Reached], *, interrupted: bool
    ) -> dict[str, Any]:
        """Return the provenance, with the precision that was reached."""
        content = manifest(
            self.scenario,
            seed=self.context.seed,
            replicates=replicates,
            engine=self.context.engine,
            tables=keep,
            record=self.record,
            crashes=crashes,
            interrupted=interrupted,
        )
        if self.goal.tolerances:
            content["precision"] = [each.to_json() for each in reached]
        return content


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
    scenario = build(provenance["scenario"])
    engine = choose_engine("auto", estimate_work(scenario, 1)).engine
    number = range(replicate, replicate + 1)
    return run_chunk(scenario, provenance["seed"], number, keep="all", record=number, engine=engine).tables()
