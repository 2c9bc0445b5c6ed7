"""``rolloutsim show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rolloutsim.cli.options import json_option, set_option
from rolloutsim.cli.output import echo, echo_json, wrap
from rolloutsim.cli.scenarios import load_scenario, print_warnings

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

_STYLES: dict[str, Any] = {"default": {"dim": True}, "derived": {"dim": True}, "assumption": {"fg": "yellow"}, "warning": {"fg": "red"}}


@click.command()
@click.argument("file", metavar="SCENARIO")
@set_option
@click.option("--expand", is_flag=True, help="Print the file with sites, and cohorts at them, written out.")
@json_option
def show(file: str, assignments: tuple[str, ...], expand: bool, as_json: bool) -> None:
    """Explain a scenario in words: what was given, every default, and every assumption where RoboMaker's documentation is silent.

    With --json: the resolved scenario, with every default filled in. It is a scenario file again; long lists of samples are packed.
    With --expand: the scenario file as it is, with `sites` and cohorts `at` them written out. It is a scenario file again, too.
    """
    if expand and as_json:
        raise click.UsageError("--expand prints YAML, and --json is written out in any case: leave one of the two")
    scenario = load_scenario(file, assignments)
    if as_json:
        print_warnings(scenario)
        echo_json(scenario.resolved())
    elif expand:
        from rolloutsim.scenario import to_yaml

        print_warnings(scenario)
        echo(to_yaml(scenario.expanded), nl=False)
    else:
        _print_result(scenario)


def _print_result(scenario: Scenario) -> None:
    from rolloutsim.printing import one_line
    from rolloutsim.scenario import describe

    echo(scenario.name, bold=True)
    if scenario.description:
        echo(wrap(one_line(scenario.description)))
    echo(wrap("Lines without a mark come from the file; an assumption is something that RoboMaker's documentation leaves open."))
    for section in describe(scenario):
        echo()
        echo(section.title, bold=True)
        for line in section.lines:
            indent = "  " * (line.depth + 1)
            mark = "" if line.mark == "given" else f"[{line.mark}" + (f"; otherwise {line.alternatives}]" if line.alternatives else "]")
            echo(wrap(f"{line.text} {mark}".rstrip(), indent, indent + "    "), **_STYLES.get(line.mark, {}))
