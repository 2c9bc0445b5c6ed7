"""A summary as sections of rows of text: its content, order and words, for a terminal and a page alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.formatting import count
from rolloutsim.report.texts import interval_text

if TYPE_CHECKING:
    from rolloutsim.analysis import Query
    from rolloutsim.analysis.estimates import Estimate
    from rolloutsim.analysis.summary import Summary
    from rolloutsim.formatting import Scale
    from rolloutsim.scenario.local_time import LocalClock

_CONDITIONS = {"all": "all jobs", "succeeded": "succeeded jobs", "good": "good release", "bad": "bad release"}
_OUTCOMES = {"succeeded": "succeeded", "failed": "failed", "not_started": "not started", "converged_late": "failed, InSync later"}


class Row(NamedTuple):
    """A line of a section.

    Attributes
    ----------
    label
        What the row is about; empty to continue the label above.
    detail
        Which case of it.
    value
        With its unit; empty if it cannot be estimated.
    interval
        At 95 %, in the unit of the value; empty if there is none.
    evidence
        The replicates behind it, and what else a reader must know.
    """

    label: str
    detail: str
    value: str
    interval: str
    evidence: str


class Section(NamedTuple):
    """A part of the summary.

    Attributes
    ----------
    title
        Its topic.
    rows
        Its lines.
    note
        A sentence below them; may be empty.
    """

    title: str
    rows: tuple[Row, ...]
    note: str = ""


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
        _codes(summary),
        *_slots(summary),
        *_links(summary),
        _costs(summary),
    )


def _time_to_complete(summary: Summary, clock: LocalClock | None) -> Section:
    rows = []
    for condition, quantiles in summary.time_to_complete.items():
        label = _CONDITIONS[condition]
        for q, estimate in quantiles.items():
            rows.append(_time(label, _shown(q.upper(), estimate, clock), estimate))
            label = ""
    return Section("Time to complete", tuple(rows))


def _time_to_reach(summary: Summary, base: str, clock: LocalClock | None) -> Section:
    rows = []
    for percent, reach in summary.time_to_reach[base].items():
        label = f"{percent} % InSync"
        for q, estimate in (("P50", reach.p50), ("P95", reach.p95)):
            rows.append(_time(label, _shown(q, estimate, clock), estimate))
            label = ""
    return Section("Time to reach the fleet" if base == "fleet" else "Time to reach the reachable robots", tuple(rows))


def _shown(q: str, estimate: Estimate, clock: LocalClock | None) -> str:
    """Return the name of a quantile, with what the local clock shows then."""
    shown = "" if clock is None else clock.at(estimate.best)
    return f"{q} ({shown})" if shown else q


def _jobs(summary: Summary) -> Section:
    rows = [_share(status.lower(), "", estimate) for status, estimate in summary.job_statuses.items()]
    rows += [_share("", f"with {code}", estimate) for code, estimate in summary.job_codes.items()]
    aborts = summary.abort_probability.items()
    rows += [_share("threshold breached" if i == 0 else "", _CONDITIONS[name], estimate) for i, (name, estimate) in enumerate(aborts)]
    return Section("Jobs", tuple(rows))


def _stages(summary: Summary) -> list[Section]:
    if summary.stages is None:
        return []
    rows = []
    for number in summary.stages.reached["all"]:
        for i, (name, reached) in enumerate(summary.stages.reached.items()):
            rows.append(_share("" if i else f"stage {number} begins", _CONDITIONS[name], reached[number]))
    for i, (name, exposed) in enumerate(summary.stages.exposed.items()):
        rows.append(_mean("" if i else "robots exposed, mean", exposed)._replace(detail=_CONDITIONS[name]))
    return [Section("Stages", tuple(rows))]


def _robots(summary: Summary) -> Section:
    return Section("Robots", tuple(_share(_OUTCOMES[name], "", estimate) for name, estimate in summary.robot_outcomes.items()))


def _codes(summary: Summary) -> Section:
    rows = []
    for line in summary.failure_codes:
        rows.append(_share(line.code, "", line.share))
        if len(line.by_cohort) > 1:
            rows += [_share("", cohort, estimate) for cohort, estimate in line.by_cohort.items() if estimate.best > 0]
    return Section("Failure codes, share of robots", tuple(rows), summary.other_codes.text if summary.other_codes else "")


def _slots(summary: Summary) -> list[Section]:
    longest_first = sorted(summary.slot_time.items(), key=lambda item: -item[1].best)
    rows = [_share(phase, "", estimate) for phase, estimate in longest_first]
    rows.append(_share("robot offline (in any phase)", "", summary.slot_offline))
    missing = not summary.slot_time and summary.slot_offline.n
    note = "Which phases held them is not recorded with --tables jobs." if missing else ""
    return [Section("What held the slots, share of their time", tuple(rows), note)]


def _links(summary: Summary) -> list[Section]:
    links = summary.links
    if links is None:
        return []
    rows = (
        _share("used of the busiest, mean", "", links.utilisation_mean),
        _share("used of the busiest, peak", "", links.utilisation_peak),
        _time("at least one saturated", "", links.saturated),
        _mean("most downloads at once", links.peak_downloads),
    )
    return [Section("Shared links, mean per job", rows)]


def _costs(summary: Summary) -> Section:
    rows = [_mean(f"bytes {name}", estimate) for name, estimate in summary.bytes.items()]
    rows.append(_share("bytes wasted, share", "", summary.wasted_share))
    rows.append(_time("downtime per robot", "", summary.downtime_per_robot))
    rows.append(_mean("robots left down", summary.left_down))
    return Section("Cost, mean per job", tuple(rows))


def estimate_row(query: Query, estimate: Estimate, label: str, detail: str = "", *, unit: Scale | None = None) -> Row:
    """Return the line of what a query asks for.

    Parameters
    ----------
    unit
        Of all numbers in the same column; by default the one that suits the estimate.

    >>> from rolloutsim.analysis import parse_metric, proportion
    >>> estimate_row(parse_metric("abort_probability"), proportion(12, 240), "aborts")
    Row(label='aborts', detail='', value='5.00 %', interval='[2.61, 8.57]', evidence='12 of 240')
    """
    return _row(label, detail, estimate, query.metric.printed_unit, unit)


def _row(label: str, detail: str, estimate: Estimate, unit: str, scale: Scale | None = None) -> Row:
    return Row(label, detail, *interval_text(estimate.printed._replace(note=""), unit, scale=scale), _evidence(estimate))


def _time(label: str, detail: str, estimate: Estimate) -> Row:
    return _row(label, detail, estimate, "s")


def _share(label: str, detail: str, estimate: Estimate) -> Row:
    return _row(label, detail, estimate, "%")


def _mean(label: str, estimate: Estimate) -> Row:
    return _row(label, "", estimate, estimate.unit)


def _evidence(estimate: Estimate) -> str:
    if not estimate.n:
        return estimate.note or "no replicates"
    note = estimate.note.replace(" replicates", "").replace("defined in", "n =")
    if note == "one replicate has no interval":
        note = "no interval"
    # A note such as "not reached in 3 of 100" already contains n.
    return note if re.search(rf"(of|=) {estimate.n}\b", note) else "; ".join(part for part in (note, f"n = {count(estimate.n)}") if part)
