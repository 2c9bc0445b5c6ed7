"""Finishing exactly at a deadline is finishing, also where durations are decimal fractions: compared with exact arithmetic."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rolloutsim import simulate
from rolloutsim.scenario import build, parse
from rolloutsim.simulation.model.deadlines import end_of, snap
from rolloutsim.simulation.model.robot import Robot
from tests.simulation.comparison import differences
from tests.simulation.plain_engine import plain_tables
from tests.simulation.reference.processes import decimal_fraction
from tests.simulation.strategies import Raw

PHASES = ("validating", "reaching", "extracting", "launching", "reporting")


def tenths(number: int) -> str:
    return f"{number / 10} s"


@st.composite
def split(draw: st.DrawFn, total: int) -> Raw:
    """Return steps that take a number of tenths of a second together."""
    cuts = sorted(draw(st.lists(st.integers(0, total), min_size=len(PHASES) - 1, max_size=len(PHASES) - 1)))
    lengths = [end - begin for begin, end in zip([0, *cuts], [*cuts, total], strict=True)]
    return {phase: {"duration": tenths(length)} for phase, length in zip(PHASES, lengths, strict=True)}


@st.composite
def scenarios_of_tenths(draw: st.DrawFn) -> Raw:
    """Return scenarios in tenths of a second in which robots often finish exactly when a timer, the job or both end."""
    timeout = draw(st.integers(60, 63))
    totals = st.sampled_from([10 * timeout, 10 * timeout, 10 * timeout - 1, 10 * timeout + 1, 300, 157])
    fleet = [{"cohort": f"c{number}", "robots": draw(st.integers(1, 3)), "steps": draw(totals.flatmap(split))} for number in range(3)]
    preparing, soak, backoff = (draw(st.integers(0, 99)) for _ in range(3))
    rules: Raw = {"timer": draw(st.sampled_from(["grant", "grant", "reached"])), "on_breach": draw(st.sampled_from(["abort", "finish"]))}
    ends = [preparing + 10 * timeout, preparing + 300, preparing + 20 * timeout, preparing + 10 * timeout + soak]
    rules |= draw(st.sampled_from([{}, {"cancel_at": tenths(ends[0])}, {"fleet_timeout": tenths(ends[2])}, {"cancel_at": tenths(ends[3])}]))
    if draw(st.booleans()):
        rules["stages"] = [{"robots": 2, "soak": tenths(soak)}]
    if draw(st.booleans()):
        code = "MissingRobotDeploymentResource"
        rules["retries"] = {"codes": [code], "max": 2, "backoff": tenths(backoff), "slot": draw(st.sampled_from(["hold", "queue"]))}
        fleet[0]["steps"]["launching"]["failures"] = {code: {"probability": 0.5, "per": "robot"}}
    config: Raw = {"robotDeploymentTimeoutInSeconds": timeout}
    config |= draw(st.sampled_from([{}, {"concurrentDeploymentPercentage": 40}, {"failureThresholdPercentage": 30}]))
    return {
        "fleet": fleet,
        "application": {"bundle": "0 B", "steps": {"preparing": {"duration": tenths(preparing)}}},
        "deployment": {"deploymentConfig": config},
        "rules": rules,
    }


@pytest.mark.slow
@settings(max_examples=60)
@given(scenarios_of_tenths())
def test_tenths_of_a_second_against_exact_arithmetic(raw: Raw) -> None:
    assert list(differences(build(raw), 1, 2, decimal_fraction)) == []


@pytest.mark.slow
@settings(max_examples=1000, phases=[Phase.generate])
@given(scenarios_of_tenths())
def test_many_scenarios_of_tenths_against_exact_arithmetic(raw: Raw) -> None:
    assert list(differences(build(raw), 1, 2, decimal_fraction)) == []


def test_eight_units_in_the_last_place_are_at_the_deadline() -> None:
    for deadline in (0.3, 60.0, 3600.1, 2.0**20, 604800.7):
        unit = math.ulp(deadline)
        assert [snap(deadline + k * unit, deadline) == deadline for k in (-9, -8, 8, 9)] == [False, True, True, False]
        assert snap(deadline + 9 * unit, deadline) == deadline + 9 * unit


def test_without_a_deadline_nothing_is_at_it() -> None:
    assert (snap(5.0, math.inf), snap(math.inf, math.inf), snap(0.0, 0.0)) == (5.0, math.inf, 0.0)


def test_nothing_ends_before_now() -> None:
    """A late robot may begin just after the end of the job, which a phase without length must not move it back to."""
    plan: Any = SimpleNamespace(job_deadline=0.3)
    now = 0.1 + 0.1 + 0.1
    assert now > plan.job_deadline
    assert end_of(plan, Robot([], [], t=now, stop=math.inf), now) == now


def both(text: str) -> list[Any]:
    return [simulate(parse(text), replicates=1, seed=1).jobs.iloc[0], plain_tables(parse(text), 1, 0).jobs.iloc[0]]


@pytest.mark.parametrize("end", ["", "rules: {cancel_at: %s s}", "rules: {fleet_timeout: %s s}"], ids=["timer", "cancel", "fleet"])
@pytest.mark.parametrize("preparing", [0.1, 0.7, 1.3, 2.9, 7.1, 33.3])
def test_a_shared_download_that_ends_exactly_at_the_deadline(preparing: float, end: str) -> None:
    """Three robots of 6,000 bytes each share 300 B/s: they need the 60 s that their timers allow, whatever rounding makes of it."""
    if end:
        end = end % f"{preparing + 60:.1f}"
    text = f"""
    fleet: [{{cohort: a, robots: 3, site: hall}}]
    network: {{sites: {{hall: {{downlink: 0.3 kB/s}}}}}}
    application: {{bundle: 6 kB, steps: {{preparing: {{duration: {preparing} s}}}}}}
    deployment: {{deploymentConfig: {{robotDeploymentTimeoutInSeconds: {75 if end else 60}}}}}
    {end}
    """
    for job in both(text):
        assert (job.status, job.succeeded) == ("Succeeded", 3)


@pytest.mark.parametrize(("timeout", "succeeded"), [("6 s", 2), ("5.9 s", 0)])
def test_a_handshake_that_takes_exactly_the_time_of_the_agent(timeout: str, succeeded: int) -> None:
    """0.1 min are 6 s."""
    steps = f"{{reaching: {{duration: 0.1 min, agent_timeout: {timeout}}}}}"
    for job in both(f"fleet: [{{cohort: a, robots: 2}}]\napplication: {{bundle: 1 kB, steps: {steps}}}"):
        assert job.succeeded == succeeded
