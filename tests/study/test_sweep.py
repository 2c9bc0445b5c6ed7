"""Studies in a folder: which points, the same random numbers at all of them, and results that do not depend on how they were computed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rolloutsim
from rolloutsim.errors import ScenarioError, StoreError, UsageError
from rolloutsim.scenario import Scenario, parse
from rolloutsim.simulation.records.outcomes import Outcomes
from rolloutsim.study.combining import combine
from rolloutsim.study.execution.chunk import run_chunk
from rolloutsim.study.store.locks import reading
from rolloutsim.study.store.store import Store
from rolloutsim.study.study import Study
from rolloutsim.study.sweep import plan_sweep, run_sweep, sweep
from tests.gate import Gate

TEXT = """
scenario: small
seed: 3
replicates: 20
fleet:
  - {cohort: dock, robots: 12, link: {rate: 20 Mbit/s}, connectivity: {renewal: {up: 1 h, down: 5 min}}}
  - {cohort: yard, robots: 8}
application: {bundle: 100 MB, steps: {launching: {duration: {exponential: {mean: 20 s}}}}}
deployment: {deploymentConfig: {concurrentDeploymentPercentage: 25, failureThresholdPercentage: 90}}
"""
CONCURRENCY = "deployment.deploymentConfig.concurrentDeploymentPercentage"
LEVERS = {CONCURRENCY: [10, 25, 50]}
FINAL = ("points", "jobs", "cohorts", "failure_codes", "crashes")


def finals(folder: Path) -> dict[str, bytes]:
    return {name: (folder / f"{name}.parquet").read_bytes() for name in FINAL}


def work(scenario: Scenario, folder: Path, **more: Any) -> tuple[int, list[str]]:
    """Compute what is missing; return how many replicates that was, and what was reported."""
    told: list[str] = []
    plan = plan_sweep(scenario, levers=more.pop("levers", LEVERS), out=folder, **more)
    done = sum(len(batch.tables().jobs) for _, task in run_sweep(plan, folder, executor=1, notify=told.append) for _, batch in task)
    return done, told


def test_a_point_is_the_scenario_with_the_same_luck(scenario: Scenario) -> None:
    study = sweep(scenario, levers=LEVERS, executor=1)
    assert study.points[CONCURRENCY].tolist() == [10, 25, 50]
    for number, value in enumerate(LEVERS[CONCURRENCY]):
        alone = rolloutsim.simulate(scenario.replace(CONCURRENCY, value), seed=3, keep="jobs")
        pd.testing.assert_frame_equal(study.tables(number).jobs, alone.jobs, check_exact=True)
        pd.testing.assert_frame_equal(study.tables(number).cohorts, alone.cohorts, check_exact=True)
        assert study.tables(number).failure_codes["count"].tolist() == alone.failure_codes["count"].tolist()
    frame = study.frame("time_to_complete.p50")
    assert frame["n"].tolist() == [20, 20, 20]
    assert frame["best"].is_monotonic_decreasing, "more slots never delay anybody"


def test_metrics_of_a_frame_may_be_a_list(scenario: Scenario) -> None:
    study = sweep(scenario, levers=LEVERS, executor=1)
    pd.testing.assert_frame_equal(study.frame(["slot", "abort_probability"]), study.frame("slot", "abort_probability"))


def test_a_frame_knows_the_units_of_drawn_values(scenario: Scenario) -> None:
    study = sweep(scenario, uncertainties={"application.bundle": {"uniform": {"low": "100 MB", "high": "200 MB"}}}, samples=1, executor=1)
    assert study.frame("slot").attrs["units"] == {"application.bundle": "B"}


def test_the_rows_do_not_depend_on_the_size_of_tasks(scenario: Scenario) -> None:
    one, two = run_chunk(scenario, 3, range(20)), [run_chunk(scenario, 3, part) for part in (range(7), range(7, 20))]
    pd.testing.assert_frame_equal(one.tables().jobs, pd.concat([batch.tables().jobs for batch in two], ignore_index=True), check_exact=True)


@pytest.mark.parametrize("method", ["lhs", "sobol", "random"])
def test_every_setting_of_the_levers_sees_the_same_samples(scenario: Scenario, method: Any) -> None:
    path = "application.bundle"
    plan = plan_sweep(
        scenario, levers=LEVERS, uncertainties={path: {"uniform": {"low": "100 MB", "high": "200 MB"}}}, method=method, samples=8
    )
    points = plan.definition.points
    samples = [group[path].to_numpy() for _, group in points.groupby(CONCURRENCY)]
    assert len(points) == 24
    assert all((other == samples[0]).all() for other in samples)
    assert len(set(samples[0])) == 8
    assert (samples[0] >= 100e6).all()
    assert (samples[0] <= 200e6).all()
    if method == "lhs":  # one sample in each eighth of the range
        assert sorted(np.floor((samples[0] - 100e6) / 12.5e6).astype(int)) == list(range(8))


def test_everything_that_is_no_scenario_is_reported_at_once(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError) as caught:
        plan_sweep(scenario, levers={CONCURRENCY: [0, 20, 101], "rules.dispatch": ["windo"]})
    assert len(caught.value.problems) == 3


def test_what_is_there_is_not_computed_again(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes]) -> None:
    assert work(scenario, tmp_path, replicates=8)[0] == 24
    assert work(scenario, tmp_path, replicates=8)[0] == 0
    assert work(scenario, tmp_path, levers={CONCURRENCY: [25]}, replicates=12)[0] == 4, "and other points stay"
    assert work(scenario, tmp_path)[0] == 60 - 24 - 4
    assert finals(tmp_path) == whole


def test_two_workers_and_shards_give_the_same_bytes(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes]) -> None:
    sweep(scenario, levers=LEVERS, out=tmp_path / "two", executor=2)
    assert finals(tmp_path / "two") == whole
    for shard in ((1, 3), (2, 3), (3, 3)):
        work(scenario, tmp_path / f"shard{shard[0]}", shard=shard)
    assert len(combine([tmp_path / f"shard{n}" for n in (3, 1, 2)], tmp_path / "combined").jobs) == 60
    assert finals(tmp_path / "combined") == whole


def test_what_does_not_belong_together_is_refused(scenario: Scenario, tmp_path: Path) -> None:
    work(scenario, tmp_path / "a", replicates=2)
    work(scenario.replace("application.bundle", "1 MB"), tmp_path / "b", replicates=2)
    work(scenario, tmp_path / "c", replicates=2, levers={"rules.dispatch": ["window", "batch"]})
    with pytest.raises(StoreError) as caught:
        combine([tmp_path / name for name in "abcd"], tmp_path / "out")
    assert [line.split(": ", 1)[1] for line in str(caught.value).splitlines()[1:]] == [
        ", ".join(f"application.bundle.{name} is 1000000 B, not 100000000 B" for name in ("X86_64", "ARM64", "ARMHF")),
        f"what is varied is rules.dispatch, not {CONCURRENCY}",
        "there is no study",
    ]
    assert not (tmp_path / "out").exists()
    with pytest.raises(UsageError, match="one of the folders to combine"):
        combine([tmp_path / "a"], tmp_path / "a")


def test_the_same_replicates_from_two_folders_have_to_be_the_same(
    scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    work(scenario, tmp_path / "a", shard=(1, 2))
    work(scenario, tmp_path / "all")
    combine([tmp_path / "a", tmp_path / "all"], tmp_path / "out")
    assert finals(tmp_path / "out") == whole
    real = run_chunk

    def other(*args: Any, **more: Any) -> Outcomes:
        batch = real(*args, **more)
        batch.numbers[batch.replicates == 7, -30] += 1
        return batch

    monkeypatch.setattr("rolloutsim.study.context.run_chunk", other)
    work(scenario, tmp_path / "b", shard=(1, 2))
    combine([tmp_path / "b"], tmp_path / "alone")
    with pytest.raises(
        StoreError, match="b: for the same scenario, seed, replicate and model version it has other numbers than the others"
    ):
        combine([tmp_path / "a", tmp_path / "b"], tmp_path / "neither")


@pytest.mark.parametrize("kind", ["damaged", "foreign", "cut"])
def test_a_file_that_is_of_no_use_is_set_aside(scenario: Scenario, tmp_path: Path, whole: dict[str, bytes], kind: str) -> None:
    plan = plan_sweep(scenario, levers=LEVERS, out=tmp_path)
    steps = run_sweep(plan, tmp_path, executor=1)
    next(steps)
    next(steps)
    steps.close()  # as Ctrl-C does: parts stay
    part = sorted((tmp_path / "parts").glob("*.parquet"))[0]
    if kind == "damaged":
        part.write_bytes(b"PAR1 and no more")
    elif kind == "cut":
        part.write_bytes(part.read_bytes()[:-20])
    else:
        pd.DataFrame({"a": [1]}).to_parquet(part.with_name("strange.parquet"))
    told = work(scenario, tmp_path)[1]
    assert len(told) == 1
    assert "it is set aside as" in told[0]
    assert len(list((tmp_path / "aside").iterdir())) == 1
    assert finals(tmp_path) == whole


def test_two_processes_are_not_in_one_folder(scenario: Scenario, tmp_path: Path) -> None:
    with Store(tmp_path, notify=print), pytest.raises(StoreError, match=f"process {os.getpid()} .* is working there"):
        work(scenario, tmp_path)


SCRIPT = """
import sys
import rolloutsim
from rolloutsim.study.sweep import sweep
if __name__ == "__main__":
    sweep(rolloutsim.load(sys.argv[1]), levers={"%s": [10, 25, 50]}, out=sys.argv[2], executor=sys.argv[3] if sys.argv[3] == "dask" else 2)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kills", "executor"),
    [
        (2, "processes"),
        (10, "processes"),
        (4, "dask"),
    ],
)
def test_killed_at_any_instant_and_resumed_it_is_the_same(tmp_path: Path, kills: int, executor: str) -> None:
    """A real process with two workers, killed with all of them when a random number of further parts was there.

    It cannot end before: the last replicates of each point wait at a gate.
    """
    count = 100 * kills
    file, folder, script = tmp_path / "small.yaml", tmp_path / "out", tmp_path / "script.py"
    file.write_text(TEXT.replace("replicates: 20", f"replicates: {count}"), encoding="utf-8")
    script.write_text(SCRIPT % CONCURRENCY, encoding="utf-8")
    arguments = [sys.executable, str(script), str(file), str(folder), executor]

    def finish(out: Path) -> None:
        sweep(rolloutsim.load(file), levers={CONCURRENCY: [10, 25, 50]}, out=out, executor=1)

    def parts() -> int:
        return len(list((folder / "parts").glob("*.parquet")))

    finish(tmp_path / "alone")
    chance = random.Random(7)
    for kill in range(kills):
        gate, wanted = Gate(tmp_path / f"gate{kill}", count - 5), parts() + chance.randint(1, 3)
        with subprocess.Popen(arguments, start_new_session=True, env=gate.environment) as process:
            try:
                while parts() < wanted and not gate.reached:
                    assert process.poll() is None
                    time.sleep(0.01)
                time.sleep(chance.uniform(0.0, 0.3))  # at any instant of what comes next
                assert process.poll() is None
            finally:
                os.killpg(process.pid, signal.SIGKILL)
    finish(folder)
    assert finals(folder) == finals(tmp_path / "alone")
    assert not list(folder.rglob("*.part"))


