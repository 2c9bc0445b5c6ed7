"""Which retries can happen: a problem for each that is impossible (an error) or pointless (a note)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rolloutsim.errors import Location, Problem
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.retries import Retries
from rolloutsim.vocabulary import PHASE_CODES, RELEASE_CODES

__all__ = ["retry_problems"]

_TIMER_KINDS = ("timeout", "no_response")


def retry_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with the retries."""
    rows = scenario.rules.retries
    for number, row in enumerate(rows):
        at: Location = ("rules", "retries") if len(rows) == 1 else ("rules", "retries", number)
        yield from _row(row, at)
        yield from _codes(scenario, row, at)
    if scenario.rules.max_retries is not None and not rows:
        yield Problem("no-effect", ("rules", "max_retries"), "there are no retries", "add rules.retries, or remove it", "warning")


def _row(row: Retries, at: Location) -> Iterator[Problem]:
    if not row.codes and not row.kinds:
        yield Problem("incomplete", at, "after which failures?", "add kinds: [failed], or codes: [ExtractingBundleFailure]")
    if row.codes and row.kinds:
        yield Problem("conflicting-keys", (*at, "kinds"), "codes is here already", "keep one of the two, or write two rows")
    if row.slot == "hold":
        for kind in _TIMER_KINDS:
            if kind in row.kinds:
                why = "this comes from the robot's timer, and with slot: hold one timer covers all attempts: it cannot be retried"
                yield Problem("does-not-fit", (*at, "kinds"), why, f"add slot: queue, or remove {kind}", involves=((*at, "slot"),))
    if row.burst is not None and row.burst.tries > row.max:
        why = f"with {row.max} retries there are {row.max + 1} tries in all, so no burst is followed by another"
        yield Problem("no-effect", (*at, "burst"), why, "write fewer tries, or a larger max", "warning", involves=((*at, "max"),))


def _codes(scenario: Scenario, row: Retries, at: Location) -> Iterator[Problem]:
    codes = scenario.rules.timeout_codes
    own = {code for phase, codes in PHASE_CODES.items() if phase != "preparing" for code in codes}
    if any(math.isfinite(scenario.steps(c, "bad")["reaching"].agent_timeout) for c in scenario.fleet) or any(
        math.isfinite(scenario.steps(c)["reaching"].agent_timeout) for c in scenario.fleet
    ):
        own.add("RobotAgentConnectionTimeout")
    timer = {codes.not_reached, codes.offline, codes.working, "RobotAgentConnectionTimeout"}
    for number, code in enumerate(row.codes):
        here = (*at, "codes", number)
        if code in ("MissingRobotArchitecture", "MissingRobotApplicationArchitecture"):
            yield Problem("never-occurs", here, "this follows from fleet and bundle, so every attempt fails with it", "remove it")
        elif code in own:
            if code in RELEASE_CODES:
                why = "by default one coin of the whole job decides it, so a new attempt fails again"
                yield Problem("no-effect", here, why, "give it per: robot where it is described, or remove it", "note")
        elif code in timer and row.slot == "hold":
            why = "this comes from the robot's timer, and with slot: hold one timer covers all attempts: it cannot be retried"
            yield Problem("does-not-fit", here, why, "add slot: queue, or remove it", involves=((*at, "slot"), ("application",)))
        elif code not in timer:
            yield Problem("never-occurs", here, "no robot ends by itself with this code, so it is never retried", "remove it")
