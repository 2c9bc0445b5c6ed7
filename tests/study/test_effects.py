"""Levers and inputs without effect are named, those with one are not: in a sweep, a plan and a sensitivity analysis."""

from __future__ import annotations

import numpy as np

from rolloutsim import plan, sensitivity, sweep
from rolloutsim.scenario import parse
from rolloutsim.study.settings import digests, without_effect

# Without a condition file rules.condition decides nothing, and without a link the size of the bundle takes no time.
TEXT = """\
fleet: [{cohort: a, robots: 4}]
application: {bundle: 1 MB, steps: {launching: {duration: {exponential: {mean: 60 s}}}}}
seed: 3
sweep:
  uncertainties:
    application.steps.extracting.duration: {uniform: {low: 1 s, high: 5 s}}
    application.bundle: {uniform: {low: 1 MB, high: 2 MB}}
"""
IDLE, MOVING = "rules.condition", "rules.concurrency"
LEVERS = {IDLE: ["fail", "defer"], MOVING: [1, 4]}


def test_a_sweep_names_the_lever_that_makes_no_difference_to_its_jobs() -> None:
    assert sweep(parse(TEXT), levers=LEVERS, samples=2, replicates=3, executor=1).without_effect == (IDLE,)
    assert sweep(parse(TEXT).without_studies(), levers={MOVING: [1, 4]}, replicates=3, executor=1).without_effect == ()
    assert sweep(parse(TEXT), samples=2, replicates=3, executor=1).without_effect == ()


def test_a_plan_names_the_lever_that_makes_no_difference_to_what_it_asks_for() -> None:
    found = plan(parse(TEXT), "time_to_complete.mean", levers=LEVERS, replicates=20, max_replicates=20, executor=1)
    assert found.without_effect == (IDLE,)
    assert found.to_json()["without_effect"] == [IDLE]


def test_a_sensitivity_analysis_names_the_input_that_moves_no_metric() -> None:
    found = sensitivity(parse(TEXT), size=3, replicates=3, executor=1)
    assert found.without_effect == ("application.bundle",)
    assert found.to_json()["without_effect"] == ["application.bundle"]


def test_one_replicate_that_differs_is_an_effect() -> None:
    settings = [{"a": 1}, {"a": 2}]
    same, other = np.array([[1.0, np.nan, 3.0]]), np.array([[1.0, np.nan, 4.0]])
    assert without_effect(["a"], settings, [digests(same), digests(same)]) == ("a",)
    assert without_effect(["a"], settings, [digests(same), digests(other)]) == ()


def test_only_shared_replicates_are_compared_and_none_shows_nothing() -> None:
    settings = [{"a": 1}, {"a": 2}]
    long, short = digests(np.array([[1.0, 2.0, 3.0]])), digests(np.array([[1.0, 2.0]]))
    assert without_effect(["a"], settings, [long, short]) == ("a",)
    assert without_effect(["a"], settings, [long, short[:0]]) == ()


def test_a_lever_is_compared_where_nothing_else_differs() -> None:
    settings = [{"a": 1, "b": 1}, {"a": 2, "b": 2}]
    one = digests(np.array([[1.0]]))
    assert without_effect(["a", "b"], settings, [one, one]) == ()
