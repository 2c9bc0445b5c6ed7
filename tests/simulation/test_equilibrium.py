"""Oracle 6: links, and the busy/idle process of the download condition, are found in equilibrium.

All statistical tests here: false alarm 1e-6, a model off by the stated shift is missed with at most 1e-3: see
`tests.simulation.statistical`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from rolloutsim.scenario import Scenario, build, describe
from rolloutsim.simulating import simulate
from tests.simulation.statistical import assert_distribution, assert_mean, assert_proportion
from tests.simulation.worlds import Array, drawn, launch, replicates

SPELLS: dict[str, tuple[Any, Any]] = {
    "exponential": ({"exponential": {"mean": "50 s"}}, stats.expon(scale=50)),
    "weibull": ({"weibull": {"shape": 0.7, "scale": "40 s"}}, stats.weibull_min(0.7, scale=40)),
    "lognormal": ({"lognormal": {"median": "30 s", "sigma": 1.0}}, stats.lognorm(1.0, scale=30)),
    "gamma": ({"gamma": {"shape": 0.5, "scale": "100 s"}}, stats.gamma(0.5, scale=100)),
    "uniform": ({"uniform": {"low": "20 s", "high": "80 s"}}, stats.uniform(20, 60)),
    "pareto": ({"pareto": {"shape": 4.5, "scale": "30 s"}}, stats.pareto(4.5, scale=30)),
}
MIXTURE = {
    "mixture": [
        {"weight": 0.8, "of": {"exponential": {"mean": "10 s"}}},
        {"weight": 0.2, "of": {"uniform": {"low": "100 s", "high": "300 s"}}},
    ]
}


def survival(name: str) -> tuple[Callable[[Array], Array], float, float, float]:
    """Return the survival function of a spell and its first three moments."""
    parts = [(0.8, stats.expon(scale=10)), (0.2, stats.uniform(100, 200))] if name == "mixture" else [(1.0, SPELLS[name][1])]
    first, second, third = (math.fsum(w * float(d.moment(k)) for w, d in parts) for k in (1, 2, 3))
    return lambda x: np.sum([w * d.sf(x) for w, d in parts], axis=0), first, second, third


def residual_cdf(name: str, sample: Array) -> Callable[[Array], Array]:
    """Return the distribution function of what is left of a spell at a random instant: the integral of its survival over its mean."""
    sf, mean, _, _ = survival(name)
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 2 * float(sample.max()), 200_000)])
    heights = sf(grid)
    integral = np.concatenate([[0.0], np.cumsum(np.diff(grid) * (heights[1:] + heights[:-1]) / 2)]) / mean
    return lambda x: np.interp(x, grid, integral)


def renewal_fleet(robots: int, down: Any, **changes: Any) -> Scenario:
    spells = {"up": {"gamma": {"shape": 3, "scale": "20 s"}}, "down": down, **changes}
    return launch(robots, "0 s", cohort={"connectivity": {"renewal": spells}}, config={"robotDeploymentTimeoutInSeconds": 604800})


@pytest.mark.parametrize("name", [*SPELLS, "mixture"])
def test_links_start_in_equilibrium(name: str) -> None:
    """Detects 0.02 of the availability, a distance of 0.025 and 4 % to 8 % of the mean wait."""
    down = MIXTURE if name == "mixture" else SPELLS[name][0]
    (up,), (until,) = drawn(renewal_fleet(100_000, down), 1, 19, "up", "until")
    _, mean, second, third = survival(name)
    assert_proportion(up, 60 / (60 + mean), 0.02)
    wait = until[~up]
    assert_distribution(wait, residual_cdf(name, wait), 0.025)
    expected = second / (2 * mean)
    sd = math.sqrt(third / (3 * mean) - expected**2)
    assert_mean(wait, expected, sd, 0.08 * expected)
    with pytest.raises(AssertionError, match="mean"):
        assert_mean(wait, 1.08 * expected, sd, 0.08 * expected)
    if name != "exponential":  # a whole spell is not what is left of one
        with pytest.raises(AssertionError, match="distance"):
            assert_distribution(wait, lambda x: 1 - survival(name)[0](x), 0.025)


@pytest.mark.slow
@pytest.mark.parametrize("start", ["equilibrium", "down"])
def test_links_stay_in_equilibrium(start: str) -> None:
    """From the first instant in equilibrium, from any start after a long time. Detects 0.05 of the availability and 20 % of the mean."""
    fleet = renewal_fleet(7000, SPELLS["weibull"][0], start=start)
    scenario = fleet.replace("application.steps.preparing", {"duration": "13 s" if start == "equilibrium" else "1000 s"})
    robots = replicates(scenario, 1, seed=20)[0].robots
    wait = robots["reached"] - robots["granted"]
    _, mean, second, third = survival("weibull")
    assert_proportion(wait == 0, 60 / (60 + mean), 0.05)
    expected = second / (2 * mean)
    assert_mean(wait[wait > 0], expected, math.sqrt(third / (3 * mean) - expected**2), 0.2 * expected)


def test_a_fleet_that_starts_offline_is_not_in_equilibrium() -> None:
    robots = replicates(renewal_fleet(7000, SPELLS["weibull"][0], start="down"), 1, seed=20)[0].robots
    with pytest.raises(AssertionError, match="share"):
        assert_proportion(robots["reached"] == robots["granted"], 60 / (60 + survival("weibull")[1]), 0.05)


@pytest.mark.slow
def test_robots_are_as_often_busy_as_their_busy_and_idle_spells_imply() -> None:
    """Detects 0.05 of the probability."""
    condition = {"ready": {"busy": {"weibull": {"shape": 0.7, "scale": "40 s"}}, "idle": {"uniform": {"low": "60 s", "high": "100 s"}}}}
    scenario = build(
        {
            "fleet": [{"cohort": "robots", "robots": 7000}],
            "application": {"bundle": "0 B", "steps": {"preparing": {"duration": "1000 s"}, "condition": condition}},
            "deployment": {"deploymentConfig": {"downloadConditionFile": {"bucket": "fleet", "key": "idle.sh"}}},
        }
    )
    failed = replicates(scenario, 1, seed=21)[0].robots["verdict"] >= 0
    busy = survival("weibull")[1]
    assert_proportion(failed, busy / (busy + 80), 0.05)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize("down", ["1 min", {"pareto": {"shape": 0.9, "scale": "1 min"}}], ids=["constant", "infinite"])
def test_spells_of_infinite_mean_need_no_equilibrium_if_a_state_is_given(engine: str, down: Any) -> None:
    link = {"renewal": {"up": {"pareto": {"shape": 0.9, "scale": "1 min"}}, "down": down, "start": "up"}}
    scenario = build({"fleet": [{"cohort": "a", "robots": 20, "connectivity": link}], "application": {"bundle": "0 B"}})
    assert "nan" not in describe(scenario)
    assert (simulate(scenario, replicates=1, seed=1, engine=engine).robots["status"] == "InSync").all()
