"""Running replicates: what a crash, an interruption or a wrong argument does to the others."""

from __future__ import annotations

import json
import sys
from typing import Any

import pandas as pd
import pytest

import rolloutsim
from rolloutsim import SimulationError, StoreError, UsageError, simulate
from rolloutsim.scenario import Scenario, parse
from rolloutsim.simulation.records.outcomes import Tables
from rolloutsim.simulation.records.tables import DETAILS, KEPT, row_bytes
from rolloutsim.simulation.replicate import Replicator
from rolloutsim.study.context import StudyContext
from rolloutsim.study.execution.chunk import run_chunk
from tests.study.worlds import crash_at, waiting

SCENARIO = parse("{fleet: [{cohort: dock, robots: 5}], application: {bundle: 1 MB}, seed: 9, replicates: 3}")


def breaking(at: int, error: BaseException) -> Any:
    real = Replicator.run

    def run(self: Replicator, replicate: int) -> Any:
        if replicate == at:
            raise error
        return real(self, replicate)

    return run


def test_defaults_are_the_scenarios() -> None:
    run = simulate(SCENARIO)
    assert run.manifest["seed"] == 9
    assert len(run.tables.jobs) == 3
    assert (run.crashes, run.interrupted) == ((), False)


def test_seed_zero_is_a_seed() -> None:
    assert simulate(SCENARIO, seed=0).manifest["seed"] == 0


def test_a_seed_is_drawn_and_recorded() -> None:
    seedless = SCENARIO.replace("seed", None)
    first, second = simulate(seedless), simulate(seedless)
    assert first.manifest["seed"] != second.manifest["seed"]
    again = simulate(seedless, seed=first.manifest["seed"])
    assert again.tables.robots.equals(first.tables.robots)


def test_a_crash_is_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", breaking(1, RuntimeError("no luck")))
    run = simulate(SCENARIO)
    assert run.tables.jobs.replicate.tolist() == [0, 2]
    (crash,) = run.crashes
    assert (crash.replicate, crash.type, crash.message) == (1, "RuntimeError", "no luck")
    assert "breaking" not in crash.message
    assert "Traceback" in crash.traceback
    json.dumps(run.manifest, allow_nan=False)


