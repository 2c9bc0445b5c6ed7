"""Stop rows on worked examples: which failures count, of what, from when on, and which of several rows acts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rolloutsim.scenario import Scenario, build, parse
from rolloutsim.simulation.model.make_rules import make_rules
from rolloutsim.simulation.model.rules import is_too_much
from tests.simulation.statistical import assert_proportion
from tests.simulation.worlds import launch, replicates, tables

Raw = dict[str, Any]


def one_by_one(outcomes: str, *rows: Raw, **rules: Any) -> Any:
    """Return the row of `jobs` of robots that are deployed one after the other, 10 s each.

    In `outcomes`, f is a robot that fails, r one that is not ready, t one that is out of time, n one that is never reached and . a success.
    """
    kinds: dict[str, Raw] = {
        ".": {},
        "f": {"architecture": "none"},
        "r": {"steps": {"condition": {"ready": 0}}},
        "t": {"steps": {"launching": {"duration": "1 h"}}},
        "n": {"connectivity": "never"},
    }
    raw = {
        "fleet": [{"cohort": f"c{number}", "robots": 1, **kinds[letter]} for number, letter in enumerate(outcomes)],
        "application": {"bundle": "0 B", "steps": {"validating": {"duration": "10 s"}}},
        "deployment": {
            "deploymentConfig": {
                "robotDeploymentTimeoutInSeconds": 60,
                "downloadConditionFile": {"bucket": "fleet", "key": "ready.sh"},
            }
        },
        "rules": {"concurrency": 1, "stop": list(rows), **rules},
    }
    return tables(build(raw), 1, 1).jobs.iloc[0]


@pytest.mark.parametrize(
    ("outcomes", "row", "results"),
    [
        # the number of results at the stop, 0 = never
        ("f.f.f.", {"at_least": "2 robots"}, 3),
        ("f.f.f.", {"exceeds": "2 robots"}, 5),
        ("f.f.f.", {"exceeds": "3 robots"}, 0),
        ("f.f.f.", {"at_least": "33.33 %"}, 3),  # of 6: more than 1.9998
        ("f.f.f.", {"exceeds": "33.34 %"}, 5),
        ("frtn..", {"at_least": "1 robots", "kinds": ["rejected"]}, 2),
        ("frtn..", {"at_least": "1 robots", "kinds": ["timeout"]}, 3),
        ("frtn..", {"at_least": "1 robots", "kinds": ["no_response"]}, 4),
        ("frtn..", {"at_least": "2 robots", "kinds": ["failed"]}, 0),
        ("rtnf..", {"at_least": "2 robots", "kinds": ["failed", "timeout"]}, 4),
        ("frtn..", {"at_least": "4 robots"}, 4),
        ("f....f", {"at_least": "20 %", "of": "completed", "minimum": 3}, 3),  # 1 of 3, not 1 of 1
        ("f....f", {"at_least": "20 %", "of": "completed", "minimum": 5}, 5),  # 1 of 5, after a success
        ("f....f", {"exceeds": "20 %", "of": "completed", "minimum": 5}, 6),
        ("ff....", {"at_least": "2 robots", "minimum": 4}, 4),
    ],
)
def test_one_row(outcomes: str, row: Raw, results: int) -> None:
    job = one_by_one(outcomes, row)
    if results == 0:
        assert (job.status, job.failed + job.succeeded) == ("Succeeded", len(outcomes))
        assert pd.isna(job.stopped_by)
    else:
        assert (job.failure_code, job.stopped_by, job.overshoot) == ("FailureThresholdBreached", "stop 1", 0)
        assert (job.failed + job.succeeded, job.not_started) == (results, len(outcomes) - results)


def test_the_first_row_that_holds_acts() -> None:
    rows: list[Raw] = [{"kinds": ["failed"], "at_least": "2 robots"}, {"at_least": "2 robots", "then": "abort"}]
    assert one_by_one("rf..", *rows).stopped_by == "stop 2"
    assert one_by_one("ff..", *rows).stopped_by == "stop 1"


def test_a_row_decides_whether_robots_in_flight_end_at_once() -> None:
    fails = {"MissingRobotDeploymentResource": 1}
    steps = [{"duration": "10 s", "failures": fails}, {"duration": "20 s"}, {"duration": "30 s"}]
    for then, failed, ended in (("stop", 1, 30.0), ("abort", 3, 10.0)):
        raw = {
            "fleet": [{"cohort": f"c{number}", "robots": 1, "steps": {"launching": step}} for number, step in enumerate(steps)],
            "application": {"bundle": "0 B"},
            "rules": {"stop": [{"at_least": "1 robots", "then": then}]},
        }
        job = tables(build(raw), 1, 1).jobs.iloc[0]
        assert (job.breached_s, job.time_to_complete_s, job.stopped_by, job.failed) == (10.0, ended, "stop 1", failed)


def test_a_stage_is_judged_by_its_own_failures() -> None:
    stages = [{"robots": 3}, {"robots": 3}]
    row = {"exceeds": "1 robots", "of": "stage"}
    assert one_by_one("f..f..", row, stages=stages).status == "Succeeded"
    job = one_by_one("f..ff.", row, stages=stages)
    assert (job.stopped_by, job.failed, job.not_started, job.stages_reached) == ("stop 1", 3, 1, 2)
    assert one_by_one("f..f..", {"exceeds": "1 robots"}, stages=stages).stopped_by == "stop 1"
    assert one_by_one("f..f..", {"at_least": "33.34 %", "of": "stage"}, stages=stages).status == "Succeeded"
    assert one_by_one("f..f..", {"at_least": "33.33 %", "of": "stage"}, stages=stages).not_started == 5


def test_a_batch_is_judged_by_its_own_failures() -> None:
    rules = {"concurrency": 2, "dispatch": "batch", "evaluate": "batch_end"}
    assert one_by_one("f.f.", {"exceeds": "50 %", "of": "batch"}, **rules).status == "Succeeded"
    job = one_by_one("f.ff.", {"exceeds": "50 %", "of": "batch"}, **rules)
    assert (job.stopped_by, job.not_started) == ("stop 1", 1)


def test_gates_stand_beside_rows_and_count_by_the_rule() -> None:
    stages = [{"robots": 2, "max_failures": 0}]
    assert one_by_one("f...", {"at_least": "3 robots"}, stages=stages).stopped_by == "gate"
    assert one_by_one("f...", {"at_least": "3 robots"}, stages=stages, counts=["timeout"]).status == "Succeeded"


@pytest.mark.parametrize(
    ("old", "row"),
    [
        ({"failure_limit": 2}, {"at_least": "2 robots"}),
        ({"failure_limit": 1, "comparator": "exceeds"}, {"exceeds": "1 robots"}),
        ({"threshold": 30}, {"at_least": "30 %"}),
        ({"threshold": 30, "denominator": "completed", "minimum_completed": 3}, {"at_least": "30 %", "of": "completed", "minimum": 3}),
        ({"threshold": 30, "on_breach": "abort", "comparator": "exceeds"}, {"exceeds": "30 %", "then": "abort"}),
        ({"failure_limit": 1, "counts": ["rejected"]}, {"at_least": "1 robots", "kinds": ["rejected"]}),
    ],
)
def test_the_old_keys_are_one_row(old: Raw, row: Raw) -> None:
    def rules_of(rules: Raw) -> Any:
        threshold = rules.pop("threshold", None)
        config = {} if threshold is None else {"failureThresholdPercentage": threshold}
        return make_rules(launch(10, "1 s", config=config, rules=rules)).stops

    assert rules_of(dict(old)) == rules_of({"stop": [row]})
    assert len(rules_of({"stop": [row]})) == 1


def test_rejections_keep_the_fingerprint_that_they_had_among_failures() -> None:
    of = {counts: parse(f"{START}{counts}}}").fingerprint() for counts in (ALL, "", NOT_REJECTED, "counts: [failed]", "counts: [rejected]")}
    assert of[ALL] == of[""]
    assert len(set(of.values())) == 4


START = "fleet: [{cohort: a, robots: 3}]\napplication: {bundle: 1 MB}\nrules: {failure_limit: 2, "
ALL = "counts: [timeout, failed, rejected, no_response]"
NOT_REJECTED = "counts: [timeout, failed, no_response]"


# Robots that fail by independent coins of probability p: the exact probability of a stop, by dynamic programming over the failures at each
# number of results, which does not depend on the order in which robots end.
COINS = [(0.15, 0.17077), (0.20, 0.84508)]


def coins(p: float, duration: Any) -> Scenario:
    rows = [{"kinds": ["failed"], "at_least": "20 %", "of": "completed", "minimum": 100}]
    failures = {"MissingRobotDeploymentResource": {"probability": p, "per": "robot"}}
    return launch(500, duration, rules={"concurrency": 20, "stop": rows}, failures=failures)


def stop_probability(scenario: Scenario, p: float) -> float:
    (row,) = make_rules(scenario).stops
    alive, stopped = {0: 1.0}, 0.0
    for completed in range(1, scenario.robots + 1):
        after: dict[int, float] = {}
        for failures, probability in alive.items():
            for fails, share in ((0, 1 - p), (1, p)):
                if completed >= row.minimum and is_too_much(row, failures + fails, completed):
                    stopped += probability * share
                else:
                    after[failures + fails] = after.get(failures + fails, 0.0) + probability * share
        alive = after
    return stopped


@pytest.mark.parametrize(("p", "expected"), COINS)
def test_the_probability_of_a_stop_of_the_completed(p: float, expected: float) -> None:
    assert stop_probability(coins(p, "1 s"), p) == pytest.approx(expected, abs=5e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("p", "expected"), COINS)
@pytest.mark.parametrize("duration", ["1 s", {"exponential": {"mean": "1 s"}}], ids=["constant", "exponential"])
def test_stops_are_as_frequent_as_that_whatever_the_timing(p: float, expected: float, duration: Any) -> None:
    stopped = np.array([columns.job.stopped_by == 0 for columns in replicates(coins(p, duration), 1200, 5)])
    assert_proportion(stopped, expected, 0.1)
