"""What several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rolloutsim.errors import Problem
    from rolloutsim.scenario import Scenario

__all__ = ["changed", "json_option", "problem_dict", "progress_bar", "set_option", "tell_warnings"]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
set_option = click.option(
    "--set",
    "assignments",
    metavar="PATH=VALUE",
    multiple=True,
    help="Change a value of the scenario, e.g. --set fleet.dock.robots=300; may be repeated.",
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


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show on stderr, if that is a terminal, how much of a study is done; yield what to call with that and with the total."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
