"""A scenario in words: what was given, what is a default, and what is an assumption because RoboMaker leaves it open."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

from rolloutsim.formatting import duration, percent, quantity
from rolloutsim.scenario.parts.connectivity import Never
from rolloutsim.scenario.parts.fleet import Cohort
from rolloutsim.scenario.parts.readiness import ReadyProbability
from rolloutsim.scenario.parts.rules import concurrency_limit, failure_limit
from rolloutsim.scenario.parts.schedule import Schedule
from rolloutsim.scenario.parts.steps import Step, merge_steps
from rolloutsim.scenario.reading.quantities import SIZE, count_in_words
from rolloutsim.scenario.sections import Sections
from rolloutsim.scenario.words.after_success import after_success_in_words, after_success_lines
from rolloutsim.scenario.words.assumptions import rule_lines
from rolloutsim.scenario.words.limits import limit_lines
from rolloutsim.scenario.words.links import (
    connectivity_in_words,
    connectivity_line,
    link_lines,
    network_lines,
    rate_in_words,
    schedule_in_words,
)
from rolloutsim.scenario.words.stops import stop_lines
from rolloutsim.scenario.words.systems import system_lines
from rolloutsim.scenario.words.timers import timer_lines
from rolloutsim.scenario.words.wording import Line, Mark, alike, chance_in_words, distribution_in_words
from rolloutsim.vocabulary import PHASES

__all__ = ["Line", "Section", "describe", "shortened"]


class Section(NamedTuple):
    """Lines under one title."""

    title: str
    lines: tuple[Line, ...]


def describe(scenario: Sections) -> list[Section]:
    """Return a scenario in words, with every default and every assumption.

    Examples
    --------
    >>> from rolloutsim.scenario import parse
    >>> sections = describe(parse("fleet: [{cohort: dock, robots: 10}]\\napplication: {bundle: 350 MB}"))
    >>> print(sections[0].title, sections[0].lines[0].text, sep=": ")
    Fleet: 10 robots in 1 cohort
    """
    sections = [
        *([] if scenario.preset is None else [Section("System", tuple(system_lines(scenario)))]),
        Section("Fleet", tuple(_fleet(scenario))),
        Section("Network", tuple(network_lines(scenario))),
        Section("Application", tuple(_application(scenario))),
        Section("Steps of a robot", tuple(_steps(scenario))),
        Section("Deployment", tuple(_deployment(scenario))),
        Section("Rules", tuple(rule_lines(scenario))),
        Section("Experiment", tuple(_experiment(scenario))),
    ]
    if scenario.warnings:
        found = [(problem, str(problem._replace(file="", line=0))) for problem in scenario.warnings]
        lines = tuple(Line(text, "note" if problem.severity == "note" else "warning") for problem, text in found)
        sections.append(Section("Warnings", lines))
    return sections


def shortened(section: Section) -> Section:
    """Return a section with its defaults and its assumptions in one line each, as far as a few words can stand for them.

    Examples
    --------
    >>> from rolloutsim.scenario import parse
    >>> sections = describe(parse("fleet: [{cohort: dock, robots: 10}]\\napplication: {bundle: 350 MB}"))
    >>> [line.text for line in shortened(sections[0]).lines[-1:]]
    ['by default: architecture X86_64, bundle 350 MB; always online']
    """
    lines = [line for line in section.lines if line.mark not in ("default", "assumption") or not line.brief]
    marks: tuple[tuple[Mark, str], ...] = (("assumption", "assumed"), ("default", "by default"))
    for mark, begin in marks:
        briefs = dict.fromkeys(line.brief for line in section.lines if line.mark == mark and line not in lines)
        if briefs:
            lines.append(Line(f"{begin}: {'; '.join(briefs)}", mark, brief=begin))
    return Section(section.title, tuple(lines))


def _given(set_: bool) -> Literal["given", "default"]:
    return "given" if set_ else "default"


def _fleet(scenario: Sections) -> Iterator[Line]:
    count = len(scenario.fleet)
    yield Line(f"{scenario.robots:,} robots in {count} cohort{'s' if count > 1 else ''}", "given")
    if any(cohort.names for cohort in scenario.fleet):
        yield Line(
            "robots have names: a robot's random numbers belong to its place in its cohort, so append new robots to the list", "given"
        )
    for (_, lines), cohorts in alike(scenario.fleet, lambda cohort: (cohort.class_name, tuple(_cohort(scenario, cohort)))):
        yield Line(_robots(cohorts), "given")
        yield from lines


def _robots(cohorts: list[Cohort]) -> str:
    """Return how many robots some cohorts of a class have, and where."""
    first = cohorts[0]
    if len(cohorts) == 1:
        return f"{first.name}: {first.robots:,} robots" + (f" at {first.site}" if first.site else "")
    sizes = sorted({cohort.robots for cohort in cohorts})
    each = " to ".join(f"{size:,}" for size in dict.fromkeys((sizes[0], sizes[-1])))
    return f"{first.class_name}: {sum(cohort.robots for cohort in cohorts):,} robots in {len(cohorts)} cohorts of {each}"


def _cohort(scenario: Sections, cohort: Cohort) -> Iterator[Line]:
    """Yield what holds for each robot of a cohort."""
    said = cohort.model_fields_set
    size = scenario.bundle_size(cohort)
    if size is None:
        code = "MissingRobotArchitecture" if cohort.architecture == "none" else "MissingRobotApplicationArchitecture"
        yield Line(f"architecture {cohort.architecture}: every robot fails with {code}", _given("architecture" in said), depth=1)
    else:
        own = cohort.bundle is not None
        text = f"architecture {cohort.architecture}, {'its own ' if own else ''}bundle {quantity(size, SIZE.unit, digits=4)}"
        yield Line(text, _given(own or "architecture" in said), depth=1, brief=text)
    if not isinstance(cohort.connectivity, Never):
        yield from link_lines(cohort, size, scenario.robot_timeout)
    yield connectivity_line(cohort)
    if scenario.rules.order == "priority":
        yield Line(f"priority {cohort.priority} (lower first)", _given("priority" in said), depth=1)
    if cohort.steps:
        yield Line(f"own values for the phases {', '.join(cohort.steps)}", "given", depth=1)


def _application(scenario: Sections) -> Iterator[Line]:
    application = scenario.application
    sizes = ", ".join(f"{name} {quantity(size, SIZE.unit, digits=4)}" for name, size in application.bundle.items())
    yield Line(f"bundle: {sizes}", "given")
    does = {"resume": "is continued after an interruption", "restart": "restarts after an interruption"}[application.interrupted]
    marked = _given("interrupted" in application.download.model_fields_set)
    if marked == "given":
        yield Line(f"download {does}", "given")
    else:
        yield Line(f"download {does}", "assumption", "download.interrupted: restart", brief=f"a download {does}")
    yield from after_success_lines(scenario)
    bad = application.release.bad
    if bad is None:
        text = "every release is good: robots fail independently, but for what is drawn per job"
        yield Line(text, "default", brief="every release is good")
        return
    yield Line(f"bad with probability {percent(bad.probability)}, drawn once per job", "given")
    if bad.sites is not None:
        where = "one site" if bad.sites == 1 else f"{bad.sites:,} sites"
        yield Line(f"then at {where}, chosen in each replicate; at other sites the release is good", "given", depth=1)
    for phase, change in bad.steps.items():
        if change.duration is not None:
            yield Line(f"then {phase} takes {distribution_in_words(change.duration)}", "given", depth=1)
        for code, chance in change.failures.items():
            yield Line(f"then {phase}: {code} {chance_in_words(chance)}", "given", depth=1)
    if bad.after_success is not None:
        words = dict.fromkeys(after_success_in_words(scenario.after_success(cohort, "bad")) for cohort in scenario.fleet)
        yield from (Line(f"then it {text}", "given", depth=1) for text in words)
    if bad.link is not None:
        yield Line(f"then {rate_in_words(bad.link.rate, bad.link.trace)}", "given", depth=1)
    if bad.connectivity is not None:
        stay = "" if isinstance(bad.connectivity, Never) else "; robots that are never online stay so"
        yield Line(f"then {connectivity_in_words(bad.connectivity)}, from the job's creation on{stay}", "given", depth=1)


def _steps(scenario: Sections) -> Iterator[Line]:
    steps = merge_steps(scenario.application.steps)
    for phase in PHASES:
        said = phase in scenario.application.steps or any(phase in cohort.steps for cohort in scenario.fleet)
        if not scenario.deployment.runs(phase):
            yield Line(f"{phase}: does not run, the deployment names no file for it", "default", brief=f"no {phase}")
            continue
        words = _phase(steps[phase], phase)
        yield Line(f"{phase}: {words}", _given(said), brief=f"{phase} {words.partition(',')[0]}")
        for code, chance in steps[phase].failures.items():
            if chance.is_possible:
                yield Line(f"{code} {chance_in_words(chance)}", "given", depth=1)
        own = (line for cohort in scenario.fleet if phase in cohort.steps for line in _own_step(scenario, cohort, phase, steps[phase]))
        yield from dict.fromkeys(own)  # cohorts of a class have the same


def _own_step(scenario: Sections, cohort: Cohort, phase: str, common: Step) -> Iterator[Line]:
    """Yield what a cohort has of its own in a phase."""
    merged = scenario.steps(cohort)[phase]
    for code in cohort.steps[phase].failures:
        yield Line(f"{cohort.class_name}: {code} {chance_in_words(merged.failures[code])}", "given", depth=1)
    if merged != common and _phase(merged, phase) != _phase(common, phase):
        yield Line(f"{cohort.class_name}: {_phase(merged, phase)}", "given", depth=1)


def _phase(step: Step, phase: str) -> str:
    words = [distribution_in_words(step.duration)]
    if phase == "downloading":
        words = ["as long as the link needs" + ("" if step.duration.mean() == 0 else f", after {words[0]}")]
    if phase == "reaching":
        words.append("counted while online")
        if math.isfinite(step.agent_timeout):
            words.append(f"RobotAgentConnectionTimeout after {duration(step.agent_timeout)} of it")
    if phase == "condition":
        if isinstance(step.ready, ReadyProbability):
            words.append(f"ready with probability {percent(step.ready.p)} at each check")
        elif isinstance(step.ready, Schedule):
            words.append(f"ready {schedule_in_words(step.ready)}")
        else:
            busy, idle = distribution_in_words(step.ready.busy), distribution_in_words(step.ready.idle)
            words.append(f"ready {percent(step.ready.share)} of the time: busy {busy}, idle {idle}")
    if phase == "reporting":
        words.append("once the robot is online")
    return ", ".join(words)


def _deployment(scenario: Sections) -> Iterator[Line]:
    deployment, rules, n = scenario.deployment, scenario.rules, scenario.robots
    concurrent, threshold = deployment.concurrent_percentage, deployment.failure_threshold_percentage
    if rules.limits:
        yield from limit_lines(scenario)
    elif rules.concurrency is not None:
        yield Line(f"C = {min(n, rules.concurrency):,} robots at once (rules.concurrency, overrides the percentage)", "given")
    elif concurrent is not None:
        limit = concurrency_limit(n, concurrent, rules.rounding)
        yield Line(f"C = {limit:,} robots at once: {concurrent} % of {n:,}, rounded by {rules.rounding}, at least 1", "given")
    else:
        yield Line(f"C = N = {n:,}: all robots at once, as no percentage is given", "assumption", "concurrentDeploymentPercentage 1-100")
    if rules.admit is not None:
        yield Line(f"robots start only {schedule_in_words(rules.admit.schedule)} (rules.admit); those in flight go on", "given")
    yield from stop_lines(scenario) if rules.stop else (_threshold(scenario, threshold),)
    yield from timer_lines(scenario)


def _threshold(scenario: Sections, percentage: int | None) -> Line:
    rules, n = scenario.rules, scenario.robots
    more = "reaching" if rules.comparator == "at_least" else "more than"
    of = {"fleet": f"of {n:,}", "completed": "of the completed robots", "batch": "of the batch"}[rules.denominator]
    if rules.failure_limit is not None:
        within = " within a batch" if rules.denominator == "batch" else ""
        text = f"the job stops at {more} {rules.failure_limit:,} failures{within} (rules.failure_limit, overrides the percentage)"
        return Line(text, "given")
    if percentage is None:
        gates = any(stage.max_failures is not None or stage.max_failure_share is not None for stage in rules.stages)
        stops = "only the gates of the stages stop the job" if gates else "nothing aborts"
        return Line(f"{stops}: no failure threshold is given", "assumption", "failureThresholdPercentage 1-100")
    text = f"the job stops at {more} {percentage} % {of} failed"
    if rules.denominator == "fleet":
        limit = failure_limit(n, percentage, rules.comparator)
        text += f": at the {limit:,}{_ordinal(limit)} failure" if limit <= n else ": that cannot happen"
    return Line(text, "given")


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _experiment(scenario: Sections) -> Iterator[Line]:
    seed = "seed drawn and recorded" if scenario.seed is None else f"seed {scenario.seed}"
    yield Line(
        f"{scenario.replicates:,} replicates, {seed}", _given(scenario.seed is not None or "replicates" in scenario.model_fields_set)
    )
    if scenario.checks:
        yield Line(f"{count_in_words(len(scenario.checks), 'check')}, which rolloutsim check evaluates", "given")
    if scenario.sweep is not None:
        count = len(scenario.sweep.levers) + len(scenario.sweep.uncertainties)
        yield Line(f"a sweep over {count_in_words(count, 'value')}, which rolloutsim sweep evaluates", "given")
