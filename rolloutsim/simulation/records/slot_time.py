"""What held the slots of a replicate: the time for which robots held one, by phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rolloutsim.simulation.records.log import Columns
from rolloutsim.vocabulary import PHASES

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

__all__ = ["slot_times"]


def slot_times(columns: Columns) -> dict[str, Array]:
    """Return the columns of `slot_time` of one replicate of which steps were recorded.

    An attempt after the verdict (late convergence) holds no slot and does not count.
    """
    steps, robots = columns.steps, columns.robots
    place = np.searchsorted(robots["index"], steps["robot"])
    reported = robots["reported"][place]
    # The verdict cuts a phase off.
    ended = np.where(reported < 0.0, steps["ended"], np.minimum(steps["ended"], reported))
    spent = np.maximum(ended - steps["started"], 0.0)
    return {"phase": np.arange(len(PHASES)), "slot_s": np.bincount(steps["phase"], spent, minlength=len(PHASES))}
