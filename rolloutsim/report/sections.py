"""A summary as sections of rows of text: its content, order and words, for a terminal and a page alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.formatting import count
from rolloutsim.report.detail_sections import detail_sections, stopping_rows
from rolloutsim.report.group_sections import codes_section, group_sections, peak_rows
from rolloutsim.report.rows import Minor, Row, Section, mean_row, share_row, shown_at, time_row

if TYPE_CHECKING:
    from rolloutsim.analysis.summary import Reach, Summary
    from rolloutsim.scenario.local_time import LocalClock

_CONDITIONS = {"all": "all jobs", "succeeded": "succeeded jobs", "good": "good release", "bad": "bad release"}
_OUTCOMES = {
    "succeeded": "succeeded",
    "failed": "failed",
    "not_started": "not started",
    "converged_late": "failed, InSync later",
    "regressed": "InSync, failed later",
}

_LATE = "InSync later: its timer ended first, and then it installed the release. It counts as failed."

#: Share of the slots' time below which a phase is minor.
_LITTLE = 0.01


def heading(summary: Summary) -> str:
    """Return the line above everything."""
    one = summary.replicates == 1
    return f"{summary.scenario}: n = {count(summary.replicates)} replicate{'' if one else 's'} of {count(summary.robots)} robots"


def summary_sections(summary: Summary, clock: LocalClock | None = None) -> tuple[Section, ...]:
    """Put a summary into words; every number with its interval and the number of replicates behind it.

    Parameters
    ----------
    clock
        Of the job: what it shows stands beside each time since the start.
    """
    return (
        _time_to_complete(summary, clock),
        *(_time_to_reach(summary, base, clock) for base in summary.time_to_reach),
        _jobs(summary),
        *_stages(summary),
        _robots(summary),
        *group_sections(summary, clock),
        codes_section(summary),
        *_slots(summary),
        *_links(summary),
        _costs(summary),
        *detail_sections(summary),
    )


def _time_to_complete(summary: Summary, clock: LocalClock | None) -> Section:
    rows: list[Row | Minor] = []
    for condition, quantiles in summary.time_to_complete.items():
        label = _CONDITIONS[condition]
        same = condition != "all" and quantiles == summary.time_to_complete["all"]
        for q, estimate in quantiles.items():
            row = time_row(label, shown_at(q.upper(), estimate, clock), estimate)
            rows.append(_unless(row, same or not (label or estimate.estimable)))
            label = ""
    return Section.of("Time to complete", rows)


def _time_to_reach(summary: Summary, base: str, clock: LocalClock | None) -> Section:
    rows: list[Row | Minor] = []
    less: Reach | None = None
    for percent, reach in summary.time_to_reach[base].items():
        label = f"{percent} % InSync"
        for q, estimate in (("P50", reach.p50), ("P95", reach.p95)):
            # A share that is never reached implies the same for larger shares and later quantiles.
            known = (less is not None and _is_never(less)) or (not label and (_is_never(reach) or not estimate.estimable))
            rows.append(_unless(time_row(label, shown_at(q, estimate, clock), estimate), known))
            label = ""
        less = reach
    return Section.of("Time to reach the fleet" if base == "fleet" else "Time to reach the reachable robots", rows)


def _is_never(reach: Reach) -> bool:
    return reach.not_reached.best == 1.0 and math.isinf(reach.p50.best)


def _unless(row: Row, minor: bool) -> Row | Minor:
    return Minor(row) if minor else row


def _jobs(summary: Summary) -> Section:
    statuses = enumerate(summary.job_statuses.items())
    rows = [_unless(share_row(status.lower(), "", estimate), place > 0 and not estimate.best) for place, (status, estimate) in statuses]
    rows += [share_row("", f"with {code}", estimate) for code, estimate in summary.job_codes.items()]
    aborts = summary.abort_probability
    none = not aborts["all"].best
    for name, estimate in aborts.items():
        first = name == "all"
        rows.append(_unless(share_row("threshold breached" if first else "", _CONDITIONS[name], estimate), none and not first))
    return Section.of("Jobs", [*rows, *stopping_rows(summary)])


def _stages(summary: Summary) -> list[Section]:
    if summary.stages is None:
        return []
    rows = []
    for number in summary.stages.reached["all"]:
        for i, (name, reached) in enumerate(summary.stages.reached.items()):
            rows.append(share_row("" if i else f"stage {number} begins", _CONDITIONS[name], reached[number]))
    for i, (name, exposed) in enumerate(summary.stages.exposed.items()):
        rows.append(mean_row("" if i else "robots exposed, mean", exposed, _CONDITIONS[name]))
    return [Section("Stages", tuple(rows))]


def _robots(summary: Summary) -> Section:
    rows = tuple(share_row(_OUTCOMES[name], "", estimate) for name, estimate in summary.robot_outcomes.items())
    return Section("Robots", rows, _LATE if summary.robot_outcomes["converged_late"].best > 0 else "")


def _slots(summary: Summary) -> list[Section]:
    longest_first = sorted(summary.slot_time.items(), key=lambda item: -item[1].best)
    rows = [_unless(share_row(phase, "", estimate), estimate.best < _LITTLE) for phase, estimate in longest_first]
    rows.append(share_row("robot offline (in any phase)", "", summary.slot_offline))
    missing = not summary.slot_time and summary.slot_offline.n
    note = "Which phases held them is not recorded with --tables jobs." if missing else ""
    return [Section.of("What held the slots, share of their time", rows, note)]


def _links(summary: Summary) -> list[Section]:
    links = summary.links
    if links is None:
        return []
    rows = (
        share_row("used of the busiest, mean", "", links.utilisation_mean),
        Minor(share_row("used of the busiest, peak", "", links.utilisation_peak)),
        time_row("at least one saturated", "", links.saturated),
        Minor(mean_row("most downloads at once", links.peak_downloads)),
        *peak_rows(summary),
    )
    return [Section.of("Shared links, mean per job", rows)]


def _costs(summary: Summary) -> Section:
    rows = [_unless(mean_row(f"bytes {name}", estimate), name != "sent") for name, estimate in summary.bytes.items()]
    rows.append(share_row("bytes wasted, share", "", summary.wasted_share))
    rows.append(time_row("downtime per robot", "", summary.downtime_per_robot))
    rows.append(mean_row("robots left down", summary.left_down))
    return Section.of("Cost, mean per job", rows)
