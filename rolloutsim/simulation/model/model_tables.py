"""A scenario laid out in columns, as the kernels read it: plain lists for Python, arrays for compiled code."""

from __future__ import annotations

import math
import weakref
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rolloutsim.distributions import Distribution
from rolloutsim.distributions.table import Table, TableBuilder
from rolloutsim.randomness import entity_word
from rolloutsim.scenario import Always, Never, ReadyRenewal, Renewal, Schedule, Trace
from rolloutsim.simulation.fairshare.shared_links import make_links
from rolloutsim.simulation.model import causes
from rolloutsim.simulation.model.change_points import PatternPool
from rolloutsim.simulation.model.connectivity import ALIGNED, ALWAYS, ANYWHERE, EQUILIBRIUM, NEVER, PATTERN, START_DOWN, START_UP
from rolloutsim.simulation.model.draws import JOB, SCOPE_COHORT, SCOPE_JOB, SCOPE_ROBOT
from rolloutsim.simulation.model.robot import CONDITION, REACHING
from rolloutsim.vocabulary import CODES, PHASE_CODES, PHASES

if TYPE_CHECKING:
    import numpy as np

    from rolloutsim.scenario import Chance, Cohort, Scenario, Step

__all__ = ["ModelTables", "bundle_sizes", "make_plan", "plan_of"]

SCOPES = {"job": SCOPE_JOB, "cohort": SCOPE_COHORT, "robot": SCOPE_ROBOT}
OFFSETS = {"aligned": ALIGNED, "random": ANYWHERE, "clock": ALIGNED}  # patterns by the clock are turned to the start beforehand
STARTS = {"equilibrium": EQUILIBRIUM, "up": START_UP, "down": START_DOWN}


class ModelTables(NamedTuple):
    """Everything that the kernels need to know of a scenario.

    A *profile* is a cohort under one release: row ``2 * cohort + release``, with release 0 = good, 1 = bad. A *process* alternates, by
    drawn spells or by a pattern: first the connectivity of each cohort, then the busy/idle process of each profile, the outages of
    sites, and the recorded rates of links. A *pattern* has its changes at ``instants``: what holds from each on is in ``values``.
    """

    table: Table  #: of all distributions; columns below that hold rows of it have a comment "row"
    # of the job
    job_word: int
    bad_release: float  #: probability
    robot_timeout: float
    job_deadline: float  #: cancel or fleet timeout, whichever is first
    timer_from_reached: bool
    resume: bool
    defers: bool
    stops_after: int  #: the phase after which the running application is terminated (-1: at launch)
    stops_at_launch: bool
    late_convergence: bool
    observe: float
    rollback: int  #: row of its duration, -1 = none
    retried: Sequence[bool]  #: by code: whether it is retried
    most_retries: int
    backoff: int  #: row
    retry_holds: bool
    following: Sequence[int]  #: by phase: the phase after it
    code_not_reached: int
    code_offline: int
    code_working: int
    unreported_code: int
    condition_code: int
    agent_code: int
    aborted_code: int
    # by robot
    cohort: Sequence[int]
    # by cohort
    cohort_word: Sequence[int]
    first_robot: Sequence[int]
    rate: Sequence[int]  #: row, B/s; -1 = unlimited
    rates: Sequence[int]  #: process of its recorded rates, -1 = none
    site: Sequence[int]  #: process of the outages of its site, -1 = none
    site_word: Sequence[int]
    group: Sequence[int]  #: of the robots that share a link, -1 = shares nothing
    # by profile
    busy: Sequence[int]  #: process
    size: Sequence[float]  #: of the bundle, B
    fixed_code: Sequence[int]  #: with which validating always fails, -1 = none
    agent_timeout: Sequence[float]
    ready_probability: Sequence[float]  #: -1.0 = by the busy/idle process
    recheck: Sequence[float]
    # by profile and phase: ``profile * 10 + phase``
    duration: Sequence[int]  #: row
    first_coin: Sequence[int]
    # by coin
    coin_code: Sequence[int]
    coin_cause: Sequence[int]
    coin_scope: Sequence[int]
    coin_probability: Sequence[float]
    coin_table: Sequence[int]  #: row of a distribution of the probability, -1 = none
    coin_drawn: Sequence[int]  #: scope of that draw
    coin_drawn_cause: Sequence[int]
    # by process
    start: Sequence[int]
    availability: Sequence[float]
    up: Sequence[int]  #: row
    down: Sequence[int]  #: row
    biased_up: Sequence[int]  #: row
    biased_down: Sequence[int]  #: row
    first_pattern: Sequence[int]
    pattern_count: Sequence[int]
    shift: Sequence[int]  #: row, s; or `rolloutsim.simulation.model.connectivity.ALIGNED` or `ANYWHERE`
    # by pattern
    pattern_first: Sequence[int]  #: of its changes; one more than there are patterns
    pattern_period: Sequence[float]  #: s; inf = it does not repeat
    # by change
    instants: Sequence[float]  #: s
    values: Sequence[float]  #: a rate (B/s); otherwise 1.0 = online or idle, 0.0 = not


