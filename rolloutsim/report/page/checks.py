"""The verdicts of checks as a table, and the chapter of checks that were evaluated alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rolloutsim.report.page.content import Cell, Chapter, Part, Table
from rolloutsim.report.page.provenance import provenance_part, replicates_and_seed, scenario_of, scenario_part
from rolloutsim.report.rows import estimate_row
from rolloutsim.report.study_headlines import checks_headline
from rolloutsim.report.verdicts import check_heading

if TYPE_CHECKING:
    from rolloutsim.study import Checked, Checks

__all__ = ["checks_chapter", "checks_table"]


def checks_table(found: Sequence[Checked]) -> Table:
    """Return a row per check: its outcome, and the interval that decided."""
    rows = []
    for each in found:
        row = estimate_row(each.check.query, each.estimate, "")
        why = "; ".join(part for part in (row.evidence, each.verdict.advice) if part)
        numbers = Cell.number(row.value), Cell.interval(row.interval, row.value)
        rows.append((Cell(each.verdict.outcome), Cell(each.check.text), *numbers, Cell(why)))
    note = "A check passes or fails by the whole 95 % interval of its metric; otherwise it is undecided."
    return Table("Verdicts", ("outcome", "check", "value", "95 % interval", "replicates"), tuple(rows), note)


def checks_chapter(checks: Checks, name: str) -> Chapter:
    """Return the chapter of checks."""
    del name  # it has no pictures
    scenario = scenario_of(checks.manifest)
    parts = (
        Part("Checks", (checks_table(checks.results),)),
        scenario_part(scenario),
        provenance_part(checks.manifest, f"check {replicates_and_seed(checks.manifest)}"),
    )
    return Chapter(f"Checks of {checks.scenario}", scenario.description, check_heading(checks), (checks_headline(checks),), parts)