def test_too_little_memory_costs_the_replicates_that_need_more(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = waiting()
    crash_at(monkeypatch, 2, error=MemoryError("8 GB"))
    run = simulate(scenario, replicates=4)
    assert run.tables.jobs["replicate"].tolist() == [0, 1, 3]
    assert [crash.message for crash in run.crashes] == [
        "8 GB; there is not enough memory: choose executor 1, or ask for fewer robots or tables"
    ]
    crash_at(monkeypatch, error=MemoryError("8 GB"))
    with pytest.raises(SimulationError, match=r"all 4 replicates crashed, the first with MemoryError: 8 GB; .*choose executor 1.*tables$"):
        simulate(scenario, replicates=4)


def test_nothing_but_crashes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", breaking(0, RuntimeError("no luck")))
    with pytest.raises(
        SimulationError, match="all 1 replicates crashed, the first with RuntimeError: no luck; this is a fault of the program"
    ):
        simulate(SCENARIO, replicates=1)


def test_an_interruption_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", breaking(2, KeyboardInterrupt()))
    run = simulate(SCENARIO, keep_on_interrupt=True)
    assert run.interrupted
    assert run.manifest["interrupted"] is True
    assert run.tables.jobs.replicate.tolist() == [0, 1]
    with pytest.raises(KeyboardInterrupt):
        simulate(SCENARIO)


def test_an_interruption_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", breaking(0, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        simulate(SCENARIO, keep_on_interrupt=True)


def test_progress_is_reported() -> None:
    seen: list[int] = []
    simulate(SCENARIO, progress=seen.append)
    assert seen == [0, 1, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replicates": 0}, "replicates: a whole number from 1 to"),
        ({"seed": -1}, "seed: a whole number from 0 to"),
        ({"seed": 2**64}, "seed: a whole number from 0 to"),
        ({"keep": "robots"}, "keep='robots': it is 'auto', 'all', 'summary' or 'jobs'"),
        ({"record": [3, -1]}, "replicates are numbered from 0"),
        ({"engine": "warp"}, "unknown engine 'warp': it is one of auto, simpy, compiled"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        simulate(SCENARIO, **arguments)


def details_bytes(results: rolloutsim.Results) -> int:
    """Return what rows of other tables than the reduced ones take, by hand: 8 bytes for a number, 1 for a name."""
    tables = [table for name, table in results.tables._asdict().items() if name in DETAILS]
    return sum(len(table) * sum(1 if dtype == "category" else 8 for dtype in table.dtypes) for table in tables)


def test_all_tables_are_kept_if_the_first_eight_replicates_show_that_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[range, str]] = []
    real = StudyContext.in_order

    def noted(context: StudyContext, scenario: Any, replicates: range, *, keep: Any, **more: Any) -> Any:
        asked.append((replicates, keep))
        return real(context, scenario, replicates, keep=keep, **more)

    monkeypatch.setattr(StudyContext, "in_order", noted)
    probe = simulate(SCENARIO, replicates=8, keep="all")
    needed = 20 * details_bytes(probe) // 8
    whole = simulate(SCENARIO, replicates=20, keep="all")
    for budget, kept in ((needed + 1, "all"), (needed - 8, "summary"), (20 * 5 * row_bytes("robots") - 1, "summary")):
        monkeypatch.setattr("rolloutsim.study.run._BUDGET", budget)
        asked.clear()
        found = simulate(SCENARIO, replicates=20)
        assert found.manifest["tables"] == kept
        assert [name for name, table in found.tables._asdict().items() if table is not None] == [
            n for n in Tables._fields if n in KEPT[kept]
        ]
        for name in KEPT[kept]:
            pd.testing.assert_frame_equal(getattr(found, name), getattr(whole, name))
        assert found.summary() == whole.summary()
        if budget < 20 * 5 * row_bytes("robots"):  # the robots alone are too many, so nothing need be tried
            assert asked == [(range(20), "summary")]
        else:
            assert asked == [(range(8), "all"), (range(8, 20), kept)]
    assert simulate(SCENARIO, replicates=20, keep="all").manifest["tables"] == "all"


@pytest.mark.parametrize("name", DETAILS)
def test_a_table_that_was_not_kept_is_never_silently_empty(name: str) -> None:
    reduced = simulate(SCENARIO, keep="jobs")
    assert getattr(reduced.tables, name) is None
    with pytest.raises(UsageError, match=f"the table {name} is not among these results") as raised:
        getattr(reduced, name)
    assert all(remedy in str(raised.value) for remedy in ("--out", 'keep="all"', "Results.load"))


def test_a_replicate_is_simulated_again_and_is_the_same() -> None:
    whole, reduced = simulate(SCENARIO, keep="all", record=[2]), simulate(SCENARIO, keep="jobs")
    again = reduced.replicate(2)
    for name in KEPT["all"]:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(whole.tables.one(2), name).reset_index(drop=True))
    with pytest.raises(UsageError, match="the tables hold no replicate 3; they hold 0 to 2"):
        reduced.replicate(3)
    reduced.manifest["model_version"] -= 1
    with pytest.raises(StoreError, match="cannot be simulated again: the results are of model version"):
        reduced.replicate(0)


@pytest.mark.parametrize("kept", ["all", "jobs"])
def test_steps_that_are_not_kept_are_not_recorded(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = []
    real = Replicator.run

    def run(self: Replicator, replicate: int) -> Any:
        found = real(self, replicate)
        recorded.append(len(found[0].steps["robot"]))
        return found

    monkeypatch.setattr(Replicator, "run", run)
    simulate(SCENARIO, keep=kept)
    run_chunk(SCENARIO, 9, range(3), keep=kept)
    assert len(recorded) == 6
    assert all((steps > 0) is (kept == "all") for steps in recorded)


def test_a_batch_is_part_of_a_run() -> None:
    run = simulate(SCENARIO)
    for kept in KEPT:
        batch = run_chunk(SCENARIO, 9, range(1, 3), keep=kept)
        for name, table in run.tables._asdict().items():
            found = getattr(batch.tables(), name)
            if name in KEPT[kept]:
                rows = table[table["replicate"] >= 1].reset_index(drop=True)
                pd.testing.assert_frame_equal(found, rows)
            else:
                assert found is None
    assert run_chunk(SCENARIO, 9, range(1, 3)).tables().robots is None


def test_a_batch_without_what_crashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", breaking(1, RuntimeError("no luck")))
    batch = run_chunk(SCENARIO, 9, range(3))
    assert batch.tables().cohorts.replicate.tolist() == [0, 2]
    assert [(crash.replicate, crash.message) for crash in batch.crashes] == [(1, "no luck")]
    nothing = run_chunk(SCENARIO, 9, range(1, 2))
    for name in KEPT["jobs"]:
        table, known = getattr(nothing.tables(), name), getattr(batch.tables(), name)
        assert len(table) == 0
        assert (table.dtypes == known.dtypes).all()


def test_replicates_do_not_depend_on_their_number() -> None:
    scenario: Scenario = SCENARIO.replace(
        "fleet.dock.connectivity", {"renewal": {"up": "5 min", "down": {"exponential": {"mean": "9 min"}}}}
    )
    few, many = simulate(scenario, replicates=2), simulate(scenario, replicates=6)
    assert few.robots.equals(many.robots[many.robots.replicate < 2])


def test_a_library_of_the_estimates_that_cannot_be_loaded_costs_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    monkeypatch.setattr("rolloutsim.study.context.run_chunks", lambda *_, **__: pytest.fail("it simulates"))
    with pytest.raises(ImportError, match=r"scipy\.special"):
        simulate(SCENARIO)
