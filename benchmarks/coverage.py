"""Do the intervals of means hold the truth as often as they say? Repetitions are drawn from a pool of replicates whose mean is known.

    python benchmarks/coverage.py scenarios/bad-release.yaml --pool 20000 --repetitions 4000

The pool holds so many replicates of the good release, and as many of the bad one, if the scenario draws it. Each repetition draws the
release of each of its replicates by the scenario's probability, and the replicate from the pool. For every mean of the summary the table
shows how many repetitions have no interval, how many of the others hold the truth, and how many would pass a check whose limit lies just
below (above) the truth.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import rolloutsim
from rolloutsim.analysis import Estimate, Premises, estimate_row, parse_metric, share, slot_shares, values
from rolloutsim.scenario import Scenario
from rolloutsim.study.batch import run_batch
from rolloutsim.vocabulary import CODES, PHASES

FloatArray = NDArray[np.float64]

SEED = 20261127

#: What the summary shows means of.
MEANS = (
    *(f"{name}_share" for name in ("succeeded", "failed", "not_started", "converged_late", "offline", "wasted")),
    *(f"bytes_{name}" for name in ("sent", "useful", "wasted")),
    *("utilisation_mean", "utilisation_peak", "saturated", "peak_downloads"),
    *("downtime", "downtime_per_robot", "left_down", "robots_exposed"),
)


class Row(NamedTuple):
    """What became of the interval of a mean: shares of the repetitions, `covers` of those that have an interval."""

    name: str
    truth: float
    without: float
    covers: float
    high_below: float
    low_above: float


def coverage(scenario: Scenario, replicates: int, *, pool: int, repetitions: int, batch: int = 1000) -> Iterator[Row]:
    """Yield a row for each mean.

    Parameters
    ----------
    replicates
        Of each repetition.
    pool
        Replicates of each release to draw from.
    repetitions
        How many.
    batch
        Replicates whose tables are held at a time.
    """
    premises = Premises.of(scenario)
    pools = [_pool(scenario, release, pool, batch) if weight > 0 else {} for release, weight in ((0, 1 - premises.bad), (1, premises.bad))]
    rng = np.random.default_rng(SEED)
    draws = []
    for _ in range(repetitions):
        bad = rng.random(replicates) < premises.bad
        draws.append((bad, rng.integers(0, pool, replicates)))
    for name in dict.fromkeys(name for found in pools for name in found):
        good_values, bad_values = (found.get(name, np.zeros(pool)) for found in pools)
        if not np.isfinite([good_values, bad_values]).all():
            continue  # there are no links, or a time may be infinite
        truth = (1 - premises.bad) * math.fsum(good_values) / pool + premises.bad * math.fsum(bad_values) / pool
        yield _row(name, truth, [(np.where(bad, bad_values[at], good_values[at]), bad) for bad, at in draws], premises)


def _pool(scenario: Scenario, release: int, count: int, batch: int) -> dict[str, FloatArray]:
    """Return the values of all means in replicates of one release."""
    if scenario.application.release.bad is not None:
        scenario = scenario.replace("application.release.bad.probability", release)
    parts: dict[str, list[FloatArray]] = {}
    for start in range(0, count, batch):
        size = min(batch, count - start)
        done = run_batch(scenario, SEED + release, range(start, start + size), work=scenario.robots * count)
        if done.crashes:
            raise RuntimeError(f"replicate {done.crashes[0].replicate} crashed: {done.crashes[0].type}: {done.crashes[0].message}")
        tables = done.tables
        found = {name: values(name, tables).to_numpy() for name in MEANS}
        found |= {f"failure_share[{code}]": _of_code(code, tables) for code in CODES if f"failure_share[{code}]" in _CODE_SHARES}
        slots = slot_shares(tables)
        found |= {f"slots {phase}": slots.get(phase, np.zeros(size)) for phase in PHASES}
        for name, each in found.items():
            parts.setdefault(name, []).append(each)
    return {name: np.concatenate(each) for name, each in parts.items()}


_CODE_SHARES = {f"failure_share[{code}]" for code in rolloutsim.analysis.METRICS["failure_share"].codes}  # type: ignore[attr-defined]


def _of_code(code: str, tables: Any) -> FloatArray:
    return values(f"failure_share[{code}]", tables).to_numpy()


def _row(name: str, truth: float, drawn: list[tuple[FloatArray, NDArray[np.bool_]]], premises: Premises) -> Row:
    estimator = _estimator(name, premises)
    found = np.array([estimator(x, bad)[:3] for x, bad in drawn])
    low, high = found[:, 0], found[:, 2]
    known = ~np.isnan(low)
    slack = 1e-9 * abs(truth)  # of the rounding of sums
    below, above = high < truth - slack, low > truth + slack
    covers = float((~(below | above))[known].mean()) if known.any() else math.nan
    return Row(name, truth, float(1 - known.mean()), covers, float(below.mean()), float(above.mean()))


def _estimator(name: str, premises: Premises) -> Callable[[FloatArray, NDArray[np.bool_]], Estimate]:
    if name.startswith("slots "):
        return lambda x, bad: share(x, strata=premises.strata(bad))
    query = parse_metric(name)
    return lambda x, bad: estimate_row(query, x, bad.astype(np.float64), premises)


def main() -> None:
    """Print a table for each scenario and number of replicates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--pool", type=int, default=20_000)
    parser.add_argument("--repetitions", type=int, default=4000)
    parser.add_argument("-n", dest="replicates", type=int, action="append")
    given = parser.parse_args()
    for file in given.files:
        scenario = rolloutsim.load(file)
        for replicates in given.replicates or (40, 100, 400):
            print(f"{scenario.name}, n = {replicates}: without interval | hold the truth | high limit below it | low limit above it")
            for row in coverage(scenario, replicates, pool=given.pool, repetitions=given.repetitions):
                shares = " | ".join(f"{100 * share:6.2f} %" for share in row[2:])
                print(f"{row.name:<50} {row.truth:<12.5g} {shares}", flush=True)


if __name__ == "__main__":
    main()
