"""Numbers in words, for summaries and messages: durations, sizes, shares, and estimates with their intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rolloutsim.analysis.estimates import Estimate

__all__ = ["duration", "percent", "quantity", "text"]

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


def text(estimate: Estimate, *, share: bool = False) -> str:
    """Write an estimate with its interval and note. Zero of n is never "0 %", and n of n never "100 %".

    Parameters
    ----------
    share
        Whether the number is a share or probability.

    Examples
    --------
    >>> from rolloutsim.analysis.estimates import proportion, quantile
    >>> text(proportion(0, 300), share=True)
    '< 1.22 % (0 of 300)'
    >>> text(proportion(300, 300), share=True)
    '> 98.78 % (300 of 300)'
    >>> text(quantile([3600.0] * 100, 0.99, unit="s"))
    'not estimable, needs 368'
    """
    if not estimate.estimable:
        return estimate.note or _MISSING
    if share and estimate.best == 0 and estimate.high > 0:
        value = f"< {percent(estimate.high)}"
    elif share and estimate.best == 1 and estimate.low < 1:
        value = f"> {percent(estimate.low)}"
    else:
        write = percent if share else lambda number: quantity(number, estimate.unit)
        value = write(estimate.best)
        if estimate.low < estimate.high:
            value += f" [{write(estimate.low)}, {write(estimate.high)}]"
    return value + (f" ({estimate.note})" if estimate.note else "")
