"""The fleet by state, over time: how many robots wait, are in flight and have ended, and how.

Every state ends where the next one begins, so the states add up to the fleet at every instant. Nothing is censored: a job that has ended
leaves its robots where they are, and those that converge late are followed up to `observe`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rolloutsim.analysis.codes import weights_of_replicates
from rolloutsim.analysis.premises import UNKNOWN, Premises
from rolloutsim.analysis.replicates import Replicates, ResultTables, category_numbers, is_kept
from rolloutsim.errors import UsageError
from rolloutsim.vocabulary import PHASES, ROBOT_STATUSES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from rolloutsim.analysis.replicates import FloatArray, IntArray

__all__ = ["STATES", "RobotHistories", "RobotStates", "robot_histories", "robots_by_state"]

#: What a robot can be, from the best to the worst. A robot is in flight while it holds a slot; two of its phases are states of their own:
#: downloading, and reaching, in which the cloud waits for its agent, and in which a robot that is offline stays until it is online.
STATES = (
    "InSync",
    "converged late",
    "regressed",
    "downloading",
    "other in flight",
    "waiting to be reached",
    "waiting for a retry",
    "not started",
    "NoResponse",
    "Failed",
)
_IN_SYNC, _LATE, _REGRESSED, _DOWNLOADING, _IN_FLIGHT, _REACHING, _WAITING, _NOT_STARTED, _NO_RESPONSE, _FAILED = range(len(STATES))
#: A smaller share of the fleet is none.
_ROUNDING = 1e-12
_PHASES = {"downloading": _DOWNLOADING, "reaching": _REACHING}
_VERDICTS = {"InSync": _IN_SYNC, "NoResponse": _NO_RESPONSE, "Failed": _FAILED}


class RobotStates(NamedTuple):
    """The number of robots in each state from each instant on, the mean over replicates, in which both releases have their probabilities.

    Attributes
    ----------
    t_s
        Shape (m,): time since the job was created, in s, ascending.
    robots
        Shape (states, m), in the order of `STATES`; all states together are the fleet.
    n
        Replicates.
    """

    t_s: FloatArray
    robots: FloatArray
    n: int


class RobotHistories(NamedTuple):
    """When each robot of a replicate changes its state, in the order of robots and times; before, it is not started.

    Attributes
    ----------
    robot
        Index in the fleet.
    t_s
        Time since the job was created, in s.
    state
        Position in `STATES` from that instant on.
    """

    robot: IntArray
    t_s: FloatArray
    state: IntArray


class _Changes(NamedTuple):
    """Robots that pass from one state to another; all of shape (changes,)."""

    t_s: FloatArray
    left: IntArray
    entered: IntArray
    row: IntArray  #: of the robot


class _Piece(NamedTuple):
    """The robots of some replicates.

    Attributes
    ----------
    at
        Position of the replicate of each.
    changes
        Every change of a state of theirs.
    """

    at: IntArray
    changes: _Changes


def robots_by_state(
    tables: ResultTables,
    *,
    premises: Premises = UNKNOWN,
    replicate: int | None = None,
    t_s: ArrayLike | None = None,
    until_s: float | None = None,
    points: int = 1200,
) -> RobotStates:
    """Count the robots in each state over time.

    A robot that fails or does not respond, and then turns InSync after all, has converged late from that instant on; before it keeps its
    verdict. One that fails after it has turned InSync has regressed from that instant on. Without the table `steps` the phases of robots
    in flight are not distinguished, and robots that were retried are not started until their last slot.

    Parameters
    ----------
    tables
        The result tables.
    premises
        Of the scenario: where they know the probability of a bad release, the mean is that of both releases by their probabilities, as in
        the summary.
    replicate
        Only this one; the mean over all by default.
    t_s
        Instants, ascending. By default every instant at which something changes, if these are no more than ``points``, otherwise so many,
        equally spaced from 0 to ``until_s``.
    until_s
        By default the end of the longest job.

    Raises
    ------
    UsageError
        If the table of robots is not there, or no such replicate.
    """
    view = Replicates(tables)
    chosen = np.arange(len(view)) if replicate is None else np.flatnonzero(view.numbers == replicate)
    if replicate is not None and not len(chosen):
        known = f"they hold {view.numbers.min()} to {view.numbers.max()}" if len(view) else "they are empty"
        raise UsageError(f"the tables hold no replicate {replicate}; {known}")
    ends = view.column("time_to_complete_s")[chosen]
    until = until_s if until_s is not None else float(np.nanmax(ends)) if np.isfinite(ends).any() else 0.0
    grid = _grid(view, chosen, until, points) if t_s is None else np.array(t_s, dtype=np.float64)
    n = len(chosen)
    # One replicate is what it is; of several, each counts for its release. Whole numbers as long as they all count the same.
    weights = np.ones(len(view))
    if replicate is None and n and premises.stratified:
        weights = n * weights_of_replicates(tables, premises)
    counts = np.zeros((len(STATES), len(grid) + 1))
    robots = 0.0
    for at, changes in _pieces(view, chosen):
        robots += float(weights[at].sum())
        slots, weight = np.searchsorted(grid, changes.t_s, side="left"), weights[at[changes.row]]
        for state, row in enumerate(counts):
            for sign, mine in ((1, changes.entered == state), (-1, changes.left == state)):
                row += sign * np.bincount(slots[mine], weight[mine], minlength=len(row))
    counts = np.cumsum(counts[:, :-1], axis=1)
    counts[_NOT_STARTED] += robots
    counts[np.abs(counts) < _ROUNDING * robots] = 0.0  # weights do not add up to nothing exactly
    return RobotStates(grid, counts / max(n, 1), n)


def robot_histories(tables: ResultTables, replicate: int) -> RobotHistories:
    """Return when each robot of a replicate changes its state.

    Parameters
    ----------
    tables
        The result tables; without `steps` the phases of robots in flight are not distinguished.

    Raises
    ------
    UsageError
        If the table of robots is not there.
    """
    view = Replicates(tables)
    chosen = np.flatnonzero(view.numbers == replicate)
    kept = is_kept(tables, "steps")
    for robots, *steps in view.pieces("robots", "steps") if kept else view.pieces("robots"):
        mine = robots[np.isin(view.positions(robots), chosen)]
        if not len(mine):
            continue
        _, changes = _changes(view, chosen, mine, steps[0] if kept else None)
        order = np.lexsort((changes.t_s, changes.row))
        if not len(order):
            break
        row, t_s = changes.row[order], changes.t_s[order]
        # A robot is in one state at a time, so steps from one to the next add up to the present one, whatever their order at an instant.
        step = (changes.entered - changes.left)[order]
        first = np.concatenate([[True], row[1:] != row[:-1]])
        total = np.cumsum(step)
        state = _NOT_STARTED + total - np.repeat((total - step)[first], np.diff(np.append(np.flatnonzero(first), len(row))))
        last = np.concatenate([(row[1:] != row[:-1]) | (t_s[1:] != t_s[:-1]), [True]])
        return RobotHistories(mine["robot"].to_numpy(dtype=np.int64)[row[last]], t_s[last], state[last])
    nothing = np.empty(0)
    return RobotHistories(nothing.astype(np.int64), nothing, nothing.astype(np.int64))


def _grid(view: Replicates, chosen: NDArray[np.int64], until: float, points: int) -> FloatArray:
    """Return every instant at which something changes, or so many points if these are more."""
    exact = np.unique([0.0, until])
    for _, changes in _pieces(view, chosen):
        exact = np.union1d(exact, changes.t_s[(changes.t_s >= 0) & (changes.t_s <= until)])
        if len(exact) > points:
            return np.linspace(0.0, until, points)
    return exact


def _pieces(view: Replicates, chosen: NDArray[np.int64]) -> Iterator[_Piece]:
    """Yield the robots of some replicates at a time."""
    if is_kept(view.tables, "steps"):
        for robots, steps in view.pieces("robots", "steps"):
            yield _changes(view, chosen, robots, steps)
    else:
        for (robots,) in view.pieces("robots"):
            yield _changes(view, chosen, robots, None)


def _changes(view: Replicates, chosen: NDArray[np.int64], table: pd.DataFrame, steps: pd.DataFrame | None) -> _Piece:
    """Return the robots of a table that belong to some replicates."""
    at = view.positions(table)
    mine = np.isin(at, chosen)
    table, at = table[mine], at[mine]
    instants = ("granted_s", "reported_s", "converged_s", "regressed_s")
    granted, reported, converged, regressed = (table[name].to_numpy(dtype=float) for name in instants)
    numbers = category_numbers(table["status"])
    verdict = np.array([_VERDICTS.get(name, _IN_FLIGHT) for name in ROBOT_STATUSES])[numbers]
    first = granted.copy()
    rows = np.arange(len(table))
    parts: list[tuple[FloatArray, int | IntArray, int | IntArray, IntArray]] = []

    if steps is not None and len(steps) and len(table):
        row = _rows(view, at, table["robot"].to_numpy(dtype=np.int64))
        place, robot = view.positions(steps), steps["robot"].to_numpy(dtype=np.int64)
        known = (place >= 0) & (robot < row.shape[1])
        of = np.full(len(steps), -1, dtype=np.int64)
        of[known] = row[place[known], robot[known]]
        started, ended = (steps[name].to_numpy(dtype=float)[of >= 0] for name in ("started_s", "ended_s"))
        phase = category_numbers(steps["phase"])[of >= 0]
        of = of[of >= 0]
        # A robot that is retried by way of the queue gives its slot back; the table of robots holds only the last grant.
        earlier = (started < granted[of]) & (ended <= granted[of])
        np.minimum.at(first, of[earlier], started[earlier])
        parts += [(started[earlier], _WAITING, _IN_FLIGHT, of[earlier]), (ended[earlier], _IN_FLIGHT, _WAITING, of[earlier])]
        # What a robot does after its verdict (late convergence) does not change its verdict.
        for name, state in _PHASES.items():
            held = (phase == PHASES.index(name)) & ~(started >= reported[of])
            parts += [(started[held], _IN_FLIGHT, state, of[held]), (np.fmin(ended, reported[of])[held], state, _IN_FLIGHT, of[held])]
    late = (verdict != _IN_SYNC) & ~np.isnan(converged)
    parts += [
        (first, _NOT_STARTED, _WAITING, rows),
        (granted, _WAITING, _IN_FLIGHT, rows),
        (reported, _IN_FLIGHT, verdict, rows),
        (converged[late], verdict[late], _LATE, rows[late]),
        (regressed[late], _LATE, _REGRESSED, rows[late]),
        (regressed[~late], _IN_SYNC, _REGRESSED, rows[~late]),
    ]
    t_s = np.concatenate([part[0] for part in parts])
    left, entered, row = (np.concatenate([np.broadcast_to(part[side], part[0].shape) for part in parts]) for side in (1, 2, 3))
    there = ~np.isnan(t_s)
    return _Piece(at, _Changes(t_s[there], left[there], entered[there], row[there]))


def _rows(view: Replicates, at: IntArray, robot: IntArray) -> IntArray:
    """Return the row of each robot by position of the replicate and index, -1 for none."""
    rows = np.full((len(view), int(robot.max(initial=0)) + 1), -1, dtype=np.int64)
    rows[at, robot] = np.arange(len(robot))
    return rows
