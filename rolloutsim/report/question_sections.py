"""Answers to one question each: metrics, the probability of a deadline, and the latest start that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rolloutsim.report.rows import Row, Section, estimate_row
from rolloutsim.report.texts import interval_text

if TYPE_CHECKING:
    from rolloutsim.analysis import Estimate, Query
    from rolloutsim.study.deadlines import Deadline, LatestStart


def metrics_section(estimates: Mapping[Query, Estimate]) -> Section:
    """Return a row per metric."""
    return Section("Metrics", tuple(estimate_row(query, estimate, str(query)) for query, estimate in estimates.items()))


def deadline_section(deadline: Deadline, probability: Estimate) -> Section:
    """Return the probability that a deadline is kept."""
    return Section(f"Probability of {name_of(deadline)} by {deadline.words}", (_probability("kept", probability),))


def latest_start_section(found: LatestStart) -> Section:
    """Return the latest start and the one after it; without one, the start with the highest probability."""
    deadline = found.deadline
    title = f"Latest start for {name_of(deadline)} by {deadline.words}"
    if found.latest is None:
        best = max(found.starts, key=lambda start: start.probability.best)
        if best.probability.best == 0:
            return Section(title, (), "No start in the 24 h before keeps the deadline in any replicate.")
        nearest = [_probability(deadline.clock_of(best.start), best.probability)]
        note = "No start in the 24 h before keeps the deadline: the lower limit is below 95 % at each. This one comes nearest."
        return Section(title, tuple(nearest), note)
    shown = found.starts[:-3:-1]
    note = "The latest start, of one every 15 min, of which the lower limit is at least 95 %."
    return Section(title, tuple(_probability(deadline.clock_of(each.start), each.probability) for each in shown), note)


def name_of(deadline: Deadline) -> str:
    """Return the metric of a deadline without a statistic.

    >>> import rolloutsim
    >>> from rolloutsim.study.deadlines import Deadline
    >>> name_of(Deadline.parse("8 h", rolloutsim.load("scenarios/robomaker-100.yaml")))
    'time_to_complete'
    """
    return str(deadline.query).removesuffix(f".{deadline.query.statistic}")


def _probability(label: str, estimate: Estimate) -> Row:
    return Row(label, "", *interval_text(estimate.printed._replace(note=""), "%"), estimate.note)
