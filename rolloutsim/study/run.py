"""Run the replicates of one scenario; a crash or an interruption costs no replicate that is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rolloutsim.simulation.choice import estimate_work, ready_engine
from rolloutsim.simulation.outcomes import join_outcomes
from rolloutsim.study.executors import ANYWHERE, Where
from rolloutsim.study.measuring import all_crashed, batches, choose_replicates, choose_seed
from rolloutsim.study.provenance import manifest

if TYPE_CHECKING:
    from rolloutsim.analysis import Reached
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.outcomes import Outcomes, Tables
    from rolloutsim.study.batch import Crash

__all__ = ["Run", "choose_tables", "run_replicates"]

#: Robots times replicates up to which all tables are kept unless somebody chooses; with more they would take gigabytes.
_WORTH_KEEPING = 2_000_000


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
    """

    tables: Tables
    manifest: dict[str, Any]
    crashes: tuple[Crash, ...]
    interrupted: bool
    precision: tuple[Reached, ...] = ()


def choose_tables(tables: Literal["all", "jobs", "auto"], work: int) -> Literal["all", "jobs"]:
    """Return the tables to keep: of ``auto`` all, unless the robots of all replicates together are more than 2,000,000.

    Examples
    --------
    >>> choose_tables("auto", 2_000_000), choose_tables("auto", 2_000_001), choose_tables("all", 2_000_001)
    ('all', 'jobs', 'all')
    """
    if tables == "auto":
        return "all" if work <= _WORTH_KEEPING else "jobs"
    return tables


def run_replicates(
    scenario: Scenario,
    *,
    replicates: int | None = None,
    seed: int | None = None,
    engine: str = "auto",
    tables: Literal["all", "jobs", "auto"] = "auto",
    where: Where = ANYWHERE,
    progress: Callable[[int], None] | None = None,
    keep_on_interrupt: bool = False,
) -> Run:
    """Simulate replicates 0, 1, 2, … of a scenario.

    Parameters
    ----------
    scenario
        What to simulate.
    replicates, seed
        Default: the scenario's; a seed that nobody names is drawn and recorded.
    engine
        ``auto``, ``simpy`` or ``compiled``; the numbers are the same.
    tables
        Which to keep: ``all``; ``jobs``, that is `jobs`, `cohorts` and `failure_codes`; or ``auto``, see `choose_tables`.
    where
        As for `run_batches`.
    progress
        Called with the number of each replicate that is done.
    keep_on_interrupt
        Return what is done on Ctrl-C, instead of raising KeyboardInterrupt.

    Raises
    ------
    UsageError
        For a number of replicates or workers, a seed, an engine or tables that cannot be.
    SimulationError
        If every replicate crashed.
    """
    count, seed = choose_replicates(scenario, replicates), choose_seed(scenario, seed)
    kept = choose_tables(tables, scenario.robots * count)
    chosen = ready_engine(engine, estimate_work(scenario, count))
    parts: list[Outcomes] = []
    crashes: list[Crash] = []
    interrupted = False
    try:
        for batch in batches(scenario, seed, range(count), tables=kept, engine=chosen, where=where, progress=progress):
            parts.append(batch.outcomes)
            crashes += batch.crashes
    except KeyboardInterrupt:
        if not keep_on_interrupt or not any(len(part.numbers) for part in parts):
            raise
        interrupted = True
    if not any(len(part.numbers) for part in parts):
        raise all_crashed(crashes, seed)
    provenance = manifest(scenario, seed=seed, replicates=count, engine=chosen, tables=kept, crashes=crashes, interrupted=interrupted)
    return Run(join_outcomes(parts).tables(), provenance, tuple(crashes), interrupted)
