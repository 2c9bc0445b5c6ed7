"""The limits in words."""

from __future__ import annotations

from collections.abc import Iterator

from rolloutsim.formatting import duration
from rolloutsim.scenario.parts.limits import Growth, Limit, robots_of
from rolloutsim.scenario.sections import Sections
from rolloutsim.scenario.words.wording import Line

__all__ = ["limit_lines"]

_BY = {"granted": "robots started", "succeeded": "robots that succeeded", "either": "robots started or succeeded, whichever are more"}


def limit_lines(scenario: Sections) -> Iterator[Line]:
    """Yield a line for each limit, and what they mean together."""
    for number, row in enumerate(scenario.rules.limits):
        yield Line(f"limits {number + 1}: {_in_words(scenario, row)}", "given")
    yield Line("a robot starts when every row has room; where none ever can, the job stops as at a breach", "note")


def _in_words(scenario: Sections, row: Limit) -> str:
    amount = (
        f"{row.max} of each stage" if row.max.is_share and row.per else f"{robots_of(row.max, scenario.robots, scenario.rules.rounding):,}"
    )
    amount += f" ({row.max} of {scenario.robots:,})" if row.max.is_share and not row.per else ""
    if row.every is not None:
        how = "one after the other at equal distances" if row.spread == "even" else "together or not"
        return f"at most {amount} robots start in {duration(row.every)}, {how}{_growth(row.grow)}"
    if row.plus is not None:
        of = "was reached" if row.for_each == "reached" else "has succeeded"
        return f"at most {amount} robots start, and {row.plus:,} more for each robot that {of}"
    what = {"in_flight": "in flight", "failed": "that have failed"}
    counted = " and ".join(what[name] for name in what if name in row.counts)
    return f"at most {amount} robots {counted}{' in the current stage' if row.per else ''}"


def _growth(grow: Growth | None) -> str:
    return "" if grow is None else f"; this grows by the factor {grow.factor:g} with each {grow.each:,} {_BY[grow.by]}, up to {grow.to:,}"
