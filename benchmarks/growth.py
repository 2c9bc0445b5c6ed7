"""How time grows with size: exponents log10(t(10 n) / t(n)) of processor time, medians of five runs in turns.

An exponent of 1 is growth in proportion. It says nothing about the speed of the machine, which is why no test asserts seconds.

Run ``python benchmarks/growth.py`` in a checkout; it takes some minutes, most of them to compile.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import build
from rolloutsim.simulation.records.recorder import Recorder
from rolloutsim.simulation.replicate import Replicator

RUNS = 5
MOST = 1.2

Work = Callable[[], object]


def spells(robots: int, offline: str, never: float) -> dict[str, Any]:
    """Return a fleet with renewal spells of 20 min of which a share is switched off for good."""
    spell = {"exponential": {"mean": "20 min"}}
    connectivity = {"renewal": {"up": spell, "down": spell}}
    off = int(robots * never)
    fleet: list[dict[str, Any]] = [{"cohort": "on", "robots": robots - off, "connectivity": connectivity, "link": {"rate": "8 Mbit/s"}}]
    if off:
        fleet.append({"cohort": "off", "robots": off, "connectivity": "never"})
    return {
        "fleet": fleet,
        "application": {"bundle": "100 MB", "steps": {"launching": {"duration": {"exponential": {"mean": "60 s"}}}}},
        "deployment": {"deploymentConfig": {"concurrentDeploymentPercentage": 10}},
        "rules": {"offline": offline},
    }


def sites(number: int) -> dict[str, Any]:
    """Return sites of 10 robots each, with a line each and an origin that does not limit them."""
    return {
        "fleet": [{"cohort": f"c{k}", "robots": 10, "site": f"s{k}", "link": {"rate": "8 Mbit/s"}} for k in range(number)],
        "network": {"origin": "100 Gbit/s", "sites": {f"s{k}": {"downlink": "20 Mbit/s"} for k in range(number)}},
        "application": {"bundle": "100 MB"},
    }


def misspelt(number: int) -> dict[str, Any]:
    """Return cohorts of which each names a site that does not exist."""
    return {
        "fleet": [{"cohort": f"c{k}", "robots": 1, "site": f"site-{k:04}x"} for k in range(number)],
        "network": {"sites": {f"site-{k:04}": {"downlink": "20 Mbit/s"} for k in range(number)}},
        "application": {"bundle": "100 MB"},
    }


def wrong(number: int) -> dict[str, Any]:
    """Return cohorts with a unit that does not exist in each."""
    fleet = [{"cohort": f"c{k}", "robots": 1, "link": {"rate": "8 Mbits"}} for k in range(number)]
    return {"fleet": fleet, "application": {"bundle": "100 MB"}}


def running(data: dict[str, Any]) -> Work:
    """Return work that simulates one replicate and reduces it."""
    scenario = build(data)
    replicator = Replicator(scenario, 1, engine="compiled")

    def work() -> None:
        Recorder(scenario, keep="jobs").add(0, *replicator.run(0))

    return work


def loading(data: dict[str, Any]) -> Work:
    """Return work that reads a scenario, or refuses it."""

    def work() -> None:
        with suppress(ScenarioError):
            build(data)

    return work


CASES: dict[str, tuple[int, Callable[[int], Work]]] = {
    **{
        f"{offline}, {'20 % never and ' if never else ''}spells of 20 min": (
            10_000,
            lambda n, offline=offline, never=never: running(spells(n, offline, never)),  # type: ignore[misc]  # bound now
        )
        for offline in ("wait", "skip")
        for never in (0.0, 0.2)
    },
    "sites, loading": (80, lambda n: loading(sites(n))),
    "sites, running": (80, lambda n: running(sites(n))),
    "a misspelt site in each cohort": (100, lambda n: loading(misspelt(n))),
    "an unknown unit in each cohort": (100, lambda n: loading(wrong(n))),
}


def exponent(size: int, make: Callable[[int], Work]) -> tuple[float, float, float]:
    """Return the exponent of a case and its median times (s) at a size and at ten times that."""
    works = make(size), make(10 * size)
    for work in works:
        work()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(RUNS):
        for work, taken in zip(works, times, strict=True):
            gc.collect()
            started = time.process_time()
            work()
            taken.append(time.process_time() - started)
    small, large = map(statistics.median, times)
    return math.log10(large / small), small, large


def main() -> None:
    print(f"{'':40} {'size':>8} {'t(n)':>10} {'t(10 n)':>10} {'exponent':>9}")
    for name, (size, make) in CASES.items():
        found, small, large = exponent(size, make)
        print(f"{name:40} {size:8,} {small:8.4f} s {large:8.4f} s {found:9.2f}{'' if found <= MOST else f'  above {MOST}'}", flush=True)


if __name__ == "__main__":
    main()
