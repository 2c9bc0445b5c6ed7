"""Measure speed, start-up and memory, as ratios in one run: ``python benchmarks/run.py [--json] [--quick]`` from the checkout.

The yardstick (`yardstick.py`), rolloutsim's SimPy model and its compiled engine run the same scenario (`w1.yaml`) in turns in one process;
what counts is processor time, the median of a few runs of each; in brackets is the range of the ratios over the turns. rolloutsim's time
holds all it does for a replicate: draws, model, records and the numbers of the job.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.yardstick import Job  # noqa: E402  # found only once the checkout is on the path
from rolloutsim import Scenario, load  # noqa: E402
from rolloutsim.simulation.records.recorder import Recorder  # noqa: E402
from rolloutsim.simulation.replicate import Replicator  # noqa: E402

#: Robots, and how often each model runs; beyond these only compiled code is run.
SIZES = {1_000: 9, 10_000: 9, 100_000: 2}
LARGE = {1_000_000: 2}
SHARING_SIZES = {10_000: 3, 100_000: 1}
#: Work large enough for compiled draws, as in a run of many replicates.
MANY = 10_000_000
MEGABYTE = 1 << 20


def fleet(robots: int) -> Scenario:
    return load(ROOT / "benchmarks" / "w1.yaml").replace("fleet.robots.robots", robots)


def shared(robots: int) -> Scenario:
    """Return the same behind one line, of half of what the robots in flight could take."""
    return fleet(robots).replace("fleet.robots.site", "hall").replace("network.sites.hall.downlink", f"{0.8 * robots} Mbit/s")


def reduced(scenario: Scenario, engine: str) -> Callable[[int], None]:
    """Return what simulates a replicate and reduces it to its numbers, as every run and sweep does that keeps no robots."""
    replicator, recorder = (
        Replicator(scenario, 1, work=MANY, steps=False, flows=False, engine=engine),
        Recorder(scenario, keep="jobs", engine=engine),
    )

    def run(replicate: int) -> None:
        recorder.add(replicate, *replicator.run(replicate))

    if engine == "compiled":
        run(0)  # its code is loaded
    return run


def seconds(work: Callable[[int], object], run: int) -> float:
    """Return the processor time of a call."""
    gc.collect()
    start = time.process_time()
    work(run)
    return time.process_time() - start


def in_turns(works: dict[str, Callable[[int], object]], runs: int) -> dict[str, list[float]]:
    """Return the processor times of each, turn by turn."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for run in range(runs):
        for name, work in works.items():
            times[name].append(seconds(work, run))
    return times


def medians(works: dict[str, Callable[[int], object]], runs: int) -> dict[str, float]:
    """Return the median processor time of each."""
    return {name: statistics.median(values) for name, values in in_turns(works, runs).items()}


def per_second(robots: int, times: dict[str, float]) -> dict[str, int]:
    return {name: round(robots / value) for name, value in times.items()}


def speed(robots: int, runs: int) -> dict[str, Any]:
    """Compare the models at one size of the fleet."""
    engines = {engine: reduced(fleet(robots), engine) for engine in ("simpy", "compiled")}
    times = in_turns({"yardstick": lambda seed: Job(robots, seed).run(), **engines}, runs)
    median = {name: statistics.median(values) for name, values in times.items()}
    ratios = {name: [by / own for by, own in zip(times["yardstick"], values, strict=True)] for name, values in times.items()}
    return {
        "robots": robots,
        "runs": runs,
        "robots_per_s": per_second(robots, median),
        "ratio": {name: median["yardstick"] / value for name, value in median.items()},
        "spread": {name: [min(values), max(values)] for name, values in ratios.items()},
    }


def sharing(sizes: dict[int, int]) -> dict[str, Any]:
    """Compare the engines, and fleets of different sizes, behind one line."""
    found = {}
    for robots, runs in sizes.items():
        found[robots] = medians({name: reduced(shared(robots), name) for name in ("simpy", "compiled")}, runs)
    small, large = min(sizes), max(sizes)
    return {
        "robots_per_s": {str(robots): per_second(robots, median) for robots, median in found.items()},
        "compiled_against_simpy": {str(robots): median["simpy"] / median["compiled"] for robots, median in found.items()},
        "sizes": [small, large],
        "cost_of_the_larger": {name: found[large][name] / found[small][name] for name in ("simpy", "compiled")},
    }


#: Where processes wait for each other before they work.
_together: Barrier | None = None


def _meet(barrier: Barrier) -> None:
    global _together
    _together = barrier


def _work(replicates: int, robots: int) -> float:
    run = reduced(fleet(robots), "compiled")
    if _together is not None:
        _together.wait()
    start = time.perf_counter()
    for replicate in range(replicates):
        run(replicate)
    return time.perf_counter() - start


