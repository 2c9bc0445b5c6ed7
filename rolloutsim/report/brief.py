"""The ten lines of a run that planners ask for: how long, for how many robots, how often it is stopped, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.report.rows import Section, mean_row, share_row, shown_at, time_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rolloutsim.analysis.summary import Summary
    from rolloutsim.report.rows import Row
    from rolloutsim.scenario.local_time import LocalClock

__all__ = ["brief_section"]

#: Lines of a run without --details.
LINES = 10


def brief_section(summary: Summary, clock: LocalClock | None = None) -> Section:
    """Return the ten lines."""
    rows = list(_rows(summary, clock))
    # What is about links or bad releases takes the place of the last lines.
    return Section("", tuple(rows[:LINES]))


def _rows(summary: Summary, clock: LocalClock | None) -> Iterator[Row]:
    for q in ("p50", "p95"):
        estimate = summary.time_to_complete["all"][q]
        yield time_row("" if q == "p95" else "time to complete", shown_at(q.upper(), estimate, clock), estimate)
    for percent in ("90", "95"):
        p50 = summary.time_to_reach["reachable"][percent].p50
        yield time_row(f"{percent} % of reachable", shown_at("P50", p50, clock), p50)
    yield share_row("stopped", "all jobs", summary.abort_probability["all"])
    if "bad" in summary.abort_probability:
        yield share_row("", "bad release", summary.abort_probability["bad"])
    yield share_row("robots", "succeeded", summary.robot_outcomes["succeeded"])
    for line in summary.failure_codes[:1]:
        yield share_row("", line.code, line.share)
    yield share_row("slots held while offline", "", summary.slot_offline)
    if summary.links is not None:
        yield time_row("at least one link saturated", "", summary.links.saturated)
    yield mean_row("bytes sent", summary.bytes["sent"])
    yield time_row("downtime per robot", "", summary.downtime_per_robot)
    yield mean_row("robots left down", summary.left_down)
    yield share_row("bytes wasted, share", "", summary.wasted_share)
