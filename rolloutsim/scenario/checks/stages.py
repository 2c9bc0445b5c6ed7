"""Which stages fit together, and to the fleet: a problem for each that is impossible, or without effect."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rolloutsim.errors import Location, Problem
from rolloutsim.formatting import duration
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.stages import MEMBERS, Stage
from rolloutsim.scenario.reading.problems import did_you_mean
from rolloutsim.scenario.stage_sizes import Slice, slices

__all__ = ["stage_problems"]

_AT: Location = ("rules", "stages")
_FLEET: Location = ("fleet",)


def stage_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with the stages; their sizes only where it is clear which robots they have."""
    unclear = [*_members(scenario), *_names(scenario), *_ascent(scenario), *_counted(scenario)]
    yield from unclear
    if not unclear:
        yield from _sizes(scenario)
        yield from _gates(scenario)
    soaks = sum(stage.soak for stage in scenario.rules.stages)
    if soaks >= scenario.rules.fleet_timeout:
        why = f"the soaks add up to {duration(soaks)}, and the job ends {duration(scenario.rules.fleet_timeout)}"
        why += " after its creation by its fleet timeout"
        yield Problem(
            "no-effect", _AT, why, "write shorter soaks, or a longer rules.fleet_timeout", "warning", involves=(("rules", "fleet_timeout"),)
        )


def _members(scenario: Scenario) -> Iterator[Problem]:
    for number, stage in enumerate(scenario.rules.stages):
        said = [key for key in MEMBERS if getattr(stage, key)]
        if not said:
            hint = "add share: 10 %, robots: 20, cohorts: [name] or sites: [name]"
            yield Problem("incomplete", (*_AT, number), "this stage has no robots", hint)
        if stage.of is not None and stage.share is None:
            yield Problem("incomplete", (*_AT, number, "of"), "there is no share that this is about", "add share: 10 %, or remove it")
        for key in said[1:]:
            why = f"the stage has its robots by {said[0]} already"
            yield Problem("conflicting-keys", (*_AT, number, key), why, f"keep {said[0]} or {key}, or make two stages of it")
        if stage.max_failures is not None and stage.max_failure_share is not None:
            why = "a stage has one gate, and max_failures is here already"
            yield Problem("conflicting-keys", (*_AT, number, "max_failure_share"), why, "keep one of the two")


def _names(scenario: Scenario) -> Iterator[Problem]:
    known = {"cohorts": [cohort.name for cohort in scenario.fleet], "sites": list(dict.fromkeys(c.site for c in scenario.fleet if c.site))}
    first: dict[str, int] = {}
    for number, stage in enumerate(scenario.rules.stages):
        for key, place, name in [("cohorts", *pair) for pair in enumerate(stage.cohorts)] + [
            ("sites", *pair) for pair in enumerate(stage.sites)
        ]:
            at = (*_AT, number, key, place)
            if name not in known[key]:
                why = "the fleet has no such cohort" if key == "cohorts" else "no cohort is at such a site"
                hint = did_you_mean(name, known[key], key, f"the {key} of fleet have other names")
                yield Problem("unknown-name", at, why, hint, involves=(_FLEET,))
                continue
            cohorts = [name] if key == "cohorts" else [cohort.name for cohort in scenario.fleet if cohort.site == name]
            earlier = next((first[cohort] for cohort in cohorts if cohort in first), None)
            if earlier is not None:
                what = "this cohort" if key == "cohorts" else "robots of this site"
                why = "this is listed twice" if earlier == number else f"rules.stages[{earlier}] has {what} already"
                yield Problem("duplicate", at, why, "remove it here or there")
            for cohort in cohorts:
                first.setdefault(cohort, number)


