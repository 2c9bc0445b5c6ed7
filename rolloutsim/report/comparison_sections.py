"""A comparison as sections of rows of text: a section for each scenario that was compared with the reference."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.formatting import count
from rolloutsim.report.rows import Row, Section, estimate_row
from rolloutsim.report.texts import interval_text, letter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rolloutsim.analysis import Estimate
    from rolloutsim.study import Alternative, Compared, Comparison, Gate


def comparison_heading(comparison: Comparison, changes: Sequence[str] = (), whose: str = "all") -> tuple[str, str]:
    """Return title and note of a comparison.

    Parameters
    ----------
    changes
        What was changed, as ``PATH=VALUE``, in …
    whose
        … these scenarios.
    """
    note = "Differences are taken replicate by replicate, with the same random numbers; ~ is undecided (Holm over all metrics)."
    everywhere = f"; {whose} with {', '.join(changes)}" if changes else ""
    return f"A: {comparison.reference}, seed {comparison.seed}{everywhere}", note


def comparison_sections(comparison: Comparison) -> list[Section]:
    """Put a comparison into words."""
    return [_section(letter(number), alternative) for number, alternative in enumerate(comparison.alternatives, 1)]


def gate_text(gate: Gate) -> str:
    """Write what became of a tolerance."""
    metric, _, size = gate.tolerance.text.partition(" ")
    verdict = {
        "fail": f"is worse by more than {size}",
        "pass": f"is not seen to be worse by more than {size}",
        "undecided": "cannot be compared",
    }[gate.outcome]
    return f"{gate.outcome}: {metric} {verdict}"


def _section(name: str, alternative: Alternative) -> Section:
    rows = [row for found in alternative.metrics for row in _rows(name, found)]
    title = f"{name}: {alternative.name}, against A, {count(alternative.pairs)} pairs"
    return Section(title, tuple(rows), "\n".join(filter(None, [*map(gate_text, alternative.gates), alternative.note])))


def _rows(name: str, found: Compared) -> list[Row]:
    query, difference = found.query, found.difference
    value, interval = interval_text(difference.printed, query.metric.printed_unit, difference=True)
    sign = "+" if difference.best > 0 and value[:1].isdigit() else ""
    metric = str(query).removesuffix(".probability").removesuffix(".mean")
    more = difference.note if difference.estimable and difference.note else _ratio(found.ratio)
    return [
        Row(metric, "", found.verdict, f"{sign}{value} {interval}".strip(), more),
        estimate_row(query, found.reference, "", "A"),
        estimate_row(query, found.alternative, "", name),
    ]


def _ratio(ratio: Estimate) -> str:
    """Write a ratio.

    >>> from rolloutsim.analysis import Estimate
    >>> _ratio(Estimate(1.1502, 1.1741, 1.2, 400)), _ratio(Estimate(0.2, 4.0, math.inf, 400))
    ('x 1.174 [1.150, 1.200]', 'x 4.000 [0.200, unlimited]')
    """
    if math.isnan(ratio.best):
        return ""
    high = f"{ratio.high:.3f}" if math.isfinite(ratio.high) else "unlimited"
    return f"x {ratio.best:.3f} [{ratio.low:.3f}, {high}]"
