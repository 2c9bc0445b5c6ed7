"""Replicates grow until it is precise enough: as far as the law asks for, the same on any executor, and never beyond the most."""

from __future__ import annotations

import pytest

from rolloutsim import SimulationError, UsageError, simulate
from rolloutsim.analysis import evaluate, looks
from tests.simulation.comparison import assert_same_tables
from tests.study.worlds import aborting, crash_at, waiting


@pytest.mark.numbers
def test_it_stops_at_the_first_look_that_is_precise_enough() -> None:
    run = simulate(waiting(), precision=["time_to_complete 10%", "time_to_complete.p50 3 s"], max_replicates=1000)
    n = len(run.tables.jobs)
    assert n in looks(40, 1000)
    assert [reached.met for reached in run.precision] == [True, True]
    estimate = run.precision[0].estimate
    assert estimate == evaluate("time_to_complete", run.tables)
    assert run.precision[0].half_width == pytest.approx(max(estimate.high - estimate.best, estimate.best - estimate.low) / estimate.best)
    look = looks(40, 1000)[looks(40, 1000).index(n) - 1]
    before = simulate(waiting(), precision=["time_to_complete 10%", "time_to_complete.p50 3 s"], max_replicates=look)
    assert not all(reached.met for reached in before.precision)


@pytest.mark.numbers
def test_the_worst_metric_counts() -> None:
    easy, hard = "time_to_complete 40%", "time_to_complete 10%"
    count = {
        texts: len(simulate(waiting(), precision=texts, max_replicates=1000).tables.jobs) for texts in ((easy,), (hard,), (easy, hard))
    }
    assert count[(easy,)] == 40
    assert count[(easy, hard)] == count[(hard,)] > 100


@pytest.mark.slow
@pytest.mark.numbers
def test_twice_the_precision_takes_four_times_the_replicates() -> None:
    # Between two looks n grows by half, so four times is only so well seen: between 4 / 1.5 and 4 · 1.5.
    coarse, fine = (len(simulate(waiting(), precision=[f"time_to_complete {size}%"], max_replicates=5000).tables.jobs) for size in (12, 6))
    assert 4 / 1.5 <= fine / coarse <= 4 * 1.5
    # sd / mean of the longer of two exponentials is sqrt(5) / 3, so (1.96 · 0.745 / 0.06)^2 = 593 replicates would do.
    assert 593 / 1.5 <= fine <= 593 * 1.5 * 1.2


def test_the_tables_are_those_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    run = simulate(waiting(), precision=["time_to_complete 15%"], max_replicates=500)
    plain = simulate(waiting(), replicates=len(run.tables.jobs))
    assert_same_tables(plain.tables, run.tables)
    assert {**run.manifest, "precision": None} == {**plain.manifest, "precision": None}
    monkeypatch.setattr("rolloutsim.study.execution.tasks._GROWTH", 1)  # each task is a replicate
    again = simulate(waiting(), precision=["time_to_complete 15%"], max_replicates=500)
    assert again.manifest == run.manifest
    assert again.tables.robots.equals(run.tables.robots)


def test_the_most_is_the_most() -> None:
    run = simulate(waiting(), precision=["time_to_complete 1%"], max_replicates=70)
    assert len(run.tables.jobs) == 70
    (reached,) = run.precision
    assert not reached.met
    assert reached.more is not None
    assert reached.more > 5000
    (told,) = run.manifest["precision"]
    assert told == reached.to_json()
    assert (told["asked"], told["met"], told["relative"]) == ("time_to_complete 1%", False, True)


def test_by_default_the_most_is_ten_times_the_scenarios() -> None:
    assert len(simulate(waiting(replicates=6), precision=["time_to_complete 1%"]).tables.jobs) == 60


def test_nothing_in_n_is_not_precise_at_once() -> None:
    run = simulate(aborting(failure=1e-9), precision=["abort_probability 0.03"], max_replicates=1000)
    # 0 of n excludes 3 % from n = 122 on.
    assert len(run.tables.jobs) == 135


def test_a_quantile_waits_for_its_interval() -> None:
    run = simulate(waiting(), precision=["time_to_complete.p95 300%"], max_replicates=1000)
    assert len(run.tables.jobs) == 72


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"precision": ["time_to_complete 5", "tme 5%"]}, "needs its unit.*\n.*no metric tme"),
        ({"precision": ["failed 1"], "max_replicates": 0}, "max_replicates: a whole number from 1 to"),
        ({"precision": ["failed 1"], "seed": -1}, "seed: a whole number from 0 to"),
        ({"precision": ["failed 1"], "engine": "warp"}, "unknown engine 'warp'"),
        ({"max_replicates": 3}, "max_replicates limits what a precision takes"),
        ({"precision": ["failed 1"], "replicates": 3}, "the precision decides how many replicates there are"),
    ],
)
def test_wrong_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=f"(?s){message}"):
        simulate(waiting(), **arguments)  # type: ignore[arg-type]


def test_from_python() -> None:
    results = simulate(waiting(), precision=["time_to_complete 40%"], max_replicates=50)
    assert len(results.jobs) == 40
    assert results.manifest["precision"][0]["met"] is True


def test_an_interruption_keeps_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rolloutsim.study.execution.tasks._GROWTH", 1)  # each task is a replicate
    crash_at(monkeypatch, 55, error=KeyboardInterrupt())
    run = simulate(waiting(), precision=["time_to_complete 1%"], max_replicates=500, keep_on_interrupt=True)
    assert run.interrupted
    assert run.tables.jobs.replicate.tolist() == list(range(55))
    assert run.manifest["replicates"] == 60, "what was asked for when it was interrupted"
    assert not run.precision[0].met
    with pytest.raises(KeyboardInterrupt):
        simulate(waiting(), precision=["time_to_complete 1%"], max_replicates=500)


def test_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    crash_at(monkeypatch, 3)
    run = simulate(waiting(), precision=["time_to_complete 40%"])
    assert [crash.replicate for crash in run.crashes] == [3]
    assert len(run.tables.jobs) == 39
    crash_at(monkeypatch)
    with pytest.raises(SimulationError, match="all 40 replicates crashed"):
        simulate(waiting(), precision=["time_to_complete 40%"], max_replicates=60)
