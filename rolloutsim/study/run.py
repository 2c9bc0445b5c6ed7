"""A run: replicates of one scenario, in memory or in a folder; a crash or an interruption loses no replicate that is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rolloutsim.analysis import Premises, summarize
from rolloutsim.analysis.detail import Detail, detail_of
from rolloutsim.analysis.replicates import Replicates, is_kept
from rolloutsim.errors import StoreError
from rolloutsim.printing import log_warning
from rolloutsim.scenario import build
from rolloutsim.simulation.engine_choice import choose_engine, estimate_work
from rolloutsim.simulation.records.outcomes import Tables, join_outcomes
from rolloutsim.simulation.records.tables import DETAILS, KEPT, Keep, row_bytes
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.study.execution.chunk import run_chunk
from rolloutsim.study.measuring import all_crashed
from rolloutsim.study.provenance import manifest
from rolloutsim.study.store.run_store import RunDefinition, RunStore
from rolloutsim.study.store.saved_tables import SavedTables

if TYPE_CHECKING:
    from rolloutsim.analysis import Reached, Summary
    from rolloutsim.analysis.replicates import ResultTables
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.records.outcomes import Crash, Outcomes
    from rolloutsim.study.context import StudyContext
    from rolloutsim.study.precision import Goal

    Found = tuple[Tables | SavedTables, dict[str, Any], tuple[Reached, ...], StoreError | None]


#: What a caller can ask for.
Keeping = Literal["auto", "all", "summary", "jobs"]

#: All tables are kept if they take no more than so many bytes, …
_BUDGET = 256 * 2**20
#: … which the rows of so many replicates, the first, show.
_PROBE = 8


#: A replicate of more robots than this is not simulated again for the summary.
_DETAILED = 20_000


class Run(NamedTuple):
    """What is simulated, and how far. Both ways return tables, manifest, what was reached of each precision, and why it is not saved.

    Attributes
    ----------
    scenario, goal, context
        What is simulated, when that is enough, and how.
    record
        Replicates whose exact bit rates are kept.
    progress
        Called with the number of each replicate that is done.
    keep_on_interrupt
        Whether an interruption leaves the replicates that are done, instead of raising KeyboardInterrupt.
    """

    scenario: Scenario
    goal: Goal
    context: StudyContext
    record: tuple[int, ...]
    progress: Callable[[int], None] | None
    keep_on_interrupt: bool

    def in_memory(self, keep: Keeping) -> Found:
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
        return tables, self._manifest(look, found.keep, found.crashes, reached, interrupted=interrupted), reached, None

    def in_folder(self, folder: Path, keep: Keep, *, stale: Iterable[str], overwrite: bool, notify: Callable[[str], None] | None) -> Found:
        """Simulate the replicates that a folder lacks, and write them there while the run goes on; see `RunStore`.

        Raises
        ------
        MemoryError
            After what is done was written, so that the same run goes on from there.
        """
        definition = RunDefinition(self.scenario, self.context.seed, keep, self.record, self.context.dispatch)
        interrupted = False
        with RunStore(folder, definition, stale=stale, overwrite=overwrite, notify=notify or log_warning) as store:
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
                try:
                    store.finish(content, summary_of(tables, content, first=store.first()).to_json())
                except StoreError as error:
                    return tables, content, reached, error
        saved = SavedTables(folder)
        return saved, saved.manifest, reached, None

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
            dispatch=self.context.dispatch,
        )
        if self.goal.tolerances:
            content["precision"] = [each.to_json() for each in reached]
        return content


class Gathering:
    """Replicates 0, 1, 2, … of a scenario in memory: all their tables if these are small, else what the summary needs.

    Parameters
    ----------
    simulate
        Yields the outcomes of some replicates, in order, with what is to be kept of them.
    most
        How many replicates there will be at most.
    robots
        Of each replicate.
    keep
        As for `rolloutsim.simulation.records.recorder.Recorder`; ``auto`` is ``all`` if the rows of the first eight replicates show
        that all rows will fit into 256 MB, else ``summary``.

    Attributes
    ----------
    keep
        What is kept, once that is decided.
    done
        Number of replicates so far, with those that crashed.
    """

    def __init__(self, simulate: Callable[[range, Keep], Iterator[Outcomes]], most: int, robots: int, keep: Keeping) -> None:
        self._simulate, self._most = simulate, most
        self._parts: list[Outcomes] = []
        self.keep: Keep = keep if keep != "auto" else "all"
        self.done = 0
        self._undecided = keep == "auto"
        if self._undecided and most * robots * row_bytes("robots") > _BUDGET:
            self._decide("summary")

    @property
    def outcomes(self) -> Outcomes:
        """Of all replicates so far."""
        self._parts = [join_outcomes(self._parts)]
        return self._parts[0]

    @property
    def crashes(self) -> tuple[Crash, ...]:
        """Replicates that crashed."""
        return tuple(crash for part in self._parts for crash in part.crashes)

    def simulate(self, until: int) -> None:
        """Simulate the replicates that are missing below a number; an interruption leaves those that were done before it."""
        if self._undecided:
            self._run(min(until, _PROBE))
            if self.done >= min(self._most, _PROBE):
                self._decide("all" if self._bytes() * self._most <= _BUDGET * self.done else "summary")
        self._run(until)

    def _run(self, until: int) -> None:
        if self.done >= until:
            return
        for outcomes in self._simulate(range(self.done, until), self.keep):
            self._parts.append(outcomes)
            self.done += outcomes.size

    def _decide(self, keep: Keep) -> None:
        self.keep, self._undecided = keep, False
        self._parts = [
            part._replace(details={name: part.details[name] for name in part.details if name in KEPT[keep]}) for part in self._parts
        ]

    def _bytes(self) -> int:
        """Return what the rows of tables other than the reduced ones take."""
        return sum(len(part.details[name]["replicate"]) * row_bytes(name) for part in self._parts if part.details for name in DETAILS)


def simulate_again(provenance: dict[str, Any], replicate: int) -> Tables:
    """Return all tables of one replicate of results that are known by their manifest: it is a pure function of seed and number.

    Raises
    ------
    StoreError
        If the results are of another version of the model, or of a dispatch policy of your own, of which only the name is known.
    """
    if "dispatch" in provenance:
        name = provenance["dispatch"]["name"]
        why = f"the dispatch policy {name} is not in the results"
        raise StoreError(f"replicate {replicate} cannot be simulated again: {why}; simulate with keep='all'")
    if provenance["model_version"] != MODEL_VERSION:
        raise StoreError(
            f"replicate {replicate} cannot be simulated again: the results are of model version {provenance['model_version']}, and this is "
            f"version {MODEL_VERSION}, in which the same scenario gives other numbers: run it again"
        )
    return simulate_one(build(provenance["scenario"]), provenance["seed"], replicate)


def simulate_one(scenario: Scenario, seed: int, replicate: int) -> Tables:
    """Return all tables of one replicate, with its exact bit rates, without the replicates before it."""
    engine = choose_engine("auto", estimate_work(scenario, 1)).engine
    number = range(replicate, replicate + 1)
    return run_chunk(scenario, seed, number, keep="all", record=number, engine=engine).tables()


def summary_of(tables: ResultTables, provenance: dict[str, Any], *, first: ResultTables | None = None) -> Summary:
    """Return the summary of results, of which the manifest has what is not in tables.

    Parameters
    ----------
    first
        All tables of the first replicates, if `tables` does not hold them.
    """
    premises = Premises.from_json(provenance["premises"])
    detail = first_detail(first or tables, provenance, premises)
    return summarize(tables, scenario_name=provenance["name"], stages=provenance["stages"], premises=premises, detail=detail)


def first_detail(tables: ResultTables, provenance: dict[str, Any], premises: Premises) -> Detail | None:
    """Return what the first replicate shows; it is simulated again if only its numbers were kept and it is not large.

    Nothing if every robot of it is reached and no link is full, so that there is nothing to show.
    """
    jobs = tables.jobs
    if not len(jobs):
        return None
    first = jobs[(jobs["replicate"] == jobs["replicate"].min()).to_numpy()].iloc[0]
    ends_well = first["succeeded"] + first["converged_late"] == first["robots"]
    orders, rules = ("listed", "priority"), provenance["scenario"]["rules"]
    may_hold = first["saturated_s"] > 0 and rules["order"] in orders and not provenance["stages"] and premises.slots < first["robots"]
    if ends_well and not may_hold:
        return None
    if is_kept(tables, "robots"):
        names = "cohorts", "failure_codes", "robots", "timeline", "link_use"
        cohorts, failure_codes, robots, timeline, link_use = next(Replicates(tables).pieces(*names))
        found: ResultTables = Tables(jobs, cohorts, failure_codes, robots, timeline=timeline, link_use=link_use)
    elif first["robots"] <= _DETAILED and provenance["model_version"] == MODEL_VERSION and "dispatch" not in provenance:
        found = simulate_again(provenance, int(first["replicate"]))
    else:
        return None
    detail = detail_of(found, slots=premises.slots)
    return detail if may_hold else detail._replace(held_slots=None)
