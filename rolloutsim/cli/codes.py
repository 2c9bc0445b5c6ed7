"""``rolloutsim codes``."""

from __future__ import annotations

import json
from typing import Any

import click

from rolloutsim.cli.options import json_option

__all__ = ["codes"]


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
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.secho(row["code"], bold=True)
        steps = f" (RoboMaker's step {' or '.join(row['steps'])})" if row["steps"] else ""
        where = f"phase {' or '.join(row['phases'])}{steps}" if row["phases"] else "no phase of its own"
        for text in (row["meaning"], f"In the model: {row['produced']}.", f"Where: {where}."):
            click.echo(click.wrap_text(text, width=100, initial_indent="    ", subsequent_indent="    "))
