"""A coin or a draw per class is one for all cohorts of the class, in both engines."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

import rolloutsim
from rolloutsim.randomness import child_key, entity_word, replicate_key, uniform
from rolloutsim.scenario import Scenario, parse
from rolloutsim.simulation.model import causes

REPLICATES = 60
CODE = "ExtractingBundleFailure"

#: Three cohorts of one class, one of another, and one that is a class by itself.
FLEET = """\
fleet:
  - {cohort: steady@a, robots: 2, class: steady}
  - {cohort: flaky@a, robots: 3, class: flaky}
  - {cohort: steady@b, robots: 1, class: steady}
  - {cohort: steady@c, robots: 2, class: steady}
  - {cohort: van, robots: 2}
application:
  bundle: 0 B
  steps: {extracting: {duration: 5 s, failures: {ExtractingBundleFailure: CHANCE}}}
"""
CLASSES = ["steady"] * 2 + ["flaky"] * 3 + ["steady"] * 3 + ["van"] * 2

Engine = Literal["simpy", "compiled"]


def made(chance: str) -> Scenario:
    return parse(FLEET.replace("CHANCE", chance))


def failed(scenario: Scenario, engine: Engine) -> np.ndarray:
    """Return which robots failed, by replicate and robot."""
    robots = rolloutsim.simulate(scenario, replicates=REPLICATES, seed=3, engine=engine).robots
    return (robots["failure_code"] == CODE).to_numpy().reshape(REPLICATES, len(CLASSES))


def class_key(replicate: int, name: str) -> int:
    """Return the key of a class by hand: a child of the job's, by its name."""
    return child_key(replicate_key(3, replicate, entity_word("job")), entity_word(f"class:{name}"))


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_one_coin_for_all_cohorts_of_a_class(engine: Engine) -> None:
    hits = failed(made("{probability: 0.5, per: class}"), engine)
    coin = causes.coin("extracting", CODE)
    expected = [[uniform(class_key(replicate, name), coin, 0) < 0.5 for name in CLASSES] for replicate in range(REPLICATES)]
    assert np.array_equal(hits, expected)
    fates = {tuple(row[[0, 2, 8]]) for row in hits}
    assert len(fates) == 8  # the three classes are independent of each other


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_one_draw_of_the_probability_for_all_cohorts_of_a_class(engine: Engine) -> None:
    """The probability is 0 or 1, so that a robot's own coin changes nothing."""
    chance = "{mixture: [{weight: 1, of: {constant: {value: 0}}}, {weight: 1, of: {constant: {value: 1}}}], per: class}"
    hits = failed(made(chance), engine)
    drawn = causes.probability("extracting", CODE)
    expected = [[uniform(class_key(replicate, name), drawn, 0) > 0.5 for name in CLASSES] for replicate in range(REPLICATES)]
    assert np.array_equal(hits, expected)


def test_per_cohort_means_per_class_and_site() -> None:
    hits = failed(made("{probability: 0.5, per: cohort}"), "simpy")
    assert (hits[:, 0] == hits[:, 1]).all()
    assert (hits[:, 0] != hits[:, 5]).any()


def test_a_class_does_not_matter_where_nothing_is_per_class() -> None:
    scenario = made("0.5")
    other = scenario.replace("fleet.van.class", "steady")
    assert other.fingerprint() == scenario.fingerprint()
    assert np.array_equal(failed(other, "simpy"), failed(scenario, "simpy"))


@pytest.mark.parametrize("chance", ["{probability: 0.5, per: class}", "{uniform: {low: 0, high: 1}, per: class}"])
def test_a_class_is_part_of_the_fingerprint_where_something_is_per_class(chance: str) -> None:
    scenario = made(chance)
    assert scenario.replace("fleet.van.class", "steady").fingerprint() != scenario.fingerprint()
    assert scenario.replace("fleet.van.class", "van").fingerprint() == scenario.fingerprint()
