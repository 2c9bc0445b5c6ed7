"""What does not fit together although every part is right by itself: one generator for each part of the file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from rolloutsim.distributions import Distribution
from rolloutsim.errors import Location, Problem
from rolloutsim.formatting import duration
from rolloutsim.scenario.calendar import connectivities, traces
from rolloutsim.scenario.checks.after_success import after_success_problems
from rolloutsim.scenario.checks.crowded_links import crowded_links
from rolloutsim.scenario.checks.limits import limit_problems
from rolloutsim.scenario.checks.retries import retry_problems
from rolloutsim.scenario.checks.rules import rule_problems
from rolloutsim.scenario.checks.stages import stage_problems
from rolloutsim.scenario.checks.stops import stop_problems
from rolloutsim.scenario.checks.suspicions import suspicions
from rolloutsim.scenario.checks.sweeps import sweep_problems
from rolloutsim.scenario.checks.timetable import timetable_problems
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.connectivity import Renewal
from rolloutsim.scenario.parts.fields import MOST_ROBOTS
from rolloutsim.scenario.parts.fleet import Cohort
from rolloutsim.scenario.parts.readiness import ReadyRenewal
from rolloutsim.scenario.parts.steps import RECHECK, Step, StepChange
from rolloutsim.scenario.parts.traces import Trace
from rolloutsim.scenario.reading.problems import did_you_mean, neighbours

DAY = 86400.0

__all__ = ["MOST_CHECKS", "MOST_SPELLS", "problems_between"]

#: A robot with more spells than this would never end, …
MOST_SPELLS = 1e8

#: … nor a fleet with more spells, or checks of deferred robots, of all robots together.
MOST_OF_FLEET = 1e10

#: A gap in a trace that is longer than so many samples is worth a note.
MOST_GAP = 10

#: A deferred robot with more checks than this would never end.
MOST_CHECKS = 1e6

_FILE_OF_PHASE = {
    "condition": "deploymentConfig.downloadConditionFile",
    "pre_launch": "launchConfig.preLaunchFile",
    "post_launch": "launchConfig.postLaunchFile",
}


def problems_between(scenario: Scenario) -> Iterator[Problem]:
    """Yield what does not fit together, in no particular order."""
    yield from _cohorts(scenario)
    yield from rule_problems(scenario)
    yield from retry_problems(scenario)
    yield from stage_problems(scenario)
    yield from stop_problems(scenario)
    yield from limit_problems(scenario)
    yield from timetable_problems(scenario)
    yield from _sites(scenario)
    yield from _coins_of_sites(scenario)
    yield from after_success_problems(scenario)
    yield from _bad_sites(scenario)
    yield from _spells(scenario)
    yield from _traces(scenario)
    yield from _idle_steps(scenario)
    yield from _downloads(scenario)
    yield from sweep_problems(scenario)
    yield from suspicions(scenario)
    yield from crowded_links(scenario)


def _cohorts(scenario: Scenario) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for number, cohort in enumerate(scenario.fleet):
        if cohort.name in first:
            why = f"fleet[{first[cohort.name]}] has this name already, and chance is drawn by name"
            yield Problem(
                "duplicate",
                ("fleet", number, "cohort"),
                why,
                f"rename one, e.g. {cohort.name}-2",
                involves=(("fleet", first[cohort.name], "cohort"),),
            )
        first.setdefault(cohort.name, number)
        if cohort.architecture == "none":
            why = "without an architecture every robot fails with MissingRobotArchitecture"
            yield Problem("all-fail", ("fleet", number, "architecture"), why, "", "note")
        elif cohort.architecture not in scenario.application.bundle:
            why = f"application.bundle has no source for {cohort.architecture}: every robot fails with MissingRobotApplicationArchitecture"
            hint = f"add {cohort.architecture}: … to application.bundle, or change the architecture"
            yield Problem(
                "all-fail",
                ("fleet", number, "architecture"),
                why,
                hint,
                "warning",
                found=cohort.architecture,
                involves=(("application", "bundle"),),
            )
    if scenario.robots > MOST_ROBOTS:
        yield Problem(
            "beyond-simulation",
            ("fleet",),
            f"more than {MOST_ROBOTS:,} robots are beyond this simulation",
            "write fewer",
            found=f"{scenario.robots:,} robots",
        )


def _bad_sites(scenario: Scenario) -> Iterator[Problem]:
    wanted, at = scenario.application.bad_sites, ("application", "release", "bad", "sites")
    if wanted is None:
        return
    without = next((number for number, cohort in enumerate(scenario.fleet) if cohort.site is None), None)
    sites = len({cohort.site for cohort in scenario.fleet})
    if without is not None:
        why = f"cohort {scenario.fleet[without].name} has no site, so it is open which release its robots get"
        yield Problem("incomplete", at, why, "give every cohort a site, or remove sites", involves=(("fleet",),))
    elif wanted > sites:
        why = f"the robots are at {sites:,} site{'s' if sites > 1 else ''}"
        yield Problem(
            "does-not-fit", at, why, f"write {sites:,} or less, or remove it: absent = wherever the release goes", involves=(("fleet",),)
        )


def _layers(scenario: Scenario) -> Iterator[tuple[Location, Mapping[str, StepChange]]]:
    yield ("application", "steps"), scenario.application.steps
    yield ("application", "release", "bad", "steps"), scenario.application.bad_steps
    for number, cohort in enumerate(scenario.fleet):
        yield ("fleet", number, "steps"), cohort.steps


def _spells(scenario: Scenario) -> Iterator[Problem]:
    observe = scenario.rules.observe
    processes: list[tuple[Location, Distribution, Distribution, int]] = []
    for at, link in connectivities(scenario):
        if isinstance(link, Renewal):
            processes.append(((*at, "renewal"), link.up, link.down, _robots_at(scenario, at)))
    for name, site in ({} if scenario.network is None else scenario.network.sites).items():
        if site.outages is not None:
            robots = sum(cohort.robots for cohort in scenario.fleet if cohort.site == name)
            processes.append((("network", "sites", name, "outages"), site.outages.up, site.outages.down, robots))
    for location, layer in _layers(scenario):
        change = layer.get("condition")
        if change is not None and isinstance(change.ready, ReadyRenewal):
            processes.append(((*location, "condition", "ready"), change.ready.busy, change.ready.idle, _robots_at(scenario, location)))
    for location, one, other, robots in processes:
        cycle = one.mean() + other.mean()
        if too_many := _too_many(2 * observe / cycle, robots):
            why = f"with a cycle of {cycle:.3g} s on average there are {too_many} until rules.observe: this would never end"
            yield Problem(
                "beyond-simulation",
                location,
                why,
                "write longer spells, or a shorter rules.observe",
                involves=(("rules", "observe"), ("fleet",)),
            )


def _robots_at(scenario: Scenario, location: Location) -> int:
    """Return the number of robots that something at a place is for."""
    return scenario.fleet[location[1]].robots if location[0] == "fleet" and isinstance(location[1], int) else scenario.robots


def _too_many(spells: float, robots: int) -> str:
    """Return words for more spells, so many of each robot, than can be simulated; empty if they are not too many."""
    if spells > MOST_SPELLS:
        return f"more than {MOST_SPELLS:.0e} spells".replace("e+0", "e")
    if robots * spells > MOST_OF_FLEET:
        return f"more than {MOST_OF_FLEET:.0e} spells of {robots:,} robots".replace("e+", "e")
    return ""


def _sites(scenario: Scenario) -> Iterator[Problem]:
    used = {cohort.site for cohort in scenario.fleet}
    named = sorted(site for site in used if site is not None)
    involved = tuple(("fleet", number, "site") for number in range(len(scenario.fleet)))
    sites = () if scenario.network is None else scenario.network.sites
    for name in sites:
        if name not in used:
            give = f"give a cohort site: {name}"
            hint = did_you_mean(name, neighbours(name, named), "sites", give) or give
            if "sites" in scenario.raw:  # the names are those of the shorthand: none is misspelt
                hint = "give it robots, or leave it out"
            yield Problem("no-effect", ("network", "sites", name), "no cohort is at this site", hint, "warning", True, name, involved)
    known = sorted(sites)
    for number, cohort in enumerate(scenario.fleet):
        if sites and cohort.site is not None and cohort.site not in sites:
            why = "network.sites does not name this site: its downlink is unlimited and it has no outages"
            hint = did_you_mean(cohort.site, neighbours(cohort.site, known), "sites", "add it to network.sites")
            yield Problem("unknown-name", ("fleet", number, "site"), why, hint, "warning", involves=(("network", "sites"),))


def _coins_of_sites(scenario: Scenario) -> Iterator[Problem]:
    """Yield a problem for each chance per site that cohorts without a site have."""
    bare = [cohort for cohort in scenario.fleet if cohort.site is None]
    per_site = [
        (phase, code, chance, (*location, phase, "failures", code))
        for location, layer in _layers(scenario)
        for phase, change in layer.items()
        for code, chance in change.failures.items()
        if "site" in (chance.coin, chance.drawn)
    ]
    for phase, code, chance, at in per_site:
        for cohort in bare:
            if any(scenario.steps(cohort, release)[phase].failures.get(code) is chance for release in ("good", "bad")):
                why = f"the robots of {cohort.name} have no site, so they share nothing per site"
                yield Problem("does-not-fit", at, why, f"give {cohort.name} a site, or write per: cohort", involves=(("fleet",),))
                break


def _traces(scenario: Scenario) -> Iterator[Problem]:
    for at, trace in traces(scenario):
        yield from (problem._replace(location=at, found=trace.source) for problem in trace.doubts)
        longest, usual = trace.gaps
        if longest > MOST_GAP * usual:
            why = f"a gap of {duration(longest)} where samples are {duration(usual)} apart: the value before it holds"
            yield Problem("record-gap", at, why, "", "note", found=trace.source)
        if trace.held:
            last = duration(trace.held)
            why = "this is an event log without a period: its last state holds for the usual distance of events, "
            why += f"{last}, and then it begins again"
            yield Problem("open-record", at, why, "write how long the record is, e.g. period: 1 d", "warning", found=trace.source)
        if trace.offset == "clock":
            yield from _drift(at, trace)
        elif trace.dated and scenario.rules.start is not None:
            why = f"the record and rules.start have dates, but with offset: {trace.offset} the record is not laid against the start"
            hint = "add offset: clock for a job at that time of the record"
            yield Problem("no-effect", at, why, hint, "warning", found=trace.source, involves=(("rules", "start"),))
        often = max(len(pattern.times) / pattern.period for pattern in trace.patterns)
        if scenario.rules.observe * often > MOST_SPELLS:
            why = f"with {often:.3g} changes per second there are more than {MOST_SPELLS:.0e} until rules.observe".replace("e+0", "e")
            yield Problem(
                "beyond-simulation", at, f"{why}: this would never end", "take means over longer times", involves=(("rules", "observe"),)
            )


def _drift(at: Location, trace: Trace) -> Iterator[Problem]:
    """Yield a warning if a trace that goes by the clock does not repeat at the same time of day."""
    pattern = next((pattern for pattern in trace.patterns if pattern.period % DAY), None)
    if pattern is not None:
        why = f"the record repeats every {pattern.period / DAY:.4g} days, which is no whole number: its hours drift once it begins again"
        days = math.ceil(max(pattern.times[-1], 1.0) / DAY)
        yield Problem("drifting-record", at, why, f"write where it ends, e.g. period: {days} d", "warning", found=trace.source)


def _idle_steps(scenario: Scenario) -> Iterator[Problem]:
    deployment, rules = scenario.deployment, scenario.rules
    for location, layer in _layers(scenario):
        for phase, change in layer.items():
            at = (*location, phase)
            if not deployment.runs(phase):
                file = _FILE_OF_PHASE[phase]
                why = f"the deployment has no {file.split('.')[1]}, so {phase} does not run and this has no effect"
                hint = f"add {file} to the deployment, or remove it"
                for code in (code for code, chance in change.failures.items() if chance.is_possible):
                    yield Problem("no-effect", (*at, "failures", code), why, hint, "warning", True, code, (("deployment",),))
                for name in ("duration", "ready", "recheck"):
                    if getattr(change, name) not in (None, getattr(Step(), name)):
                        yield Problem("no-effect", (*at, name), why, hint, "warning", True, name, (("deployment",),))
                continue
            if phase == "condition":
                yield from _condition(scenario, at, change)
    recheck = min(scenario.steps(c, r)["condition"].recheck for c in scenario.fleet for r in ("good", "bad"))
    longest = max(rules.observe, 2 * min(scenario.robot_timeout, rules.fleet_timeout))
    deferring = rules.condition == "defer" and deployment.has_condition_file
    if deferring and (longest > MOST_CHECKS * recheck or scenario.robots * longest > MOST_OF_FLEET * recheck):
        one = longest > MOST_CHECKS * recheck
        whose = "a deferred robot may be checked more than a million" if one else "deferred robots may be checked more than 1e10"
        why = f"with a check every {recheck:.3g} s {whose} times"
        at = next(((*at, "condition", "recheck") for at, layer in _layers(scenario) if "condition" in layer), ("rules", "condition"))
        yield Problem(
            "beyond-simulation", at, why, "write a longer recheck, or a shorter rules.observe", involves=(("rules",), ("deployment",))
        )


def _condition(scenario: Scenario, at: Location, change: StepChange) -> Iterator[Problem]:
    if "EtagMismatch" in change.failures and change.failures["EtagMismatch"].is_possible and not scenario.deployment.condition_etag:
        why = "the downloadConditionFile names no etag, so this cannot happen"
        location = (*at, "failures", "EtagMismatch")
        yield Problem("no-effect", location, why, "add an etag to it, or remove this", "warning", True, "EtagMismatch", (("deployment",),))
    if change.recheck not in (None, RECHECK) and scenario.rules.condition == "fail":
        why = "rules.condition is fail, so there is no second check and this has no effect"
        yield Problem(
            "no-effect",
            (*at, "recheck"),
            why,
            "add rules.condition: defer, or remove it",
            "warning",
            True,
            "recheck",
            (("rules", "condition"),),
        )


def _downloads(scenario: Scenario) -> Iterator[Problem]:
    timeout = scenario.robot_timeout
    bundles = [cohort for cohort in scenario.fleet if scenario.bundle_size(cohort)]
    if bundles and not any(_has_rate(scenario, cohort) for cohort in bundles):
        why = "no robot has a link rate and no line is shared, so every download takes no time at all"
        hint = "give the cohorts a link, e.g. link: {rate: 20 Mbit/s}, or add network: {origin: 1 Gbit/s}"
        yield Problem("instant-download", ("application", "bundle"), why, hint, "warning", involves=(("fleet",), ("network",)))
    for number, cohort in enumerate(scenario.fleet):
        size, rate = scenario.bundle_size(cohort), cohort.link_rate
        typical = cohort.link_trace.mean if cohort.link_trace is not None else None if rate is None else rate.ppf(0.5)
        if not size or typical is None:
            continue
        takes = 8 * size / typical if typical > 0 else math.inf
        if takes > timeout:
            kind, key = ("median", "rate") if cohort.link_trace is None else ("mean", "trace")
            why = f"the download takes {duration(takes)} at the {kind} rate, the robot timeout is {duration(timeout)}"
            involved = (("application", "bundle"), ("fleet", number, "bundle"), ("deployment",))
            hint = "most robots would time out: is the unit right (bit/s, not B/s)? if so, raise robotDeploymentTimeoutInSeconds"
            yield Problem("slow-download", ("fleet", number, "link", key), why, hint, "warning", involves=involved)


def _has_rate(scenario: Scenario, cohort: Cohort) -> bool:
    """Return whether the download of a cohort's robots takes time."""
    if cohort.link_rate is not None or cohort.link_trace is not None or any(cohort.listed_rates):
        return True
    network = scenario.network
    site = None if network is None else network.sites.get(cohort.site or "")
    return network is not None and (network.origin is not None or (site is not None and site.downlink is not None))
