"""Options that several commands share, and the notes that come of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from rolloutsim.cli.completion import PathText
from rolloutsim.cli.output import echo
from rolloutsim.cli.types import Count, ExecutorOption, PathOption

if TYPE_CHECKING:
    from rolloutsim.analysis import Tolerance
    from rolloutsim.scenario import Scenario

Command = Callable[..., None]


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
set_option = click.option(
    "--set",
    "assignments",
    metavar="PATH=VALUE",
    type=PathText(),
    multiple=True,
    help='Change a value of the scenario, e.g. --set fleet.COHORT.robots=300 or --set "concurrency=10 %"; may be repeated.',
)
seed_option = click.option(
    "--seed", type=Count(0, 2**64 - 1), help="Seed of all draws. [default: the scenario's, or one is drawn and recorded]"
)
executor_option = click.option(
    "--executor",
    metavar="WHERE",
    type=ExecutorOption(),
    help="Where to simulate: a number of processes (1: this process), dask, tcp://HOST:PORT of a Dask scheduler, or module:factory of a "
    "concurrent.futures.Executor. Results are identical. [default: one process per core if the work is worth it]",
)


def study_options(out: str = "") -> Callable[[Command], Command]:
    """Give a command the options of every study: --seed, --executor, --set, --json, and --out if it has a folder.

    Parameters
    ----------
    out
        Help of --out; empty for a command without a folder.
    """
    options = [
        click.option("--seed", type=Count(0, 2**64 - 1), help="Seed of all draws. [default: the scenario's, or 1]"),
        executor_option,
        set_option,
        *([click.option("--out", type=PathOption(), help=out)] if out else []),
        json_option,
    ]

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def print_seed_note(scenario: Scenario, seed: int | None) -> None:
    """Print on stderr which seed a study takes if neither the scenario nor an option names one."""
    from rolloutsim.study.context import STUDY_SEED

    if seed is None and scenario.seed is None:
        echo(f"note: {scenario.name} has no seed, so seed {STUDY_SEED} is used: add seed: to it, or --seed N", err=True)


def print_tolerance_notes(tolerances: Iterable[Tolerance]) -> None:
    """Print on stderr which sizes may be misunderstood."""
    for tolerance in tolerances:
        if tolerance.note:
            echo(f"note: {tolerance.note}", err=True)


def print_without_effect(paths: Iterable[str], what: str) -> None:
    """Print on stderr which levers or inputs make no difference."""
    for path in paths:
        why = f"its values make no difference to {what} in any replicate"
        echo(f"note: {path}: {why}; check that the scenario uses it, or leave it out", err=True)
