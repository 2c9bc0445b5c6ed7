"""Running until it is precise enough: replicates grow until the worst of the metrics that were asked for meets its half-width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from rolloutsim.analysis import Reached, Tolerance, evaluate, first_look, looks, reached
from rolloutsim.errors import Gathered, UsageError
from rolloutsim.simulation.choice import estimate_work, ready_engine
from rolloutsim.simulation.outcomes import join_outcomes
from rolloutsim.study.batch import Crash
from rolloutsim.study.executors import ANYWHERE, Where
from rolloutsim.study.measuring import all_crashed, batches, choose_seed
from rolloutsim.study.provenance import manifest
from rolloutsim.study.run import Run, choose_tables

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.outcomes import Outcomes, Tables

__all__ = ["MORE_AT_MOST", "parse_tolerances", "run_to_precision"]

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
    tables: Literal["all", "jobs", "auto"] = "auto",
    where: Where = ANYWHERE,
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
    seed, engine, tables, where, progress, keep_on_interrupt
        As for `run_replicates`.

    Raises
    ------
    UsageError
        For arguments that cannot be.
    SimulationError
        If every replicate crashed.
    """
    tolerances = parse_tolerances(scenario, precision)
    most = MORE_AT_MOST * scenario.replicates if max_replicates is None else max_replicates
    if most < 1:
        raise UsageError(f"{most} replicates cannot be simulated: ask for at least 1")
    seed, kept = choose_seed(scenario, seed), choose_tables(tables, scenario.robots * most)
    chosen = ready_engine(engine, estimate_work(scenario, most))
    parts: list[Outcomes] = []
    crashes: list[Crash] = []
    done = look = 0
    interrupted = False
    try:
        for look in looks(first_look(tolerance.query for tolerance in tolerances), most):
            for batch in batches(scenario, seed, range(done, look), tables=kept, engine=chosen, where=where, progress=progress):
                parts.append(batch.outcomes)
                crashes += batch.crashes
                done += batch.size
            parts = [join_outcomes(parts)]
            if all(each.met for each in _look(tolerances, parts[0].tables())):
                break
    except KeyboardInterrupt:
        if not keep_on_interrupt or len(crashes) == done:
            raise
        interrupted = True
    if len(crashes) == done:
        raise all_crashed(crashes, seed)
    joined = join_outcomes(parts).tables()
    provenance = manifest(scenario, seed=seed, replicates=look, engine=chosen, tables=kept, crashes=crashes, interrupted=interrupted)
    found = _look(tolerances, joined)
    provenance["precision"] = [each.to_json() for each in found]
    return Run(joined, provenance, tuple(crashes), interrupted, found)


def _look(tolerances: Sequence[Tolerance], tables: Tables) -> tuple[Reached, ...]:
    return tuple(reached(tolerance, evaluate(tolerance.query, tables), len(tables.jobs)) for tolerance in tolerances)
