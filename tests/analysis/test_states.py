"""Robots by state: they add up to the fleet at every instant, and agree with what other tables know independently."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import rolloutsim
from rolloutsim.analysis import STATES, completion_curve, robots_by_state
from rolloutsim.analysis.states import robot_histories
from rolloutsim.errors import UsageError
from rolloutsim.simulation.records.data_frames import conform
from rolloutsim.vocabulary import PHASES, ROBOT_STATUSES

from .synthetic import empty_tables, synthetic_tables

SCENARIO = """
scenario: states
replicates: 6
fleet:
  - cohort: hall
    robots: 20
    link: {rate: 20 Mbit/s}
    connectivity: {renewal: {up: {exponential: {mean: 5 min}}, down: {exponential: {mean: 9 min}}}}
  - {cohort: yard, robots: 8, link: {rate: 8 Mbit/s}}
application:
  bundle: 150 MB
  steps:
    extracting: {duration: {exponential: {mean: 1 min}}, failures: {ExtractingBundleFailure: 0.3}}
deployment:
  deploymentConfig: {concurrentDeploymentPercentage: 20, failureThresholdPercentage: 80, robotDeploymentTimeoutInSeconds: 900}
rules:
  late_convergence: true
"""
RULES: dict[str, dict[str, Any]] = {
    "plain": {},
    "threshold": {"deployment.deploymentConfig.failureThresholdPercentage": 15},
    "canceled": {"rules.cancel_at": "20 min"},
    "retries by the queue": {"rules.retries": {"max": 2, "codes": ["ExtractingBundleFailure"], "backoff": "2 min", "slot": "queue"}},
    "failures after success": {"application.after_success": {"probability": 0.5, "delay": {"exponential": {"mean": "10 min"}}}},
    "retries in the slot": {"rules.retries": {"max": 2, "codes": ["ExtractingBundleFailure"], "backoff": "2 min", "slot": "hold"}},
}


@pytest.fixture(scope="module", params=list(RULES))
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> rolloutsim.Results:
    path = tmp_path_factory.mktemp("states") / "states.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    scenario = rolloutsim.load(path)
    for key, value in RULES[request.param].items():
        scenario = scenario.replace(key, value)
    return rolloutsim.simulate(scenario, seed=4)


def instants(tables: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return all instants of the tables, and others just before and between them."""
    of_robots = [tables.robots[name].dropna() for name in ("converged_s", "regressed_s")]
    times = np.unique(np.concatenate([tables.timeline["t_s"], *of_robots, tables.steps["started_s"]]))
    return np.unique(np.concatenate([times, np.nextafter(times[1:], 0), (times[1:] + times[:-1]) / 2]))