# --- samples, and values that are there twice ------------------------------------------------------------------------------------

SIZE = {"application.bundle": {"uniform": {"low": "50 MB", "high": "150 MB"}}}


def sampled(scenario: Scenario, folder: Path, **how: Any) -> int:
    """Simulate a replicate of each sample that is missing; return how many there are now."""
    for _ in run_sweep(plan_sweep(scenario, uncertainties=SIZE, replicates=1, out=folder, **how), folder, executor=1):
        pass
    return len(Study(folder).points)


@pytest.mark.parametrize(
    ("before", "then"),
    [
        ({"method": "lhs", "samples": 4}, {"method": "lhs", "samples": 8}),
        ({"method": "random", "samples": 4}, {"method": "sobol", "samples": 4}),
    ],
)
def test_other_samples_are_another_study(scenario: Scenario, tmp_path: Path, before: Any, then: Any) -> None:
    assert sampled(scenario, tmp_path, **before) == 4
    with pytest.raises(StoreError, match="its samples of what is uncertain are others"):
        sampled(scenario, tmp_path, **then)
    assert sampled(scenario, tmp_path, **before) == 4


@pytest.mark.parametrize("method", ["random", "sobol"])
def test_more_samples_that_begin_with_the_same_ones_are_added(scenario: Scenario, tmp_path: Path, method: Any) -> None:
    assert [sampled(scenario, tmp_path, method=method, samples=count) for count in (4, 8)] == [4, 8]
    assert Study(tmp_path).points["sample"].tolist() == list(range(8))


