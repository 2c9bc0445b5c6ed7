"""The engine's loop in plain Python gives the tables of the SimPy model, to the last bit: what is compiled is read here line by line."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from rolloutsim.scenario import Scenario, build, parse
from rolloutsim.simulation.engines.compiled import robot_steps as passage
from rolloutsim.simulation.engines.compiled.loop import STOP
from rolloutsim.simulation.engines.compiled.state import ATTEMPTS, FLOWS, HOLDS, USES
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.replicate import Replicator
from rolloutsim.study.verify import first_difference
from tests.searches import search
from tests.simulation.plain_engine import plain_room, plain_tables, run_plainly
from tests.simulation.strategies import Raw, raw_scenarios
from tests.simulation.test_engines import TIES

HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def differences(scenario: Scenario, replicates: int, seed: int = 5) -> list[str]:
    found = []
    simpy = Replicator(scenario, seed)
    for replicate in range(replicates):
        recorder = Recorder(scenario, record=[replicate])
        recorder.add(replicate, *simpy.run(replicate))
        found.append(first_difference(replicate, recorder.tables(), plain_tables(scenario, seed, replicate)))
    return [str(each) for each in found if each is not None]


@pytest.mark.slow
@search(10, suppress_health_check=HEALTH)
@given(raw=raw_scenarios())
def test_random_scenarios(raw: Raw) -> None:
    assert differences(build(raw), 1) == []


@pytest.mark.slow
@search(10, suppress_health_check=HEALTH)
@given(raw=raw_scenarios(shared=True))
def test_random_scenarios_with_shared_links(raw: Raw) -> None:
    assert differences(build(raw), 1) == []


@pytest.mark.parametrize("offline", ["hold", "wait"])
@pytest.mark.parametrize("on_breach", ["abort", "finish"])
@pytest.mark.parametrize(("interrupted", "cancel", "percentage"), [("resume", "never", 40), ("restart", "75 s", 100)])
def test_ties_over_shared_links(interrupted: str, cancel: str, percentage: int, on_breach: str, offline: str) -> None:
    text = TIES.format(interrupted=interrupted, cancel=cancel, percentage=percentage, on_breach=on_breach, offline=offline)
    assert differences(parse(text), 3) == []


@pytest.mark.slow
@pytest.mark.parametrize("on_breach", ["abort", "finish"])
@pytest.mark.parametrize("shared", [False, True], ids=["own links", "shared links"])
@search(5, suppress_health_check=HEALTH)
@given(data=st.data())
def test_robots_that_look_a_little_way_ahead_and_flows_that_are_counted_soon(on_breach: str, shared: bool, data: st.DataObject) -> None:
    """The counts are what they are at the end, to the last bit, whatever was ahead when the job was called off."""
    raw = data.draw(raw_scenarios(shared=shared))
    scenario = build({**raw, "rules": {**{key: value for key, value in raw["rules"].items() if key != "stop"}, "on_breach": on_breach}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passage, "FAR", 1)
        assert differences(scenario, 1) == []
        reduced = plain_tables(scenario, 5, 0, full=0)
    expected = plain_tables(scenario, 5, 0)
    for name in ("jobs", "cohorts", "failure_codes"):
        pd.testing.assert_frame_equal(getattr(reduced, name), getattr(expected, name), check_exact=True)


@pytest.mark.parametrize("rule", ["on_breach: abort, failure_limit: 2 robots", "cancel_at: 70 s", "fleet_timeout: 70 s"])
def test_a_job_that_ends_late_robots_too(rule: str) -> None:
    """Robots time out offline and install late while others are in flight; then the job is called off."""
    text = f"""
    fleet: [{{cohort: a, robots: 8, connectivity: {{renewal: {{up: 40 s, down: {{exponential: {{mean: 60 s}}}}}}}}}}]
    application: {{bundle: 1 MB, steps: {{reaching: {{duration: 20 s}}, launching: {{duration: 50 s}}}}}}
    deployment: {{deploymentConfig: {{robotDeploymentTimeoutInSeconds: 60}}}}
    rules: {{concurrency: 4 robots, {rule}}}
    """
    assert differences(parse(text), 6) == []


SITES = pytest.mark.parametrize("site", ["", "site: hall,"], ids=["alone", "shared"])


@SITES
@pytest.mark.parametrize("rule", ["cancel_at: 70 s", "failure_limit: 1 robots, on_breach: abort, counts: [no_response]"])
def test_a_job_that_ends_while_a_robot_only_has_to_report(rule: str, site: str) -> None:
    """The first four are done at 50 s, offline from 40 s to 100 s; their timers expire at 60 s."""
    text = f"""
    fleet: [{{cohort: a, robots: 8, {site} connectivity: {{renewal: {{up: 40 s, down: 60 s, start: up}}}}}}]
    network: {{sites: {{hall: {{downlink: 8 Mbit/s}}}}}}
    application: {{bundle: 1 kB, steps: {{launching: {{duration: 50 s}}}}}}
    deployment: {{deploymentConfig: {{robotDeploymentTimeoutInSeconds: 60}}}}
    rules: {{concurrency: 4 robots, {rule}}}
    """
    assert differences(parse(text), 2) == []


@SITES
@pytest.mark.parametrize("dispatch", ["window", "batch"])
@pytest.mark.parametrize("limit", ["1 robots, on_breach: abort", "1 robots", "2 robots, cancel_at: 9 s"])
def test_robots_that_fail_the_instant_they_start(limit: str, dispatch: str, site: str) -> None:
    """The limit is passed while others of the batch have still to start; what is stopped may be called off later."""
    text = f"""
    fleet: [{{cohort: a, robots: 9, {site}}}]
    network: {{sites: {{hall: {{downlink: 8 kbit/s}}}}}}
    application:
      bundle: 10 kB
      steps: {{validating: {{duration: 0 s, failures: {{InternalServerError: {{probability: 0.5, per: robot}}}}}}}}
    rules: {{concurrency: 4 robots, dispatch: {dispatch}, failure_limit: {limit}}}
    """
    assert differences(parse(text), 3) == []


QUEUES = """
fleet:
  - {{cohort: near, robots: 8, site: hall, connectivity: {{renewal: {{up: 10 s, down: 5 s, start: up}}}}}}
  - {{cohort: road, robots: 6, connectivity: {{renewal: {{up: {{exponential: {{mean: 40 s}}}}, down: 30 s}}}}}}
