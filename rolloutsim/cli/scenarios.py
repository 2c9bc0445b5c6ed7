"""Scenarios as commands load them: with the changes of ``--set``, and with every mistake at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from rolloutsim.cli.output import echo
from rolloutsim.errors import Gathered, Problem, ScenarioError, UsageError

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

    Inspect = Callable[[Scenario], Iterable[Problem]]

P = ParamSpec("P")
T = TypeVar("T")


def for_option(option: str, parse: Callable[P, T]) -> Callable[P, T]:
    """Return a function whose errors name the option that it parses."""

    def parse_named(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return parse(*args, **kwargs)
        except UsageError as error:
            raise UsageError("\n".join(f"{option} {line}" for line in str(error).splitlines())) from error

    return parse_named


@contextmanager
def naming_options(options: Mapping[str, Iterable[str]]) -> Iterator[None]:
    """Let the errors of a study name the option whose value is wrong.

    Parameters
    ----------
    options
        The values of each option; errors begin with the value that is wrong.

    Examples
    --------
    >>> from rolloutsim.errors import UsageError
    >>> with naming_options({"--minimize": ["foo"]}):
    ...     raise UsageError("foo: there is no such metric")
    Traceback (most recent call last):
    ...
    rolloutsim.errors.UsageError: --minimize foo: there is no such metric
    """
    option_of = {value: option for option, values in options.items() for value in values}
    try:
        yield
    except UsageError as error:

        def named(line: str) -> str:
            return next((f"{option} {line}" for value, option in option_of.items() if line.startswith(f"{value}: ")), line)

        raise UsageError("\n".join(map(named, str(error).splitlines()))) from error


def load_scenario(file: str, assignments: Sequence[str], inspect: Inspect | None = None) -> Scenario:
    """Load a scenario and change the values of --set, all at once.

    Parameters
    ----------
    inspect
        Finds more that is wrong with it.

    Raises
    ------
    ScenarioError or UsageError
        With everything that is wrong with the file and the assignments, or else with the scenario that they make.
    """
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


def with_changes(scenario: Scenario, assignments: Sequence[str]) -> Scenario:
    """Return a scenario with the values of --against, which are added to its name.

    Raises
    ------
    ScenarioError or UsageError
        With everything that is wrong with the assignments, or else with the scenario that they make.
    """
    from rolloutsim.formatting import value_text
    from rolloutsim.scenario.short_names import full_values

    mistaken, values = _values(assignments, "--against")
    mistaken.check()
    changed = scenario.replace_all(values)
    shown = ", ".join(f"{path}={value_text(value)}" for path, value in full_values(values).items() if value is not None)
    return changed.model_copy(update={"name": f"{scenario.name} with {shown}"})


def _values(assignments: Iterable[str], option: str = "--set") -> tuple[Gathered, dict[str, Any]]:
    """Return the values of an option by path, and what is wrong with the others."""
    from rolloutsim.scenario import parse_assignment

    mistaken, values = Gathered(), dict[str, Any]()
    for assignment in assignments:
        parsed = mistaken.attempt(for_option(option, parse_assignment), assignment)
        if parsed is not None and parsed[0] in values:
            mistaken.add(UsageError(f"{option} {parsed[0]!r}: this path is set twice, and the order does not count: leave one"))
        elif parsed is not None:
            values[parsed[0]] = parsed[1]
    return mistaken, values


def load_scenarios(files: Sequence[str], assignments: Sequence[str], inspect: Inspect | None = None) -> list[Scenario]:
    """Load several scenarios and change the same values in each; see `load_scenario`.

    Raises
    ------
    ScenarioError or UsageError
        With everything that is wrong with any of them.
    """
    wrong = Gathered()
    scenarios = wrong.attempt_each(load_scenario, files, assignments, inspect)
    wrong.check()
    return scenarios


def print_warnings(*scenarios: Scenario, options: Mapping[str, Iterable[str]] | None = None, notes: bool = True) -> None:
    """Print on stderr what in scenarios is probably a mistake, each warning once, and what has no effect on a run.

    Parameters
    ----------
    options
        The values of each option that has quantities and does not become part of a scenario.
    """
    from rolloutsim.scenario.reading.slips import ambiguous_points

    found: dict[Problem, Problem] = {}
    for problem in (each for scenario in scenarios for each in scenario.warnings):
        # A scenario that was made of another one has the warnings of that, without its lines.
        found.setdefault(problem._replace(line=0, column=0, found=problem.found.strip("\"'")), problem)
    for problem in found.values():
        if notes or problem.severity != "note":
            echo(f"{problem.severity}: {problem}", err=True)
    for option, text in ((option, text) for option, texts in (options or {}).items() for text in texts):
        for problem in ambiguous_points(text):
            echo(f"{problem.severity}: {option} {text}: {problem}", err=True)
