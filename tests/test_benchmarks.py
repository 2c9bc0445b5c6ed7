"""The benchmark compares like with like: the hand-written yardstick and the model are the same in distribution."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

import rolloutsim
from benchmarks.yardstick import Job
from tests.gate import PATIENCE_S

ROOT = Path(__file__).parents[1]
ROBOTS, REPLICATES = 200, 80
#: Two-sided, for each of the eight comparisons. With a power of 99.9 % it detects a shift by (4.9 + 3.1) * sqrt(2 / 80) = 1.3 standard
#: deviations between replicates: 11 % of the time to complete, 5 % of slot time and downtime, 1 % of bytes and of steps, 3.6 failures.
FALSE_ALARM = 1e-6


@pytest.fixture(scope="module")
def samples() -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """One value a replicate of each quantity, from rolloutsim and from the yardstick."""
    scenario = rolloutsim.load(ROOT / "benchmarks" / "w1.yaml").replace("fleet.robots.robots", ROBOTS)
    results = rolloutsim.simulate(scenario, replicates=REPLICATES, seed=5)
    columns = {
        "end": "time_to_complete_s",
        "failed": "failed",
        "slot": "slot_s",
        "offline": "slot_offline_s",
        "downtime": "downtime_s",
        "left_down": "left_down",
        "bytes": "bytes_sent",
    }
    ours = {name: results.jobs[column].astype(float).tolist() for name, column in columns.items()}
    ours["steps"] = results.steps.groupby("replicate").size().astype(float).tolist()
    theirs: dict[str, list[float]] = {name: [] for name in ours}
    for seed in range(REPLICATES):
        job = Job(ROBOTS, seed)
        theirs["end"].append(job.run())
        theirs["failed"].append(sum(record.code is not None for record in job.records))
        theirs["slot"].append(sum(record.reported - record.granted for record in job.records))
        theirs["offline"].append(sum(record.offline for record in job.records))
        theirs["downtime"].append(sum(record.downtime for record in job.records))
        theirs["left_down"].append(sum(record.left_down for record in job.records))
        theirs["bytes"].append(sum(record.bytes for record in job.records))
        theirs["steps"].append(len(job.steps))
    return ours, theirs


@pytest.mark.slow
@pytest.mark.parametrize("name", ["end", "failed", "slot", "offline", "downtime", "left_down", "bytes", "steps"])
def test_yardstick_and_model_agree(samples: tuple[dict[str, list[float]], dict[str, list[float]]], name: str) -> None:
    ours, theirs = (np.asarray(sample[name]) for sample in samples)
    error = np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / REPLICATES)
    assert abs(ours.mean() - theirs.mean()) < norm.isf(FALSE_ALARM / 2) * error


def quick(script: str) -> Any:
    """Return what a benchmark measures when it is only to be seen whether it works."""
    command = [sys.executable, f"benchmarks/{script}.py", "--quick", "--json"]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=True).stdout)


@pytest.mark.slow
def test_the_benchmark_runs() -> None:
    result = quick("run")
    assert [row["robots"] for row in result["speed"]] == [1000]
    assert set(result["speed"][0]["ratio"]) == set(result["speed"][0]["spread"]) == {"yardstick", "simpy", "compiled"}
    assert list(result["most_memory_bytes"]) == ["20000", "200000"]


@pytest.mark.slow
def test_the_benchmark_of_studies_runs() -> None:
    result = quick("studies")
    assert set(result["sweep"]["wall_s"]) == {"bare", "one_core", "all_cores"}
    assert result["resume"]["rows"] == 100
    assert list(result["memory"]) == ["10000", "100000"]


@pytest.mark.slow
def test_the_benchmark_of_robomakers_api_runs() -> None:
    assert all(value > 0 for value in quick("robomaker").values())


def test_the_benchmark_of_a_list_of_robots_runs() -> None:
    assert quick("fleet_list")["robots"] == 1000


@pytest.mark.slow
def test_the_benchmark_of_the_explorer_runs() -> None:
    found = quick("exploring")
    assert (found["robots"], found["replicates"], found["engine"]) == (20, 2, "simpy")
    assert 0 < found["median_s"] <= found["longest_s"]


@pytest.mark.parametrize("script", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda script: script.stem)
def test_no_benchmark_hides_a_module(script: Path) -> None:
    """Python looks for modules in the folder of a script first; `coverage.py` hid a package that numba imports."""
    elsewhere = [path for path in sys.path if Path(path).resolve() != script.parent]
    assert PathFinder.find_spec(script.stem, elsewhere) is None
