"""A scenario in numbers, as the kernels read it: rows of few numbers in lists for Python, in arrays of records for compiled code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rolloutsim.distributions.table import Table

__all__ = ["ChangingRow", "CohortRow", "Coin", "ModelTables", "PatternRow", "PhaseRow", "Process", "Profile", "RetryRow"]


class CohortRow(NamedTuple):
    """A cohort, whatever the release."""

    word: int  #: of its random numbers
    class_word: int
    first_robot: int  #: index in the fleet
    first_number: int  #: its number in the cohort
    site: int  #: process of the outages of its site, -1 = none
    site_word: int
    first_at_site: int  #: the first cohort at its site


class Profile(NamedTuple):
    """A cohort under one release."""

    link: int  #: process of its connectivity
    rate: int  #: row of a distribution, B/s; -1 = unlimited
    first_listed: int  #: of the listed rates of its robots, -1 = none are listed
    rates: int  #: process of its recorded rates, -1 = none
    busy: int  #: process of its download condition
    size: float  #: of the bundle, B
    fixed_code: int  #: with which validating always fails, -1 = none
    agent_timeout: float
    ready_probability: float  #: -1.0 = by the busy/idle process
    recheck: float
    later_coin: int  #: of a failure after success, -1 = none
    later_delay: int  #: row of a distribution: how much later the failure is known


class PhaseRow(NamedTuple):
    """A phase of a profile."""

    duration: int  #: row of a distribution
    first_coin: int
    end_coin: int  #: after its last


class Coin(NamedTuple):
    """What decides whether a phase fails with a code."""

    code: int
    cause: int
    scope: int
    probability: float
    table: int  #: row of a distribution of the probability, -1 = none; -2 and below: it changes, as number 0 and up of those that do
    drawn: int  #: scope of that draw
    drawn_cause: int


class ChangingRow(NamedTuple):
    """A probability that changes."""

    first: int  #: of its instants, which is 0 s
    end: int


class Process(NamedTuple):
    """What alternates, by drawn spells or by a pattern."""

    start: int  #: one of `rolloutsim.simulation.model.connectivity.ALWAYS` and the like
    availability: float
    up: int = 0  #: row of a distribution, as are the next three
    down: int = 0
    biased_up: int = 0
    biased_down: int = 0
    first_pattern: int = 0
    patterns: int = 0
    first_robot: int = -1  #: which has the first pattern, the next robot the next one; -1 = a robot draws one
    shift: int = -1  #: row, s; or `rolloutsim.simulation.model.connectivity.ALIGNED` or `ANYWHERE`


class PatternRow(NamedTuple):
    """Changes at known instants."""

    first: int  #: of its changes
    changes: int
    period: float  #: s; inf = it does not repeat


class RetryRow(NamedTuple):
    """When and how often a robot tries again after some failures."""

    most: int
    holds: bool  #: its slot
    first_backoff: int
    backoffs: int  #: of which the last one repeats
    tries: int  #: in a row, 0 = without end
    pause: int  #: row of the distribution of the pause after them


class ModelTables(NamedTuple):
    """Everything that the kernels need to know of a scenario.

    The profile of a cohort is at ``2 * cohort + release``, with release 0 = good, 1 = bad; its phase at ``profile * 10 + phase``. The
    processes are the connectivity, the recorded rates and the busy/idle process of each profile, and the outages of sites and of the
    origin. The changes of patterns are at ``instants``: what holds from each on is in ``values``.
    """

    table: Table  #: of all distributions
    # of the job
    job_word: int
    bad_release: float  #: probability
    bad_sites: int  #: at how many sites a bad release is bad, 0 = wherever it goes
    sites: int  #: at which robots are
    robot_timeout: float
    reach_timeout: float  #: from the grant
    job_deadline: float  #: cancel or fleet timeout, whichever is first
    timer_from_reached: bool
    resume: bool
    defers: bool
    stops_after: int  #: the phase after which the running application is terminated (-1: at launch)
    stops_at_launch: bool
    late_convergence: bool
    observe: float
    rollback: int  #: row of its duration, -1 = none
    looks_ahead: bool  #: whether the job needs to know of no event of a robot before its verdict, and the robot does not come back
    most_retries: int  #: per robot
    own_retries: Sequence[int]  #: by code of the robot's own: row of the retries, -1 = none
    timer_retries: Sequence[int]  #: by code of its timer
    retries: Sequence[RetryRow]
    backoffs: Sequence[int]  #: rows of distributions
    following: Sequence[int]  #: by phase: the phase after it
    code_not_reached: int
    code_offline: int
    code_working: int
    unreported_code: int
    condition_code: int
    agent_code: int
    aborted_code: int
    cohort: Sequence[int]  #: by robot
    listed_rates: Sequence[float]  #: by robot of those cohorts that have some, B/s; 0 = drawn
    origin: int  #: process of the origin's outages, -1 = none
    group: Sequence[int]  #: by cohort: of the robots that share a link, -1 = shares nothing
    cohorts: Sequence[CohortRow]
    profiles: Sequence[Profile]
    phases: Sequence[PhaseRow]
    coins: Sequence[Coin]
    changing: Sequence[ChangingRow]
    change_times: Sequence[float]  #: s
    change_values: Sequence[float]  #: the probability from then on
    processes: Sequence[Process]
    patterns: Sequence[PatternRow]
    # by change
    instants: Sequence[float]  #: s
    values: Sequence[float]  #: a rate (B/s); otherwise 1.0 = online or idle, 0.0 = not
