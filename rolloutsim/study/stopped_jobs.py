"""A job that is stopped is complete early: where many are stopped, a shorter time to complete is no better rollout."""

from __future__ import annotations

from collections.abc import Iterable

from rolloutsim.analysis import Query, parse_metric
from rolloutsim.formatting import percent

__all__ = ["STOPPED", "many_stopped", "shortened", "stopped_note"]

STOPPED = parse_metric("abort_probability")

#: Stopped jobs get a note from this share of the jobs on.
_MANY = 0.05


def stopped_note(queries: Iterable[Query], share: float, whose: str, before: float = 0.0) -> str:
    """Return a note if stopped jobs shorten a time to complete; empty if they do not.

    Parameters
    ----------
    queries
        The metrics that are shown.
    share, before
        The share of the jobs that are stopped, here and in what it is compared with.
    whose
        Whose jobs they are, in words.

    Examples
    --------
    >>> stopped_note([parse_metric("time_to_complete.p95")], 0.4, "of B").partition(":")[0]
    '40 % of the jobs of B are stopped, and a stopped job is complete early'
    >>> stopped_note([parse_metric("time_to_reach_90.p95")], 0.4, "of B")
    ''
    """
    if not many_stopped(share, before) or not any(map(shortened, queries)):
        return ""
    text = f"{percent(share)} of the jobs {whose} are stopped, and a stopped job is complete early"
    return f"{text}: ask for time_to_complete[succeeded] or time_to_reach_90."


def shortened(query: Query) -> bool:
    """Return whether a metric is better where a job is stopped."""
    return query.metric.name == "time_to_complete" and query.status is None


def many_stopped(share: float, before: float = 0.0) -> bool:
    """Return whether so many of the jobs more than before are stopped that a time to complete misleads."""
    return share - before >= _MANY
