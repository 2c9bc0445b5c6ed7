"""What held the slots: the time for which robots held slots, by the phase in which they spent it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rolloutsim.analysis.replicates import Replicates, ResultTables, category_numbers, ratio
from rolloutsim.vocabulary import PHASES

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["OTHER", "slot_shares"]

#: Slot time outside of any phase, for example between the attempts of a robot that keeps its slot.
OTHER = "between attempts"


def slot_shares(tables: ResultTables) -> dict[str, NDArray[np.float64]]:
    """Return the share of the slots' time that went into each phase, one value a replicate.

    Phases are in their order, those without any time left out; NaN in replicates in which no slot was held or of which no steps were kept.
    An attempt after the verdict (late convergence) holds no slot and does not count. Without the tables of steps and robots: nothing.
    """
    steps, robots = tables.steps, tables.robots
    if steps is None or robots is None or not len(steps):
        return {}
    view = Replicates(tables)
    at = view.positions(robots)
    there = at >= 0
    index = robots["robot"].to_numpy(dtype=np.int64)
    reported = np.full((len(view), int(index.max(initial=0)) + 1), np.nan)
    reported[at[there], index[there]] = robots["reported_s"].to_numpy(dtype=float)[there]

    place, robot, phase = view.positions(steps), steps["robot"].to_numpy(dtype=np.int64), category_numbers(steps["phase"])
    valid = (place >= 0) & (robot >= 0) & (robot < reported.shape[1]) & (phase >= 0)
    place, robot, phase = place[valid], robot[valid], phase[valid]
    verdict = reported[place, robot]
    started = steps["started_s"].to_numpy(dtype=float)[valid]
    # A phase without an end was cut off by the verdict.
    ended = np.fmin(steps["ended_s"].to_numpy(dtype=float)[valid], verdict)
    spent = np.nan_to_num(np.maximum(ended - started, 0.0))
    kept = np.bincount(place, minlength=len(view)) > 0
    total = np.where(kept, view.column("slot_s"), 0.0)
    times = np.bincount(phase * len(view) + place, spent, minlength=len(PHASES) * len(view)).astype(float)
    times = times.reshape(len(PHASES), len(view))
    shares = {name: np.minimum(ratio(time, total), 1.0) for name, time in zip(PHASES, times, strict=True) if time.any()}
    rest = np.maximum(ratio(total - times.sum(axis=0), total), 0.0)
    # Below this it is the rounding of sums.
    if np.nan_to_num(rest).max(initial=0.0) > 1e-9:
        shares[OTHER] = rest
    return shares
