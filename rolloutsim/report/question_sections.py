"""Answers to one question each: metrics, the probability of a deadline, and the latest start that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rolloutsim.formatting import percent
from rolloutsim.report.rows import Row, Section, estimate_row
from rolloutsim.report.texts import interval_text
from rolloutsim.study.deadlines import SURE

if TYPE_CHECKING:
    from rolloutsim.analysis import Estimate, Query
    from rolloutsim.study.deadlines import Deadline, LatestStart

#: Which starts there are to choose from.
_GRID = "Starts every 15 min in the 24 h before the deadline were tried."


def metrics_section(estimates: Mapping[Query, Estimate]) -> Section:
    """Return a row per metric."""
    return Section("Metrics", tuple(estimate_row(query, estimate, str(query)) for query, estimate in estimates.items()))


def deadline_section(deadline: Deadline, probability: Estimate) -> Section:
    """Return the probability that a deadline is kept."""
    return Section(f"Probability of {name_of(deadline)} by {deadline.words}", (_probability("kept", probability),))


def latest_start_section(found: LatestStart) -> Section:
    """Return the answer in a sentence below the latest start and the one after it, or, if there is none, the most probable start."""
    deadline = found.deadline
    title = f"Latest start for {name_of(deadline)} by {deadline.words}"
    if found.latest is None:
        best = max(found.starts, key=lambda start: start.probability.best)
        if best.probability.best == 0:
            return Section(title, (), f"No start keeps the deadline in any replicate. {_GRID}")
        nearest = [_probability(deadline.clock_of(best.start), best.probability)]
        note = f"No start is early enough: the lower limit reaches {percent(SURE)} at none, and this one comes nearest. {_GRID}"
        return Section(title, tuple(nearest), note)
    shown = found.starts[:-3:-1]
    at = deadline.clock_of(found.latest.start)
    note = (
        f"Start by {at} at the latest: of the starts that were tried, it is the last whose lower limit is at least {percent(SURE)}. {_GRID}"
    )
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
