"""Outages of the origin: while it is down no bytes flow to any robot, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import rolloutsim
from rolloutsim.randomness import entity_word, replicate_key, uniform
from rolloutsim.scenario import Scenario, build, describe
from rolloutsim.scenario.chance import draws_nothing
from rolloutsim.simulation.model import causes
from tests.simulation.comparison import differences
from tests.simulation.plain_engine import plain_tables

Raw = dict[str, Any]

#: Down from 30 s to 45 s, once.
ONCE = {"trace": {"patterns": [{"period": "300 d", "times": [0, 30, 45], "online": [1, 0, 1]}], "offset": "aligned"}}
SPELLS = {"renewal": {"up": "100 s", "down": "20 s"}}


def made(sends: Any = ONCE, *, network: Raw | None = None, timeout: int = 18000, **application: Any) -> Scenario:
    """Return one robot that needs 60 s, one at a site that needs 20 s, and one without bytes to wait for."""
    fleet = [
        {"cohort": "slow", "robots": 1, "link": {"rate": "8 kbit/s"}},
        {"cohort": "fast", "robots": 1, "link": {"rate": "24 kbit/s"}, "site": "berlin"},
        {"cohort": "empty", "robots": 1, "bundle": "0 B"},
    ]
    return build(
        {
            "fleet": fleet,
            "network": {"origin_connectivity": sends, **(network or {})},
            "application": {"bundle": "60 kB", **application},
            "deployment": {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": timeout}},
        }
    )


def finished(scenario: Scenario) -> list[float]:
    """Return when the robots finish, on which both engines agree."""
    simpy = rolloutsim.simulate(scenario, replicates=1, seed=1, engine="simpy").robots
    pd.testing.assert_frame_equal(simpy[["finished_s", "bytes"]], plain_tables(scenario, 1, 0).robots[["finished_s", "bytes"]])
    return list(simpy.finished_s)


def test_an_outage_within_a_download_adds_its_length() -> None:
    assert finished(made("always")) == [60.0, 20.0, 0.0]
    assert finished(made()) == [75.0, 20.0, 0.0]
    assert finished(made(steps={"reaching": {"duration": "35 s"}})) == [105.0, 65.0, 35.0]  # both begin to wait at once


def test_by_hand_over_shared_links() -> None:
    """24 kbit/s for both: 3 kB/s, of which the slow robot takes 1; so 30 s bring 30 kB and 60 kB, and after the outage 30 s the rest."""
    assert finished(made(network={"origin": "24 kbit/s"})) == [75.0, 30.0, 0.0]
    assert finished(made(network={"origin": "8 kbit/s"})) == [135.0, 135.0, 0.0]  # 0.5 kB/s each
    assert finished(made(network={"sites": {"berlin": {"downlink": "8 kbit/s"}}})) == [75.0, 75.0, 0.0]


def test_deadlines_run_while_the_origin_is_down() -> None:
    robots = rolloutsim.simulate(made(timeout=70), replicates=1, seed=1).robots
    assert next(iter(robots.failure_code)) == "RobotDeploymentAborted"  # it is online, and works
    assert list(robots.finished_s) == [70.0, 20.0, 0.0]
    assert list(robots.bytes) == [55_000.0, 60_000.0, 0.0]


@pytest.mark.parametrize("interrupted", ["resume", "restart"])
def test_it_is_no_interruption(interrupted: str) -> None:
    assert finished(made(download={"interrupted": interrupted})) == [75.0, 20.0, 0.0]


def test_spells_are_drawn_for_the_job() -> None:
    """In equilibrium, with a cause of their own: what is left of the first spell is a uniform share of it."""
    jobs = rolloutsim.simulate(made(SPELLS), replicates=40, seed=3)
    for replicate, finish in enumerate(jobs.robots.finished_s[jobs.robots.cohort == "slow"]):
        state, left = (uniform(replicate_key(3, replicate, entity_word("job")), causes.ORIGIN + n, 0) for n in (0, 1))
        up = state < 100 / 120
        down = 20 * left if not up else 20 * (100 * left < 60)
        assert finish == pytest.approx(60 + down)


def test_it_changes_no_other_luck() -> None:
    """A scenario in which the origin is down before any byte flows is as one without."""
    early = {"trace": {"patterns": [{"period": "300 d", "times": [0, 5], "online": [0, 1]}], "offset": "aligned"}}
    extracting = {"duration": {"exponential": {"mean": "9 s"}}, "failures": {"ExtractingBundleFailure": {"probability": 0.4}}}
    steps = {"reaching": {"duration": "6 s"}, "extracting": extracting}
    one, other = (rolloutsim.simulate(made(sends, steps=steps), replicates=20, seed=2) for sends in ("always", early))
    pd.testing.assert_frame_equal(one.robots, other.robots)


@pytest.mark.parametrize("network", [{}, {"origin": "40 kbit/s"}, {"sites": {"berlin": {"downlink": "16 kbit/s"}}}], ids=str)
@pytest.mark.parametrize("interrupted", ["resume", "restart"])
def test_the_reference_agrees(network: Raw, interrupted: str) -> None:
    away = {"renewal": {"up": {"exponential": {"mean": "40 s"}}, "down": {"exponential": {"mean": "9 s"}}}}
    rates = {"patterns": [{"period": "33 s", "times": [0, 10, 20], "rate": [1, 0, 5]}], "unit": "kB/s", "offset": "random"}
    raw = made(away, network=network, download={"interrupted": interrupted}).resolved()
    raw["fleet"] += [
        {"cohort": "away", "robots": 2, "connectivity": away, "link": {"rate": "2 kB/s"}},
        {"cohort": "recorded", "robots": 2, "site": "berlin", "link": {"trace": rates}},
    ]
    assert list(differences(build(raw), seed=4, replicates=8)) == []


def test_what_is_written_and_shown() -> None:
    plain, down = made("always"), made(SPELLS)
    assert plain.network is not None
    assert plain.network.origin_connectivity is None
    assert plain.fingerprint() == plain.replace("network", None).fingerprint() != down.fingerprint()
    assert build(down.resolved()).fingerprint() == down.fingerprint()
    assert draws_nothing(plain)
    assert draws_nothing(made())
    assert not draws_nothing(down)
    (network,) = (section for section in describe(down) if section.title == "Network")
    assert any(line.text.startswith("the origin is online 83.3 % of the time: 100 s online") for line in network.lines)


def test_a_robot_that_the_job_ends_as_the_origin_comes_back_was_sent_nothing() -> None:
    """Robots without a rate: the first has all at once and fails, which stops the job before the second has its turn."""
    fails = {"launching": {"failures": {"MissingRobotDeploymentResource": 1}}}
    aborting = build(
        {
            "network": {"origin_connectivity": {"renewal": {"up": "60 s", "down": "60 s", "start": "up"}}},
            "fleet": [{"cohort": "first", "robots": 1, "steps": fails}, {"cohort": "second", "robots": 1}],
            "application": {"bundle": "1 kB", "steps": {"preparing": {"duration": "60 s"}}},
            "deployment": {"deploymentConfig": {"concurrentDeploymentPercentage": 100, "failureThresholdPercentage": 1}},
            "rules": {"on_breach": "abort"},
        }
    )
    assert list(differences(aborting, seed=1, replicates=1)) == []
    robots = rolloutsim.simulate(aborting, replicates=1, seed=1, engine="simpy", keep="all").robots
    assert robots["finished_s"].tolist() == [120.0, 120.0]
    assert robots["bytes"].tolist() == [1000.0, 0.0]
