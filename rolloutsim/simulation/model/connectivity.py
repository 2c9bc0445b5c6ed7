"""A robot's link: layers of spells online and offline, followed spell by spell; online = all layers online.

A layer is an alternating process of one of two kinds. A *renewal* process draws its spells; in equilibrium at time 0 it is online with
probability E[up] / (E[up] + E[down]), and what is left of its first spell is a uniform share of a length-biased spell (Cox, *Renewal
theory*, 1962, section 5.3). A *pattern* (a calendar, a recorded trace) has its instants in the plan: a robot picks one pattern of a
process and a shift along it. Spells are [start, end).

The layers are the robot's own connectivity and the outages of its site, whose draws are the site's: all its robots see the same
instants. A robot without such outages has one layer, kept in ``up`` and ``until`` alone. The busy/idle process of the download
condition is of the same kinds, and the rate of a link can be a pattern too. The origin has one more process, drawn once per job: while it
is down, every rate is 0.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.distributions.table import ppf, ppf_many
from rolloutsim.kernel import inlined, kernel
from rolloutsim.randomness import uniform
from rolloutsim.simulation.model.causes import BUSY, LINK, ORIGIN, RATES, SITE

if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence

    from rolloutsim.simulation.model.model_tables import ModelTables
    from rolloutsim.simulation.model.robot import Robot

__all__ = [
    "ALIGNED",
    "ALWAYS",
    "ANYWHERE",
    "EQUILIBRIUM",
    "NEVER",
    "PATTERN",
    "START_DOWN",
    "START_UP",
    "draw_first_spells",
    "follow_link",
    "follow_rate",
    "is_ever_online",
    "is_idle",
    "start_link",
    "start_others",
    "start_rate",
]

#: Kinds of processes: those that never change, renewal processes by their state at time 0, and patterns.
ALWAYS, NEVER, EQUILIBRIUM, START_UP, START_DOWN, PATTERN = range(6)

#: Shifts along a pattern that are no row of a distribution: none, or any part of the period.
ALIGNED, ANYWHERE = -1, -2

_STATE, _RESIDUAL, _BIASED, _SPELL = range(4)
_GROUP, _SHIFT = range(2)  # of a pattern, in place of the first two


@kernel
def instant(plan: ModelTables, pattern: int, number: int, shift: float) -> float:
    """Return when change `number` of a pattern happens: cyclic patterns have changes before number 0 and after the last."""
    row = plan.patterns[pattern]
    if row.period == math.inf:
        return float(plan.instants[row.first + number] + shift) if number < row.changes else math.inf
    cycle = number // row.changes
    return float(cycle * row.period + plan.instants[row.first + number - cycle * row.changes] + shift)


@kernel
def value(plan: ModelTables, pattern: int, number: int) -> float:
    """Return what holds from change `number` of a pattern on."""
    row = plan.patterns[pattern]
    return float(plan.values[row.first + number % row.changes])


@kernel
def last_change(plan: ModelTables, pattern: int, shift: float, t: float) -> int:
    """Return the number of the last change of a pattern up to an instant."""
    row = plan.patterns[pattern]
    at = t - shift
    number = 0
    if row.period < math.inf:
        cycle = math.floor(at / row.period)
        at -= cycle * row.period
        number = cycle * row.changes
    low, high = 0, row.changes
    while low < high:
        middle = (low + high) // 2
        if plan.instants[row.first + middle] <= at:
            low = middle + 1
        else:
            high = middle
    number += low - 1
    while instant(plan, pattern, number + 1, shift) <= t:  # a subtraction above may have been rounded
        number += 1
    return number


@kernel
def choose_pattern(plan: ModelTables, key: int, number: int, cause: int, index: int) -> tuple[int, float]:
    """Return the pattern of a process that a robot, number `index` of the fleet, follows, and its shift (s)."""
    process = plan.processes[number]
    pattern = process.first_pattern
    if process.first_robot >= 0:
        pattern += index - process.first_robot
    elif process.patterns > 1:
        pattern += int(process.patterns * uniform(key, cause + _GROUP, 0))
    period = plan.patterns[pattern].period
    if process.shift == ALIGNED or (process.shift == ANYWHERE and period == math.inf):
        return pattern, 0.0
    if process.shift == ANYWHERE:
        return pattern, -uniform(key, cause + _SHIFT, 0) * period
    return pattern, ppf(plan.table, process.shift, uniform(key, cause + _SHIFT, 0))


@kernel
def first_spell(plan: ModelTables, key: int, number: int, cause: int, index: int) -> tuple[bool, float, int, int, float]:
    """Return the state at time 0 of an alternating process, the end of its first spell (s), its number, its pattern (or -1) and shift."""
    process = plan.processes[number]
    start = process.start
    if start == ALWAYS:
        return True, math.inf, 0, -1, 0.0
    if start == NEVER:
        return False, math.inf, 0, -1, 0.0
    if start == EQUILIBRIUM:
        up = uniform(key, cause + _STATE, 0) < process.availability
        biased = process.biased_up if up else process.biased_down
        return up, uniform(key, cause + _RESIDUAL, 0) * ppf(plan.table, biased, uniform(key, cause + _BIASED, 0)), 0, -1, 0.0
    if start == PATTERN:
        pattern, shift = choose_pattern(plan, key, number, cause, index)
        change = last_change(plan, pattern, shift, 0.0)
        return value(plan, pattern, change) > 0.0, instant(plan, pattern, change + 1, shift), change, pattern, shift
    up = start == START_UP
    return up, ppf(plan.table, process.up if up else process.down, uniform(key, cause + _SPELL, 0)), 0, -1, 0.0


@kernel
def draw_first_spells(
    plan: ModelTables, number: int, keys: Sequence[int], u: MutableSequence[float], x: MutableSequence[float], count: int
) -> None:
    """Draw the first spells of the links of some robots, of a process in equilibrium, to the bit as `first_spell` does.

    Parameters
    ----------
    keys
        Of the robots.
    u, x
        Are filled in: 1.0 where the link is up at time 0, else 0.0, and the ends of the spells (s).
    """
    process = plan.processes[number]
    for i in range(count):
        u[i] = uniform(keys[i], LINK + _BIASED, 0)
    ppf_many(plan.table, process.biased_up, u, x, count)
    for i in range(count):
        if uniform(keys[i], LINK + _STATE, 0) < process.availability:
            u[i] = 1.0
        else:
            x[i] = ppf(plan.table, process.biased_down, u[i])
            u[i] = 0.0
    for i in range(count):
        x[i] = uniform(keys[i], LINK + _RESIDUAL, 0) * x[i]


@inlined
def spell_end(
    plan: ModelTables, key: int, process: int, cause: int, up: bool, number: int, now: float, pattern: int, shift: float
) -> float:
    """Return the end (s) of a later spell that begins now."""
    if pattern >= 0:
        return instant(plan, pattern, number + 1, shift)
    return now + ppf(plan.table, plan.processes[process].up if up else plan.processes[process].down, uniform(key, cause + _SPELL, number))


@kernel
def start_link(plan: ModelTables, r: Robot) -> None:
    """Put a robot's link, and its busy/idle process, into their states at time 0."""
    r.up, r.until, r.spell, r.pattern, r.shift = first_spell(plan, r.key, r.link, LINK, r.index)
    start_others(plan, r)


