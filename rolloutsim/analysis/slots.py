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
    """Return the share of the slots' time that went into each phase, one value per replicate.

    Phases are in their order, those without any time left out; NaN in replicates in which no slot was held or without rows of the table
    `slot_time`. Without that table: nothing.
    """
    table = tables.slot_time
    if table is None:
        return {}
    view = Replicates(tables)
    place, phase = view.positions(table), category_numbers(table["phase"])
    there = place >= 0
    times = np.zeros((len(PHASES), len(view)))
    times[phase[there], place[there]] = table["slot_s"].to_numpy(dtype=float)[there]
    kept = np.bincount(place[there], minlength=len(view)) > 0
    total = np.where(kept, view.column("slot_s"), 0.0)
    shares = {name: np.minimum(ratio(time, total), 1.0) for name, time in zip(PHASES, times, strict=True) if time.any()}
    rest = np.maximum(ratio(total - times.sum(axis=0), total), 0.0)
    # Below this it is the rounding of sums.
    if np.nan_to_num(rest).max(initial=0.0) > 1e-9:
        shares[OTHER] = rest
    return shares
