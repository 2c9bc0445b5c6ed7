"""Numbers in sentences: a value with three significant digits, and the interval of the tables.

Where the tables print more digits, the sentence rounds what they print outwards, so that it stays an interval.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rolloutsim.analysis.estimates import EXACT
from rolloutsim.formatting import Scale, percent, scale_of
from rolloutsim.report.texts import decimals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rolloutsim.analysis import Estimate

__all__ = ["bound", "listed", "spoken", "value_and_interval"]


def spoken(estimate: Estimate, unit: str, more: str = "") -> str:
    """Write a value with its interval in parentheses, for a sentence.

    Parameters
    ----------
    unit
        As for `rolloutsim.formatting.scale_of`.
    more
        What else stands in the parentheses.

    Examples
    --------
    >>> from math import inf, nan
    >>> from rolloutsim.analysis import Estimate
    >>> spoken(Estimate(26858.0, 26866.0, 26872.0, 400), "s", "Tue 04:27")
    '7.46 h (7.46 to 7.47 h; Tue 04:27)'
    >>> spoken(Estimate(0.9138, 0.9156, 0.9171, 400), "%"), spoken(Estimate(0.0, 0.0, 0.009, 400), "%")
    ('91.6 % (91.3 to 91.8 %)', '0 % (less than 0.9 %)')
    >>> spoken(Estimate(9000.0, inf, inf, 400), "s"), spoken(Estimate(nan, 5400.0, nan, 1), "s")
    ('never (more than 2.5 h)', '90 min (no interval)')
    """
    value, interval = value_and_interval(estimate, unit)
    inside = "; ".join(part for part in (interval, more) if part)
    return f"{value} ({inside})" if inside else value


def value_and_interval(estimate: Estimate, unit: str, *, difference: bool = False) -> tuple[str, str]:
    """Return the two parts of `spoken`; the interval is empty if there is none, both are if there is no value.

    Parameters
    ----------
    difference
        Whether this is the size of a difference; those of shares are in percentage points (pp).

    Examples
    --------
    >>> from rolloutsim.analysis import Estimate
    >>> value_and_interval(Estimate(0.0209, 0.0227, 0.0247, 400), "%", difference=True)
    ('2.27 pp', '2.09 to 2.47 pp')

    With as many digits as the tables it is the same interval, ``[0.86, 1.17]``:

    >>> value_and_interval(Estimate(0.00856, 0.0101, 0.01171, 400), "%")
    ('1.01 %', '0.86 to 1.17 %')
    """
    low, best, high = estimate.printed[:3]
    if math.isnan(best):
        return "", ""
    if unit == "%" and not difference and best in (0.0, 1.0) and low < high:
        return f"{100 * best:.0f} %", bound(estimate)
    if not math.isfinite(best):
        known = math.isfinite(low)
        return "never", f"more than {_rounded(low, _scale(unit, low), None, math.floor)}" if known else ""
    scale = _scale(unit, best if best else max(abs(low), abs(high)), difference=difference)
    printed = decimals(best / scale.size, (high - low) / 2 / scale.size)  # in tables
    digits = min(decimals(best / scale.size), printed)
    value = _rounded(best, scale, digits, round)
    if math.isnan(low) or math.isnan(high) or low == high:
        return _rounded(best, scale, None, round), "" if estimate.method == EXACT else "no interval"
    low, high = (round(limit / scale.size, printed) * scale.size for limit in (low, high))
    if not math.isfinite(high):
        return value, f"at least {_rounded(low, scale, digits, math.floor)}"
    lower = _rounded(low, scale, digits, math.floor).removesuffix(f" {scale.symbol}")
    return value, f"{lower} to {_rounded(high, scale, digits, math.ceil)}"


def bound(share: Estimate) -> str:
    """Write what is known of a share that was 0 or 1 in every replicate.

    >>> from rolloutsim.analysis import Estimate
    >>> bound(Estimate(0.0, 0.0, 0.00958, 383)), bound(Estimate(0.9638, 1.0, 1.0, 100))
    ('less than 0.958 %', 'more than 96.38 %')
    """
    return f"less than {percent(share.high)}" if share.best == 0 else f"more than {percent(share.low)}"


def listed(parts: Sequence[str], word: str = "and") -> str:
    """Write parts as a list in a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return f" {word} ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def _scale(unit: str, largest: float, *, difference: bool = False) -> Scale:
    scale = scale_of(unit, abs(largest))
    return Scale("pp", scale.size) if difference and unit == "%" else scale


def _rounded(value: float, scale: Scale, digits: int | None, how: object) -> str:
    """Write a number; without digits as many as it deserves, and no zeros at its end."""
    size = value / scale.size
    places = decimals(size) if digits is None else digits
    if how is not round:
        step = 10**places
        # 1e-9: a limit that is round already must not move to the next number.
        size = math.floor(size * step + 1e-9) / step if how is math.floor else math.ceil(size * step - 1e-9) / step
    number = f"{size:,.{places}f}"
    if digits is None and "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{number} {scale.symbol}".rstrip()
