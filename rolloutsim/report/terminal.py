"""A summary, or what a study has found, on the terminal: at most 80 columns, in colour only there, in letters that its encoding has."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, TYPE_CHECKING

from rolloutsim.printing import visible
from rolloutsim.report.brief import brief_section
from rolloutsim.report.sections import heading, summary_sections
from rolloutsim.report.texts import glued

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from rolloutsim.analysis.summary import Summary
    from rolloutsim.report.rows import Row, Section
    from rolloutsim.scenario.local_time import LocalClock

#: Stands above the numbers of a run.
NOTE = "Intervals in brackets hold the true value with 95 % confidence."

_WIDTH = 80
# The longest of RoboMaker's codes has 35 letters.
_LABEL, _VALUE, _INTERVAL = 35, 10, 18


def print_summary(
    summary: Summary,
    clock: LocalClock | None = None,
    *,
    sentences: Sequence[str] = (),
    details: bool = False,
    file: IO[str] | None = None,
) -> None:
    """Print a summary: its headline and ten lines, or everything.

    Parameters
    ----------
    summary
        From `rolloutsim.analysis.summarize`.
    clock
        Of the job: what it shows stands beside each time since the start.
    sentences
        Its headline.
    details
        Print all rows.
    file
        Where to; the standard output if None.
    """
    sections = summary_sections(summary, clock)
    if details:
        print_sections(heading(summary), NOTE, sections, sentences=sentences, file=file)
        return
    brief = brief_section(summary, clock)
    rest = sum(len(section.rows) for section in sections)
    note = f"Brackets hold the true value with 95 % confidence. --details: all {rest} rows."
    print_sections(heading(summary), note, [brief], sentences=sentences, blank=False, file=file)


def print_sections(
    title: str,
    note: str,
    sections: Iterable[Section],
    *,
    sentences: Sequence[str] = (),
    blank: bool = True,
    file: IO[str] | None = None,
) -> None:
    """Print sections of rows.

    Parameters
    ----------
    title, note
        What stands above them.
    sentences
        The headline, below the title; a line that begins with two blanks is a command, which is not folded.
    blank
        Whether a blank line stands before each section.
    file
        Where to; the standard output if None.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(file=file, highlight=False, markup=False, emoji=False)
    # A wide window does not make numbers easier to compare, and a narrow one lets the table fold.
    console.width = min(console.width, _WIDTH)

    def text(line: str = "", style: str = "") -> Text:
        return Text(visible(line).encode(console.encoding, "replace").decode(console.encoding), style=style)

    parts: list[RenderableType] = [text(note, "dim")]
    for section in sections:
        parts += [*([text()] if blank else []), *([text(section.title, "bold cyan")] if section.title else [])]
        if console.width < _WIDTH:
            parts += [text("\n".join(_narrow(row, console.width))) for row in section.rows]
        elif section.rows:
            parts.append(_table(section, text))
        if section.note:
            parts.append(text(section.note, "dim"))
    with console.capture() as capture:
        console.print(text(title, "bold"))
        if sentences:
            # Commands are not folded: they are to be copied.
            said = [sentence if sentence.startswith("  ") else _fold(sentence, console.width) for sentence in sentences]
            console.print(text(), *map(text, said), text(), sep="\n", soft_wrap=True)
        console.print(*parts, sep="\n")
    # Tables are padded to their width with blanks, which are of no use in a file.
    console.file.write("".join(f"{row.rstrip()}\n" for row in capture.get().splitlines()))


def _fold(sentence: str, width: int) -> str:
    """Return a sentence in lines, in which no number stands apart from its unit."""
    return textwrap.fill(glued(sentence), width, break_on_hyphens=False).replace("\u00a0", " ")


def _table(section: Section, text: Callable[[str], Text]) -> RenderableType:
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(width=_LABEL, overflow="fold")
    table.add_column(width=_VALUE, justify="right", overflow="fold")
    table.add_column(overflow="fold")
    for row in section.rows:
        table.add_row(text(_label(row)), text(row.value), text(_rest(row)))
    return table


def _narrow(row: Row, width: int) -> Iterator[str]:
    """Yield the lines of a row where there is no room for three columns: interval and evidence below label and value, words whole."""
    room = min(_LABEL, width - _VALUE - 2)
    lines = [part for line in _label(row).split("\n") for part in (textwrap.wrap(line, room) if len(line) > room else [line])]
    yield from lines[:-1]
    yield f"{lines[-1]:<{room}} {row.value:>{_VALUE}}".rstrip()
    together = f"{row.interval} {row.evidence}".strip()
    for part in [together] if len(together) + 4 <= width else [row.interval, row.evidence]:
        yield from textwrap.wrap(part, width, initial_indent="    ", subsequent_indent="    ")


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
