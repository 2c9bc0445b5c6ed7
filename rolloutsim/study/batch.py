"""The unit of work of every study: some replicates of one scenario, the same tables wherever they are made."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from rolloutsim.simulation.collect import Collector, Tables
from rolloutsim.simulation.replicate import Replicator

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["Batch", "Crash", "join_tables", "run_batch"]


class Crash(NamedTuple):
    """A replicate that could not be simulated to its end."""

    replicate: int
    type: str
    message: str
    traceback: str


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


def run_batch(scenario: Scenario, seed: int, replicates: range, *, tables: Literal["all", "jobs"] = "jobs") -> Batch:
    """Simulate some replicates of a scenario.

    Parameters
    ----------
    scenario, seed, replicates
        Which.
    tables
        ``all``, or ``jobs``: without those of robots, which stay empty.

    Examples
    --------
    >>> import rolloutsim
    >>> batch = run_batch(rolloutsim.load("scenarios/robomaker-100.yaml"), 1, range(5, 8))
    >>> list(batch.tables.jobs["replicate"])
    [5, 6, 7]
    """
    replicator = Replicator(scenario, seed, work=scenario.robots * len(replicates), steps=tables == "all")
    collector = Collector(scenario, tables=tables)
    crashes = []
    for replicate in replicates:
        try:
            collector.add(replicate, *replicator.run(replicate))
        except Exception as error:  # whatever it is, the other replicates go on
            crashes.append(Crash(replicate, type(error).__name__, str(error), traceback.format_exc()))
    found = collector.tables()
    if crashes:  # some of their tables may have rows already
        lost = [crash.replicate for crash in crashes]
        found = Tables(*(table[~table["replicate"].isin(lost)].reset_index(drop=True) for table in found))
    return Batch(found, tuple(crashes))


def join_tables(parts: Sequence[Tables]) -> Tables:
    """Return the tables of batches of one scenario as one, in the order given."""
    import pandas as pd

    return parts[0] if len(parts) == 1 else Tables(*(pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True)))
