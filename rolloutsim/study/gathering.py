"""Replicates of one scenario in memory: all their tables if these are small, else what the summary needs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Literal

from rolloutsim.errors import UsageError
from rolloutsim.simulation.records.outcomes import join_outcomes
from rolloutsim.simulation.records.tables import DETAILS, KEPT, Keep, row_bytes
from rolloutsim.study.execution.executors import DEFAULT_EXECUTOR, ExecutorSpec
from rolloutsim.study.measuring import all_crashed, chunks

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.records.outcomes import Outcomes
    from rolloutsim.study.execution.chunk import Crash

__all__ = ["Gathering", "Keeping"]

#: What a caller can ask for.
Keeping = Literal["auto", "all", "summary", "jobs"]

#: All tables are kept if they take no more than so many bytes, …
_BUDGET = 256 * 2**20
#: … which the rows of so many replicates, the first, show.
_PROBE = 8


class Gathering:
    """Replicates 0, 1, 2, … of a scenario; it can grow.

    Parameters
    ----------
    scenario, seed
        Of all replicates.
    most
        How many there will be at most.
    keep
        As for `rolloutsim.simulation.records.recorder.Recorder`; ``auto`` is ``all`` if the rows of the first eight replicates show
        that all rows will fit into 256 MB, else ``summary``.
    record, engine, where, progress
        As for `chunks`.

    Raises
    ------
    UsageError
        For another `keep`, or a number to record below 0.

    Attributes
    ----------
    keep
        What is kept, once that is decided.
    done
        Replicates so far, with those that crashed.
    crashes
        Those that crashed.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        *,
        most: int,
        keep: Keeping = "auto",
        record: Collection[int] = (0,),
        engine: str = "auto",
        where: ExecutorSpec = DEFAULT_EXECUTOR,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        if keep not in ("auto", *KEPT):
            raise UsageError(f"keep={keep!r}: it is 'auto', 'all' or 'jobs'")
        if any(replicate < 0 for replicate in record):
            raise UsageError(f"record={tuple(record)}: replicates are numbered from 0")
        self._scenario, self._seed, self._most, self._record = scenario, seed, most, tuple(record)
        self._engine, self._where, self._progress = engine, where, progress
        self._parts: list[Outcomes] = []
        self.keep: Keep = keep if keep != "auto" else "all"
        self.done = 0
        self.crashes: list[Crash] = []
        self._undecided = keep == "auto"
        if self._undecided and most * scenario.robots * row_bytes("robots") > _BUDGET:
            self._decide("summary")

    @property
    def outcomes(self) -> Outcomes:
        """Of all replicates so far.

        Raises
        ------
        SimulationError
            If all of them crashed.
        """
        if len(self.crashes) == self.done:
            raise all_crashed(self.crashes, self._seed)
        self._parts = [join_outcomes(self._parts)]
        return self._parts[0]

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
        for chunk in chunks(
            self._scenario,
            self._seed,
            range(self.done, until),
            keep=self.keep,
            record=self._record,
            engine=self._engine,
            where=self._where,
            progress=self._progress,
        ):
            self._parts.append(chunk.outcomes)
            self.crashes += chunk.crashes
            self.done += chunk.size

    def _decide(self, keep: Keep) -> None:
        self.keep, self._undecided = keep, False
        self._parts = [
            part._replace(details={name: part.details[name] for name in part.details if name in KEPT[keep]}) for part in self._parts
        ]

    def _bytes(self) -> int:
        """Return what the rows of tables other than the reduced ones take."""
        return sum(len(part.details[name]["replicate"]) * row_bytes(name) for part in self._parts if part.details for name in DETAILS)
