"""Compare the model with the reference, replicate by replicate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

import rolloutsim
from rolloutsim.scenario import Scenario
from rolloutsim.simulation.records.outcomes import Tables
from tests.simulation.reference import Job, Reference

EXACT = ("status", "failure_code", "ended_by", "attempts")
AMOUNTS = ("slot_s", "offline_s", "downtime_s")
SHARES = (50, 90, 95, 99, 100)
TIMES = ("granted", "reached", "finished", "reported", "converged", "regressed")


def assert_same_tables(expected: Tables, found: Tables) -> None:
    """Check that two results have the same tables to the last bit, and lack the same ones."""
    for (name, table), other in zip(expected._asdict().items(), found, strict=True):
        if table is None or other is None:
            assert table is other, name
        else:
            pd.testing.assert_frame_equal(table, other, check_exact=True)


def same(expected: float, found: float, scale: float) -> bool:
    """Return whether two amounts agree to a relative 1e-9, differences of times relative to the times."""
    if math.isnan(expected) or math.isnan(found):
        return math.isnan(expected) and math.isnan(found)
    return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-9 * scale)


def text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def differences(scenario: Scenario, seed: int, replicates: int, number: Callable[[float], float] = float) -> Iterator[str]:
    """Yield whatever the model and the reference do not agree on; `number` is that of the reference."""
    results = rolloutsim.simulate(scenario, replicates=replicates, seed=seed)
    for crash in results.crashes:
        yield f"replicate {crash.replicate} crashed: {crash.type}: {crash.message}\n{crash.traceback}"
    for replicate in range(replicates):
        job = Reference(scenario, seed, replicate, number).run()
        row = results.jobs[results.jobs.replicate == replicate].iloc[0]
        robots = results.robots[results.robots.replicate == replicate].to_dict("records")
        for what in _compare(job, row, robots):
            yield f"replicate {replicate}, {what}"


def _compare(job: Job, row: Any, robots: list[Any]) -> Iterator[str]:
    scale = max([job.complete, *(t for r in job.robots for t in (r.finished, r.converged, r.downtime_s) if not math.isnan(t))])
    expected = {
        "status": job.status,
        "failure_code": job.failure_code,
        "release": job.release,
        "succeeded": sum(r.status == "InSync" for r in job.robots),
        "failed": sum(r.status in ("Failed", "NoResponse") for r in job.robots),
        "not_started": sum(r.status == "PendingNewDeployment" for r in job.robots),
        "converged_late": sum(r.status != "InSync" and not math.isnan(r.converged) for r in job.robots),
        "regressed": sum(not math.isnan(r.regressed) for r in job.robots),
        "left_down": sum(r.left_down for r in job.robots),
        "reachable": sum(r.reachable for r in job.robots),
        "peak_in_flight": job.peak_in_flight,
        "peak_downloads": job.peak_downloads,
        "stages_reached": job.stages_reached,
        "robots_exposed": sum(not math.isnan(r.granted) for r in job.robots),
    }
    for name, value in expected.items():
        found = text(row[name]) if name in ("status", "failure_code", "release") else row[name]
        if found != value:
            yield f"job: {name} is {found}, not {value}"
    if "stopped_by" in row and text(row["stopped_by"]) != job.stopped_by:
        yield f"job: stopped_by is {row['stopped_by']}, not {job.stopped_by}"
    for name, seconds in (("time_to_complete_s", job.complete), ("breached_s", job.breached), ("overshoot", job.overshoot)):
        if not same(seconds, row[name], scale):
            yield f"job: {name} is {row[name]}, not {seconds}"
    for name, t in _times_to_reach(job):
        if not same(t, row[name], scale):
            yield f"job: {name} is {row[name]}, not {t}"
    for name, value in (("utilisation_peak", job.utilisation_peak), ("utilisation_mean", job.utilisation_mean)):
        if not same(value, row[name], 1.0):
            yield f"job: {name} is {row[name]}, not {value}"
    if not same(job.saturated, row["saturated_s"], scale):
        yield f"job: saturated_s is {row['saturated_s']}, not {job.saturated}"
    peak = 8 * job.peak_rate
    if not same(peak, row["peak_bit_rate_bit_per_s"], peak):
        yield f"job: the peak of the bit rate is {row['peak_bit_rate_bit_per_s']}, not {peak}"
    for r, found in zip(job.robots, robots, strict=True):
        for name in EXACT:
            value = found[name] if name == "attempts" else text(found[name])
            if getattr(r, name) != value:
                yield f"robot {r.index}: {name} is {value}, not {getattr(r, name)}"
        if text(found["phase"]) != r.last_phase:
            yield f"robot {r.index}: phase is {found['phase']}, not {r.last_phase}"
        for name in TIMES:
            if not same(getattr(r, name), found[name + "_s"], scale):
                yield f"robot {r.index}: {name}_s is {found[name + '_s']}, not {getattr(r, name)}"
        for name in AMOUNTS:
            if not same(getattr(r, name), found[name], scale):
                yield f"robot {r.index}: {name} is {found[name]}, not {getattr(r, name)}"
        if not same(r.bytes, found["bytes"], r.size or 0.0):
            yield f"robot {r.index}: bytes are {found['bytes']}, not {r.bytes}"


def _times_to_reach(job: Job) -> Iterator[tuple[str, float]]:
    for kind, robots in (("", job.robots), ("_reachable", [r for r in job.robots if r.reachable])):
        converged = sorted(r.converged for r in robots if not math.isnan(r.converged))
        for share in SHARES:
            number = -(-share * len(robots) // 100)
            yield f"time_to_reach_{share}{kind}_s", converged[number - 1] if 0 < number <= len(converged) else math.nan
