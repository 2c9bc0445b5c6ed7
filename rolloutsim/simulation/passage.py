"""A robot's way through its phases in the compiled engine, and the records that it leaves."""

from __future__ import annotations

import math
from typing import Any

from rolloutsim.kernel import kernel
from rolloutsim.simulation.events import advance, cut, grant, is_installed, settle_downtime, stay_late
from rolloutsim.simulation.heap import NO_KEY, is_before, key_of
from rolloutsim.simulation.log import attempt_row, robot_row
from rolloutsim.simulation.memory import append, append_values
from rolloutsim.simulation.robot import BACKOFF, ENDED, PASSED, transition

__all__ = ["close", "end_at_once", "follow", "look_ahead", "look_back"]


@kernel
def follow(plan: Any, r: Any, until: float, until_key: int, keep: bool, attempts: Any, flows: Any) -> tuple[float, int, Any, Any]:
    """Let happen to a robot what happens up to a moment, and at once.

    Returns when what happens next; of a robot that has ended, when what ended it. And the buffers.
    """
    last = PASSED
    while r.phase != ENDED:
        phase, since, sent, rate = r.phase, r.t, r.bytes, r.rate
        t, event = transition(plan, r)
        if t > since:
            if is_before(until, until_key, t, key_of(event, r.index)):
                return t, event, attempts, flows
            last = event
        advance(plan, r, t, event)
        if r.bytes > sent and t > since:
            flows = append(flows, (r.index, since, t, rate))
        if keep and phase < BACKOFF and r.phase >= BACKOFF:
            attempts = append_values(append(attempts, attempt_row(r)), r.entered)
    return r.t, last, attempts, flows


@kernel
def end_at_once(plan: Any, r: Any, t: float, cause: int, keep: bool, attempts: Any, flows: Any) -> tuple[Any, Any]:
    """The job ends a robot now; return the buffers."""
    phase, since, sent, rate = r.phase, r.t, r.bytes, r.rate
    cut(plan, r, t, cause)
    if r.bytes > sent and t > since:
        flows = append(flows, (r.index, since, t, rate))
    if keep and phase < BACKOFF:
        attempts = append_values(append(attempts, attempt_row(r)), r.entered)
    return attempts, flows


@kernel
def close(r: Any, robots: Any) -> Any:
    """Nothing more will happen to a robot; return the buffer of robots."""
    settle_downtime(r)
    return append(robots, robot_row(r))


@kernel
def look_ahead(plan: Any, r: Any, t: float, keep: bool, attempts: Any, flows: Any) -> tuple[float, int, bool, Any, Any]:
    """Give a slot to a robot that meets nobody on its way, and follow it to its verdict and, late, to its end.

    Returns when its verdict falls, by what event, whether it stays late, and the buffers.
    """
    grant(plan, r, t)
    verdict, event, attempts, flows = follow(plan, r, math.inf, NO_KEY, keep, attempts, flows)
    late = stay_late(plan, r, False)
    if late:
        _, _, attempts, flows = follow(plan, r, math.inf, NO_KEY, keep, attempts, flows)
    settle_downtime(r)
    return verdict, event, late, attempts, flows


@kernel
def look_back(
    plan: Any, r: Any, granted: float, now: float, key: int, cause: int, keep: bool, attempts: Any, flows: Any
) -> tuple[Any, Any]:
    """Do again what `look_ahead` did, with the job ending the robot at a moment; return the buffers."""
    grant(plan, r, granted)
    _, _, attempts, flows = follow(plan, r, now, key, keep, attempts, flows)
    if r.phase == ENDED and stay_late(plan, r, False):
        _, _, attempts, flows = follow(plan, r, now, key, keep, attempts, flows)
        if is_installed(r):
            _, _, attempts, flows = follow(plan, r, math.inf, NO_KEY, keep, attempts, flows)
    if r.phase != ENDED:
        attempts, flows = end_at_once(plan, r, now, cause, keep, attempts, flows)
    settle_downtime(r)
    return attempts, flows