@inlined
def start_others(plan: ModelTables, r: Robot) -> None:
    """Do that for all but the robot's own layer, which is as at time 0."""
    r.idle, r.idle_until, r.idle_spell, r.idle_pattern, r.idle_shift = first_spell(plan, r.key, r.busy, BUSY, r.index)
    if r.site >= 0:
        r.own_up, r.own_until = r.up, r.until
        r.site_up, r.site_until, r.site_spell, _, _ = first_spell(plan, r.site_key, r.site, SITE, r.index)
        join_layers(r)


@kernel
def join_layers(r: Robot) -> None:
    """Online = all layers online; the next change of any layer is next, unless one has ended for good and the others do not matter."""
    r.up = r.own_up and r.site_up
    if not r.own_up and r.own_until == math.inf:
        r.until = math.inf
    else:
        r.until = min(r.own_until, r.site_until)


@kernel
def change_link(plan: ModelTables, r: Robot) -> None:
    """Let the next change of a robot's link happen: spells that end now give way to the next ones."""
    now = r.until
    if r.site < 0:
        r.up = not r.up
        r.spell += 1
        r.until = spell_end(plan, r.key, r.link, LINK, r.up, r.spell, now, r.pattern, r.shift)
        return
    if r.own_until <= now:
        r.own_up = not r.own_up
        r.spell += 1
        r.own_until = spell_end(plan, r.key, r.link, LINK, r.own_up, r.spell, now, r.pattern, r.shift)
    if r.site_until <= now:
        r.site_up = not r.site_up
        r.site_spell += 1
        r.site_until = spell_end(plan, r.site_key, r.site, SITE, r.site_up, r.site_spell, now, -1, 0.0)
    join_layers(r)


