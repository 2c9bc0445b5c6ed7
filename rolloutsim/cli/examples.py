"""``rolloutsim examples``."""

from __future__ import annotations

import click

from rolloutsim.cli.options import json_option
from rolloutsim.cli.output import echo, echo_json, wrap


@click.command("examples")
@json_option
def examples(as_json: bool) -> None:
    """List the example scenarios and the question that each answers. rolloutsim init --from NAME copies one with its data files."""
    from rolloutsim.scenario import examples as described

    if as_json:
        echo_json([{"name": name, "description": text} for name, text in described().items()])
        return
    for name, text in described().items():
        echo(name, bold=True)
        echo(wrap(text, "    "))
