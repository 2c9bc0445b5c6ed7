"""A bad release with links and connectivity of its own: by hand, by exact laws, and on the same random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import rolloutsim
from rolloutsim.scenario import Scenario, build, describe
from rolloutsim.scenario.chance import draws_nothing
from tests.simulation.comparison import differences
from tests.simulation.plain_engine import plain_tables

DRAWN = {"renewal": {"up": {"exponential": {"mean": "40 s"}}, "down": {"exponential": {"mean": "9 s"}}}}
RATE = {"rate": {"lognormal": {"median": "8 Mbit/s", "sigma": 0.5}}}


def made(bad: dict[str, Any], *, fleet: list[dict[str, Any]] | None = None, **rules: Any) -> Scenario:
    """Return two robots at each of two sites that need 8 Mbit, and one that is switched off."""
    at = [{"cohort": site, "robots": 2, "site": site, "link": {"rate": "8 Mbit/s"}} for site in ("berlin", "oslo")]
    off = {"cohort": "off", "robots": 1, "site": "oslo", "connectivity": "never"}
    application = {"bundle": "1 MB", "release": {"bad": {"probability": 1, **bad}}}
    return build({"fleet": [*(fleet or at), off], "application": application, "rules": {"late_convergence": False, **rules}})


def finished(scenario: Scenario, seed: int = 1, replicate: int = 0) -> list[float]:
    """Return when the robots finish that are not switched off, on which both engines agree."""
    robots = rolloutsim.simulate(scenario, replicates=replicate + 1, seed=seed, engine="simpy").robots
    own = robots[robots.replicate == replicate].reset_index(drop=True)
    plain = plain_tables(scenario, seed, replicate).robots
    pd.testing.assert_frame_equal(own[["finished_s", "bytes", "offline_s"]], plain[["finished_s", "bytes", "offline_s"]])
    return list(own.finished_s[:-1])


def test_links_and_connectivity_by_hand() -> None:
    away = {"connectivity": {"trace": {"patterns": [{"period": "9 d", "times": [0, 5], "online": [0, 1]}], "offset": "aligned"}}}
    assert finished(made({})) == [1.0] * 4
    assert finished(made({"link": {"rate": "2 Mbit/s"}})) == [4.0] * 4
    assert finished(made(away)) == [6.0] * 4
    assert finished(made({"link": {"rate": "2 Mbit/s"}, **away})) == [9.0] * 4


def test_at_some_sites_only() -> None:
    scenario = made({"link": {"rate": "2 Mbit/s"}, "sites": 1})
    found = {tuple(finished(scenario, replicate=replicate)) for replicate in range(8)}
    assert found == {(1.0, 1.0, 4.0, 4.0), (4.0, 4.0, 1.0, 1.0)}


def test_no_robot_is_reached_under_a_bad_release_that_is_never_online() -> None:
    results = rolloutsim.simulate(made({"probability": 0.4, "connectivity": "never"}), replicates=60, seed=4)
    reached = results.robots.groupby("replicate").reached_s.count()
    bad = (results.jobs.set_index("replicate").release == "bad").to_numpy()
    assert 0 < bad.sum() < 60
    assert set(reached[bad]) == {0}
    assert set(reached[~bad]) == {4}
    assert set(results.jobs.reachable[bad]) == {0}


def test_robots_that_are_switched_off_stay_off() -> None:
    robots = rolloutsim.simulate(made({"connectivity": "always"}), replicates=3, seed=4).robots
    assert robots[robots.cohort == "off"].reached_s.isna().all()


def test_the_same_luck() -> None:
    """What is as in the good release changes nothing, and half the median is half the rate."""
    fleet = [{"cohort": "drawn", "robots": 6, "site": "oslo", "link": RATE, "connectivity": DRAWN}]
    same = rolloutsim.simulate(made({"link": RATE, "connectivity": DRAWN}, fleet=fleet), replicates=5, seed=2)
    pd.testing.assert_frame_equal(same.robots, rolloutsim.simulate(made({}, fleet=fleet), replicates=5, seed=2).robots)
    steady = [{"cohort": "drawn", "robots": 6, "site": "oslo", "link": RATE}]
    half = {"rate": {"lognormal": {"median": "4 Mbit/s", "sigma": 0.5}}}
    np.testing.assert_allclose(finished(made({"link": half}, fleet=steady)), 2 * np.array(finished(made({}, fleet=steady))))


@pytest.mark.slow
@pytest.mark.parametrize("sites", [None, 1])
def test_the_reference_agrees(sites: int | None) -> None:
    rates = {"patterns": [{"period": "3 s", "times": [0, 1, 2], "rate": [1, 0, 5]}], "unit": "Mbit/s", "offset": "random"}
    fleet = [{"cohort": site, "robots": 3, "site": site, "link": RATE, "connectivity": DRAWN} for site in ("berlin", "oslo")]
    bad = {"probability": 0.6, "link": {"trace": rates}, "connectivity": {"availability": "60 %", "offline": "5 s"}}
    scenario = made({**bad, "sites": sites}, fleet=fleet, concurrency="2 robots")
    assert list(differences(scenario, seed=3, replicates=4)) == []


def test_what_is_written_and_shown() -> None:
    scenario = made({"link": RATE, "connectivity": DRAWN, "probability": 0.1})
    again = build(scenario.resolved())
    assert again.application.release == scenario.application.release
    assert again.fingerprint() == scenario.fingerprint() != made({"probability": 0.1}).fingerprint()
    assert made({"per": "job", "probability": 0.1}).fingerprint() == made({"probability": 0.1}).fingerprint()
    assert draws_nothing(made({"link": {"rate": "2 Mbit/s"}}))
    assert not draws_nothing(made({"link": RATE}))
    assert not draws_nothing(made({"connectivity": DRAWN}))
    words = [line.text for section in describe(scenario) if section.title == "Application" for line in section.lines]
    assert words[-2].startswith("then link lognormal")
    assert words[-1].startswith("then online 81.6 % of the time")
    assert words[-1].endswith("from the job's creation on; robots that are never online stay so")
