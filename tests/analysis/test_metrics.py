"""Every metric of the registry on ordinary, empty, one-row and censored tables; and those of cohorts against the ones of the fleet."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from rolloutsim import simulate
from rolloutsim.analysis.expressions import evaluate, parse_metric, values
from rolloutsim.analysis.metrics import METRICS, Metric
from rolloutsim.scenario import parse
from rolloutsim.simulation.records.tables import SCHEMA
from rolloutsim.vocabulary import CODES, JOB_ONLY_CODES, PHASE_CODES

from .synthetic import SyntheticTables, empty_tables, synthetic_tables

TABLES = synthetic_tables(60, 40, seed=3)

FLEET = """
fleet:
  - {cohort: dock, robots: 9, link: {rate: 80 Mbit/s}}
  - cohort: courier
    robots: 14
    link: {rate: 8 Mbit/s}
    connectivity: {renewal: {up: {exponential: {mean: 3 min}}, down: {exponential: {mean: 2 min}}}}
  - {cohort: "off", robots: 2, connectivity: never}
application:
  bundle: 60 MB
  steps: {launching: {duration: {exponential: {mean: 20 s}}, failures: {MissingRobotDeploymentResource: 0.2}}}
deployment: {deploymentConfig: {concurrentDeploymentPercentage: 20, failureThresholdPercentage: 30, robotDeploymentTimeoutInSeconds: 120}}
seed: 5
"""
REAL = simulate(parse(FLEET), replicates=20)


def censored() -> SyntheticTables:
    """Return tables of jobs that are canceled at once: nothing converges, nothing is reached, most robots never start."""
    return synthetic_tables(40, 20, cancel_probability=1.0, bad_probability=0.0, slots=2)


def never(tables: SyntheticTables) -> SyntheticTables:
    """Return the tables with every time, and all that may be missing, missing."""
    jobs, cohorts = tables.jobs.copy(), tables.cohorts.copy()
    for table in (jobs, cohorts):
        for name in table.columns:
            if table[name].dtype == "float64" and name not in ("time_to_complete_s", "slot_s", "slot_offline_s"):
                table[name] = np.nan
    return tables._replace(jobs=jobs, cohorts=cohorts)


def expressions(metric: Metric) -> dict[str, list[str]]:
    """Return expressions of a metric with all its statistics, by what stands before the point."""
    # One code that the synthetic tables know, and one that never occurs.
    some = [code for code in ("PreLaunchFileFailure", "BadPermissionError") if code in metric.codes]
    names = [f"{metric.name}[{code}]" for code in some] or [metric.name]
    names += [f"{name}[courier]" for name in names if "cohort" in metric.groups]
    names += [f"{name}[good]" for name in names] + [f"{name}[bad][succeeded]" for name in names]
    statistics = ["probability", "mean"] if metric.kind == "probability" else ["mean", "p50", "p95"]
    return {name: [f"{name}.{statistic}" for statistic in statistics] for name in names}


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
@pytest.mark.parametrize(
    "tables",
    [TABLES, empty_tables(), synthetic_tables(1, 1), synthetic_tables(1, 30), censored(), never(TABLES)],
    ids=["ordinary", "empty", "one robot", "one replicate", "canceled", "all missing"],
)
def test_every_metric_is_honest_about_any_table(metric: Metric, tables: SyntheticTables) -> None:
    for name, written in expressions(metric).items():
        found = values(parse_metric(name), tables)
        assert len(found) <= len(tables.jobs)
        if metric.missing == "never":
            assert not found.isna().any()
        for expression in written:
            estimate = evaluate(expression, tables)
            assert estimate.n <= len(found)
            assert estimate.unit == metric.unit
            if math.isnan(estimate.best):
                assert estimate.note, expression
            elif not math.isnan(estimate.low):
                assert estimate.low <= estimate.best <= estimate.high
            if metric.kind != "quantity" and estimate.estimable:
                assert 0 <= estimate.best <= 1


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_metric_is_described(metric: Metric) -> None:
    assert metric.meaning.endswith(".")
    assert METRICS[metric.name] is metric
    assert parse_metric(f"{metric.name}[{metric.codes[0]}]" if metric.codes else metric.name).metric is metric


def test_every_number_of_a_job_is_a_metric_under_its_name_without_the_unit() -> None:
    units = {
        "time_to_complete_s": "time_to_complete",
        "peak_bit_rate_bit_per_s": "peak_bit_rate",
        "bytes_wasted": "bytes_wasted",
        "slot_s": "slot",
    }
    for column, name in units.items():
        assert (values(name, TABLES).to_numpy() == TABLES.jobs[column].to_numpy()).all()
    numeric = {c.name for c in SCHEMA["jobs"] if c.dtype in ("int64", "float64")} - {"replicate", "robots"}
    assert len(numeric & {f"{name}_s" for name in METRICS} | numeric & set(METRICS)) == len(numeric) - 1  # all but the bit rate
    assert [METRICS[name].unit for name in units.values()] == ["s", "bit/s", "B", "s"]


def of_robots(rows: pd.DataFrame) -> dict[str, float]:
    """Return the metrics of cohorts, from rows of robots in their order; sums from left to right."""
    converged = sorted(rows["converged_s"].dropna())
    in_sync, late = rows["status"] == "InSync", (rows["status"] != "InSync") & rows["converged_s"].notna()
    slot, offline, downtime = (sum(rows[name].tolist()) for name in ("slot_s", "offline_s", "downtime_s"))
    counts = {
        "succeeded": in_sync.sum(),
        "failed": rows["failure_code"].notna().sum(),
        "not_started": rows["granted_s"].isna().sum(),
        "converged_late": late.sum(),
        "regressed": rows["regressed_s"].notna().sum(),
    }
    ranks = {x: -(-x * len(rows) // 100) for x in (50, 90, 95, 99, 100)}
    return {
        **counts,
        **{f"{name}_share": count / len(rows) for name, count in counts.items()},
        **{f"time_to_reach_{x}": converged[rank - 1] if rank <= len(converged) else math.inf for x, rank in ranks.items()},
        "robots_exposed": rows["granted_s"].notna().sum(),
        "bytes_sent": sum(rows["bytes"].tolist()),
        "slot": slot,
        "slot_offline": offline,
        "downtime": downtime,
        "downtime_per_robot": downtime / len(rows),
        "offline_share": offline / slot if slot else math.nan,
    }


@pytest.mark.parametrize("tables", [TABLES, REAL.tables], ids=["synthetic", "simulated"])
def test_metrics_of_cohorts_are_those_of_their_robots_to_the_last_bit(tables: SyntheticTables) -> None:
    wanted = {key: of_robots(rows) for key, rows in tables.robots.groupby(["replicate", "cohort"], observed=True)}
    assert {name for name, metric in METRICS.items() if "cohort" in metric.groups and not metric.codes} == set(wanted[0, "courier"])
    for name in wanted[0, "courier"]:
        for cohort in tables.robots["cohort"].cat.categories:
            expected = [wanted[replicate, cohort][name] for replicate in tables.jobs["replicate"]]
            np.testing.assert_array_equal(values(f"{name}[{cohort}]", tables), expected, err_msg=f"{name}[{cohort}]")


def test_a_fleet_of_one_cohort_is_that_cohort() -> None:
    one = parse(FLEET).replace("fleet", [cohort for cohort in parse(FLEET).resolved()["fleet"] if cohort["cohort"] == "courier"])
    tables = simulate(one, replicates=5).tables
    for name, metric in METRICS.items():
        if "cohort" in metric.groups and not metric.codes:
            np.testing.assert_allclose(values(f"{name}[courier]", tables), values(name, tables), rtol=1e-12, err_msg=name)


def test_sums_and_counts_of_cohorts_make_the_fleet() -> None:
    for name in ("succeeded", "failed", "not_started", "converged_late", "regressed", "bytes_sent", "slot", "slot_offline", "downtime"):
        parts = sum(values(f"{name}[{cohort}]", TABLES).to_numpy() for cohort in ("dock", "courier", "workshop"))
        np.testing.assert_allclose(parts, values(name, TABLES).to_numpy(), rtol=1e-9, err_msg=name)


def test_time_to_reach_of_a_cohort_by_hand() -> None:
    robots = TABLES.robots[TABLES.robots["cohort"] == "courier"]
    found = values("time_to_reach_90[courier]", TABLES)
    for replicate, mine in robots.groupby("replicate"):
        needed = math.ceil(round(0.9 * len(mine), 9))
        times = np.sort(mine["converged_s"].dropna().to_numpy())
        assert found[replicate] == (times[needed - 1] if len(times) >= needed else math.inf)
    assert np.isinf(found).any()
    assert np.isfinite(found).any()


def test_replicates_in_any_order_and_rows_of_others() -> None:
    jobs = TABLES.jobs.iloc[::-1].iloc[:20]
    tables = TABLES._replace(jobs=jobs)
    for name in ("downtime[courier]", "time_to_reach_50[dock]", "failure_share[PreLaunchFileFailure]"):
        whole, part = values(name, TABLES), values(name, tables)
        assert part.index.tolist() == jobs["replicate"].tolist()
        np.testing.assert_array_equal(part.to_numpy(), whole[part.index].to_numpy())


def test_conditions_choose_replicates() -> None:
    jobs = TABLES.jobs
    assert values("time_to_complete[bad]", TABLES).index.tolist() == jobs.loc[jobs["release"] == "bad", "replicate"].tolist()
    aborted = evaluate("abort_probability[bad]", TABLES)
    bad = jobs[jobs["release"] == "bad"]
    assert aborted.n == len(bad)
    assert aborted.best == (bad["failure_code"] == "FailureThresholdBreached").mean()
    assert values("downtime[succeeded][good]", TABLES).index.isin(jobs.loc[jobs["status"] == "Succeeded", "replicate"]).all()
    none = evaluate("time_to_complete[canceled].mean", synthetic_tables(5, 5, cancel_probability=0.0))
    assert none.n == 0
    assert none.note == "none of the 5 replicates meets the conditions"


def test_times_never_reached_are_infinite_and_overshoot_without_breach_is_undefined() -> None:
    reach = TABLES.jobs["time_to_reach_90_s"]
    assert evaluate("time_to_reach_90.p50", TABLES).note == f"not reached in {reach.isna().sum()} of 60"
    assert evaluate("time_to_reach_90.mean", TABLES).best == math.inf
    overshoot = evaluate("overshoot", TABLES)
    breached = int(TABLES.jobs["overshoot"].notna().sum())
    assert 0 < breached < 60
    assert overshoot.n == breached
    assert overshoot.note == f"defined in {breached} of 60"
    assert overshoot.best == pytest.approx(TABLES.jobs["overshoot"].mean())


def test_codes_of_jobs_and_of_robots_are_distinguished() -> None:
    assert set(METRICS["failure_share"].codes) | set(JOB_ONLY_CODES) == set(CODES)
    assert set(METRICS["job_failure_probability"].codes) == set(PHASE_CODES["preparing"]) | set(JOB_ONLY_CODES)
    assert evaluate("job_failure_probability[FailureThresholdBreached]", TABLES) == evaluate("abort_probability", TABLES)
