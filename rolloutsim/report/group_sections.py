"""Sites and classes in the summary: those that differ first, and at most a few of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.analysis.group_summary import LEAST_OF_CODE
from rolloutsim.formatting import count
from rolloutsim.report.rows import Minor, Row, Section, mean_row, share_row, shown_at, time_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rolloutsim.analysis.estimates import Estimate
    from rolloutsim.analysis.group_summary import GroupLine, GroupSummary
    from rolloutsim.analysis.summary import CodeLine, Summary
    from rolloutsim.scenario.local_time import LocalClock

#: Groups of robots that are shown of all that differ; of those that differ in one code; and sites whose links are shown.
_MOST, _MOST_OF_CODE, _MOST_LINKS = 6, 2, 2

_FAILED = "Failed: ended with a failure code; robots that are never reached do, too."
_PLURALS = {"cohort": "cohorts", "site": "sites", "class": "classes"}


def group_sections(summary: Summary, clock: LocalClock | None) -> list[Section]:
    """Return a section of the sites and classes, those that differ most first; nothing for a fleet without any."""
    kinds = [found for found in (summary.sites, summary.classes) if found is not None and len(found.lines) > 1]
    if not kinds:
        return []
    differing = sorted(((kind, line) for kind in kinds for line in kind.differing), key=lambda pair: -pair[1].difference)
    rows = [row for kind, line in differing[:_MOST] for row in _group_rows(kind, line, clock, hidden=False)]
    alike = [(kind, line) for kind in kinds for line in kind.lines if not line.differs_in]
    rows += [row for kind, line in (*differing[_MOST:], *alike) for row in _group_rows(kind, line, clock, hidden=True)]
    title = " and ".join(_PLURALS[kind.kind] for kind in kinds).capitalize()
    note = _note(kinds, [kind for kind, _ in differing[_MOST:]])
    return [Section.of(title, rows, f"{_FAILED} {note}".rstrip())]


def _note(kinds: list[GroupSummary], unnamed: list[GroupSummary]) -> str:
    """Return how many groups differ less than those shown, and how many are alike."""
    if all(kind.lines[0].failed.n == 1 for kind in kinds):
        return "One replicate does not show which of them differ."
    less = [_number(unnamed.count(kind), kind, "more ") for kind in kinds if kind in unnamed]
    alike = [_number(number, kind) for kind in kinds if (number := sum(not line.differs_in for line in kind.lines))]
    parts = [f"{' and '.join(found)} {what}" for found, what in ((less, "differ less"), (alike, "are alike")) if found]
    note = "; ".join(parts)
    return f"{note[0].upper()}{note[1:]}." if note else ""


def _number(number: int, kind: GroupSummary, more: str = "") -> str:
    return f"{'all ' if number == len(kind.lines) else ''}{count(number)} {more}{_PLURALS[kind.kind] if number != 1 else kind.kind}"


def _group_rows(kind: GroupSummary, line: GroupLine, clock: LocalClock | None, *, hidden: bool) -> Iterator[Row | Minor]:
    """Yield the two rows of a group: first that in which it differs most."""
    label, detail = f"{kind.kind} {line.name}", shown_at(f"{kind.percent} % InSync", line.time_to_reach, clock)
    rows = [share_row(label, "failed", line.failed), _short(time_row(label, detail, line.time_to_reach), line.time_to_reach)]
    first, second = reversed(rows) if line.differs_in == "time_to_reach" else rows
    yield Minor(first) if hidden else first
    yield Minor(second._replace(label=""))


def _short(row: Row, estimate: Estimate) -> Row:
    """Return a row whose evidence is the number of replicates, if it has a value."""
    return row._replace(evidence=f"n = {count(estimate.n)}") if math.isfinite(estimate.best) else row


def codes_section(summary: Summary) -> Section:
    """Return the failure codes of robots, and of each the groups that differ most."""
    rows: list[Row | Minor] = []
    for line in summary.failure_codes:
        rows += [share_row(line.code, "", line.share), *(_groups_of_code(line) if line.by_group else _cohorts_of_code(line))]
    return Section.of("Failure codes, share of robots", rows, summary.other_codes.text if summary.other_codes else "")


def _groups_of_code(line: CodeLine) -> Iterator[Row | Minor]:
    least = line.share.best + LEAST_OF_CODE
    higher = [group for group in line.differing if line.by_group[group.kind][group.name].best >= least]
    yield from (share_row("", f"{group.kind} {group.name}", line.by_group[group.kind][group.name]) for group in higher[:_MOST_OF_CODE])
    for kind, shares in line.by_group.items():
        for name, estimate in shares.items():
            if estimate.best > 0 and not any(group[:2] == (kind, name) for group in higher[:_MOST_OF_CODE]):
                yield Minor(share_row("", f"{kind} {name}", estimate))


def _cohorts_of_code(line: CodeLine) -> Iterator[Row | Minor]:
    if len(line.by_cohort) < 2:
        return
    shown = sorted(line.by_cohort, key=lambda name: -line.by_cohort[name].best)[:_MOST]
    for name, estimate in line.by_cohort.items():
        if estimate.best > 0:
            row = share_row("", name, estimate)
            yield row if name in shown else Minor(row)


def peak_rows(summary: Summary) -> list[Row | Minor]:
    """Return the mean of the largest bit rate of each site, the most loaded links first."""
    if summary.sites is None:
        return []
    peaks = [(line.name, line.peak_bit_rate, line.utilisation_mean) for line in summary.sites.lines]
    known = [(name, peak, used) for name, peak, used in peaks if peak is not None]
    known.sort(key=lambda site: (-_load(site[2]), -site[1].best))
    rows = [_short(mean_row(f"site {name}", peak, "peak bit rate"), peak) for name, peak, _ in known]
    return [row if place < _MOST_LINKS else Minor(row) for place, row in enumerate(rows)]


def _load(used: Estimate | None) -> float:
    return -math.inf if used is None else used.best
