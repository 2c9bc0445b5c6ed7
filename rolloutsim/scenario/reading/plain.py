"""Plain data, as JSON can hold it: what a program hands over instead of a file is held to the same bounds as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rolloutsim.errors import Location, Problem
from rolloutsim.scenario.reading.numbers import MOST_DIGITS
from rolloutsim.scenario.reading.source import MAXIMUM_DEPTH

__all__ = ["plain_problems"]

_LARGEST = 10**MOST_DIGITS


def plain_problems(data: Any) -> Iterator[Problem]:
    """Yield what a file could not hold: other types, keys that are no text, numbers that are too long, and what is nested too deep.

    Examples
    --------
    >>> [problem.why for problem in plain_problems({"seed": 10**5000, "fleet": {1, 2}})]
    ['a scenario is made of mappings, lists, texts, numbers, true, false and null', 'a number has at most 40 digits']
    """
    waiting: list[tuple[Location, Any]] = [((), data)]
    while waiting:
        location, part = waiting.pop()
        if len(location) > MAXIMUM_DEPTH:
            yield Problem(
                "too-large",
                location[:3],
                f"nested more than {MAXIMUM_DEPTH} deep",
                "a scenario needs fewer than ten levels",
                found="a mapping",
            )
            return
        if isinstance(part, dict):
            for key, value in part.items():
                if isinstance(key, str):
                    waiting.append(((*location, key), value))
                else:
                    yield Problem(
                        "wrong-type", location, "a key is not text", f'write it in quotes: "{str(key)[:40]}"', found=type(key).__name__
                    )
        elif isinstance(part, list):
            waiting += (((*location, number), value) for number, value in enumerate(part) if not isinstance(value, float))
        elif isinstance(part, int) and not isinstance(part, bool):
            if abs(part) >= _LARGEST:
                why = f"a number has at most {MOST_DIGITS} digits"
                yield Problem(
                    "too-large",
                    location,
                    why,
                    "write a smaller number",
                    found=f"a number of about {part.bit_length() * 0.30103:.0f} digits",
                )
        elif not isinstance(part, str | float | bool | None):
            yield Problem(
                "wrong-type",
                location,
                "a scenario is made of mappings, lists, texts, numbers, true, false and null",
                "convert it, e.g. by int(), float(), str() or list()",
                found=f"a {type(part).__name__}",
            )
