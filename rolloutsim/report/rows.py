"""Rows and sections: a label, a number with its unit and interval, and the evidence; for a terminal and a page alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.formatting import count
from rolloutsim.report.texts import interval_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rolloutsim.analysis import Query
    from rolloutsim.analysis.estimates import Estimate
    from rolloutsim.formatting import Scale
    from rolloutsim.scenario.local_time import LocalClock


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


@dataclass(frozen=True)
class Minor:
    """A row that a summary on one page leaves out."""

    row: Row


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
    minor
        Places of the lines that a summary on one page leaves out.
    """

    title: str
    rows: tuple[Row, ...]
    note: str = ""
    minor: frozenset[int] = frozenset()

    @classmethod
    def of(cls, title: str, rows: Iterable[Row | Minor], note: str = "") -> Section:
        """Return a section, some rows of which may be minor."""
        listed = list(rows)
        minor = frozenset(place for place, row in enumerate(listed) if isinstance(row, Minor))
        return cls(title, tuple(row.row if isinstance(row, Minor) else row for row in listed), note, minor)

    @property
    def major(self) -> Section:
        """The section without its minor rows."""
        return self._replace(rows=tuple(row for place, row in enumerate(self.rows) if place not in self.minor), minor=frozenset())


def shown_at(what: str, estimate: Estimate, clock: LocalClock | None) -> str:
    """Return the name of a time, with what the local clock shows then."""
    shown = "" if clock is None else clock.at(estimate.best)
    return f"{what} ({shown})" if shown else what


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
    return number_row(label, detail, estimate, query.metric.printed_unit, unit)


def number_row(label: str, detail: str, estimate: Estimate, unit: str, scale: Scale | None = None) -> Row:
    """Return the line of an estimate in a unit."""
    return Row(label, detail, *interval_text(estimate.printed._replace(note=""), unit, scale=scale), _evidence(estimate))


def time_row(label: str, detail: str, estimate: Estimate) -> Row:
    """Return the line of a time (s)."""
    return number_row(label, detail, estimate, "s")


def share_row(label: str, detail: str, estimate: Estimate) -> Row:
    """Return the line of a share or a probability."""
    return number_row(label, detail, estimate, "%")


def mean_row(label: str, estimate: Estimate, detail: str = "") -> Row:
    """Return the line of a mean in its own unit."""
    return number_row(label, detail, estimate, estimate.unit)


def _evidence(estimate: Estimate) -> str:
    if not estimate.n:
        return estimate.note or "no replicates"
    note = estimate.note.replace(" replicates", "").replace("defined in", "n =")
    if note == "one replicate has no interval":
        note = "no interval"
    # A note such as "not reached in 3 of 100" already contains n.
    return note if re.search(rf"(of|=) {estimate.n}\b", note) else "; ".join(part for part in (note, f"n = {count(estimate.n)}") if part)
