"""``rolloutsim show``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from rolloutsim.cli.options import changed, json_option, set_option, tell_warnings

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["show"]

_WIDTH = 100
_STYLES: dict[str, Any] = {"default": {"dim": True}, "derived": {"dim": True}, "assumption": {"fg": "yellow"}, "warning": {"fg": "red"}}


@click.command()
@click.argument("file", metavar="SCENARIO")
@set_option
@json_option
def show(file: str, assignments: tuple[str, ...], as_json: bool) -> None:
    """Explain a scenario in words: what was given, every default, and every assumption where RoboMaker's documentation is silent.

    With --json: the resolved scenario, with every default filled in.
    """
    scenario = changed(file, assignments)
    if as_json:
        tell_warnings(scenario)
        click.echo(json.dumps(scenario.resolved(), indent=2, ensure_ascii=False))
    else:
        _tell(scenario)


def _tell(scenario: Scenario) -> None:
    from rolloutsim.scenario import describe

    click.secho(scenario.name, bold=True)
    if scenario.description:
        click.echo(click.wrap_text(scenario.description, width=_WIDTH))
    click.echo("Lines without a mark are what the file says; an assumption is made because RoboMaker's documentation does not say.")
    for section in describe(scenario):
        click.echo()
        click.secho(section.title, bold=True)
        for line in section.lines:
            indent = "  " * (line.depth + 1)
            mark = "" if line.mark == "given" else f"[{line.mark}" + (f"; otherwise {line.alternatives}]" if line.alternatives else "]")
            text = click.wrap_text(f"{line.text} {mark}".rstrip(), width=_WIDTH, initial_indent=indent, subsequent_indent=indent + "    ")
            click.echo(click.style(text, **_STYLES.get(line.mark, {})))