def test_shards_of_other_seeds_have_other_samples(scenario: Scenario, tmp_path: Path) -> None:
    sampled(scenario, tmp_path / "a", samples=4, seed=3)
    sampled(scenario, tmp_path / "b", samples=4, seed=9)
    with pytest.raises(StoreError, match="b: its samples of what is uncertain are others"):
        combine([tmp_path / "a", tmp_path / "b"], tmp_path / "both")


def test_a_value_that_is_sampled_twice_is_simulated_once(scenario: Scenario) -> None:
    size = {"application.bundle": {"empirical": {"values": ["60 MB", "90 MB"]}}}
    study = sweep(scenario, uncertainties=size, method="random", samples=8, replicates=2, executor=1)
    assert (len(study), study.points["fingerprint"].nunique(), study.done, study.wanted) == (8, 2, 4, 4)
    frame = study.frame("time_to_complete.mean")
    assert frame["point"].tolist() == list(range(8))
    assert frame.groupby("application.bundle")["best"].nunique().tolist() == [1, 1]
    assert len(study.jobs) == 16


def test_a_lever_has_each_value_once(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError, match=r"sweep\.levers\.'.*'\[2\]: .*this value is there twice"):
        sweep(scenario, levers={CONCURRENCY: [10, 50, 10]})
    with pytest.raises(ScenarioError, match="this value is there twice"):
        parse(TEXT + f"sweep: {{levers: {{{CONCURRENCY}: [10, 10]}}}}")


