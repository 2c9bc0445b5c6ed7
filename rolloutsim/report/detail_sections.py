"""What stopped the jobs, and what one replicate shows of single robots, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.formatting import count, duration
from rolloutsim.report.rows import Row, Section, share_row

if TYPE_CHECKING:
    from rolloutsim.analysis.detail import HeldSlots
    from rolloutsim.analysis.summary import Summary

__all__ = ["detail_sections", "held_in_words", "stopping_rows"]

#: How many codes of failures in stopped jobs are shown, and how many groups of robots that are never reached.
_STOPPING, _UNREACHED = 3, 4


def stopping_rows(summary: Summary) -> list[Row]:
    """Return which codes the failures in stopped jobs have."""
    largest = list(summary.stopped_by.items())[:_STOPPING]
    return [share_row("" if i else "stopped by", code, estimate) for i, (code, estimate) in enumerate(largest)]


def detail_sections(summary: Summary) -> list[Section]:
    """Return which robots the first replicate never reaches, and which site held its slots; nothing if there are none."""
    detail = summary.detail
    if detail is None or not (detail.unreached or detail.held_slots):
        return []
    lines = [(f"{group}, {phase}", robots) for group, phase, robots in detail.unreached[:_UNREACHED]]
    if len(detail.unreached) > _UNREACHED:
        lines.append(("others", sum(group.robots for group in detail.unreached[_UNREACHED:])))
    rows = [Row("" if i else "unreached", what, count(robots), "", "") for i, (what, robots) in enumerate(lines)]
    note = held_in_words(detail.held_slots) if detail.held_slots else ""
    return [Section(f"In detail, replicate {detail.replicate}", tuple(rows), note)]


def held_in_words(held: HeldSlots) -> str:
    """Return what a site with a full link kept from others, and what to try.

    Examples
    --------
    >>> from rolloutsim.analysis.detail import HeldSlots
    >>> held_in_words(HeldSlots("wh07", 3600.0, 3600.0, 1, 7200.0)).partition(":")[0]
    'The link of wh07 was full for 60 min of 2 h while its robots held most slots and robots at other sites waited'
    """
    others = f"; with {held.sites - 1} more site{'s' if held.sites > 2 else ''} it is {duration(held.total_s)}" if held.sites > 1 else ""
    return (
        f"The link of {held.site} was full for {duration(held.held_s)} of {duration(held.ended_s)} while its robots held most slots and"
        f" robots at other sites waited{others}: compare with rules.order: interleaved or shuffled, in which sites share the slots."
    )
