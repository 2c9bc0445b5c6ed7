"""Schedules in the model: when robots are online and ready by the local clock, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rolloutsim.scenario import Scenario, build
from tests.simulation.comparison import assert_same_tables
from tests.simulation.statistical import assert_distribution
from tests.simulation.worlds import reachable, replicates, tables

HOUR = 3600.0
NIGHTS = {"online": ["22:00-06:00 Mon-Fri", "00:00-24:00 Sat-Sun"], "timezone": "Europe/Berlin"}


def world(schedule: dict[str, Any], *, robots: int = 1, start: str = "2026-01-05 21:00", **changes: Any) -> Scenario:
    """Return a fleet whose downloads take ten hours of time online."""
    cohort = {"cohort": "robots", "robots": robots, "link": {"rate": "1 MB/s"}, "connectivity": {"schedule": schedule}}
    return build(
        {
            "fleet": [cohort],
            "application": {"bundle": "36 GB", "download": changes.pop("download", {})},
            "deployment": {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 604800}},
            "rules": {"start": start, **changes},
        }
    )


def only(scenario: Scenario) -> dict[str, float]:
    return {name: column[0] for name, column in replicates(scenario, 1, seed=1)[0].robots.items()}


def test_a_download_goes_on_from_window_to_window() -> None:
    robot = only(world(NIGHTS))
    # Monday 21:00 + 1 h: 8 h until Tuesday 06:00, the last 2 h from Tuesday 22:00
    assert robot["reached"] == 1 * HOUR
    assert robot["finished"] == 27 * HOUR
    assert robot["offline"] == (1 + 16) * HOUR


def test_a_download_that_restarts_needs_a_window_that_is_long_enough() -> None:
    robot = only(world(NIGHTS, download={"interrupted": "restart"}))
    # Friday 22:00 to the end of Sunday is one window: 4 d + 1 h after Monday 21:00
    assert robot["finished"] == (4 * 24 + 1 + 10) * HOUR
    assert robot["bytes"] == pytest.approx(4 * 8 * 3.6e9 + 36e9, rel=1e-12)


@pytest.mark.parametrize(("start", "finished"), [("2026-03-28 12:00", 10), ("2026-10-24 12:00", 10), ("2026-03-27 21:00", 11)])
def test_daylight_saving_time_does_not_stop_a_weekend(start: str, finished: float) -> None:
    assert only(world(NIGHTS, start=start))["finished"] == finished * HOUR


def test_nights_on_which_the_clock_changes_are_longer_or_shorter() -> None:
    nightly = {"online": ["22:00-06:00"], "timezone": "Europe/Berlin"}
    for start, first_night, opens_again in (
        ("2026-01-05 21:00", 8, 25),
        ("2026-03-28 21:00", 7, 24),  # this day has 23 hours
        ("2026-10-24 21:00", 9, 26),  # and this one 25
    ):
        robot = only(world(nightly, start=start))
        assert robot["reached"] == 1 * HOUR
        assert robot["finished"] == (opens_again + 10 - first_night) * HOUR
        assert robot["offline"] == (opens_again - first_night) * HOUR


def test_the_first_spell_is_that_of_the_clock() -> None:
    inside = only(world(NIGHTS, start="2026-01-10 03:00"))
    assert (inside["reached"], inside["finished"]) == (0.0, 10 * HOUR)
    at_the_opening = only(world(NIGHTS, start="2026-01-05 22:00"))
    assert at_the_opening["reached"] == 0.0
    at_the_close = only(world(NIGHTS, start="2026-01-06 06:00"))
    assert at_the_close["reached"] == 16 * HOUR


@pytest.mark.slow
def test_jitter_shifts_the_whole_calendar_of_a_robot() -> None:
    """Detects a distance of 0.07."""
    scenario = world({**NIGHTS, "jitter": {"uniform": {"low": "0 min", "high": "60 min"}}}, robots=5000)
    robots = replicates(scenario, 1, seed=2)[0].robots
    late = robots["reached"] - HOUR
    assert_distribution(late, lambda x: np.clip(x / HOUR, 0, 1), 0.07)
    np.testing.assert_allclose(robots["finished"] - late, 27 * HOUR, rtol=1e-12)


def test_jitter_reaches_back_before_the_start() -> None:
    """A robot whose calendar is eight hours late is still in the window of the night before."""
    schedule = {"online": ["22:00-06:00"], "timezone": "UTC", "jitter": "8 h"}
    robot = only(world(schedule, start="2026-01-05 10:00"))
    assert (robot["reached"], robot["finished"]) == (0.0, 4 * HOUR + 16 * HOUR + 6 * HOUR)


def ready(rule: str) -> Scenario:
    condition = {"ready": {"schedule": {"online": ["22:00-06:00"], "timezone": "Europe/Berlin"}}, "recheck": "40 min"}
    return build(
        {
            "fleet": [{"cohort": "robots", "robots": 3}],
            "application": {"bundle": "1 MB", "steps": {"condition": condition, "launching": {"duration": "30 min"}}},
            "deployment": {
                "deploymentConfig": {
                    "concurrentDeploymentPercentage": 34,
                    "downloadConditionFile": {"bucket": "fleet", "key": "is_charging.sh"},
                }
            },
            "rules": {"start": "2026-01-05 20:50", "condition": rule},
        }
    )


def test_robots_are_ready_by_the_clock() -> None:
    failed = replicates(ready("fail"), 1, seed=3)[0].robots
    assert (failed["verdict"] >= 0).all()
    deferred = replicates(ready("defer"), 1, seed=3)[0].robots
    # checks at 20:50, 21:30 and 22:10; then one robot after the other takes half an hour
    np.testing.assert_allclose(deferred["finished"], [(80 + 30 * number) * 60 for number in (1, 2, 3)])
    assert (deferred["verdict"] == -1).all()


def test_availability_over_weeks_is_that_of_the_windows() -> None:
    """A job of 14 days of work, while the slot is held: offline is what the windows leave."""
    scenario = world(NIGHTS, start="2026-01-05 00:00").replace("application.bundle", "1000 GB")
    robot = only(scenario)
    assert robot["verdict"] >= 0
    assert robot["offline"] == pytest.approx(7 * 24 * HOUR * (1 - (2 + 4 * 8 + 48) / 168), rel=1e-12)  # a week is the longest timer


def test_which_robots_are_ever_online() -> None:
    scenario = world({"online": ["22:00-06:00 Sat"], "timezone": "UTC"}, robots=2, observe="5 d")
    assert reachable(scenario, seed=1) == [False] * 2
    assert reachable(scenario.replace("rules.observe", "6 d"), seed=1) == [True] * 2


def test_compiled_draws_are_the_same() -> None:
    jitter = {"exponential": {"mean": "30 min"}}
    scenario = world({**NIGHTS, "jitter": jitter}, robots=60, offline="skip", concurrency=20)
    assert_same_tables(tables(scenario, 2, seed=4), tables(scenario, 2, seed=4, work=10**9))
