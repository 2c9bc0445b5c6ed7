"""``rolloutsim show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rolloutsim.cli.completion import ScenarioText
from rolloutsim.cli.options import json_option, set_option
from rolloutsim.cli.output import echo, echo_json, wrap
from rolloutsim.cli.scenarios import load_scenario, print_warnings

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.scenario.words.wording import Line

_STYLES: dict[str, Any] = {"default": {"dim": True}, "derived": {"dim": True}, "assumption": {"fg": "yellow"}, "warning": {"fg": "red"}}


@click.command()
@click.argument("file", metavar="SCENARIO", type=ScenarioText())
@set_option
@click.option("--expand", is_flag=True, help="Print the file with sites, and cohorts at them, written out.")
@click.option("--as-rules", is_flag=True, help="Print the file with plain rules in place of another system's configuration.")
@click.option("--details", is_flag=True, help="Explain every default and every assumption, with what could be written instead.")
@json_option
def show(file: str, assignments: tuple[str, ...], expand: bool, as_rules: bool, details: bool, as_json: bool) -> None:
    """Explain a scenario in words: what was given, every default, and every assumption where RoboMaker's documentation is silent.

    With --details: a line for each default and each assumption, in a sentence.
    With --json: the resolved scenario, with every default filled in. It is a scenario file again; long lists of samples are packed.
    With --expand: the scenario file as it is, with `sites` and cohorts `at` them written out. It is a scenario file again, too.
    With --as-rules: the scenario file with plain rules in place of the configuration of another system (`deployment.system`).
    """
    if expand + as_rules + details + as_json > 1:
        raise click.UsageError("--details, --expand, --as-rules and --json print different things: give one of them")
    scenario = load_scenario(file, assignments)
    if as_json:
        print_warnings(scenario)
        echo_json(scenario.resolved())
    elif expand or as_rules:
        from rolloutsim.scenario import to_yaml

        print_warnings(scenario)
        echo(to_yaml(scenario.expanded if expand else scenario.as_rules), nl=False)
    else:
        _print_result(scenario, details=details)


def _print_result(scenario: Scenario, *, details: bool) -> None:
    from rolloutsim.printing import one_line
    from rolloutsim.scenario import describe
    from rolloutsim.scenario.words.describe import shortened

    echo(scenario.name, bold=True)
    if scenario.description:
        echo(wrap(one_line(scenario.description)))
    more = "" if details else " See --details."
    echo(wrap(f"Lines without a mark come from the file. RoboMaker leaves open what is assumed.{more}"))
    for section in describe(scenario) if details else map(shortened, describe(scenario)):
        echo()
        echo(section.title, bold=True)
        for line in section.lines:
            indent = "  " * (line.depth + 1)
            echo(wrap(f"{line.text} {_mark(line)}".rstrip(), indent, indent + "    "), **_STYLES.get(line.mark, {}))


def _mark(line: Line) -> str:
    """Return where a line comes from, unless that is the file or stands beside it."""
    if line.mark in ("given", "warning") or line.text.startswith(f"{line.brief}:"):
        return ""
    return f"[{line.mark}; otherwise {line.alternatives}]" if line.alternatives else f"[{line.mark}]"
