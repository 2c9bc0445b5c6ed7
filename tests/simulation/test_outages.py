"""Outages of sites: one process for all robots of a site, in equilibrium, beside each robot's own link.

Statistical tests: false alarm 1e-6, a shift as stated is missed with at most 1e-3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rolloutsim.scenario import Scenario, build
from rolloutsim.simulation.model.connectivity import follow_link
from rolloutsim.simulation.model.make_tables import make_plan
from rolloutsim.simulation.model.robot import Robot
from tests.simulation.comparison import assert_same_tables
from tests.simulation.statistical import assert_distribution, assert_proportion
from tests.simulation.worlds import Array, fleets, reachable, replicates, tables

UP, DOWN = {"gamma": {"shape": 3, "scale": "20 s"}}, {"weibull": {"shape": 0.7, "scale": "40 s"}}
DOWN_MEAN = 50.633  # 40 s * gamma(1 + 1 / 0.7)


def world(*cohorts: dict[str, Any], up: Any = UP, down: Any = DOWN, **changes: Any) -> Scenario:
    fleet = [{"cohort": f"c{number}", "robots": 3, "site": "berlin", **cohort} for number, cohort in enumerate(cohorts)]
    return build(
        {
            "fleet": fleet,
            "network": {"sites": {"berlin": {"outages": {"up": up, "down": down}}}},
            "application": {"bundle": "0 B", **changes.pop("application", {})},
            "rules": changes,
        }
    )


def first_robots(scenario: Scenario, count: int, seed: int) -> list[Robot]:
    """Return the first robot of replicates 0, 1, … at time 0."""
    return [next(fleet.robots([0])) for fleet in fleets(scenario, count, seed)]


def history(scenario: Scenario, index: int, seed: int = 1, until: float = 3000.0) -> list[tuple[float, bool]]:
    """Return the changes of a robot's state online."""
    plan = make_plan(scenario)
    robot = next(next(fleets(scenario, 1, seed)).robots([index]))
    changes = [(0.0, robot.up)]
    while robot.until < until:
        follow_link(plan, robot, robot.until)
        if robot.up != changes[-1][1]:
            changes.append((robot.t, robot.up))
    return changes


def state(changes: list[tuple[float, bool]], at: Array) -> Array:
    return np.array([up for _, up in changes])[np.searchsorted([t for t, _ in changes], at, side="right") - 1]


def test_all_robots_of_a_site_go_offline_at_the_same_instants() -> None:
    scenario = world({}, {}, {"site": "paris"})
    first = history(scenario, 0)
    assert len(first) > 20
    assert all(history(scenario, index) == first for index in range(1, 6))
    assert history(scenario, 6) == [(0.0, True)]
    assert history(scenario, 0, seed=2) != first


def test_a_site_does_not_depend_on_its_robots() -> None:
    alone, others = world({}), world({"robots": 1}, {"connectivity": "never", "cohort": "others"})
    assert history(alone, 0) == history(others, 0)


def test_online_is_all_layers_online() -> None:
    own = {"renewal": {"up": {"exponential": {"mean": "40 s"}}, "down": {"exponential": {"mean": "20 s"}}}}
    layered, site = world({"connectivity": own}), world({})
    without = build({**layered.resolved(), "network": None})
    at = np.arange(0.0, 2900.0, 0.37)
    for index in range(3):
        expected = state(history(without, index), at) & state(history(site, index), at)
        assert (state(history(layered, index), at) == expected).all()


def test_sites_are_found_in_equilibrium() -> None:
    """Over replicates. Detects 0.05 of the availability and a distance of 0.07."""
    scenario = world({"robots": 1}, late_convergence=False)
    robots = first_robots(scenario, 10_000, seed=5)
    up = np.array([robot.up for robot in robots])
    assert_proportion(up, 60 / (60 + DOWN_MEAN), 0.05)
    wait = np.array([robot.until for robot in robots])[up]
    grid = np.linspace(0.0, 2000.0, 100_001)
    x = grid / 20
    survival = np.exp(-x) * (1 + x + x * x / 2)
    integral = np.concatenate([[0.0], np.cumsum((survival[1:] + survival[:-1]) / 2 * (grid[1] - grid[0]))]) / 60
    assert_distribution(wait, lambda t: np.interp(t, grid, integral), 0.07)


