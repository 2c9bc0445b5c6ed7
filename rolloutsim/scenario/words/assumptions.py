"""The rules in words: what each value means, and which are assumptions because RoboMaker does not document them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

from rolloutsim.formatting import duration, percent
from rolloutsim.scenario.calendar import clocks
from rolloutsim.scenario.parts.connectivity import Never
from rolloutsim.scenario.parts.stages import Stage
from rolloutsim.scenario.sections import Sections
from rolloutsim.scenario.stage_sizes import Slice, slices, stage_sizes
from rolloutsim.scenario.words.stops import kinds_in_words
from rolloutsim.scenario.words.timers import retries_in_words
from rolloutsim.scenario.words.wording import Line, Mark, distribution_in_words
from rolloutsim.vocabulary import FAILURE_KINDS

__all__ = ["DOCUMENTED", "WORDS", "rule_lines"]

#: For each rule of words what its values mean, the default first.
WORDS: dict[str, dict[str, str]] = {
    "dispatch": {
        "window": "at most C robots at once; a freed slot is granted at that instant",
        "batch": "C robots start together; the next batch starts when all of them have ended",
    },
    "rounding": {
        "floor": "a percentage of the fleet is rounded down, to at least 1",
        "ceil": "a percentage of the fleet is rounded up",
        "half_up": "a percentage of the fleet is rounded to the nearest, halves up, to at least 1",
    },
    "comparator": {
        "at_least": "the threshold is breached when it is reached",
        "exceeds": "the threshold is breached when it is exceeded",
    },
    "denominator": {
        "fleet": "failures are compared with the whole fleet",
        "completed": "failures are compared with the robots completed so far",
        "batch": "failures are counted and compared within the current batch",
    },
    "evaluate": {
        "each_result": "the threshold is checked after every result",
        "batch_end": "the threshold is checked when a batch has ended",
    },
    "on_breach": {
        "finish": "at a breach robots in flight finish, and may still fail",
        "abort": "at a breach robots in flight end at once as RobotDeploymentAborted",
    },
    "offline": {
        "hold": "an offline robot gets its slot and holds it",
        "skip": "a free slot goes to the first robot in line that is online; as under hold only if none is online or in flight",
        "wait": "a free slot goes to the first robot in line that is online, however long that takes",
    },
    "timer": {
        "grant": "a robot's timer starts when its slot is granted",
        "reached": "a robot's timer starts when its slot is granted, and again when it is reached",
    },
    "condition": {
        "fail": "a robot that is not ready fails with DownloadConditionFailed",
        "defer": "a robot that is not ready keeps its slot and is asked again",
    },
    "order": {
        "listed": "robots come in the order of the file",
        "shuffled": "robots come in an order drawn for each replicate",
        "priority": "robots come by the priority of their cohort, lower first",
        "interleaved": "the first robots of all sites come in the order of the file, then the second, and so on",
    },
    "old_stops": {
        "receipt": "the running application stops when the command arrives, before the download",
        "launch": "the new application is installed beside the running one, which stops at the launch",
    },
}

#: What RoboMaker's documentation defines itself.
DOCUMENTED = {"condition": "fail", "old_stops": "receipt"}


def rule_lines(scenario: Sections) -> Iterator[Line]:
    """Yield a line for each rule."""
    rules, said = scenario.rules, scenario.rules.model_fields_set

    def line(name: str, text: str, brief: str, alternatives: str = "") -> Line:
        """Return the line of a rule; a rule with alternatives is an assumption, the others are documented or this program's own."""
        mark: Mark = "given" if name in said else "assumption" if alternatives else "default"
        return Line(f"{name}: {text}", mark, "" if mark == "given" else alternatives, brief=f"{name} {brief}")

    gates = any(stage.max_failures is not None or stage.max_failure_share is not None for stage in rules.stages)
    of_threshold = ("comparator", "denominator", *(() if gates else ("on_breach",))) if rules.stop else ()
    for name, meanings in WORDS.items():
        if name in of_threshold:
            continue
        value = getattr(rules, name)
        others = "" if DOCUMENTED.get(name) == value else " or ".join(other for other in meanings if other != value)
        if name == "condition" and not scenario.deployment.has_condition_file:
            continue
        yield line(name, f"{value} - {meanings[value]}", value, others)
    if rules.denominator == "completed":
        minimum = rules.minimum_completed
        yield line("minimum_completed", f"judged from {minimum} completed robots on", str(minimum), "another number")
    if gates or not rules.stop:
        counted = kinds_in_words(rules.counts)
        what = "gates" if rules.stop else "the threshold"
        latent = "latent" not in rules.counts and gates and scenario.fails_after_success
        also = f"; {'' if rules.stop else 'gates '}also latent" if latent else ""
        yield line("counts", f"towards {what} count: {counted}{also}", counted, f"some of {', '.join(FAILURE_KINDS)}")
    codes = rules.timeout_codes
    text = f"a robot whose timer ends has {codes.not_reached} if not reached, {codes.offline} if offline, {codes.working} if working"
    yield line("timeout_codes", text, "by what a robot does then", "other codes")
    late = "a robot whose timer ended while it was offline installs when it is next online"
    text = late if rules.late_convergence else "a robot whose timer ended stays as it is"
    yield line("late_convergence", text, str(rules.late_convergence).lower())
    again = [retries_in_words(row) for row in rules.retries]
    for text in again or ["none"]:
        yield line("retries", text, text.partition(",")[0])
    if rules.max_retries is not None:
        yield line("max_retries", f"no more than {rules.max_retries} retries per robot over all rows", str(rules.max_retries))
    back = "none - a failed robot is left without application" if rules.rollback is None else distribution_in_words(rules.rollback)
    yield line("rollback", back, back.partition(" ")[0])
    for name, text, after in (
        ("fleet_timeout", "the job ends {} after its creation", rules.fleet_timeout),
        ("cancel_at", "after {}", rules.cancel_at),
        ("observe", "late robots are followed until {} after the creation", rules.observe),
    ):
        brief = "never" if math.isinf(after) else duration(after)
        yield line(name, brief if math.isinf(after) else text.format(brief), brief)
    yield from _stages(scenario)
    if rules.start is not None:
        zones = {zone for _, zone in clocks(scenario)}
        local = "".join(f", local time in {zone}" for zone in zones if zone is not None)
        local = local if datetime.fromisoformat(rules.start).tzinfo is None else ""
        yield Line(f"start: {rules.start}{local if zones else ' (nothing depends on it without schedules)'}", "given")
    yield from _silences(scenario)


