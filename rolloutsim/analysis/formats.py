"""Numbers in words, for summaries and messages: durations, sizes, shares, and values of settings."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["duration", "percent", "quantity", "value_text"]

_MISSING = "–"
_PARTS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
_PREFIXES = ("", "k", "M", "G", "T", "P", "E")


def duration(seconds: float) -> str:
    """Write a time in its two largest units.

    >>> duration(18720), duration(90), duration(12.34), duration(2592000), duration(float("inf"))
    ('5 h 12 min', '1 min 30 s', '12.3 s', '30 d', 'never')
    """
    if not math.isfinite(seconds):
        return _MISSING if math.isnan(seconds) else "never"
    if seconds < 0:
        return "-" + duration(-seconds)
    if float(f"{seconds:.3g}") < 60:
        return f"{seconds:.3g} s"
    large = next((i for i, (_, length) in enumerate(_PARTS[:-1]) if seconds >= length), len(_PARTS) - 2)
    (symbol, length), (smaller, unit) = _PARTS[large : large + 2]
    whole = round(seconds / unit) * unit
    if large and whole >= _PARTS[large - 1][1]:
        # Rounded up into the next larger unit: 23 h 59.9 min is a day.
        return duration(whole)
    first, rest = divmod(whole, length)
    return f"{first} {symbol}" + (f" {rest // unit} {smaller}" if rest else "")


def percent(share: float) -> str:
    """Write a share in percent, with three significant digits of what is there or of what is missing from all.

    >>> percent(0.034), percent(0.012222), percent(0.987778), percent(1.0), percent(float("nan"))
    ('3.4 %', '1.22 %', '98.78 %', '100 %', '–')
    """
    if math.isnan(share):
        return _MISSING
    telling = 100 * min(abs(share), abs(1 - share))
    digits = min(max(2 - math.floor(math.log10(telling)), 0), 8) if telling > 1e-9 else 0
    number = f"{100 * share:.{digits}f}"
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} %"


def quantity(value: float, unit: str) -> str:
    """Write a value with its unit, as people would.

    >>> quantity(350e6, "B"), quantity(2e7, "bit/s"), quantity(90.0, "s"), quantity(1234.5, "")
    ('350 MB', '20 Mbit/s', '1 min 30 s', '1,234')
    """
    if unit == "s":
        return duration(value)
    if not math.isfinite(value):
        return _MISSING if math.isnan(value) else "unlimited"
    if not unit:
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    power = 0
    while round(abs(value), 1) >= 1000 and power < len(_PREFIXES) - 1:
        value, power = value / 1000, power + 1
    return f"{value:.3g} {_PREFIXES[power]}{unit}" if abs(value) < 999.5 else f"{value:.0f} {_PREFIXES[power]}{unit}"


def value_text(value: Any, unit: str | None = None) -> str:
    """Write a value of a setting.

    Parameters
    ----------
    value
        As a file spells it, or a number.
    unit
        Unit of a number in SI units that was drawn, whose digits are arbitrary; None for anything else.

    Examples
    --------
    >>> value_text(8366780.867288475, "bit/s"), value_text(0.0123456, ""), value_text("500 Mbit/s"), value_text(20)
    ('8.37 Mbit/s', '0.0123', '500 Mbit/s', '20')
    """
    if unit is not None:
        return quantity(value, unit)
    return f"{value:g}" if isinstance(value, float) else str(value)
