"""Quantities with units: the table of units, and what is said when one is missing or wrong.

A table of our own instead of a units library: three dimensions are all a rollout needs, and importing pint costs more than a whole
``rolloutsim validate`` may take. Inside, everything is SI: seconds, bytes, bit/s.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from rolloutsim.scenario.mistakes import MistakeError

__all__ = ["DIMENSIONS", "Dimension", "dimension_of", "format_quantity", "parse_number", "parse_quantity", "words"]


class Dimension(NamedTuple):
    """A kind of quantity: how it is called, its SI unit and its units as multiples of that."""

    name: str
    phrase: str
    unit: str
    units: dict[str, Decimal]
    examples: tuple[str, str, str]


def _table(pairs: str) -> dict[str, Decimal]:
    return {unit: Decimal(factor) for unit, factor in (pair.split("=") for pair in pairs.split())}


SIZE = Dimension(
    "size",
    "a size",
    "B",
    _table("B=1 kB=1e3 MB=1e6 GB=1e9 TB=1e12 KiB=1024 MiB=1048576 GiB=1073741824"),
    ("kB", "MB", "GB"),
)
RATE = Dimension(
    "rate",
    "a rate",
    "bit/s",
    _table("bit/s=1 kbit/s=1e3 Mbit/s=1e6 Gbit/s=1e9 bps=1 kbps=1e3 Mbps=1e6 Gbps=1e9 B/s=8 kB/s=8e3 MB/s=8e6 GB/s=8e9"),
    ("kbit/s", "Mbit/s", "Gbit/s"),
)
TIME = Dimension("time", "a duration", "s", _table("s=1 ms=0.001 min=60 h=3600 d=86400 w=604800"), ("s", "min", "h"))
ROBOTS = Dimension("robots", "a number of robots", "robots", _table("robots=1 robot=1"), ("robots", "robots", "robots"))
NUMBER = Dimension("number", "a number", "", _table("%=0.01"), ("", "", "%"))
DIMENSIONS = {dimension.name: dimension for dimension in (SIZE, RATE, TIME, NUMBER)}

#: Spellings that stand for nothing certain, and what to write instead.
AMBIGUOUS = {
    "m": ("m is ambiguous: minutes, months or metres", "min"),
    "M": ("M is ambiguous: months, minutes or mega", "min"),
    "mo": ("months differ in length", "d"),
    "month": ("months differ in length", "d"),
    "months": ("months differ in length", "d"),
}
# A factor of eight lies between the two readings: never guess.
_BITS_OR_BYTES = {f"{prefix}b{slash}": prefix for prefix in ("k", "K", "M", "m", "G", "g") for slash in ("/s", "/sec")}
_LONG = {
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "minute": "min",
    "minutes": "min",
    "mins": "min",
    "hr": "h",
    "hrs": "h",
    "hour": "h",
}
_LONG |= {
    "hours": "h",
    "day": "d",
    "days": "d",
    "week": "w",
    "weeks": "w",
    "byte": "B",
    "bytes": "B",
    "kb": "kB",
    "KB": "kB",
    "Kbit/s": "kbit/s",
}
_LONG |= {
    "mbit": "Mbit/s",
    "Mbit": "Mbit/s",
    "Gbit": "Gbit/s",
    "kbit": "kbit/s",
    "bit": "bit/s",
    "MBps": "MB/s",
    "mbps": "Mbit/s",
    "Kbps": "kbit/s",
}

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\d\s.,:+-][^\d\s,:]*)?\s*\Z", re.ASCII)
_CLOCK = re.compile(r"\s*(\d{1,3}):(\d\d)(?::(\d\d))?\s*\Z")
_WORD_NUMBER = re.compile(r"[-+]?\.?(nan|inf|infinity)\b", re.IGNORECASE)


def words(names: Iterable[str], last_by: str = "or") -> str:
    """Return names as a list in words: ``a, b or c``."""
    *most, last = names
    return f"{', '.join(most)} {last_by} {last}" if most else last


def dimension_of(unit: str) -> Dimension | None:
    """Return the dimension that has a unit, or None."""
    return next((dimension for dimension in (SIZE, RATE, TIME, ROBOTS, NUMBER) if unit in dimension.units), None)


def parse_quantity(raw: Any, dimension: Dimension = TIME) -> float:
    """Return a quantity in SI units.

    Parameters
    ----------
    raw
        What the file says: ``"20 min"``, or for `NUMBER` also 0.2.
    dimension
        What is needed.

    Raises
    ------
    MistakeError
        It is not such a quantity, not finite, or negative.

    Examples
    --------
    >>> parse_quantity("20 min"), parse_quantity("1 MiB", SIZE), parse_quantity("1 MB/s", RATE)
    (1200.0, 1048576.0, 8000000.0)
    """
    if dimension is NUMBER:
        return parse_number(raw)
    number, unit = _split(raw, dimension)
    if unit is None:
        raise MistakeError(f"{dimension.phrase} needs its unit", _examples(number, dimension))
    if unit not in dimension.units:
        raise _wrong_unit(number, unit, dimension)
    value = float(Decimal(number) * dimension.units[unit])
    if not math.isfinite(value):
        raise MistakeError(f"{dimension.phrase} is finite", "write a smaller number")
    if value < 0:
        raise MistakeError(f"{dimension.phrase} is not negative", f"write 0 {unit} or more")
    return value


def _split(raw: Any, dimension: Dimension) -> tuple[str, str | None]:
    phrase = dimension.phrase
    if raw is None or isinstance(raw, bool | dict | list):
        raise MistakeError(f"{phrase} is needed", _examples("20", dimension))
    if isinstance(raw, int | float):
        if not math.isfinite(raw):
            raise MistakeError(f"{phrase} is a finite number with a unit", _examples("20", dimension))
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
        raise MistakeError("this is a time of day, and a duration is needed", f"write {meant}")
    match = _QUANTITY.match(raw)
    if match is None:
        why = f"{phrase} is a finite number with a unit" if _WORD_NUMBER.match(raw) else f"{phrase} is one number and one unit"
        raise MistakeError(why, _examples("20", dimension))
    return match[1], match[2]


def _examples(number: str, dimension: Dimension) -> str:
    if dimension is ROBOTS:
        return f"write {number} robots"
    zero = f" (zero too: 0 {dimension.unit})" if Decimal(number) == 0 else ""
    return "write " + words(f"{number} {unit}" for unit in dimension.examples) + zero


def _wrong_unit(number: str, unit: str, dimension: Dimension) -> MistakeError:
    listed = f"units of {dimension.name}: {' '.join(dimension.units)}"
    if dimension is TIME and unit in AMBIGUOUS:
        why, instead = AMBIGUOUS[unit]
        return MistakeError(why, f"write {number} {instead}, or another of the {listed}")
    if dimension is RATE and unit in _BITS_OR_BYTES:
        prefix = _BITS_OR_BYTES[unit].replace("K", "k").replace("m", "M").replace("g", "G")
        return MistakeError(f"{unit} may mean bits or bytes", f"write {number} {prefix}bit/s, or {number} {prefix}B/s")
    other = dimension_of(unit)
    if other is not None:
        return MistakeError(f"{unit} is a unit of {other.name}, and {dimension.phrase} is needed", listed)
    near = nearest_unit(unit, dimension)
    return MistakeError(f"{unit} is not a unit of {dimension.name}", f"did you mean {number} {near}? {listed}" if near else listed)


def nearest_unit(unit: str, dimension: Dimension) -> str | None:
    """Return the unit that was probably meant, or None."""
    if _LONG.get(unit) in dimension.units:
        return _LONG[unit]
    folded = {name.lower(): name for name in reversed(dimension.units)}
    near = difflib.get_close_matches(unit.lower(), folded, 1, 0.5)
    return folded[near[0]] if near else None


def parse_number(raw: Any) -> float:
    """Return a plain number; ``5 %`` is 0.05.

    Raises
    ------
    MistakeError
        It is not one, or not finite.
    """
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        try:
            value = float(raw)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise MistakeError("a number is finite", "write a finite number")
        return value
    if isinstance(raw, str):
        match = _QUANTITY.match(raw)
        if match and match[2] == "%":
            return float(Decimal(match[1]) / 100)
        if match and match[2] is None:
            raise MistakeError("in quotes this is text, and a number is needed", f"write {match[1]}")
        if match and dimension_of(match[2]) is not None:
            raise MistakeError("a plain number without a unit is needed", f"write {match[1]}")
    raise MistakeError("a number is needed", "write e.g. 0.05 or 5 %")


def format_quantity(value: float, dimension: Dimension) -> str | float:
    """Return a quantity as a file can say it, to the last bit: ``"1200 s"``.

    Examples
    --------
    >>> format_quantity(1200.0, TIME), format_quantity(0.1, NUMBER)
    ('1200 s', 0.1)
    """
    if dimension is NUMBER:
        return value
    text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return f"{text} {dimension.unit}"
