"""Recorded samples, replayed cyclically. Their times and values are taken from the scenario, which has read the file."""

from __future__ import annotations

from rolloutsim.randomness import uniform
from rolloutsim.scenario import Trace
from tests.simulation.reference.calendar import started


class Recording:
    """The trace that a robot replays, sample by sample.

    Parameters
    ----------
    trace
        All that there are; the robot draws one and, if the offset is random, how far it has gone in it at time 0.
    key, cause
        Of the two draws.
    start
        Of the job, as in ``rules.start``.
    place
        Of the robot in its cohort, from 0.
    """

    def __init__(self, trace: Trace, key: int, cause: int, start: str | None, place: int) -> None:
        drawn = int(len(trace.patterns) * uniform(key, cause, 0))
        self.pattern = trace.patterns[place if trace.matched else drawn]
        self.skipped = uniform(key, cause + 1, 0) * self.pattern.period if trace.offset == "random" else 0.0
        if trace.offset == "clock":
            assert start is not None
            assert self.pattern.begins is not None
            self.skipped = started(start, trace.timezone or "UTC") - self.pattern.begins
            while self.skipped < 0:  # as if it had been recorded again and again before, too
                self.skipped += self.pattern.period
        self.number = 0
        while self.change <= 0:
            self.turn()

    @property
    def value(self) -> float:
        return self.pattern.values[self.number % len(self.pattern.values)]

    @property
    def on(self) -> bool:
        return self.value > 0

    @property
    def change(self) -> float:
        """When the next sample begins (s), of which the value may be the same."""
        cycle, sample = divmod(self.number + 1, len(self.pattern.times))
        return cycle * self.pattern.period + self.pattern.times[sample] - self.skipped

    def turn(self) -> None:
        self.number += 1