def _stages(scenario: Sections) -> Iterator[Line]:
    stages, sizes = scenario.rules.stages, stage_sizes(scenario)
    if not stages:
        yield Line("stages: none - the whole fleet is deployed in one go", "default", brief="no stages")
        return
    yield Line(f"stages: {len(sizes)}, each by the rules above over its own robots", "given")
    for number, (stage, part) in enumerate(zip(stages, slices(scenario), strict=True)):
        soak = f"soaks {duration(stage.soak)} after its last verdict" if stage.soak else "no soak"
        yield Line(f"stage {number + 1}: {_who(stage, part)}; {soak}; {_gate_in_words(stage)}", "given", depth=1)
    if len(sizes) > len(stages):
        yield Line(f"stage {len(sizes)}: the rest, {sizes[-1]:,} robots; no soak, no gate", "derived", depth=1)
    nothing = "nothing: there is no rule for it"
    if any(stage.share is not None and stage.of is None for stage in stages):
        yield Line("a share goes up to that part of the fleet, earlier stages included, by at least one robot", "assumption", nothing)
    if any(stage.of is not None for stage in stages):
        text = "a share of each site goes up to that part of its robots, earlier stages included, and to at least one of them;"
        text += " robots without a site count as a site"
        yield Line(text, "assumption", nothing)
    if any(stage.sites for stage in stages):
        yield Line("robots at a site that a stage names are in no other stage", "assumption", nothing)
    if any(stage.cohorts for stage in stages):
        yield Line("robots of a cohort that a stage names are in no other stage", "assumption", nothing)
    yield Line("percentages of concurrency and failure threshold are of the whole fleet in every stage", "assumption", nothing)
    if any(stage.max_failures is not None or stage.max_failure_share is not None for stage in stages):
        text = "a gate looks at all verdicts of the job so far, those of earlier stages too, when the soak is over; it counts by `counts`"
        yield Line(text, "assumption", nothing)
        yield Line("a robot that installs late during a soak remains the failure that it was", "assumption", nothing)
    if scenario.fails_after_success and any(stage.max_failures is not None or stage.max_failure_share is not None for stage in stages):
        text = "a gate judges when everything else of its instant has happened, and counts failures after success; a robot counts once"
        yield Line(text, "assumption", nothing)
    elif any(stage.soak for stage in stages) and not scenario.fails_after_success:
        yield Line("nothing new fails during a soak: each robot has its verdict already, so a soak costs time and finds nothing", "note")


def _who(stage: Stage, part: Slice) -> str:
    robots = f"{part.size:,} robot{'s' if part.size > 1 else ''}"
    if stage.cohorts:
        return f"{robots}, all of {', '.join(stage.cohorts)}"
    if stage.sites:
        return f"{robots}, all at {', '.join(stage.sites)}"
    return robots if stage.share is None else f"{robots}, up to {percent(stage.share)} of {stage.of or 'the fleet'}"


def _gate_in_words(stage: Stage) -> str:
    if stage.max_failures is not None:
        return f"the job stops if more than {stage.max_failures:,} robot{'s have' if stage.max_failures != 1 else ' has'} failed"
    if stage.max_failure_share is not None:
        return f"the job stops if more than {percent(stage.max_failure_share)} of the robots so far have failed"
    return "no gate"


def _silences(scenario: Sections) -> Iterator[Line]:
    """Yield what is assumed without a rule, and what follows from rules and fleet."""
    rules = scenario.rules
    if scenario.deployment.failure_threshold_percentage is not None or rules.failure_limit is not None or rules.stop:
        nothing = "nothing: there is no rule for it"
        text = "failures below the threshold leave the job Succeeded"
        yield Line(text, "assumption", nothing, brief="a job below its threshold is Succeeded")
        if any("timeout" in row.kinds for row in rules.stop) or (not rules.stop and "timeout" in rules.counts):
            text = "successes that could not be reported by the deadline count towards the threshold, as timeouts"
            yield Line(text, "assumption", "counts without timeout", brief="unreported successes count as timeouts")
        text = "robots not started at a breach keep PendingNewDeployment"
        yield Line(text, "assumption", nothing, brief="robots not started stay PendingNewDeployment")
    switched_off = [cohort.name for cohort in scenario.fleet if isinstance(cohort.connectivity, Never)]
    if scenario.rules.offline == "wait" and switched_off:
        timeout = duration(scenario.rules.fleet_timeout)
        yield Line(f"offline: wait never grants {', '.join(switched_off)}: the job ends by its fleet timeout after {timeout}", "warning")
