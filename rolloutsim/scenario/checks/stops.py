"""Which stop rows can hold, and which keys may not stand beside them."""

from __future__ import annotations

from collections.abc import Iterator

from rolloutsim.errors import Location, Problem
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.stops import Stop

__all__ = ["stop_problems"]

_AT: Location = ("rules", "stop")
_THRESHOLD: Location = ("deployment", "deploymentConfig", "failureThresholdPercentage")
#: What a row replaces.
_SHORTHAND = ("failure_limit", "comparator", "denominator", "minimum_completed")
#: What a row replaces unless it is about the gates of stages.
_OF_GATES = ("counts", "on_breach")


def stop_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with the stop rows."""
    rules = scenario.rules
    for number, row in enumerate(rules.stop):
        yield from _row(scenario, row, (*_AT, number))
    if rules.stop:
        yield from _twice(scenario)


def _row(scenario: Scenario, row: Stop, at: Location) -> Iterator[Problem]:
    if row.at_least is None and row.exceeds is None:
        yield Problem("incomplete", at, "this row has no threshold", "add at_least: 20 % or exceeds: 3 robots")
        return
    if row.at_least is not None and row.exceeds is not None:
        yield Problem("conflicting-keys", (*at, "exceeds"), "at_least is here already", "keep one of the two")
        return
    key, amount = ("exceeds", row.exceeds) if row.at_least is None else ("at_least", row.at_least)
    assert amount is not None
    if amount.value == 0 and key == "at_least":
        yield Problem("does-not-fit", (*at, key), "at least 0 failures there are always", "write 1 robots, or exceeds instead of at_least")
    most = 10_000 if amount.is_share else scenario.robots
    if amount.value + (key == "exceeds") > most:
        why = "more than 100 % cannot fail" if amount.is_share else f"the fleet has {scenario.robots:,} robots"
        yield Problem("no-effect", (*at, key), f"{why}, so this row never holds", "write less", "warning", involves=(("fleet",),))
    if row.of == "batch" and not scenario.rules.in_batches:
        hint = "add rules.dispatch: batch, or take another value"
        yield Problem("incomplete", (*at, "of"), "this needs dispatch: batch", hint, involves=(("rules", "dispatch"),))
    if row.of == "completed" and row.minimum is None:
        why = "from which number of results on? From the first on, the first failure is 100 % of the robots completed"
        yield Problem("incomplete", (*at, "of"), why, f"add minimum: {min(10, scenario.robots)}; minimum: 1 if that is meant")
    if row.minimum is not None and row.minimum > scenario.robots:
        why = f"the fleet has {scenario.robots:,} robots, so this row never holds"
        yield Problem("no-effect", (*at, "minimum"), why, "write a smaller number", "warning", involves=(("fleet",),))


def _twice(scenario: Scenario) -> Iterator[Problem]:
    """Yield what the rows replace and is there all the same."""
    rules = scenario.rules
    gates = any(stage.max_failures is not None or stage.max_failure_share is not None for stage in rules.stages)
    hint = "write it into a row of rules.stop, or remove rules.stop"
    for name in (*_SHORTHAND, *(() if gates else _OF_GATES)):
        default = type(rules).model_fields[name].default
        if getattr(rules, name) != default:
            yield Problem("conflicting-keys", ("rules", name), "rules.stop replaces this", hint, involves=(_AT,))
    if scenario.deployment.failure_threshold_percentage is not None:
        yield Problem("conflicting-keys", _THRESHOLD, "rules.stop replaces this", hint, involves=(_AT,))
