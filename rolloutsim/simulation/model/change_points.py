"""Calendars and recorded traces laid out as patterns: the instants at which something changes, and what holds from each on."""

from __future__ import annotations

import bisect
import math
from typing import TYPE_CHECKING, Any

from rolloutsim.scenario.calendar import start_of
from rolloutsim.scenario.parts.patterns import Pattern, make_pattern
from rolloutsim.scenario.parts.schedule import LARGEST_VARIATE
from rolloutsim.simulation.model.model_tables import PatternRow

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario, Schedule, Trace

__all__ = ["PatternPool", "switches", "turned"]


class PatternPool:
    """All patterns under construction; equal ones are kept once."""

    def __init__(self) -> None:
        self.rows: list[PatternRow] = []
        self.instants: list[float] = []
        self.values: list[float] = []
        self._known: dict[Any, range] = {}

    def add_calendar(self, scenario: Scenario, schedule: Schedule) -> range:
        """Add the windows of a schedule as far as the simulation can come; they begin before time 0, for robots that are late."""
        if schedule not in self._known:
            late = 0.0 if schedule.jitter is None else schedule.jitter.ppf(LARGEST_VARIATE)
            start = start_of(scenario)
            windows = schedule.intervals(start, -late, max(scenario.rules.observe, scenario.rules.fleet_timeout))
            instants, values = [-math.inf], [0.0]
            for opens, closes in windows:
                instants += [opens, closes]
                values += [1.0, 0.0]
            self._known[schedule] = range(len(self.rows), len(self.rows) + 1)
            self._add(instants, values, math.inf)
        return self._known[schedule]

    def add_switches(self, scenario: Scenario, trace: Trace) -> range:
        """Add the patterns of an on/off trace."""
        return self._add_trace(scenario, trace, "switches")

    def add_rates(self, scenario: Scenario, trace: Trace) -> range:
        """Add the patterns of a trace of rates, in B/s."""
        return self._add_trace(scenario, trace, "rates")

    def _add_trace(self, scenario: Scenario, trace: Trace, kind: str) -> range:
        key = kind, trace.patterns
        if key not in self._known:
            self._known[key] = range(len(self.rows), len(self.rows) + len(trace.patterns))
            for recorded in trace.patterns:
                pattern = recorded if recorded.begins is None else turned(recorded, start_of(scenario) - recorded.begins)
                if kind == "switches":
                    self._add(*switches(pattern.times, pattern.values, pattern.period))
                elif len(pattern.times) == 1:
                    self._add([-math.inf], [0.125 * pattern.values[0]], math.inf)
                else:
                    self._add(pattern.times, [0.125 * rate for rate in pattern.values], pattern.period)
        return self._known[key]

    def _add(self, instants: Any, values: Any, period: float) -> None:
        self.rows.append(PatternRow(len(self.instants), len(instants), period))
        self.instants += instants
        self.values += values


def turned(pattern: Pattern, late: float) -> Pattern:
    """Return a cyclic pattern as it goes on from an instant.

    Parameters
    ----------
    late
        The instant, after the pattern's beginning (s); negative before it.

    Examples
    --------
    >>> from rolloutsim.scenario.parts.patterns import Pattern, make_pattern
    >>> turned(Pattern((0.0, 5.0, 7.0), (1.0, 2.0, 3.0), 10.0), 26.0)
    Pattern(times=(0.0, 1.0, 4.0, 9.0), values=(2.0, 3.0, 1.0, 2.0), period=10.0, begins=None)
    """
    phase = late % pattern.period
    now = bisect.bisect_right(pattern.times, phase) - 1
    left = pattern.period - phase
    after = [(t - phase, v) for t, v in zip(pattern.times[now + 1 :], pattern.values[now + 1 :], strict=True)]
    before = [(t + left, v) for t, v in zip(pattern.times[: now + 1], pattern.values[: now + 1], strict=True) if t < phase]
    times, values = zip((0.0, pattern.values[now]), *after, *before, strict=True)
    return make_pattern(times, values, pattern.period)


def switches(times: tuple[float, ...], values: tuple[float, ...], period: float) -> tuple[list[float], list[float], float]:
    """Return the true changes of a cyclic on/off pattern: a state that goes on into the next cycle is no change.

    Examples
    --------
    >>> switches((0.0, 5.0, 7.0, 9.0), (1.0, 1.0, 0.0, 1.0), 10.0)
    ([7.0, 9.0], [0.0, 1.0], 10.0)
    >>> switches((0.0, 5.0), (1.0, 1.0), 10.0)
    ([-inf], [1.0], inf)
    """
    before = (values[-1], *values[:-1])
    kept = [number for number in range(len(values)) if values[number] != before[number]]
    if not kept:
        return [-math.inf], [values[0]], math.inf
    return [times[number] for number in kept], [values[number] for number in kept], period
