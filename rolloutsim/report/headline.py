"""The headline of a run: two to four sentences on what it means, each number one of the summary, and the command to try next.

The sentences are chosen by size: which robots do not get the release, what held the slots, which link was full, what stopped rollouts. None
is about another setting; `study_headlines.advice_sentences` are, about those that were simulated.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from rolloutsim.analysis.links import busiest_site
from rolloutsim.formatting import count, duration
from rolloutsim.report.spoken import bound, listed, spoken
from rolloutsim.scenario.local_time import LocalClock
from rolloutsim.study.advice import never_online
from rolloutsim.study.thin_links import thin_links
from rolloutsim.vocabulary import VERDICT_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rolloutsim.analysis import Estimate
    from rolloutsim.analysis.group_summary import GroupLine
    from rolloutsim.analysis.summary import Summary
    from rolloutsim.scenario import Scenario
    from rolloutsim.scenario.checks.crowded_links import CrowdedLink

__all__ = ["run_headline"]

#: A share of the rollout's time or of the slots' time from which on it is worth a sentence.
_LARGE = 0.1
#: A group of robots does not get the release if more than this share of it fails.
_MOST = 0.5
#: The failure threshold is near if this part of it fails on average.
_NEAR = 0.5
#: Groups of robots, or links, that are named.
_NAMED = 3
#: Robots left without an application are named from this share of the fleet on.
_LEFT = 0.01
#: Most robots have the release much earlier if it takes at most this part of the time to complete.
_EARLY = 0.75


def run_headline(summary: Summary, scenario: Scenario) -> tuple[str, ...]:
    """Return two to four sentences on a run.

    Parameters
    ----------
    summary
        From `rolloutsim.analysis.summarize`.
    scenario
        That was simulated.

    Examples
    --------
    >>> import rolloutsim
    >>> results = rolloutsim.simulate(rolloutsim.load("scenarios/robomaker-100.yaml"), replicates=100, seed=1)
    >>> sentences = run_headline(results.summary(), results.scenario)
    >>> len(sentences), sentences[0].partition(" within")[0]
    (4, 'Half of the rollouts are over')
    """
    if not summary.replicates or not summary.robots:
        return ("No rollout was simulated.",)
    found = [_time(summary, LocalClock.of(scenario)), _share(summary, scenario), *_held_up(summary, scenario)]
    return (*found[:3], _stops(summary, scenario))


def _time(summary: Summary, clock: LocalClock | None) -> str:
    quantiles = summary.time_to_complete["all"]
    half, most = quantiles["p50"], quantiles["p95"]

    def said(estimate: Estimate) -> str:
        return spoken(estimate, "s", clock.at(estimate.best) if clock is not None and math.isfinite(estimate.best) else "")

    if summary.replicates == 1:
        return f"The one rollout that was simulated is over after {said(half)}; a single one has no range."
    if not half.estimable:
        return f"It is undecided when half of the rollouts are over: {_needs(half)}."
    if not most.estimable:
        return f"Half of the rollouts are over within {said(half)}; it is undecided when 95 % are: {_needs(most)}."
    reached = _reached_earlier(summary)
    earlier = (
        f"; in half of the rollouts {reached[0]} % of the reachable robots have the release within {said(reached[1])}" if reached else ""
    )
    return f"Half of the rollouts are over within {said(half)}, 95 % within {said(most)}{earlier}."


def _reached_earlier(summary: Summary) -> tuple[str, Estimate] | None:
    """Return which percentage of the reachable robots is reached, and when, if that is long before the rollout is over."""
    over = summary.time_to_complete["all"]["p50"].best
    for percentage in ("95", "90"):
        half = summary.time_to_reach["reachable"][percentage].p50
        if math.isfinite(half.best):
            return (percentage, half) if half.best <= _EARLY * over else None
    return None


def _needs(estimate: Estimate) -> str:
    """Return why there is no estimate, in words."""
    found = re.search(r"needs ([\d,]+)", estimate.note)
    return f"that needs {found[1]} rollouts" if found else estimate.note or "there are too few"


def _share(summary: Summary, scenario: Scenario) -> str:
    share = summary.robot_outcomes["succeeded"]
    first = f"{spoken(share, '%')} of the robots get the release{_left_down(summary)}"
    parts = [part for part in (_never(summary, scenario), _failing(summary, scenario)) if part]
    if not parts and summary.failure_codes:
        worst = summary.failure_codes[0]
        parts = [f"the most frequent failure is {worst.code}, of {spoken(worst.share, '%')}"]
    return "; ".join([first, *parts]) + "."


def _left_down(summary: Summary) -> str:
    left = summary.left_down
    if not left.best >= _LEFT * summary.robots:
        return ""
    return f", and on average {spoken(left, '')} are left without a running application"


def _never(summary: Summary, scenario: Scenario) -> str:
    """Return which robots are never online, and what they do to the slots."""
    groups = never_online(scenario)
    if not groups:
        return ""
    seen = {} if summary.detail is None else dict[str, int]()
    for group in () if summary.detail is None else summary.detail.unreached:
        seen[group.group] = seen.get(group.group, 0) + group.robots
    number = sum(seen.get(name, robots) for name, robots in groups.items())
    verb = "is" if number == 1 else "are"
    text = f"the {count(number)} robot{'' if number == 1 else 's'} of {_named(list(groups))} {verb} never online"
    if scenario.rules.offline != "hold":
        return text
    return f"{text}, and each that is granted a slot holds it until its timer ends after {duration(scenario.reach_timeout)}"


def _named(names: list[str]) -> str:
    return listed(names if len(names) <= _NAMED else [*names[:_NAMED], f"{len(names) - _NAMED} more groups"])


def _failing(summary: Summary, scenario: Scenario) -> str:
    """Return which sites and classes mostly fail, those that are never online aside."""
    known = never_online(scenario)
    for kind in (summary.sites, summary.classes):
        lines = [] if kind is None else [line for line in kind.differing if line.failed.best > _MOST and line.name not in known]
        if kind is None or not lines:
            continue
        if len(lines) > _NAMED:
            least = min((line.failed for line in lines), key=lambda failed: failed.best)
            return f"at {len(lines)} {kind.kind}s most robots fail, at least {spoken(least, '%')} of them"
        thin = thin_links(scenario, summary) if kind.kind == "site" else {}
        return listed([_most_of(line) + _because(thin.get(line.name)) for line in lines])
    return ""


def _most_of(line: GroupLine) -> str:
    if line.failed.best == 1:
        return f"all robots of {line.name} fail"
    return f"of the robots of {line.name} {spoken(line.failed, '%')} fail"


def _because(link: CrowdedLink | None) -> str:
    if link is None:
        return ""
    number = count(link.at_once)
    return (
        f", because its link is too thin: the rules allow {number} downloads at once, {number} downloads take {duration(link.takes)},"
        f" and each robot has {duration(link.timeout)}"
    )


def _held_up(summary: Summary, scenario: Scenario) -> Iterator[str]:
    """Yield what the rollouts waited for: a full link and robots that are offline, or else the phase that held the slots longest."""
    parts = []
    over = summary.time_to_complete["all"]["p50"].best
    links = summary.links
    if links is not None and links.saturated.best >= _LARGE * over:
        parts.append(_full_link(summary, scenario, links.saturated))
    if summary.slot_offline.best >= _LARGE:
        parts.append(f"{spoken(summary.slot_offline, '%')} of the time that slots are held goes to robots that are offline")
    if len(parts) < 2 and summary.slot_time:
        phase, share = max(summary.slot_time.items(), key=lambda item: item[1].best)
        parts.append(f"most of the time that slots are held goes into {phase}: {spoken(share, '%')}")
    if parts:
        text = ", and ".join(parts)
        yield f"{text[0].upper()}{text[1:]}."


def _full_link(summary: Summary, scenario: Scenario, saturated: Estimate) -> str:
    """Return for how long a link is full: of several limited ones the summary knows that of any, not that of each."""
    names = _limited(scenario)
    if len(names) == 1:
        return f"the link of {names[0]} is full for {spoken(saturated, 's')}"
    where = f"one of the links of {listed(names)}" if len(names) <= _NAMED else "one link"
    text = f"at least {where} is full for {spoken(saturated, 's')}"
    busiest = busiest_site(summary)
    return f"{text}; the busiest is that of {busiest}" if busiest else text


def _limited(scenario: Scenario) -> list[str]:
    """Return whose links have a limit, those of sites without robots aside."""
    network = scenario.network
    if network is None:
        return []
    used = {cohort.site for cohort in scenario.fleet}
    sites = [name for name, site in network.sites.items() if site.downlink is not None and name in used]
    return [*sites, *(["the origin"] if network.origin is not None else [])]


def _stops(summary: Summary, scenario: Scenario) -> str:
    stopped = summary.abort_probability["all"]
    number, total = _counted(stopped, summary.replicates)
    if not number:
        none = f"None of the {count(total)} rollouts is stopped ({bound(stopped)})" if stopped.high > 0 else "No rollout is stopped"
        return f"{none}{_near_threshold(summary, scenario)}."
    by = " by the failure threshold" if set(summary.job_codes) == {"FailureThresholdBreached"} else ""
    verb = "is" if number == 1 else "are"
    if number == total:
        text = f"All {count(total)} rollouts are stopped{by} ({bound(stopped)})" if stopped.low < 1 else f"Every rollout is stopped{by}"
    else:
        text = f"{count(number)} of {count(total)} rollouts {verb} stopped{by}, {spoken(stopped, '%')}"
    if "bad" in summary.abort_probability:
        return f"{text}; {_by_release(summary)}."
    if summary.stopped_by:
        code, share = next(iter(summary.stopped_by.items()))
        return f"{text}; {spoken(share, '%')} of the failures in them are {code}."
    return f"{text}."


def _near_threshold(summary: Summary, scenario: Scenario) -> str:
    """Return that the failure threshold is near, if that share of all failures of the fleet stops the job."""
    rules, percentage = scenario.rules, scenario.deployment.failure_threshold_percentage
    plain = rules.denominator == "fleet" and rules.failure_limit is None and not rules.stop and rules.counts >= set(VERDICT_KINDS)
    failed = summary.robot_outcomes["failed"]
    if percentage is None or not plain or not _NEAR * percentage <= 100 * failed.best < percentage:
        return ""
    return f"; the failure threshold is {percentage} % of the robots, and {spoken(failed, '%')} of them fail"


def _by_release(summary: Summary) -> str:
    good, bad = summary.abort_probability["good"], summary.abort_probability["bad"]
    of_good, of_bad = (_counted(estimate, estimate.n)[0] for estimate in (good, bad))
    if not of_good:
        least = "; that good ones never are is undecided" if good.high > _LARGE else ""
        return f"all of them had a bad release, and of the good releases none is stopped ({bound(good)}){least}"
    parts = f"of the good releases {spoken(good, '%')}, of the bad ones {spoken(bad, '%')}"
    if of_bad and bad.low <= good.high:
        return f"{parts}; whether bad ones are stopped more often is undecided"
    return parts


def _counted(estimate: Estimate, total: int) -> tuple[int, int]:
    """Return in how many replicates of how many something happened."""
    found = re.match(r"(\d+) of (\d+)", estimate.note)
    return (int(found[1]), int(found[2])) if found else (round(estimate.best * total) if estimate.estimable else 0, total)
