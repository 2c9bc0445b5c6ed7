"""Do the intervals of means hold the truth as often as they say? Repetitions are drawn from a pool of replicates whose mean is known.

    python benchmarks/intervals.py scenarios/bad-release.yaml --pool 10000 --repetitions 4000

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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import rolloutsim
from rolloutsim.analysis import Estimate, Premises, estimate_row, parse_metric, share, slot_shares, values
from rolloutsim.analysis.metrics import METRICS
from rolloutsim.scenario import Scenario
from rolloutsim.simulation.engine_choice import choose_engine, estimate_work
from rolloutsim.study.execution.chunk import run_chunk

FloatArray = NDArray[np.float64]

SEED = 20261127

#: What the summary shows means of, beside the failure codes that occur and what held the slots.
MEANS = (
    *(f"{name}_share" for name in ("succeeded", "failed", "not_started", "converged_late", "offline", "wasted")),
    *(f"bytes_{name}" for name in ("sent", "useful", "wasted")),
    *("utilisation_mean", "utilisation_peak", "saturated", "peak_downloads"),
    *("downtime", "downtime_per_robot", "left_down", "robots_exposed"),
)

_SLOTS = "slots "


class Pool(NamedTuple):
    """Replicates to draw from.

    Attributes
    ----------
    premises
        Of their scenario.
    size
        Replicates of each release.
    values
        By mean: one for each replicate, those of the good release first.
    """

    premises: Premises
    size: int
    values: dict[str, FloatArray]

    @classmethod
    def of(cls, scenario: Scenario, size: int) -> Pool:
        """Simulate so many replicates of each release that the scenario may draw.

        Raises
        ------
        RuntimeError
            If a replicate crashes.
        """
        premises = Premises.of(scenario)
        weights = 1 - premises.bad, premises.bad
        found = [_simulated(scenario, release, size) if weight > 0 else {} for release, weight in enumerate(weights)]
        names = dict.fromkeys(name for means in found for name in means)
        # What occurs with one release alone is a share of 0 with the other.
        parts = {name: [means.get(name, np.zeros(size)) for means in found] for name in names}
        return cls(premises, size, {name: np.concatenate(each) for name, each in parts.items()})

    def truth(self, name: str) -> float:
        """Return the mean over the pool, of replicates in which the quantity is defined."""
        x = self.values[name]
        known = ~np.isnan(x)
        weight = np.repeat([1 - self.premises.bad, self.premises.bad], self.size)[known]
        return math.fsum(weight * x[known]) / math.fsum(weight)


class Row(NamedTuple):
    """What became of the interval of a mean: shares of the repetitions, `covers` of those that have an interval."""

    name: str
    truth: float
    without: float
    covers: float
    high_below: float
    low_above: float


def coverage(pool: Pool, replicates: int, repetitions: int) -> Iterator[Row]:
    """Yield a row for each mean, from so many repetitions of so many replicates each."""
    rng = np.random.default_rng(SEED)
    bad = rng.random((repetitions, replicates)) < pool.premises.bad
    drawn = rng.integers(0, pool.size, bad.shape) + pool.size * bad
    for name, x in pool.values.items():
        if np.isfinite(x).any() and not np.isinf(x).any():  # otherwise there are no links, or it may never happen
            yield _row(name, pool.truth(name), x, drawn, pool)


def _simulated(scenario: Scenario, release: int, size: int) -> dict[str, FloatArray]:
    """Return the values of all means in replicates of one release."""
    if scenario.application.release.bad is not None:
        scenario = scenario.replace("application.release.bad.probability", release)
    engine = choose_engine("auto", estimate_work(scenario, size)).engine
    done = run_chunk(scenario, SEED + release, range(size), keep="summary", engine=engine)
    if done.crashes:
        raise RuntimeError(f"replicate {done.crashes[0].replicate} crashed: {done.crashes[0].type}: {done.crashes[0].message}")
    tables = done.tables()
    means = {name: values(name, tables).to_numpy() for name in MEANS}
    codes = {name: values(name, tables).to_numpy() for name in (f"failure_share[{code}]" for code in METRICS["failure_share"].codes)}
    means |= {name: shares for name, shares in codes.items() if shares.any()}
    return means | {_SLOTS + phase: shares for phase, shares in slot_shares(tables).items()}


def _row(name: str, truth: float, x: FloatArray, drawn: NDArray[np.int64], pool: Pool) -> Row:
    estimator = _estimator(name, pool.premises)
    # Repetitions with the same values have the same interval: each is computed once.
    distinct, number = np.unique(x, return_inverse=True)
    releases = np.arange(len(x)) >= pool.size
    samples, which = np.unique(np.sort((2 * number + releases)[drawn], axis=1), axis=0, return_inverse=True)
    found = np.array([estimator(distinct[sample // 2], sample % 2 == 1)[:3] for sample in samples])[which.ravel()]
    low, high = found[:, 0], found[:, 2]
    known = ~np.isnan(low)
    slack = 1e-9 * abs(truth)  # of the rounding of sums
    below, above = high < truth - slack, low > truth + slack
    covers = float((~(below | above))[known].mean()) if known.any() else math.nan
    return Row(name, truth, float(1 - known.mean()), covers, float(below.mean()), float(above.mean()))


def _estimator(name: str, premises: Premises) -> Callable[[FloatArray, NDArray[np.bool_]], Estimate]:
    if name.startswith(_SLOTS):
        return lambda x, bad: share(x, strata=premises.strata(bad))
    query = parse_metric(name)
    return lambda x, bad: estimate_row(query, x, bad.astype(np.float64), premises)


def main() -> None:
    """Print a table for each scenario and number of replicates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--pool", type=int, default=10_000)
    parser.add_argument("--repetitions", type=int, default=4000)
    parser.add_argument("-n", dest="replicates", type=int, action="append")
    given = parser.parse_args()
    for file in given.files:
        scenario = rolloutsim.load(file)
        pool = Pool.of(scenario, given.pool)
        for replicates in given.replicates or (40, 100, 400):
            print(f"{scenario.name}, n = {replicates}: without interval | hold the truth | high limit below it | low limit above it")
            for row in coverage(pool, replicates, given.repetitions):
                shares = " | ".join("      –" if math.isnan(share) else f"{100 * share:5.2f} %" for share in row[2:])
                print(f"{row.name:<50} {row.truth:<12.5g} {shares}", flush=True)


if __name__ == "__main__":
    main()
