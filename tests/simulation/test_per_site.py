"""A coin or a draw per site is one for all cohorts at the site, in both engines."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

import rolloutsim
from rolloutsim.errors import ScenarioError
from rolloutsim.randomness import entity_word, replicate_key, uniform
from rolloutsim.scenario import Scenario, parse
from rolloutsim.simulation.model import causes

REPLICATES = 60
CODE = "ExtractingBundleFailure"

#: Two sites, of which one has two cohorts.
FLEET = """\
fleet:
  - {cohort: steady@a, robots: 2, class: steady, site: a}
  - {cohort: steady@b, robots: 1, class: steady, site: b}
  - {cohort: flaky@a, robots: 3, class: flaky, site: a}
application:
  bundle: 0 B
  steps: {extracting: {duration: 5 s, failures: {ExtractingBundleFailure: CHANCE}}}
"""
SITES = ["a"] * 2 + ["b"] + ["a"] * 3
COIN = "{probability: 0.5, per: site}"

Engine = Literal["simpy", "compiled"]


def made(chance: str) -> Scenario:
    return parse(FLEET.replace("CHANCE", chance))


def failed(scenario: Scenario, engine: Engine) -> np.ndarray:
    """Return which robots failed, by replicate and robot."""
    robots = rolloutsim.simulate(scenario, replicates=REPLICATES, seed=3, engine=engine).robots
    return (robots["failure_code"] == CODE).to_numpy().reshape(REPLICATES, len(SITES))


def lots(cause: int) -> np.ndarray:
    """Return the uniform variate of a cause by replicate and robot, by hand: its key is the site's."""
    keys = [[replicate_key(3, replicate, entity_word(f"site:{name}")) for name in SITES] for replicate in range(REPLICATES)]
    return np.array([[uniform(key, cause, 0) for key in row] for row in keys])


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_one_coin_for_all_cohorts_at_a_site(engine: Engine) -> None:
    hits = failed(made(COIN), engine)
    assert np.array_equal(hits, lots(causes.coin("extracting", CODE)) < 0.5)
    assert len({tuple(row[[0, 2]]) for row in hits}) == 4  # the sites are independent of each other


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_one_draw_of_the_probability_for_all_cohorts_at_a_site(engine: Engine) -> None:
    """The probability is 0 or 1, so that a robot's own coin changes nothing."""
    chance = "{mixture: [{weight: 1, of: {constant: {value: 0}}}, {weight: 1, of: {constant: {value: 1}}}], per: site}"
    assert np.array_equal(failed(made(chance), engine), lots(causes.probability("extracting", CODE)) > 0.5)


def test_robots_without_a_site_have_no_coin_of_a_site() -> None:
    scenario = made(COIN)
    with pytest.raises(ScenarioError) as refused:
        scenario.replace("fleet.steady@b.site", None)
    [problem] = refused.value.problems
    assert (problem.code, problem.path) == ("does-not-fit", f"application.steps.extracting.failures.{CODE}")


def test_a_cohort_without_a_site_may_have_a_chance_of_its_own() -> None:
    own = "robots: 1, class: steady, steps: {extracting: {failures: {ExtractingBundleFailure: 0.5}}}"
    assert parse(FLEET.replace("CHANCE", COIN).replace("robots: 1, class: steady, site: b", own)).robots == len(SITES)
