"""Dispatch policies: how many robots get a slot at a time, and which.

Both engines ask these functions whenever the controller is free to grant slots.
"""

from __future__ import annotations

from typing import Any

from rolloutsim.kernel import kernel
from rolloutsim.simulation.model.rules import HOLD, SKIP

__all__ = ["holds_slots"]


@kernel
def holds_slots(rules: Any, in_flight: int) -> bool:
    """Return whether robots get their slots offline, all that are next in line being offline: never under `WAIT`."""
    return bool(rules.offline == HOLD or (rules.offline == SKIP and in_flight == 0))
