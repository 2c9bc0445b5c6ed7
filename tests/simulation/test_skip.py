"""`offline: skip` by hand: a free slot goes to the first robot in line that is online; if nothing else is left, as under hold."""

from __future__ import annotations

import pytest

from rolloutsim import simulate
from rolloutsim.scenario import parse
from rolloutsim.simulation.records.outcomes import Tables
from tests.simulation.comparison import differences
from tests.simulation.plain_engine import plain_tables

ROBOT = "  - {{cohort: {name}, robots: 1, connectivity: {link}}}\n"
REST = "application: {{bundle: 0 B, steps: {{launching: {{duration: 10 s}}}}}}\nrules: {{{rules}}}\n"


def granted(fleet: dict[str, int], rules: str) -> dict[str, float]:
    """Return when each robot gets its slot; given for each when it first comes online (s), to stay so."""
    links = {name: f"{{renewal: {{up: 10 d, down: {up} s, start: down}}}}" if up else "always" for name, up in fleet.items()}
    robots = "".join(ROBOT.format(name=name, link=link) for name, link in links.items())
    scenario = parse(f"fleet:\n{robots}{REST.format(rules=rules)}")
    assert list(differences(scenario, 1, 1)) == []
    found = [_granted(tables) for tables in (simulate(scenario, replicates=1, seed=1), plain_tables(scenario, 1, 0))]
    assert found[0] == found[1]
    return found[0]


def _granted(tables: Tables) -> dict[str, float]:
    return {str(cohort): float(t) for cohort, t in zip(tables.robots.cohort, tables.robots.granted_s, strict=True)}


ALL_OFFLINE = {"a": 50, "b": 500, "c": 20}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # Each holds the only slot until it has been online for 10 s.
        ("hold", {"a": 0.0, "b": 60.0, "c": 510.0}),
        # The first holds the slot; then c is online, before b; when it is done nothing is left but b.
        ("skip", {"a": 0.0, "b": 70.0, "c": 60.0}),
        ("wait", {"a": 50.0, "b": 500.0, "c": 20.0}),
    ],
)
def test_all_robots_offline_at_the_start(rule: str, expected: dict[str, float]) -> None:
    assert granted(ALL_OFFLINE, f"concurrency: 1 robots, offline: {rule}") == expected


def test_with_all_offline_as_many_as_there_are_slots_are_granted_once() -> None:
    """Two of the five hold the two slots, until 60 s and 510 s; from then on slots go to those online, and c waits while b is in flight."""
    fleet = {"a": 50, "b": 500, "c": 700, "d": 20, "e": 65}
    assert granted(fleet, "concurrency: 2 robots, offline: skip") == {"a": 0.0, "b": 0.0, "d": 60.0, "e": 70.0, "c": 510.0}


def test_a_stage_looks_at_its_own_robots_only() -> None:
    """Of the first stage y is online; its end leaves nothing in flight, so x holds a slot until it is online; z is in the next stage."""
    fleet = {"x": 100, "y": 0, "z": 0}
    assert granted(fleet, "concurrency: 2 robots, offline: skip, stages: [{robots: 2}]") == {"x": 10.0, "y": 0.0, "z": 110.0}
    assert granted(fleet, "concurrency: 2 robots, offline: hold, stages: [{robots: 2}]") == {"x": 0.0, "y": 0.0, "z": 110.0}


def test_a_batch_is_of_those_online_and_the_fallback_forms_one() -> None:
    """First q and r; at 10 s none is online: p and s are a batch until 210 s; then u alone, and v when nothing else is left."""
    fleet = {"p": 30, "q": 0, "r": 0, "s": 200, "v": 1000, "u": 15}
    expected = {"p": 10.0, "q": 0.0, "r": 0.0, "s": 10.0, "v": 220.0, "u": 210.0}
    assert granted(fleet, "concurrency: 2 robots, offline: skip, dispatch: batch") == expected


def test_a_robot_that_waits_for_its_next_attempt_is_not_in_line() -> None:
    """The first attempt fails at 10 s; while it pauses nothing is left in line but the offline robot, which then holds the slot."""
    text = """
    fleet:
      - cohort: a
        robots: 1
        steps: {launching: {failures: {MissingRobotDeploymentResource: {probability: 1, per: robot}}}}
      - {cohort: b, robots: 1, connectivity: {renewal: {up: 10 d, down: 100 s, start: down}}}
    application: {bundle: 0 B, steps: {launching: {duration: 10 s}}}
    rules:
      concurrency: 1 robots
      offline: skip
      retries: {codes: [MissingRobotDeploymentResource], max: 1, backoff: 5 s, slot: queue}
    """
    assert list(differences(parse(text), 1, 1)) == []
    for tables in (simulate(parse(text), replicates=1, seed=1), plain_tables(parse(text), 1, 0)):
        assert _granted(tables) == {"a": 110.0, "b": 10.0}