network: {{sites: {{hall: {{downlink: 16 kbit/s}}}}}}
application:
  bundle: 5 kB
  steps:
    validating: {{duration: 5 s}}
    condition: {{duration: 3 s, ready: 0.5, recheck: 20 s}}
    launching: {{duration: 20 s, failures: {{MissingRobotDeploymentResource: {{probability: 0.4, per: robot}}}}}}
deployment: {{deploymentConfig: {{robotDeploymentTimeoutInSeconds: 60, downloadConditionFile: {{bucket: fleet, key: ready.sh}}}}}}
rules:
  concurrency: 4 robots
  condition: defer
  retries: {{codes: [MissingRobotDeploymentResource], max: 2, backoff: 15 s, slot: queue}}
  dispatch: {dispatch}
  offline: {offline}
  {rule}
"""
GATES = "stages: [{robots: 3, soak: 12 s}, {robots: 4, soak: 30 s, max_failure_share: 50 %}]"
STRICT = "stages: [{robots: 3, max_failures: 0}, {robots: 4, max_failures: 1}]"


@pytest.mark.parametrize("offline", ["hold", "skip", "wait"])
@pytest.mark.parametrize("dispatch", ["window", "batch"])
@pytest.mark.parametrize("rule", ["cancel_at: 70 s", GATES, STRICT], ids=["cancel", "gates", "strict"])
def test_second_attempts_and_gates(rule: str, dispatch: str, offline: str) -> None:
    assert differences(parse(QUEUES.format(rule=rule, dispatch=dispatch, offline=offline)), 2) == []


@pytest.mark.parametrize("offline", ["hold", "skip", "wait"])
def test_limits_that_count_robots_of_groups(offline: str) -> None:
    text = f"""
    fleet:
      - {{cohort: near, robots: 5, site: hall, connectivity: {{renewal: {{up: 70 s, down: 20 s}}}}}}
      - {{cohort: far, robots: 4, site: yard, connectivity: {{renewal: {{up: 90 s, down: 30 s}}}}}}
    application: {{bundle: 0 B, steps: {{launching: {{duration: 20 s, failures: {{MissingRobotDeploymentResource: 0.3}}}}}}}}
    rules:
      offline: {offline}
      order: shuffled
      retries: {{codes: [MissingRobotDeploymentResource], max: 2, backoff: 15 s, slot: queue}}
      limits: [{{max: 4 robots, per: site, counts: [in_flight, offline]}}, {{max: 2 robots, of: [far]}}, {{max: 3 robots}}]
    """
    assert differences(parse(text), 3) == []


def a_queue() -> Scenario:
    return parse(QUEUES.format(rule="cancel_at: 200 s", dispatch="window", offline="hold"))


def test_without_steps_everything_else_is_the_same() -> None:
    full, bare = (plain_tables(a_queue(), 5, 0, steps=steps) for steps in (True, False))
    assert len(bare.steps) == 0 < len(full.steps)
    assert first_difference(0, full._replace(steps=bare.steps, timeline=bare.timeline, slot_time=bare.slot_time), bare) is None
    state = plain_room(a_queue(), 5, 0, steps=False)
    run_plainly(a_queue(), state)
    assert state.ends[ATTEMPTS] == state.ends[HOLDS] == 0


@pytest.mark.parametrize("on_breach", ["abort", "finish"])
def test_a_batch_of_second_attempts_is_sent_home_while_it_starts(on_breach: str) -> None:
    """Two attempts at most, both fail at once: the limit is passed when some have had their second and others have yet to."""
    text = f"""
    fleet: [{{cohort: a, robots: 6, site: hall}}]
    network: {{sites: {{hall: {{downlink: 8 kbit/s}}}}}}
    application:
      bundle: 10 kB
      steps: {{validating: {{duration: 0 s, failures: {{InternalServerError: {{probability: 1, per: robot}}}}}}}}
    rules:
      concurrency: 6 robots
      dispatch: batch
      failure_limit: 2 robots
      on_breach: {on_breach}
      retries: {{codes: [InternalServerError], max: 1, backoff: 1 s, slot: queue}}
    """
    assert differences(parse(text), 1) == []


@pytest.mark.parametrize("rows", [0, 1])
def test_buffers_that_are_too_small_show_how_large_they_should_have_been(rows: int) -> None:
    """Everything else is as it would be."""
    large, small = plain_room(a_queue(), 5, 0), plain_room(a_queue(), 5, 0, rows=rows)
    for state in (large, small):
        run_plainly(a_queue(), state)
    assert all(small.ends[which] >= large.ends[which] > small.sizes[which] for which in (ATTEMPTS, HOLDS, FLOWS, USES))
    assert small.robots == large.robots
    assert small.job.ended == large.job.ended


def test_the_engine_stops_when_the_flag_is_set() -> None:
    state = plain_room(a_queue(), 5, 0)
    state.stop_flag[STOP] = 1
    run_plainly(a_queue(), state)
    assert state.ends == [0] * 5
    assert state.counters.now == state.counters.entries == 0
    assert set(state.reachable) <= {0, 1}
