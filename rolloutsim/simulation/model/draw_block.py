"""The draws of `rolloutsim.simulation.model.draws` for many robots, one kind after the other: to the bit the same, and several at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.distributions.table import CONSTANT, ppf_many
from rolloutsim.kernel import inlined, kernel
from rolloutsim.randomness import child_key, uniform
from rolloutsim.simulation.model.causes import DURATION, RATE
from rolloutsim.simulation.model.connectivity import EQUILIBRIUM, draw_first_spells, start_link, start_others, start_rate
from rolloutsim.simulation.model.deadlines import snap
from rolloutsim.simulation.model.draws import PHASE_COUNT, SCOPE_ROBOT, number_of, own_rate, profile_of, toss_coins
from rolloutsim.simulation.model.robot import REACHING, VALIDATING

if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence
    from typing import TypeAlias

    from rolloutsim.simulation.model.model_tables import ModelTables
    from rolloutsim.simulation.model.robot import Robot

    #: Keys, uniform variates and variates.
    Spare: TypeAlias = tuple[MutableSequence[int], MutableSequence[float], MutableSequence[float]]

__all__ = ["DRAWN", "begin_drawn", "draw_block", "start_drawn_link"]

#: Numbers of a robot that are drawn, after its rate and the durations of its phases: whether its link is up at first (1) and until
#: when, in which phase its first attempt fails and with which code.
UP, UNTIL, FAIL_PHASE, FAIL_CODE = range(PHASE_COUNT, PHASE_COUNT + 4)
DRAWN = PHASE_COUNT + 4

#: Instead of a phase: the coins are tossed by `toss_coins`.
NOT_TOSSED = -2.0


@kernel
def draw_block(
    plan: ModelTables,
    keys: MutableSequence[int],
    first: int,
    end: int,
    drawn: MutableSequence[float],
    spare: Spare,
) -> None:
    """Draw for robots from `first` up to `end` what they and their first attempts have at time 0.

    Parameters
    ----------
    drawn
        By robot `DRAWN` numbers, which are filled in: its rate, the durations of the phases from the second on, `UP`, `UNTIL`,
        `FAIL_PHASE`, `FAIL_CODE`.
    spare
        Room for as many keys, uniform variates and variates as there are robots.
    """
    start = first
    while start < end:
        cohort = plan.cohort[start]
        last = start + 1
        while last < end and plan.cohort[last] == cohort:
            last += 1
        count = last - start
        for i in range(count):
            spare[0][i] = child_key(keys[1 + 3 * cohort], number_of(plan, cohort, start + i))
        profile = profile_of(keys, cohort)
        for phase in range(PHASE_COUNT):  # none of which is the first, in whose place is the rate
            row = plan.phases[profile * PHASE_COUNT + phase].duration if phase > 0 else plan.profiles[profile].rate
            draw_many(plan, row, DURATION + phase if phase > 0 else RATE, spare, count)
            for i in range(count):
                own = own_rate(plan, profile, start + i) if phase == 0 else 0.0
                drawn[(start + i) * DRAWN + phase] = own if own > 0.0 else spare[2][i]
        if plan.processes[plan.profiles[profile].link].start == EQUILIBRIUM:
            draw_first_spells(plan, plan.profiles[profile].link, spare[0], spare[1], spare[2], count)
            for i in range(count):
                drawn[(start + i) * DRAWN + UP] = spare[1][i]
                drawn[(start + i) * DRAWN + UNTIL] = spare[2][i]
        toss_many(plan, profile, start, count, drawn, spare)
        start = last


@kernel
def toss_many(plan: ModelTables, profile: int, start: int, count: int, drawn: MutableSequence[float], spare: Spare) -> None:
    """Toss the coins of first attempts of some robots of a profile, if no robots share one and no probability changes."""
    owned = plan.profiles[profile].fixed_code < 0
    for number in range(plan.phases[profile * PHASE_COUNT + VALIDATING].first_coin, plan.phases[(profile + 1) * PHASE_COUNT - 1].end_coin):
        owned = owned and plan.coins[number].scope == SCOPE_ROBOT and plan.coins[number].table == -1
    for robot in range(start, start + count):
        drawn[robot * DRAWN + FAIL_PHASE] = -1.0 if owned else NOT_TOSSED
        drawn[robot * DRAWN + FAIL_CODE] = -1.0
    if not owned:
        return
    for phase in range(VALIDATING, PHASE_COUNT):
        row = plan.phases[profile * PHASE_COUNT + phase]
        if phase == REACHING:
            longest = plan.profiles[profile].agent_timeout
            for robot in range(start, start + count):
                at = robot * DRAWN
                if drawn[at + FAIL_PHASE] < 0.0 and snap(drawn[at + phase], longest) > longest:
                    drawn[at + phase], drawn[at + FAIL_PHASE], drawn[at + FAIL_CODE] = longest, phase, plan.agent_code
        for number in range(row.first_coin, row.end_coin):
            coin = plan.coins[number]
            for i in range(count):
                spare[1][i] = uniform(spare[0][i], coin.cause, 0)
            for i in range(count):
                at = (start + i) * DRAWN
                if spare[1][i] < coin.probability and drawn[at + FAIL_PHASE] < 0.0:
                    drawn[at + FAIL_PHASE], drawn[at + FAIL_CODE] = phase, coin.code


@kernel
def draw_many(plan: ModelTables, row: int, cause: int, spare: Spare, count: int) -> None:
    """Draw the first variates of a cause for some robots; without a row they are infinite."""
    if row < 0 or plan.table[row] == CONSTANT:
        x = plan.table[row + 3] if row >= 0 else math.inf
        for i in range(count):
            spare[2][i] = x
        return
    for i in range(count):
        spare[1][i] = uniform(spare[0][i], cause, 0)
    ppf_many(plan.table, row, spare[1], spare[2], count)


@inlined
def begin_drawn(plan: ModelTables, r: Robot, drawn: Sequence[float]) -> None:
    """Do what is left of `draw_robot` for a robot that is identified and of which `draw_block` has drawn."""
    at = r.index * DRAWN
    r.rate = drawn[at]
    for phase in range(1, PHASE_COUNT):
        r.durations[phase] = drawn[at + phase]
    if r.rate_process >= 0:
        start_rate(plan, r)
    start_drawn_link(plan, r, drawn)
    if drawn[at + FAIL_PHASE] == NOT_TOSSED:
        toss_coins(plan, r, 0)
    else:
        r.fail_phase, r.fail_code = int(drawn[at + FAIL_PHASE]), int(drawn[at + FAIL_CODE])


@kernel
def start_drawn_link(plan: ModelTables, r: Robot, drawn: Sequence[float]) -> None:
    """Put a robot's link into its state at time 0."""
    if plan.processes[r.link].start != EQUILIBRIUM:
        start_link(plan, r)
        return
    at = r.index * DRAWN
    r.up, r.until, r.spell, r.pattern, r.shift = drawn[at + UP] > 0.0, drawn[at + UNTIL], 0, -1, 0.0
    start_others(plan, r)
