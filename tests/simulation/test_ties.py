"""One order within an instant, among all robots: what happens at an instant waits for whatever comes before it there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from rolloutsim import simulate
from rolloutsim.scenario import build, parse
from rolloutsim.study.verify import verify
from tests.simulation.comparison import differences
from tests.simulation.plain_engine import plain_tables
from tests.simulation.strategies import Raw
from tests.simulation.tie_strategies import tied_scenarios

HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]

SCHEDULE = """
fleet:
  - {{cohort: night, robots: 1, link: {{rate: 1 B/s}}, connectivity: {{schedule: {{online: ["20:00-22:00"], timezone: Europe/Berlin}}}}}}
  - {{cohort: dock, robots: 9, steps: {{launching: {{duration: 1 h}}}}}}
application: {{bundle: 9 kB}}
deployment: {{deploymentConfig: {{robotDeploymentTimeoutInSeconds: 3600, failureThresholdPercentage: 30}}}}
rules: {{denominator: completed, minimum_completed: 1, start: "2026-01-05 {start}"}}
"""

LINK = """
fleet:
  - {cohort: quick, robots: 2, steps: {launching: {duration: 300 s}}}
  - cohort: slow
    robots: 1
    link: {rate: 1 B/s}
    connectivity: {trace: {patterns: [{period: 1000 s, times: [0, 300], online: [1, 0]}], offset: aligned}}
application: {bundle: 5 kB}
deployment: {deploymentConfig: {robotDeploymentTimeoutInSeconds: 300, failureThresholdPercentage: 30}}
rules: {on_breach: abort}
"""

PASS = """
fleet:
  - {cohort: slow, robots: 1, link: {rate: 1 B/s}, steps: {launching: {duration: 100 s}}}
  - {cohort: quick, robots: 2, steps: {launching: {duration: 300 s}}}
application: {bundle: 300 B}
deployment: {deploymentConfig: {robotDeploymentTimeoutInSeconds: 300, failureThresholdPercentage: 30}}
rules: {on_breach: abort}
"""

ABORT = """
fleet:
  - {cohort: slow, robots: 3, link: {rate: 1 B/s}}
  - cohort: unlimited
    robots: 4
    connectivity: {trace: {patterns: [{period: 120 s, times: [0, 60], online: [1, 0]}], offset: aligned}}
application:
  bundle: 120 kB
  steps: {reaching: {duration: 60 s}, launching: {failures: {MissingRobotDeploymentResource: {probability: 1, per: robot}}}}
deployment: {deploymentConfig: {robotDeploymentTimeoutInSeconds: 60, failureThresholdPercentage: 10}}
rules: {dispatch: batch, on_breach: abort, timer: reached, fleet_timeout: 1200 s, cancel_at: 180 s, observe: 1800 s}
"""

#: With retries, which do not happen here, robots are followed event by event.
RETRIES = "rules: {retries: {codes: [LambdaDeleted], max: 1, backoff: 1 s}, "


def jobs_of(text: str, *, followed: bool) -> list[Any]:
    """Return what both engines make of the job."""
    if followed:
        text = text.replace("rules: {", RETRIES)
    return [simulate(parse(text), replicates=1, seed=1).jobs.iloc[0], plain_tables(parse(text), 1, 0).jobs.iloc[0]]


@pytest.mark.parametrize("followed", [False, True], ids=["ahead", "followed"])
@pytest.mark.parametrize("start", ["20:59", "21:00", "21:01"])
def test_a_deadline_at_the_end_of_a_window_comes_after_all_that_finish_then(start: str, *, followed: bool) -> None:
    """At 22:00, an hour after the start at 21:00, the night's robot goes offline and its timer ends; nine others are done."""
    for job in jobs_of(SCHEDULE.format(start=start), followed=followed):
        assert (job.status, job.succeeded) == ("Succeeded", 9)


@pytest.mark.parametrize("followed", [False, True], ids=["ahead", "followed"])
@pytest.mark.parametrize("text", [LINK, PASS], ids=["link", "pass"])
def test_a_timer_never_runs_before_another_robots_completion(text: str, *, followed: bool) -> None:
    """At 300 s one robot loses its link, or completes a phase, and its timer ends; the failure stops the job, and two others are done."""
    for job in jobs_of(text, followed=followed):
        assert (job.status, job.succeeded, job.failed) == ("Failed", 2, 1)


@pytest.mark.parametrize("followed", [False, True], ids=["ahead", "followed"])
def test_an_abort_comes_before_the_downloads_of_robots_with_a_greater_index(*, followed: bool) -> None:
    """At 120 s four robots come online whose downloads take no time; the first fails and aborts the job, so only it has its bytes."""
    for job in jobs_of(ABORT, followed=followed):
        assert (job.status, job.succeeded, job.failed, job.bytes_sent) == ("Failed", 0, 7, 3 * 60 + 120_000)


@pytest.mark.slow
@settings(max_examples=20, suppress_health_check=HEALTH)
@given(tied_scenarios())
def test_random_scenarios_of_whole_minutes(raw: Raw) -> None:
    assert list(differences(build(raw), seed=1, replicates=2)) == []
    assert [str(found) for found in verify(build(raw), 1, range(2)) if found is not None] == []


@pytest.mark.slow
@settings(max_examples=3000, phases=[Phase.generate], suppress_health_check=HEALTH)
@given(tied_scenarios())
def test_three_thousand_scenarios_of_whole_minutes(raw: Raw) -> None:
    assert list(differences(build(raw), seed=1, replicates=2)) == []
