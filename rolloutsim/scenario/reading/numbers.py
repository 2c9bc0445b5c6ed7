"""Numbers as people write them: one grammar, with bounds on digits and exponent.

Without bounds, exact arithmetic on ``1e999999`` raises, and Python refuses to convert an integer of 5,000 digits at all.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from rolloutsim.scenario.reading.problems import ProblemError

__all__ = ["MOST_DIGITS", "MOST_EXPONENT", "NUMBER_PATTERN", "as_float", "find_index", "is_long", "read_number", "read_whole"]

#: A double has 17 significant digits; nothing that can be simulated needs more than these.
MOST_DIGITS = 40
MOST_EXPONENT = 400

#: A decimal number in ASCII digits; without groups, so that it can be part of larger patterns.
NUMBER_PATTERN = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"

_NUMBER = re.compile(rf"{NUMBER_PATTERN}\Z")
_WHOLE = re.compile(r"[0-9]+\Z")


def is_long(text: str) -> bool:
    """Return whether a number has more digits, or a larger exponent, than `read_number` takes.

    >>> is_long("1e400"), is_long("1e401"), is_long("9" * 41)
    (False, True, True)
    """
    mantissa, _, exponent = text.lower().partition("e")
    digits = exponent.lstrip("+-").lstrip("0")
    return sum(letter.isdigit() for letter in mantissa) > MOST_DIGITS or len(digits) > 3 or int(digits or 0) > MOST_EXPONENT


def read_number(text: str) -> Decimal:
    """Return a decimal number exactly.

    Raises
    ------
    ProblemError
        It is no number, or has too many digits.

    Examples
    --------
    >>> read_number("0.1"), read_number("-2.5e3")
    (Decimal('0.1'), Decimal('-2.5E+3'))
    """
    if not _NUMBER.match(text):
        raise ProblemError("wrong-type", "a number is needed", "write e.g. 20 or 1.5e3")
    if is_long(text):
        raise ProblemError(
            "too-large", f"a number has at most {MOST_DIGITS} digits, and an exponent of at most {MOST_EXPONENT}", "write e.g. 20 or 1.5e3"
        )
    return Decimal(text)


def read_whole(text: str) -> int | None:
    """Return a whole number without a sign, or None if it is not one or has too many digits.

    Examples
    --------
    >>> read_whole("12"), read_whole("²"), read_whole("-1"), read_whole("9" * 5000)
    (12, None, None, None)
    """
    return int(text) if _WHOLE.match(text) and len(text) <= MOST_DIGITS else None


def as_float(number: float) -> float:
    """Return a number as a float, infinite if it is too large for one.

    >>> as_float(10**400), as_float(-(10**400)), as_float(3)
    (inf, -inf, 3.0)
    """
    try:
        return float(number)
    except OverflowError:
        return math.copysign(math.inf, number > 0 or -1)


def find_index(text: str, length: int) -> int | None:
    """Return the position in a list of this length that a text names, or None.

    >>> find_index("1", 2), find_index("2", 2), find_index("x", 2)
    (1, None, None)
    """
    number = read_whole(text)
    return number if number is not None and number < length else None
