"""Recorded traces one to one: each robot replays its own, by hand, in both engines and in the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rolloutsim
from rolloutsim.scenario import Scenario, Trace, build, describe, load
from rolloutsim.scenario.chance import draws_nothing
from tests.expected_errors import expected_error
from tests.simulation.comparison import differences
from tests.simulation.plain_engine import plain_tables

RATES = """\
robot,t,mbps
r3,0,2
r3,60,2
r1,0,8
r2,0,4
r1,60,8
r2,60,4
"""

STATES = """\
robot,t,state
r1,0,connected
r1,300,connected
r2,0,disconnected
r2,100,connected
r3,0,disconnected
r3,200,connected
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rates.csv").write_text(RATES)
    (tmp_path / "states.csv").write_text(STATES)
    return tmp_path


def made(folder: Path, robots: int = 3, *, before: int = 0, **more: Any) -> Scenario:
    """Return robots that need 8 Mbit, after some others."""
    trace = {"time": "t", "group": "robot", "match": "robot", "offset": "aligned", "period": "5 min"}
    cohort: dict[str, Any] = {
        "cohort": "recorded",
        "robots": robots,
        "link": {"trace": {"file": "rates.csv", "rate": "mbps", "unit": "Mbit/s", **trace, **more}},
    }
    if robots == 3:
        cohort["connectivity"] = {"trace": {"file": "states.csv", "online": "state", **trace, **more}}
    others = [{"cohort": "others", "robots": before}] if before else []
    return build({"fleet": [*others, cohort], "application": {"bundle": "1 MB"}}, "test", folder)


@pytest.mark.parametrize("before", [0, 2])
def test_each_robot_has_its_own_in_the_order_of_the_file(folder: Path, before: int) -> None:
    """Rates come in the order r3, r1, r2: 4 s, 1 s and 2 s; states in the order r1, r2, r3: from 0, 100 and 200 s on."""
    scenario = made(folder, before=before)
    robots = rolloutsim.simulate(scenario, replicates=1, seed=1, engine="simpy").robots
    assert list(robots.finished_s)[before:] == [4.0, 101.0, 202.0]
    pd.testing.assert_series_equal(plain_tables(scenario, 1, 0).robots.finished_s, robots.finished_s)
    assert draws_nothing(scenario)
    assert not draws_nothing(made(folder, match="any"))


def test_robots_with_names_have_the_traces_of_their_names(folder: Path) -> None:
    (folder / "robots.csv").write_text("robot,class,site\nr2,a,x\nr1,a,x\nr3,a,y\n")
    (folder / "fleet.yaml").write_text("""\
fleet:
  file: robots.csv
  classes:
    a:
      link: {trace: {file: rates.csv, time: t, rate: mbps, unit: Mbit/s, group: robot, match: robot, offset: aligned}}
      connectivity: {trace: {file: states.csv, time: t, online: state, group: robot, match: robot, offset: aligned, period: 5 min}}
application: {bundle: 1 MB}
""")
    scenario = load(folder / "fleet.yaml")
    robots = rolloutsim.simulate(scenario, replicates=1, seed=1).robots
    assert dict(zip(robots.name, robots.finished_s, strict=True)) == {"r2": 102.0, "r1": 1.0, "r3": 204.0}
    again = build(scenario.resolved())
    assert again.fingerprint() == scenario.fingerprint()
    pd.testing.assert_frame_equal(rolloutsim.simulate(again, replicates=1, seed=1).robots, robots)
    (folder / "robots.csv").write_text("robot,class,site\nr2,a,x\nr1,a,x\nr4,a,y\n")
    (folder / "states.csv").write_text(STATES + "r4,0,up\nr4,1,up\n")
    with expected_error("does-not-fit", "fleet.classes.a.link.trace.match"):
        load(folder / "fleet.yaml")


def test_there_is_one_trace_for_each_robot(folder: Path) -> None:
    for robots in (2, 4):
        with expected_error("does-not-fit", "fleet.recorded.link.trace.match"):
            made(folder, robots)


def test_what_is_written_and_shown(folder: Path) -> None:
    scenario = made(folder)
    assert isinstance(scenario.fleet[0].connectivity, Trace)
    assert build(scenario.resolved()).fingerprint() == scenario.fingerprint() != made(folder, match="any").fingerprint()
    assert sum("one of 3 traces, each robot its own," in line.text for line in describe(scenario)[0].lines) == 2


def test_a_part_of_a_cohort_keeps_its_traces(folder: Path) -> None:
    cohort = made(folder).fleet[0]
    part = cohort.part("later", 1, 3)  # a list that ends begins again
    for own, whole in ((part.link_trace, cohort.link_trace), (part.connectivity, cohort.connectivity)):
        assert isinstance(own, Trace)
        assert isinstance(whole, Trace)
        assert own.patterns == (*whole.patterns[1:], whole.patterns[0])


@pytest.mark.parametrize("offset", ["aligned", "random"])
def test_the_reference_agrees(folder: Path, offset: str) -> None:
    assert list(differences(made(folder, before=2, offset=offset), seed=3, replicates=5)) == []