def _counted(scenario: Scenario) -> Iterator[Problem]:
    """Yield shares of each site after robots that are of the fleet: how many of these are at which site may differ by replicate."""
    of_fleet: int | None = None
    for number, stage in enumerate(scenario.rules.stages):
        if stage.of is not None and of_fleet is not None:
            why = f"this counts the earlier robots of each site, and rules.stages[{of_fleet}] takes robots of the fleet, wherever they are"
            yield Problem("does-not-fit", (*_AT, number, "of"), why, "put the shares of each site first, or write of: each site there too")
        if of_fleet is None and stage.of is None and (stage.share is not None or stage.robots is not None):
            of_fleet = number


def _ascent(scenario: Scenario) -> Iterator[Problem]:
    highest, stages = {"fleet": 0.0, "each site": 0.0}, scenario.rules.stages
    for number, stage in enumerate(stages):
        if stage.share is None:
            continue
        of = stage.of or "fleet"
        if stage.share <= highest[of]:
            before = next(k for k in range(number) if stages[k].share == highest[of] and stages[k].of == stage.of)
            why = f"a share counts the stages before in, and rules.stages[{before}] goes up to {_percent(highest[of])} already"
            yield Problem(
                "does-not-fit", (*_AT, number, "share"), why, f"write more than {_percent(highest[of])}, or robots: … for a number on top"
            )
        highest[of] = max(highest[of], stage.share)


def _sizes(scenario: Scenario) -> Iterator[Problem]:
    counted = False  # whether a stage before is more than a share
    for number, (stage, part) in enumerate(zip(scenario.rules.stages, slices(scenario), strict=True)):
        at = (*_AT, number, _key(stage))
        if not part.size:
            why = "the stages before have this share of each site, and at least one robot of it, already"
            yield Problem("does-not-fit", at, why, "write a larger share, or remove the stage", involves=(_FLEET,))
            return
        if counted and stage.share is not None and stage.of is None and scenario.robots * Fraction(repr(stage.share)) <= part.taken:
            why = f"{_percent(stage.share)} of {scenario.robots:,} robots is no more than the {part.taken:,} robots of the stages before"
            hint = f"write more than {_percent(part.taken / scenario.robots)}, or robots: … for a number on top"
            yield Problem("does-not-fit", at, why, hint, involves=(_FLEET,))
            return
        if part.size > part.left:
            yield Problem("does-not-fit", at, *_too_large(scenario, part), involves=(_FLEET,))
            return  # what comes after rests on it
        counted = counted or stage.share is None or stage.of is not None


def _too_large(scenario: Scenario, part: Slice) -> tuple[str, str]:
    if not part.left:
        return f"the other stages have all {scenario.robots:,} robots of the fleet, so this stage is empty", "remove the stage"
    have = f"the stage would have {part.size:,} robots, and only {part.left:,} of the fleet's {scenario.robots:,} are in no other stage"
    return have, f"write robots: {part.left}, or less"


def _gates(scenario: Scenario) -> Iterator[Problem]:
    for number, (stage, part) in enumerate(zip(scenario.rules.stages, slices(scenario), strict=True)):
        so_far = part.taken + part.size
        if stage.max_failures is not None and stage.max_failures >= so_far:
            why = f"no more than {so_far:,} robots are deployed so far, so this gate never stops the job"
            yield Problem(
                "no-effect", (*_AT, number, "max_failures"), why, "write a smaller number, or remove it", "warning", involves=(_FLEET,)
            )
        if stage.max_failure_share == 1:
            why = "no more than 100 % can fail, so this gate never stops the job"
            yield Problem("no-effect", (*_AT, number, "max_failure_share"), why, "write a smaller share, or remove it", "warning")
        if (
            not scenario.rules.counts
            and not scenario.fails_after_success
            and (stage.max_failures is not None or stage.max_failure_share is not None)
        ):
            key = "max_failures" if stage.max_failures is not None else "max_failure_share"
            why = "nothing counts as a failure, so this gate never stops the job"
            yield Problem("no-effect", (*_AT, number, key), why, "add rules.counts", "warning", involves=(("rules", "counts"),))


def _key(stage: Stage) -> str:
    return next(key for key in MEMBERS if getattr(stage, key))


def _percent(share: float) -> str:
    return f"{100 * share:.6g} %"
