"""How a scenario becomes `rolloutsim.simulation.model.model_tables.ModelTables`."""

from __future__ import annotations

import math
import weakref
from collections.abc import Mapping
from functools import cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args, get_type_hints

from rolloutsim.distributions import Distribution
from rolloutsim.distributions.table import TableBuilder
from rolloutsim.randomness import entity_word
from rolloutsim.scenario import Changing, Never, ReadyRenewal, Renewal, Schedule, Trace
from rolloutsim.simulation.compilation import record_dtype
from rolloutsim.simulation.fairshare.shared_links import make_links
from rolloutsim.simulation.model import causes
from rolloutsim.simulation.model.change_points import PatternPool
from rolloutsim.simulation.model.connectivity import ALIGNED, ALWAYS, ANYWHERE, EQUILIBRIUM, NEVER, PATTERN, START_DOWN, START_UP
from rolloutsim.simulation.model.draws import JOB, SCOPE_CLASS, SCOPE_COHORT, SCOPE_JOB, SCOPE_ROBOT, SCOPE_SITE
from rolloutsim.simulation.model.events import OWN, ROBOT_TIMER
from rolloutsim.simulation.model.model_tables import ChangingRow, CohortRow, Coin, ModelTables, PhaseRow, Process, Profile, RetryRow
from rolloutsim.simulation.model.robot import CONDITION, REACHING
from rolloutsim.simulation.model.rules import failure_kind
from rolloutsim.vocabulary import CODES, FAILURE_KINDS, PHASE_CODES, PHASES

if TYPE_CHECKING:
    import numpy as np

    from rolloutsim.scenario import Chance, Cohort, Connectivity, Scenario, Step

__all__ = ["bundle_sizes", "make_plan", "plan_of"]

SCOPES = {"job": SCOPE_JOB, "site": SCOPE_SITE, "class": SCOPE_CLASS, "cohort": SCOPE_COHORT, "robot": SCOPE_ROBOT}
OFFSETS = {"aligned": ALIGNED, "random": ANYWHERE, "clock": ALIGNED}  # patterns by the clock are turned to the start beforehand
Release = Literal["good", "bad"]
RELEASES: tuple[Release, ...] = ("good", "bad")
#: Longer than anything lasts (s): a timer that never ends.
NO_TIMER = 1e15
STARTS = {"equilibrium": EQUILIBRIUM, "up": START_UP, "down": START_DOWN}


def make_plan(scenario: Scenario, *, arrays: bool = False) -> ModelTables:
    """Lay a scenario out.

    Parameters
    ----------
    scenario
        A valid scenario.
    arrays
        For compiled code: numpy arrays, otherwise lists (four times cheaper to index from Python).
    """
    tables = _Rows(scenario).tables()
    return ModelTables(*(_prepared(value, hint) for value, hint in zip(tables, _hints(), strict=True))) if arrays else tables


@cache
def _hints() -> list[Any]:
    return list(get_type_hints(ModelTables).values())


def _prepared(value: Any, hint: Any) -> Any:
    """Return a field as compiled code reads it."""
    import numpy as np

    kind = next(iter(get_args(hint)), None)
    if kind is None:
        return value
    plain = {int: np.int64, float: np.float64, bool: np.uint8}  # a byte, also behind a bare pointer
    return np.array(value, plain[kind] if kind in plain else record_dtype(kind))


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


class _LinkRows(NamedTuple):
    """The first fields of a `Profile`."""

    link: int
    rate: int
    first_listed: int
    rates: int


