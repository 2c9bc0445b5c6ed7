"""What is drawn for many robots at once is to the bit what is drawn for each of them."""

from __future__ import annotations

from dataclasses import asdict

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from rolloutsim.scenario import Scenario, build, parse
from rolloutsim.simulation.model.draw_block import DRAWN, FAIL_PHASE, NOT_TOSSED, begin_drawn, draw_block
from rolloutsim.simulation.model.draws import PHASE_COUNT, draw_keys, draw_robot, identify
from rolloutsim.simulation.model.make_tables import make_plan
from rolloutsim.simulation.model.robot import EXTRACTING, REACHING, VALIDATING, Robot
from tests.searches import search
from tests.simulation.strategies import Raw, raw_scenarios


def new_robot() -> Robot:
    return Robot([0.0] * PHASE_COUNT, [-1.0] * PHASE_COUNT)


def drawn_both_ways(scenario: Scenario, release: int) -> tuple[list[Robot], list[Robot], list[float]]:
    """Return the robots drawn at once and one after the other, and what was drawn at once."""
    plan = make_plan(scenario)
    robots, keys = len(plan.cohort), [0] * (1 + 3 * len(plan.cohorts))
    draw_keys(plan, 7, 3, release, keys, len(plan.cohorts))
    drawn = [0.0] * (robots * DRAWN)
    draw_block(plan, keys, 0, robots, drawn, ([0] * robots, [0.0] * robots, [0.0] * robots))
    many, each = [new_robot() for _ in range(robots)], [new_robot() for _ in range(robots)]
    for index in range(robots):
        identify(plan, many[index], keys, index)
        begin_drawn(plan, many[index], drawn)
        draw_robot(plan, each[index], keys, index)
    return many, each, drawn


@search(60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large])
@given(raw=raw_scenarios(), release=st.integers(0, 1))
def test_random_scenarios(raw: Raw, release: int) -> None:
    many, each, _ = drawn_both_ways(build(raw), release)
    assert [asdict(robot) for robot in many] == [asdict(robot) for robot in each]


OWN = """
fleet:
  - {{cohort: dock, robots: 400, link: {{rate: 8 Mbit/s}}, connectivity: {{renewal: {{up: 90 s, down: {{exponential: {{mean: 60 s}}}}}}}}}}
application:
  bundle: 1 MB
  steps:
    validating: {{failures: {{InvalidGreengrassGroup: 0.3}}}}
    reaching: {{agent_timeout: 30 s, duration: {{exponential: {{mean: 20 s}}}}, failures: {{GreengrassDeploymentFailed: {reaching}}}}}
    extracting: {{duration: 3 s, failures: {{ExtractingBundleFailure: 0.3}}}}
"""


def test_links_timeouts_and_coins_of_robots_alone() -> None:
    many, each, drawn = drawn_both_ways(parse(OWN.format(reaching=0.2)), 0)
    assert [asdict(robot) for robot in many] == [asdict(robot) for robot in each]
    assert {robot.fail_phase for robot in many} == {-1, VALIDATING, REACHING, EXTRACTING}
    assert len({robot.fail_code for robot in many}) == 5, "none, three coins and the agent's timeout"
    assert {robot.up for robot in many} == {True, False}
    assert NOT_TOSSED not in drawn[FAIL_PHASE::DRAWN]


def test_a_coin_that_robots_share_is_tossed_for_each_of_them() -> None:
    many, each, drawn = drawn_both_ways(parse(OWN.format(reaching="{probability: 0.5, per: cohort}")), 0)
    assert [asdict(robot) for robot in many] == [asdict(robot) for robot in each]
    assert set(drawn[FAIL_PHASE::DRAWN]) == {NOT_TOSSED}
