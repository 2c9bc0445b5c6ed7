"""Checks of scenarios whose answer is known: seen to pass, to fail and to be undecided."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from rolloutsim import ScenarioError, SimulationError, UsageError, load
from rolloutsim.analysis import Estimate, Query, looks, mean
from rolloutsim.study import check, checking, parse_checks
from tests.study.worlds import ABORT_PROBABILITY, aborting, crash_at


def outcomes(*checks: str, **arguments: int) -> list[str]:
    return [result.verdict.outcome for result in check(aborting(*checks), **arguments).results]


def test_a_known_probability_of_abort() -> None:
    # 0.2642: with 400 replicates the interval is about +-0.044.
    assert pytest.approx(0.2642, abs=5e-5) == ABORT_PROBABILITY
    found = check(aborting("abort_probability <= 0.35", "abort_probability >= 0.35", "abort_probability <= 0.2642"))
    assert [result.verdict.outcome for result in found.results] == ["pass", "fail", "undecided"]
    assert found.outcome == "fail"
    assert found.replicates == 400
    assert {result.estimate for result in found.results} == {found.results[0].estimate}
    assert found.results[0].estimate.low < ABORT_PROBABILITY < found.results[0].estimate.high


@pytest.mark.numbers
def test_the_worst_outcome_is_that_of_the_scenario() -> None:
    assert check(aborting("abort_probability <= 0.5"), replicates=100).outcome == "pass"
    assert check(aborting("abort_probability <= 0.5", "abort_probability <= 0.2642"), replicates=100).outcome == "undecided"
    assert check(aborting("abort_probability <= 0.01", "abort_probability <= 0.2642"), replicates=100).outcome == "fail"


def test_no_data_is_undecided() -> None:
    # There is no bad release.
    assert outcomes("abort_probability[bad] <= 1", "time_to_complete[bad].p50 <= 100 d", replicates=30) == ["undecided", "undecided"]
    assert outcomes("time_to_complete.mean <= 100 d", replicates=1) == ["undecided"]


@pytest.mark.numbers
def test_replicates_grow_while_a_check_is_undecided() -> None:
    texts = ("abort_probability <= 0.9", "abort_probability <= 0.33")
    few = check(aborting(*texts), replicates=60)
    grown = check(aborting(*texts), replicates=60, max_replicates=2000)
    assert [result.verdict.outcome for result in few.results] == ["pass", "undecided"]
    assert [result.verdict.outcome for result in grown.results] == ["pass", "pass"]
    assert grown.results[0].estimate.n == 60, "what is decided stays as it was decided"
    assert grown.results[1].estimate.n == grown.replicates
    assert 60 < grown.replicates < 2000
    assert grown.replicates in looks(60, 2000)
    assert grown.confidence == pytest.approx(1 - 0.05 / len(looks(60, 2000)))


@pytest.mark.numbers
def test_growth_ends_at_the_most() -> None:
    found = check(aborting("abort_probability <= 0.2642"), replicates=40, max_replicates=100)
    assert (found.replicates, found.outcome) == (100, "undecided")


@pytest.mark.numbers
def test_the_forecast_of_replicates_is_about_right() -> None:
    found = check(aborting("abort_probability <= 0.33"), replicates=60).results[0]
    assert found.verdict.more is not None
    assert 60 < found.verdict.more < 2000


@pytest.mark.slow
@pytest.mark.numbers
def test_how_and_where_replicates_are_made_moves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = aborting("abort_probability <= 0.33", "failed_share <= 0.06")
    told = check(scenario, replicates=50, max_replicates=150, executor=1).to_json()
    assert check(scenario, replicates=50, max_replicates=150, executor=2).to_json() == told
    monkeypatch.setattr("rolloutsim.study.execution.tasks._GROWTH", 1)  # each task is a replicate
    assert check(scenario, replicates=50, max_replicates=150).to_json() == told


class Normal:
    """A sample whose truth lies on the bound: any decision is wrong."""

    rng = np.random.default_rng(4)

    def __init__(self, queries: object, premises: object) -> None:
        self.x = self.rng.normal(10.0, 1.0, 1000)
        self.done: range = range(0)
        self.crashes: list[object] = []

    def simulate(self, context: object, scenario: object, replicates: range, **_: object) -> None:
        self.done = range(replicates.stop)

    def estimate(self, query: Query, confidence: float = 0.95) -> Estimate:
        return mean(self.x[: len(self.done)], confidence=confidence)


@pytest.mark.slow
def test_looking_often_does_not_decide_wrongly_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine looks at a mean that is the bound. Of 1,000 trials more than 8.4 % wrong decisions have chance 1e-6 at 5 %.

    With 95 % at each of the looks, as here when the sharing is taken away, one in five or six trials decides wrongly.
    """
    monkeypatch.setattr(checking, "Sample", Normal)
    monkeypatch.setattr(checking, "manifest", lambda *args, **more: {})  # which takes longer than all the rest
    scenario = aborting("failed <= 10")

    def wrong() -> float:
        return float(np.mean([check(scenario, replicates=40, max_replicates=1000).outcome != "undecided" for _ in range(1000)]))

    assert len(looks(40, 1000)) == 9
    assert wrong() < 0.084
    monkeypatch.setattr(checking, "CONFIDENCE", 1 - 0.05 * 9)
    assert wrong() > 0.12


