"""What a page consists of: chapters of parts; a part has text, figures and tables. It is plain text, but for pictures and replays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rolloutsim.report.page.sorting import by_interval, by_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rolloutsim.report.rows import Section

__all__ = ["Cell", "Chapter", "Figure", "Lines", "Listing", "Part", "Playback", "Table", "table_of"]


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes
    ----------
    text
        What it shows.
    value
        By what it is sorted, if that is a number; empty otherwise.
    name
        Of the number in ``summary.json``; may be empty.
    unit
        Of the value, without a prefix; may be empty. Values of one unit stay together when they are sorted.
    again
        Whether it repeats the cell above it.
    """

    text: str
    value: str = ""
    name: str = ""
    unit: str = ""
    again: bool = False

    @classmethod
    def number(cls, text: str) -> Cell:
        """Return a cell that is sorted by the number that it shows, if it does."""
        value, unit = by_value(text)
        return cls(text, value, unit=unit)

    @classmethod
    def interval(cls, text: str, beside: str) -> Cell:
        """Return the cell of an interval, whose unit is that of the value beside it."""
        value, unit = by_interval(text, beside)
        return cls(text, value, unit=unit)


@dataclass(frozen=True)
class Table:
    """A table; a click on a column's title sorts it, the third one undoes that, and a long one has a field that filters it.

    Attributes
    ----------
    title, columns, rows, note
        Its content; the note stands below it.
    opened
        Whether it is shown from the start.
    printed
        Whether it is part of the page on paper.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    opened: bool = True
    printed: bool = True
    kind: str = field(default="table", init=False)


@dataclass(frozen=True)
class Figure:
    """A picture as SVG, with a caption that explains how to read it. Its text alternative is inside of the SVG."""

    title: str
    svg: str
    caption: str
    kind: str = field(default="figure", init=False)


@dataclass(frozen=True)
class Lines:
    """Sentences, each with a mark of where it comes from, which may be empty, and how far it belongs under the one before."""

    title: str
    lines: tuple[tuple[str, str, int], ...]
    kind: str = field(default="lines", init=False)


@dataclass(frozen=True)
class Listing:
    """Text to copy: a command, or a file, which is shown when it is opened, and which paper has if `printed`."""

    title: str
    text: str
    opened: bool = True
    printed: bool = True
    kind: str = field(default="listing", init=False)


@dataclass(frozen=True)
class Playback:
    """A replay that plays by itself, as a piece of HTML, with texts that explain how to read it, and how to use it on a screen."""

    title: str
    html: str
    caption: str
    usage: str
    kind: str = field(default="playback", init=False)


@dataclass(frozen=True)
class Part:
    """A part of a chapter."""

    title: str
    blocks: tuple[Table | Figure | Playback | Lines | Listing, ...]


@dataclass(frozen=True)
class Chapter:
    """What a page shows of one result.

    Attributes
    ----------
    title, question
        Its name, and what it is about.
    basis
        How many replicates of what.
    headline
        What it means, in sentences.
    parts
        Everything else.
    """

    title: str
    question: str
    basis: str
    headline: tuple[str, ...]
    parts: tuple[Part, ...]


def table_of(section: Section, *, opened: bool = True) -> Table:
    """Return the table of a section. Each row has its label: sorted, filtered or after the end of a page it stands alone."""
    rows, label = [], ""
    for row in section.rows:
        again, label = not row.label, row.label or label
        value, interval = Cell.number(row.value), Cell.interval(row.interval, row.value)
        rows.append((Cell(label, again=again), Cell(row.detail), value, interval, Cell(row.evidence)))
    return Table(section.title, ("what", "which", "value", "95 % interval", "replicates"), tuple(rows), section.note, opened)


def tables_of(sections: Sequence[Section], opened: int) -> tuple[Table, ...]:
    """Return the tables of sections, the first of them opened."""
    return tuple(table_of(section, opened=place < opened) for place, section in enumerate(sections))
