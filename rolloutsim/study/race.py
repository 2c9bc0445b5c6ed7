"""A race of settings: which comply with the constraints, and which are shown to be worse than one that does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri

from rolloutsim.analysis import Contrast, Side, contrast, decide, estimate_row
from rolloutsim.analysis.paired import QuantileContrast

if TYPE_CHECKING:
    from rolloutsim.analysis import Check, Premises, Query
    from rolloutsim.analysis.replicates import FloatArray

State = Literal["best", "near", "undecided", "worse", "infeasible"]

#: What 4,999 resamples estimate well; further out, a normal distribution is assumed.
_TAIL = 0.005


@dataclass(eq=False)
class Runner:
    """A setting in the race.

    Attributes
    ----------
    number
        Which setting.
    premises
        Of its scenario.
    values
        By query (the objective, the constraints, then the release) and replicate.
    passed
        By constraint, whether it was shown to hold.
    out
        Why it is out of the race; empty while it is not.
    round
        The last one that it took part in, from 1.
    """

    number: int
    premises: Premises
    values: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    passed: tuple[bool, ...] = ()
    out: Literal["", "worse", "infeasible"] = ""
    round: int = 0

    @property
    def complies(self) -> bool:
        """Whether it was shown to meet every constraint."""
        return all(self.passed)


@dataclass(eq=False)
class Race:
    """Settings that are compared round by round.

    Attributes
    ----------
    objective, checks, maximize
        What decides.
    confidence
        Of the two-sided interval of a single decision.
    runners
        All settings.
    """

    objective: Query
    checks: Sequence[Check]
    maximize: bool
    confidence: float
    runners: list[Runner]

    @property
    def alive(self) -> list[Runner]:
        """The settings that are still in the race."""
        return [runner for runner in self.runners if not runner.out]

    @property
    def leader(self) -> Runner | None:
        """The best of those that are shown to comply; None if none is."""
        known = [(self._score(runner), runner.number, runner) for runner in self.alive if runner.complies]
        known = [entry for entry in known if not math.isnan(entry[0])]
        return min(known)[2] if known else None

    @property
    def over(self) -> bool:
        """Whether nothing is left to be found out."""
        return not self.alive or self.alive == [self.leader]

    @property
    def margin(self) -> float:
        """By how much another setting may still be better than the leader."""
        leader = self.leader
        if leader is None:
            return math.nan
        lows = [self._behind(leader, other)[0] for other in self.alive if other is not leader]
        return max((math.inf if math.isnan(low) else -low for low in lows), default=0.0)

    @property
    def ranked(self) -> list[Runner]:
        """All of them, the best first, the infeasible last."""
        order = ("best", "near", "undecided", "worse", "infeasible")

        def rank(runner: Runner) -> tuple[int, float]:
            score = self._score(runner)
            return order.index(self.state(runner)), math.inf if math.isnan(score) else score

        return sorted(self.runners, key=rank)

    def state(self, runner: Runner) -> State:
        """Return what has become of one of them."""
        return runner.out or ("best" if runner is self.leader else "near" if runner.complies else "undecided")

    def go_on(self, values: FloatArray) -> None:
        """Add further replicates of those in the race, by query, runner and replicate, and decide."""
        for runner, own in zip(self.alive, np.moveaxis(values, 1, 0), strict=True):
            runner.values = np.concatenate([runner.values, own], axis=1) if runner.values.size else own
            runner.round += 1
            self._judge(runner)
        leader = self.leader
        for runner in self.alive:
            if leader is not None and runner is not leader and self._behind(leader, runner)[0] > 0:
                runner.out = "worse"

    def _judge(self, runner: Runner) -> None:
        """Judge the constraints. Once shown to hold it holds: that decision has had its share of the error."""
        passed = list(runner.passed or [False] * len(self.checks))
        for number, check in enumerate(self.checks):
            own = runner.values[1 + number]
            found = estimate_row(check.query, own, runner.values[-1], runner.premises, confidence=self.confidence)
            outcome = decide(check, found, len(own), premises=runner.premises, confidence=self.confidence).outcome
            if outcome == "fail" and not passed[number]:
                runner.out = "infeasible"
            passed[number] |= outcome == "pass"
        runner.passed = tuple(passed)

    def _score(self, runner: Runner) -> float:
        """Return the objective, the lower the better."""
        best = estimate_row(self.objective, runner.values[0], runner.values[-1], runner.premises).best
        return -best if self.maximize else best

    def _behind(self, leader: Runner, other: Runner) -> tuple[float, float]:
        """Return the interval of how much worse another one is."""
        replicates = range(leader.values.shape[1])
        low, high = interval(contrast(self.objective, _side(leader), _side(other), replicates), self.confidence)
        return (-high, -low) if self.maximize else (low, high)


def interval(pair: Contrast, confidence: float) -> tuple[float, float]:
    """Return the interval of a difference, also at a confidence for which there are too few resamples."""
    tail = (1 - confidence) / 2
    a, b = pair.statistics()
    if not isinstance(pair, QuantileContrast) or tail >= _TAIL or not math.isfinite(b - a):
        return pair.excess(confidence=confidence)
    low, high = pair.excess(confidence=1 - 2 * _TAIL)
    stretch = float(ndtri(tail) / ndtri(_TAIL))
    return b - a - stretch * (b - a - low), b - a + stretch * (high - (b - a))


def _side(runner: Runner) -> Side:
    return Side(pd.Series(runner.values[0]).dropna(), pd.Series(runner.values[-1]), runner.premises)