def test_everything_wrong_is_reported_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crash_at(monkeypatch)
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "fleet: [{cohort: dock, robots: 2}]\napplication: {bundle: 1 MB}\nchecks:\n"
        "  - tme_to_complete <= 9 h\n  - failed <= 1\n  - failed_share[dokc] <= 1\n  - time_to_complete <= 9 GB\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError) as raised:
        check(load(path))
    first, second, third = raised.value.problems
    assert str(first).startswith(f"{path}:4:5: checks[0]: found tme_to_complete <= 9 h; there is no metric tme_to_complete; did you mean")
    assert str(second).startswith(f"{path}:6:5: checks[2]: found failed_share[dokc] <= 1; [dokc] is neither a condition nor a cohort")
    assert str(third).startswith(f"{path}:7:5: checks[3]: found time_to_complete <= 9 GB; GB is a unit of size")
    # What was changed since, or is in no file any more, has no line.
    changed = load(path).replace("fleet.dock.robots", 3)
    path.unlink()
    for scenario in (changed, changed.replace("checks", ["a <= 1"])):
        with pytest.raises(ScenarioError) as raised:
            parse_checks(scenario)
        assert str(raised.value).startswith(f"{path}: checks[0]: found ")


def test_nothing_to_check_is_an_error() -> None:
    with pytest.raises(ScenarioError, match=r"found no checks; there is nothing to check; write e\.g\. checks:"):
        check(aborting())


def test_wrong_numbers_of_replicates() -> None:
    with pytest.raises(UsageError, match="at most 10 replicates are fewer than the 400 to begin with"):
        check(aborting("failed <= 1"), max_replicates=10)
    with pytest.raises(UsageError, match="replicates: a whole number from 1 to"):
        check(aborting("failed <= 1"), replicates=0)
    with pytest.raises(UsageError, match="seed: a whole number from 0 to"):
        check(aborting("failed <= 1"), seed=-1)


def test_a_crash_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    crash_at(monkeypatch, 3, 7)
    found = check(aborting("abort_probability <= 0.9"), replicates=60)
    assert found.results[0].verdict.outcome == "pass"
    assert found.results[0].estimate.n == 58
    assert [crash.replicate for crash in found.crashes] == [3, 7]
    assert (found.replicates, found.outcome) == (60, "crashed")
    crash_at(monkeypatch)
    with pytest.raises(SimulationError, match="all 60 replicates crashed, the first with RuntimeError: no luck"):
        check(aborting("abort_probability <= 0.9"), replicates=60)


def test_progress_is_reported() -> None:
    seen: list[int] = []
    check(aborting("abort_probability <= 0.2642"), replicates=4, max_replicates=9, progress=seen.append)
    assert seen == list(range(9))


@pytest.mark.numbers
def test_it_can_be_written_as_json() -> None:
    told = check(aborting("abort_probability <= 0.9"), replicates=60).to_json()
    assert (told["outcome"], told["seed"], told["replicates"], told["confidence"]) == ("pass", 5, 60, pytest.approx(0.95))
    assert told["manifest"]["fingerprint"] == aborting().fingerprint()
    (result,) = told["results"]
    assert (result["check"], result["outcome"], result["more"]) == ("abort_probability <= 0.9", "pass", 0)
    assert result["bound"] == 0.9
    assert math.isclose(result["estimate"]["best"], ABORT_PROBABILITY, abs_tol=0.2)
