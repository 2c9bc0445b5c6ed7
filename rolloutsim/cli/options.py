"""What several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from itertools import count
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

import click

from rolloutsim.cli.numbers import Count
from rolloutsim.cli.output import echo

if TYPE_CHECKING:
    from rolloutsim.analysis import Tolerance
    from rolloutsim.errors import Gathered, Problem
    from rolloutsim.scenario import Scenario

    Inspect = Callable[[Scenario], Iterable[Problem]]

__all__ = [
    "all_changed",
    "changed",
    "changed_again",
    "json_option",
    "named",
    "naming",
    "print_warnings",
    "progress_bar",
    "replicates_bar",
    "seed_option",
    "set_option",
    "study_seed_option",
    "tell_notes",
    "tell_seed",
    "tell_without_effect",
    "where_options",
]

P = ParamSpec("P")
T = TypeVar("T")


class Tell(Protocol):
    """What moves a progress bar."""

    def __call__(self, done: int, total: int | None, notes: Sequence[str] = ()) -> None:
        """Show how much is done, of how much, and further lines."""


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
set_option = click.option(
    "--set",
    "assignments",
    metavar="PATH=VALUE",
    multiple=True,
    help="Change a value of the scenario, e.g. --set fleet.dock.robots=300; may be repeated.",
)
study_seed_option = click.option("--seed", type=Count(0, 2**64 - 1), help="Seed of all draws. [default: the scenario's, or 1]")
seed_option = click.option(
    "--seed", type=Count(0, 2**64 - 1), help="Seed of all draws. [default: the scenario's, or one is drawn and recorded]"
)


_where_options = (
    click.option(
        "--workers",
        type=Count(1, 1024),
        help="Number of worker processes; results are identical for any number. [default: one per core if the work is worth it]",
    ),
    click.option(
        "--executor",
        metavar="KIND",
        help="Where the work runs: processes, dask, or module:factory of a concurrent.futures.Executor. [default: processes]",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="With --executor dask: address of the cluster, e.g. tcp://host:8786. [default: a new one on this machine]",
    ),
)


def where_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options for where it runs; it gets them together as `where`, the keywords of every study."""

    @wraps(command)
    def gathering(*, workers: int | None, executor: str | None, scheduler: str | None, **others: Any) -> None:
        command(where={"workers": workers, "executor": executor, "scheduler": scheduler}, **others)

    for option in reversed(_where_options):
        gathering = option(gathering)
    return gathering


