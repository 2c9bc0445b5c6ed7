"""Quantities with units, as a file writes them; what is wrong with one is explained, with the quantity that was probably meant."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

from rolloutsim.scenario.reading.numbers import NUMBER_PATTERN, as_float, read_number
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.slips import explain_slip
from rolloutsim.scenario.reading.units import DIMENSIONS, NUMBER, RATE, ROBOTS, SIZE, TIME, Dimension, dimension_of, unit_problem, words

__all__ = [
    "DIMENSIONS",
    "NUMBER",
    "RATE",
    "ROBOTS",
    "SIZE",
    "TIME",
    "Dimension",
    "count_in_words",
    "dimension_of",
    "format_quantity",
    "parse_number",
    "parse_quantity",
    "words",
]

_QUANTITY = re.compile(rf"\s*({NUMBER_PATTERN})\s*([^\d\s.,:+-][^\d\s,:]*)?\s*\Z", re.ASCII)
_CLOCK = re.compile(r"\s*([0-9]{1,3}):([0-9]{2})(?::([0-9]{2}))?\s*\Z")
_WORD_NUMBER = re.compile(r"[-+]?\.?(nan|inf|infinity)\b", re.IGNORECASE)


def parse_quantity(raw: Any, dimension: Dimension = TIME) -> float:
    """Return a quantity in SI units.

    Parameters
    ----------
    raw
        The value in the file: ``"20 min"``, or for `NUMBER` also 0.2.
    dimension
        What is needed.

    Raises
    ------
    ProblemError
        It is not such a quantity, not finite, or negative.

    Examples
    --------
    >>> parse_quantity("20 min"), parse_quantity("1 MiB", SIZE), parse_quantity("1 MB/s", RATE)
    (1200.0, 1048576.0, 8000000.0)
    """
    if dimension is NUMBER:
        return parse_number(raw)
    number, unit = _split(raw, dimension)
    exact = read_number(number)
    if unit is None:
        raise ProblemError("missing-unit", f"{dimension.phrase} needs its unit", _examples(number, dimension))
    if unit not in dimension.units:
        raise unit_problem(number, unit, dimension)
    value = float(exact * dimension.units[unit])
    if not math.isfinite(value):
        raise ProblemError("out-of-range", f"{dimension.phrase} is finite", "write a smaller number")
    if value < 0:
        raise ProblemError("out-of-range", f"{dimension.phrase} is not negative", f"write 0 {unit} or more")
    return value


def _split(raw: Any, dimension: Dimension) -> tuple[str, str | None]:
    phrase = dimension.phrase
    if raw is None or isinstance(raw, bool | dict | list):
        raise ProblemError("wrong-type", f"{phrase} is needed", _examples("20", dimension))
    if isinstance(raw, int | float):
        if not math.isfinite(as_float(raw)):
            raise ProblemError("malformed", f"{phrase} is a finite number with a unit", _examples("20", dimension))
        return repr(raw).removesuffix(".0"), None
    clock = _CLOCK.match(raw)
    if clock and dimension is TIME:
        first, second = int(clock[1]), int(clock[2])
        if clock[3]:
            meant = f"{3600 * first + 60 * second + int(clock[3])} s"
        elif second:
            meant = f"{60 * first + second} min or {60 * first + second} s, whichever you mean"
        else:
            meant = f"{first} h or {first} min, whichever you mean"
        raise ProblemError("malformed", "this is a time of day, and a duration is needed", f"write {meant}")
    match = _QUANTITY.match(raw)
    if match is None:
        explain_slip(raw, dimension)
        why = f"{phrase} is a finite number with a unit" if _WORD_NUMBER.match(raw) else f"{phrase} is one number and one unit"
        raise ProblemError("malformed", why, _examples("20", dimension))
    return match[1], match[2]


def _examples(number: str, dimension: Dimension) -> str:
    if dimension is ROBOTS:
        return f"write {number} robots"
    zero = f" (zero too: 0 {dimension.unit})" if Decimal(number) == 0 else ""
    return "write " + words(f"{number} {unit}" for unit in dimension.examples) + zero


def parse_number(raw: Any) -> float:
    """Return a plain number; ``5 %`` is 0.05.

    Raises
    ------
    ProblemError
        It is not one, or not finite.
    """
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        value = as_float(raw)
        if not math.isfinite(value):
            raise ProblemError("out-of-range", "a number is finite", "write a finite number")
        return value
    if isinstance(raw, str):
        match = _QUANTITY.match(raw)
        if match and match[2] == "%":
            return float(read_number(match[1]) / 100)
        if match and match[2] is None:
            raise ProblemError("wrong-type", "in quotes this is text, and a number is needed", f"write {match[1]}")
        if match and dimension_of(match[2]) is not None:
            raise ProblemError("unwanted-unit", "a plain number without a unit is needed", f"write {match[1]}")
        if match and match[2].lower() == "percent":
            raise ProblemError("missing-unit", "a percentage is written with its sign", f"write {match[1]} %")
        if match is None:
            explain_slip(raw, NUMBER)
    raise ProblemError("wrong-type", "a number is needed", "write e.g. 0.05 or 5 %")


def format_quantity(value: float, dimension: Dimension) -> str | float:
    """Return a quantity as a file spells it, to the last bit: ``"1200 s"``.

    Examples
    --------
    >>> format_quantity(1200.0, TIME), format_quantity(0.1, NUMBER)
    ('1200 s', 0.1)
    """
    if dimension is NUMBER:
        return value
    text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return f"{text} {dimension.unit}"


def count_in_words(count: int, thing: str) -> str:
    """Return how many there are of something.

    >>> count_in_words(1, "check"), count_in_words(2, "check")
    ('1 check', '2 checks')
    """
    return f"{count:,} {thing}{'s' * (count != 1)}"
