"""What chance holds in store for one attempt of a robot: the duration of each phase and the code it will fail with."""

from __future__ import annotations

import math
from typing import Any

from rolloutsim.distributions.table import CONSTANT, ppf
from rolloutsim.kernel import inlined, kernel
from rolloutsim.randomness import child_key, replicate_key, uniform
from rolloutsim.simulation.model.causes import DURATION, RATE, RELEASE
from rolloutsim.simulation.model.connectivity import start_link, start_rate
from rolloutsim.simulation.model.deadlines import snap
from rolloutsim.simulation.model.robot import REACHING, VALIDATING
from rolloutsim.vocabulary import PHASES

__all__ = [
    "JOB",
    "SCOPE_COHORT",
    "SCOPE_JOB",
    "SCOPE_ROBOT",
    "draw_attempt",
    "draw_duration",
    "draw_keys",
    "draw_release",
    "draw_robot",
    "fated_code",
]

SCOPE_JOB, SCOPE_COHORT, SCOPE_ROBOT = range(3)
PHASE_COUNT = len(PHASES)

#: Bits of an index below the attempt's number, for the checks of one attempt's condition.
CHECK_BITS = 20

#: The one release drawn once per job; everything of the job is keyed by this entity.
JOB = "job"


@kernel
def draw_release(plan: Any, seed: int, replicate: int) -> int:
    """Return 1 if the job gets the bad release, else 0."""
    return 1 if uniform(replicate_key(seed, replicate, plan.job_word), RELEASE, 0) < plan.bad_release else 0


@kernel
def draw_duration(plan: Any, key: int, profile: int, phase: int, index: int) -> float:
    """Return the duration (s) of a phase."""
    row = plan.duration[profile * PHASE_COUNT + phase]
    if plan.table[row] == CONSTANT:
        return float(plan.table[row + 3])
    return ppf(plan.table, row, uniform(key, DURATION + phase, index))


@inlined
def fated_code(plan: Any, job_key: int, cohort_key: int, key: int, profile: int, phase: int, attempt: int) -> int:
    """Return the number of the code that a phase fails with, or -1: each code has a coin of its own, the first that hits wins."""
    row = profile * PHASE_COUNT + phase
    for coin in range(plan.first_coin[row], plan.first_coin[row + 1]):
        probability = plan.coin_probability[coin]
        if plan.coin_table[coin] >= 0:
            scope = plan.coin_drawn[coin]
            owner = job_key if scope == SCOPE_JOB else cohort_key if scope == SCOPE_COHORT else key
            probability = ppf(plan.table, plan.coin_table[coin], uniform(owner, plan.coin_drawn_cause[coin], 0))
        scope = plan.coin_scope[coin]
        if scope == SCOPE_ROBOT:
            hit = uniform(key, plan.coin_cause[coin], attempt) < probability
        else:  # a coin of the whole job or cohort lies as it fell, in later attempts too
            hit = uniform(job_key if scope == SCOPE_JOB else cohort_key, plan.coin_cause[coin], 0) < probability
        if hit:
            return int(plan.coin_code[coin])
    return -1


@kernel
def draw_keys(plan: Any, seed: int, replicate: int, keys: Any, cohorts: int) -> None:
    """Fill in the keys of one replicate: of the job, then of each cohort and its site."""
    keys[0] = replicate_key(seed, replicate, plan.job_word)
    for cohort in range(cohorts):
        keys[1 + 2 * cohort] = replicate_key(seed, replicate, plan.cohort_word[cohort])
        keys[2 + 2 * cohort] = replicate_key(seed, replicate, plan.site_word[cohort])


@inlined
def draw_robot(plan: Any, r: Any, keys: Any, index: int, release: int) -> None:
    """Make `r` robot number `index` of the fleet at time 0, with the draws of its first attempt; `keys` are those of the replicate."""
    cohort = plan.cohort[index]
    r.index = index
    r.profile = 2 * cohort + release
    r.link = cohort
    r.busy = plan.busy[r.profile]
    r.job_key = keys[0]
    r.cohort_key = keys[1 + 2 * cohort]
    r.key = child_key(r.cohort_key, index - plan.first_robot[cohort])
    r.site = plan.site[cohort]
    r.site_key = keys[2 + 2 * cohort]
    r.rate = ppf(plan.table, plan.rate[cohort], uniform(r.key, RATE, 0)) if plan.rate[cohort] >= 0 else math.inf
    r.left = plan.size[r.profile]
    r.rate_process = plan.rates[cohort]
    r.rates = -1
    if r.rate_process >= 0:
        start_rate(plan, r)
    start_link(plan, r)
    draw_attempt(plan, r, 0)


@inlined
def draw_attempt(plan: Any, r: Any, attempt: int) -> None:
    """Draw the durations of all phases of an attempt, and the first phase in which a coin is a failure."""
    for phase in range(1, PHASE_COUNT):
        r.durations[phase] = draw_duration(plan, r.key, r.profile, phase, attempt << CHECK_BITS)
    r.fail_phase = -1
    r.fail_code = plan.fixed_code[r.profile]
    if r.fail_code >= 0:
        r.fail_phase = VALIDATING
        return
    for phase in range(REACHING if r.late else VALIDATING, PHASE_COUNT):
        if phase == REACHING and snap(r.durations[phase], plan.agent_timeout[r.profile]) > plan.agent_timeout[r.profile]:
            r.durations[phase] = plan.agent_timeout[r.profile]
            r.fail_code = plan.agent_code
        elif plan.first_coin[r.profile * PHASE_COUNT + phase] < plan.first_coin[r.profile * PHASE_COUNT + phase + 1]:
            r.fail_code = fated_code(plan, r.job_key, r.cohort_key, r.key, r.profile, phase, attempt)
        if r.fail_code >= 0:
            r.fail_phase = phase
            return
