"""Robots whose links have constant rates of their own, listed one by one, in both engines."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

import rolloutsim
from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import Scenario, build, parse

#: 1 MB at 8, 2 and 4 Mbit/s takes 1, 4 and 2 s; the fourth robot draws its rate, and the fifth has no link.
FLEET = """\
fleet:
  - {cohort: a, robots: 4, link: {rate: {uniform: {low: 1 Mbit/s, high: 2 Mbit/s}}, rates: {values: [8, 2, 4, 0], unit: Mbit/s}}}
  - {cohort: b, robots: 2, names: [wr-1, wr-2], link: {rates: {values: [0, 16], unit: Mbit/s}}}
application: {bundle: 1 MB}
"""


def downloads(scenario: Scenario, engine: Literal["simpy", "compiled"]) -> np.ndarray:
    """Return the duration of each robot's download (s), by replicate."""
    steps = rolloutsim.simulate(scenario, replicates=20, seed=1, engine=engine).steps
    rows = steps[steps["phase"] == "downloading"]
    return (rows["ended_s"] - rows["started_s"]).to_numpy().reshape(20, 6)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_downloads_take_as_long_as_the_listed_rates_need(engine: Literal["simpy", "compiled"]) -> None:
    scenario = parse(FLEET)
    took = downloads(scenario, engine)
    assert np.allclose(took[:, [0, 1, 2, 4, 5]], [1.0, 4.0, 2.0, 0.0, 0.5], atol=1e-9)
    assert ((took[:, 3] > 4) & (took[:, 3] < 8)).all()
    drawn = downloads(build(scenario.raw).replace("fleet.a.link", {"rate": {"uniform": {"low": "1 Mbit/s", "high": "2 Mbit/s"}}}), engine)
    assert np.array_equal(took[:, 3], drawn[:, 3])  # the luck of a robot does not depend on what others have listed


def test_rates_enter_the_fingerprint_and_names_do_not() -> None:
    scenario = parse(FLEET)
    assert scenario.replace("fleet.b.names", ["x", "y"]).fingerprint() == scenario.fingerprint()
    changed = scenario.replace("fleet.b.link.rates", {"values": [0, 15], "unit": "Mbit/s"})
    assert changed.fingerprint() != scenario.fingerprint()


def test_what_is_written_loads_again() -> None:
    scenario = parse(FLEET)
    again = build(scenario.resolved())
    assert again.fingerprint() == scenario.fingerprint()
    assert again.fleet[1].names == ("wr-1", "wr-2")


def test_many_names_are_packed() -> None:
    names = [f"wr-{number}" for number in range(30)]
    scenario = build({"fleet": [{"cohort": "a", "robots": 30, "names": names}], "application": {"bundle": "1 MB"}})
    written = scenario.resolved()
    assert isinstance(written["fleet"][0]["names"], str)
    assert build(written).fleet[0].names == tuple(names)


@pytest.mark.parametrize(
    ("path", "value", "code", "at"),
    [
        ("fleet.b.names", ["x"], "does-not-fit", "fleet.b.names"),
        ("fleet.b.names", ["x", "y\n"], "malformed", "fleet.b.names[1]"),
        ("fleet.b.robots", 3, "does-not-fit", "fleet.b.names"),
        ("fleet.a.link.rates.values", [1], "does-not-fit", "fleet.a.link.rates"),
        ("fleet.a.link.rates.values", [1, 2, 3, -4], "out-of-range", "fleet.a.link.rates.values[3]"),
        ("fleet.a.link.rates.values", [1, 2, 3, 1e300], "out-of-range", "fleet.a.link.rates"),
    ],
)
def test_lists_that_do_not_fit(path: str, value: object, code: str, at: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(FLEET).replace(path, value)
    assert (code, at) in [(problem.code, problem.path) for problem in caught.value.problems]