def of(states: Any, *names: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.sum([states.robots[STATES.index(name)] for name in names], axis=0)


def sampled(tables: Any, quantity: str, t_s: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a quantity of the timeline, summed over cohorts: the mean over replicates at these instants."""
    rows = tables.timeline[tables.timeline["quantity"] == quantity]
    total = np.zeros(len(t_s))
    for _, part in rows.groupby(["replicate", "cohort"], observed=True):
        total += part["value"].to_numpy()[np.searchsorted(part["t_s"].to_numpy(), t_s, side="right") - 1]
    return total / len(tables.jobs)


def test_states_add_up_to_the_fleet_at_every_instant_and_none_is_negative(results: rolloutsim.Results) -> None:
    states = robots_by_state(results.tables, t_s=instants(results.tables))
    assert states.robots.min() >= 0
    np.testing.assert_allclose(states.robots.sum(axis=0), 28, rtol=1e-12)


@pytest.mark.parametrize(
    "settings", [{}, {"failure": 1.0, "threshold": 2.0}, {"cancel_probability": 1.0}, {"preparing_failure": 1.0}, {"late": 0.9}]
)
def test_states_of_any_tables_add_up_to_the_fleet(settings: dict[str, float]) -> None:
    tables = synthetic_tables(20, 30, **settings)
    states = robots_by_state(tables, t_s=np.linspace(-1, 40000, 4001))
    assert states.robots.min() >= 0
    np.testing.assert_allclose(states.robots.sum(axis=0), 30, rtol=1e-12)


def test_robots_in_flight_are_those_that_hold_slots(results: rolloutsim.Results) -> None:
    tables = results.tables
    t_s = instants(tables)
    in_flight = of(robots_by_state(tables, t_s=t_s), "downloading", "other in flight", "waiting to be reached")
    assert in_flight.max() > 3
    np.testing.assert_allclose(in_flight, sampled(tables, "in_flight", t_s), atol=1e-9)


def test_verdicts_and_failures_are_those_of_the_timeline(results: rolloutsim.Results) -> None:
    tables = results.tables
    t_s = instants(tables)
    states = robots_by_state(tables, t_s=t_s)
    ended = of(states, "InSync", "converged late", "regressed", "NoResponse", "Failed")
    np.testing.assert_allclose(ended, sampled(tables, "completed", t_s), atol=1e-9)
    robots = tables.robots
    later = np.sort(robots["regressed_s"][robots["status"] == "InSync"].dropna())
    succeeded = of(states, "InSync") + np.searchsorted(later, t_s, side="right") / len(tables.jobs)
    np.testing.assert_allclose(ended - succeeded, sampled(tables, "failed", t_s), atol=1e-9)


def test_robots_in_sync_are_those_of_the_completion_curve(results: rolloutsim.Results) -> None:
    for replicate in results.jobs["replicate"]:
        one = results.tables.one(replicate)
        curve = completion_curve(one, t_s=instants(one))
        states = robots_by_state(results.tables, replicate=replicate, t_s=curve.t_s)
        np.testing.assert_allclose(of(states, "InSync", "converged late", "regressed") / 28, curve.median)


def test_the_mean_is_that_of_the_replicates(results: rolloutsim.Results) -> None:
    t_s = np.linspace(0, 5000, 301)
    singles = [robots_by_state(results.tables, replicate=k, t_s=t_s) for k in range(6)]
    assert {single.n for single in singles} == {1}
    together = robots_by_state(results.tables, t_s=t_s)
    assert together.n == 6
    np.testing.assert_allclose(together.robots, np.mean([single.robots for single in singles], axis=0), atol=1e-12)


def test_robots_of_a_stopped_job_stay_not_started(results: rolloutsim.Results) -> None:
    end = float(results.jobs["time_to_complete_s"].max())
    left = of(robots_by_state(results.tables, t_s=[0.0, end, 100 * end]), "not started")
    expected = results.jobs["not_started"].mean()
    assert left == pytest.approx([left[0], expected, expected])


def test_everything_occurs_in_these_scenarios(tmp_path: Any) -> None:
    path = tmp_path / "states.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    seen: set[str] = set()
    for rules in RULES.values():
        scenario = rolloutsim.load(path)
        for key, value in rules.items():
            scenario = scenario.replace(key, value)
        tables = rolloutsim.simulate(scenario, seed=4).tables
        states = robots_by_state(tables, t_s=instants(tables))
        seen |= {name for name, robots in zip(STATES, states.robots, strict=True) if robots.any()}
    assert seen == set(STATES)


def by_hand(*, steps: list[tuple[int, str, float, float]], **robot: Any) -> Any:
    """Return the tables of one robot: its steps as (attempt, phase, start, end)."""
    empty = empty_tables()
    row = {name: [np.nan] for name in empty.robots} | {"replicate": [0], "robot": [0], "attempts": [1]}
    row |= {
        name: pd.Categorical([None], empty.robots[name].cat.categories)
        for name in ("cohort", "site", "failure_code", "native_status", "ended_by", "phase", "step")
    }
    row |= {"status": [ROBOT_STATUSES.index(robot.pop("status"))]} | {name: [value] for name, value in robot.items()}
    n = len(steps)
    columns = {
        "replicate": np.zeros(n, np.int64),
        "robot": np.zeros(n, np.int64),
        "attempt": [step[0] for step in steps],
        "phase": [PHASES.index(step[1]) for step in steps],
        "step": np.full(n, -1),
        "started_s": [step[2] for step in steps],
        "ended_s": [step[3] for step in steps],
        "failure_code": np.full(n, -1),
    }
    job = synthetic_tables(1, 1).jobs.assign(replicate=0, time_to_complete_s=100.0)
    return empty._replace(jobs=job, robots=conform("robots", row), steps=conform("steps", columns))


def course(tables: Any, t_s: list[float]) -> list[str]:
    """Return the state of the only robot at these instants."""
    states = robots_by_state(tables, t_s=t_s)
    assert (states.robots.max(axis=0) == 1).all()
    return [STATES[i] for i in states.robots.argmax(axis=0)]


def test_a_retried_robot_by_hand() -> None:
    first = [(0, "validating", 10.0, 12.0), (0, "downloading", 12.0, 20.0)]
    second = [(1, "validating", 50.0, 52.0), (1, "downloading", 52.0, 60.0), (1, "extracting", 60.0, 65.0)]
    tables = by_hand(steps=first + second, status="InSync", granted_s=50.0, reported_s=65.0, converged_s=65.0)
    waits, flies, loads = "waiting for a retry", "other in flight", "downloading"
    assert course(tables, [0, 9.9, 10, 12, 19.9, 20, 49.9, 50, 52, 60, 64.9, 65, 99]) == [
        *("not started", "not started", flies, loads, loads, waits, waits, flies, loads, flies, flies, "InSync", "InSync")
    ]
    assert course(tables._replace(steps=None), [0, 49.9, 50, 64.9, 65]) == ["not started", "not started", flies, flies, "InSync"]


def test_a_late_robot_keeps_its_verdict_until_it_converges_by_hand() -> None:
    steps = [(0, "downloading", 5.0, np.nan), (1, "downloading", 45.0, 55.0)]
    tables = by_hand(steps=steps, status="NoResponse", granted_s=5.0, reported_s=30.0, converged_s=60.0)
    assert course(tables, [4.9, 5, 29.9, 30, 50, 59.9, 60]) == [
        *("not started", "downloading", "downloading", "NoResponse", "NoResponse", "NoResponse", "converged late")
    ]


def test_few_instants_are_exact_and_many_equally_spaced() -> None:
    tables = synthetic_tables(1, 4)
    exact = robots_by_state(tables)
    assert set(tables.robots["reported_s"].dropna()) <= set(exact.t_s)
    assert exact.t_s[-1] == tables.jobs["time_to_complete_s"].max()
    spaced = robots_by_state(tables, points=5, until_s=8.0)
    assert spaced.t_s.tolist() == [0.0, 8.0]
    end = float(exact.t_s[-1])
    np.testing.assert_allclose(robots_by_state(tables, points=5).t_s, np.linspace(0, end, 5))


def test_nothing_is_no_robots() -> None:
    states = robots_by_state(empty_tables())
    assert states.n == 0
    assert states.t_s.tolist() == [0.0]
    assert not states.robots.any()


def test_what_is_not_there_is_reported() -> None:
    tables = synthetic_tables(3, 4)
    with pytest.raises(UsageError, match="no replicate 3; they hold 0 to 2"):
        robots_by_state(tables, replicate=3)
    with pytest.raises(UsageError, match="no replicate 0; they are empty"):
        robots_by_state(empty_tables(), replicate=0)
    with pytest.raises(UsageError, match="the table robots is not among these results"):
        robots_by_state(tables._replace(robots=None))  # type: ignore[arg-type]


def test_robots_that_are_offline_wait_to_be_reached_for_as_long_as_they_hold_a_slot() -> None:
    scenario = rolloutsim.scenario.parse("""
fleet: [{cohort: off, robots: 3, connectivity: never}, {cohort: on, robots: 2, link: {rate: 8 Mbit/s}}]
application: {bundle: 10 MB, steps: {preparing: {duration: 5 s}}}
deployment: {deploymentConfig: {robotDeploymentTimeoutInSeconds: 600}}
rules: {concurrency: 5 robots}
""")
    tables = rolloutsim.simulate(scenario, replicates=1, seed=1, executor=1).tables
    states = robots_by_state(tables, t_s=[4.0, 10.0, 604.0, 606.0])
    assert states.robots[STATES.index("waiting to be reached")].tolist() == [0, 3, 3, 0]


def test_histories_of_single_robots_add_up_to_the_states(results: rolloutsim.Results) -> None:
    for replicate in (0, 3):
        histories = robot_histories(results.tables, replicate)
        t_s = instants(results.tables.one(replicate))
        counts = np.zeros((len(STATES), len(t_s)))
        for robot in range(28):
            mine = histories.robot == robot
            at = np.searchsorted(histories.t_s[mine], t_s, side="right") - 1
            state = np.where(at < 0, STATES.index("not started"), np.append(histories.state[mine], 0)[at])
            counts[state, np.arange(len(t_s))] += 1
        np.testing.assert_array_equal(counts, robots_by_state(results.tables, replicate=replicate, t_s=t_s).robots)
