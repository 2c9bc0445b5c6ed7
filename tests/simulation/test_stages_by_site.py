"""Stages that are a share of each site, against examples worked out by hand."""

from __future__ import annotations

import pytest

from rolloutsim.scenario import stage_sizes
from tests.simulation.test_stages import cohorts, run


@pytest.mark.parametrize(
    ("order", "line"),
    [
        ("listed", [[3, 4], [0, 5, 6], [1, 2, 7, 8, 9]]),
        ("priority", [[3, 4], [2, 5, 6], [1, 0, 7, 8, 9]]),
    ],
)
def test_a_share_of_each_site_takes_its_first_robots(order: str, line: list[list[int]]) -> None:
    """Site w has robots 0, 1 and 2, site x 3 and 4, the vans 5 no site, and e 6 to 9: 34 % of them and at least one robot."""
    fleet = [
        {"cohort": "slow", "robots": 1, "site": "w", "priority": 3},
        {"cohort": "fair", "robots": 1, "site": "w", "priority": 2},
        {"cohort": "fast", "robots": 1, "site": "w", "priority": 1},
        {"cohort": "x", "robots": 2, "site": "x", "priority": 4},
        {"cohort": "van", "robots": 1, "priority": 5},
        {"cohort": "e", "robots": 4, "site": "e", "priority": 6},
    ]
    rules = {"order": order, "concurrency": 1, "stages": [{"sites": ["x"]}, {"share": "34 %", "of": "each site"}]}
    scenario = cohorts(*fleet, rules=rules)
    assert stage_sizes(scenario) == tuple(map(len, line))
    _, robots = run(scenario)
    assert robots.sort_values("granted_s").robot.tolist() == [robot for stage in line for robot in stage]


def test_shuffled_robots_of_each_site_are_as_many() -> None:
    fleet = [{"cohort": name, "robots": 10, "site": name} for name in "abc"]
    rules = {"order": "shuffled", "concurrency": 1, "stages": [{"share": "20 %", "of": "each site"}]}
    first = set()
    for seed in range(5):
        _, robots = run(cohorts(*fleet, rules=rules), seed)
        stage = robots.sort_values("granted_s").robot[:6].tolist()
        assert sorted(robot // 10 for robot in stage) == [0, 0, 1, 1, 2, 2]
        first.add(tuple(stage))
    assert len(first) == 5
