"""``rolloutsim codes``."""

from __future__ import annotations

from typing import Any

import click

from rolloutsim.cli.options import json_option
from rolloutsim.cli.output import echo, echo_json, wrap


@click.command()
@json_option
def codes(as_json: bool) -> None:
    """List RoboMaker's 24 failure codes: what they mean, in which step they occur, and how the model produces them."""
    from rolloutsim.vocabulary import FAILURE_CODES, PHASE_CODES, STEP_OF_PHASE

    rows: list[dict[str, Any]] = []
    for code in FAILURE_CODES:
        phases = [phase for phase, own in PHASE_CODES.items() if code.name in own]
        rows.append(
            {
                "code": code.name,
                "meaning": code.meaning,
                "phases": phases,
                "steps": sorted({STEP_OF_PHASE[phase] for phase in phases if phase in STEP_OF_PHASE}),
                "produced": code.produced,
            }
        )
    if as_json:
        echo_json(rows)
        return
    for row in rows:
        echo(row["code"], bold=True)
        steps = f" (RoboMaker's step {' or '.join(row['steps'])})" if row["steps"] else ""
        where = f"phase {' or '.join(row['phases'])}{steps}" if row["phases"] else "no phase of its own"
        for text in (row["meaning"], f"In the model: {row['produced']}.", f"Where: {where}."):
            echo(wrap(text, "    "))
