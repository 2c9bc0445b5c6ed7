"""A release that is bad at some sites: which sites these are, and how many robots fail there."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import pytest

import rolloutsim
from rolloutsim.randomness import entity_word, replicate_key, uniform
from rolloutsim.scenario import Scenario, build, describe
from rolloutsim.scenario.chance import draws_nothing
from rolloutsim.simulation.model import causes
from tests.simulation.comparison import differences

CODE = "ExtractingBundleFailure"
SITES = 12
SIZE = 10
FAILURE = 0.3
REPLICATES = 1200

Engine = Literal["simpy", "compiled"]


def made(sites: int = 1, probability: float = 1.0, failure: float = FAILURE, **rules: Any) -> Scenario:
    """Return two cohorts at each of twelve sites; only a bad release fails."""
    at = [f"wh{number:02}" for number in range(1, SITES + 1)]
    bad = {
        "probability": probability,
        "sites": sites,
        "steps": {"extracting": {"failures": {CODE: {"probability": failure, "per": "robot"}}}},
    }
    return build(
        {
            "fleet": [{"cohort": f"{kind}@{site}", "robots": SIZE // 2, "site": site} for kind in ("steady", "flaky") for site in at],
            "application": {"bundle": "0 B", "steps": {"extracting": {"duration": "5 s"}}, "release": {"bad": bad}},
            "rules": rules,
        }
    )


def failures(scenario: Scenario, replicates: int, engine: Engine) -> np.ndarray:
    """Return the number of failures by replicate and site."""
    robots = rolloutsim.simulate(scenario, replicates=replicates, seed=5, engine=engine).robots
    hits = (robots["failure_code"] == CODE).to_numpy().reshape(replicates, 2, SITES, SIZE // 2)
    return np.asarray(hits.sum(axis=(1, 3)))


@pytest.mark.slow
def test_failures_are_binomial_at_one_site_of_twelve() -> None:
    """4 standard errors; a share of a site that is off by 0.035, or a mean off by 0.17 of 3 robots, is found."""
    counts = failures(made(), REPLICATES, "compiled")
    totals = counts.sum(axis=1)
    assert np.array_equal(totals, counts.max(axis=1))  # all at one site
    expected = np.array([math.comb(SIZE, k) * FAILURE**k * (1 - FAILURE) ** (SIZE - k) for k in range(SIZE + 1)])
    shares = np.bincount(totals, minlength=SIZE + 1) / REPLICATES
    assert np.all(np.abs(shares - expected) <= 4 * np.sqrt(expected * (1 - expected) / REPLICATES) + 1e-3)
    assert abs(totals.mean() - SIZE * FAILURE) <= 4 * math.sqrt(SIZE * FAILURE * (1 - FAILURE) / REPLICATES)
    hit = counts[totals > 0] > 0
    assert np.all(np.abs(hit.mean(axis=0) - 1 / SITES) <= 4 * math.sqrt((1 / SITES) * (1 - 1 / SITES) / len(hit)))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_sites_are_chosen_one_by_one_by_draws_of_the_job(engine: Engine) -> None:
    """Of two sites among twelve, the next is taken with the share of those still to be chosen."""
    bad = failures(made(2, failure=1.0), 60, engine) == SIZE
    for replicate, row in enumerate(bad):
        key, left = replicate_key(5, replicate, entity_word("job")), 2
        for site in range(SITES):
            taken = uniform(key, causes.BAD_SITES, site) < left / (SITES - site)
            assert row[site] == taken
            left -= taken
    assert np.all(bad.sum(axis=1) == 2)


def test_a_job_has_the_bad_release_if_any_site_has_it() -> None:
    results = rolloutsim.simulate(made(probability=0.5, failure=1.0), replicates=60, seed=2)
    bad = results.jobs["release"] == "bad"
    assert 0 < bad.sum() < 60
    assert set(results.jobs["failed"][bad]) == {SIZE}
    assert set(results.jobs["failed"][~bad]) == {0}


def test_all_sites_are_the_whole_job() -> None:
    everywhere = made(SITES).replace("application.release.bad.sites", None)
    assert np.array_equal(failures(made(SITES), 20, "simpy"), failures(everywhere, 20, "simpy"))


@pytest.mark.slow
def test_the_reference_agrees() -> None:
    assert list(differences(made(3, probability=0.7, concurrency="7 robots", order="shuffled"), seed=3, replicates=6)) == []


def test_which_sites_are_bad_is_chance() -> None:
    assert not draws_nothing(made(1, failure=1.0))
    assert draws_nothing(made(SITES, failure=1.0).replace("application.release.bad.sites", None))


def test_in_words() -> None:
    texts = [line.text for section in describe(made(2)) for line in section.lines]
    assert "then at 2 sites, chosen in each replicate; at other sites the release is good" in texts
