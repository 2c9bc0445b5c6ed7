"""Which limits fit together, and what may not stand beside them."""

from __future__ import annotations

from collections.abc import Iterator

from rolloutsim.errors import Location, Problem
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.limits import Limit
from rolloutsim.scenario.reading.problems import did_you_mean

__all__ = ["limit_problems"]

_AT: Location = ("rules", "limits")
_CONCURRENCY: Location = ("deployment", "deploymentConfig", "concurrentDeploymentPercentage")


def limit_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with the limits."""
    rules = scenario.rules
    for number, row in enumerate(rules.limits):
        yield from _row(scenario, row, (*_AT, number))
    if not rules.limits:
        return
    hint = "write it as a row of rules.limits, {max: …}, or remove rules.limits"
    if rules.concurrency is not None:
        yield Problem("conflicting-keys", ("rules", "concurrency"), "rules.limits replaces this", hint, involves=(_AT,))
    if scenario.deployment.concurrent_percentage is not None:
        yield Problem("conflicting-keys", _CONCURRENCY, "rules.limits replaces this", hint, involves=(_AT,))
    if rules.in_batches:
        hint = "remove it, or write concurrency and no limits"
        yield Problem("does-not-fit", ("rules", "dispatch"), "with limits robots start one by one", hint, involves=(_AT,))


def _row(scenario: Scenario, row: Limit, at: Location) -> Iterator[Problem]:
    yield from _slow_start(row, at)
    yield from _cohorts(scenario, row, at)
    if row.every is None:
        for name in ("spread", "grow"):
            if getattr(row, name) != type(row).model_fields[name].default:
                why = "this is about how many robots start in a time"
                yield Problem("incomplete", (*at, name), why, "add every: 1 min, or remove it", involves=((*at, "every"),))
    else:
        yield from _of_starts(row, at, "every", "a row with every counts the robots that start in that time")
    if not row.is_count and row.max.value == 0:
        yield Problem("does-not-fit", (*at, "max"), "no robot would ever start", "write 1 robots or more")
    if row.grow is not None and not row.max.is_share and row.grow.to < row.max.value:
        why = f"the rate begins with {row.max.value:,} robots"
        yield Problem("does-not-fit", (*at, "grow", "to"), why, f"write {row.max.value} robots or more", involves=((*at, "max"),))
    if not row.max.is_share and row.max.value > scenario.robots and row.is_count:
        why = f"the fleet has {scenario.robots:,} robots, so there is always room"
        yield Problem("no-effect", (*at, "max"), why, "", "note", involves=(("fleet",),))


def _slow_start(row: Limit, at: Location) -> Iterator[Problem]:
    if row.plus is None:
        if row.for_each is not None:
            why = "this is about how many more robots may start"
            yield Problem("incomplete", (*at, "for_each"), why, "add plus: 2, or remove it", involves=((*at, "plus"),))
        return
    if row.for_each is None:
        why = "more robots for each of which robots?"
        yield Problem("incomplete", (*at, "plus"), why, "add for_each: reached or for_each: succeeded", involves=((*at, "for_each"),))
    if row.every is not None:
        why = "a row limits the robots that start in a time, or makes a slow start"
        yield Problem("conflicting-keys", (*at, "plus"), why, "make two rows of it", involves=((*at, "every"),))
        return
    yield from _of_starts(row, at, "plus", "a slow start counts the robots that have started")


def _of_starts(row: Limit, at: Location, by: str, why: str) -> Iterator[Problem]:
    """Yield what has no place in a row that counts starts."""
    if row.counts != {"in_flight"}:
        yield Problem("conflicting-keys", (*at, "counts"), why, "remove it, or write another row", involves=((*at, by),))
    if row.per is not None:
        yield Problem("conflicting-keys", (*at, "per"), "starts are those of the whole job", "remove it", involves=((*at, by),))
    if row.of:
        yield Problem("conflicting-keys", (*at, "of"), "starts are those of the whole job", "remove it", involves=((*at, by),))


def _cohorts(scenario: Scenario, row: Limit, at: Location) -> Iterator[Problem]:
    known = [cohort.name for cohort in scenario.fleet]
    for number, name in enumerate(row.of):
        if name not in known:
            hint = did_you_mean(name, known, "cohorts", "the cohorts of fleet have other names")
            yield Problem("unknown-name", (*at, "of", number), "the fleet has no such cohort", hint, involves=(("fleet",),))
        elif name in row.of[:number]:
            yield Problem("duplicate", (*at, "of", number), "this is listed twice", "remove one")
