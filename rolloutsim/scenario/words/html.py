"""A scenario as HTML, for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rolloutsim.scenario.sections import Sections
from rolloutsim.scenario.words.describe import Section

__all__ = ["as_html"]

_COLOURS = {"given": "inherit", "default": "#777", "derived": "#777", "assumption": "#9a6700", "warning": "#b00020", "note": "#777"}


def as_html(scenario: Sections, sections: Sequence[Section]) -> str:
    """Return a table of the sections, everything escaped."""
    rows = []
    for section in sections:
        rows.append(f'<tr><th colspan="2" style="text-align:left">{escape(section.title)}</th></tr>')
        for line in section.lines:
            said = f"{line.mark}; otherwise {line.alternatives}" if line.mark == "assumption" else line.mark
            style = f"text-align:left;padding-left:{1 + line.depth}em"
            mark = f'<td style="text-align:left;color:{_COLOURS[line.mark]}">{escape(said)}</td>'
            rows.append(f'<tr><td style="{style}">{escape(line.text)}</td>{mark}</tr>')
    about = f"<p>{escape(scenario.description)}</p>" if scenario.description else ""
    return f"<div><h4>{escape(scenario.name)}</h4>{about}<table>{''.join(rows)}</table></div>"
