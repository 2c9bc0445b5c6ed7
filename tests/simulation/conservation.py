"""What holds in every replicate of every scenario: nothing is lost, and no column contradicts another."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rolloutsim.scenario import Scenario, build
from rolloutsim.simulation.model.make_rules import make_rules
from rolloutsim.simulation.model.make_tables import bundle_sizes
from rolloutsim.simulation.records.log import Columns
from rolloutsim.vocabulary import PHASES
from tests.simulation.worlds import replicates, tables

Raw = dict[str, Any]
TOLERANCE = 1e-9

TIMES = ["granted_s", "reached_s", "finished_s", "reported_s", "converged_s", "regressed_s", "slot_s", "offline_s", "downtime_s"]


def at_most(small: Any, large: Any) -> bool:
    """Return whether amounts are in order, up to rounding; NaN is in any order."""
    return not bool((small > large + TOLERANCE * np.maximum(1.0, np.abs(large))).any())


def check_jobs(scenario: Scenario, found: Any) -> None:
    jobs, robots = found.jobs, found.robots
    n, concurrency = scenario.robots, make_rules(scenario).concurrency
    assert (jobs.succeeded + jobs.failed + jobs.not_started == n).all()
    assert set(jobs.status) <= {"Succeeded", "Failed", "Canceled"}
    assert ((jobs.status == "Failed") == jobs.failure_code.notna()).all()
    assert (jobs.peak_in_flight <= concurrency).all()
    np.testing.assert_allclose(jobs.bytes_sent, jobs.bytes_useful + jobs.bytes_wasted, rtol=TOLERANCE)
    by_replicate = robots.groupby("replicate")
    for column, mine in (("bytes_sent", "bytes"), ("slot_s", "slot_s"), ("slot_offline_s", "offline_s"), ("downtime_s", "downtime_s")):
        np.testing.assert_allclose(jobs[column], by_replicate[mine].sum(), rtol=TOLERANCE)
    last = by_replicate.reported_s.max()
    for job in jobs.itertuples():
        if job.status == "Succeeded":
            assert job.not_started == 0
            assert job.time_to_complete_s >= last[job.replicate]
            assert scenario.rules.stages or job.time_to_complete_s == last[job.replicate]
        elif job.status == "Canceled":
            assert job.time_to_complete_s == scenario.rules.cancel_at
        elif job.failure_code == "FleetDeploymentTimeout":
            assert job.time_to_complete_s == scenario.rules.fleet_timeout
        elif job.failure_code == "FailureThresholdBreached":
            assert job.breached_s <= job.time_to_complete_s
            by_gate = job.time_to_complete_s > last[job.replicate]
            assert job.breached_s == job.time_to_complete_s if by_gate else job.time_to_complete_s == last[job.replicate]
            assert scenario.rules.stages or scenario.rules.limits or scenario.fails_after_success or not by_gate
        else:
            assert job.not_started == n
        assert math.isnan(job.overshoot) == math.isnan(job.breached_s) == (job.failure_code != "FailureThresholdBreached")
        assert not job.overshoot < 0
    reach = jobs[[f"time_to_reach_{share}_s" for share in (50, 90, 95, 99, 100)]].fillna(np.inf).to_numpy()
    assert (reach[:, :-1] <= reach[:, 1:]).all()
    assert (jobs.regressed <= jobs.succeeded + jobs.converged_late).all()
    assert jobs.regressed.tolist() == by_replicate.regressed_s.count().tolist()
    assert jobs.regressed.tolist() == found.cohorts.groupby("replicate").regressed.sum().tolist()
    assert scenario.fails_after_success or not jobs.regressed.any()


def counted(scenario: Scenario, robots: Any, until: float) -> Any:
    """Return which robots count towards the failure threshold of a job that ends then, by the words of the model."""
    failed, by_timer = robots.failure_code.notna(), robots.ended_by == "robot_timer"
    silent = robots.failure_code == "RobotDeploymentNoResponse"
    own, rejected = failed & (robots.ended_by == "own"), robots.failure_code == "DownloadConditionFailed"
    kinds = {"failed": own & ~rejected, "rejected": own & rejected, "timeout": by_timer & ~silent, "no_response": by_timer & silent}
    kinds["latent"] = robots.regressed_s < until
    return np.logical_or.reduce([kinds[kind] for kind in scenario.rules.counts])


def check_threshold(scenario: Scenario, found: Any) -> None:
    """A job that succeeds is below its threshold; one that is breached overshoots by no more than is in flight, unless by a gate."""
    rules = make_rules(scenario)
    if rules.stop_rows != 1 or scenario.rules.stop or scenario.rules.limits or rules.batch_end or scenario.rules.denominator != "fleet":
        return
    (row,) = rules.stops
    gates = any(gate.max_failures >= 0 or gate.share_of >= 0 for gate in rules.gates)
    limit = row.threshold if row.absolute else row.threshold * rules.robots / 10_000
    first = math.floor(limit) + 1 if row.exceeds else math.ceil(limit)
    for job in found.jobs.itertuples():
        robots = found.robots[found.robots.replicate == job.replicate]
        if "latent" in scenario.rules.counts and (robots.regressed_s == job.time_to_complete_s).any():
            continue  # whether it was counted is a matter of the order within that instant
        failures = int(counted(scenario, robots, job.time_to_complete_s).sum())
        if job.status == "Succeeded":
            assert failures < first
        elif job.failure_code == "FailureThresholdBreached" and not gates:
            most = rules.robots if rules.follows else min(rules.robots, first + rules.concurrency - 1)
            assert failures == first + job.overshoot <= most
            assert not (job.overshoot and row.aborts)


def check_robots(scenario: Scenario, found: Any) -> None:
    robots = found.robots
    started, failed, in_sync = robots.granted_s.notna(), robots.failure_code.notna(), robots.status == "InSync"
    assert (started == robots.ended_by.notna()).all()
    assert (started == (robots.attempts > 0)).all()
    assert (robots.status[~started] == "PendingNewDeployment").all()
    assert not (failed & ~started).any()
    assert (in_sync[started] == ~failed[started]).all()
    assert (robots.status[failed].isin(["Failed", "NoResponse"])).all()
    assert (robots.ended_by[in_sync] == "own").all()
    assert robots.finished_s[started].notna().all()
    assert robots.reported_s[started].notna().all()
    assert robots[TIMES][~started].fillna(0).eq(0).all(axis=None)
    assert at_most(robots.granted_s, robots.reached_s)
    assert at_most(robots.granted_s, robots.finished_s)
    assert at_most(robots.finished_s, robots.reported_s)
    assert at_most(robots.reached_s, robots.finished_s)
    assert (robots.converged_s[in_sync] == robots.reported_s[in_sync]).all()
    late = robots.converged_s.notna() & ~in_sync
    assert (robots.ended_by[late] == "robot_timer").all()
    assert (robots.converged_s[late] >= robots.reported_s[late]).all()
    assert (robots.converged_s[late] <= scenario.rules.observe).all()
    regressed = robots.regressed_s.notna()
    assert (robots.regressed_s >= robots.converged_s)[regressed].all()
    ended = robots.replicate.map(found.jobs.set_index("replicate").time_to_complete_s)
    assert (robots.regressed_s <= np.maximum(scenario.rules.observe, ended))[regressed].all()
    assert at_most(robots.offline_s, robots.slot_s)
    assert (robots[["downtime_s", "offline_s", "slot_s", "bytes"]] >= 0).all(axis=None)
    size = np.tile(np.repeat(bundle_sizes(scenario), [c.robots for c in scenario.fleet]), len(found.jobs))
    converged = robots.converged_s.notna().to_numpy()
    assert at_most(size[converged], robots.bytes.to_numpy()[converged])
    assert (robots.bytes[robots.reached_s.isna() & (robots.attempts <= 1)] == 0).all()
    if all(row.slot == "hold" for row in scenario.rules.retries):
        np.testing.assert_allclose(robots.slot_s[started], (robots.reported_s - robots.granted_s)[started], atol=1e-9)


def check_codes(found: Any) -> None:
    codes = found.failure_codes
    of_robots = codes[codes.level == "robot"].groupby(["replicate", "cohort", "code"], observed=True)["count"].sum()
    mine = found.robots.groupby(["replicate", "cohort", "failure_code"], observed=True).size()
    assert of_robots[of_robots > 0].to_dict() == mine.to_dict()
    of_job = codes[codes.level == "job"].groupby("replicate")["count"].sum()
    assert of_job.tolist() == found.jobs.failure_code.notna().astype(int).tolist()
    assert len(codes) == len(found.jobs) * 24 * (1 + found.robots.cohort.nunique())


def check_steps(scenario: Scenario, found: Any) -> None:
    """A robot's phases follow each other without gaps within an attempt, within its slots or late, and only phases that exist happen."""
    deployment = scenario.deployment
    files = {"condition": deployment.has_condition_file, "pre_launch": deployment.has_pre_launch, "post_launch": deployment.has_post_launch}
    assert not set(found.steps.phase) & {"preparing", *(phase for phase, there in files.items() if not there)}
    robots = found.robots.set_index(["replicate", "robot"])
    queued = any(row.slot == "queue" for row in scenario.rules.retries)
    for key, steps in found.steps.groupby(["replicate", "robot"]):
        robot, begun, ended = robots.loc[key], steps.started_s.to_numpy(), steps.ended_s.to_numpy()
        attempt, phase = steps.attempt.to_numpy(), steps.phase.cat.codes.to_numpy()
        assert (begun <= ended).all()
        assert (begun[1:] >= ended[:-1]).all()
        same = attempt[1:] == attempt[:-1]
        assert (begun[1:][same] == ended[:-1][same]).all()
        again = same & (phase[1:] == phase[:-1])  # a success that was not reported in time is reported late
        assert (phase[1:][same & ~again] > phase[:-1][same & ~again]).all()
        assert (phase[1:][again] == PHASES.index("reporting")).all()
        assert np.isin(np.diff(attempt), [0, 1]).all()
        assert attempt[0] == 0
        assert queued or begun[0] == robot.granted_s
        in_slot = begun < robot.reported_s
        assert (ended[in_slot] <= robot.reported_s).all()
        assert in_slot.all() or robot.ended_by == "robot_timer" or (begun[~in_slot] == robot.reported_s).all()


