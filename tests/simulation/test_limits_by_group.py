"""Limits that count robots of a site, of a cohort, of some cohorts, or that are offline: worked examples, twin engine, reference."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from rolloutsim import simulate
from rolloutsim.scenario import Scenario, build
from rolloutsim.study.verify import verify
from tests.searches import search
from tests.simulation.comparison import differences
from tests.simulation.strategies import limit_rows, raw_scenarios

Raw = dict[str, Any]
HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
BOTH = pytest.mark.parametrize("engine", ["simpy", "compiled"])
OFF = {"renewal": {"up": "1 s", "down": "1000 s", "start": "down"}}


def fleet(limits: list[Raw], *cohorts: Raw, minutes: float = 1, **rules: Any) -> Scenario:
    """Return robots that work for some minutes, under limits."""
    named = [{"cohort": f"c{number}", **cohort} for number, cohort in enumerate(cohorts)]
    application = {"bundle": "0 B", "steps": {"launching": {"duration": f"{60 * minutes} s"}}}
    return build({"fleet": named, "application": application, "rules": {"limits": limits, **rules}})


def run(scenario: Scenario, engine: str = "simpy") -> Any:
    """Return the results of one replicate."""
    return simulate(scenario, replicates=1, seed=1, engine=engine)


@BOTH
def test_one_at_a_time_at_each_site(engine: str) -> None:
    sizes = [16] * 5 + [15] * 8
    scenario = fleet([{"max": "1 robots", "per": "site"}], *({"robots": n, "site": f"s{k}"} for k, n in enumerate(sizes)), minutes=4.5)
    job = run(scenario, engine).jobs.iloc[0]
    assert (job.time_to_complete_s, job.peak_in_flight) == (16 * 270, 13)


@BOTH
def test_a_budget_for_each_site(engine: str) -> None:
    """Of 70 robots at one site five at a time take 14 rounds of 10 min; the other sites are done after two."""
    cohorts = [{"robots": 70, "site": "big"}, *({"robots": 10, "site": f"s{k}"} for k in range(3))]
    found = run(fleet([{"max": "5 robots", "per": "site"}], *cohorts, minutes=10), engine)
    assert (found.jobs.time_to_complete_s[0], found.jobs.peak_in_flight[0]) == (8400, 20)
    assert found.robots[found.robots.site != "big"].reported_s.max() == 1200


def test_a_percentage_is_of_the_robots_of_a_group() -> None:
    found = run(fleet([{"max": "25 %", "per": "cohort"}], {"robots": 8}, {"robots": 3}, minutes=1))
    assert found.robots.groupby(["cohort", "granted_s"]).size().tolist() == [2, 2, 2, 2, 1, 1, 1]


def test_robots_without_a_site_are_one_group() -> None:
    found = run(fleet([{"max": "1 robots", "per": "site"}], {"robots": 2}, {"robots": 2}, {"robots": 1, "site": "s"}))
    assert found.robots.granted_s.tolist() == [0, 60, 120, 180, 0]


def test_a_lane_for_some_cohorts() -> None:
    """The new robots have a lane of one; the others overtake them and keep their own order."""
    found = run(fleet([{"max": "1 robots", "of": ["c0"]}, {"max": "3 robots"}], {"robots": 3}, {"robots": 4}))
    assert found.robots.granted_s.tolist() == [0, 60, 120, 0, 0, 60, 60]


@BOTH
def test_robots_that_are_offline_use_up_the_budget_of_their_site(engine: str) -> None:
    """At each site one robot of three is offline until 1000 s: of two that may be away at once one works, then the next."""
    cohorts = [{"robots": n, "site": site, **link} for site in "ab" for n, link in ((1, {"connectivity": OFF}), (2, {}))]
    budget = {"max": "2 robots", "per": "site", "counts": ["in_flight", "offline"]}
    found = run(fleet([budget], *cohorts, offline="wait"), engine)
    assert found.robots.granted_s.tolist() == [1000, 0, 60, 1000, 0, 60]


@BOTH
def test_room_comes_back_with_a_link(engine: str) -> None:
    """The first robot is online from 1000 s, 2001 s and 3002 s on, for 1 s each: long enough to start, to report, and to make room."""
    cohorts = [{"robots": 1, "connectivity": OFF}, {"robots": 2}]
    found = run(fleet([{"max": "1 robots", "counts": ["in_flight", "offline"]}], *cohorts, offline="skip", order="listed"), engine)
    assert found.robots.granted_s.tolist() == [1000, 2001, 3002]
    assert found.jobs.status[0] == "Succeeded"


@BOTH
def test_robots_that_are_switched_off_stall_the_job(engine: str) -> None:
    """No link and no time can make room: the job ends at once, and before a window opens."""
    cohorts = [{"robots": 1, "connectivity": "never"}, {"robots": 2}]
    for more in ({}, {"admit": {"windows": ["05:00-06:00"], "timezone": "UTC"}, "start": "2026-01-05 00:00"}):
        scenario = fleet([{"max": "2 robots"}, {"max": "1 robots", "counts": ["in_flight", "offline"]}], *cohorts, **more)
        job = run(scenario, engine).jobs.iloc[0]
        assert (job.status, job.failure_code, job.stopped_by) == ("Failed", "FailureThresholdBreached", "limits 2")
        assert (job.time_to_complete_s, job.not_started) == (0, 3)


@BOTH
def test_a_site_without_room_stalls_the_job_when_the_others_are_done(engine: str) -> None:
    """Two failures at site a leave no room there from 60 s on; site b takes until 300 s, and then nothing can go on."""
    failing = {"steps": {"launching": {"failures": {"MissingRobotDeploymentResource": 1}}}}
    cohorts = [{"robots": 2, "site": "a", **failing}, {"robots": 2, "site": "a"}, {"robots": 10, "site": "b"}]
    found = run(fleet([{"max": "2 robots", "per": "site", "counts": ["in_flight", "failed"]}], *cohorts), engine)
    job = found.jobs.iloc[0]
    assert (job.stopped_by, job.breached_s, job.robots_exposed, job.failed, job.not_started) == ("limits 1", 300, 12, 2, 2)


def test_a_robot_counts_once_whatever_it_is() -> None:
    """It fails and is offline afterwards: with both counted it takes one place of two."""
    failing = {"architecture": "none", "connectivity": {"renewal": {"up": "1 s", "down": "1000 s", "start": "up"}}}
    limits = [{"max": "2 robots", "counts": ["in_flight", "failed", "offline"]}]
    found = run(fleet(limits, {"robots": 1, **failing}, {"robots": 2}))
    assert found.robots.granted_s.tolist() == [0, 0, 60]


@st.composite
def limited(draw: st.DrawFn) -> Raw:
    """Return scenarios with limits of all kinds."""
    raw: Raw = draw(raw_scenarios().filter(lambda raw: raw["rules"]["dispatch"] == "window"))
    raw["rules"]["limits"] = draw(limit_rows([cohort["cohort"] for cohort in raw["fleet"]]))
    raw["rules"].pop("concurrency", None)
    raw["deployment"]["deploymentConfig"].pop("concurrentDeploymentPercentage", None)
    return raw


@pytest.mark.slow
@search(20, suppress_health_check=HEALTH)
@given(raw=limited())
def test_both_engines_and_the_reference_agree(raw: Raw) -> None:
    scenario = build(raw)
    assert [str(found) for found in verify(scenario, 5, range(2)) if found is not None] == []
    assert list(differences(scenario, seed=1, replicates=2)) == []
