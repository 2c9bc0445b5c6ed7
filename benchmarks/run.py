"""Measure speed, start-up and memory, as ratios in one run: ``python benchmarks/run.py [--json] [--quick]`` from the checkout.

The yardstick (`yardstick.py`) and rolloutsim's model run the same scenario (`w1.yaml`) in turns in one process; what counts is processor
time, the median of a few runs of each. rolloutsim's time holds all it does for a replicate, its draws and its columns included.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.yardstick import Job  # noqa: E402  # found only once the checkout is on the path
from rolloutsim import Scenario, load  # noqa: E402
from rolloutsim.simulation.collect import Collector  # noqa: E402
from rolloutsim.simulation.replicate import Replicator  # noqa: E402

#: Robots, and how often each model runs.
SIZES = {1_000: 7, 10_000: 5, 100_000: 3}
SHARING_SIZES = {10_000: 3, 100_000: 1}
TARGETS = {10_000: 1.5, 100_000: 4.0}
#: Work large enough for compiled draws, as in a run of many replicates.
MANY = 10_000_000


def fleet(robots: int) -> Scenario:
    return load(ROOT / "benchmarks" / "w1.yaml").replace("fleet.robots.robots", robots)


def seconds(work: Callable[[int], object], run: int) -> float:
    """Return the processor time of a call."""
    gc.collect()
    start = time.process_time()
    work(run)
    return time.process_time() - start


def speed(robots: int, runs: int) -> dict[str, Any]:
    """Compare the models at one size of the fleet, run in turns."""
    compiled = Replicator(fleet(robots), 1, work=MANY)
    plain = Replicator(fleet(robots), 1)
    times: dict[str, list[float]] = {"yardstick": [], "simpy": [], "simpy_plain_draws": []}
    for run in range(runs):
        times["yardstick"].append(seconds(lambda seed: Job(robots, seed).run(), run))
        times["simpy"].append(seconds(compiled.run, run))
        times["simpy_plain_draws"].append(seconds(plain.run, run))
    median = {name: statistics.median(values) for name, values in times.items()}
    return {
        "robots": robots,
        "runs": runs,
        "robots_per_s": {name: round(robots / value) for name, value in median.items()},
        "ratio": median["yardstick"] / median["simpy"],
        "ratio_plain_draws": median["yardstick"] / median["simpy_plain_draws"],
        "target": TARGETS.get(robots),
    }


def shared(robots: int) -> Scenario:
    """Return the same behind one line, of half of what the robots in flight could take."""
    return fleet(robots).replace("fleet.robots.site", "hall").replace("network.sites.hall.downlink", f"{0.8 * robots} Mbit/s")


def sharing(sizes: dict[int, int]) -> dict[str, Any]:
    """Compare fleets of different sizes behind one line, run in turns."""
    replicators = {robots: Replicator(shared(robots), 1, work=MANY) for robots in sizes}
    times: dict[int, list[float]] = {robots: [] for robots in sizes}
    for run in range(max(sizes.values())):
        for robots, runs in sizes.items():
            if run < runs:
                times[robots].append(seconds(replicators[robots].run, run))
    median = {robots: statistics.median(values) for robots, values in times.items()}
    small, large = min(sizes), max(sizes)
    return {
        "robots_per_s": {str(robots): round(robots / value) for robots, value in median.items()},
        "cost_of": f"{large:,} against {small:,}",
        "ratio": median[large] / median[small],
        "target": 1.5 * large / small,
    }


def first_use() -> float:
    """Return the time until compiled draws can be used, loaded or, once a machine, made."""
    replicator = Replicator(fleet(10), 1, work=MANY)
    start = time.perf_counter()
    replicator.run(0)
    return time.perf_counter() - start


def start_up(*args: str) -> float:
    """Return the wall-clock time of a command, the median of five, after one that warms the disk."""
    times = []
    for _ in range(6):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "rolloutsim", *args], cwd=ROOT, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def memory(robots: int = 1_000, replicates: int = 20) -> dict[str, float]:
    """Return bytes a robot and replicate: of the finished tables, and at the peak on the way to them."""
    replicator = Replicator(fleet(robots), 1)
    replicator.run(0)
    tracemalloc.start()
    collector = Collector(fleet(robots))
    for replicate in range(replicates):
        collector.add(replicate, *replicator.run(replicate))
    tables = collector.tables()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    held = sum(int(table.memory_usage(index=True, deep=True).sum()) for table in tables)
    return {"tables_bytes": held / (robots * replicates), "peak_bytes": peak / (robots * replicates)}


def measure(sizes: dict[int, int], sharing_sizes: dict[int, int]) -> dict[str, Any]:
    return {
        "machine": {"python": platform.python_version(), "system": platform.system(), "processor": platform.machine()},
        "first_use_of_compiled_draws_s": first_use(),
        "speed": [speed(robots, runs) for robots, runs in sizes.items()],
        "sharing": sharing(sharing_sizes),
        "start_up_s": {"--help": start_up("--help"), "validate": start_up("validate", "scenarios/warehouse-night.yaml")},
        "memory_a_robot_and_replicate": memory(),
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }


def told(result: dict[str, Any]) -> str:
    """Return the result for people."""
    lines = [f"{'robots':>8} {'yardstick':>12} {'rolloutsim':>12} {'plain draws':>12} {'ratio':>7} {'plain':>7}  target"]
    for row in result["speed"]:
        rates = row["robots_per_s"]
        lines.append(
            f"{row['robots']:>8,} {rates['yardstick']:>10,}/s {rates['simpy']:>10,}/s {rates['simpy_plain_draws']:>10,}/s "
            f"{row['ratio']:>6.2f}x {row['ratio_plain_draws']:>6.2f}x  " + (f">= {row['target']}x" if row["target"] else "-")
        )
    line = result["sharing"]
    rates = ", ".join(f"{int(robots):,} robots {rate:,}/s" for robots, rate in line["robots_per_s"].items())
    lines += ["", f"behind one line: {rates}; {line['cost_of']} costs {line['ratio']:.1f}x   target <= {line['target']:.0f}x"]
    starts, space = result["start_up_s"], result["memory_a_robot_and_replicate"]
    lines += [
        "",
        f"start of --help          {starts['--help']:.3f} s   target < 0.3 s",
        f"start of validate        {starts['validate']:.3f} s   target < 1 s",
        f"first use, compiled draws {result['first_use_of_compiled_draws_s']:.2f} s",
        f"tables held              {space['tables_bytes']:,.0f} B a robot and replicate   target < 3,000 B",
        f"peak while making them   {space['peak_bytes']:,.0f} B a robot and replicate",
        f"peak of this process     {result['peak_rss_bytes'] / 1e6:,.0f} MB",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure speed, start-up and memory.")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--quick", action="store_true", help="one small size, once: to see whether it works")
    options = parser.parse_args()
    result = measure({1_000: 1}, {100: 1, 1_000: 1}) if options.quick else measure(SIZES, SHARING_SIZES)
    print(json.dumps(result, indent=2) if options.json else told(result))


if __name__ == "__main__":
    main()
