"""Replicates of one scenario in memory: all their tables if these are small, else what the summary needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from rolloutsim.simulation.records.outcomes import join_outcomes
from rolloutsim.simulation.records.tables import DETAILS, KEPT, Keep, row_bytes

if TYPE_CHECKING:
    from rolloutsim.simulation.records.outcomes import Crash, Outcomes

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
