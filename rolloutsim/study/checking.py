"""Decide the checks of a scenario with as many replicates as needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from rolloutsim.analysis import CONFIDENCE, Check, Estimate, Premises, Verdict, decide, looks
from rolloutsim.errors import UsageError
from rolloutsim.formatting import readable
from rolloutsim.notebook import html_of
from rolloutsim.study.arguments import expect_count, expect_scenario
from rolloutsim.study.context import STUDY_SEED, StudyContext, choose_replicates, choose_seed
from rolloutsim.study.execution.executors import ExecutorLike
from rolloutsim.study.measuring import Sample, refuse_quantiles
from rolloutsim.study.provenance import manifest
from rolloutsim.study.scenario_checks import parse_checks
from rolloutsim.study.stopped_jobs import STOPPED, stopped_note

if TYPE_CHECKING:
    import pandas as pd

    from rolloutsim.scenario import Scenario
    from rolloutsim.simulation.records.outcomes import Crash


class Checked(NamedTuple):
    """A check and its outcome.

    Attributes
    ----------
    check
        What was demanded.
    estimate
        The estimate of its metric, with the interval that decided.
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
        Its name, unique among those that are shown together, and the file that it was read from.
    seed, replicates
        What was simulated.
    confidence
        Confidence of each interval.
    results
        In the order of the file.
    crashes
        Replicates that could not be simulated, and are missing.
    manifest
        The origin of the results: JSON-able.
    note
        On jobs that are complete early because they are stopped; empty if there are few of them, or no check is about their time.
    """

    scenario: str
    file: str
    seed: int
    replicates: int
    confidence: float
    results: tuple[Checked, ...]
    crashes: tuple[Crash, ...]
    manifest: dict[str, Any]
    note: str = ""

    @property
    def outcome(self) -> str:
        """The worst that happened: ``crashed``, ``fail``, ``undecided`` or ``pass``."""
        if self.crashes:
            return "crashed"
        outcomes = {result.verdict.outcome for result in self.results}
        return next(outcome for outcome in ("fail", "undecided", "pass") if outcome in outcomes)

    @property
    def frame(self) -> pd.DataFrame:
        """One row per check: `check, outcome, low, best, high, n` in SI units, and `text` in readable ones."""
        import pandas as pd

        rows = [(each.check.text, each.verdict.outcome, *each.estimate[:4], _text(each)) for each in self.results]
        return pd.DataFrame(rows, columns=["check", "outcome", "low", "best", "high", "n", "text"])

    def _repr_html_(self) -> str:
        return html_of(self)

    def __repr__(self) -> str:
        outcomes = Counter(each.verdict.outcome for each in self.results)
        found = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())
        return f"<Checks of {self.scenario}: {found}; {self.replicates} replicates, seed {self.seed}>"

    def to_json(self) -> dict[str, Any]:
        """Return a dict for JSON."""
        return {
            **self._asdict(),
            "outcome": self.outcome,
            "results": [result.to_json() for result in self.results],
            "crashes": [crash._asdict() for crash in self.crashes],
        }


def _text(checked: Checked) -> str:
    return readable(*checked.estimate.printed[:3], checked.check.query.metric.printed_unit)


def check(
    scenario: Scenario,
    *,
    replicates: int | None = None,
    max_replicates: int | None = None,
    seed: int | None = None,
    executor: ExecutorLike = None,
    progress: Callable[[int], None] | None = None,
) -> Checks:
    """Evaluate the checks of a scenario.

    A check passes if the whole interval of its metric keeps the bound, fails if the whole interval breaks it, and is undecided
    otherwise. A check that is decided stays so. While a check is undecided, the number of replicates grows by half, up to
    ``max_replicates``. Every look can err: with k looks each interval has confidence 1 - 5 % / k.

    Parameters
    ----------
    replicates, seed
        Default: the scenario's; a seed that neither names is 1.
    max_replicates
        By default as many as `replicates`.
    executor
        Where to simulate; the results do not depend on it. See `rolloutsim.simulate`.
    progress
        Called with the number of each replicate that is done; without it a notebook shows a bar.

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
    context = StudyContext.of([(scenario, most)], seed=seed, executor=executor)
    sample = Sample((*(each.query for each in checks), STOPPED), premises)
    results: dict[int, Checked] = {}
    done = 0
    for look in steps:
        sample.simulate(context, scenario, range(done, look), progress=progress)
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
    provenance = manifest(scenario, seed=seed, replicates=done, engine=context.engine, tables="jobs", crashes=crashes)
    passed = [each.check.query for each in found if each.verdict.outcome != "fail"]
    note = stopped_note(passed, sample.estimate(STOPPED).best, f"of {scenario.name}")
    return Checks(scenario.name, scenario.file, seed, done, confidence, found, crashes, provenance, note)
