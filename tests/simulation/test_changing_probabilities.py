"""Probabilities that change during the job: exact cases, waves with binomial failures, the same coins, the twin engine."""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np
import pytest
from scipy import stats

from rolloutsim import simulate
from rolloutsim.scenario import Scenario, build
from rolloutsim.study.verify import verify

Raw = dict[str, Any]
BOTH = pytest.mark.parametrize("engine", ["simpy", "compiled"])
EXTRACTING, RESOURCE = "ExtractingBundleFailure", "MissingRobotDeploymentResource"


def waves(robots: int, at_once: int, seconds: float, probability: Any, **more: Any) -> Scenario:
    """Return robots that launch for some seconds, in windows; extracting, before that, takes no time."""
    raw = {
        "fleet": [{"cohort": "sensor", "robots": robots, **more.pop("cohort", {})}],
        "application": {
            "bundle": "0 B",
            "steps": {"launching": {"duration": f"{seconds} s"}, "extracting": {"failures": {EXTRACTING: probability}}},
            **more.pop("application", {}),
        },
        "rules": {"concurrency": f"{at_once} robots", **more},
    }
    return build(raw)


def failed(scenario: Scenario, engine: str = "simpy", seed: int = 1) -> Any:
    """Return for each robot of one replicate whether it failed."""
    return simulate(scenario, replicates=1, seed=seed, engine=engine).robots.status.to_numpy() == "Failed"


@pytest.mark.slow
@BOTH
def test_a_cache_expires_in_the_middle_of_a_rollout(engine: str) -> None:
    """8,000 robots, 100 at a time, 10 min each, and from 5 h on 30 % fail: 3,000 go well before, then about 1,500 fail."""
    lost = failed(waves(8000, 100, 600, {"at": {"0 h": 0, "5 h": "30 %"}}), engine)
    assert not lost[:3000].any()
    assert abs(lost[3000:].sum() - 1500) < 4 * np.sqrt(5000 * 0.3 * 0.7)


@BOTH
@pytest.mark.parametrize(("from_s", "expected"), [(0, 12), (59.5, 8), (60, 8), (60.5, 4), (120, 4), (120.5, 0)])
def test_the_instant_at_which_a_robot_enters_the_phase_decides(engine: str, from_s: float, expected: int) -> None:
    """Three waves of four enter launching at 0 s, 60 s and 120 s, and fail at its end."""
    chance = {"at": {"0 s": 0, f"{from_s} s": 1}, "per": "robot"} if from_s else {"at": {"0 s": 1}, "per": "robot"}
    steps = {"launching": {"duration": "60 s", "failures": {RESOURCE: chance}}}
    scenario = build(
        {"fleet": [{"cohort": "r", "robots": 12}], "application": {"bundle": "0 B", "steps": steps}, "rules": {"concurrency": 4}}
    )
    found = simulate(scenario, replicates=1, seed=1, engine=engine)
    assert (found.jobs.failed[0], found.jobs.time_to_complete_s[0]) == (expected, 180)


@pytest.mark.parametrize("phase", ["validating", "reaching", "downloading", "extracting", "launching"])
def test_each_phase_by_its_own_instant(phase: str) -> None:
    """Phases of 10 s each, entered at 0, 10, 20 … s: a probability that is 1 from an instant on decides as the entry does."""
    names = ["validating", "reaching", "downloading", "extracting", "launching"]
    codes = ["LambdaDeleted", "GreengrassDeploymentFailed", "ResourceNotFound", EXTRACTING, RESOURCE]
    entered = 10 * names.index(phase)
    for instant, fails in ((entered, True), (entered + 0.5, False)):
        steps: Raw = {name: {"duration": "10 s"} for name in names}
        at = {"0 s": 0, f"{instant} s": 1} if instant else {"0 s": 1}
        steps[phase]["failures"] = {codes[names.index(phase)]: {"at": at}}
        scenario = build({"fleet": [{"cohort": "r", "robots": 1}], "application": {"bundle": "0 B", "steps": steps}})
        robot = simulate(scenario, replicates=1, seed=1, engine="simpy").robots.iloc[0]
        assert (robot.status == "Failed") == fails
        assert robot.finished_s == (50 if not fails else entered if phase == "downloading" else entered + 10)


def test_a_phase_that_might_have_failed_changes_nothing_if_it_does_not() -> None:
    """The instants of a robot are those of one without coins, to the last bit, with zero durations and decimals."""
    for seconds in (0, 0.1, 7.3):
        extracting: Raw = {"duration": f"{seconds} s"}
        never = extracting | {"failures": {EXTRACTING: {"at": {"0 s": 0, "1000 s": 1}}}}
        plain, changing = (
            build(
                {
                    "fleet": [{"cohort": "r", "robots": 9}],
                    "application": {"bundle": "0 B", "steps": {"launching": {"duration": f"{seconds} s"}, "extracting": step}},
                    "rules": {"concurrency": 2},
                }
            )
            for step in (extracting, never)
        )
        expected, found = (simulate(s, replicates=1, seed=1, engine="simpy").robots.finished_s.tolist() for s in (plain, changing))
        assert expected == found


