"""A job canceled just after an instant is the same up to it, to the last bit, in both engines; preparing may end with a given code."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given

from rolloutsim.scenario import Scenario, build, parse
from rolloutsim.simulation.model.events import OWN, ROBOT_TIMER
from rolloutsim.simulation.records.log import Columns
from rolloutsim.simulation.replicate import Replicator
from tests.searches import search
from tests.simulation.strategies import Raw, raw_scenarios
from tests.simulation.tie_strategies import tied_scenarios

ENGINES = ("simpy", "compiled")

HAND = """
fleet: [{cohort: dock, robots: 4, link: {rate: 8 Mbit/s}}]
application: {bundle: 10 MB, steps: {preparing: {duration: 5 s}, launching: {duration: 20 s}}}
deployment: {deploymentConfig: {concurrentDeploymentPercentage: 50, robotDeploymentTimeoutInSeconds: 60}}
"""


def history(columns: Columns, t: float) -> dict[str, Any]:
    """Return what happened up to an instant: nothing of it depends on what happens later."""
    robots, holds, steps = columns.robots, columns.holds, columns.steps
    facts: dict[str, Any] = {"job": [columns.job] if columns.job.ended_s <= t else []}
    facts["breached"] = columns.job.breached_s if columns.job.breached_s <= t else math.nan
    known = zip(*(robots[name].tolist() for name in ("index", "reported", "status", "verdict", "ended_by")), strict=True)
    last = {int(row[0]): row for row in known if row[4] in (OWN, ROBOT_TIMER)}  # whether another attempt is denied is not known then
    again = {robot for robot, granted in zip(holds["robot"].tolist(), holds["granted"].tolist(), strict=True) if granted > t}
    facts["verdicts"] = {robot: row for robot, row in last.items() if 0 <= row[1] <= t and robot not in again}
    converged = zip(robots["index"].tolist(), robots["converged"].tolist(), strict=True)
    facts["converged"] = {(robot, at) for robot, at in converged if 0 <= at <= t}
    held = list(zip(*(holds[name].tolist() for name in ("robot", "granted", "freed")), strict=True))
    facts["granted"] = sorted(row[:2] for row in held if row[1] <= t)
    facts["freed"] = sorted(row for row in held if row[2] <= t)
    phases = list(zip(*(steps[n].tolist() for n in ("robot", "attempt", "phase", "started", "ended", "code")), strict=True))
    facts["entered"] = sorted(row[:4] for row in phases if row[3] <= t)
    facts["left"] = sorted(row for row in phases if row[4] <= t)
    return facts


def instants(scenario: Scenario, columns: Columns) -> list[float]:
    """Return the instants at which a job is most likely to go wrong: 0, grants, completions, deadlines, and between them."""
    holds = columns.holds
    some = [*holds["granted"].tolist()[:2], *holds["freed"].tolist()[-2:], *columns.steps["ended"].tolist()[:3]]
    some += [granted + scenario.deployment.robot_timeout for granted in holds["granted"].tolist()[:1]]
    some += [columns.job.ended_s, columns.job.breached_s, columns.job.ended_s / 3]
    return sorted({0.0, *(t for t in some if math.isfinite(t))})


def run(scenario: Scenario, engine: str, **inputs: Any) -> Columns:
    return Replicator(scenario, seed=1, engine=engine).run(0, **inputs)[0]


def check(raw: Raw) -> None:
    scenario = build(raw)
    whole = run(scenario, "simpy")
    simpy, compiled = (Replicator(scenario, seed=1, engine=engine) for engine in ENGINES)
    for t in instants(scenario, whole):
        cut, twin = (replicator.run(0, cancel_after=t)[0] for replicator in (simpy, compiled))
        assert str(history(cut, t)) == str(history(whole, t)), t
        assert str(history(twin, math.inf)) == str(history(cut, math.inf)), t
        assert twin.robots["left"].tolist() == cut.robots["left"].tolist()
        if whole.job.ended_s > t:
            stops = (cut.job.status, cut.job.ended_s) == ("Canceled", math.nextafter(t, math.inf))
            assert stops or cut.job.code in ("FailureThresholdBreached", "FleetDeploymentTimeout") or whole.job.status == "Canceled"


@pytest.mark.slow
@search(15, suppress_health_check=list(HealthCheck))
@given(raw_scenarios())
def test_nothing_changes_up_to_the_instant(raw: Raw) -> None:
    check(raw)


@pytest.mark.slow
@search(15, suppress_health_check=list(HealthCheck))
@given(raw_scenarios(shared=True))
def test_nothing_changes_up_to_the_instant_where_links_are_shared(raw: Raw) -> None:
    check(raw)


@search(15, suppress_health_check=list(HealthCheck))
@given(tied_scenarios())
def test_nothing_changes_up_to_the_instant_where_much_happens_at_once(raw: Raw) -> None:
    check(raw)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("t", "started", "succeeded", "left"),
    [
        (0.0, 0, 0, []),
        (math.nextafter(5.0, 0.0), 0, 0, []),
        (5.0, 2, 0, [10e6, 10e6]),  # granted, and nothing received yet
        (7.0, 2, 0, [8e6, 8e6]),  # 1 MB/s for 2 s
        (15.0, 2, 0, [0, 0]),
        (35.0, 4, 2, [0, 0, 10e6, 10e6]),  # two are done, and the next two have their slots
        (65.0, 4, 4, [0, 0, 0, 0]),  # the job has succeeded at this instant
    ],
)
def test_by_hand(engine: str, t: float, started: int, succeeded: int, left: list[float]) -> None:
    columns = run(parse(HAND), engine, cancel_after=t)
    assert len(columns.robots["index"]) == started
    assert (columns.robots["verdict"] < 0).sum() == succeeded
    assert columns.robots["left"].tolist() == pytest.approx(left)
    assert columns.job.status == ("Succeeded" if t >= 65 else "Canceled")


@pytest.mark.parametrize("engine", ENGINES)
def test_an_instant_near_the_cancel_is_not_moved_to_it(engine: str) -> None:
    """A phase that ends two units in the last place after the cancel ends there: only rules of the scenario are deadlines."""
    t = math.nextafter(math.nextafter(15.0, 0.0), 0.0)
    assert history(run(parse(HAND), engine, cancel_after=t), t) == history(run(parse(HAND), engine), t)
    assert run(parse(HAND), engine, cancel_after=t).job.ended_s == math.nextafter(t, 20.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_preparing_ends_with_a_given_code_before_its_coins(engine: str) -> None:
    for coin in ("", ", failures: {InternalServerError: 1}"):
        scenario = parse(HAND.replace("{duration: 5 s}", f"{{duration: 5 s{coin}}}"))
        job = run(scenario, engine, preparing_code="EtagMismatch").job
        assert (job.status, job.code, job.ended_s, job.stages) == ("Failed", "EtagMismatch", 5.0, 0)
        assert Replicator(scenario, 1, engine=engine).prepared_at(0) == 5.0
    assert run(parse(HAND), engine).job.status == "Succeeded"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_job_is_prepared_when_its_first_robots_get_their_slots(engine: str) -> None:
    scenario = parse("""
    fleet: [{cohort: dock, robots: 2}]
    application:
      bundle: 1 B
      steps: {preparing: {duration: {exponential: {mean: 30 s}}}, launching: {duration: 1 s}}
      release: {bad: {probability: 0.5, steps: {preparing: {duration: {lognormal: {median: 1 h, sigma: 0.3}}}}}}
    """)
    replicator = Replicator(scenario, 3, engine=engine)
    found = [replicator.prepared_at(replicate) for replicate in range(20)]
    assert found == [float(replicator.run(replicate)[0].holds["granted"][0]) for replicate in range(20)]
    assert min(found) < 120 < max(found)


@pytest.mark.parametrize("engine", ENGINES)
def test_parts_of_cohorts_have_the_robots_of_the_whole(engine: str) -> None:
    """Robots in another order and without some of them have the same durations, rates and coins."""
    scenario = parse("""
    fleet:
      - {cohort: dock, robots: 6, link: {rate: {lognormal: {median: 8 Mbit/s, sigma: 0.5}}}}
      - {cohort: ward, robots: 3, link: {rate: 16 Mbit/s, rates: {values: [4, 0, 12], unit: Mbit/s}}}
    application:
      bundle: 10 MB
      steps:
        launching: {duration: {exponential: {mean: 20 s}}, failures: {MissingRobotDeploymentResource: {probability: 0.2, per: robot}}}
    """)
    dock, ward = scenario.fleet
    parts = [ward.part("a", 1, 2), dock.part("b", 3, 3), dock.part("c", 0, 2), ward.part("d", 0, 1)]
    whole = [("dock", number) for number in range(6)] + [("ward", number) for number in range(3)]
    some = [(part.drawn_as, part.first_number + number) for part in parts for number in range(part.robots)]

    def times(scenario: Scenario, robots: list[tuple[str, int]]) -> Iterator[tuple[Any, ...]]:
        found = run(scenario, engine).robots
        return zip(robots, found["reported"].tolist(), found["verdict"].tolist(), strict=True)

    of_whole = {row[0]: row for row in times(scenario, whole)}
    assert list(times(scenario.model_copy(update={"fleet": tuple(parts)}), some)) == [of_whole[robot] for robot in some]
