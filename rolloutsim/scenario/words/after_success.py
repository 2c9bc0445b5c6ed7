"""Failures after success in words."""

from __future__ import annotations

from collections.abc import Iterator

from rolloutsim.scenario.parts.after_success import AfterSuccess, merge_after_success
from rolloutsim.scenario.sections import Sections
from rolloutsim.scenario.words.wording import Line, alike, chance_in_words, distribution_in_words

__all__ = ["after_success_in_words", "after_success_lines"]


def after_success_in_words(failure: AfterSuccess) -> str:
    """Return how the application fails on robots that have turned InSync.

    Examples
    --------
    >>> after_success_in_words(AfterSuccess.model_validate({"probability": 0.002, "delay": "6 h"}))
    'fails after success with probability 0.2 %, known 6 h after the robot turned InSync'
    """
    if failure.probability is None or failure.delay is None or not failure.is_possible:
        return "does not fail after success"
    after = distribution_in_words(failure.delay)
    return f"fails after success {chance_in_words(failure.probability)}, known {after} after the robot turned InSync"


def after_success_lines(scenario: Sections) -> Iterator[Line]:
    """Yield lines on failures after success."""
    common = scenario.application.after_success
    own = [cohort for cohort in scenario.fleet if cohort.after_success is not None]
    if common is not None:
        yield Line(f"it {after_success_in_words(common)}", "given")
    for text, cohorts in alike(own, lambda cohort: after_success_in_words(merge_after_success(common, cohort.after_success))):
        names = ", ".join(dict.fromkeys(cohort.class_name for cohort in cohorts))
        yield Line(f"{names}: it {text}", "given")
    if scenario.fails_after_success:
        text = "a failure after success is known also while the robot is offline; the robot's verdict stays"
        yield Line(text, "assumption", "nothing: there is no rule for it")
