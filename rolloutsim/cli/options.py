"""What several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rolloutsim.errors import Problem
    from rolloutsim.scenario import Scenario

__all__ = ["changed", "json_option", "problem_dict", "set_option", "tell_warnings", "workers_option"]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
set_option = click.option(
    "--set",
    "assignments",
    metavar="PATH=VALUE",
    multiple=True,
    help="Change a value of the scenario, e.g. --set fleet.dock.robots=300; may be repeated.",
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="How many processes; the results do not depend on it. [default: one a core if the work is worth it]",
)


def changed(file: str, assignments: tuple[str, ...]) -> Scenario:
    """Load a scenario and change the values that were asked for, in order.

    Raises
    ------
    ScenarioError
        If the file, or the scenario after a change, is wrong.
    UsageError
        If an assignment has no ``=``.
    """
    from rolloutsim.scenario import load, parse_assignment

    scenario = load(file)
    for assignment in assignments:
        scenario = scenario.replace(*parse_assignment(assignment))
    return scenario


def tell_warnings(scenario: Scenario) -> None:
    """Say on stderr what in a scenario is probably not meant so."""
    for problem in scenario.warnings:
        click.echo(f"{problem.severity}: {problem}", err=True)


def problem_dict(problem: Problem) -> dict[str, Any]:
    """Return a problem for JSON."""
    return problem._asdict()
