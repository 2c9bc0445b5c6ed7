"""Synthetic result tables: deterministic, valid against the schema and consistent with one another, made without any simulation.

A toy rollout with a window of slots is enough: every table agrees with the others (counts, shares, times to reach,
conservation of bytes), and all kinds of endings occur: success, failures of the robot's own, timeouts with and without late
convergence, robots that are never online, jobs that abort, are canceled or fail while preparing, robots that never start.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rolloutsim.simulation.records.data_frames import conform
from rolloutsim.simulation.records.tables import GROUPS, REACH, SCHEMA
from rolloutsim.vocabulary import CODES, PHASES, STEP_OF_PHASE

__all__ = ["COHORTS", "SyntheticTables", "empty_tables", "synthetic_tables"]

#: Cohorts, in the order of the fleet, and their parts of it in percent.
COHORTS = (("dock", 60), ("courier", 36), ("workshop", 4))
_NAMES = ("dock", "courier", "workshop")
PREPARING_S = 20.0
TIMER_S = 18000.0
BUNDLE_B = 350e6

#: What a robot goes through after the grant: the phase and its mean duration in s.
_PASSED = (
    ("validating", 2.0),
    ("reaching", 60.0),
    ("downloading", 400.0),
    ("extracting", 20.0),
    ("pre_launch", 5.0),
    ("launching", 10.0),
    ("post_launch", 5.0),
    ("reporting", 15.0),
)


class SyntheticTables(NamedTuple):
    """The tables, as analysis and plots take them."""

    jobs: pd.DataFrame
    cohorts: pd.DataFrame
    robots: pd.DataFrame
    steps: pd.DataFrame
    timeline: pd.DataFrame
    link_use: pd.DataFrame
    slot_time: pd.DataFrame
    failure_codes: pd.DataFrame
    sites: None = None
    classes: None = None


#: The tables that there are.
_TABLES = tuple(name for name in SyntheticTables._fields if name not in GROUPS)


class _Columns(dict[str, list[Any]]):
    """Columns of a table under construction; a cell that is not given is missing."""

    def __init__(self, table: str) -> None:
        super().__init__({column.name: [] for column in SCHEMA[table] if not column.optional or column.name == "sites_bad"})
        self.table = table

    def add(self, **cells: Any) -> None:
        for name, values in self.items():
            values.append(cells.pop(name, None))
        assert not cells, cells

    def frame(self, cohorts: tuple[str, ...]) -> pd.DataFrame:
        columns: dict[str, Any] = {}
        for column in SCHEMA[self.table]:
            if column.name not in self:
                continue
            values = self[column.name]
            if column.dtype == "category":
                columns[column.name] = pd.Categorical(
                    values, categories=list(column.categories or (("yard",) if column.name == "site" else cohorts))
                )
            elif column.dtype == "float64":
                columns[column.name] = np.array([np.nan if value is None else value for value in values], dtype=float)
            else:
                columns[column.name] = np.array(values, dtype=column.dtype)
        return conform(self.table, columns)


def empty_tables(cohorts: tuple[str, ...] = _NAMES) -> SyntheticTables:
    """Return the tables without a row."""
    return SyntheticTables(*(_Columns(name).frame(cohorts) for name in _TABLES))


def synthetic_tables(
    replicates: int = 100,
    robots: int = 50,
    *,
    seed: int = 0,
    slots: int = 8,
    bad_probability: float = 0.2,
    bad_failure: float = 0.5,
    failure: float = 0.02,
    late: float = 0.06,
    threshold: float = 0.25,
    cancel_probability: float = 0.05,
    preparing_failure: float = 0.03,
) -> SyntheticTables:
    """Make the tables of a toy rollout.

    Parameters
    ----------
    replicates, robots, seed, slots
        Size of the experiment; the same arguments give the same tables.
    bad_probability, bad_failure
        How often the bad release is drawn, and the share of robots whose post-launch script it breaks.
    failure
        Probability with which a robot's pre-launch script fails.
    late
        Probability with which a courier is offline when its timer ends; half of these converge later.
    threshold
        The job aborts when failures reach this share of the fleet.
    cancel_probability, preparing_failure
        How often a job is canceled (early), or fails while preparing.
    """
    cohorts = _NAMES
    cohort_of = np.repeat(cohorts, _sizes(robots))
    tables = {name: _Columns(name) for name in _TABLES}
    for replicate in range(replicates):
        rng = np.random.default_rng([seed, replicate])
        bad = rng.random() < bad_probability
        code = "BadPermissionError" if rng.random() < preparing_failure else None
        cancel_s = PREPARING_S + 600.0 if rng.random() < cancel_probability else np.inf
        rows = _rollout(
            rng, tables, replicate, cohort_of, slots, late, failure, bad_failure if bad else 0.0, threshold, cancel_s, code is None
        )
        _job(tables["jobs"], replicate, rows, "bad" if bad else "good", code, cancel_s, threshold, cohort_of)
        for cohort in cohorts:
            _cohort(tables["cohorts"], replicate, cohort, [row for row in rows if row["cohort"] == cohort])
        _timeline(tables["timeline"], replicate, rows, cohorts)
        _slot_time(tables, replicate, rows)
        job_code = tables["jobs"]["failure_code"][-1]
        for name in CODES:
            tables["failure_codes"].add(replicate=replicate, level="job", code=name, count=int(job_code == name))
        for cohort in cohorts:
            codes = [row["failure_code"] for row in rows if row["cohort"] == cohort]
            for name in CODES:
                tables["failure_codes"].add(replicate=replicate, level="robot", cohort=cohort, code=name, count=codes.count(name))
    return SyntheticTables(*(columns.frame(cohorts) for columns in tables.values()))


def _sizes(robots: int) -> list[int]:
    sizes = [robots * percent // 100 for _, percent in COHORTS[1:]]
    return [robots - sum(sizes), *sizes]


def _rollout(
    rng: np.random.Generator,
    tables: dict[str, _Columns],
    replicate: int,
    cohort_of: np.ndarray[Any, Any],
    slots: int,
    late: float,
    failure: float,
    bad_failure: float,
    threshold: float,
    cancel_s: float,
    prepared: bool,
) -> list[dict[str, Any]]:
    free = [PREPARING_S] * slots
    ends: list[tuple[float, bool]] = []
    rows: list[dict[str, Any]] = []
    row: dict[str, Any]
    for robot, cohort in enumerate(cohort_of):
        row = dict.fromkeys(tables["robots"])
        row |= {"replicate": replicate, "robot": robot, "cohort": str(cohort), "site": "yard" if cohort == "dock" else None}
        row |= {"status": "PendingNewDeployment", "attempts": 0, "bytes": 0.0, "slot_s": 0.0, "offline_s": 0.0, "downtime_s": 0.0}
        rows.append(row)
        granted = heapq.heappop(free)
        failures = sum(1 for t, failed in ends if failed and t <= granted)
        if not prepared or granted >= cancel_s or failures >= threshold * len(cohort_of):
            heapq.heappush(free, granted)
            continue
        _deploy(rng, tables["steps"], row, granted, late, failure, bad_failure, cancel_s)
        heapq.heappush(free, row["reported_s"])
        ends.append((row["reported_s"], row["failure_code"] is not None))
    for row in rows:
        tables["robots"].add(**{key: value for key, value in row.items() if key != "left_down"})
    return rows


def _deploy(
    rng: np.random.Generator,
    steps: _Columns,
    row: dict[str, Any],
    granted: float,
    late: float,
    failure: float,
    bad_failure: float,
    cancel_s: float,
) -> None:
    uniforms = rng.random(4)
    durations = {phase: mean_s * value for (phase, mean_s), value in zip(_PASSED, rng.exponential(size=len(_PASSED)), strict=True)}
    order = list(durations)
    courier = row["cohort"] == "courier"
    code, timeout_code, plan = None, "RobotDeploymentAborted", order
    if row["cohort"] == "workshop":
        timeout_code, durations["reaching"] = "RobotDeploymentNoResponse", np.inf
    elif courier and uniforms[0] < late:
        timeout_code, durations["downloading"] = "RobotAgentConnectionTimeout", np.inf
    elif uniforms[1] < failure:
        code, plan = "PreLaunchFileFailure", [*order[: order.index("pre_launch") + 1], "reporting"]
    elif uniforms[2] < bad_failure:
        code, plan = "PostLaunchFileFailure", [*order[: order.index("post_launch") + 1], "reporting"]
    if courier:
        durations["reaching"] *= 8
    deadline = min(granted + TIMER_S, cancel_s)
    t, ended_by, passed = granted, "own", []
    for phase in plan:
        passed.append((phase, t, min(t + durations[phase], deadline)))
        t = passed[-1][2]
        if t >= deadline:
            ended_by = "cancel" if deadline == cancel_s else "robot_timer"
            code = "RobotDeploymentAborted" if ended_by == "cancel" else timeout_code
            break
    last = plan[-2] if code and ended_by == "own" else passed[-1][0]
    for phase, start, end in passed:
        hit = code if phase == last else None
        place = {"replicate": row["replicate"], "robot": row["robot"], "attempt": 0, "phase": phase, "step": STEP_OF_PHASE.get(phase)}
        steps.add(**place, started_s=start, ended_s=end, failure_code=hit)
    ends = {phase: end for phase, _, end in passed if end < deadline}
    reached = ends.get("reaching")
    finished = t if ended_by != "own" else passed[-1][1]
    converges_late = ended_by == "robot_timer" and courier and uniforms[3] < 0.5
    converged = finished if code is None else t + 7200 * (1 + uniforms[3]) if converges_late else None
    downloaded = 1.0 if "downloading" in ends or converges_late else 0.4 if last == "downloading" else 0.0
    row |= {
        "status": "InSync" if code is None else "NoResponse" if ended_by == "robot_timer" else "Failed",
        "failure_code": code,
        "ended_by": ended_by,
        "phase": last,
        "step": STEP_OF_PHASE.get(last),
        "granted_s": granted,
        "reached_s": reached,
        "finished_s": finished,
        "reported_s": t,
        "converged_s": converged,
        "regressed_s": converged + 3600.0 if converged is not None and uniforms[3] < 0.2 else None,
        "attempts": 2 if converges_late else 1,
        "bytes": BUNDLE_B * downloaded,
        "slot_s": t - granted,
        "offline_s": (0.9 if ended_by == "robot_timer" else 0.1) * (t - granted),
        "downtime_s": 0.0 if reached is None else finished - reached,
        "left_down": code is not None and reached is not None and converged is None,
    }


def _job(
    jobs: _Columns,
    replicate: int,
    rows: list[dict[str, Any]],
    release: str,
    code: str | None,
    cancel_s: float,
    threshold: float,
    cohort_of: np.ndarray[Any, Any],
) -> None:
    started = [row for row in rows if row["reported_s"] is not None]
    end_s = max([row["reported_s"] for row in started], default=PREPARING_S)
    failed = sorted(row["reported_s"] for row in started if row["failure_code"] is not None and row["ended_by"] != "cancel")
    limit = int(np.ceil(threshold * len(rows)))
    breached = failed[limit - 1] if 0 < limit <= len(failed) else None
    status = "Succeeded" if code is None else "Failed"
    if code is None and breached is not None:
        status, code = "Failed", "FailureThresholdBreached"
    elif code is None and end_s >= cancel_s:
        status = "Canceled"
    converged = {
        cohort: [row["converged_s"] for row in rows if row["cohort"] == cohort and row["converged_s"] is not None]
        for cohort in set(cohort_of)
    }
    in_sync = sorted(t for times in converged.values() for t in times)
    reachable = int(np.sum(cohort_of != "workshop"))
    reach = {f"time_to_reach_{x}_s": _reach(in_sync, x, len(rows)) for x in REACH}
    reach |= {f"time_to_reach_{x}_reachable_s": _reach(in_sync, x, reachable) for x in REACH}
    sent = sum(row["bytes"] for row in rows)
    jobs.add(
        replicate=replicate,
        status=status,
        failure_code=code,
        release=release,
        sites_bad=int(release == "bad"),
        time_to_complete_s=end_s,
        robots=len(rows),
        reachable=reachable,
        succeeded=sum(row["status"] == "InSync" for row in rows),
        failed=len([row for row in started if row["failure_code"] is not None]),
        not_started=len(rows) - len(started),
        converged_late=sum(row["status"] != "InSync" and row["converged_s"] is not None for row in started),
        regressed=sum(row["regressed_s"] is not None for row in rows),
        breached_s=breached,
        overshoot=len(failed) - limit if breached is not None else None,
        peak_in_flight=_peak(started),
        peak_bit_rate_bit_per_s=7e6 * _peak(started),
        peak_downloads=_peak(started),
        utilisation_peak=None,
        utilisation_mean=None,
        saturated_s=None,
        bytes_sent=sent,
        bytes_useful=BUNDLE_B * len(in_sync),
        bytes_wasted=sent - BUNDLE_B * len(in_sync),
        slot_s=sum(row["slot_s"] for row in rows),
        slot_offline_s=sum(row["offline_s"] for row in rows),
        downtime_s=sum(row["downtime_s"] for row in rows),
        left_down=sum(bool(row.get("left_down")) for row in rows),
        stages_reached=int(bool(started)),
        robots_exposed=len(started),
        **reach,
    )


def _cohort(cohorts: _Columns, replicate: int, cohort: str, rows: list[dict[str, Any]]) -> None:
    in_sync = sorted(row["converged_s"] for row in rows if row["converged_s"] is not None)
    cohorts.add(
        replicate=replicate,
        cohort=cohort,
        robots=len(rows),
        succeeded=sum(row["status"] == "InSync" for row in rows),
        failed=sum(row["failure_code"] is not None for row in rows),
        not_started=sum(row["granted_s"] is None for row in rows),
        converged_late=sum(row["status"] != "InSync" and row["converged_s"] is not None for row in rows),
        regressed=sum(row["regressed_s"] is not None for row in rows),
        robots_exposed=sum(row["granted_s"] is not None for row in rows),
        bytes_sent=sum(row["bytes"] for row in rows),
        slot_s=sum(row["slot_s"] for row in rows),
        slot_offline_s=sum(row["offline_s"] for row in rows),
        downtime_s=sum(row["downtime_s"] for row in rows),
        **{f"time_to_reach_{x}_s": _reach(in_sync, x, len(rows)) for x in REACH},
    )


def _reach(in_sync: list[float], percent: int, robots: int) -> float | None:
    needed = -(-percent * robots // 100)
    return in_sync[needed - 1] if 0 < needed <= len(in_sync) else None


def _changes(rows: list[dict[str, Any]]) -> list[tuple[float, int]]:
    """Return when slots are taken (+1) and freed (-1), freed first at one instant."""
    started = [row for row in rows if row["reported_s"] is not None]
    return sorted([(row["granted_s"], 1) for row in started] + [(row["reported_s"], -1) for row in started])


def _peak(rows: list[dict[str, Any]]) -> int:
    return int(max(np.cumsum([change for _, change in _changes(rows)]), default=0))


def _slot_time(tables: dict[str, _Columns], replicate: int, rows: list[dict[str, Any]]) -> None:
    reported = {row["robot"]: row["reported_s"] for row in rows}
    steps, spent = tables["steps"], dict.fromkeys(PHASES, 0.0)
    names = ("robot", "phase", "started_s", "ended_s")
    first = bisect_left(steps["replicate"], replicate)
    for robot, phase, started, ended in zip(*(steps[name][first:] for name in names), strict=True):
        spent[phase] += max(0.0, min(ended, reported[robot]) - started)
    for phase, slot_s in spent.items():
        tables["slot_time"].add(replicate=replicate, phase=phase, slot_s=slot_s)


def _timeline(timeline: _Columns, replicate: int, rows: list[dict[str, Any]], cohorts: tuple[str, ...]) -> None:
    for cohort in cohorts:
        mine = [row for row in rows if row["cohort"] == cohort]
        started = [row for row in mine if row["reported_s"] is not None]
        ended = sorted(row["reported_s"] for row in started)
        failed = sorted(row["reported_s"] for row in started if row["failure_code"] is not None)
        steps = {
            "in_flight": [(t, 1.0 * change) for t, change in _changes(mine)],
            "completed": [(t, 1.0) for t in ended],
            "failed": [(t, 1.0) for t in failed],
        }
        for quantity, changes in steps.items():
            value = 0.0
            timeline.add(replicate=replicate, t_s=0.0, quantity=quantity, cohort=cohort, site=None, value=value)
            for t, change in changes:
                value += change
                timeline.add(replicate=replicate, t_s=t, quantity=quantity, cohort=cohort, site=None, value=value)