def named(option: str, parse: Callable[P, T]) -> Callable[P, T]:
    """Return a function whose errors name an option."""
    from rolloutsim.errors import UsageError

    def parse_named(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return parse(*args, **kwargs)
        except UsageError as error:
            raise UsageError("\n".join(f"{option} {line}" for line in str(error).splitlines())) from error

    return parse_named


@contextmanager
def naming(options: Mapping[str, Iterable[str]]) -> Iterator[None]:
    """Name the option in an error that a study raises about its value.

    Parameters
    ----------
    options
        The values of each, with which what is wrong with them begins.

    Examples
    --------
    >>> from rolloutsim.errors import UsageError
    >>> with naming({"--minimize": ["foo"]}):
    ...     raise UsageError("foo: there is no such metric")
    Traceback (most recent call last):
    ...
    rolloutsim.errors.UsageError: --minimize foo: there is no such metric
    """
    from rolloutsim.errors import UsageError

    option_of = {value: option for option, values in options.items() for value in values}
    try:
        yield
    except UsageError as error:

        def told(line: str) -> str:
            return next((f"{option} {line}" for value, option in option_of.items() if line.startswith(f"{value}: ")), line)

        raise UsageError("\n".join(map(told, str(error).splitlines()))) from error


def changed(file: str, assignments: tuple[str, ...], inspect: Inspect | None = None) -> Scenario:
    """Load a scenario and change the values that were asked for, all at once.

    Parameters
    ----------
    inspect
        Finds more that is wrong with it.

    Raises
    ------
    ScenarioError or UsageError
        With everything that is wrong with the file and the assignments, or else with the scenario that comes of them.
    """
    from rolloutsim.errors import Gathered, ScenarioError
    from rolloutsim.scenario import load, locate

    wrong = Gathered()
    # What is to be changed may be what is wrong, so then it is inspected afterwards.
    scenario = wrong.attempt(load, file, inspect=None if assignments else inspect)
    mistaken, values = _values(assignments)
    if scenario is not None and values:
        scenario = wrong.attempt(scenario.replace_all, values)
    wrong.attempt(mistaken.check)
    wrong.check()
    assert scenario is not None
    if assignments and inspect is not None:
        problems = [locate(scenario, problem) for problem in inspect(scenario)]
        if problems:
            raise ScenarioError(problems)
    return scenario


def changed_again(scenario: Scenario, assignments: tuple[str, ...]) -> Scenario:
    """Return a scenario with the values of --against, and a name that mentions them.

    Raises
    ------
    ScenarioError or UsageError
        With everything that is wrong with the assignments, or else with the scenario that comes of them.
    """
    mistaken, values = _values(assignments, "--against")
    mistaken.check()
    name = f"{scenario.name} with {', '.join(f'{path}={value}' for path, value in values.items())}"
    return scenario.replace_all(values).model_copy(update={"name": name})


def _values(assignments: Iterable[str], option: str = "--set") -> tuple[Gathered, dict[str, Any]]:
    """Return the values of an option by path, and what is wrong with the others."""
    from rolloutsim.errors import Gathered, UsageError
    from rolloutsim.scenario import parse_assignment

    mistaken, values = Gathered(), dict[str, Any]()
    for assignment in assignments:
        parsed = mistaken.attempt(named(option, parse_assignment), assignment)
        if parsed is not None and parsed[0] in values:
            mistaken.add(UsageError(f"{option} {parsed[0]!r}: this path is set twice, and the order does not count: leave one"))
        elif parsed is not None:
            values[parsed[0]] = parsed[1]
    return mistaken, values


def all_changed(files: Sequence[str], assignments: tuple[str, ...], inspect: Inspect | None = None) -> list[Scenario]:
    """Load several scenarios and change the same values in each; see `changed`.

    Raises
    ------
    ScenarioError or UsageError
        With everything that is wrong with any of them.
    """
    from rolloutsim.errors import Gathered

    wrong = Gathered()
    scenarios = [wrong.attempt(changed, file, assignments, inspect) for file in files]
    wrong.check()
    return [scenario for scenario in scenarios if scenario is not None]


def tell_seed(scenario: Scenario, seed: int | None) -> None:
    """Print on stderr which seed a study uses if neither the scenario nor an option names one."""
    from rolloutsim.study.measuring import STUDY_SEED

    if seed is None and scenario.seed is None:
        echo(f"note: {scenario.name} names no seed, so seed {STUDY_SEED} is taken: add seed: to it, or --seed N", err=True)


def tell_notes(tolerances: Iterable[Tolerance]) -> None:
    """Print on stderr which sizes may be misunderstood."""
    for tolerance in tolerances:
        if tolerance.note:
            echo(f"note: {tolerance.note}", err=True)


def tell_without_effect(paths: Iterable[str], what: str) -> None:
    """Print on stderr which levers or inputs make no difference."""
    for path in paths:
        why = f"its values make no difference to {what} in any replicate"
        echo(f"note: {path}: {why}; see that the scenario uses it, or leave it out", err=True)


def print_warnings(scenario: Scenario, *, notes: bool = True) -> None:
    """Print on stderr the warnings about a scenario, and what has no effect on a run."""
    for problem in scenario.warnings:
        if notes or problem.severity != "note":
            echo(f"{problem.severity}: {problem}", err=True)


@contextmanager
def progress_bar(what: str, total: int | None = None) -> Iterator[Tell | None]:
    """Show on stderr, if that is a terminal that can move its cursor, how much of a study is done; yield what to call with that."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Bar(Progress):
        def get_renderables(self) -> Iterator[RenderableType]:
            yield from super().get_renderables()
            for task in self.tasks:
                for line in task.fields["notes"]:
                    yield Text(line, overflow="ellipsis", no_wrap=True)

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "")

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total, notes=())

        def tell(done: int, total: int | None, notes: Sequence[str] = ()) -> None:
            bar.update(task, completed=done, total=total, notes=notes)

        yield tell


@contextmanager
def replicates_bar(total: int | None) -> Iterator[Callable[[int], None] | None]:
    """Show a progress bar of replicates; yield what to call after each."""
    with progress_bar("replicates", total) as tell:
        done = count(1)
        yield None if tell is None else lambda _: tell(next(done), total)
