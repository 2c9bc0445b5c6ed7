"""Running replicates: what a crash, an interruption or a wrong argument does to the others."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from rolloutsim import SimulationError, UsageError, simulate
from rolloutsim.scenario import Scenario, parse
from rolloutsim.simulation.replicate import Replicator
from rolloutsim.simulation.tables import DETAILS
from rolloutsim.study import run_batch, run_replicates

SCENARIO = parse("{fleet: [{cohort: dock, robots: 5}], application: {bundle: 1 MB}, seed: 9, replicates: 3}")


def breaking(at: int, error: BaseException) -> Any:
    real = Replicator.run

    def run(self: Replicator, replicate: int) -> Any:
        if replicate == at:
            raise error
        return real(self, replicate)

    return run


def test_defaults_are_the_scenarios() -> None:
    run = run_replicates(SCENARIO)
    assert run.manifest["seed"] == 9
    assert len(run.tables.jobs) == 3
    assert (run.crashes, run.interrupted) == ((), False)


def test_seed_zero_is_a_seed() -> None:
    assert run_replicates(SCENARIO, seed=0).manifest["seed"] == 0


def test_a_seed_is_drawn_and_recorded() -> None:
    seedless = SCENARIO.replace("seed", None)
    first, second = run_replicates(seedless), run_replicates(seedless)
    assert first.manifest["seed"] != second.manifest["seed"]
    again = run_replicates(seedless, seed=first.manifest["seed"])
    assert again.tables.robots.equals(first.tables.robots)


def test_a_crash_is_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", breaking(1, RuntimeError("no luck")))
    run = run_replicates(SCENARIO)
    assert run.tables.jobs.replicate.tolist() == [0, 2]
    (crash,) = run.crashes
    assert (crash.replicate, crash.type, crash.message) == (1, "RuntimeError", "no luck")
    assert "breaking" not in crash.message
    assert "Traceback" in crash.traceback
    json.dumps(run.manifest, allow_nan=False)


def test_nothing_but_crashes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", breaking(0, RuntimeError("no luck")))
    with pytest.raises(
        SimulationError, match="all 1 replicates crashed, the first with RuntimeError: no luck; this is a fault of the program"
    ):
        run_replicates(SCENARIO, replicates=1)


def test_an_interruption_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", breaking(2, KeyboardInterrupt()))
    run = run_replicates(SCENARIO, keep_on_interrupt=True)
    assert run.interrupted
    assert run.manifest["interrupted"] is True
    assert run.tables.jobs.replicate.tolist() == [0, 1]
    with pytest.raises(KeyboardInterrupt):
        simulate(SCENARIO)


def test_an_interruption_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", breaking(0, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        run_replicates(SCENARIO, keep_on_interrupt=True)


def test_progress_is_told() -> None:
    seen: list[int] = []
    simulate(SCENARIO, progress=seen.append)
    assert seen == [0, 1, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replicates": 0}, "0 replicates cannot be simulated: ask for at least 1"),
        ({"seed": -1}, "seed -1 is out of range"),
        ({"seed": 2**64}, "seed 18446744073709551616 is out of range"),
        ({"tables": "robots"}, "unknown tables 'robots': they are 'all' or 'jobs'"),
        ({"engine": "warp"}, "unknown engine 'warp': it is one of auto, simpy, compiled"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        simulate(SCENARIO, **arguments)


def test_robots_are_kept_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rolloutsim.study.run._WORTH_KEEPING", 15)
    everything, reduced = simulate(SCENARIO), simulate(SCENARIO, replicates=4)
    assert (everything.manifest["tables"], len(everything.robots)) == ("all", 15)
    assert (reduced.manifest["tables"], len(reduced.robots)) == ("jobs", 0)
    assert len(simulate(SCENARIO, replicates=4, tables="all").robots) == 20
    assert simulate(SCENARIO, tables="jobs").jobs.equals(everything.jobs)


@pytest.mark.parametrize("kept", ["all", "jobs"])
def test_steps_that_are_not_kept_are_not_recorded(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = []
    real = Replicator.run

    def run(self: Replicator, replicate: int) -> Any:
        found = real(self, replicate)
        recorded.append(len(found[0].steps["robot"]))
        return found

    monkeypatch.setattr(Replicator, "run", run)
    run_replicates(SCENARIO, tables=kept)
    run_batch(SCENARIO, 9, range(3), tables=kept)
    assert len(recorded) == 6
    assert all((steps > 0) is (kept == "all") for steps in recorded)


def test_a_batch_is_part_of_a_run() -> None:
    run = run_replicates(SCENARIO)
    for kept in ("all", "jobs"):
        batch = run_batch(SCENARIO, 9, range(1, 3), tables=kept)
        for name, table in run.tables._asdict().items():
            part = table[table["replicate"] >= 1].reset_index(drop=True)
            pd.testing.assert_frame_equal(getattr(batch.tables, name), part if kept == "all" or name not in DETAILS else part[:0])
    assert len(run_batch(SCENARIO, 9, range(1, 3)).tables.robots) == 0


def test_a_batch_without_what_crashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", breaking(1, RuntimeError("no luck")))
    batch = run_batch(SCENARIO, 9, range(3))
    assert batch.tables.cohorts.replicate.tolist() == [0, 2]
    assert [(crash.replicate, crash.message) for crash in batch.crashes] == [(1, "no luck")]
    nothing = run_batch(SCENARIO, 9, range(1, 2))
    assert [len(table) for table in nothing.tables] == [0] * 6
    for table, known in zip(nothing.tables, batch.tables, strict=True):
        assert (table.dtypes == known.dtypes).all()


def test_replicates_do_not_depend_on_their_number() -> None:
    scenario: Scenario = SCENARIO.replace(
        "fleet.dock.connectivity", {"renewal": {"up": "5 min", "down": {"exponential": {"mean": "9 min"}}}}
    )
    few, many = simulate(scenario, replicates=2), simulate(scenario, replicates=6)
    assert few.robots.equals(many.robots[many.robots.replicate < 2])