def make_plan(scenario: Scenario, *, arrays: bool = False) -> ModelTables:
    """Lay a scenario out.

    Parameters
    ----------
    scenario
        A valid scenario.
    arrays
        For compiled code: columns are numpy arrays, otherwise lists (four times cheaper to index from Python).
    """
    columns = _Columns(scenario)
    fields = columns.fields()
    if arrays:
        import numpy as np

        def column(name: str, values: list[Any]) -> Any:
            if name in ("cohort_word", "site_word"):
                return np.array(values, dtype=np.uint64)
            if values and isinstance(values[0], bool):
                return np.array(values, dtype=np.uint8)  # a byte each, also behind a bare pointer
            return np.array(values, dtype=np.float64 if name in _FLOATS else np.int64)

        fields = {name: column(name, value) if isinstance(value, list) else value for name, value in fields.items()}
        fields["job_word"] = np.uint64(fields["job_word"])
    table = columns.builder.build_arrays() if arrays else columns.builder.build_lists()
    return ModelTables(table=table, **fields)


#: The latest scenario and its plan, of lists (False) and of arrays (True).
_latest: dict[bool, tuple[weakref.ref[Scenario], ModelTables]] = {}


def plan_of(scenario: Scenario, *, arrays: bool = False) -> ModelTables:
    """Return the plan of a scenario; the latest one is kept, because a study simulates a scenario in many batches.

    Parameters
    ----------
    scenario, arrays
        As for `make_plan`.
    """
    if arrays in _latest and _latest[arrays][0]() is scenario:
        return _latest[arrays][1]
    plan = make_plan(scenario, arrays=arrays)
    _latest[arrays] = weakref.ref(scenario), plan
    return plan


_FLOATS = {
    "size",
    "agent_timeout",
    "ready_probability",
    "recheck",
    "coin_probability",
    "availability",
    "pattern_period",
    "instants",
    "values",
}


