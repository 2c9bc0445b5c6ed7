"""Lists of names: spelled out, or as ranges with two dots."""

from __future__ import annotations

import re
from typing import Any

from rolloutsim.scenario.parts.names import parse_name
from rolloutsim.scenario.reading.problems import ProblemError, Problems

__all__ = ["MOST_SITES", "parse_names"]

#: More sites than this are a mistake.
MOST_SITES = 10_000

_DOTS = ".."
_NUMBERED = re.compile(r"(.*?)([0-9]{1,9})([^0-9]*)")


def parse_names(raw: Any) -> tuple[str, ...]:
    """Return the names of a list or a range; entries of a list may be ranges.

    Raises
    ------
    ProblemError or pydantic.ValidationError
        It is neither, a name is there twice, or there are too many.

    Examples
    --------
    >>> parse_names("wh08..wh11")
    ('wh08', 'wh09', 'wh10', 'wh11')
    >>> parse_names(["hub", "wh1..wh2"])
    ('hub', 'wh1', 'wh2')
    """
    if isinstance(raw, str) and _DOTS in raw:
        return _range(raw)
    if not isinstance(raw, list) or not raw:
        raise ProblemError("wrong-type", "a list of names or a range is needed", "write [wh01, wh02], or wh01..wh12")
    problems = Problems()
    found: dict[str, int] = {}
    for number, entry in enumerate(raw):
        for name in problems.attempt((number,), _entry, entry) or ():
            if name in found:
                problems.add((number,), ProblemError("duplicate", f"{name} is listed already", "remove one of the two"))
            found.setdefault(name, number)
    problems.check()
    if len(found) > MOST_SITES:
        raise _too_many(len(found))
    return tuple(found)


def _entry(raw: Any) -> tuple[str, ...]:
    return _range(raw) if isinstance(raw, str) and _DOTS in raw else (parse_name(raw),)


def _too_many(count: int) -> ProblemError:
    return ProblemError("too-large", f"{count:,} names are more than {MOST_SITES:,}", "write fewer")


def _range(text: str) -> tuple[str, ...]:
    """Return the names of a range; numbers keep the leading zeros of the first."""
    first, _, last = (part.strip() for part in text.partition(_DOTS))
    ends = [_NUMBERED.fullmatch(end) for end in (first, last)]
    example = "write e.g. wh01..wh12"
    if ends[0] is None or ends[1] is None:
        raise ProblemError("malformed", "a range has a number at both ends", example)
    (before, low, after), (other_before, high, other_after) = (end.groups() for end in ends if end is not None)
    if (before, after) != (other_before, other_after):
        raise ProblemError("malformed", "the ends of a range differ in their number only", example)
    if int(high) < int(low):
        raise ProblemError("malformed", "a range ascends", f"write {last}..{first}")
    if high != f"{int(high):0{len(low)}}":
        why = f"the ends of a range have equally many digits: after {first} comes {before}{int(low) + 1:0{len(low)}}{after}"
        raise ProblemError("malformed", why, f"write {before}{int(low):0{len(high)}}{after}..{last}")
    count = int(high) - int(low) + 1
    if count > MOST_SITES:
        raise _too_many(count)
    return tuple(parse_name(f"{before}{number:0{len(low)}}{after}") for number in range(int(low), int(high) + 1))
