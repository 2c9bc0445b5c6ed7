"""Which rules fit together: a problem for each combination that is impossible (an error) or pointless (a warning)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rolloutsim.errors import Problem
from rolloutsim.formatting import duration
from rolloutsim.scenario.model import Scenario

__all__ = ["rule_problems"]

_CONFIG = ("deployment", "deploymentConfig")
_THRESHOLD = (*_CONFIG, "failureThresholdPercentage")


def rule_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong between the rules, and between them and the rest."""
    yield from _batches(scenario)
    yield from _threshold(scenario)
    yield from _clocks(scenario)
    yield from _order(scenario)


def _batches(scenario: Scenario) -> Iterator[Problem]:
    rules = scenario.rules
    if not rules.in_batches:
        for name, value in (("denominator", "batch"), ("evaluate", "batch_end")):
            if getattr(rules, name) == value:
                hint = "add rules.dispatch: batch, or take another value"
                yield Problem("incomplete", ("rules", name), "this needs dispatch: batch", hint, involves=(("rules", "dispatch"),))
    if rules.denominator == "completed" and "minimum_completed" not in rules.model_fields_set:
        why = "from which number of results on? From the first on, the first failure is 100 % of the robots completed and stops the job"
        hint = f"add minimum_completed: {min(10, scenario.robots)}; minimum_completed: 1 if the first failure is to stop the job"
        yield Problem("incomplete", ("rules", "denominator"), why, hint, involves=(("rules", "minimum_completed"),))
    if rules.minimum_completed != 1 and rules.denominator != "completed":
        why = "this has a meaning only with denominator: completed"
        yield Problem(
            "incomplete",
            ("rules", "minimum_completed"),
            why,
            "add denominator: completed, or remove it",
            involves=(("rules", "denominator"),),
        )
    if rules.minimum_completed > scenario.robots and rules.denominator == "completed":
        why = f"the fleet has {scenario.robots} robots, so the threshold is never looked at"
        yield Problem("no-effect", ("rules", "minimum_completed"), why, "write a smaller number", "warning", involves=(("fleet",),))
    if rules.concurrency is not None and rules.concurrency > scenario.robots:
        why = f"the fleet has {scenario.robots} robots: all of them are deployed at once"
        yield Problem("no-effect", ("rules", "concurrency"), why, "", "note", involves=(("fleet",),))


def _threshold(scenario: Scenario) -> Iterator[Problem]:
    rules, percentage = scenario.rules, scenario.deployment.failure_threshold_percentage
    limit, at = rules.failure_limit, ("rules", "failure_limit")
    if limit == 0 and rules.comparator == "at_least":
        why = "at_least 0 failures is breached before the first robot"
        yield Problem("does-not-fit", at, why, "write 1 robot, or add comparator: exceeds", involves=(("rules", "comparator"),))
    if limit is not None and rules.denominator != "batch" and limit + (rules.comparator == "exceeds") > scenario.robots:
        why = f"the fleet has {scenario.robots} robots, so this many failures cannot happen: nothing aborts"
        yield Problem("no-effect", at, why, "write a smaller number", "warning", involves=(("fleet",), ("rules", "comparator")))
    if limit is None and percentage == 100 and rules.comparator == "exceeds":
        why = "no more than 100 % can fail, so this is never exceeded: nothing aborts"
        yield Problem("no-effect", _THRESHOLD, why, "write a smaller percentage", "warning", involves=(("rules", "comparator"),))
    gates = any(stage.max_failures is not None or stage.max_failure_share is not None for stage in rules.stages)
    if not rules.counts and (limit is not None or percentage is not None):
        yield Problem("no-effect", ("rules", "counts"), "nothing counts as a failure, so nothing aborts", "list at least one", "warning")
    if limit is None and percentage is None and not rules.stop:
        for name in ("comparator", "denominator", "evaluate", "counts", "on_breach"):
            if gates and name in ("counts", "on_breach"):  # gates count by the same rule and stop the job in the same way
                continue
            if getattr(rules, name) != type(rules).model_fields[name].default:
                why = "there is no failure threshold, so this has no effect"
                hint = "add failureThresholdPercentage or failure_limit, or remove it"
                yield Problem("no-effect", ("rules", name), why, hint, "warning", involves=(_THRESHOLD, at))


def _clocks(scenario: Scenario) -> Iterator[Problem]:
    rules, timeout = scenario.rules, scenario.robot_timeout
    if math.isfinite(rules.cancel_at) and rules.cancel_at >= rules.fleet_timeout:
        why = f"the fleet timeout of {duration(rules.fleet_timeout)} comes first, so this never happens"
        yield Problem(
            "no-effect",
            ("rules", "cancel_at"),
            why,
            "write an earlier time, or remove it",
            "warning",
            involves=(("rules", "fleet_timeout"),),
        )
    if math.isfinite(timeout) and timeout > rules.fleet_timeout:
        why = f"longer than the fleet timeout of {duration(rules.fleet_timeout)}, so no robot's timer ever ends"
        at = (*_CONFIG, "robotDeploymentTimeoutInSeconds") if rules.robot_timeout is None else ("rules", "robot_timeout")
        yield Problem(
            "no-effect",
            at,
            why,
            "write a smaller number, or a longer rules.fleet_timeout",
            "warning",
            involves=(("rules", "fleet_timeout"),),
        )
    if rules.reach_timeout is not None and rules.timer != "reached":
        why = "the robot's timer starts at its grant and does not start again when it is reached"
        yield Problem("incomplete", ("rules", "reach_timeout"), why, "add timer: reached, or remove it", involves=(("rules", "timer"),))
    if rules.condition == "defer" and not scenario.deployment.has_condition_file:
        hint = "add deploymentConfig.downloadConditionFile, or remove it"
        why = "without a downloadConditionFile there is no condition, so this has no effect"
        yield Problem("no-effect", ("rules", "condition"), why, hint, "warning", involves=((*_CONFIG, "downloadConditionFile"),))


def _order(scenario: Scenario) -> Iterator[Problem]:
    priorities = {cohort.priority for cohort in scenario.fleet}
    if scenario.rules.order == "priority" and len(priorities) == 1 and len(scenario.fleet) > 1:
        why = "all cohorts have the same priority, so robots come as listed"
        yield Problem("no-effect", ("rules", "order"), why, "give the cohorts a priority", "warning", involves=(("fleet",),))
    if scenario.rules.order == "interleaved" and len({cohort.site for cohort in scenario.fleet}) == 1:
        why = "all robots are at one site, so they come as listed"
        yield Problem("no-effect", ("rules", "order"), why, "give the cohorts sites", "warning", involves=(("fleet",),))
    if scenario.rules.order != "priority":
        for number, cohort in enumerate(scenario.fleet):
            if cohort.priority != 0:
                why = f"rules.order is {scenario.rules.order}, so this has no effect"
                yield Problem("no-effect", ("fleet", number, "priority"), why, "", "note", involves=(("rules", "order"),))