def test_each_layer_is_in_equilibrium() -> None:
    """Detects 0.05 of the availability of both layers."""
    own = {"renewal": {"up": "30 s", "down": "10 s"}}
    scenario = world({"robots": 1, "connectivity": own})
    up = np.array([robot.up for robot in first_robots(scenario, 10_000, seed=6)])
    assert_proportion(up, 0.75 * 60 / (60 + DOWN_MEAN), 0.05)


def test_a_blackout_holds_all_robots_back_until_the_same_instant() -> None:
    scenario = world({"robots": 40}, up="1 h", down="1 h")
    seed = next(seed for seed in range(100) if not first_robots(scenario, 1, seed)[0].up)
    robots = replicates(scenario, 1, seed=seed)[0].robots
    assert (robots["reached"] > 0).all()
    assert len(set(robots["reached"])) == 1
    np.testing.assert_array_equal(robots["offline"], robots["reached"])


def test_a_robot_that_is_never_online_costs_nothing_to_follow() -> None:
    scenario = world({"connectivity": "never"}, up="1 s", down="1 s")
    assert reachable(scenario, seed=1) == [False] * 3
    assert history(scenario, 0) == [(0.0, False)]


def test_a_robot_that_is_ever_online_has_all_layers_up_at_once() -> None:
    """The robot is up on the first of two hours only, the site returns in the second."""
    own = {"trace": {"patterns": [{"period": "100 d", "times": [0, 3600], "online": [1, 0]}], "offset": "aligned"}}
    scenario = world({"robots": 1, "connectivity": own}, up="100 d", down="100 d", observe="90 d")
    for seed in range(40):
        (robot,) = first_robots(scenario, 1, seed)
        assert reachable(scenario, seed) == [robot.site_up or robot.site_until < 3600]


@pytest.mark.parametrize(("length", "online"), [("0 s", False), ("1 s", True)])
def test_no_robot_is_online_in_a_spell_without_length(length: str, *, online: bool) -> None:
    """All spells online have this length, but for one in 10^18."""
    up = {"mixture": [{"weight": 1e9, "of": length}, {"weight": 1e-9, "of": "1 s"}]}
    scenario = world({"connectivity": {"renewal": {"up": up, "down": "60 s", "start": "down"}}}, up="90 d", down="1 s", observe="1 h")
    assert reachable(scenario, seed=1) == [online] * 3


@pytest.mark.slow
@pytest.mark.parametrize("offline", ["hold", "skip", "wait"])
def test_compiled_draws_are_the_same(offline: str) -> None:
    own = {"connectivity": {"preset": "overnet03"}}
    scenario = world(own, {"robots": 30, "site": "paris"}, own, offline=offline, concurrency=5)
    assert_same_tables(tables(scenario, 3, seed=4), tables(scenario, 3, seed=4, work=10**9))


def test_the_order_of_cohorts_changes_nobodys_luck() -> None:
    one, other = {"cohort": "one", "robots": 2}, {"cohort": "other", "robots": 2, "connectivity": {"preset": "overnet03"}}
    assert history(world(one, other), 2) == history(world(other, one), 0)


def test_networks_survive_being_written() -> None:
    scenario = world({})
    again = build(scenario.resolved())
    assert again.network == scenario.network
    assert again.fingerprint() == scenario.fingerprint()
    plain = build({**scenario.resolved(), "network": None})
    assert plain.fingerprint() != scenario.fingerprint()
    assert build({**scenario.resolved(), "network": {"sites": {"berlin": None}}}).fingerprint() == plain.fingerprint()
