"""The checks of a scenario in words: for a terminal, and as a table in Markdown for the summary of a CI job."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rolloutsim.analysis.stopping import more_in_words
from rolloutsim.formatting import count
from rolloutsim.printing import one_line
from rolloutsim.report.rows import estimate_row
from rolloutsim.report.study_headlines import checks_headline

if TYPE_CHECKING:
    from rolloutsim.analysis import Reached
    from rolloutsim.study import Checked, Checks


def check_heading(checks: Checks) -> str:
    """Return the line above the checks of a scenario."""
    return f"{checks.scenario}: {_basis(checks)}"


def _basis(checks: Checks) -> str:
    return f"n = {count(checks.replicates)} replicates, seed {checks.seed}, intervals of {100 * checks.confidence:.4g} %"


def check_lines(checks: Checks) -> Iterator[tuple[str, str]]:
    """Yield an outcome with a line that begins with it, and lines without an outcome that explain it."""
    for result in checks.results:
        outcome = result.verdict.outcome
        yield outcome, f"{outcome:<9}  {result.check.text}"
        yield "", f"           {check_evidence(result)}"
        if outcome == "undecided":
            yield "", f"           {result.verdict.advice}"
    if checks.note:
        yield "", f"note       {checks.note}"
    if checks.crashes:
        yield "crashed", f"crashed    {crash_text(checks)}"


def check_evidence(result: Checked) -> str:
    """Write the estimate of a check's metric with its interval, and what it rests on."""
    row = estimate_row(result.check.query, result.estimate, "")
    return ", ".join(part for part in (f"{row.value} {row.interval}".strip(), row.evidence) if part)


def crash_text(checks: Checks) -> str:
    """Write that replicates are missing."""
    first = checks.crashes[0]
    return (
        f"{len(checks.crashes)} of {count(checks.replicates)} replicates crashed and are missing; the first is replicate "
        f"{first.replicate}: {first.type}: {first.message}"
    )


def checks_markdown(all_checks: Iterable[Checks]) -> str:
    """Return a section for each scenario, with a table of its checks."""
    parts = []
    for checks in all_checks:
        lines = [
            f"### rolloutsim check: {_cell(checks.scenario)}: {checks.outcome}",
            "",
            _cell(checks_headline(checks)),
            "",
            "| | check | estimate | interval | replicates |",
            "|---|---|---|---|---|",
        ]
        for result in checks.results:
            row = estimate_row(result.check.query, result.estimate, "")
            outcome = result.verdict.outcome
            cells = (
                outcome if outcome == "pass" else f"**{outcome}**",
                f"`{result.check.text}`",
                row.value or "–",
                row.interval or "–",
                "; ".join(part for part in (row.evidence, result.verdict.advice) if part),
            )
            lines.append(f"| {' | '.join(map(_cell, cells))} |")
        lines += ["", _basis(checks), *(["", _cell(checks.note)] if checks.note else [])]
        if checks.crashes:
            lines += ["", f"**crashed**: {_cell(crash_text(checks))}"]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def reached_line(reached: Reached) -> str:
    """Write which precision a metric has, and which was asked for."""
    row = estimate_row(reached.tolerance.query, reached.estimate, "")
    shown = f"{row.value} {row.interval}".strip()
    if reached.met:
        verdict = "reached"
    elif reached.more is None:
        verdict = "not reached"
    else:
        verdict = f"not reached, {more_in_words(reached.more, at_least=math.isnan(reached.half_width), purpose='do')}"
    return ", ".join(part for part in (f"{reached.tolerance.text}: {verdict}: {shown}".rstrip(": "), row.evidence) if part)


def _cell(text: str) -> str:
    """Return text that cannot end a cell or a line, nor be HTML."""
    text = one_line(text)
    return text.replace("|", "\\|") if text.startswith("`") else text.replace("|", "\\|").replace("<", "&lt;")
