"""Connectivity as planners know it: a share of time online, and how long a robot is away."""

from __future__ import annotations

import math
from typing import Any

import pytest

from rolloutsim.distributions import Exponential
from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import Always, Connectivity, Never, Renewal, Scenario, build


def made(connectivity: Any) -> Scenario:
    return build({"fleet": [{"cohort": "a", "robots": 1, "connectivity": connectivity}], "application": {"bundle": "1 MB"}})


def connectivity(availability: Any) -> Connectivity:
    return made({"availability": availability, "offline": "10 min"}).fleet[0].connectivity


def test_exponential_spells_in_equilibrium() -> None:
    """19 of 20 parts of the time online, and 10 min offline: 190 min online."""
    link = connectivity("95 %")
    assert isinstance(link, Renewal)
    assert isinstance(link.up, Exponential)
    assert isinstance(link.down, Exponential)
    assert link.up.mean() == 190 * 60
    assert (link.down.mean(), link.start) == (600, "equilibrium")
    assert math.isclose(link.availability, 0.95)


def test_the_ends_of_the_range() -> None:
    assert connectivity("100 %") == Always()
    assert connectivity(0) == Never()


def test_it_is_a_lever() -> None:
    scenario = made({"availability": "95 %", "offline": "10 min"})
    longer = scenario.replace("fleet.a.connectivity.offline", "20 min").fleet[0].connectivity
    assert isinstance(longer, Renewal)
    assert longer.down.mean() == 1200


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        ({"availability": "95 %"}, "missing-key", "fleet.a.connectivity.offline"),
        ({"offline": "10 min"}, "missing-key", "fleet.a.connectivity.availability"),
        ({"availability": 2, "offline": "10 min"}, "out-of-range", "fleet.a.connectivity.availability"),
        ({"availability": 0.5, "offline": "0 s"}, "out-of-range", "fleet.a.connectivity.offline"),
        ({"availability": 0.5, "offline": "1 s", "down": 3}, "unknown-key", "fleet.a.connectivity.down"),
    ],
)
def test_what_is_refused(raw: Any, code: str, path: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        made(raw)
    assert [(problem.code, problem.path) for problem in caught.value.problems] == [(code, path)]