def check_slots(scenario: Scenario, columns: Columns) -> None:
    """Never more slots are held than there are; a robot holds one, and more than once only if it queued again."""
    holds = columns.holds
    instants = np.concatenate([holds["granted"], holds["freed"]])
    changes = np.repeat([1, -1], len(holds["granted"]))
    order = np.argsort(instants, kind="stable")
    held = np.cumsum(changes[order])[np.append(np.diff(instants[order]) > 0, True)] if len(order) else np.zeros(1)
    assert held.max(initial=0) <= columns.job.peak <= make_rules(scenario).concurrency
    assert held[-1] == 0
    assert (holds["granted"] <= holds["freed"]).all()
    again = holds["robot"][1:] == holds["robot"][:-1]
    assert (holds["granted"][1:][again] >= holds["freed"][:-1][again]).all()
    most = 1 + sum(row.max for row in scenario.rules.retries if row.slot == "queue")
    assert np.bincount(holds["robot"], minlength=1).max() <= most
    assert (holds["freed"] <= columns.job.ended_s).all()


def check(raw: Raw) -> None:
    scenario = build(raw)
    found: Any = tables(scenario, 2, seed=1)
    check_jobs(scenario, found)
    check_threshold(scenario, found)
    check_robots(scenario, found)
    check_codes(found)
    check_steps(scenario, found)
    check_slots(scenario, replicates(scenario, 1, seed=1)[0])
