"""Measure how long a list of 100,000 robots takes to load: ``python benchmarks/fleet_list.py [--json] [--quick]`` from the checkout.

It is compared with `pandas.read_csv` of the same file, in turns in one process, by processor time; each turn reads a file with other names,
so that nothing is remembered.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import rolloutsim  # noqa: E402  # found only once the checkout is on the path

ROBOTS = 100_000
RUNS = 5

SCENARIO = """\
fleet:
  file: robots.csv
  unit: Mbit/s
  classes:
    steady: {}
    flaky: {connectivity: {availability: 95 %, offline: 10 min}}
sites: {names: wh01..wh12, defaults: {downlink: 200 Mbit/s}}
application: {bundle: 350 MB}
"""


def write(folder: Path, robots: int, turn: int) -> None:
    """Write a scenario and its list of robots."""
    rows = [
        f"wr-{turn}-{number:06},wh{number % 12 + 1:02},{'flaky' if number % 7 == 0 else 'steady'},X86_64,{number % 3},{number % 40 + 1}"
        for number in range(robots)
    ]
    (folder / "fleet.yaml").write_text(SCENARIO)
    (folder / "robots.csv").write_text("\n".join(["robot,site,class,architecture,priority,link_rate", *rows, ""]))


def seconds(function: Callable[[Path], Any], path: Path) -> float:
    """Return the processor time that a function takes."""
    start = time.process_time()
    function(path)
    return time.process_time() - start


def measure(robots: int = ROBOTS, runs: int = RUNS) -> dict[str, float]:
    """Return the medians of some turns (s), and the limit: 3 times that of pandas plus 0.5 s."""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for turn in range(runs + 1):
            write(folder, robots, turn)
            ours.append(seconds(rolloutsim.load, folder / "fleet.yaml"))
            theirs.append(seconds(pd.read_csv, folder / "robots.csv"))
    load, read = statistics.median(ours[1:]), statistics.median(theirs[1:])  # the first turn imports
    return {"robots": robots, "load_s": load, "pandas_s": read, "limit_s": 3 * read + 0.5}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quick", action="store_true", help="few robots, to see whether it works")
    options = parser.parse_args()
    found = measure(1_000, 1) if options.quick else measure()
    if options.json:
        print(json.dumps(found))
        return
    print(f"{found['robots']:,} robots: loaded in {found['load_s']:.2f} s, by pandas.read_csv in {found['pandas_s']:.3f} s;", end=" ")
    print(f"at most {found['limit_s']:.2f} s")


if __name__ == "__main__":
    main()
