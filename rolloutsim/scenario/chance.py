"""Whether anything in a scenario is drawn: without chance, every replicate is the same and its values are exact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolloutsim.distributions import Distribution
from rolloutsim.scenario.parts.after_success import AfterSuccess
from rolloutsim.scenario.parts.connectivity import Connectivity, Renewal
from rolloutsim.scenario.parts.links import Link
from rolloutsim.scenario.parts.readiness import ReadyProbability, ReadyRenewal
from rolloutsim.scenario.parts.schedule import Schedule
from rolloutsim.scenario.parts.steps import Step
from rolloutsim.scenario.parts.traces import Trace
from rolloutsim.scenario.sections import Sections

__all__ = ["draws_nothing"]


def draws_nothing(scenario: Sections) -> bool:
    """Return whether no draw can change a result.

    That is so if no probability lies strictly between 0 and 1, all durations and rates are constant, and each robot is online always,
    never, by a calendar, or by one recorded trace from its beginning. What is drawn without effect counts as drawn.

    Examples
    --------
    >>> from rolloutsim.scenario import parse
    >>> scenario = parse("fleet: [{cohort: a, robots: 2, link: {rate: 8 Mbit/s}}]\\napplication: {bundle: 1 MB}")
    >>> draws_nothing(scenario)
    True
    >>> draws_nothing(scenario.replace("rules.order", "shuffled"))
    False
    """
    return not any(_draws(scenario))


def _draws(scenario: Sections) -> Iterator[bool]:
    """Yield for each part of a scenario whether it draws."""
    rules, network = scenario.rules, scenario.network
    bad = scenario.application.bad_release_probability
    yield 0 < bad < 1 or (bad > 0 and scenario.application.bad_sites is not None)
    yield rules.order == "shuffled"
    yield _varies(rules.rollback)
    for row in rules.retries:
        yield any(map(_varies, row.backoff)) or (row.burst is not None and _varies(row.burst.pause))
    if network is not None:
        yield any(site.outages is not None for site in network.sites.values())
        yield _switching_draws(network.origin_connectivity)
    for cohort in scenario.fleet:
        for release in ("good", "bad"):
            if (bad if release == "bad" else 1 - bad) > 0:
                yield _steps_draw(scenario.steps(cohort, release))
                yield _draws_after_success(scenario.after_success(cohort, release))
                yield _switching_draws(scenario.connectivity(cohort, release))
                yield _link_draws(scenario.link(cohort, release))


def _varies(value: Distribution | float | None) -> bool:
    """Return whether a quantity may have more than one value."""
    return isinstance(value, Distribution) and not value.is_constant


def _link_draws(link: Link | None) -> bool:
    return link is not None and (_trace_draws(link.trace) or _varies(link.rate))


def _switching_draws(link: Connectivity | None) -> bool:
    """Return whether the instants at which something goes on and off are drawn."""
    if isinstance(link, Trace):
        return _trace_draws(link)
    return isinstance(link, Renewal) or (isinstance(link, Schedule) and _varies(link.jitter))


def _trace_draws(trace: Trace | None) -> bool:
    return trace is not None and (trace.offset == "random" or (len(trace.patterns) > 1 and not trace.matched))


def _steps_draw(steps: Mapping[str, Step]) -> bool:
    ready = steps["condition"].ready
    drawn = isinstance(ready, ReadyRenewal) or (isinstance(ready, Schedule) and _varies(ready.jitter))
    uncertain = isinstance(ready, ReadyProbability) and 0 < ready.p < 1
    return drawn or uncertain or any(_step_draws(step) for step in steps.values())


def _step_draws(step: Step) -> bool:
    return _varies(step.duration) or any(chance.is_uncertain for chance in step.failures.values())


def _draws_after_success(failure: AfterSuccess) -> bool:
    chance = failure.probability
    return chance is not None and (chance.is_uncertain or (chance.is_possible and _varies(failure.delay)))
