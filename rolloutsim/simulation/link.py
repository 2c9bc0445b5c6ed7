"""A robot's link: an alternating renewal process of spells online and offline, followed spell by spell.

Spells are [start, end). In equilibrium at time 0 the robot is online with probability E[up] / (E[up] + E[down]), and what is left of
its first spell is a uniform share of a length-biased spell (Cox, *Renewal theory*, 1962, section 5.3). The busy/idle process of the
download condition is of the same kind.
"""

from __future__ import annotations

import math
from typing import Any

from rolloutsim.distributions.table import ppf
from rolloutsim.kernel import kernel
from rolloutsim.randomness import uniform
from rolloutsim.simulation.causes import BUSY, LINK

__all__ = ["ALWAYS", "EQUILIBRIUM", "NEVER", "START_DOWN", "START_UP", "follow_link", "is_idle", "start_link"]

ALWAYS, NEVER, EQUILIBRIUM, START_UP, START_DOWN = range(5)

_STATE, _RESIDUAL, _BIASED, _SPELL = range(4)


@kernel
def first_spell(plan: Any, key: int, process: int, cause: int) -> tuple[bool, float]:
    """Return the state at time 0 of an alternating process and the end of its first spell (s)."""
    start = plan.start[process]
    if start == ALWAYS:
        return True, math.inf
    if start == NEVER:
        return False, math.inf
    if start == EQUILIBRIUM:
        up = uniform(key, cause + _STATE, 0) < plan.availability[process]
        biased = plan.biased_up[process] if up else plan.biased_down[process]
        return up, uniform(key, cause + _RESIDUAL, 0) * ppf(plan.table, biased, uniform(key, cause + _BIASED, 0))
    up = start == START_UP
    return up, ppf(plan.table, plan.up[process] if up else plan.down[process], uniform(key, cause + _SPELL, 0))


@kernel
def spell(plan: Any, key: int, process: int, cause: int, up: bool, number: int) -> float:
    """Return the length (s) of a later spell."""
    return ppf(plan.table, plan.up[process] if up else plan.down[process], uniform(key, cause + _SPELL, number))


@kernel
def start_link(plan: Any, r: Any) -> None:
    """Put a robot's link, and its busy/idle process, into their states at time 0."""
    r.up, r.until = first_spell(plan, r.key, r.link, LINK)
    r.spell = 0
    r.idle, r.idle_until = first_spell(plan, r.key, r.busy, BUSY)
    r.idle_spell = 0


@kernel
def follow_link(plan: Any, r: Any, t: float) -> None:
    """Move a robot to the instant `t`, spell by spell; count the time offline while it holds a slot."""
    now = r.t
    while r.until <= t:
        if r.holding and not r.up:
            r.offline += r.until - now
        now = r.until
        r.up = not r.up
        r.spell += 1
        r.until = now + spell(plan, r.key, r.link, LINK, r.up, r.spell)
    if r.holding and not r.up:
        r.offline += t - now
    r.t = t


@kernel
def is_idle(plan: Any, r: Any) -> bool:
    """Tell whether a robot's busy/idle process is idle now."""
    while r.idle_until <= r.t:
        r.idle = not r.idle
        r.idle_spell += 1
        r.idle_until += spell(plan, r.key, r.busy, BUSY, r.idle, r.idle_spell)
    return bool(r.idle)
