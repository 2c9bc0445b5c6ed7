"""Which engine is taken: the thresholds from both sides, and what counts as work, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from rolloutsim.errors import UsageError
from rolloutsim.scenario import Scenario, build
from rolloutsim.simulation import engine_choice as choice
from rolloutsim.simulation.engine_choice import choose_engine, estimate_work, prepare
from rolloutsim.simulation.engines.compiled.loop import run_job
from rolloutsim.simulation.replicate import Replicator

#: 20 s at 2 MB/s, 10 s of nothing, 30 s at 1 MB/s: three changes in 70 MB.
CHANGING = {"trace": {"patterns": [{"period": "60 s", "times": [0, 20, 30], "rate": [2, 0, 1]}], "unit": "MB/s"}}
STEADY = {"trace": {"patterns": [{"period": "60 s", "times": [0], "rate": [2]}], "unit": "MB/s"}}
SHARED = {"network": {"sites": {"hall": {"downlink": "8 Mbit/s"}}}}


def a_scenario(robots: int = 1, cohort: dict[str, Any] | None = None, **rest: Any) -> Scenario:
    fleet = [{"cohort": "robots", "robots": robots, **(cohort or {})}]
    return build({"fleet": fleet, "application": {"bundle": "140 MB"}, **rest})


def have_code(monkeypatch: pytest.MonkeyPatch, *, cached: bool) -> None:
    monkeypatch.setattr(choice, "is_cached", lambda function: cached and function is run_job)


@pytest.mark.parametrize(
    ("replicates", "cached", "engine"),
    [
        (399, False, "simpy"),
        (399, True, "simpy"),
        (400, False, "simpy"),
        (400, True, "compiled"),
        (4_999, False, "simpy"),
        (4_999, True, "compiled"),
        (5_000, False, "compiled"),
        (5_000, True, "compiled"),
    ],
)
def test_machine_code_is_loaded_for_40_000_deployments_and_made_for_500_000(
    replicates: int, engine: str, monkeypatch: pytest.MonkeyPatch, *, cached: bool
) -> None:
    have_code(monkeypatch, cached=cached)
    assert choose_engine("auto", estimate_work(a_scenario(robots=100), replicates)).engine == engine


@pytest.mark.parametrize("cached", [False, True])
def test_the_choice_has_a_reason(monkeypatch: pytest.MonkeyPatch, *, cached: bool) -> None:
    have_code(monkeypatch, cached=cached)
    large = choose_engine("auto", 1_230_000.0)
    middle = choose_engine("auto", 123_000.0)
    small = choose_engine("auto", 123.0)
    units = "units of work (robots x replicates x points; 4 per robot on a shared link, more with recorded rates)"
    assert large.why == f"about 1,200,000 {units} are worth machine code, which is made once per machine"
    there = f"about 120,000 {units}, and the machine code is there"
    too_few = f"about 120,000 {units} are too few to make machine code"
    assert middle.why == (there if cached else too_few)
    assert small.why == f"about 120 {units} are too few to load machine code"


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize("work", [1.0, 1e9])
def test_an_engine_that_is_asked_for_is_used(engine: str, work: float) -> None:
    assert choose_engine(engine, work) == (engine, "as asked for")


def test_an_unknown_engine_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"^unknown engine 'fast': it is one of auto, simpy, compiled$"):
        choose_engine("fast", 1.0)


@pytest.mark.parametrize(
    ("cohort", "rest", "work"),
    [
        ({}, {}, 1.0),
        ({"site": "hall"}, SHARED, 4.0),
        ({}, SHARED, 1.0),
        ({"link": CHANGING}, {}, 1.6),  # 140 MB are two periods: six changes
        ({"link": CHANGING, "site": "hall"}, SHARED, 4.6),
        ({"link": STEADY}, {}, 1.0),
        ({"link": {"rate": "1 MB/s"}}, {}, 1.0),
        ({"link": CHANGING, "architecture": "ARM64"}, {"application": {"bundle": {"X86_64": "140 MB"}}}, 1.0),  # nothing to download
    ],
    ids=["alone", "shared", "not at the site", "trace", "both", "steady trace", "rate", "no bundle"],
)
def test_work_of_a_robot(cohort: dict[str, Any], rest: dict[str, Any], work: float) -> None:
    assert estimate_work(a_scenario(cohort=cohort, **rest), 1) == pytest.approx(work)


def test_work_adds_up_over_cohorts_and_replicates() -> None:
    fleet = [{"cohort": "dock", "robots": 3, "site": "hall"}, {"cohort": "road", "robots": 5}]
    scenario = build({"fleet": fleet, "application": {"bundle": "1 MB"}, **SHARED})
    assert estimate_work(scenario, 7) == 7 * (3 * 4.0 + 5)


def test_patterns_of_a_trace_count_together() -> None:
    """A steady one does not count: there are no changes in it, however much it would carry."""
    half = {"period": "60 s", "times": [0, 30], "rate": [1, 3]}
    patterns = [*CHANGING["trace"]["patterns"], *STEADY["trace"]["patterns"], half]
    link = {"trace": {"patterns": patterns, "unit": "MB/s"}}
    assert estimate_work(a_scenario(cohort={"link": link}), 1) == pytest.approx(1.0 + 0.1 * 5 * 140 / (70 + 120))


def test_preparing_runs_a_compiled_replicate(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[Any, int]] = []
    monkeypatch.setattr(Replicator, "__init__", lambda self, scenario, seed, engine: setattr(self, "engine", engine))
    monkeypatch.setattr(Replicator, "run", lambda self, replicate: ran.append((self.engine, replicate)))
    prepare()
    assert ran == [("compiled", 0)]
