"""With what probability the gate after a soak stops a good release, against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import rolloutsim
from rolloutsim.scenario import Scenario, build
from tests.simulation.statistical import assert_proportion

HOUR = 3600.0


def canaries(early: float, *, at_once: bool, duration: str = "1 h") -> Scenario:
    """Return ten canaries with constant durations that soak for 6 h, of which at most one may fail."""
    return build(
        {
            "fleet": [{"cohort": "canary", "robots": 10}, {"cohort": "others", "robots": 1}],
            "application": {
                "bundle": "0 B",
                "steps": {
                    "launching": {
                        "duration": duration,
                        "failures": {"MissingRobotDeploymentResource": {"probability": early, "per": "robot"}},
                    }
                },
                "after_success": {"probability": 0.3, "delay": {"lognormal": {"median": "6 h", "sigma": 1}}},
            },
            "rules": {
                "concurrency": "10 robots" if at_once else "1 robots",
                "stages": [{"cohorts": ["canary"], "soak": "6 h", "max_failures": 1}],
            },
        }
    )


def stopped(scenario: Scenario, replicates: int) -> Any:
    """Return by replicate whether the gate stopped the job."""
    jobs = rolloutsim.simulate(scenario, replicates=replicates, seed=11, engine="compiled", keep="jobs").jobs
    assert (jobs["robots_exposed"] == np.where(jobs["status"] == "Failed", 10, 11)).all()
    return (jobs["status"] == "Failed").to_numpy()


def known_within(seconds: float) -> float:
    """Return the probability that a canary fails and that this is known so long after its success."""
    return 0.3 * float(stats.lognorm(1, scale=6 * HOUR).cdf(seconds))


@pytest.mark.slow
@pytest.mark.parametrize(("early", "expected"), [(0.0, 0.45570), (0.02, 0.51665)])
def test_canaries_that_end_together_are_a_binomial(early: float, expected: float) -> None:
    chance = early + (1 - early) * known_within(6 * HOUR)
    assert stats.binom.sf(1, 10, chance) == pytest.approx(expected, abs=5e-6)
    assert_proportion(stopped(canaries(early, at_once=True), 6500), expected, shift=0.05)


@pytest.mark.slow
def test_canaries_that_end_one_after_the_other_are_a_poisson_binomial() -> None:
    chances = [known_within((6 + 10 - number) * HOUR) for number in range(1, 11)]
    counts = np.array([1.0])
    for chance in chances:
        counts = np.convolve(counts, [1 - chance, chance])
    exact, simple = 1 - counts[:2].sum(), float(stats.binom.sf(1, 10, known_within(6 * HOUR)))
    found = stopped(canaries(0.0, at_once=False), 6500)
    assert_proportion(found, exact, shift=0.05)
    assert exact - simple > 0.15
    with pytest.raises(AssertionError):
        assert_proportion(found, simple, shift=0.05)
