"""Whether what a study would vary exists in the scenario, and takes the values; and the notes on what a single run leaves aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rolloutsim.errors import Location, Problem, ScenarioError
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.reading.quantities import count_in_words, format_quantity

__all__ = ["sweep_problems"]


def sweep_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield the levers and uncertainties that the scenario does not take, and notes."""
    if scenario.checks:
        yield Problem(
            "other-command",
            ("checks",),
            "rolloutsim check evaluates checks, run does not",
            "",
            "note",
            True,
            count_in_words(len(scenario.checks), "check"),
        )
    if scenario.sweep is None:
        return
    levers, uncertainties = scenario.sweep.levers, scenario.sweep.uncertainties
    yield Problem(
        "other-command",
        ("sweep",),
        "rolloutsim sweep evaluates them, run does not",
        "",
        "note",
        key=True,
        found=f"{count_in_words(len(levers), 'lever')}, {len(uncertainties)} uncertaint{'y' if len(uncertainties) == 1 else 'ies'}",
    )
    trials: list[tuple[Location, str, Any]] = [
        (("sweep", "levers", path, number), path, value) for path, values in levers.items() for number, value in enumerate(values)
    ]
    trials += [
        (("sweep", "uncertainties", path), path, format_quantity(said.distribution.ppf(0.5), said.dimension))
        for path, said in uncertainties.items()
    ]
    for path, values in levers.items():
        known = [repr(value) for value in values]
        for number, value in enumerate(known):
            if value in known[:number]:
                yield Problem("duplicate", ("sweep", "levers", path, number), f"{path}: this value is there twice", "leave it out")
    plain = scenario.without_studies()
    refused: set[str] = set()
    for location, path, value in trials:
        if path in refused:
            continue
        error = _refusal(plain, path, value, levers)
        if error is not None:
            problem = error.problems[0]
            if problem.code in ("unknown-key", "unknown-path"):  # once per path is enough
                refused.add(path)
            yield Problem(problem.code, location, f"{problem.path}: {problem.why}", problem.hint)


def _refusal(plain: Scenario, path: str, value: Any, levers: Mapping[str, Sequence[Any]]) -> ScenarioError | None:
    """Return why a scenario does not take a value: neither by itself nor together with the first values of the other levers."""
    try:
        plain.replace(path, value)
    except ScenarioError as error:
        try:
            plain.replace_all({other: values[0] for other, values in levers.items()} | {path: value})
        except ScenarioError:
            return error
    return None
