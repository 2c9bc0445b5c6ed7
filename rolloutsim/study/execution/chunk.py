"""The unit of work of every study: some replicates of one scenario, the same outcomes wherever they are simulated."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.simulation.engine_choice import choose_engine, estimate_work
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.replicate import Replicator

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.records.outcomes import Outcomes, Tables
    from rolloutsim.simulation.records.tables import Keep

__all__ = ["Chunk", "Crash", "Interrupted", "run_chunk"]

#: What to do after a MemoryError.
OUT_OF_MEMORY = "there is not enough memory: ask for 1 worker, or for fewer robots or tables"


class Crash(NamedTuple):
    """A replicate that could not be simulated to its end.

    Attributes
    ----------
    stage
        ExecutorSpec: ``simulation``, or ``worker`` if the process that simulated it died.
    """

    replicate: int
    type: str
    message: str
    traceback: str
    stage: str = "simulation"


class Chunk(NamedTuple):
    """What has become of some replicates.

    Attributes
    ----------
    outcomes
        Of those that were simulated to their end.
    crashes
        The others.
    """

    outcomes: Outcomes
    crashes: tuple[Crash, ...]

    @property
    def tables(self) -> Tables:
        """Of those that were simulated to their end; made anew each time."""
        return self.outcomes.tables()

    @property
    def size(self) -> int:
        """How many replicates these are."""
        return len(self.outcomes.numbers) + len(self.crashes)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C within a chunk; `chunk` holds the replicates that were done."""

    def __init__(self, chunk: Chunk) -> None:
        super().__init__(chunk)
        self.chunk = chunk


def run_chunk(
    scenario: Scenario,
    seed: int,
    replicates: range,
    *,
    keep: Keep = "jobs",
    record: Collection[int] = (0,),
    engine: str = "auto",
    work: int = 0,
) -> Chunk:
    """Simulate some replicates of a scenario.

    Parameters
    ----------
    scenario, seed, replicates
        Which.
    keep, record
        As for `rolloutsim.simulation.records.recorder.Recorder`.
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
    >>> chunk = run_chunk(rolloutsim.load("scenarios/robomaker-100.yaml"), 1, range(5, 8))
    >>> list(chunk.tables.jobs["replicate"])
    [5, 6, 7]
    """
    work = max(work, scenario.robots * len(replicates))
    chosen = choose_engine(engine, estimate_work(scenario, work // scenario.robots)).engine
    replicator = Replicator(scenario, seed, work=work, steps=keep != "jobs", flows=keep == "all", engine=chosen)
    collector = Recorder(scenario, keep=keep, record=record, engine=chosen)
    crashes: list[Crash] = []
    try:
        for replicate in replicates:
            try:
                collector.add(replicate, *replicator.run(replicate))
            except Exception as error:  # whatever it is, the other replicates go on
                message = f"{str(error) or 'no details'}; {OUT_OF_MEMORY}" if isinstance(error, MemoryError) else str(error)
                crashes.append(Crash(replicate, type(error).__name__, message, traceback.format_exc()))
    except KeyboardInterrupt:
        raise Interrupted(Chunk(collector.outcomes(), tuple(crashes))) from None
    return Chunk(collector.outcomes(), tuple(crashes))