class _Rows:
    """The rows under construction."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.builder = TableBuilder()
        self.coins: list[Coin] = []
        self.changing: list[ChangingRow] = []
        self.change_times: list[float] = []
        self.change_values: list[float] = []
        self.phases: list[PhaseRow] = []
        self.processes: list[Process] = []
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
            self.processes.append(Process(kind, 1.0 if kind == ALWAYS else 0.0))
        else:
            share = up.mean() / (up.mean() + down.mean())
            biased = [self.row(d.length_biased()) if kind == EQUILIBRIUM else 0 for d in (up, down)]
            self.processes.append(Process(kind, share, self.row(up), self.row(down), *biased))
        return len(self.processes) - 1

    def pattern(self, patterns: range, shift: int, first_robot: int = -1) -> int:
        """Add a process of which a robot follows one of some patterns: draws one, or if a first robot is given, has its own."""
        row = Process(PATTERN, math.nan, first_pattern=patterns.start, patterns=len(patterns), first_robot=first_robot, shift=shift)
        self.processes.append(row)
        return len(self.processes) - 1

    def schedule(self, schedule: Schedule) -> int:
        jitter = ALIGNED if schedule.jitter is None else self.row(schedule.jitter)
        return self.pattern(self.patterns.add_calendar(self.scenario, schedule), jitter)

    def connectivity(self, link: Connectivity, first_robot: int = -1) -> int:
        """Add what a connectivity is made of; the traces of robots are those of a cohort that begins with `first_robot`."""
        if isinstance(link, Renewal):
            return self.process(STARTS[link.start], link.up, link.down)
        if isinstance(link, Schedule):
            return self.schedule(link)
        if isinstance(link, Trace):
            return self.trace(self.patterns.add_switches(self.scenario, link), link, first_robot)
        return self.process(NEVER if isinstance(link, Never) else ALWAYS)

    def outages(self) -> dict[str, int]:
        """Add the outages of sites."""
        sites = {} if self.scenario.network is None else self.scenario.network.sites
        with_outages = [(name, site.outages) for name, site in sites.items() if site.outages is not None]
        return {name: self.process(EQUILIBRIUM, outages.up, outages.down) for name, outages in with_outages}

    def origin(self) -> int:
        """Add the outages of the origin, if it has any."""
        network = self.scenario.network
        return -1 if network is None or network.origin_connectivity is None else self.connectivity(network.origin_connectivity)

    def trace(self, patterns: range, trace: Trace, first_robot: int) -> int:
        return self.pattern(patterns, OFFSETS[trace.offset], first_robot if trace.matched else -1)

    def link(self, cohort: Cohort, release: Release, first_robot: int, first_listed: int) -> _LinkRows:
        """Add the links of a cohort's robots under one release."""
        link, connectivity = self.scenario.link(cohort, release), self.scenario.connectivity(cohort, release)
        rate, trace, listed = (None, None, None) if link is None else (link.rate, link.trace, link.rates)
        return _LinkRows(
            link=self.connectivity(connectivity, first_robot),
            rate=-1 if rate is None else self.row(rate.scaled(0.125)),
            first_listed=-1 if listed is None else first_listed,
            rates=-1 if trace is None else self.trace(self.patterns.add_rates(self.scenario, trace), trace, first_robot),
        )

    def links(self) -> list[_LinkRows]:
        """Add the links of each profile; under a bad release that changes none they are the same."""
        fleet, bad = self.scenario.fleet, self.scenario.application.release.bad
        changes = bad is not None and (bad.link is not None or bad.connectivity is not None)
        first = accumulate((cohort.robots for cohort in fleet), initial=0)
        listed = accumulate((len(cohort.listed_rates) for cohort in fleet), initial=0)
        rows = []
        for cohort, start, place in zip(fleet, first, listed, strict=False):
            good = self.link(cohort, "good", start, place)
            rows += [good, self.link(cohort, "bad", start, place) if changes else good]
        return rows

    def coin(self, code: int, cause: int, drawn_cause: int, chance: Chance) -> None:
        """Add a coin, unless it never hits."""
        probability, table = math.nan, -1
        if isinstance(chance.probability, Distribution):
            table = self.row(chance.probability)
        elif isinstance(chance.probability, Changing):
            table = self.change(chance.probability)
        else:
            probability = float(chance.probability)
        if probability == 0.0:
            return
        self.coins.append(
            Coin(
                code,
                cause,
                SCOPES[chance.coin],
                probability,
                table,
                SCOPES[chance.drawn],
                drawn_cause,
            )
        )

    def change(self, changing: Changing) -> int:
        """Add a probability that changes; return how a coin names it."""
        first = len(self.change_times)
        self.change_times += changing.times
        self.change_values += changing.values
        self.changing.append(ChangingRow(first, len(self.change_times)))
        return -1 - len(self.changing)

    def after_success(self, cohort: Cohort, release: Release) -> tuple[int, int]:
        """Add the coin and the delay of failures after success of a cohort under one release; -1 if there are none."""
        failure = self.scenario.after_success(cohort, release)
        if not failure.is_possible or failure.probability is None or failure.delay is None:
            return -1, -1
        self.coin(-1, causes.AFTER_SUCCESS, causes.AFTER_SUCCESS_PROBABILITY, failure.probability)
        return len(self.coins) - 1, self.row(failure.delay)

    def steps(self, cohort: Cohort, release: Release) -> Mapping[str, Step]:
        """Return the phases of a cohort under one release; all cohorts without steps of their own share one mapping."""
        if cohort.steps:
            return self.scenario.steps(cohort, release)
        if release not in self.common:
            self.common[release] = self.scenario.steps(cohort, release)
        return self.common[release]

    def toss(self, steps: Mapping[str, Step]) -> None:
        """Add phases and coins of one cohort under one release, in the order in which the coins are tossed."""
        for phase in PHASES:
            duration, first_coin = self.row(steps[phase].duration), len(self.coins)
            if phase in self.runs:
                self.add_coins(phase, steps[phase].failures)
            self.phases.append(PhaseRow(duration, first_coin, len(self.coins)))

    def add_coins(self, phase: str, failures: Mapping[str, Chance]) -> None:
        """Add the coins of a phase."""
        for code in PHASE_CODES[phase]:
            chance = failures.get(code)
            if chance is None or (phase == "condition" and code == "EtagMismatch" and not self.scenario.deployment.condition_etag):
                continue
            self.coin(CODES.index(code), causes.coin(phase, code), causes.probability(phase, code), chance)

    def readiness(self, steps: Mapping[str, Step]) -> tuple[int, float]:
        """Return the process of a profile's download condition, and its probability if that is drawn at each check."""
        ready = steps["condition"].ready
        if isinstance(ready, ReadyRenewal):
            return self.process(EQUILIBRIUM, ready.idle, ready.busy), -1.0
        if isinstance(ready, Schedule):
            return self.schedule(ready), -1.0
        return self.process(ALWAYS), ready.p

    def profile(self, cohort: Cohort, release: Release, link: _LinkRows) -> Profile:
        """Return a cohort under one release, of which phases and coins are added."""
        steps = self.steps(cohort, release)
        self.toss(steps)
        busy, ready = self.readiness(steps)
        size = self.scenario.bundle_size(cohort) or 0.0
        condition, timeout = steps["condition"], steps["reaching"].agent_timeout
        fixed = _fixed_code(self.scenario, cohort)
        return Profile(*link, busy, size, fixed, timeout, ready, condition.recheck, *self.after_success(cohort, release))

    def cohorts(self) -> list[CohortRow]:
        """Return all cohorts."""
        fleet, outages = self.scenario.fleet, self.outages()
        first = accumulate((cohort.robots for cohort in fleet), initial=0)
        first_at_site: dict[str | None, int] = {}
        for number, cohort in enumerate(fleet):
            first_at_site.setdefault(cohort.site, number)
        return [
            CohortRow(
                word=entity_word("cohort:" + cohort.drawn_as),
                class_word=entity_word("class:" + cohort.class_name),
                first_robot=start,
                first_number=cohort.first_number,
                site=outages.get(cohort.site or "", -1),
                site_word=entity_word(f"site:{cohort.site or ''}"),
                first_at_site=first_at_site[cohort.site],
            )
            for cohort, start in zip(fleet, first, strict=False)
        ]

    def retries(self) -> dict[str, Any]:
        """Return the fields that are about retries."""
        rules = self.scenario.rules
        rows, backoffs, own, by_timer = [], list[int](), [-1] * len(CODES), [-1] * len(CODES)
        for number, row in enumerate(rules.retries):
            pause = (row.burst.tries, self.row(row.burst.pause)) if row.burst else (0, 0)
            rows.append(RetryRow(row.max, row.slot == "hold", len(backoffs), len(row.backoff), *pause))
            backoffs += map(self.row, row.backoff)
            for ended_by, codes in ((OWN, own), (ROBOT_TIMER, by_timer)):
                for code, name in enumerate(CODES):
                    listed = name in row.codes or FAILURE_KINDS[failure_kind(code, ended_by)] in row.kinds
                    if listed and codes[code] < 0 and (ended_by == OWN or row.slot == "queue"):
                        codes[code] = number
        most = rules.max_retries or sum(row.max for row in rules.retries)
        return {
            "looks_ahead": not rows and all(limit.for_each != "reached" for limit in rules.limits),
            "most_retries": most if rows else 0,
            "own_retries": own,
            "timer_retries": by_timer,
            "retries": rows,
            "backoffs": backoffs,
        }

    def following(self) -> list[int]:
        """Return the phase after each phase, -1 for those that are left out and the last."""
        runs = [number for number, phase in enumerate(PHASES) if number and phase in self.runs]
        after = dict(pairwise(runs))
        return [after.get(phase, -1) for phase in range(len(PHASES))]

    def tables(self) -> ModelTables:
        s, rules = self.scenario, self.scenario.rules
        links = iter(self.links())
        profiles = [self.profile(cohort, release, next(links)) for cohort in s.fleet for release in RELEASES]
        cohorts = self.cohorts()
        receipt = rules.old_stops == "receipt"
        waits_for_condition = s.deployment.has_condition_file and rules.condition == "defer"
        return ModelTables(
            job_word=entity_word(JOB),
            bad_release=float(s.application.bad_release_probability),
            bad_sites=s.application.bad_sites or 0,
            sites=len({cohort.site for cohort in s.fleet}),
            robot_timeout=min(NO_TIMER, s.robot_timeout),
            reach_timeout=min(NO_TIMER, s.reach_timeout if rules.timer == "reached" else s.robot_timeout),
            job_deadline=float(min(rules.cancel_at, rules.fleet_timeout)),
            timer_from_reached=rules.timer == "reached",
            resume=s.application.interrupted == "resume",
            defers=rules.condition == "defer",
            stops_after=(CONDITION if waits_for_condition else REACHING) if receipt else -1,
            stops_at_launch=not receipt,
            late_convergence=rules.late_convergence,
            observe=float(rules.observe),
            rollback=-1 if rules.rollback is None else self.row(rules.rollback),
            **self.retries(),
            following=self.following(),
            code_not_reached=CODES.index(rules.timeout_codes.not_reached),
            code_offline=CODES.index(rules.timeout_codes.offline),
            code_working=CODES.index(rules.timeout_codes.working),
            unreported_code=CODES.index("RobotAgentConnectionTimeout"),
            condition_code=CODES.index("DownloadConditionFailed"),
            agent_code=CODES.index("RobotAgentConnectionTimeout"),
            aborted_code=CODES.index("RobotDeploymentAborted"),
            cohort=[number for number, cohort in enumerate(s.fleet) for _ in range(cohort.robots)],
            listed_rates=[0.125 * rate for cohort in s.fleet for rate in cohort.listed_rates],
            origin=self.origin(),
            group=list(make_links(s).group),
            cohorts=cohorts,
            profiles=profiles,
            phases=self.phases,
            coins=self.coins,
            changing=self.changing,
            change_times=self.change_times,
            change_values=self.change_values,
            processes=self.processes,
            patterns=self.patterns.rows,
            instants=self.patterns.instants,
            values=self.patterns.values,
            table=self.builder.build_lists(),
        )


def bundle_sizes(scenario: Scenario) -> np.ndarray[Any, Any]:
    """Return the size (B) of each cohort's bundle, 0 where the application has none for it."""
    import numpy as np

    return np.array([scenario.bundle_size(cohort) or 0.0 for cohort in scenario.fleet])


def _fixed_code(scenario: Scenario, cohort: Cohort) -> int:
    """Return the code that follows from fleet and bundle, or -1."""
    if cohort.architecture == "none":
        return CODES.index("MissingRobotArchitecture")
    if cohort.architecture not in scenario.application.bundle:
        return CODES.index("MissingRobotApplicationArchitecture")
    return -1
