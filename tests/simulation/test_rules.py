"""The rules of the job on worked examples: percentages, comparators, denominators, and what a breach can still let fail."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import rolloutsim
from rolloutsim.scenario import build
from rolloutsim.scenario.parts.rules import concurrency_limit, failure_limit

Raw = dict[str, Any]


def simulate(robots: int, *, bad: int | None = None, config: dict[str, Any] | None = None, **rules: Any) -> tuple[Any, pd.DataFrame]:
    """Simulate `robots`, of which the first `bad` (default: all) fail when they validate; it takes 10 s, and 100 s to succeed."""
    bad = robots if bad is None else bad
    fleet: list[dict[str, Any]] = []
    if bad:
        fleet.append({"cohort": "broken", "robots": bad, "architecture": "none"})
    if robots > bad:
        fleet.append({"cohort": "fine", "robots": robots - bad})
    data = {
        "fleet": fleet,
        "application": {"bundle": "0 B", "steps": {"validating": {"duration": "10 s"}, "extracting": {"duration": "90 s"}}},
        "deployment": {"deploymentConfig": config or {}},
        "rules": rules,
    }
    results = rolloutsim.simulate(build(data), replicates=1, seed=1)
    assert not results.crashes
    return results.jobs.iloc[0], results.robots


@pytest.mark.parametrize(
    ("n", "pct", "floor", "ceil", "half_up"),
    [
        (10, 25, 2, 3, 3),  # the worked example: 2.5
        (100, 29, 29, 29, 29),  # 0.29 * 100 is 28.999999999999996 in floating point
        (100, 57, 57, 57, 57),
        (100, 58, 58, 58, 58),
        (10, 24, 2, 3, 2),
        (200, 10, 20, 20, 20),
        (10, 1, 1, 1, 1),  # never 0
        (1, 1, 1, 1, 1),
        (3, 50, 1, 2, 2),
        (7, 100, 7, 7, 7),
    ],
)
def test_percentages_become_robots_in_integer_arithmetic(n: int, pct: int, floor: int, ceil: int, half_up: int) -> None:
    cases: tuple[tuple[Any, int], ...] = (("floor", floor), ("ceil", ceil), ("half_up", half_up))
    for rounding, slots in cases:
        assert concurrency_limit(n, pct, rounding) == slots
        job, robots = simulate(n, bad=0, config={"concurrentDeploymentPercentage": pct}, rounding=rounding)
        assert job.peak_in_flight == slots
        assert (robots.granted_s == 0).sum() == slots


def test_an_absolute_concurrency_overrides_the_percentage() -> None:
    job, _ = simulate(10, bad=0, config={"concurrentDeploymentPercentage": 50}, concurrency="3 robots")
    assert job.peak_in_flight == 3


def test_without_percentages_all_robots_start_at_once_and_nothing_aborts() -> None:
    job, robots = simulate(10)
    assert (robots.granted_s == 0).all()
    assert (job.status, job.failed) == ("Succeeded", 10)


@pytest.mark.parametrize(("comparator", "stops_at"), [("at_least", 2), ("exceeds", 3)])
def test_ten_robots_with_a_threshold_of_20_percent(comparator: Any, stops_at: int) -> None:
    config = {"concurrentDeploymentPercentage": 10, "failureThresholdPercentage": 20}
    job, robots = simulate(10, config=config, comparator=comparator)
    assert (job.status, job.failure_code) == ("Failed", "FailureThresholdBreached")
    assert (job.failed, job.not_started, job.overshoot) == (stops_at, 10 - stops_at, 0)
    assert job.breached_s == 10 * stops_at
    assert set(robots.status[stops_at:]) == {"PendingNewDeployment"}
    assert failure_limit(10, 20, comparator) == stops_at


@pytest.mark.parametrize(
    ("n", "pct", "at_least", "exceeds"), [(100, 29, 29, 30), (100, 57, 57, 58), (100, 58, 58, 59), (10, 25, 3, 3), (7, 50, 4, 4)]
)
def test_thresholds_are_compared_in_integers(n: int, pct: int, at_least: int, exceeds: int) -> None:
    for comparator, stops_at in (("at_least", at_least), ("exceeds", exceeds)):
        job, _ = simulate(n, config={"failureThresholdPercentage": pct}, comparator=comparator, concurrency="1 robots")
        assert job.failed == stops_at


@pytest.mark.parametrize(("comparator", "stops_at"), [("at_least", 4), ("exceeds", 5)])
def test_an_absolute_failure_limit_overrides_the_percentage(comparator: str, stops_at: int) -> None:
    config = {"failureThresholdPercentage": 10}
    job, _ = simulate(10, config=config, comparator=comparator, failure_limit="4 robots", concurrency="1 robots")
    assert job.failed == stops_at


@pytest.mark.parametrize("dispatch", ["window", "batch"])
@pytest.mark.parametrize(("n", "slots", "limit", "most"), [(100, 20, 30, 49), (10, 2, 3, 4), (12, 3, 4, 6), (10, 5, 2, 6), (9, 3, 3, 5)])
def test_failures_never_exceed_what_is_in_flight_at_the_breach(dispatch: str, n: int, slots: int, limit: int, most: int) -> None:
    """With `finish`, failures reach at most min(N, k + C - 1): 49 of 100 for C = 20 and a threshold of 30."""
    assert most == min(n, limit + slots - 1)
    worst = 0
    for seed in range(5):
        data = {
            "fleet": [{"cohort": "a", "robots": n}],
            "application": {
                "bundle": "0 B",
                "steps": {"validating": {"duration": {"exponential": {"mean": "9 s"}}, "failures": {"InternalServerError": 1}}},
            },
            "rules": {"dispatch": dispatch, "concurrency": f"{slots} robots", "failure_limit": f"{limit} robots"},
        }
        job = rolloutsim.simulate(build(data), replicates=1, seed=seed).jobs.iloc[0]
        assert job.failed <= most
        assert job.overshoot == job.failed - limit
        worst = max(worst, job.failed)
    if dispatch == "window":
        assert worst == most  # all robots fail, so every slot is full at the breach


def test_one_hundred_robots_20_percent_at_once_threshold_30_percent() -> None:
    config = {"concurrentDeploymentPercentage": 20, "failureThresholdPercentage": 30}
    job, _ = simulate(100, config=config)
    # they end 20 at an instant, and each is judged before anything is granted: the second wave breaches with its tenth
    assert (job.failed, job.overshoot) == (40, 10)
    aborted, robots = simulate(100, config=config, on_breach="abort")
    assert (robots.failure_code == "MissingRobotArchitecture").sum() == 30
    assert (robots.failure_code == "RobotDeploymentAborted").sum() == 10
    assert aborted.overshoot == 0
    assert aborted.time_to_complete_s == aborted.breached_s == 20


def test_batches_start_when_all_of_the_last_have_ended() -> None:
    _, robots = simulate(6, bad=1, dispatch="batch", concurrency="2 robots")
    assert list(robots.granted_s) == [0, 0, 100, 100, 200, 200]
    _, robots = simulate(6, bad=1, dispatch="window", concurrency="2 robots")
    assert list(robots.granted_s) == [0, 0, 10, 100, 110, 200]


def test_the_denominator_completed_waits_for_its_minimum_and_counts_successes() -> None:
    config = {"failureThresholdPercentage": 50}
    for minimum, failed in ((1, 1), (3, 3)):
        job, _ = simulate(10, bad=3, config=config, denominator="completed", minimum_completed=minimum, concurrency="1 robots")
        assert (job.failure_code, job.failed) == ("FailureThresholdBreached", failed)
    # 3 failures of 6 completed are 50 %; the sixth result is a success, and it is judged too
    job, _ = simulate(10, bad=3, config=config, denominator="completed", minimum_completed=6, concurrency="1 robots")
    assert (job.failure_code, job.succeeded, job.breached_s) == ("FailureThresholdBreached", 3, 330)
    job, _ = simulate(10, bad=3, config=config, denominator="completed", minimum_completed=7, concurrency="1 robots")
    assert job.status == "Succeeded"


def test_the_denominator_batch_looks_at_one_batch_alone() -> None:
    config = {"failureThresholdPercentage": 50}
    rules = {"dispatch": "batch", "denominator": "batch", "concurrency": "4 robots"}
    job, _ = simulate(12, bad=1, config=config, **rules)
    assert job.status == "Succeeded"
    job, _ = simulate(12, bad=2, config=config, **rules)
    assert (job.failed, job.breached_s, job.not_started) == (2, 10, 8)
    job, _ = simulate(12, bad=2, config=config, evaluate="batch_end", **rules)
    assert (job.failed, job.breached_s, job.not_started) == (2, 100, 8)


@pytest.mark.parametrize(("counts", "breached"), [(["failed"], False), (["timeout"], False), (["no_response"], True)])
def test_only_what_counts_is_counted(counts: list[str], breached: bool) -> None:
    data = {
        "fleet": [{"cohort": "off", "robots": 4, "connectivity": "never"}],
        "application": {"bundle": "0 B"},
        "deployment": {"deploymentConfig": {"failureThresholdPercentage": 50, "robotDeploymentTimeoutInSeconds": 60}},
        "rules": {"counts": counts, "concurrency": "1 robots"},
    }
    job = rolloutsim.simulate(build(data), replicates=1, seed=1).jobs.iloc[0]
    assert (job.failure_code == "FailureThresholdBreached") == breached
    assert job.time_to_complete_s == (120 if breached else 240)


def test_an_instant_failure_is_judged_before_the_next_grant() -> None:
    data = {
        "fleet": [{"cohort": "broken", "robots": 5, "architecture": "none"}],
        "application": {"bundle": "0 B"},
        "rules": {"failure_limit": "2 robots"},
    }
    for dispatch in ("window", "batch"):
        job = rolloutsim.simulate(
            build(data | {"rules": {"failure_limit": "2 robots", "dispatch": dispatch}}), replicates=1, seed=1
        ).jobs.iloc[0]
        assert (job.failed, job.not_started) == (2, 3)


def test_instant_failures_are_judged_when_all_of_their_batch_have_ended() -> None:
    """Each ends before the next one of its batch begins, so that none is in flight in between."""
    data = {
        "fleet": [{"cohort": "broken", "robots": 6, "architecture": "none"}],
        "application": {"bundle": "0 B"},
        "rules": {"failure_limit": "2 robots", "dispatch": "batch", "evaluate": "batch_end", "concurrency": "3 robots"},
    }
    job = rolloutsim.simulate(build(data), replicates=1, seed=1).jobs.iloc[0]
    assert (job.failed, job.not_started) == (3, 3)


@pytest.mark.parametrize(
    ("offline", "granted", "status", "complete"),
    [
        ("hold", {"off": [0, 0], "on": [60, 60]}, "Succeeded", 60),
        ("skip", {"off": [0, 0], "on": [0, 0]}, "Succeeded", 60),
        ("wait", {"off": [None, None], "on": [0, 0]}, "Failed", 1000),
    ],
)
def test_offline_robots_hold_a_slot_are_skipped_or_waited_for(
    offline: str, granted: dict[str, list[Any]], status: str, complete: float
) -> None:
    data = {
        "fleet": [{"cohort": "off", "robots": 2, "connectivity": "never"}, {"cohort": "on", "robots": 2}],
        "application": {"bundle": "0 B"},
        "deployment": {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 60}},
        "rules": {"offline": offline, "concurrency": "2 robots", "fleet_timeout": "1000 s"},
    }
    results = rolloutsim.simulate(build(data), replicates=1, seed=1)
    times = results.robots.granted_s
    assert [None if pd.isna(t) else t for t in times] == granted["off"] + granted["on"]
    assert (results.jobs.status[0], results.jobs.time_to_complete_s[0]) == (status, complete)


def test_the_order_is_as_listed_shuffled_or_by_priority() -> None:
    def order(rule: str, replicates: int = 1) -> list[list[int]]:
        data = {
            "fleet": [{"cohort": "z", "robots": 3, "priority": 2}, {"cohort": "a", "robots": 3, "priority": 1}],
            "application": {"bundle": "0 B", "steps": {"extracting": {"duration": "1 s"}}},
            "rules": {"order": rule, "concurrency": "1 robots"},
        }
        robots = rolloutsim.simulate(build(data), replicates=replicates, seed=1).robots
        return [list(rows.sort_values("granted_s").robot) for _, rows in robots.groupby("replicate")]

    assert order("listed") == [[0, 1, 2, 3, 4, 5]]
    assert order("priority") == [[3, 4, 5, 0, 1, 2]]
    shuffled = order("shuffled", 20)
    assert len({tuple(row) for row in shuffled}) > 10
    assert all(sorted(row) == [0, 1, 2, 3, 4, 5] for row in shuffled)


@pytest.mark.parametrize(
    ("stages", "order"),
    [
        ([], [0, 3, 5, 1, 4, 6, 2, 7]),
        ([{"robots": 4}, {"cohorts": ["van"]}], [0, 5, 1, 6, 3, 4, 2, 7]),
        ([{"robots": 2}, {"cohorts": ["more"]}], [0, 3, 6, 7, 5, 1, 4, 2]),
    ],
)
def test_interleaved_takes_the_first_robots_of_all_sites_then_the_second(stages: list[Raw], order: list[int]) -> None:
    """Site w has robots 0-2, robots 3-4 have no site, and site e has 5 and, in another cohort, 6-7."""
    data = {
        "fleet": [
            {"cohort": "dock", "robots": 3, "site": "w"},
            {"cohort": "van", "robots": 2},
            {"cohort": "one", "robots": 1, "site": "e"},
            {"cohort": "more", "robots": 2, "site": "e"},
        ],
        "application": {"bundle": "0 B", "steps": {"extracting": {"duration": "1 s"}}},
        "rules": {"order": "interleaved", "concurrency": "1 robots", "stages": stages},
    }
    robots = rolloutsim.simulate(build(data), replicates=1, seed=1).robots
    assert list(robots.sort_values("granted_s").robot) == order