class _Columns:
    """The columns under construction."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.builder = TableBuilder()
        self.coins: list[tuple[int, int, int, float, int, int, int]] = []
        self.first_coin = [0]
        self.durations: list[int] = []
        self.processes: list[tuple[int, float, int, int, int, int, int, int, int]] = []
        self.patterns = PatternPool()
        self.runs = {phase for phase in PHASES if scenario.deployment.runs(phase)}
        self.common: dict[str, Mapping[str, Step]] = {}
        self.rows: dict[int, tuple[Distribution, int]] = {}  # by identity, which the distribution kept here holds on to

    def row(self, distribution: Distribution) -> int:
        if id(distribution) not in self.rows:
            self.rows[id(distribution)] = distribution, distribution.encode(self.builder)
        return self.rows[id(distribution)][1]

    def process(self, kind: int, up: Distribution | None = None, down: Distribution | None = None) -> int:
        """Add an alternating process; without distributions it never leaves its state."""
        if up is None or down is None:
            self.processes.append((kind, 1.0 if kind == ALWAYS else 0.0, 0, 0, 0, 0, 0, 0, ALIGNED))
        else:
            share = up.mean() / (up.mean() + down.mean())
            biased = [self.row(d.length_biased()) if kind == EQUILIBRIUM else 0 for d in (up, down)]
            self.processes.append((kind, share, self.row(up), self.row(down), biased[0], biased[1], 0, 0, ALIGNED))
        return len(self.processes) - 1

    def pattern(self, patterns: range, shift: int) -> int:
        """Add a process of which a robot follows one of some patterns."""
        self.processes.append((PATTERN, math.nan, 0, 0, 0, 0, patterns.start, len(patterns), shift))
        return len(self.processes) - 1

    def schedule(self, schedule: Schedule) -> int:
        jitter = ALIGNED if schedule.jitter is None else self.row(schedule.jitter)
        return self.pattern(self.patterns.add_calendar(self.scenario, schedule), jitter)

    def connectivity(self, cohort: Cohort) -> None:
        link = cohort.connectivity
        if isinstance(link, Renewal):
            self.process(STARTS[link.start], link.up, link.down)
        elif isinstance(link, Schedule):
            self.schedule(link)
        elif isinstance(link, Trace):
            self.pattern(self.patterns.add_switches(self.scenario, link), OFFSETS[link.offset])
        else:
            assert isinstance(link, Always | Never)
            self.process(NEVER if isinstance(link, Never) else ALWAYS)

    def outages(self) -> dict[str, int]:
        """Add the outages of sites."""
        sites = {} if self.scenario.network is None else self.scenario.network.sites
        with_outages = [(name, site.outages) for name, site in sites.items() if site.outages is not None]
        return {name: self.process(EQUILIBRIUM, outages.up, outages.down) for name, outages in with_outages}

    def rates(self, cohort: Cohort) -> int:
        trace = cohort.link_trace
        return -1 if trace is None else self.pattern(self.patterns.add_rates(self.scenario, trace), OFFSETS[trace.offset])

    def coin(self, phase: str, code: str, chance: Chance) -> None:
        fixed = not isinstance(chance.probability, Distribution)
        if fixed and chance.probability == 0.0:
            return
        self.coins.append(
            (
                CODES.index(code),
                causes.coin(phase, code),
                SCOPES[chance.coin],
                float(chance.probability) if not isinstance(chance.probability, Distribution) else math.nan,
                self.row(chance.probability) if isinstance(chance.probability, Distribution) else -1,
                SCOPES[chance.drawn],
                causes.probability(phase, code),
            )
        )

    def steps(self, cohort: Cohort, release: Literal["good", "bad"]) -> Mapping[str, Step]:
        """Return the phases of a cohort under one release; all cohorts without steps of their own share one mapping."""
        if cohort.steps:
            return self.scenario.steps(cohort, release)
        if release not in self.common:
            self.common[release] = self.scenario.steps(cohort, release)
        return self.common[release]

    def profile(self, steps: Mapping[str, Step]) -> None:
        """Add durations and coins of one cohort under one release, in the order in which the coins are tossed."""
        for phase in PHASES:
            self.durations.append(self.row(steps[phase].duration))
            if steps[phase].failures and phase in self.runs:
                self.toss(phase, steps[phase].failures)
            self.first_coin.append(len(self.coins))

    def toss(self, phase: str, failures: Mapping[str, Chance]) -> None:
        """Add the coins of a phase."""
        for code in PHASE_CODES[phase]:
            chance = failures.get(code)
            if chance is None or (phase == "condition" and code == "EtagMismatch" and not self.scenario.deployment.condition_etag):
                continue
            self.coin(phase, code, chance)

    def fields(self) -> dict[str, Any]:
        s, rules = self.scenario, self.scenario.rules
        rate = [-1 if c.link_rate is None else self.row(c.link_rate.scaled(0.125)) for c in s.fleet]
        for cohort in s.fleet:
            self.connectivity(cohort)
        busy, size, fixed, agent, ready, recheck = [], [], [], [], [], []
        for cohort in s.fleet:
            for release in ("good", "bad"):
                steps = self.steps(cohort, release)
                self.profile(steps)
                readiness = steps["condition"].ready
                if isinstance(readiness, ReadyRenewal):
                    busy.append(self.process(EQUILIBRIUM, readiness.idle, readiness.busy))
                    ready.append(-1.0)
                elif isinstance(readiness, Schedule):
                    busy.append(self.schedule(readiness))
                    ready.append(-1.0)
                else:
                    busy.append(self.process(ALWAYS))
                    ready.append(readiness.p)
                recheck.append(steps["condition"].recheck)
                agent.append(steps["reaching"].agent_timeout)
                size.append(s.application.bundle.get(cohort.architecture, 0.0))
                fixed.append(_fixed_code(s, cohort))
        outages = self.outages()
        rates = [self.rates(cohort) for cohort in s.fleet]
        retries = rules.retries
        runs = [number for number, phase in enumerate(PHASES) if number and phase in self.runs]
        following = [-1] * len(PHASES)
        for phase, after in pairwise(runs):
            following[phase] = after
        receipt = rules.old_stops == "receipt"
        waits_for_condition = s.deployment.has_condition_file and rules.condition == "defer"
        coins = [list(column) for column in zip(*self.coins, strict=True)] or [[] for _ in range(7)]
        processes = [list(column) for column in zip(*self.processes, strict=True)]
        return {
            "job_word": entity_word(JOB),
            "bad_release": float(s.application.bad_release_probability),
            "robot_timeout": float(s.deployment.robot_timeout),
            "job_deadline": float(min(rules.cancel_at, rules.fleet_timeout)),
            "timer_from_reached": rules.timer == "reached",
            "resume": s.application.interrupted == "resume",
            "defers": rules.condition == "defer",
            "stops_after": (CONDITION if waits_for_condition else REACHING) if receipt else -1,
            "stops_at_launch": not receipt,
            "late_convergence": rules.late_convergence,
            "observe": float(rules.observe),
            "rollback": -1 if rules.rollback is None else self.row(rules.rollback),
            "retried": [retries is not None and code in retries.codes for code in CODES],
            "most_retries": retries.max if retries else 0,
            "backoff": self.row(retries.backoff) if retries else -1,
            "retry_holds": retries is None or retries.slot == "hold",
            "following": following,
            "code_not_reached": CODES.index(rules.timeout_codes.not_reached),
            "code_offline": CODES.index(rules.timeout_codes.offline),
            "code_working": CODES.index(rules.timeout_codes.working),
            "unreported_code": CODES.index("RobotAgentConnectionTimeout"),
            "condition_code": CODES.index("DownloadConditionFailed"),
            "agent_code": CODES.index("RobotAgentConnectionTimeout"),
            "aborted_code": CODES.index("RobotDeploymentAborted"),
            "cohort": [number for number, cohort in enumerate(s.fleet) for _ in range(cohort.robots)],
            "cohort_word": [entity_word("cohort:" + cohort.name) for cohort in s.fleet],
            "first_robot": list(accumulate((cohort.robots for cohort in s.fleet[:-1]), initial=0)),
            "rate": rate,
            "rates": rates,
            "site": [outages.get(cohort.site or "", -1) for cohort in s.fleet],
            "site_word": [entity_word(f"site:{cohort.site or ''}") for cohort in s.fleet],
            "group": list(make_links(s).group),
            "busy": busy,
            "size": size,
            "fixed_code": fixed,
            "agent_timeout": agent,
            "ready_probability": ready,
            "recheck": recheck,
            "duration": self.durations,
            "first_coin": self.first_coin,
            **dict(
                zip(
                    ModelTables._fields[ModelTables._fields.index("coin_code") :],
                    [*coins, *processes, *self.patterns.columns()],
                    strict=True,
                )
            ),
        }


def bundle_sizes(scenario: Scenario) -> np.ndarray[Any, Any]:
    """Return the size (B) of each cohort's bundle, 0 where the application has none for it."""
    import numpy as np

    return np.array([scenario.application.bundle.get(cohort.architecture, 0.0) for cohort in scenario.fleet])


def _fixed_code(scenario: Scenario, cohort: Cohort) -> int:
    """Return the code that follows from fleet and bundle, or -1."""
    if cohort.architecture == "none":
        return CODES.index("MissingRobotArchitecture")
    if cohort.architecture not in scenario.application.bundle:
        return CODES.index("MissingRobotApplicationArchitecture")
    return -1
