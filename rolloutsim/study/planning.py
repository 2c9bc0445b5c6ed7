"""Planning: the best of some settings, with few replicates, and how sure that is.

Settings are raced. All of them see the same replicates (common random numbers), in rounds that double. After each round a setting is out if
a constraint is shown to be violated, or if one that is shown to comply is shown to be better. The chance that any of these decisions is
wrong is shared equally among settings × rounds × (constraints + 1) (Bonferroni). What that promises, with the stated confidence and
however the race goes: no setting that complies is better than the best by more than the margin, and what is called infeasible is. It does
not promise that each setting called worse is worse than the best: it was behind the leader of its round, one leader of many.

The winner has also been lucky: it, and what came near, are measured again on a seed that has decided nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from rolloutsim.analysis import (
    CONFIDENCE,
    RELEASE,
    Check,
    Estimate,
    Premises,
    Query,
    estimate_row,
    group_names,
    parse_metric,
    proportion,
    quantile_needs,
)
from rolloutsim.analysis.estimates import plain
from rolloutsim.errors import Gathered, UsageError
from rolloutsim.formatting import readable
from rolloutsim.notebook import html_of
from rolloutsim.scenario.short_names import full_levers
from rolloutsim.study.arguments import expect_count, expect_levers, expect_scenario, expect_texts
from rolloutsim.study.clocks import clock_of
from rolloutsim.study.context import STUDY_SEED, StudyContext, choose_seed
from rolloutsim.study.execution.executors import ExecutorLike
from rolloutsim.study.measuring import values_at
from rolloutsim.study.provenance import manifest
from rolloutsim.study.race import Race, Runner, State
from rolloutsim.study.settings import Setting, digests, scenarios_of, settings_of, without_effect
from rolloutsim.study.stopped_jobs import STOPPED, stopped_note

if TYPE_CHECKING:
    from rolloutsim.analysis.replicates import FloatArray
    from rolloutsim.scenario import Scenario

#: How many settings are measured again: the winner and the next ones.
_AGAIN = 3


class Option(NamedTuple):
    """A setting and its outcome.

    Attributes
    ----------
    setting
        Its values by path.
    state
        ``best``; ``near``: complies and is not distinguished from the best; ``undecided``: may comply, and may be better; ``worse``: was
        shown to be worse than the leader of its round, by itself and not together with the others; ``infeasible``.
    round
        In which that was decided; the last one for those that were in the race to its end.
    objective, constraints
        At that time, each with its interval of 95 %.
    fresh
        The same on the fresh seed: objective first; empty if it was not measured again.
    """

    setting: Setting
    state: State
    round: int
    objective: Estimate
    constraints: tuple[Estimate, ...]
    fresh: tuple[Estimate, ...] = ()


class PlanResult(NamedTuple):
    """The outcome of a race.

    Attributes
    ----------
    objective
        What was to be as low (or high) as possible.
    maximize
        Whether high is better.
    checks
        The constraints.
    options
        All settings; the best comes first, the infeasible come last.
    margin
        No setting that complies is better than the best by more than this, in units of the objective, with the stated confidence; NaN
        without a best one, infinite if it cannot be bounded.
    rounds
        Replicates after each round that was run.
    confidence
        Of the best, its margin, and all that is called infeasible, together.
    fresh_seed
        On which the best were measured again.
    manifest
        Where it comes from, JSON-able; its seed is that of the race.
    without_effect
        Levers whose values make no difference to objective and constraints in any replicate.
    note
        On jobs of the best setting that are complete early because they are stopped; empty if there are few.
    """

    objective: Query
    maximize: bool
    checks: tuple[Check, ...]
    options: tuple[Option, ...]
    margin: float
    rounds: tuple[int, ...]
    confidence: float
    fresh_seed: int
    manifest: dict[str, Any]
    without_effect: tuple[str, ...] = ()
    note: str = ""

    @property
    def best(self) -> Option | None:
        """The best setting that is shown to comply; None if there is none."""
        return next((option for option in self.options if option.state == "best"), None)

    @property
    def outcome(self) -> Literal["best", "infeasible", "undecided"]:
        """``infeasible`` if no setting complies, ``undecided`` if none is shown to but some may."""
        if self.best is not None:
            return "best"
        return "infeasible" if all(option.state == "infeasible" for option in self.options) else "undecided"

    @property
    def queries(self) -> tuple[Query, ...]:
        """The objective, then what the constraints are about."""
        return (self.objective, *(check.query for check in self.checks))

    @property
    def frame(self) -> pd.DataFrame:
        """One row per setting and metric.

        Columns: the levers, `state`, `round`, `metric`, `low`, `best`, `high`, `n` in SI units, and `text` in readable ones.
        """
        return self._frame((option, (option.objective, *option.constraints)) for option in self.options)

    @property
    def fresh_frame(self) -> pd.DataFrame:
        """The same of the settings that were measured again, on the fresh seed."""
        return self._frame((option, option.fresh) for option in self.options if option.fresh)

    def _frame(self, rows: Iterable[tuple[Option, Sequence[Estimate]]]) -> pd.DataFrame:
        frame = pd.DataFrame(
            [
                (
                    *option.setting.values(),
                    option.state,
                    option.round,
                    str(query),
                    *one[:4],
                    readable(*one.printed[:3], query.metric.printed_unit),
                )
                for option, estimates in rows
                for query, one in dict(zip(self.queries, estimates, strict=True)).items()
            ],
            columns=[*self.options[0].setting, "state", "round", "metric", "low", "best", "high", "n", "text"],
        )
        frame.attrs |= {"scenario": self.manifest["name"], **clock_of(self.manifest["scenario"], self.options[0].setting)}  # for plots
        return frame

    def _repr_html_(self) -> str:
        return html_of(self)

    def __repr__(self) -> str:
        best = "" if self.best is None else f" {', '.join(f'{path}={value}' for path, value in self.best.setting.items())}"
        found = f"{self.outcome}{best} of {len(self.options)} settings by {self.objective}"
        return f"<PlanResult of {self.manifest['name']}: {found}; seed {self.manifest['seed']}>"

    def to_json(self) -> dict[str, Any]:
        """Return everything for JSON."""

        def by_metric(estimates: Sequence[Estimate]) -> dict[str, Any]:
            return {str(query): one.to_json() for query, one in zip(self.queries, estimates, strict=bool(estimates))}

        return {
            "scenario": self.manifest["name"],
            "fingerprint": self.manifest["fingerprint"],
            "objective": {"metric": str(self.objective), "maximize": self.maximize},
            "constraints": [check.text for check in self.checks],
            "outcome": self.outcome,
            "margin": plain(self.margin),
            "confidence": self.confidence,
            "seed": self.manifest["seed"],
            "fresh_seed": self.fresh_seed,
            "rounds": list(self.rounds),
            "without_effect": list(self.without_effect),
            "note": self.note,
            "settings": [
                {"setting": dict(option.setting), "state": option.state, "round": option.round}
                | {"estimates": by_metric((option.objective, *option.constraints)), "fresh": by_metric(option.fresh)}
                for option in self.options
            ],
        }


def plan(
    scenario: Scenario,
    objective: str,
    *,
    maximize: bool = False,
    constraints: Sequence[str] = (),
    levers: Mapping[str, Sequence[Any]] | None = None,
    replicates: int = 100,
    max_replicates: int = 1600,
    seed: int | None = None,
    confidence: float = CONFIDENCE,
    executor: ExecutorLike = None,
    progress: Callable[[int, int], None] | None = None,
) -> PlanResult:
    """Find the best setting of a scenario's levers.

    Parameters
    ----------
    objective
        What is to be as low as possible, e.g. ``time_to_complete.p95``.
    maximize
        As high as possible instead.
    constraints
        What must hold, as checks are written: ``abort_probability <= 1 %``.
    levers
        Values by path or short name; default: the scenario's (`sweep.levers`).
    replicates, max_replicates
        Of a setting in the first round, and at most.
    seed
        Of the race; default: the scenario's, or 1. The fresh one is the next number.
    confidence
        Of the best, its margin, and all that is called infeasible, together.
    executor
        Where to simulate; the results do not depend on it. See `rolloutsim.simulate`.
    progress
        Called with the settings that are done in a round and with all of that round; without it a notebook shows a bar.

    Raises
    ------
    UsageError
        If there are no levers, a metric or constraint is invalid (with all mistakes of the settings), or a constraint cannot be shown to
        hold with so few replicates.
    ScenarioError
        If a setting makes no valid scenario.

    Examples
    --------
    >>> import rolloutsim
    >>> depot = rolloutsim.load("docs/exploring/depot.yaml")
    >>> levers = {"deployment.deploymentConfig.concurrentDeploymentPercentage": [10, 50]}
    >>> found = rolloutsim.plan(depot, "time_to_complete.p50", levers=levers, replicates=20, max_replicates=20, executor=1)
    >>> found.best.setting
    {'deployment.deploymentConfig.concurrentDeploymentPercentage': 50}
    """
    expect_scenario(scenario)
    expect_texts("constraints", constraints)
    expect_count("replicates", replicates)
    expect_count("max_replicates", max_replicates)
    if levers is not None:
        expect_levers(levers)
    else:
        levers = scenario.sweep.levers if scenario.sweep is not None else {}
    if not levers or not all(levers.values()):
        raise UsageError("there is nothing to choose from: name levers and their values, e.g. rules.dispatch=window,batch")
    if not 1 <= replicates <= max_replicates:
        raise UsageError(f"{replicates} replicates in the first round and {max_replicates} at most: the first number is the smaller one")
    wrong = Gathered()
    goal = wrong.attempt(parse_goal, scenario, objective, constraints)
    paths, excluded = wrong.attempt(full_levers, levers) or ({}, {})
    settings = wrong.attempt(settings_of, paths)
    scenarios = None if settings is None else wrong.attempt(scenarios_of, scenario.replace_all(excluded), settings)
    wrong.check()
    assert goal is not None
    assert settings is not None
    assert scenarios is not None
    query, checks = goal
    seed = choose_seed(scenario, seed, default=STUDY_SEED)
    rounds = _rounds(replicates, max_replicates)
    # Of each decision only one side can be wrong, so its interval may err by this much on either.
    error = (1 - confidence) / (len(settings) * len(rounds) * (len(checks) + 1))
    _check_reach(query, checks, max_replicates, 1 - 2 * error)
    premises = [Premises.of(each) for each in scenarios]
    runners = [Runner(number, known) for number, known in enumerate(premises)]
    race = Race(query, checks, maximize=maximize, confidence=1 - 2 * error, runners=runners)
    queries = [query, *(check.query for check in checks)]
    context = StudyContext.of([(each, max_replicates) for each in scenarios], seed=seed, executor=executor)
    measure = partial(values_at, queries=[*queries, STOPPED, RELEASE], progress=progress)
    run = [0]
    for total in rounds:
        race.go_on(measure(context, [scenarios[runner.number] for runner in race.alive], replicates=range(run[-1], total)))
        run.append(total)
        if race.over:
            break
    fresh_seed = (seed + 1) % (1 << 64)
    ranked = race.ranked
    again = [runner.number for runner in ranked if runner.out != "infeasible"][:_AGAIN]
    values = measure(context._replace(seed=fresh_seed), [scenarios[number] for number in again], replicates=range(run[-1]))
    fresh = {number: _estimates(queries, own, premises[number]) for number, own in zip(again, np.moveaxis(values, 1, 0), strict=True)}
    options = []
    for runner in ranked:
        first, *others = _estimates(queries, runner.values, runner.premises)
        options.append(
            Option(settings[runner.number], race.state(runner), runner.round, first, tuple(others), fresh.get(runner.number, ()))
        )
    provenance = manifest(scenario, seed=seed, replicates=run[-1], engine=context.engine, tables="jobs")
    idle = without_effect(paths, settings, [digests(np.delete(runner.values, -2, axis=0)) for runner in runners])
    stopped = 0.0 if race.leader is None else float(race.leader.values[-2].mean())
    note = stopped_note(queries[:1], stopped, "of the best setting")
    return PlanResult(query, maximize, checks, tuple(options), race.margin, tuple(run[1:]), confidence, fresh_seed, provenance, idle, note)


def parse_goal(scenario: Scenario, objective: str, constraints: Iterable[str]) -> tuple[Query, tuple[Check, ...]]:
    """Parse objective and constraints.

    Raises
    ------
    UsageError
        With everything that is wrong with any of them.
    """
    wrong = Gathered()
    groups = group_names(scenario)
    query = wrong.attempt(parse_metric, objective, groups=groups)
    checks = wrong.attempt_each(Check.parse, constraints, groups)
    wrong.check()
    assert query is not None
    return query, tuple(checks)


def _rounds(first: int, most: int) -> list[int]:
    """Return the numbers of replicates after each round.

    >>> _rounds(100, 500)
    [100, 200, 400, 500]
    """
    rounds = [first]
    while rounds[-1] < most:
        rounds.append(min(2 * rounds[-1], most))
    return rounds


def _check_reach(query: Query, checks: Iterable[Check], most: int, confidence: float) -> None:
    """Check whether this number of replicates can show that a constraint holds, at best."""
    for check in checks:
        if check.query.q is not None:
            enough = quantile_needs(check.query.q, confidence=confidence) <= most
        elif check.query.metric.kind == "probability":
            extremes = (proportion(0, most, confidence=confidence), proportion(most, most, confidence=confidence))
            enough = any(check.holds(one.low) and check.holds(one.high) for one in extremes)
        else:
            continue
        if not enough:
            raise UsageError(
                f"{check.text}: cannot be shown with {most} replicates, however they turn out, if so many decisions are to hold together: "
                "allow more replicates at most, or choose among fewer settings"
            )
    if query.q is not None and quantile_needs(query.q) > most:
        raise UsageError(
            f"{query} needs {quantile_needs(query.q)} replicates, more than the {most} at most: allow more, or ask for the mean"
        )


def _estimates(queries: Sequence[Query], values: FloatArray, premises: Premises) -> tuple[Estimate, ...]:
    return tuple(estimate_row(query, own, values[-1], premises) for query, own in zip(queries, values[: len(queries)], strict=True))
