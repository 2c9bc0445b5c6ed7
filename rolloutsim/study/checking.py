"""Checks: whether what a scenario file demands holds, told from as many replicates as it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, NamedTuple

from rolloutsim.analysis import CONFIDENCE, Check, Estimate, Premises, Verdict, decide, looks
from rolloutsim.errors import Problem, ScenarioError, UsageError
from rolloutsim.scenario import locate
from rolloutsim.simulation.engine_choice import estimate_work, ready_engine
from rolloutsim.study.arguments import expect_count, expect_scenario
from rolloutsim.study.execution.executors import ExecutorSpec
from rolloutsim.study.measuring import STUDY_SEED, Sample, choose_replicates, choose_seed, refuse_quantiles
from rolloutsim.study.provenance import manifest

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario
    from rolloutsim.study.execution.chunk import Crash

__all__ = ["Checked", "Checks", "check", "check_problems", "parse_checks"]


class Checked(NamedTuple):
    """A check and what became of it.

    Attributes
    ----------
    check
        What was demanded.
    estimate
        Of its metric, with the interval that decided.
    verdict
        Whether it holds.
    """

    check: Check
    estimate: Estimate
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """Return a dict for JSON."""
        return {
            "check": self.check.text,
            "outcome": self.verdict.outcome,
            "more": self.verdict.more,
            "comparison": self.check.comparison,
            "bound": self.check.bound,
            "estimate": self.estimate.to_json(),
        }


class Checks(NamedTuple):
    """The checks of a scenario.

    Attributes
    ----------
    scenario, file
        Its name, or what tells it apart where others have the same, and where it was read from.
    seed, replicates
        What was simulated.
    confidence
        Of each interval.
    results
        In the order of the file.
    crashes
        Replicates that could not be simulated, and are missing.
    manifest
        Where all this comes from: JSON-able.
    """

    scenario: str
    file: str
    seed: int
    replicates: int
    confidence: float
    results: tuple[Checked, ...]
    crashes: tuple[Crash, ...]
    manifest: dict[str, Any]

    @property
    def outcome(self) -> str:
        """The worst that happened: ``crashed``, ``fail``, ``undecided`` or ``pass``."""
        if self.crashes:
            return "crashed"
        outcomes = {result.verdict.outcome for result in self.results}
        return next(outcome for outcome in ("fail", "undecided", "pass") if outcome in outcomes)

    def to_json(self) -> dict[str, Any]:
        """Return a dict for JSON."""
        return {
            **self._asdict(),
            "outcome": self.outcome,
            "results": [result.to_json() for result in self.results],
            "crashes": [crash._asdict() for crash in self.crashes],
        }


def check_problems(scenario: Scenario, *, needed: bool = False) -> Iterator[Problem]:
    """Yield what is wrong with the checks of a scenario: what they measure is known here, where tables are.

    Parameters
    ----------
    needed
        Whether it is wrong to have none.
    """
    cohorts = [cohort.name for cohort in scenario.fleet]
    names = tuple(("fleet", number, "cohort") for number in range(len(cohorts)))
    for number, text in enumerate(scenario.checks):
        try:
            Check.parse(text, cohorts)
        except UsageError as error:
            why, _, hint = str(error).removeprefix(f"{text}: ").partition("; ")
            yield Problem("wrong-check", ("checks", number), why, hint, involves=names)
    if needed and not scenario.checks:
        hint = "write e.g. checks: [abort_probability <= 1 %]"
        yield Problem("incomplete", ("checks",), "there is nothing to check", hint, found="no checks")


def parse_checks(scenario: Scenario) -> tuple[Check, ...]:
    """Take the checks of a scenario apart.

    Raises
    ------
    ScenarioError
        With everything that is wrong with any of them, or if there is none.
    """
    problems = [locate(scenario, problem) for problem in check_problems(scenario, needed=True)]
    if problems:
        raise ScenarioError(problems)
    cohorts = [cohort.name for cohort in scenario.fleet]
    return tuple(Check.parse(text, cohorts) for text in scenario.checks)


def check(
    scenario: Scenario,
    *,
    replicates: int | None = None,
    max_replicates: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    executor: str | Executor | None = None,
    scheduler: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Checks:
    """Evaluate the checks of a scenario.

    A check passes if the whole interval of its metric keeps the bound, fails if the whole interval breaks it, and is undecided
    otherwise. While some are undecided, replicates grow by half of them up to ``max_replicates``; a check that is decided stays so.
    Each of these looks is a chance to err, so they share the 5 % in which an interval may: with k looks each interval has
    1 - 5 % / k.

    Parameters
    ----------
    replicates, seed
        Default: the scenario's; a seed that neither names is 1.
    max_replicates
        By default as many as `replicates`.
    workers
        Number of worker processes; results are identical for any number. Default: as many as the work is worth.
    executor, scheduler
        Where the work runs: ``processes``, ``dask`` (on this machine, or with the address of a scheduler), ``module:factory``, or an
        executor.
    progress
        Called with the number of each replicate that is done.

    Raises
    ------
    ScenarioError
        If a check is invalid, or there is none.
    UsageError
        If an argument is invalid.
    SimulationError
        If every replicate crashed; single ones are listed in the result.

    Examples
    --------
    >>> import rolloutsim
    >>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml").replace("checks", ["time_to_complete.p50 <= 20 min"])
    >>> result = rolloutsim.check(scenario, replicates=20).results[0]
    >>> result.verdict.outcome
    'pass'
    """
    expect_scenario(scenario)
    checks = parse_checks(scenario)
    first = choose_replicates(scenario, replicates)
    most = first if max_replicates is None else max_replicates
    expect_count("max_replicates", most)
    if most < first:
        raise UsageError(f"at most {most} replicates are fewer than the {first} to begin with: ask for fewer of these, or for more at most")
    steps = looks(first, most)
    confidence = 1 - (1 - CONFIDENCE) / len(steps)
    premises = Premises.of(scenario)
    refuse_quantiles([(each.text, each.query) for each in checks], most, exact=premises.exact, confidence=confidence)
    seed = choose_seed(scenario, seed, default=STUDY_SEED)
    engine = ready_engine("auto", estimate_work(scenario, most))
    where = ExecutorSpec(workers, executor, scheduler)
    sample = Sample((each.query for each in checks), premises)
    results: dict[int, Checked] = {}
    done = 0
    for look in steps:
        sample.simulate(scenario, seed, range(done, look), engine=engine, where=where, progress=progress)
        done = look
        for number, each in enumerate(checks):
            if number in results and results[number].verdict.outcome != "undecided":
                continue
            estimate = sample.estimate(each.query, confidence=confidence)
            results[number] = Checked(each, estimate, decide(each, estimate, len(sample.done), premises=premises, confidence=confidence))
        if all(result.verdict.outcome != "undecided" for result in results.values()):
            break
    found = tuple(results[number] for number in range(len(checks)))
    crashes = tuple(sample.crashes)
    provenance = manifest(scenario, seed=seed, replicates=done, engine=engine, tables="jobs", crashes=crashes)
    return Checks(scenario.name, scenario.file, seed, done, confidence, found, crashes, provenance)
