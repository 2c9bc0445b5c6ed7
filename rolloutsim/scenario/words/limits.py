"""The limits in words."""

from __future__ import annotations

from collections.abc import Iterator

from rolloutsim.formatting import duration
from rolloutsim.scenario.parts.limits import Growth, Limit, robots_of
from rolloutsim.scenario.reading.quantities import words
from rolloutsim.scenario.sections import Sections
from rolloutsim.scenario.words.wording import Line

__all__ = ["limit_lines"]

_BY = {"granted": "robots started", "succeeded": "robots that succeeded", "either": "robots started or succeeded, whichever are more"}

_COUNTED = {"in_flight": "in flight", "failed": "failed", "offline": "offline"}
_PER = {None: "", "stage": " of the current stage", "site": " of each site", "cohort": " of each cohort"}


def limit_lines(scenario: Sections) -> Iterator[Line]:
    """Yield a line for each limit, and what they mean together."""
    for number, row in enumerate(scenario.rules.limits):
        yield Line(f"limits {number + 1}: {_in_words(scenario, row)}", "given")
    yield Line("a robot starts when every row has room; where none ever can, the job stops as at a breach", "note")


def _in_words(scenario: Sections, row: Limit) -> str:
    amount = f"{row.max} of the" if row.max.is_share else f"{row.max.value:,}"
    if row.max.is_share and row.per is None:
        robots = sum(cohort.robots for cohort in scenario.fleet if not row.of or cohort.name in row.of)
        amount = f"{robots_of(row.max, robots, scenario.rules.rounding):,} ({row.max} of {robots:,})"
    if row.every is not None:
        how = "one after the other at equal distances" if row.spread == "even" else "together or not"
        return f"at most {amount} robots start in {duration(row.every)}, {how}{_growth(row.grow)}"
    if row.plus is not None:
        of = "was reached" if row.for_each == "reached" else "has succeeded"
        return f"at most {amount} robots start, and {row.plus:,} more for each robot that {of}"
    counted = words([_COUNTED[name] for name in _COUNTED if name in row.counts])
    of = f" of {', '.join(row.of)}" if row.of else ""
    return f"at most {amount} robots{of}{_PER[row.per]} are {counted}"


def _growth(grow: Growth | None) -> str:
    return "" if grow is None else f"; this grows by the factor {grow.factor:g} with each {grow.each:,} {_BY[grow.by]}, up to {grow.to:,}"