def cores(replicates: int, robots: int = 1_000) -> dict[str, float]:
    """Return how much more two processes do than one, by wall-clock time."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        one = pool.apply(_work, (replicates, robots))
    with context.Pool(2, _meet, (context.Barrier(2),)) as pool:
        both = max(pool.starmap(_work, [(replicates, robots)] * 2, chunksize=1))
    return {"one_s": one, "both_s": both, "ratio": 2 * one / both}


def first_use(directory: str | None = None) -> float:
    """Return the wall-clock time of a process that has the machine code made (in an empty directory) or loaded."""
    environment = os.environ | ({"ROLLOUTSIM_CACHE_DIR": directory} if directory else {})
    start = time.perf_counter()
    code = "from rolloutsim.simulation.engine_choice import prepare; prepare()"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, env=environment)
    return time.perf_counter() - start


def first_uses() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as directory:
        return {"made_s": first_use(directory), "loaded_s": first_use(directory)}


def start_up(*args: str) -> float:
    """Return the wall-clock time of a command, the median of five, after one that warms the disk."""
    times = []
    for _ in range(6):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "rolloutsim", *args], cwd=ROOT, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def _most_memory(work: Callable[[int], object], replicates: int) -> int:
    work(replicates)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def memory(work: Callable[[int], object], replicates: int, robots: int) -> dict[str, int]:
    """Return the most memory (bytes) of a process that works with so many replicates, and of one with ten times as many.

    Parameters
    ----------
    work
        A function of this module or another, called with a number of replicates in a process of its own.
    robots
        Of all replicates of one number together.

    Returns
    -------
    dict
        By robot-deployments.
    """
    context = multiprocessing.get_context("spawn")
    found = {}
    for count in (replicates, 10 * replicates):
        with context.Pool(1) as pool:
            found[f"{count * robots}"] = pool.apply(_most_memory, (work, count))
    return found


def measure(sizes: dict[int, int], large: dict[int, int], sharing_sizes: dict[int, int], replicates: int, commands: bool) -> dict[str, Any]:
    first = first_uses() if commands else {}
    starts = {"--help": ["--help"], "validate": ["validate", "scenarios/warehouse-night.yaml"]} if commands else {}
    memories = memory(
        partial(_work, robots=1_000), replicates, 1_000
    )  # first, because a process begins with the most that its parent has taken
    rows = [speed(robots, runs) for robots, runs in sizes.items()]
    for robots, runs in large.items():
        value = medians({"compiled": reduced(fleet(robots), "compiled")}, runs)["compiled"]
        rows.append({"robots": robots, "runs": runs, "robots_per_s": {"compiled": round(robots / value)}, "ratio": {}, "spread": {}})
    return {
        "machine": {"python": platform.python_version(), "system": platform.system(), "processor": platform.machine()},
        "speed": rows,
        "sharing": sharing(sharing_sizes),
        "cores": cores(4 * replicates),
        "first_use": first,
        "start_up_s": {name: start_up(*words) for name, words in starts.items()},
        "most_memory_bytes": memories,
    }


def told(result: dict[str, Any]) -> str:
    """Return the result for people."""
    names = ("yardstick", "simpy", "compiled")
    lines = [f"{'robots':>9} " + " ".join(f"{name + ', robots/s':>20}" for name in names) + f"{'simpy':>20}{'compiled':>24}  x yardstick"]
    for row in result["speed"]:
        rates = " ".join(f"{row['robots_per_s'].get(name, '-'):>20}" for name in names)
        ratios = "".join(
            f"{row['ratio'][name]:>10.1f} ({row['spread'][name][0]:.1f} to {row['spread'][name][1]:.1f})" if name in row["ratio"] else ""
            for name in names[1:]
        )
        lines.append(f"{row['robots']:>9,} {rates}{ratios}")
    line = result["sharing"]
    lines.append("")
    for robots, rates in line["robots_per_s"].items():
        ratio = line["compiled_against_simpy"][robots]
        lines.append(
            f"behind one line, {int(robots):,} robots: simpy {rates['simpy']:,}/s, compiled {rates['compiled']:,}/s, {ratio:.1f} x"
        )
    costs = ", ".join(f"{name} {cost:.1f} x" for name, cost in line["cost_of_the_larger"].items())
    lines += [f"{line['sizes'][1]:,} robots against {line['sizes'][0]:,} cost: {costs}", ""]
    lines.append(f"two processes against one: {result['cores']['ratio']:.2f} x")
    lines += [f"machine code {name.removesuffix('_s')}: {value:.1f} s" for name, value in result["first_use"].items()]
    lines += [f"start of {name}: {value:.3f} s" for name, value in result["start_up_s"].items()]
    lines += [
        f"most memory, {int(work):,} robot-deployments: {value / MEGABYTE:,.0f} MiB" for work, value in result["most_memory_bytes"].items()
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure speed, start-up and memory.")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--quick", action="store_true", help="small sizes, once: to see whether it works")
    options = parser.parse_args()
    if options.quick:
        result = measure({1_000: 1}, {}, {100: 1, 1_000: 1}, 20, commands=False)
    else:
        result = measure(SIZES, LARGE, SHARING_SIZES, 1_000, commands=True)
    print(json.dumps(result, indent=2) if options.json else told(result))


if __name__ == "__main__":
    main()
