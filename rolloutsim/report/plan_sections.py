"""A plan in words: the best setting, what it is like with random numbers that have decided nothing, and what became of the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rolloutsim.analysis import Estimate
from rolloutsim.formatting import Scale, common_scale, count, percent
from rolloutsim.report.rows import Row, Section, estimate_row
from rolloutsim.report.texts import interval_text, short_paths

if TYPE_CHECKING:
    from rolloutsim.analysis import Query
    from rolloutsim.study import Option, PlanResult

_STATES = {
    "best": "best",
    "near": "not distinguished",
    "undecided": "undecided",
    "worse": "behind (round {round})",
    "infeasible": "infeasible (round {round})",
}


def plan_heading(plan: PlanResult) -> tuple[str, str]:
    """Return the two lines above everything."""
    what = f"{'highest' if plan.maximize else 'lowest'} {plan.objective}"
    limits = f" with {', '.join(check.text for check in plan.checks)}" if plan.checks else ""
    rounds = ", ".join(map(count, plan.rounds))
    return (
        f"{plan.manifest['name']}: {what}{limits}",
        f"{count(len(plan.options))} settings, raced with the same random numbers: {rounds} replicates each. Best, margin and infeasible "
        f"hold together with {percent(plan.confidence)} confidence; behind holds for each setting alone. Intervals are of 95 % each.",
    )


def plan_sections(plan: PlanResult) -> tuple[Section, ...]:
    """Return the answer, the measurements on the fresh seed, and the whole frontier."""
    return (_answer(plan), *_again(plan), _frontier(plan))


def _answer(plan: PlanResult) -> Section:
    best = plan.best
    if best is None:
        limits = " and ".join(check.text for check in plan.checks)
        if plan.outcome == "infeasible":
            return Section("No setting complies", (), f"Each was shown to violate {limits}.")
        return Section("Undecided", (), f"No setting was shown to have {limits}, but some may: allow more replicates (--max-replicates).")
    names = short_paths(best.setting)
    rows = tuple(Row(names[path], "", str(value), "", "") for path, value in best.setting.items())
    return Section("Best setting", rows, "\n".join(filter(None, [_sure(plan), plan.note])))


def _sure(plan: PlanResult) -> str:
    """Return a sentence on how certain the best setting is."""
    rest = sum(option.state in ("near", "undecided") for option in plan.options)
    others = "No other setting that complies is" if plan.checks else "No other setting is"
    if not rest:
        return f"{others} as good." if len(plan.options) > 1 else ""
    near = f"{count(rest)} more setting{'s are' if rest > 1 else ' is'} not distinguished from it"
    if not math.isfinite(plan.margin):
        return f"{near}, and it is not known yet how much better {'one of them' if rest > 1 else 'that'} might be."
    margin, _ = interval_text(Estimate(math.nan, plan.margin, math.nan, 0), plan.objective.metric.printed_unit, difference=True)
    return f"{near}; none that complies is better by more than {margin}." if plan.margin > 0 else f"{near}, but none is better."


def _again(plan: PlanResult) -> tuple[Section, ...]:
    again = [option for option in plan.options if option.fresh]
    if not again:
        return ()
    units = _units(plan, [option.fresh for option in again])
    return (
        Section(
            f"Measured again with fresh random numbers (seed {plan.fresh_seed}): {_levers(plan)}",
            tuple(row for option in again for row in _rows(plan, units, option, "", option.fresh)),
            "The race favours settings that were lucky in it. These numbers come from other random numbers, so quote these.",
        ),
    )


def _frontier(plan: PlanResult) -> Section:
    rows: list[Row] = []
    units = _units(plan, [(option.objective, *option.constraints) for option in plan.options])
    for option in plan.options:
        rows += _rows(plan, units, option, _STATES[option.state].format(round=option.round), (option.objective, *option.constraints))
    return Section(f"All settings, as the race left them (seed {plan.manifest['seed']}): {_levers(plan)}", tuple(rows))


def _units(plan: PlanResult, estimates: Sequence[tuple[Estimate, ...]]) -> dict[Query, Scale]:
    """Return one unit for each metric."""
    columns = zip(plan.queries, zip(*estimates, strict=True), strict=True)
    return {query: common_scale(query.metric.printed_unit, (one.best for one in column)) for query, column in columns}


def _levers(plan: PlanResult) -> str:
    return ", ".join(short_paths(plan.options[0].setting).values())


def _rows(plan: PlanResult, units: Mapping[Query, Scale], option: Option, state: str, estimates: tuple[Estimate, ...]) -> list[Row]:
    head = Row(", ".join(map(str, option.setting.values())), state, "", "", "")
    by_query = dict(zip(plan.queries, estimates, strict=True))  # an objective may be constrained, too
    return [head, *(estimate_row(query, one, "", _name(query), unit=units[query]) for query, one in by_query.items())]


def _name(query: Query) -> str:
    return str(query).removesuffix(".probability")
