"""The stop rows in words."""

from __future__ import annotations

from collections.abc import Iterator

from rolloutsim.scenario.parts.stops import Stop
from rolloutsim.scenario.sections import Sections
from rolloutsim.scenario.words.wording import Line
from rolloutsim.vocabulary import FAILURE_KINDS, VERDICT_KINDS

__all__ = ["kinds_in_words", "stop_lines"]

_OF = {"fleet": "the fleet", "completed": "the completed robots", "stage": "its stage", "batch": "its batch"}


def stop_lines(scenario: Sections) -> Iterator[Line]:
    """Yield a line for each stop row."""
    for number, row in enumerate(scenario.rules.stop):
        yield Line(f"stop {number + 1}: {_in_words(row)}", "given")
    if len(scenario.rules.stop) > 1:
        yield Line("the rows are checked in this order after each result, and the first that holds stops the job", "note")


def kinds_in_words(kinds: frozenset[str]) -> str:
    """Return kinds of failures in the order of the model.

    Examples
    --------
    >>> kinds_in_words(frozenset({"timeout", "failed"})), kinds_in_words(frozenset())
    ('failed, timeout', 'nothing')
    """
    return ", ".join(kind for kind in FAILURE_KINDS if kind in kinds) or "nothing"


def _in_words(row: Stop) -> str:
    more = "reaches" if row.exceeds is None else "exceeds"
    amount = str(row.threshold)
    if row.threshold.is_share:
        amount += f" of {_OF[row.of]}"
    elif row.of in ("stage", "batch"):
        amount += f" of one {row.of}"
    kinds = "the number of failures" if row.kinds == set(VERDICT_KINDS) else f"the number of failures ({kinds_in_words(row.kinds)})"
    since = "" if row.minimum is None else f", from {row.minimum:,} results on"
    then = "the job stops" if row.then == "stop" else "the job stops and robots in flight end at once"
    return f"{then} when {kinds} {more} {amount}{since}"
