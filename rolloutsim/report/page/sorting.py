"""By what the cells of a table are sorted: the number that a text shows, in units without prefixes."""

from __future__ import annotations

import math
import re

from rolloutsim.formatting import base_of

__all__ = ["by_interval", "by_value"]

_NUMBER = r"(-?[\d,]*\.?\d+(?:e[+-]?\d+)?|never|unlimited)"
_VALUE = re.compile(rf"(?:[<>] )?{_NUMBER}(?: (\S+))?")
_LIMITS = re.compile(rf"\[{_NUMBER}, {_NUMBER}\]")
#: What is written for a number that is infinite, and the unit that it then has.
_INFINITE = {"never": "s", "unlimited": ""}


def by_value(text: str) -> tuple[str, str]:
    """Return the number of a text and its unit; two empty texts if it is no number.

    >>> by_value("4.5 h"), by_value("39 min"), by_value("< 3.62 %"), by_value("1,234"), by_value("never")
    (('16200', 's'), ('2340', 's'), ('0.0362', '%'), ('1234', ''), ('inf', 's'))
    >>> by_value("not estimable, needs 368")
    ('', '')
    """
    found = _VALUE.fullmatch(text)
    return ("", "") if found is None else _in_base(found[1], found[2] or _INFINITE.get(found[1], ""))


def by_interval(text: str, value: str) -> tuple[str, str]:
    """Return the lower limit of an interval that stands beside a value, whose unit it has.

    >>> by_interval("[4.40, 4.50]", "4.45 h"), by_interval("> 4.44 h", "never"), by_interval("", "20 Mbit/s")
    (('15840', 's'), ('15984', 's'), ('', ''))
    """
    limits, beside = _LIMITS.fullmatch(text), _VALUE.fullmatch(value)
    if limits is None or beside is None:
        return by_value(text)
    return _in_base(limits[1], beside[2] or "")


def _in_base(number: str, symbol: str) -> tuple[str, str]:
    unit, size = base_of(symbol)
    value = math.inf if number in _INFINITE else float(number.replace(",", "")) * size
    return f"{value:.12g}", unit
