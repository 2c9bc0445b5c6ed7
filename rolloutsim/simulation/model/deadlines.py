"""Instants that are equal but for rounding: what ends at a deadline ends at it, also where durations are decimal fractions.

Three phases of 0.1 s last 0.30000000000000004 s in floating point, and a deadline of 0.3 s would come before their end. An end within a few
units in the last place of a deadline therefore gets the deadline's time, and the order within an instant decides.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.kernel import inlined, kernel

if TYPE_CHECKING:
    from rolloutsim.simulation.model.model_tables import ModelTables
    from rolloutsim.simulation.model.robot import Robot

__all__ = ["end_of", "snap"]

#: How many units in the last place of a deadline an end may be off.
_UNITS = 8.0

#: More than `_UNITS` units in the last place of 1: what is further off needs no closer look.
_NEAR = 2.0**-48


@inlined
def snap(t: float, deadline: float) -> float:
    """Return a deadline if an instant is at it but for rounding, else the instant.

    Examples
    --------
    >>> snap(0.1 + 0.1 + 0.1, 0.3)
    0.3
    >>> snap(0.31, 0.3)
    0.31
    """
    if abs(t - deadline) < deadline * _NEAR and is_at(t, deadline):
        return deadline
    return t


@kernel
def is_at(t: float, deadline: float) -> bool:
    """Return whether an instant is within `_UNITS` units in the last place of a deadline."""
    return abs(t - deadline) <= math.ldexp(_UNITS, math.frexp(deadline)[1] - 53)


@inlined
def end_of(plan: ModelTables, r: Robot, t: float) -> float:
    """Return when something ends on a robot that by floating point ends at `t`: its timer and the end of the job are deadlines."""
    stop, deadline = r.stop, plan.job_deadline
    if abs(t - stop) < stop * _NEAR:  # as in `snap`, which most ends need not be passed to
        t = snap(t, stop)
    if abs(t - deadline) < deadline * _NEAR:
        t = snap(t, deadline)
    return t if t > r.t else r.t  # a late robot may begin just after the job's end
