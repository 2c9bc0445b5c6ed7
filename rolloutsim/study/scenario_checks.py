"""The checks of a scenario file: parsed, or what is wrong with them. Nothing here simulates, so ``rolloutsim validate`` starts at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rolloutsim.analysis import Check, group_names
from rolloutsim.errors import Problem, ScenarioError, UsageError
from rolloutsim.scenario import locate

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario


def check_problems(scenario: Scenario, *, needed: bool = False) -> Iterator[Problem]:
    """Yield what is wrong with the checks of a scenario; which metrics there are is known here, and not in `rolloutsim.scenario`.

    Parameters
    ----------
    needed
        Whether it is wrong to have none.
    """
    groups = group_names(scenario)
    names = tuple(("fleet", number, "cohort") for number in range(len(scenario.fleet)))
    for number, text in enumerate(scenario.checks):
        try:
            Check.parse(text, groups)
        except UsageError as error:
            why, _, hint = str(error).removeprefix(f"{text}: ").partition("; ")
            yield Problem("wrong-check", ("checks", number), why, hint, involves=names)
    if needed and not scenario.checks:
        hint = "write e.g. checks: [abort_probability <= 1 %]"
        yield Problem("incomplete", ("checks",), "there is nothing to check", hint, found="no checks")


def parse_checks(scenario: Scenario) -> tuple[Check, ...]:
    """Parse the checks of a scenario.

    Raises
    ------
    ScenarioError
        With everything that is wrong with any of them, or if there is none.
    """
    problems = [locate(scenario, problem) for problem in check_problems(scenario, needed=True)]
    if problems:
        raise ScenarioError(problems)
    groups = group_names(scenario)
    return tuple(Check.parse(text, groups) for text in scenario.checks)
