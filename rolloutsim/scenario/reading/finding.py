"""What is noticed about a scenario, before it is known where in a file that is."""

from __future__ import annotations

from typing import Literal, NamedTuple

from rolloutsim.scenario.reading.source import Location

__all__ = ["Finding", "duration_in_words"]


class Finding(NamedTuple):
    """Something to say about a location.

    Attributes
    ----------
    location
        ExecutorSpec.
    why, hint, severity
        As in `rolloutsim.errors.Problem`.
    key
        Whether it is about the key rather than the value.
    found
        What is there, if the value itself does not say it.
    involves
        Other locations that it rests on.
    """

    location: Location
    why: str
    hint: str = ""
    severity: Literal["error", "warning", "note"] = "error"
    key: bool = False
    found: str = ""
    involves: tuple[Location, ...] = ()


def duration_in_words(seconds: float) -> str:
    """Return a duration in a handy unit.

    Examples
    --------
    >>> duration_in_words(18000), duration_in_words(90), duration_in_words(2592000)
    ('5 h', '90 s', '30 d')
    """
    for least, factor, unit in ((172800.0, 86400.0, "d"), (5400.0, 3600.0, "h"), (120.0, 60.0, "min")):
        if seconds >= least:
            return f"{seconds / factor:.3g} {unit}" if seconds / factor < 1000 else f"{seconds / factor:,.0f} {unit}"
    return f"{seconds:.3g} s"
