"""The headlines of studies: one sentence each on a comparison, checks, a plan and a sensitivity, and the advice on a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.formatting import count
from rolloutsim.report.spoken import listed, spoken, value_and_interval
from rolloutsim.report.texts import short_paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rolloutsim.analysis import Query
    from rolloutsim.study import Alternative, Checks, Compared, Comparison, PlanResult, Sensitivity

__all__ = ["advice_sentences", "checks_headline", "comparison_headline", "plan_headline", "sensitivity_headline"]

#: Metrics that are named in a sentence.
_NAMED = 3


class _Effect(NamedTuple):
    """How a difference of a metric is put into words: what there is more or less of, and its name where that is not known."""

    more: str
    less: str
    same: str
    name: str


_EFFECTS = {
    "time_to_complete.p50": _Effect(
        "half of the rollouts end {} later",
        "half of the rollouts end {} earlier",
        "half of the rollouts end at the same time",
        "when half of the rollouts end",
    ),
    "succeeded": _Effect(
        "on average {} more robots get the release",
        "on average {} fewer robots get the release",
        "no robot more gets the release",
        "how many robots get the release",
    ),
    "abort_probability": _Effect(
        "{} more of the rollouts are stopped",
        "{} fewer of the rollouts are stopped",
        "as many rollouts are stopped",
        "how many rollouts are stopped",
    ),
}


def advice_sentences(advice: Comparison) -> tuple[str, ...]:
    """Return a sentence on each change that was simulated, with the paired differences from the run.

    Parameters
    ----------
    advice
        From `rolloutsim.study.advise`.
    """
    found = [_advice(alternative) for alternative in advice.alternatives]
    return (f"With the same random numbers, {found[0]}", *(f"{each[0].upper()}{each[1:]}" for each in found[1:]))


def _advice(alternative: Alternative) -> str:
    effects = [(found, _EFFECTS[_name(found.query)]) for found in alternative.metrics]
    known = [_effect(found, words) for found, words in effects if not _is_undecided(found)]
    undecided = [words.name for found, words in effects if _is_undecided(found)]
    parts = [", ".join(known), f"no difference is shown in {listed(undecided, 'or')} (n = {count(alternative.pairs)})" if undecided else ""]
    note = alternative.note.replace(f" of {alternative.name}", "")
    return f"{alternative.name}: {'; '.join(filter(None, parts))}." + (f" {note}" if note else "")


def _is_undecided(found: Compared) -> bool:
    return found.verdict == "~" and not _is_same(found)


def _is_same(found: Compared) -> bool:
    """Return whether no replicate differs."""
    return found.difference.best == 0 and (found.difference.low == found.difference.high or found.difference.method == "none differs")


def _effect(found: Compared, words: _Effect) -> str:
    if _is_same(found):
        return words.same
    return (words.more if found.difference.best > 0 else words.less).format(_size(found))


def _size(found: Compared) -> str:
    """Return the size of a difference with its interval."""
    difference = found.difference
    if difference.best < 0:
        difference = difference._replace(low=-difference.high, best=-difference.best, high=-difference.low)
    value, interval = value_and_interval(difference, found.query.metric.printed_unit, difference=True)
    return f"{value} ({interval})" if interval else value


def comparison_headline(comparison: Comparison) -> tuple[str, ...]:
    """Return a sentence on each scenario that was compared with the reference."""
    return tuple(_compared(alternative, comparison.reference) for alternative in comparison.alternatives)


def _compared(alternative: Alternative, reference: str) -> str:
    parts = []
    for verdict in ("better", "worse", "higher", "lower"):
        names = [f"{_name(found.query)} by {_size(found)}" for found in alternative.metrics if found.verdict == verdict]
        if names:
            parts.append(f"{verdict} in {_some(names)}")
    undecided = sum(found.verdict == "~" for found in alternative.metrics)
    if undecided:
        parts.append(f"{'it is ' if not parts else ''}undecided in {count(undecided)} of {count(len(alternative.metrics))} metrics")
    return f"{alternative.name} against {reference}: {'; '.join(parts)}."


def _some(names: list[str]) -> str:
    return listed(names if len(names) <= _NAMED else [*names[:_NAMED], f"{len(names) - _NAMED} more"])


def _name(query: Query) -> str:
    return str(query).removesuffix(".probability").removesuffix(".mean")


def checks_headline(checks: Checks) -> str:
    """Return a sentence on the checks of a scenario."""
    return f"{'; '.join(_verdicts(checks))}."


def _verdicts(checks: Checks) -> Iterator[str]:
    by_outcome = {
        outcome: [each.check.text for each in checks.results if each.verdict.outcome == outcome]
        for outcome in ("fail", "undecided", "pass")
    }
    total = len(checks.results)
    words = {"fail": ("fails", "fail"), "undecided": ("is undecided", "are undecided"), "pass": ("passes", "pass")}
    for outcome, texts in by_outcome.items():
        if len(texts) == total:
            yield f"The check {words[outcome][0]}" if total == 1 else f"All {total} checks {words[outcome][1]}"
        elif texts:
            number = f"{len(texts)} of {total} checks {words[outcome][len(texts) > 1]}"
            yield number if outcome == "pass" else f"{number}: {_some(texts)}"


def plan_headline(plan: PlanResult) -> tuple[str, ...]:
    """Return a sentence on the best setting, with what was measured of it on the fresh seed."""
    best = plan.best
    total = count(len(plan.options))
    if best is None:
        infeasible = plan.outcome == "infeasible"
        return (f"None of the {total} settings complies." if infeasible else f"Which of the {total} settings is best is undecided.",)
    names = short_paths(best.setting)
    setting = listed([f"{names[path]} = {value}" for path, value in best.setting.items()])
    measured = (best.fresh or (best.objective,))[0]
    rest = sum(option.state in ("near", "undecided") for option in plan.options)
    more = f"; {count(rest)} more {'are' if rest > 1 else 'is'} not distinguished from it" if rest else ""
    value = spoken(measured, plan.objective.metric.printed_unit)
    first = f"The best of {total} settings is {setting}: {_name(plan.objective)} is {value}{more}."
    limits = (best.fresh or (best.objective, *best.constraints))[1:]
    kept = [
        f"{_name(check.query)} is {spoken(one, check.query.metric.printed_unit)}" for check, one in zip(plan.checks, limits, strict=True)
    ]
    asked = listed([check.text for check in plan.checks]) if kept else ""
    return (first, *([f"It complies with {asked}: {listed(kept)}."] if kept else []))


def sensitivity_headline(found: Sensitivity) -> tuple[str, ...]:
    """Return a sentence on each metric: which input moves it most."""
    return tuple(_moved(found, number) for number in range(len(found.effects)))


def _moved(found: Sensitivity, number: int) -> str:
    effects = found.effects[number]
    path, indices = next(iter(effects.inputs.items()))
    name, first = _name(effects.query), indices[0]
    if effects.low == effects.high:
        return f"Nothing moves {name}."
    if not first.decided:
        return f"What moves {name} most is undecided: no input is distinguished from the noise of the replicates."
    unit = "%" if first.name == "ST" else effects.query.metric.printed_unit
    value, interval = value_and_interval(first.estimate, unit, difference=first.name != "ST")
    size = f"{value} ({interval})" if interval else value
    if not math.isfinite(first.estimate.best):
        return f"{name} is moved most by {path}."
    return f"{name} is moved most by {path}: {'by ' + size if first.name != 'ST' else size + ' of its variance'}."
