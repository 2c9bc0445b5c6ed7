"""The robot's timers and its retries in words."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rolloutsim.formatting import duration
from rolloutsim.scenario.parts.retries import Retries
from rolloutsim.scenario.sections import Sections
from rolloutsim.scenario.words.stops import kinds_in_words
from rolloutsim.scenario.words.wording import Line, distribution_in_words

__all__ = ["retries_in_words", "timer_lines"]


def timer_lines(scenario: Sections) -> Iterator[Line]:
    """Yield the time that a robot has, and that to reach it if it is another."""
    rules, timeout = scenario.rules, scenario.robot_timeout
    text = "no robot has a timer" if math.isinf(timeout) else f"each robot has {duration(timeout)} ({timeout:,.0f} s)"
    if rules.robot_timeout is not None:
        yield Line(f"{text} (rules.robot_timeout, overrides the request's)", "given")
    else:
        said = "robot_deployment_timeout_in_seconds" in scenario.deployment.deployment_config.model_fields_set
        yield Line(text, "given" if said else "default", brief=text)
    if rules.reach_timeout is not None:
        text = "a robot has no timer until it is reached"
        if math.isfinite(rules.reach_timeout):
            text = f"a robot that is not reached after {duration(rules.reach_timeout)} has failed"
        yield Line(f"{text} (rules.reach_timeout)", "given")


def retries_in_words(row: Retries) -> str:
    """Return when a robot tries again.

    Examples
    --------
    >>> retries_in_words(Retries.model_validate({"kinds": ["failed"], "max": 5, "backoff": ["1 min", "1 h"], "slot": "queue"}))
    'failed up to 5 times, after 60 s, then always 60 min, at the back of the queue'
    """
    *first, last = map(distribution_in_words, row.backoff)
    pause = f"after {', '.join(first)}, then always {last}" if first else f"after {last}"
    if row.burst is not None:
        pause += f", and after {row.burst.tries} tries in a row after {distribution_in_words(row.burst.pause)}"
    place = "holding the slot" if row.slot == "hold" else "at the back of the queue"
    return f"{', '.join(row.codes) or kinds_in_words(row.kinds)} up to {row.max} times, {pause}, {place}"
