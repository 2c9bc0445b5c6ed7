"""What chance holds in store for one attempt of a robot: the duration of each phase and the code it will fail with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.distributions.table import CONSTANT, ppf
from rolloutsim.kernel import inlined, kernel
from rolloutsim.randomness import child_key, replicate_key, uniform
from rolloutsim.simulation.model.causes import AFTER_SUCCESS_DELAY, BAD_SITES, DURATION, RATE, RELEASE, ROLLBACK
from rolloutsim.simulation.model.connectivity import start_link, start_rate
from rolloutsim.simulation.model.deadlines import snap
from rolloutsim.simulation.model.robot import REACHING, VALIDATING
from rolloutsim.vocabulary import PHASES

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from rolloutsim.simulation.model.model_tables import Coin, ModelTables
    from rolloutsim.simulation.model.robot import Robot

__all__ = [
    "JOB",
    "OPEN",
    "SCOPE_CLASS",
    "SCOPE_COHORT",
    "SCOPE_JOB",
    "SCOPE_ROBOT",
    "SCOPE_SITE",
    "decide_coin",
    "draw_attempt",
    "draw_duration",
    "draw_keys",
    "draw_release",
    "draw_robot",
    "fated_code",
    "identify",
    "number_of",
    "turn_in_sync",
]

SCOPE_JOB, SCOPE_COHORT, SCOPE_ROBOT, SCOPE_CLASS, SCOPE_SITE = range(5)
PHASE_COUNT = len(PHASES)

#: Bits of an index below the attempt's number, for the checks of one attempt's condition.
CHECK_BITS = 20

#: Instead of an instant: it is not known yet; and instead of a code: it depends on the instant.
NOT_YET, OPEN = -1.0, -2

#: The one release drawn once per job; everything of the job is keyed by this entity.
JOB = "job"


@kernel
def draw_release(plan: ModelTables, seed: int, replicate: int) -> int:
    """Return 1 if the job gets the bad release, else 0."""
    return 1 if uniform(replicate_key(seed, replicate, plan.job_word), RELEASE, 0) < plan.bad_release else 0


@kernel
def draw_duration(plan: ModelTables, key: int, profile: int, phase: int, index: int) -> float:
    """Return the duration (s) of a phase."""
    row = plan.phases[profile * PHASE_COUNT + phase].duration
    if plan.table[row] == CONSTANT:
        return float(plan.table[row + 3])
    return ppf(plan.table, row, uniform(key, DURATION + phase, index))


@inlined
def owner_of(plan: ModelTables, scope: int, job_key: int, site_key: int, cohort_key: int, key: int, profile: int) -> int:
    """Return the key of what shares a draw: the robot itself, its cohort, its class, its site or the job."""
    if scope == SCOPE_CLASS:
        return child_key(job_key, plan.cohorts[profile // 2].class_word)
    if scope == SCOPE_SITE:
        return site_key
    return job_key if scope == SCOPE_JOB else cohort_key if scope == SCOPE_COHORT else key


@kernel
def probability_at(plan: ModelTables, number: int, t: float) -> float:
    """Return what holds at an instant of a probability that changes."""
    row = plan.changing[number]
    low, high = row.first + 1, row.end
    while low < high:
        middle = (low + high) // 2
        if plan.change_times[middle] <= t:
            low = middle + 1
        else:
            high = middle
    return float(plan.change_values[low - 1])


@inlined
def hits(
    plan: ModelTables, coin: Coin, job_key: int, site_key: int, cohort_key: int, key: int, profile: int, attempt: int, t: float
) -> bool:
    """Return whether a coin is a failure; its probability may depend on the instant (s)."""
    probability = coin.probability
    if coin.table != -1:
        if coin.table >= 0:
            owner = owner_of(plan, coin.drawn, job_key, site_key, cohort_key, key, profile)
            probability = ppf(plan.table, coin.table, uniform(owner, coin.drawn_cause, 0))
        else:
            probability = probability_at(plan, -2 - coin.table, t)
    if coin.scope == SCOPE_ROBOT:
        return uniform(key, coin.cause, attempt) < probability
    # a coin of the whole job, site, class or cohort lies as it fell, in later attempts too
    return uniform(owner_of(plan, coin.scope, job_key, site_key, cohort_key, key, profile), coin.cause, 0) < probability


@inlined
def fated_code(
    plan: ModelTables, job_key: int, site_key: int, cohort_key: int, key: int, profile: int, phase: int, attempt: int, t: float
) -> int:
    """Return the number of the code that a phase fails with, or -1: each code has a coin of its own, the first that hits wins.

    Parameters
    ----------
    t
        When the phase is entered (s). `NOT_YET` if that is not known: then `OPEN` is returned where it matters.
    """
    row = plan.phases[profile * PHASE_COUNT + phase]
    for number in range(row.first_coin, row.end_coin):
        coin = plan.coins[number]
        if coin.table < -1 and t == NOT_YET:
            return OPEN
        if hits(plan, coin, job_key, site_key, cohort_key, key, profile, attempt, t):
            return int(coin.code)
    return -1


@kernel
def draw_keys(plan: ModelTables, seed: int, replicate: int, release: int, keys: MutableSequence[int], cohorts: int) -> None:
    """Fill in the keys of one replicate: of the job, then of each cohort, of its site, and whether its release is the bad one (1)."""
    keys[0] = replicate_key(seed, replicate, plan.job_word)
    for cohort in range(cohorts):
        keys[1 + 3 * cohort] = replicate_key(seed, replicate, plan.cohorts[cohort].word)
        keys[2 + 3 * cohort] = replicate_key(seed, replicate, plan.cohorts[cohort].site_word)
        keys[3 + 3 * cohort] = release
    if release == 1 and plan.bad_sites > 0:
        choose_bad_sites(plan, keys, cohorts)


@kernel
def choose_bad_sites(plan: ModelTables, keys: MutableSequence[int], cohorts: int) -> None:
    """Choose the sites with the bad release: site by site, with the share of those to choose among those that are left."""
    seen = chosen = 0
    for cohort in range(cohorts):
        first = plan.cohorts[cohort].first_at_site
        if first < cohort:
            keys[3 + 3 * cohort] = keys[3 + 3 * first]
            continue
        bad = uniform(keys[0], BAD_SITES, seen) * (plan.sites - seen) < plan.bad_sites - chosen
        keys[3 + 3 * cohort] = 1 if bad else 0
        chosen += 1 if bad else 0
        seen += 1


@inlined
def profile_of(keys: MutableSequence[int], cohort: int) -> int:
    """Return the number of a cohort's profile under the release that it gets."""
    return 2 * cohort + (1 if keys[3 + 3 * cohort] != 0 else 0)


