"""How results of studies are shown in Python: one line, and a frame with readable units."""

from __future__ import annotations

import pytest

import rolloutsim
from rolloutsim.scenario import Scenario, parse


@pytest.fixture(scope="module")
def ten() -> Scenario:
    """Return ten robots, one after the other, that take 3500 s in all."""
    fleet = "scenario: ten\nfleet: [{cohort: dock, robots: 10, link: {rate: 8 Mbit/s}}]\napplication: {bundle: 350 MB}"
    return parse(fleet + "\nrules: {concurrency: 1}\nseed: 7")


def test_a_comparison(ten: Scenario) -> None:
    two = ten.replace_all({"scenario": "two", "concurrency": "2 robots"})
    found = rolloutsim.compare(ten, two, metrics=["time_to_complete"], replicates=2, executor=1)
    assert repr(found) == "<Comparison of two with ten: 1 better; seed 7>"
    assert found.frame["text"].tolist() == ["-29.2 min"]  # 1750 s less


def test_checks(ten: Scenario) -> None:
    checked = ten.replace("checks", ["time_to_complete <= 1 h", "succeeded_share >= 50 %", "failed >= 1"])
    found = rolloutsim.check(checked, replicates=2, executor=1)
    assert repr(found) == "<Checks of ten: 2 pass, 1 fail; 2 replicates, seed 7>"
    assert found.frame["text"].tolist() == ["58.3 min", "100 %", "0"]
    assert found.frame["outcome"].tolist() == ["pass", "pass", "fail"]


def test_a_plan(ten: Scenario) -> None:
    levers = {"concurrency": ["1 robot", "5 robots"]}
    found = rolloutsim.plan(ten, "time_to_complete.mean", levers=levers, replicates=2, max_replicates=2, executor=1)
    assert repr(found) == "<PlanResult of ten: best rules.concurrency=5 of 2 settings by time_to_complete.mean; seed 7>"
    assert found.frame["text"].tolist() == ["11.7 min", "58.3 min"]


def test_a_sensitivity(ten: Scenario) -> None:
    uniform = {"application.bundle": {"uniform": {"low": "300 MB", "high": "400 MB"}}}
    found = rolloutsim.sensitivity(ten.replace("sweep", {"uncertainties": uniform}), size=2, replicates=2, executor=1)
    assert repr(found) == "<Sensitivity of ten (morris): time_to_complete.mean moved most by application.bundle; seed 7>"
    assert found.frame["text"].tolist() == ["16.7 min [16.7, 16.7]", "16.7 min [16.7, 16.7]", "0 s [0, 0]"]
