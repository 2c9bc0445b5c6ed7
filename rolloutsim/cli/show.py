"""``rolloutsim show``."""

from __future__ import annotations

import json

import click

from rolloutsim.cli.options import changed, json_option, set_option, tell_warnings

__all__ = ["show"]


@click.command()
@click.argument("file", metavar="SCENARIO")
@set_option
@json_option
def show(file: str, assignments: tuple[str, ...], as_json: bool) -> None:
    """Explain a scenario in words: what was given, every default, and every assumption where RoboMaker's documentation is silent.

    With --json: the resolved scenario, with every default filled in.
    """
    from rolloutsim.scenario import describe

    scenario = changed(file, assignments)
    tell_warnings(scenario)
    click.echo(json.dumps(scenario.resolved(), indent=2, ensure_ascii=False) if as_json else describe(scenario))