def test_a_constant_that_is_written_as_one_that_changes_tosses_the_same_coins() -> None:
    plain, changing = (failed(waves(500, 50, 10, p)) for p in (0.3, {"at": {"0 h": 0.3, "20 s": 0.3}}))
    assert (plain == changing).all()
    lower = failed(waves(500, 50, 10, {"at": {"0 h": 0.3, "50 s": 0.1}}))
    assert (lower <= plain).all()  # common random numbers: whoever fails with 0.1 fails with 0.3
    assert lower.sum() < plain.sum()


def test_a_shared_coin_is_compared_with_the_probability_of_the_instant() -> None:
    """One coin for the job, and from 60 s on 50 %: in half of the replicates the second wave fails as a whole, and never the first."""
    chance = {"at": {"0 s": 0, "60 s": 0.5}, "per": "job"}
    robots = simulate(waves(8, 4, 60, chance), replicates=400, seed=3, engine="simpy").robots
    lost = (robots.status == "Failed").to_numpy().reshape(400, 8)
    assert not lost[:, :4].any()
    assert (lost[:, 4:].all(axis=1) == lost[:, 4:].any(axis=1)).all()
    assert abs(lost[:, 4].mean() - 0.5) < 4 * 0.5 / np.sqrt(400)


@pytest.mark.slow
def test_waves_fail_by_the_binomial_of_their_instant() -> None:
    """Waves of ten at 0 s and 60 s fail at their end with 10 % and 40 %: both numbers are binomial, and independent."""
    steps = {"launching": {"duration": "60 s", "failures": {RESOURCE: {"at": {"0 s": 0.1, "1 min": 0.4}, "per": "robot"}}}}
    scenario = build(
        {"fleet": [{"cohort": "r", "robots": 20}], "application": {"bundle": "0 B", "steps": steps}, "rules": {"concurrency": 10}}
    )
    robots = simulate(scenario, replicates=2000, seed=11, engine="simpy").robots
    lost = (robots.status == "Failed").to_numpy().reshape(2000, 2, 10).sum(axis=2)
    for wave, p in enumerate((0.1, 0.4)):
        expected = np.array([comb(10, k) * p**k * (1 - p) ** (10 - k) for k in range(11)]) * 2000
        few = np.searchsorted(np.cumsum(expected[::-1]) > 5, True)
        last = 10 - few
        observed = np.bincount(lost[:, wave], minlength=11)
        assert stats.chisquare([*observed[:last], observed[last:].sum()], [*expected[:last], expected[last:].sum()]).pvalue > 1e-4
    assert abs(np.corrcoef(lost.T)[0, 1]) < 4 / np.sqrt(2000)


def test_a_bad_release_and_a_cohort_may_change_at_instants_of_their_own() -> None:
    chance = {"at": {"0 s": 0, "60 s": 1}}
    bad = {"release": {"bad": {"probability": 1, "steps": {"extracting": {"failures": {EXTRACTING: chance}}}}}}
    assert failed(waves(4, 2, 60, 0, application=bad)).tolist() == [False, False, True, True]
    own = {"steps": {"extracting": {"failures": {EXTRACTING: chance}}}}
    assert failed(waves(4, 2, 60, 0, cohort=own)).tolist() == [False, False, True, True]


def test_preparing_is_entered_at_the_creation() -> None:
    steps = {"preparing": {"duration": "10 s", "failures": {"ResourceNotFound": {"at": {"0 s": 0, "5 s": 1}}}}}
    scenario = build({"fleet": [{"cohort": "r", "robots": 1}], "application": {"bundle": "0 B", "steps": steps}})
    assert simulate(scenario, replicates=1, seed=1, engine="simpy").jobs.status[0] == "Succeeded"


def test_retries_meet_the_probability_of_their_own_instant() -> None:
    """It fails at once until 100 s, and tries again each 30 s: the attempt of 120 s goes well."""
    retries = {"codes": [EXTRACTING], "max": 9, "backoff": "30 s"}
    scenario = waves(1, 1, 0, {"at": {"0 s": 1, "100 s": 0}}, retries=retries)
    robot = simulate(scenario, replicates=1, seed=1, engine="simpy").robots.iloc[0]
    assert (robot.status, robot.finished_s, robot.attempts) == ("InSync", 120, 5)
    assert [str(found) for found in verify(scenario, 5, range(1)) if found is not None] == []