# --- folders that others work in -------------------------------------------------------------------------------------------------


def test_a_folder_is_not_combined_while_a_process_works_there(scenario: Scenario, tmp_path: Path) -> None:
    work(scenario, tmp_path / "a")
    with Store(tmp_path / "a", notify=print), pytest.raises(StoreError, match=f"a: process {os.getpid()} on .* is working there"):
        combine([tmp_path / "a"], tmp_path / "out")
    with reading(tmp_path / "a"), pytest.raises(StoreError, match=r"a: .*is working there"):
        work(scenario, tmp_path / "a")
    assert len(combine([tmp_path / "a"], tmp_path / "out").jobs) == 60


def test_a_folder_without_a_lock_is_combined(scenario: Scenario, tmp_path: Path) -> None:
    """As it comes out of an archive that leaves hidden files out."""
    work(scenario, tmp_path / "a")
    (tmp_path / "a" / ".lock").unlink()
    assert len(combine([tmp_path / "a"], tmp_path / "out").jobs) == 60


def test_a_study_that_is_read_while_its_parts_are_merged(scenario: Scenario, tmp_path: Path) -> None:
    steps = run_sweep(plan_sweep(scenario, levers=LEVERS, out=tmp_path), tmp_path, executor=1)
    next(steps)
    (tmp_path / "parts" / ".half-written.parquet.1.part").touch()
    study = Study(tmp_path)
    assert study.done > 0
    list(steps)
    with pytest.raises(StoreError, match=r"it is gone: is another process working in .*When that is done, try again"):
        study.jobs  # noqa: B018
    assert len(Study(tmp_path).jobs) == 60


def test_a_study_of_two_seeds_goes_on_with_either(scenario: Scenario, tmp_path: Path) -> None:
    for seed in (3, 4):
        work(scenario, tmp_path / str(seed), seed=seed, replicates=2)
    combine([tmp_path / "3", tmp_path / "4"], tmp_path / "both")
    assert work(scenario, tmp_path / "both", seed=4, replicates=3)[0] == 3
    study = Study(tmp_path / "both")
    assert (study.done, study.wanted) == (15, 18)
    assert study.jobs["seed"].value_counts().to_dict() == {3: 6, 4: 9}
