"""Bundles of cohorts: deltas whose size depends on the version that a robot has installed. Exact values, worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from rolloutsim.scenario import Scenario, build, describe
from rolloutsim.simulation.engine_choice import estimate_work
from tests.simulation.worlds import tables

WORK = [0, 10**9]


def deltas(*sizes: str | None, application: Any = "600 MB", **changes: Any) -> Scenario:
    """Return cohorts of ten robots at 8 Mbit/s (1 MB/s), each with its size."""
    fleet = [
        {"cohort": f"from-v{6 - number}", "robots": 10, "link": {"rate": "8 Mbit/s"}} | ({} if size is None else {"bundle": size})
        for number, size in enumerate(sizes)
    ]
    return build({"fleet": fleet, "application": {"bundle": application}} | changes)


def warned(scenario: Scenario, code: str) -> list[str]:
    return [problem.path for problem in scenario.warnings if problem.code == code]


def lines(scenario: Scenario) -> dict[str, str]:
    return {line.text: line.mark for section in describe(scenario) for line in section.lines}


@pytest.mark.parametrize("work", WORK)
def test_each_cohort_downloads_its_own_size(work: int) -> None:
    """60, 120, 300 and 600 s at 1 MB/s; 10 * (60 + 120 + 300 + 600) MB are sent."""
    found = tables(deltas("60 MB", "120 MB", "300 MB", None), 1, seed=1, work=work)
    assert found.jobs[["time_to_complete_s", "bytes_sent", "bytes_useful"]].values.tolist() == [[600.0, 10.8e9, 10.8e9]]
    assert found.robots["finished_s"].tolist() == [t for t in (60.0, 120.0, 300.0, 600.0) for _ in range(10)]
    assert found.cohorts["bytes_sent"].tolist() == [0.6e9, 1.2e9, 3e9, 6e9]


@pytest.mark.parametrize("work", WORK)
def test_bytes_are_useful_or_wasted_by_the_size_of_the_cohort(work: int) -> None:
    """Online for 30 of 40 s, then on: a download of 60 MB restarts at 40 s, one of 20 MB is over before, one of 0 B at once."""
    trace = {"patterns": [{"period": "100 d", "times": [0, 30, 40], "online": [1, 0, 1]}], "offset": "aligned"}
    raw = deltas("60 MB", "20 MB", "0 B").raw
    fleet = [{**cohort, "connectivity": {"trace": trace}} for cohort in raw["fleet"]]
    scenario = build({"fleet": fleet, "application": {"bundle": "600 MB", "download": {"interrupted": "restart"}}})
    found = tables(scenario, 1, seed=1, work=work)
    assert found.robots["finished_s"].tolist() == [100.0] * 10 + [20.0] * 10 + [0.0] * 10
    assert found.cohorts["bytes_sent"].tolist() == [900e6, 200e6, 0.0]
    assert found.jobs[["bytes_useful", "bytes_wasted"]].values.tolist() == [[800e6, 300e6]]


@pytest.mark.parametrize("work", WORK)
def test_over_a_shared_link_each_flow_has_its_own_size(work: int) -> None:
    """20 robots at 0.5 MB/s each: the first ten are done with 5 MB after 10 s, the others have 10 MB left, at 1 MB/s."""
    scenario = deltas("5 MB", "15 MB", network={"origin": "80 Mbit/s"})
    found = tables(scenario, 1, seed=1, work=work)
    assert found.robots["finished_s"].tolist() == [10.0] * 10 + [20.0] * 10
    assert found.jobs["bytes_sent"].tolist() == [200e6]


def test_only_a_source_of_the_architecture_can_be_replaced() -> None:
    scenario = deltas("60 MB", None, application={"ARM64": "600 MB"})
    assert [scenario.bundle_size(cohort) for cohort in scenario.fleet] == [None, None]
    assert warned(scenario, "all-fail") == ["fleet.from-v6.architecture", "fleet.from-v5.architecture"]
    assert tables(scenario, 1, seed=1).jobs[["failed", "bytes_sent"]].values.tolist() == [[20, 0.0]]


def test_show_writes_and_computes_with_the_size_of_the_cohort() -> None:
    said = lines(deltas("60 MB", None, network={"origin": "80 Mbit/s"}))
    assert said["architecture X86_64, its own bundle 60 MB"] == "given"
    assert said["architecture X86_64, bundle 600 MB"] == "default"
    assert said["the download takes 60 s online at the median rate"] == "derived"
    assert said["the origin: 80 Mbit/s shared; all 6.6 GB take at least 11 min"] == "given"


def test_a_download_that_takes_too_long_is_found_by_the_size_of_the_cohort() -> None:
    hour = {"deploymentConfig": {"robotDeploymentTimeoutInSeconds": 3600}}
    assert warned(deltas("60 MB", "6 GB", deployment=hour), "slow-download") == ["fleet.from-v5.link.rate"]
    assert warned(deltas("60 MB", application="6 GB", deployment=hour), "slow-download") == []


def test_a_download_that_fits_into_no_window_is_found_by_the_size_of_the_cohort() -> None:
    """100 min of the larger bundle in windows of an hour."""
    hour = {"schedule": {"online": ["22:00-23:00"], "timezone": "UTC"}}
    fleet = [{**cohort, "connectivity": hour} for cohort in deltas("60 MB", "6 GB").raw["fleet"]]
    application = {"bundle": "600 MB", "download": {"interrupted": "restart"}}
    scenario = build({"fleet": fleet, "application": application, "rules": {"start": "2026-01-05"}})
    assert warned(scenario, "slow-download") == ["fleet.from-v5.connectivity.schedule.online"]


def test_a_download_of_nothing_may_take_no_time() -> None:
    fleet = [{"cohort": "a", "robots": 1, "bundle": "0 B"}]
    assert warned(build({"fleet": fleet, "application": {"bundle": "1 MB"}}), "instant-download") == []


def test_the_size_has_a_path_and_a_place_in_the_fingerprint() -> None:
    scenario = deltas("60 MB", None)
    changed = scenario.replace("fleet.from-v5.bundle", "120 MB")
    assert [changed.bundle_size(cohort) for cohort in changed.fleet] == [60e6, 120e6]
    assert changed.fingerprint() != scenario.fingerprint()
    assert build(changed.resolved()).fingerprint() == changed.fingerprint()


def test_work_is_estimated_by_the_size_of_the_cohort() -> None:
    """A rate that changes every second: ten changes count as one deployment more, and 60 MB take sixty."""
    trace = {"patterns": [{"period": "2 s", "times": [0, 1], "rate": [8, 8.000001]}], "unit": "Mbit/s"}
    fleet = [{"cohort": "a", "robots": 1, "link": {"trace": trace}, "bundle": "60 MB"}]
    assert estimate_work(build({"fleet": fleet, "application": {"bundle": "600 MB"}}), 1) == pytest.approx(1 + 60 / 10, rel=1e-5)