@kernel
def follow_link(plan: ModelTables, r: Robot, t: float) -> None:
    """Move a robot to the instant `t`, change by change; count the time offline while it holds a slot."""
    now = r.t
    while r.until <= t:
        if r.holding and not r.up:
            r.offline += r.until - now
        now = r.until
        change_link(plan, r)
    if r.holding and not r.up:
        r.offline += t - now
    r.t = t


@kernel
def is_ever_online(plan: ModelTables, r: Robot, horizon: float) -> bool:
    """Return whether a robot is online at some instant up to `horizon` (s); it has been followed to there, or to that instant."""
    now = 0.0
    while not (r.up and r.until > now) and r.until <= horizon:  # a spell without length is none
        now = r.until
        change_link(plan, r)
    return bool(r.up and r.until > now)


@kernel
def is_idle(plan: ModelTables, r: Robot) -> bool:
    """Return whether a robot's busy/idle process is idle now."""
    while r.idle_until <= r.t:
        now = r.idle_until
        r.idle = not r.idle
        r.idle_spell += 1
        r.idle_until = spell_end(plan, r.key, r.busy, BUSY, r.idle, r.idle_spell, now, r.idle_pattern, r.idle_shift)
    return bool(r.idle)


@kernel
def start_rate(plan: ModelTables, r: Robot) -> None:
    """Choose where a robot begins in its recorded rates."""
    r.rates, r.rate_shift = choose_pattern(plan, r.key, r.rate_process, RATES, r.index)


@kernel
def follow_rate(plan: ModelTables, r: Robot) -> None:
    """Read a robot's rate and its next change: from its recorded rates, and from the origin, which sends nothing while it is down."""
    if r.rates >= 0:
        if r.own_rate_until == r.t:
            r.rate_number += 1
        else:
            r.rate_number = last_change(plan, r.rates, r.rate_shift, r.t)
        r.own_rate = value(plan, r.rates, r.rate_number)
        r.own_rate_until = instant(plan, r.rates, r.rate_number + 1, r.rate_shift)
    elif r.origin_until < 0.0:
        r.own_rate = r.rate
    r.rate, r.rate_until = r.own_rate, r.own_rate_until
    if plan.origin >= 0:
        follow_origin(plan, r)
        r.rate = r.own_rate if r.origin_up else 0.0
        r.rate_until = min(r.own_rate_until, r.origin_until)


@kernel
def follow_origin(plan: ModelTables, r: Robot) -> None:
    """Look whether the origin sends at a robot's instant; all robots see the same spells."""
    if r.origin_until < 0.0:
        r.origin_up, r.origin_until, r.origin_spell, _, _ = first_spell(plan, r.job_key, plan.origin, ORIGIN, r.index)
    pattern, shift = -1, 0.0
    if r.origin_until <= r.t and plan.processes[plan.origin].start == PATTERN:
        pattern, shift = choose_pattern(plan, r.job_key, plan.origin, ORIGIN, r.index)
    while r.origin_until <= r.t:
        now = r.origin_until
        r.origin_up = not r.origin_up
        r.origin_spell += 1
        r.origin_until = spell_end(plan, r.job_key, plan.origin, ORIGIN, r.origin_up, r.origin_spell, now, pattern, shift)
