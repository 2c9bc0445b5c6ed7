"""Advice: what a few other settings do with the same random numbers; each of them is simulated."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from rolloutsim.analysis import quantile_needs
from rolloutsim.analysis.links import busiest_site
from rolloutsim.errors import ScenarioError, UsageError
from rolloutsim.formatting import duration, quantity
from rolloutsim.scenario import build
from rolloutsim.scenario.parts.connectivity import Never
from rolloutsim.scenario.reading.paths import join_path
from rolloutsim.scenario.reading.quantities import RATE, TIME, format_quantity
from rolloutsim.study.comparing import compare
from rolloutsim.study.thin_links import fitting_timeout, thin_links, timeout_path

if TYPE_CHECKING:
    from rolloutsim.analysis.summary import Summary
    from rolloutsim.scenario import Scenario
    from rolloutsim.study.comparing import Comparison
    from rolloutsim.study.execution.executors import ExecutorLike

__all__ = ["ADVICE_METRICS", "Change", "advise", "changes", "never_online"]

#: What a change is judged by: how long, how many robots, how often it is stopped.
#: Numbers of robots, not shares: a change may leave robots out of the fleet, and then the same robots are a larger share of it.
ADVICE_METRICS = ("time_to_complete.p50", "succeeded", "abort_probability")

#: No robot timeout is tried that is shorter (s): RoboMaker accepts none.
_SHORTEST = 60.0
#: The fullest link is doubled if it is used to at least this share on average, or full for this share of the time.
_USED = 0.1
#: Changes that are tried.
_MOST = 3


class Change(NamedTuple):
    """A setting to try.

    Attributes
    ----------
    words
        What is changed, to follow "with" or "without".
    scenario
        The changed one.
    """

    words: str
    scenario: Scenario


def never_online(scenario: Scenario) -> dict[str, int]:
    """Return the robots that are never online: their numbers by class, or by cohort where the fleet has no classes.

    >>> import rolloutsim
    >>> never_online(rolloutsim.load("scenarios/warehouse-night.yaml"))
    {'workshop': 20}
    """
    found: dict[str, int] = {}
    for cohort in scenario.fleet:
        if isinstance(cohort.connectivity, Never):
            name = cohort.class_ or cohort.name
            found[name] = found.get(name, 0) + cohort.robots
    return found


def changes(scenario: Scenario, summary: Summary) -> Iterator[Change]:
    """Yield at most three settings to try, each where it applies.

    Parameters
    ----------
    summary
        Of the scenario, which shows the fullest link.
    """
    yield from islice(_changes(scenario, summary), _MOST)


def _changes(scenario: Scenario, summary: Summary) -> Iterator[Change]:
    """Yield the settings that apply, those first that can mend what is seen."""
    if never_online(scenario) and any(not isinstance(cohort.connectivity, Never) for cohort in scenario.fleet):
        without = _without_never(scenario)
        if without is not None:
            yield Change("without the robots that are never online", without)
    timeout = scenario.robot_timeout
    thin, fitting = thin_links(scenario, summary), fitting_timeout(scenario, summary)
    if fitting is not None:
        words = f"with a robot timeout of {duration(fitting)} instead of {duration(timeout)}"
        yield Change(words, scenario.replace(timeout_path(scenario), format_quantity(fitting, TIME)))
    # Where one site holds the slots, that order is what to ask about first; a shorter timeout would only end its downloads.
    held = holds_slots(scenario, summary)
    if held:
        yield Change("with sites that share the slots (rules.order: interleaved)", scenario.replace("rules.order", "interleaved"))
    if not held and not thin and math.isfinite(timeout) and timeout / 2 >= _SHORTEST:
        shorter = format_quantity(timeout / 2, TIME)
        words = f"with a robot timeout of {duration(timeout / 2)} instead of {duration(timeout)}"
        yield Change(words, scenario.replace(timeout_path(scenario), shorter))
    link = _fullest(scenario, summary)
    if link is not None:
        path, name, rate = link
        if name in thin and thin[name].takes / 2 > timeout:
            return
        words = f"with twice the rate on the link of {name}, {quantity(2 * rate, 'bit/s')}"
        yield Change(words, scenario.replace(path, format_quantity(2 * rate, RATE)))


def holds_slots(scenario: Scenario, summary: Summary) -> bool:
    """Return whether a site with a full link keeps slots from others, and another order would let them share."""
    held = summary.detail is not None and summary.detail.held_slots is not None
    return held and scenario.rules.order == "listed" and not scenario.rules.stages


def advise(
    scenario: Scenario,
    summary: Summary,
    *,
    replicates: int,
    seed: int,
    executor: ExecutorLike = None,
    progress: Callable[[int], None] | None = None,
) -> Comparison | None:
    """Simulate the scenario and at most three changes of it with the same random numbers; None if there is nothing to try.

    Parameters
    ----------
    summary
        Of the scenario, which shows the fullest link.
    replicates, seed
        Of each; those of the run that is advised on.

    Raises
    ------
    UsageError
        If there are too few replicates to compare.
    """
    found = list(changes(scenario, summary))
    if not found:
        return None
    if replicates < quantile_needs(0.5):
        raise UsageError(f"advice needs at least {quantile_needs(0.5)} replicates to compare: simulate more")
    named = [change.scenario.model_copy(update={"name": change.words}) for change in found]
    return compare(scenario, *named, metrics=ADVICE_METRICS, replicates=replicates, seed=seed, executor=executor, progress=progress)


def _without_never(scenario: Scenario) -> Scenario | None:
    """Return the scenario without the robots that are never online; None if what refers to them stands in the way."""
    data = scenario.resolved()
    gone = {cohort.name for cohort in scenario.fleet if isinstance(cohort.connectivity, Never)}
    data["fleet"] = [cohort for cohort in data["fleet"] if cohort["cohort"] not in gone]
    data = {key: value for key, value in data.items() if key not in ("checks", "sweep")}
    try:
        return build(data)
    except ScenarioError:
        return None


def _fullest(scenario: Scenario, summary: Summary) -> tuple[str, str, float] | None:
    """Return the path, the name and the rate (bit/s) of the link that is used most; None if none is used much."""
    if summary.links is None or scenario.network is None:
        return None
    name = busiest_site(summary)
    site = scenario.network.sites.get(name)
    if site is not None:
        path, where, rate = join_path(["network", "sites", name, "downlink"]), name, site.downlink
    else:
        path, where, rate = "network.origin", "the origin", scenario.network.origin
    busiest = summary.links.utilisation_mean.best
    over = summary.time_to_complete["all"]["p50"].best
    full = summary.links.saturated.best >= _USED * over
    return (path, where, rate) if rate is not None and (busiest >= _USED or full) else None