@inlined
def number_of(plan: ModelTables, cohort: int, index: int) -> int:
    """Return the number of a robot in its cohort."""
    return plan.cohorts[cohort].first_number + index - plan.cohorts[cohort].first_robot


@inlined
def own_rate(plan: ModelTables, profile: int, index: int) -> float:
    """Return the rate (B/s) that is listed for robot number `index`, or 0 if it is drawn like those of its cohort."""
    first = plan.profiles[profile].first_listed
    return float(plan.listed_rates[first + index - plan.cohorts[profile // 2].first_robot]) if first >= 0 else 0.0


@inlined
def draw_robot(plan: ModelTables, r: Robot, keys: MutableSequence[int], index: int) -> None:
    """Make `r` robot number `index` of the fleet at time 0, with the draws of its first attempt; `keys` are those of the replicate."""
    identify(plan, r, keys, index)
    rate, own = plan.profiles[r.profile].rate, own_rate(plan, r.profile, index)
    r.rate = own if own > 0.0 else ppf(plan.table, rate, uniform(r.key, RATE, 0)) if rate >= 0 else math.inf
    if r.rate_process >= 0:
        start_rate(plan, r)
    start_link(plan, r)
    draw_attempt(plan, r, 0)


@inlined
def identify(plan: ModelTables, r: Robot, keys: MutableSequence[int], index: int) -> None:
    """Make `r` robot number `index` of the fleet, before anything is drawn for it."""
    number = plan.cohort[index]
    r.index = index
    r.profile = profile_of(keys, number)
    cohort, profile = plan.cohorts[number], plan.profiles[r.profile]
    r.link = profile.link
    r.busy = profile.busy
    r.job_key = keys[0]
    r.cohort_key = keys[1 + 3 * number]
    r.key = child_key(r.cohort_key, number_of(plan, number, index))
    r.site = cohort.site
    r.site_key = keys[2 + 3 * number]
    r.left = profile.size
    r.rate_process = profile.rates
    r.rates = -1


@inlined
def draw_attempt(plan: ModelTables, r: Robot, attempt: int) -> None:
    """Draw the durations of all phases of an attempt, and the first phase in which a coin is a failure."""
    draw_durations(plan, r, attempt)
    toss_coins(plan, r, attempt)


@inlined
def turn_in_sync(plan: ModelTables, r: Robot) -> None:
    """Let a robot turn InSync, and draw what follows if it may fail after that."""
    r.converged = r.t
    if plan.profiles[r.profile].later_coin >= 0:
        draw_regression(plan, r)


@kernel
def draw_regression(plan: ModelTables, r: Robot) -> None:
    """Draw when the failure of a robot that turned InSync is known, if it fails, and how long a rollback takes then."""
    profile = plan.profiles[r.profile]
    coin = plan.coins[profile.later_coin]
    if not hits(plan, coin, r.job_key, r.site_key, r.cohort_key, r.key, r.profile, 0, r.t):
        return
    known = r.t + ppf(plan.table, profile.later_delay, uniform(r.key, AFTER_SUCCESS_DELAY, 0))
    r.regressed = snap(snap(known, plan.job_deadline), plan.observe)
    if plan.rollback >= 0:
        r.recovery = ppf(plan.table, plan.rollback, uniform(r.key, ROLLBACK, r.attempt))


@inlined
def draw_durations(plan: ModelTables, r: Robot, attempt: int) -> None:
    """Draw the durations of all phases of an attempt."""
    for phase in range(1, PHASE_COUNT):
        r.durations[phase] = draw_duration(plan, r.key, r.profile, phase, attempt << CHECK_BITS)


@inlined
def toss_coins(plan: ModelTables, r: Robot, attempt: int) -> None:
    """Find the first phase of an attempt in which a coin is a failure, or in which that depends on when it is entered."""
    r.fail_phase = -1
    r.fail_code = plan.profiles[r.profile].fixed_code
    if r.fail_code >= 0:
        r.fail_phase = VALIDATING
        return
    toss_from(plan, r, attempt, REACHING if r.late else VALIDATING)


@inlined
def toss_from(plan: ModelTables, r: Robot, attempt: int, first: int) -> None:
    """Find that phase among those from the first one on."""
    profile = plan.profiles[r.profile]
    for phase in range(first, PHASE_COUNT):
        row = plan.phases[r.profile * PHASE_COUNT + phase]
        if phase == REACHING and snap(r.durations[phase], profile.agent_timeout) > profile.agent_timeout:
            r.durations[phase] = profile.agent_timeout
            r.fail_code = plan.agent_code
        elif row.first_coin < row.end_coin:
            r.fail_code = fated_code(plan, r.job_key, r.site_key, r.cohort_key, r.key, r.profile, phase, attempt, NOT_YET)
        if r.fail_code != -1:
            r.fail_phase = phase
            return


@kernel
def decide_coin(plan: ModelTables, r: Robot, phase: int, t: float) -> None:
    """A robot enters a phase in which a coin depends on that instant: find whether it fails there, else where it fails next."""
    r.fail_code = fated_code(plan, r.job_key, r.site_key, r.cohort_key, r.key, r.profile, phase, r.attempt, t)
    if r.fail_code < 0:
        r.fail_phase = -1
        toss_from(plan, r, r.attempt, phase + 1)
