"""Comparisons whose answer is a law: with the same draws, scaling every duration scales every time, and more slots delay no robot."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

import rolloutsim
from rolloutsim import Scenario, SimulationError, StoreError, UsageError, compare, simulate
from rolloutsim.analysis import mean
from rolloutsim.scenario import build
from rolloutsim.study import Comparison, comparing
from rolloutsim.study.comparing import METRICS
from tests.study.worlds import aborting, crash_at, waiting

TIME = ["time_to_complete"]


def verdicts(found: Comparison, number: int = 0) -> dict[str, str]:
    return {str(row.query): row.verdict for row in found.alternatives[number].metrics}


def slots(percentage: int) -> Scenario:
    return waiting(robots=12).replace("deployment.deploymentConfig.concurrentDeploymentPercentage", percentage)


def test_twice_as_slow_is_twice_as_slow_in_every_replicate() -> None:
    found = compare(waiting("10 s"), waiting("20 s"), metrics=["time_to_complete", "time_to_complete.p50"], replicates=50)
    for row in found.alternatives[0].metrics:
        assert (row.ratio.low, row.ratio.best, row.ratio.high) == pytest.approx((2.0, 2.0, 2.0))
        assert row.difference.best == pytest.approx(row.reference.best)
        assert row.verdict == "worse"
        assert row.p_value < 0.01


def test_more_slots_delay_no_robot_and_the_pairs_show_it_at_once() -> None:
    found = compare(slots(50), slots(60), metrics=TIME, replicates=40)
    (row,) = found.alternatives[0].metrics
    assert row.verdict == "better"
    assert row.difference.high < 0
    # The two intervals side by side would not show it.
    assert row.alternative.high > row.reference.low
    width = row.difference.high - row.difference.low
    apart = (row.reference.high - row.reference.low) + (row.alternative.high - row.alternative.low)
    assert width < apart / 3


def test_nothing_differs_from_itself() -> None:
    # Another scenario that differs in nothing that shows: all that happens is over long before its robots are no longer followed.
    found = compare(aborting(), aborting().replace("rules.observe", "29 d"), replicates=80)
    assert set(verdicts(found).values()) == {"~"}
    assert list(verdicts(found)) == [str(rolloutsim.analysis.parse_metric(text)) for text in METRICS]  # type: ignore[attr-defined]
    assert {row.difference.note for row in found.alternatives[0].metrics} == {"the same in every pair"}
    assert {row.p_value for row in found.alternatives[0].metrics} == {1.0}
    assert (found.outcome, found.alternatives[0].pairs) == ("pass", 80)


def test_where_links_are_shared_their_peak_is_compared_too() -> None:
    shared = waiting("10 s").replace("network.origin", "1 Gbit/s")
    assert str(rolloutsim.analysis.parse_metric("peak_bit_rate")) in verdicts(
        compare(shared, shared.replace("network.origin", "2 Gbit/s"), replicates=80)
    )  # type: ignore[attr-defined]
    assert len(verdicts(compare(shared, waiting("10 s"), replicates=80))) == len(METRICS)


def test_which_way_is_better_is_the_metrics() -> None:
    found = compare(
        aborting(),
        aborting(failure=0.3),
        metrics=["abort_probability", "success_probability", "not_started", "failed_share"],
        replicates=100,
    )
    assert list(verdicts(found).values()) == ["worse", "worse", "higher", "worse"]


def test_a_gate_fails_only_beyond_its_tolerance() -> None:
    slower = compare(waiting("10 s"), waiting("11 s"), metrics=TIME, fail_if_worse=["time_to_complete 5%"], replicates=40)
    assert slower.alternatives[0].gates[0].outcome == "fail"
    assert slower.outcome == "fail"
    for size in ("20%", "10 s", "10.0001%"):
        tolerated = compare(waiting("10 s"), waiting("11 s"), metrics=TIME, fail_if_worse=[f"time_to_complete {size}"], replicates=40)
        assert verdicts(tolerated) == {"time_to_complete.mean": "worse"}
        assert tolerated.outcome == "pass"
    assert compare(waiting("11 s"), waiting("10 s"), fail_if_worse=["time_to_complete 1%"], replicates=40).outcome == "pass"


@pytest.mark.numbers
def test_a_gate_fails_only_if_that_is_significant() -> None:
    # One failure more in a hundred jobs is more than the tolerance, but no evidence.
    arguments: dict[str, Any] = {"metrics": ["abort_probability"], "fail_if_worse": ["abort_probability 0.001"]}
    few = compare(aborting(failure=0.05), aborting(failure=0.053), replicates=100, **arguments)
    assert few.alternatives[0].metrics[0].difference.best > 0.001
    assert few.outcome == "pass"
    assert compare(aborting(failure=0.05), aborting(failure=0.1), replicates=100, **arguments).outcome == "fail"


def test_more_is_worse_where_higher_is_better() -> None:
    gates = ["success_probability 0.05", "success_probability 10%"]
    found = compare(aborting(), aborting(failure=0.2), metrics=["success_probability"], fail_if_worse=gates, replicates=100)
    assert [gate.outcome for gate in found.alternatives[0].gates] == ["fail", "fail"]
    assert compare(aborting(failure=0.2), aborting(), fail_if_worse=gates, replicates=100).outcome == "pass"


def test_a_gate_that_cannot_be_compared_is_undecided() -> None:
    found = compare(waiting(), waiting("40 s"), metrics=TIME, fail_if_worse=["time_to_complete[failed] 5%"], replicates=40)
    assert found.alternatives[0].gates[0].outcome == "undecided"
    assert found.outcome == "undecided"
    assert list(verdicts(found)) == ["time_to_complete.mean", "time_to_complete[failed].mean"]
    assert found.alternatives[0].metrics[1].difference.note == "not estimable, needs 2"


def test_never_is_worse_than_any_time() -> None:
    found = compare(
        waiting(), aborting(robots=20, failure=1.0), metrics=["time_to_reach_100"], fail_if_worse=["time_to_reach_100 50%"], replicates=40
    )
    assert found.alternatives[0].metrics[0].difference.best == math.inf
    assert (verdicts(found), found.outcome) == ({"time_to_reach_100.mean": "worse"}, "fail")


def test_holm_is_over_all_metrics_and_alternatives(monkeypatch: pytest.MonkeyPatch) -> None:
    families: list[int] = []

    def spy(p_values: list[float]) -> list[float]:
        families.append(len(p_values))
        return [1.0] * len(p_values)

    monkeypatch.setattr(comparing, "holm", spy)
    metrics = ["time_to_complete", "failed"]
    found = compare(waiting(), waiting("20 s"), waiting("30 s"), metrics=metrics, fail_if_worse=["failed 1"], replicates=40)
    assert families == [4, 2]
    assert set(verdicts(found).values()) == {"~"}, "what Holm takes away is not shown as decided"


def test_the_reference_decides_how_many_and_which_seed() -> None:
    found = compare(waiting(replicates=11, seed=8), waiting("30 s", replicates=30, seed=9), metrics=TIME)
    assert (found.seed, found.alternatives[0].pairs) == (8, 11)
    again = compare(waiting(replicates=30, seed=9), waiting("30 s"), metrics=TIME, replicates=11, seed=8)
    assert again.alternatives[0].metrics[0].reference == found.alternatives[0].metrics[0].reference


def test_names_distinguish_scenarios(tmp_path: Path) -> None:
    found = compare(waiting("10 s"), waiting("20 s"), waiting("30 s", scenario="other"), metrics=TIME, replicates=2)
    assert [found.reference, *(each.name for each in found.alternatives)] == ["waiting (1)", "waiting (2)", "other"]
    files = []
    for name, robots in (("a", 1), ("b", 2)):
        (tmp_path / f"{name}.yaml").write_text(
            f"fleet: [{{cohort: x, robots: {robots}}}]\napplication: {{bundle: 1 MB}}\n", encoding="utf-8"
        )
        files.append(rolloutsim.load(tmp_path / f"{name}.yaml"))
    named = compare(*files, metrics=TIME, replicates=2)
    assert [named.reference, named.alternatives[0].name] == ["a", "b"]


def test_conditions_and_cohorts() -> None:
    raw = aborting().raw
    bad = {
        "probability": 0.3,
        "steps": {"launching": {"failures": {"MissingRobotDeploymentResource": {"probability": 0.4, "per": "robot"}}}},
    }
    one = build({**raw, "application": {**raw["application"], "release": {"bad": bad}}})
    metrics = ["abort_probability[good]", "time_to_complete[succeeded]", "failed[robots]"]
    found = compare(one, one.replace("rules.comparator", "exceeds"), metrics=metrics, replicates=150)
    good, succeeded, _ = found.alternatives[0].metrics
    assert good.difference.n == good.reference.n < 150
    assert good.verdict == "better"
    # Fewer abort, so more succeed.
    assert succeeded.alternative.n > succeeded.reference.n
    assert succeeded.difference.best == pytest.approx(succeeded.alternative.best - succeeded.reference.best)


def test_a_saved_baseline_is_the_reference(tmp_path: Path) -> None:
    simulate(waiting("10 s"), replicates=30, seed=4).save(tmp_path)
    found = compare(waiting("11 s"), metrics=TIME, fail_if_worse=["time_to_complete 5%"], baseline=tmp_path)
    live = compare(waiting("10 s"), waiting("11 s"), metrics=TIME, fail_if_worse=["time_to_complete 5%"], replicates=30, seed=4)
    assert (found.reference, found.seed) == ("waiting (baseline)", 4)
    assert found.alternatives[0]._replace(name="") == live.alternatives[0]._replace(name="")
    fewer = compare(waiting("11 s"), metrics=TIME, baseline=str(tmp_path), replicates=10)
    assert fewer.alternatives[0].pairs == 10
    assert fewer.alternatives[0].metrics[0].reference.n == 10


def test_a_baseline_that_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match="holds no complete results"):
        compare(waiting(), baseline=tmp_path / "nowhere")
    simulate(waiting(), replicates=3, seed=4).save(tmp_path)
    with pytest.raises(UsageError, match="the baseline has seed 4, and only the same seed gives the same random numbers"):
        compare(waiting(), baseline=tmp_path, seed=5)
    with pytest.raises(UsageError, match="the baseline has 3 replicates, and 4 are asked for"):
        compare(waiting(), baseline=tmp_path, replicates=4)
    monkeypatch.setattr(comparing, "MODEL_VERSION", 99)
    with pytest.raises(StoreError, match=r"of model version \d+, this is version 99, in which the same scenario gives other numbers"):
        compare(waiting(), baseline=tmp_path)


def test_everything_wrong_is_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    crash_at(monkeypatch)
    with pytest.raises(UsageError) as raised:
        compare(waiting(), aborting(), metrics=["tme", "failed[robtos]"], fail_if_worse=["peak_in_flight 5%", "failed"])
    lines = str(raised.value).splitlines()
    assert lines[0].startswith("tme: there is no metric tme")
    assert lines[1].startswith("failed[robtos]: [robtos] is neither")
    assert lines[1].endswith("(in waiting)")
    assert lines[2].endswith("(in aborting)")
    assert lines[3].startswith("failed: a metric and a distance are needed")
    assert lines[4] == "peak_in_flight 5%: neither more nor less of peak_in_flight is worse"
    with pytest.raises(
        UsageError, match="two scenarios are needed to compare: name a second one, or add --against PATH=VALUE, or --baseline DIR"
    ):
        compare(waiting())


def test_crashed_replicates_are_no_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rolloutsim.study.execution.tasks._GROWTH", 1)  # each task is a replicate
    crash_at(monkeypatch, 2)
    found = compare(waiting("10 s"), waiting("20 s"), metrics=TIME, replicates=10)
    assert found.outcome == "crashed"
    assert found.alternatives[0].pairs == 9
    assert [crash.replicate for crash in (*found.crashes, *found.alternatives[0].crashes)] == [2, 2]
    crash_at(monkeypatch)
    with pytest.raises(SimulationError, match="all 10 replicates crashed"):
        compare(waiting(), waiting("30 s"), metrics=TIME, replicates=10)


def test_it_can_be_written_as_json() -> None:
    told = compare(waiting(), waiting("20 s"), metrics=TIME, fail_if_worse=["time_to_complete 5%"], replicates=30).to_json()
    (alternative,) = told["alternatives"]
    assert (told["outcome"], told["reference"], alternative["pairs"]) == ("fail", "waiting (1)", 30)
    (row,) = alternative["metrics"]
    assert (row["metric"], row["verdict"]) == ("time_to_complete.mean", "worse")
    assert row["ratio"]["best"] == pytest.approx(2.0)
    assert [each["fingerprint"] for each in told["manifests"]] == [waiting().fingerprint(), waiting("20 s").fingerprint()]
    assert alternative["gates"][0]["fail_if_worse"] == "time_to_complete 5%"


def test_the_reference_is_a_run_of_its_own() -> None:
    found = compare(waiting(), waiting("20 s"), metrics=TIME, replicates=30)
    values = simulate(waiting(), replicates=30).jobs["time_to_complete_s"]
    assert found.alternatives[0].metrics[0].reference == mean(values, unit="s")


def test_the_same_scenario_is_refused_also_under_another_name() -> None:
    with pytest.raises(UsageError, match="scenario 3 is the same as the first one"):
        compare(aborting(), aborting(failure=0.2), aborting().replace("scenario", "other"))
