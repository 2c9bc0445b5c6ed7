"""``rolloutsim schema``."""

from __future__ import annotations

import click

from rolloutsim.cli.output import echo_json


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, so that editors complete and check them.

    \b
    Save it, and put this line on top of a scenario (it is understood by editors with a YAML language server):
      # yaml-language-server: $schema=rolloutsim.schema.json
    """
    from rolloutsim.scenario import json_schema

    echo_json(json_schema())
