"""``rolloutsim explain``."""

from __future__ import annotations

import click

from rolloutsim.cli.completion import WordText
from rolloutsim.cli.options import json_option
from rolloutsim.cli.output import echo, echo_json, wrap


@click.command()
@click.argument("word", type=WordText())
@json_option
def explain(word: str, as_json: bool) -> None:
    """Explain a metric, a line of a summary, a failure code, a phase, a key of a scenario file, or a column of a result table.

    \b
    rolloutsim explain time_to_complete.p95
    rolloutsim explain "InSync later"
    rolloutsim explain RobotDeploymentNoResponse
    rolloutsim explain rules.dispatch
    rolloutsim explain slot_s
    """
    from rolloutsim.report.explanations import explain as explained

    found = explained(word)
    if as_json:
        echo_json([one._asdict() for one in found])
        return
    for number, one in enumerate(found):
        if number:
            echo()
        echo(one.name, nl=False, bold=True)
        echo(f"  ({one.kind})")
        echo(wrap(one.meaning, "    "))
        for name, text in one.facts.items():
            echo(wrap(f"{name}: {text}", "    ", "        "))
