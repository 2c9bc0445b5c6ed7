"""Measure what studies add to the engine, as ratios in one run: ``python benchmarks/studies.py [--json] [--quick]`` from the checkout.

A sweep of 200 points x 100 replicates of 1,000 robots (`w1.yaml`) is done by the bare engine, on one core, and on all; a complete study of
1,000,000 rows is resumed; and memory is measured of studies that differ by a factor of ten.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.run import MANY, MEGABYTE, fleet, memory  # noqa: E402  # found only once the checkout is on the path
from rolloutsim import Scenario, load  # noqa: E402
from rolloutsim.simulation.engine_choice import prepare  # noqa: E402
from rolloutsim.simulation.records.outcomes import Outcomes  # noqa: E402
from rolloutsim.simulation.records.recorder import Recorder  # noqa: E402
from rolloutsim.simulation.replicate import Replicator  # noqa: E402
from rolloutsim.study.execution.chunk import run_chunk  # noqa: E402
from rolloutsim.study.execution.cores import cores  # noqa: E402
from rolloutsim.study.sweep import SweepPlan, plan_sweep, run_sweep  # noqa: E402

CONCURRENCY = "deployment.deploymentConfig.concurrentDeploymentPercentage"
THRESHOLD = "deployment.deploymentConfig.failureThresholdPercentage"
TIMEOUT = "deployment.deploymentConfig.robotDeploymentTimeoutInSeconds"
ROBOTS = 1_000
#: Each is run so often, in turns.
RUNS = 3


def planned(points: int, replicates: int) -> SweepPlan:
    """Return a sweep of so many points: ten thresholds, and for each so many windows."""
    levers = {CONCURRENCY: [5 + number for number in range(points // 10)], THRESHOLD: list(range(20, 30))}
    return plan_sweep(fleet(ROBOTS), levers=levers, replicates=replicates, seed=1)


def bare(plan: SweepPlan) -> None:
    """Simulate and reduce all replicates, and throw the numbers away."""
    for scenario in plan.scenarios.values():
        replicator, recorder = (
            Replicator(scenario, 1, work=MANY, steps=False, engine="compiled"),
            Recorder(scenario, keep="jobs", engine="compiled"),
        )
        for replicate in plan.shard:
            recorder.add(replicate, *replicator.run(replicate))


def swept(plan: SweepPlan, workers: int | None) -> None:
    """Do a sweep in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for _ in run_sweep(plan, Path(folder), executor=workers):
            pass


def both_times(work: Callable[[], None]) -> tuple[float, float]:
    """Return the processor time of this process, and the wall-clock time."""
    processor, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - processor, time.perf_counter() - wall


def harness(points: int, replicates: int, runs: int) -> dict[str, Any]:
    """Compare a sweep with the bare engine, and all cores with one."""
    plan = planned(points, replicates)
    prepare()
    works: dict[str, Callable[[], None]] = {
        "bare": lambda: bare(plan),
        "one_core": lambda: swept(plan, 1),
        "all_cores": lambda: swept(plan, None),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            times[name].append(both_times(work))
    median = {name: [statistics.median(column) for column in zip(*values, strict=True)] for name, values in times.items()}
    return {
        "points": points,
        "replicates": replicates,
        "wall_s": {name: wall for name, (_, wall) in median.items()},
        "harness": median["one_core"][0] / median["bare"][0] - 1,
        "cores": cores(),
        "use_of_cores": median["one_core"][1] / median["all_cores"][1] / cores(),
    }


def made_up(scenario: Scenario) -> Callable[..., Outcomes]:
    """Return what stands for `run_chunk` and takes no time: numbers of some replicates, no two the same."""
    known, luck = run_chunk(scenario, 1, range(200)), np.random.default_rng(1)

    def run(scenario: Scenario, seed: int, replicates: range, **_: object) -> Outcomes:
        chosen = luck.integers(0, len(known.numbers), len(replicates))
        numbers = known.numbers[chosen]
        broken = numbers != np.floor(numbers)
        numbers[broken] *= luck.uniform(0.9, 1.1, broken.sum())
        numbers[:, 0] = replicates
        return known._replace(numbers=numbers, codes=known.codes[chosen])

    return run


def resumed(points: int, replicates: int) -> dict[str, float]:
    """Return how long it takes to see that a study is complete, and how long the command takes, which also shows its estimates."""
    file = ROOT / "scenarios" / "robomaker-100.yaml"
    scenario, values = load(file), [3600 + number for number in range(points)]

    def plan(folder: Path) -> SweepPlan:
        return plan_sweep(scenario, levers={TIMEOUT: values}, replicates=replicates, seed=1, out=folder)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with patch("rolloutsim.study.context.run_chunk", made_up(scenario)):
            for _ in run_sweep(plan(folder), folder, executor=1):
                pass
        begun = time.perf_counter()
        if list(run_sweep(plan(folder), folder)):
            raise RuntimeError("the study is not complete")
        resume = time.perf_counter() - begun
        lever = f"{TIMEOUT}={','.join(map(str, values))}"
        command = ["sweep", str(file), "--lever", lever, "-n", str(replicates), "--seed", "1", "--out", str(folder), "--json"]
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "rolloutsim", *command], cwd=ROOT, check=True, capture_output=True)
        return {"rows": points * replicates, "resume_s": resume, "command_s": time.perf_counter() - begun}


def _all_of(replicates: int, points: int) -> None:
    swept(planned(points, replicates), 1)


def told(result: dict[str, Any]) -> str:
    """Return the result for people."""
    sweep, resume = result["sweep"], result["resume"]
    wall = ", ".join(f"{name.replace('_', ' ')} {seconds:.1f} s" for name, seconds in sweep["wall_s"].items())
    lines = [
        f"{sweep['points']} points x {sweep['replicates']} replicates of {ROBOTS:,} robots: {wall}",
        f"processor time beyond the bare engine's: {sweep['harness']:.1%}",
        f"{sweep['cores']} cores against as many times the rate of one: {sweep['use_of_cores']:.0%}",
        f"a complete study of {resume['rows']:,} rows is resumed in {resume['resume_s']:.2f} s; the command, estimates included, "
        f"takes {resume['command_s']:.2f} s",
    ]
    lines += [f"most memory, {int(work):,} robot-deployments: {value / MEGABYTE:,.0f} MiB" for work, value in result["memory"].items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what studies add to the engine.")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--quick", action="store_true", help="small sizes, once: to see whether it works")
    options = parser.parse_args()
    quick = options.quick
    points, replicates = (10, 1) if quick else (200, 50)
    # First, because a process begins with the most that its parent has taken.
    memories = memory(partial(_all_of, points=points), replicates, points * ROBOTS)
    result = {
        "sweep": harness(10, 2, 1) if quick else harness(200, 100, RUNS),
        "resume": resumed(5, 20) if quick else resumed(200, 5_000),
        "memory": memories,
    }
    print(json.dumps(result, indent=2) if options.json else told(result))


if __name__ == "__main__":
    main()
