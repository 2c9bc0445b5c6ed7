"""Windows in which robots may start, on worked examples of local time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.comparison import differences
from tests.simulation.plain_engine import plain_tables
from tests.simulation.worlds import launch, tables

Raw = dict[str, Any]
HOUR = 3600
NIGHT = {"windows": ["22:00-06:00"], "timezone": "Europe/Berlin"}


def found(robots: int, duration: str, admit: Raw = NIGHT, start: str = "2026-01-05 20:30", **rules: Any) -> Any:
    return tables(launch(robots, duration, rules={"admit": admit, "start": start, **rules}), 1, 1)


def test_robots_start_when_the_window_opens_and_go_on_when_it_closes() -> None:
    """From 22:00 on one after the other, 3 h each: the third starts at 04:00 and ends at 07:00, the fourth waits until the evening."""
    tables_ = found(4, "3 h", concurrency="1 robots", fleet_timeout="7 d", robot_timeout="1 d")
    assert (tables_.robots.granted_s / HOUR).tolist() == [1.5, 4.5, 7.5, 25.5]
    assert tables_.jobs.time_to_complete_s[0] == 28.5 * HOUR


def test_a_window_is_open_when_it_opens_and_not_when_it_closes() -> None:
    admit = {"windows": ["22:00-23:00"], "timezone": "UTC"}
    robots = found(3, "1 h", admit, "2026-01-05 22:00", concurrency="1 robots").robots
    assert (robots.granted_s / HOUR).tolist() == [0, 24, 48]


def test_a_night_is_an_hour_shorter_when_clocks_go_forward() -> None:
    """From 22:00 to 06:00 in Berlin there are 7 h on 28 March 2026."""
    robots = found(9, "1 h", NIGHT, "2026-03-28 22:00", concurrency="1 robots").robots
    assert (robots.granted_s / HOUR).tolist() == [0, 1, 2, 3, 4, 5, 6, 23, 24]


def test_weekends_without_starts() -> None:
    """2026-01-09 is a Friday: the window of Friday night closes on Saturday morning, and the next one opens on Monday."""
    admit = {"windows": ["22:00-06:00 Mon-Fri"], "timezone": "UTC"}
    robots = found(2, "9 h", admit, "2026-01-09 22:00", concurrency="1 robots", robot_timeout="1 d").robots
    assert (robots.granted_s / HOUR).tolist() == [0, 72]


def test_a_rate_goes_on_in_the_next_window() -> None:
    """Two per hour: at 22:00 and 22:30, and again the next day."""
    admit = {"windows": ["22:00-23:00"], "timezone": "UTC"}
    limits = [{"max": "2 robots", "every": "1 h", "spread": "even"}]
    robots = found(4, "0 s", admit, "2026-01-05 22:00", limits=limits).robots
    assert (robots.granted_s / HOUR).tolist() == [0, 0.5, 24, 24.5]


@pytest.mark.parametrize(("slot", "granted", "reported"), [("hold", 0, 1.5), ("queue", 24, 24.25)])
def test_a_retry_by_the_queue_waits_for_a_window(slot: str, granted: float, reported: float) -> None:
    """It fails at 00:15, an hour later is its retry: with its slot at once, from the queue when a window is open."""
    admit = {"windows": ["22:00-23:00"], "timezone": "UTC"}
    failures = {"failures": {"MissingRobotDeploymentResource": {"probability": 1, "per": "robot"}}}
    retries = {"kinds": ["failed"], "max": 1, "backoff": "1 h", "slot": slot}
    rules = {"admit": admit, "start": "2026-01-05 22:00", "retries": retries}
    robot = tables(launch(1, "15 min", rules=rules, **failures), 1, 1).robots.iloc[0]
    assert (robot.granted_s / HOUR, robot.reported_s / HOUR) == (granted, reported)


def test_a_job_without_a_window_ends_by_its_own_time() -> None:
    job = found(2, "1 h", {"windows": ["10:00-11:00 Sun"], "timezone": "UTC"}, "2026-01-05 22:00", fleet_timeout="1 d").jobs.iloc[0]
    assert (job.failure_code, job.robots_exposed, job.time_to_complete_s) == ("FleetDeploymentTimeout", 0, 24 * HOUR)


@pytest.mark.parametrize(
    ("windows", "start"),
    [("10:00-11:00 Thu", "2026-01-05 22:00"), ("02:24-02:34 Sun", "2026-03-29 01:54")],
    ids=["days away", "skipped hour"],
)
def test_a_job_starts_no_robot_where_no_window_is_near(windows: str, start: str) -> None:
    """A job of half an hour: on a Monday with a window on Thursday, or while the clock skips an hour in which the window lies."""
    admit = {"windows": [windows], "timezone": "Europe/Berlin"}
    scenario = launch(2, "1 min", rules={"admit": admit, "start": start, "fleet_timeout": "30 min"})
    for job in (tables(scenario, 1, 1).jobs.iloc[0], plain_tables(scenario, 1, 0).jobs.iloc[0]):
        assert (job.failure_code, job.robots_exposed, job.time_to_complete_s) == ("FleetDeploymentTimeout", 0, 0.5 * HOUR)
    assert list(differences(scenario, seed=1, replicates=1)) == []
