"""``rolloutsim validate``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from rolloutsim.cli.completion import ScenarioText
from rolloutsim.cli.excerpts import excerpt_of
from rolloutsim.cli.options import json_option
from rolloutsim.cli.output import echo, echo_json
from rolloutsim.errors import Problem, ScenarioError

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario


@click.command()
@click.argument("files", metavar="SCENARIO...", nargs=-1, required=True, type=ScenarioText())
@json_option
def validate(files: tuple[str, ...], as_json: bool) -> None:
    """Check scenario files; every mistake of every file is reported at once.

    Exits with 0 if all can be run (there may be warnings), else with 2.
    """
    from rolloutsim.scenario import load

    report: list[dict[str, object]] = []
    for file in files:
        problems: tuple[Problem, ...]
        try:
            scenario = load(file, inspect=_inspect)
            problems, line = scenario.warnings, f"{file}: good ({scenario.name}, {scenario.robots:,} robots)"
        except ScenarioError as error:
            problems = error.problems
            count = sum(problem.severity == "error" for problem in problems)
            line = f"{file}: {count} {'mistake' if count == 1 else 'mistakes'}"
        valid = all(problem.severity != "error" for problem in problems)
        report.append({"file": file, "valid": valid, "problems": [problem.to_json() for problem in problems]})
        if not as_json:
            for problem in problems:
                echo(f"{problem.severity}: {problem}", err=True)
                for excerpt in excerpt_of(problem):
                    echo(excerpt, err=True)
            echo(line)
    if as_json:
        echo_json(report)
    if not all(entry["valid"] for entry in report):
        raise click.exceptions.Exit(2)


def _inspect(scenario: Scenario) -> Iterable[Problem]:
    """Return what is wrong with the checks, if there are any: that takes half a second of imports."""
    if not scenario.checks:
        return ()
    from rolloutsim.study import check_problems

    return check_problems(scenario)
