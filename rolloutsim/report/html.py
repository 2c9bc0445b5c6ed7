"""Results in a notebook: compact tables that need nothing from elsewhere. Every text is escaped, and there are no scripts."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from rolloutsim.report.rows import Row, Section
from rolloutsim.report.sections import heading, summary_sections

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rolloutsim.analysis.summary import Summary
    from rolloutsim.report.page.content import Table
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

    Parameters
    ----------
    summary
        From `rolloutsim.analysis.summarize`.
    clock
        Of the job: what it shows stands beside each time since the start.
    sentences
        Its headline.
    """
    return piece(heading(summary), sentences, sections_html(summary_sections(summary, clock), _OPEN))


def piece(title: str, sentences: Sequence[str], tables: str, note: str = "") -> str:
    """Return a title, a headline, a note and tables (of `sections_html` or `table_html`) as a piece of HTML."""
    said = "".join(f"<p>{escape(text)}</p>" for text in (" ".join(sentences), note) if text)
    return f'<div class="rolloutsim-results"><style>{_STYLE}</style><strong>{escape(title)}</strong>{said}{tables}</div>'


def sections_html(sections: Iterable[Section], opened: int) -> str:
    """Return a table per section, of which so many are open from the start."""
    return "".join(_section(section, i < opened) for i, section in enumerate(sections))


def table_html(table: Table) -> str:
    """Return a table of a page, without what sorts and filters it."""
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell.text)}</td>' for cell in row)}</tr>" for row in table.rows)
    return _folded(table.title, f"<table><tr>{head}</tr>{rows}</table>", table.note, table.opened)


def _section(section: Section, opened: bool) -> str:
    head = '<tr><th></th><th></th><th class="v">value</th><th>95 % interval</th><th>replicates</th></tr>'
    table = f"<table>{head}{''.join(map(_row, section.rows))}</table>" if section.rows else ""
    return _folded(section.title, table, section.note, opened)


def _folded(title: str, table: str, note: str, opened: bool) -> str:
    below = f"<p>{escape(note)}</p>" if note else ""
    return f"<details{' open' if opened else ''}><summary>{escape(title)}</summary>{table}{below}</details>"


def _row(row: Row) -> str:
    label, detail, value, interval, evidence = map(escape, row)
    return f'<tr><td>{label}</td><td>{detail}</td><td class="v">{value}</td><td class="i">{interval}</td><td class="i">{evidence}</td></tr>'
