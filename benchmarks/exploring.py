"""Measure how long `rolloutsim.explore` takes to follow a slider: ``python benchmarks/exploring.py [--json] [--quick]`` from the checkout.

Each turn moves the slider of concurrency to a place where it has not been, with warm machine code, by wall-clock time: 50 replicates of 200
robots are simulated, summed up, put into words and drawn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import rolloutsim  # noqa: E402  # found only once the checkout is on the path
from rolloutsim.simulation.engine_choice import prepare  # noqa: E402

ROBOTS, REPLICATES, TURNS = 200, 50, 9
#: Within this a change is shown (s).
LIMIT_S = 1.0


def measure(robots: int, replicates: int, turns: int) -> dict[str, Any]:
    """Return the times of redraws (s): the median, and the longest."""
    scenario = rolloutsim.load(ROOT / "benchmarks" / "w1.yaml").replace("fleet.robots.robots", robots)
    explorer = rolloutsim.explore(scenario, replicates=replicates, seed=1)
    slider = explorer.sliders["concurrency"]
    times = []
    for turn in range(turns):
        start = time.perf_counter()
        slider.value = 30 + turn
        times.append(time.perf_counter() - start)
    return {
        "robots": robots,
        "replicates": replicates,
        "engine": explorer.results.manifest["engine"],
        "median_s": statistics.median(times),
        "longest_s": max(times),
        "limit_s": LIMIT_S,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quick", action="store_true", help="few robots, without machine code, to see whether it works")
    options = parser.parse_args()
    if options.quick:
        found = measure(20, 2, 2)
    else:
        prepare()
        found = measure(ROBOTS, REPLICATES, TURNS)
    if options.json:
        print(json.dumps(found))
        return
    print(f"{found['robots']} robots x {found['replicates']} replicates, {found['engine']}: a change is shown in", end=" ")
    print(f"{found['median_s']:.2f} s, at most {found['longest_s']:.2f} s; target: {found['limit_s']:.0f} s")


if __name__ == "__main__":
    main()
