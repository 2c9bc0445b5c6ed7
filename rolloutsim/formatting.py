"""How numbers are written for people, in scenario words, messages, summaries and plots alike.

Inside, everything is in SI units; only at the edge a time is written in s, min, h or d, a size with a prefix, a share in percent. A number
without an interval has three significant digits; for one with an interval see `rolloutsim.report.texts.interval_text`. How files write
quantities, to the last bit, is another matter: see `rolloutsim.scenario.reading.quantities.format_quantity`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

_MISSING = "–"


class Scale(NamedTuple):
    """A unit to write values in.

    Attributes
    ----------
    symbol
        As printed after the number; empty for counts.
    size
        In the unit that the values have.
    """

    symbol: str
    size: float


TIME_SCALES = (Scale("s", 1.0), Scale("min", 60.0), Scale("h", 3600.0), Scale("d", 86400.0))
#: Up to here a time stays in the smaller unit: 119 s, 119 min, 71 h.
_LIMITS = (120.0, 120.0, 72.0)
#: Units with prefixes, and the prefixes.
_PREFIXED = ("B", "bit/s")
_PREFIXES = (("E", 1e18), ("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3))


def scale_of(unit: str, largest: float) -> Scale:
    """Return the unit in which values up to this one read best.

    Parameters
    ----------
    unit
        Of the values: ``s``, ``B``, ``bit/s``, ``%`` for shares from 0 to 1, or empty for numbers.

    Examples
    --------
    >>> [scale_of("s", t).symbol for t in (0, 90, 600, 86400, 864000)]
    ['s', 's', 'min', 'h', 'd']
    >>> [scale_of(unit, 5000.0).symbol for unit in ("B", "%", "")]
    ['kB', '%', '']
    """
    if unit == "%":
        return Scale("%", 0.01)
    if unit == "s":
        return next(
            (scale for scale, limit in zip(TIME_SCALES, _LIMITS, strict=False) if not abs(largest) >= limit * scale.size), TIME_SCALES[-1]
        )
    prefixes = _PREFIXES if unit in _PREFIXED and math.isfinite(largest) else ()
    prefix, size = next((entry for entry in prefixes if abs(largest) >= 0.9995 * entry[1]), ("", 1.0))
    return Scale(prefix + unit, size)


def base_of(symbol: str) -> Scale:
    """Return the unit without a prefix that a written unit belongs to, and how much of it that is.

    >>> base_of("h"), base_of("Mbit/s"), base_of("%"), base_of("robots")
    (Scale(symbol='s', size=3600.0), Scale(symbol='bit/s', size=1000000.0), Scale(symbol='%', size=0.01), Scale(symbol='robots', size=1.0))
    """
    if symbol in ("%", "pp"):
        return Scale(symbol, 0.01)
    times = {scale.symbol: Scale("s", scale.size) for scale in TIME_SCALES}
    prefixed = {prefix + unit: Scale(unit, size) for unit in _PREFIXED for prefix, size in _PREFIXES}
    return (times | prefixed).get(symbol, Scale(symbol, 1.0))


def common_scale(unit: str, values: Iterable[float]) -> Scale:
    """Return one unit for values that stand in one column or on one axis: that of the largest.

    >>> common_scale("s", [20.0, 9000.0, math.inf]).symbol
    'h'
    """
    return scale_of(unit, max((abs(value) for value in values if math.isfinite(value)), default=0.0))


def trim(number: str) -> str:
    """Drop a fraction of nothing but zeros, which claims digits that a round number does not need.

    >>> trim("30.0"), trim("5.280")
    ('30', '5.280')
    """
    whole, _, fraction = number.partition(".")
    return whole if not fraction.strip("0") else number


def count(number: float) -> str:
    """Write a whole number with thousands separated.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,.0f}"


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


def quantity(value: float, unit: str, digits: int = 3) -> str:
    """Write a value with its unit.

    Parameters
    ----------
    unit
        ``s``, ``B``, ``bit/s``, or empty for a number.
    digits
        How many are significant.

    Examples
    --------
    >>> quantity(350e6, "B"), quantity(2e7, "bit/s"), quantity(5400.0, "s"), quantity(1234.5, "")
    ('350 MB', '20 Mbit/s', '90 min', '1,234')
    """
    if not math.isfinite(value):
        return _MISSING if math.isnan(value) else "never" if unit == "s" else "unlimited"
    scale = scale_of(unit, value)
    number = value / scale.size
    written = f"{number:.{digits}g}" if abs(number) < 10**digits - 0.5 else f"{number:,.0f}"
    return f"{written} {scale.symbol}".rstrip()


def readable(low: float, best: float, high: float, unit: str) -> str:
    """Write a value and its interval in one unit, for a column of a frame.

    >>> readable(16740.0, 18000.0, 19800.0, "s"), readable(0.0, 0.0, 0.0122, "%"), readable(math.nan, math.nan, math.nan, "s")
    ('5 h [4.65, 5.5]', '0 % [0, 1.22]', '–')
    """
    if not math.isfinite(best):
        return quantity(best, unit)
    scale = scale_of(unit, best)
    value = f"{best / scale.size:.3g} {scale.symbol}".rstrip()
    return value if math.isnan(low) or math.isnan(high) else f"{value} [{low / scale.size:.3g}, {high / scale.size:.3g}]"


def duration(seconds: float) -> str:
    """Write a time.

    >>> duration(18720), duration(90), duration(12.34), duration(2592000), duration(float("inf"))
    ('5.2 h', '90 s', '12.3 s', '30 d', 'never')
    """
    return quantity(seconds, "s")


def value_text(value: Any, unit: str | None = None) -> str:
    """Write a value of a setting.

    Parameters
    ----------
    value
        As a file has it, or a number.
    unit
        Of a number in SI units that was drawn; None for anything else.

    Examples
    --------
    >>> value_text(8366780.867288475, "bit/s"), value_text(0.0123456, ""), value_text("500 Mbit/s"), value_text(20)
    ('8.37 Mbit/s', '0.0123', '500 Mbit/s', '20')
    >>> value_text({"codes": ["RobotAgentConnectionTimeout"], "max": 2, "slot": None})
    '{codes: [RobotAgentConnectionTimeout], max: 2, slot: null}'
    """
    if unit is not None:
        return quantity(value, unit)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {value_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(value_text, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)
