"""Running until it is precise enough: replicates grow until the worst of the metrics that were asked for meets its half-width."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from rolloutsim.analysis import Premises, Reached, Tolerance, evaluate, first_look, least_replicates, looks, reached
from rolloutsim.errors import Gathered
from rolloutsim.simulation.engine_choice import estimate_work, ready_engine
from rolloutsim.study.arguments import expect_count
from rolloutsim.study.execution.executors import DEFAULT_EXECUTOR, ExecutorSpec
from rolloutsim.study.gathering import Gathering
from rolloutsim.study.measuring import choose_seed, refuse_quantiles
from rolloutsim.study.provenance import manifest
from rolloutsim.study.run import Run

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.records.outcomes import Tables
    from rolloutsim.study.gathering import Keeping

__all__ = ["MORE_AT_MOST", "evaluated", "parse_tolerances", "run_to_precision"]

#: Unless it is said how far replicates may grow: so many times the scenario's.
MORE_AT_MOST = 10


def parse_tolerances(scenario: Scenario, texts: Sequence[str]) -> tuple[Tolerance, ...]:
    """Take tolerances apart, e.g. ``time_to_complete.p95 5%``.

    Raises
    ------
    UsageError
        With everything that is wrong with any of them.
    """
    wrong = Gathered()
    cohorts = [cohort.name for cohort in scenario.fleet]
    found = [wrong.attempt(Tolerance.parse, text, cohorts) for text in texts]
    wrong.check()
    return tuple(tolerance for tolerance in found if tolerance is not None)


def run_to_precision(
    scenario: Scenario,
    precision: Sequence[str],
    *,
    max_replicates: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    keep: Keeping = "auto",
    record: Collection[int] = (0,),
    where: ExecutorSpec = DEFAULT_EXECUTOR,
    progress: Callable[[int], None] | None = None,
    keep_on_interrupt: bool = False,
) -> Run:
    """Simulate replicates 0, 1, 2, … until every metric is as precise as asked, or the number of replicates is exhausted.

    It is looked after 40 replicates (more where a quantile has no interval before), and after each growth by half of them. Where it
    stops depends on the replicates alone. The manifest has what was reached, under ``precision``.

    Parameters
    ----------
    precision
        Metrics with the half-widths of their 95 % intervals: ``time_to_complete.p95 5%`` (of the value), ``abort_probability 0.005`` or
        ``time_to_complete.p95 2 min``.
    max_replicates
        At most so many; by default ten times the scenario's.
    seed, engine, keep, record, where, progress, keep_on_interrupt
        As for `run_replicates`.

    Raises
    ------
    UsageError
        If an argument is invalid.
    SimulationError
        If every replicate crashed.
    """
    tolerances = parse_tolerances(scenario, precision)
    most = MORE_AT_MOST * scenario.replicates if max_replicates is None else max_replicates
    expect_count("max_replicates", most)
    premises = Premises.of(scenario)
    refuse_quantiles([(tolerance.text, tolerance.query) for tolerance in tolerances], most, exact=premises.exact)
    seed = choose_seed(scenario, seed)
    chosen = ready_engine(engine, estimate_work(scenario, most))
    gathering = Gathering(scenario, seed, most=most, keep=keep, record=record, engine=chosen, where=where, progress=progress)
    look = 0
    interrupted = False
    try:
        for look in looks(first_look(tolerance.query for tolerance in tolerances), most):
            gathering.simulate(look)
            if all(each.met for each in evaluated(tolerances, gathering.outcomes.reduced.tables(), premises)):
                break
    except KeyboardInterrupt:
        if not keep_on_interrupt or len(gathering.crashes) == gathering.done:
            raise
        interrupted = True
    tables, crashes = gathering.outcomes.tables(), tuple(gathering.crashes)
    provenance = manifest(
        scenario, seed=seed, replicates=look, engine=chosen, tables=gathering.keep, record=record, crashes=crashes, interrupted=interrupted
    )
    found = evaluated(tolerances, tables, premises)
    provenance["precision"] = [each.to_json() for each in found]
    return Run(tables, provenance, crashes, interrupted, found)


def evaluated(tolerances: Sequence[Tolerance], tables: Tables, premises: Premises) -> tuple[Reached, ...]:
    """Return what is reached of each tolerance."""
    count = len(tables.jobs)
    return tuple(
        reached(tolerance, evaluate(tolerance.query, tables, premises), count, least=least_replicates(tolerance.query, premises))
        for tolerance in tolerances
    )
