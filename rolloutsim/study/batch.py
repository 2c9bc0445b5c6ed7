"""The unit of work of every study: some replicates of one scenario, the same tables wherever they are made."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from rolloutsim.simulation.choice import choose_engine
from rolloutsim.simulation.collect import Collector, Tables
from rolloutsim.simulation.replicate import Replicator

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["Batch", "Crash", "Interrupted", "join_tables", "run_batch"]


class Crash(NamedTuple):
    """A replicate that could not be simulated to its end.

    Attributes
    ----------
    stage
        Where: ``simulation``, or ``worker`` if the process that simulated it died.
    """

    replicate: int
    type: str
    message: str
    traceback: str
    stage: str = "simulation"


class Batch(NamedTuple):
    """What has become of some replicates.

    Attributes
    ----------
    tables
        Of those that were simulated to their end.
    crashes
        The others.
    """

    tables: Tables
    crashes: tuple[Crash, ...]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C within a batch; `batch` holds the replicates that were done."""

    def __init__(self, batch: Batch) -> None:
        super().__init__(batch)
        self.batch = batch


def run_batch(
    scenario: Scenario,
    seed: int,
    replicates: range,
    *,
    tables: Literal["all", "jobs"] = "jobs",
    engine: str = "auto",
    work: int = 0,
) -> Batch:
    """Simulate some replicates of a scenario.

    Parameters
    ----------
    scenario, seed, replicates
        Which.
    tables
        ``all``, or ``jobs``: without those of robots, which stay empty.
    engine
        As for `choose_engine`.
    work
        Robot-deployments of the study of which this is a part, by which it is decided what is worth machine code.

    Raises
    ------
    UsageError
        For an engine that does not exist.
    Interrupted
        On Ctrl-C.

    Examples
    --------
    >>> import rolloutsim
    >>> batch = run_batch(rolloutsim.load("scenarios/robomaker-100.yaml"), 1, range(5, 8))
    >>> list(batch.tables.jobs["replicate"])
    [5, 6, 7]
    """
    work = max(work, scenario.robots * len(replicates))
    chosen = choose_engine(engine, scenario, work // scenario.robots).engine
    replicator = Replicator(scenario, seed, work=work, steps=tables == "all", engine=chosen)
    collector = Collector(scenario, tables=tables)
    crashes: list[Crash] = []
    done: list[int] = []

    def batch() -> Batch:
        found = collector.tables()
        if len(done) < len(replicates):  # some tables may have rows of the others already
            found = Tables(*(table[table["replicate"].isin(done)].reset_index(drop=True) for table in found))
        return Batch(found, tuple(crashes))

    try:
        for replicate in replicates:
            try:
                collector.add(replicate, *replicator.run(replicate))
                done.append(replicate)
            except Exception as error:  # whatever it is, the other replicates go on
                crashes.append(Crash(replicate, type(error).__name__, str(error), traceback.format_exc()))
    except KeyboardInterrupt:
        raise Interrupted(batch()) from None
    return batch()


def join_tables(parts: Sequence[Tables]) -> Tables:
    """Return the tables of batches of one scenario as one, in the order given."""
    import pandas as pd

    return parts[0] if len(parts) == 1 else Tables(*(pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True)))
