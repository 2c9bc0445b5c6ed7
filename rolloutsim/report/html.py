"""A summary in a notebook: compact tables that need nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from rolloutsim.report.rows import Row, Section
from rolloutsim.report.sections import heading, summary_sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rolloutsim.analysis.summary import Summary
    from rolloutsim.scenario.local_time import LocalClock

#: Sections that are open from the start; a click opens the others.
_OPEN = 2

_STYLE = (
    ".rolloutsim-results table{border-collapse:collapse;margin:2px 0 8px 14px;font-variant-numeric:tabular-nums}"
    ".rolloutsim-results td,.rolloutsim-results th{padding:1px 10px 1px 0;text-align:left;vertical-align:top;border:0}"
    ".rolloutsim-results .v{text-align:right;white-space:nowrap}"
    ".rolloutsim-results th,.rolloutsim-results .i,.rolloutsim-results p{opacity:.7;font-weight:normal}"
    ".rolloutsim-results p{margin:2px 0 8px 14px}"
)


def results_html(summary: Summary, clock: LocalClock | None = None, sentences: Sequence[str] = ()) -> str:
    """Return a summary as a piece of HTML.

    Every text is escaped, and neither scripts nor anything from elsewhere is used.

    Parameters
    ----------
    summary
        From `rolloutsim.analysis.summarize`.
    clock
        Of the job: what it shows stands beside each time since the start.
    sentences
        Its headline.
    """
    said = f"<p>{escape(' '.join(sentences))}</p>" if sentences else ""
    parts = [_section(section, i < _OPEN) for i, section in enumerate(summary_sections(summary, clock))]
    return f'<div class="rolloutsim-results"><style>{_STYLE}</style><strong>{escape(heading(summary))}</strong>{said}{"".join(parts)}</div>'


def _section(section: Section, opened: bool) -> str:
    head = '<tr><th></th><th></th><th class="v">value</th><th>95 % interval</th><th>replicates</th></tr>'
    table = f"<table>{head}{''.join(map(_row, section.rows))}</table>" if section.rows else ""
    note = f"<p>{escape(section.note)}</p>" if section.note else ""
    return f"<details{' open' if opened else ''}><summary>{escape(section.title)}</summary>{table}{note}</details>"


def _row(row: Row) -> str:
    label, detail, value, interval, evidence = map(escape, row)
    return f'<tr><td>{label}</td><td>{detail}</td><td class="v">{value}</td><td class="i">{interval}</td><td class="i">{evidence}</td></tr>'
