"""Whether failures after success are described completely, where they are drawn, and whether what counts them has any to count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from rolloutsim.errors import Location, Problem
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.after_success import AfterSuccess

__all__ = ["after_success_problems"]

_OF_APPLICATION: Location = ("application", "after_success")
_OF_BAD: Location = ("application", "release", "bad", "after_success")


def after_success_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with failures after success."""
    yield from _halves(scenario)
    yield from _per_site(scenario)
    if not scenario.fails_after_success:
        yield from _counted(scenario)


def _places(scenario: Scenario) -> Iterator[tuple[Location, AfterSuccess]]:
    """Yield the places of the file that describe such failures."""
    bad = scenario.application.release.bad
    places: list[tuple[Location, AfterSuccess | None]] = [
        (_OF_APPLICATION, scenario.application.after_success),
        (_OF_BAD, None if bad is None else bad.after_success),
        *((("fleet", number, "after_success"), cohort.after_success) for number, cohort in enumerate(scenario.fleet)),
    ]
    yield from ((at, failure) for at, failure in places if failure is not None)


def _halves(scenario: Scenario) -> Iterator[Problem]:
    """Yield a problem for each place after which a probability or a delay is still missing."""
    common = scenario.application.after_success
    for at, _ in _places(scenario):
        cohorts = [scenario.fleet[at[1]]] if at[0] == "fleet" and isinstance(at[1], int) else list(scenario.fleet)
        release: Literal["good", "bad"] = "bad" if at == _OF_BAD else "good"
        merged = [common] if at == _OF_APPLICATION else [scenario.after_success(cohort, release) for cohort in cohorts]
        for key, hint in (("probability", "probability: 0.002"), ("delay", "delay: {lognormal: {median: 6 h, sigma: 1}}")):
            if any(getattr(found, key) is None for found in merged):
                elsewhere = "" if at == _OF_APPLICATION else ", here or under application.after_success"
                involved = tuple(place for place, _ in _places(scenario) if place != at)
                yield Problem("incomplete", at, f"there is no {key}{elsewhere}", f"add {hint}", involves=involved)


def _per_site(scenario: Scenario) -> Iterator[Problem]:
    """Yield a problem for each chance per site that cohorts without a site have."""
    for at, failure in _places(scenario):
        chance = failure.probability
        if chance is None or "site" not in (chance.coin, chance.drawn):
            continue
        for cohort in scenario.fleet:
            releases: tuple[Literal["good", "bad"], ...] = ("good", "bad")
            if cohort.site is None and any(scenario.after_success(cohort, release).probability is chance for release in releases):
                why = f"the robots of {cohort.name} have no site, so they share nothing per site"
                hint = f"give {cohort.name} a site, or write per: cohort"
                yield Problem("does-not-fit", (*at, "probability"), why, hint, involves=(("fleet",),))
                break


def _counted(scenario: Scenario) -> Iterator[Problem]:
    """Yield what counts failures after success although there are none."""
    why, involved = "nothing fails after success, so there is no latent failure to count", (("application",), ("fleet",))
    hint = "add application.after_success, or remove latent"
    if "latent" in scenario.rules.counts:
        yield Problem("no-effect", ("rules", "counts"), why, hint, "warning", involves=involved)
    for number, row in enumerate(scenario.rules.stop):
        if "latent" in row.kinds:
            yield Problem("no-effect", ("rules", "stop", number, "kinds"), why, hint, "warning", involves=involved)
