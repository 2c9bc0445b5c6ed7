"""Run the replicates of one scenario; a crash or an interruption costs no replicate that is done."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rolloutsim.errors import SimulationError, UsageError
from rolloutsim.simulation.replicate import check_engine
from rolloutsim.study.batch import join_tables, run_batch
from rolloutsim.study.provenance import manifest
from rolloutsim.study.tasks import Request
from rolloutsim.study.work import run_batches

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.collect import Tables
    from rolloutsim.study.batch import Batch, Crash

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
    """

    tables: Tables
    manifest: dict[str, Any]
    crashes: tuple[Crash, ...]
    interrupted: bool


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
    workers: int | None = None,
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
        ``auto`` or ``simpy``.
    tables
        Which to keep: ``all``; ``jobs``, that is `jobs`, `cohorts` and `failure_codes`; or ``auto``, see `choose_tables`.
    workers
        How many processes; the results do not depend on it. Default: as many as the work is worth.
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
    check_engine(engine)
    count = scenario.replicates if replicates is None else replicates
    if count < 1:
        raise UsageError(f"{count} replicates cannot be simulated: ask for at least 1")
    seed = next(s for s in (seed, scenario.seed, secrets.randbits(32)) if s is not None)
    if not 0 <= seed < 1 << 64:
        raise UsageError(f"seed {seed} is out of range: a seed is an integer from 0 to 18446744073709551615")
    work = scenario.robots * count
    kept = choose_tables(tables, work)
    run = partial(run_batch, tables=kept, work=work)
    batches: dict[int, Batch] = {}
    interrupted = False
    try:
        for done in run_batches([Request(scenario, seed, range(count))], workers=workers, run=run):
            for request, batch in done.batches:
                batches[request.replicates.start] = batch
                if progress is not None:
                    for replicate in request.replicates:
                        progress(replicate)
    except KeyboardInterrupt:
        interrupted = True
    whole = list(_first_ones(batches))
    crashes = tuple(crash for batch in whole for crash in batch.crashes)
    if not any(len(batch.tables.jobs) for batch in whole):
        if interrupted:
            raise KeyboardInterrupt
        raise SimulationError(
            f"all {count} replicates crashed, the first with {crashes[0].type}: {crashes[0].message}; this is a fault of the program, "
            f"not of the scenario: please report it with the scenario and seed {seed}"
        )
    if interrupted and not keep_on_interrupt:
        raise KeyboardInterrupt
    provenance = manifest(scenario, seed=seed, replicates=count, engine="simpy", tables=kept, crashes=crashes, interrupted=interrupted)
    return Run(join_tables([batch.tables for batch in whole]), provenance, crashes, interrupted)


def _first_ones(batches: dict[int, Batch]) -> Iterator[Batch]:
    """Yield batches in order up to the first gap.

    Which ones are finished beyond a gap depends on how long they took, so to keep them would favour quick rollouts.
    """
    first = 0
    while first in batches:
        batch = batches[first]
        yield batch
        first += max(1, len(batch.tables.jobs) + len(batch.crashes))
