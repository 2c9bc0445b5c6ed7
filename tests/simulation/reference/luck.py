"""What chance decides about the job and its robots: the draws that the package shares with its reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from rolloutsim.distributions import Distribution
from rolloutsim.randomness import child_key, entity_word, replicate_key, uniform
from rolloutsim.scenario import Changing, Cohort, Scenario, Step
from rolloutsim.scenario.parts.bad_release import BadRelease
from rolloutsim.scenario.parts.steps import Chance
from rolloutsim.simulation.model import causes
from rolloutsim.vocabulary import PHASE_CODES, PHASES
from tests.simulation.reference.processes import NEVER, draw
from tests.simulation.reference.state import Robot

CHECKS = 1 << 20


class Luck:
    """Durations, and the codes with which phases fail.

    Attributes
    ----------
    now
        The instant at which everything is (s).
    number
        What makes a number of a time: `float`, or `decimal_fraction` for exact arithmetic.
    """

    def __init__(self, scenario: Scenario, seed: int, replicate: int, number: Callable[[float], float] = float) -> None:
        self.number = number
        self.scenario, self.rules, self.deployment = scenario, scenario.rules, scenario.deployment
        given, rules = scenario.deployment.robot_timeout, scenario.rules
        self.robot_timeout = given if rules.robot_timeout is None else rules.robot_timeout
        self.reach_timeout = self.robot_timeout if rules.reach_timeout is None else rules.reach_timeout
        self.seed, self.replicate = seed, replicate
        self.now = number(0.0)
        self.job_key = self.key("job")
        bad = uniform(self.job_key, causes.RELEASE, 0) < scenario.application.bad_release_probability
        self.release: Literal["good", "bad"] = "bad" if bad else "good"
        self.bad_sites = self.choose_sites() if bad else set()
        self.merged: dict[str, Mapping[str, Step]] = {}

    def key(self, entity: str) -> int:
        return replicate_key(self.seed, self.replicate, entity_word(entity))

    def choose_sites(self) -> set[str | None]:
        """Return the sites with the bad release."""
        sites = list(dict.fromkeys(cohort.site for cohort in self.scenario.fleet))
        wanted = self.scenario.application.bad_sites
        if wanted is None:
            return set(sites)
        chosen: set[str | None] = set()
        for number, site in enumerate(sites):
            if uniform(self.job_key, causes.BAD_SITES, number) < (wanted - len(chosen)) / (len(sites) - number):
                chosen.add(site)
        return chosen

    def steps(self, cohort: Cohort) -> Mapping[str, Step]:
        if cohort.name not in self.merged:
            self.merged[cohort.name] = self.scenario.steps(cohort, "bad" if cohort.site in self.bad_sites else "good")
        return self.merged[cohort.name]

    def changes(self, cohort: Cohort) -> BadRelease | None:
        """Return the bad release if a cohort's robots get it."""
        return self.scenario.application.release.bad if cohort.site in self.bad_sites else None

    def duration(self, r: Robot, phase: str, check: int = 0) -> float:
        return draw(self.steps(r.cohort)[phase].duration, r.key, causes.DURATION + PHASES.index(phase), r.attempt * CHECKS + check)

    def coin(self, r: Robot, phase: str) -> str | None:
        """Return the first code of a phase whose coin hits."""
        for code in PHASE_CODES[phase]:
            chance = self.steps(r.cohort)[phase].failures.get(code)
            if chance is None or (phase == "condition" and code == "EtagMismatch" and not self.deployment.condition_etag):
                continue
            index = r.attempt if chance.coin == "robot" else 0
            if self.hits(r, chance, causes.coin(phase, code), causes.probability(phase, code), index, r.entered):
                return str(code)
        return None

    def hits(self, r: Robot, chance: Chance, cause: int, drawn_cause: int, index: int, entered: float) -> bool:
        owners = {
            "job": self.job_key,
            "site": self.key(f"site:{r.cohort.site or ''}"),
            "class": child_key(self.job_key, entity_word("class:" + r.cohort.class_name)),
            "cohort": r.cohort_key,
            "robot": r.key,
        }
        probability = chance.probability
        if isinstance(probability, Distribution):
            probability = draw(probability, owners[chance.drawn], drawn_cause)
        if isinstance(probability, Changing):
            told = {self.number(t): value for t, value in zip(probability.times, probability.values, strict=True)}
            probability = told[max(t for t in told if t <= entered)]
        return uniform(owners[chance.coin], cause, index) < probability

    def fails_after(self, r: Robot) -> float:
        """Return how long after its success a robot fails, infinity if it does not."""
        failure = self.scenario.after_success(r.cohort, "bad" if r.cohort.site in self.bad_sites else "good")
        if failure.probability is None or failure.delay is None:
            return NEVER
        if not self.hits(r, failure.probability, causes.AFTER_SUCCESS, causes.AFTER_SUCCESS_PROBABILITY, 0, self.now):
            return NEVER
        return draw(failure.delay, r.key, causes.AFTER_SUCCESS_DELAY, 0)
