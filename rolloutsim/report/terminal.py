"""A summary on the terminal: aligned at 80 columns, in colour only there, in plain characters everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from rolloutsim.report.sections import Row, heading, summary_sections

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from rolloutsim.analysis.summary import Summary
    from rolloutsim.report.sections import Section

__all__ = ["print_summary"]

_WIDTH = 80
# The longest of RoboMaker's codes has 35 letters.
_LABEL, _VALUE, _INTERVAL = 35, 10, 18


def print_summary(summary: Summary, *, file: IO[str] | None = None) -> None:
    """Print a summary.

    Parameters
    ----------
    summary
        From `rolloutsim.analysis.summarize`.
    file
        Where to; the standard output if None. Colours are used if it is a terminal that has them, letters only if its encoding has them.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(file=file, highlight=False, markup=False, emoji=False)
    # A wide window does not make numbers easier to compare, and a narrow one lets the table fold.
    console.width = min(console.width, _WIDTH)
    encoding = console.encoding

    def line(text: str, style: str = "") -> Text:
        return Text(text.encode(encoding, "replace").decode(encoding), style=style)

    with console.capture() as capture:
        console.print(line(heading(summary), "bold"))
        console.print(line("Intervals in brackets hold the true value with 95 % confidence.", "dim"))
        for section in summary_sections(summary):
            console.print()
            console.print(line(section.title, "bold cyan"))
            if section.rows:
                console.print(_table(section, line))
            if section.note:
                console.print(line(section.note, "dim"))
    # Tables are padded to their width with blanks, which nobody wants in a file.
    console.file.write("".join(f"{row.rstrip()}\n" for row in capture.get().splitlines()))


def _table(section: Section, line: Callable[[str], Text]) -> Table:
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(width=_LABEL, overflow="fold")
    table.add_column(width=_VALUE, justify="right", overflow="fold")
    table.add_column(overflow="fold")
    for row in section.rows:
        table.add_row(line(_label(row)), line(row.value), line(_rest(row)))
    return table


def _label(row: Row) -> str:
    """Put label and detail at the two ends of one line, or below one another if they are too long."""
    if not row.detail:
        return row.label
    if len(row.label) + 1 + len(row.detail) <= _LABEL:
        return row.label + row.detail.rjust(_LABEL - len(row.label))
    return f"{row.label}\n  {row.detail}".lstrip("\n")


def _rest(row: Row) -> str:
    if not row.interval:
        return row.evidence
    fits = max(len(row.interval), _INTERVAL) + 1 + len(row.evidence) <= _WIDTH - _LABEL - _VALUE - 2
    return f"{row.interval:<{_INTERVAL}} {row.evidence}" if fits else f"{row.interval}\n{row.evidence}"
