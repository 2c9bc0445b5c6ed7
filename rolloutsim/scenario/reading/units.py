"""Units: the tables of what can be written, and what is meant by units that cannot.

A table of our own instead of a units library: three dimensions are all a rollout needs, and importing pint costs more than a whole
``rolloutsim validate`` may take. Inside, everything is SI: seconds, bytes, bit/s.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from rolloutsim.printing import shorten
from rolloutsim.scenario.reading.problems import ProblemError

__all__ = ["DIMENSIONS", "NUMBER", "RATE", "ROBOTS", "SIZE", "TIME", "Dimension", "dimension_of", "unit_problem", "words"]


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
_AMBIGUOUS = {
    "m": ("m is ambiguous: minutes, months or metres", "min"),
    "M": ("M is ambiguous: months, minutes or mega", "min"),
    **dict.fromkeys(("mo", "month", "months"), ("months differ in length", "d")),
}

# A factor of eight lies between bits and bytes: never guess.
_BITS_OR_BYTES = {
    "rate": re.compile(r"([kKmMgG]?)(?:b/s|b/sec|BPS)\Z"),
    "size": re.compile(r"([kKmMgGtT]i?)b\Z"),
}
_BYTES_PER_SECOND = re.compile(r"([kKmMgG]?)B(?:ps|/sec)\Z")
_SYMBOLS = {"": "", "k": "k", "m": "M", "g": "G", "t": "T", "ki": "Ki", "mi": "Mi", "gi": "Gi", "ti": "Ti"}

#: Other spellings of units, in lower case.
_SPELLINGS = {
    "time": "s=sec s=secs s=second s=seconds ms=msec ms=msecs ms=millisecond ms=milliseconds min=mins min=minute min=minutes "
    "h=hr h=hrs h=hour h=hours d=day d=days w=wk w=week w=weeks",
    "size": "B=byte B=bytes kB=kbyte kB=kbytes kB=kilobyte kB=kilobytes MB=mbyte MB=mbytes MB=megabyte MB=megabytes "
    "GB=gbyte GB=gbytes GB=gigabyte GB=gigabytes TB=tbyte TB=tbytes TB=terabyte TB=terabytes",
    "rate": " ".join(
        f"{symbol}bit/s={prefix}bit{end}"
        for prefix, symbol in (("", ""), ("k", "k"), ("m", "M"), ("g", "G"))
        for end in ("", "s", "s/s", "/sec")
    )
    + " kbit/s=kbps Mbit/s=mbps Gbit/s=gbps",
    "number": "%=percent",
    "robots": "",
}

#: Units that cannot be written, as multiples of the SI unit.
_OTHERS = {
    "size": _table(
        "PB=1e15 EB=1e18 TiB=1099511627776 bit=0.125 kbit=125 Mbit=125e3 Gbit=125e6 bits=0.125 kbits=125 Mbits=125e3 Gbits=125e6"
    ),
    "rate": _table("Tbit/s=1e12 Tbps=1e12 TB/s=8e12 Kibit/s=1024 Mibit/s=1048576 KiB/s=8192 MiB/s=8388608 GiB/s=8589934592"),
    "time": _table(
        "ns=1e-9 us=1e-6 µs=1e-6 μs=1e-6 microsecond=1e-6 microseconds=1e-6 y=31536000 yr=31536000 year=31536000 years=31536000"
    ),
}


def words(names: Iterable[str], last_by: str = "or") -> str:
    """Return names as a list in words: ``a, b or c``."""
    *most, last = names
    return f"{', '.join(most)} {last_by} {last}" if most else last


def dimension_of(unit: str) -> Dimension | None:
    """Return the dimension that has a unit, or None."""
    return next((dimension for dimension in (SIZE, RATE, TIME, ROBOTS, NUMBER) if unit in dimension.units), None)


def unit_problem(number: str, unit: str, dimension: Dimension) -> ProblemError:
    """Return why a unit cannot be used; the hint never changes the magnitude of the quantity.

    Examples
    --------
    >>> print(unit_problem("8", "Mbit", SIZE).problem.hint)
    write 1 MB; units of size: B kB MB GB TB KiB MiB GiB
    >>> print(unit_problem("8", "Mb", SIZE).problem.hint)
    write 8 MB, or 1 MB if bits are meant
    >>> print(unit_problem("5", "Hours", TIME).problem.hint)
    did you mean 5 h? units of time: s ms min h d w
    """
    listed = f"units of {dimension.name}: {' '.join(dimension.units)}"
    if dimension is TIME and unit in _AMBIGUOUS:
        why, instead = _AMBIGUOUS[unit]
        return ProblemError("ambiguous-unit", why, f"write {number} {instead}, or another of the {listed}")
    ambiguous = _BITS_OR_BYTES[dimension.name].match(unit) if dimension.name in _BITS_OR_BYTES else None
    if ambiguous:
        symbol = _SYMBOLS[ambiguous[1].lower()]
        bits = f"{number} {symbol}bit/s" if dimension is RATE else f"{_plain(Decimal(number) / 8)} {symbol}B if bits are meant"
        hint = f"write {bits}, or {number} {symbol}B/s" if dimension is RATE else f"write {number} {symbol}B, or {bits}"
        return ProblemError("ambiguous-unit", f"{unit} may mean bits or bytes", hint)
    other = dimension_of(unit)
    why = f"{shorten(unit, 40)} is not a unit of {dimension.name}"
    factor = _OTHERS.get(dimension.name, {}).get(unit)
    if factor is not None:
        return ProblemError("wrong-unit", why, f"write {_converted(Decimal(number) * factor, dimension)}; {listed}")
    if other is not None:
        return ProblemError("wrong-unit", f"{unit} is a unit of {other.name}, and {dimension.phrase} is needed", listed)
    near = _nearest(unit, dimension)
    return ProblemError("wrong-unit", why, f"did you mean {number} {near}? {listed}" if near else listed)


def _nearest(unit: str, dimension: Dimension) -> str | None:
    """Return the unit of the same size that is probably meant, or None."""
    bytes_per_second = _BYTES_PER_SECOND.match(unit)
    if bytes_per_second and dimension is RATE:
        return f"{_SYMBOLS[bytes_per_second[1].lower()]}B/s"
    known = {name.lower(): name for name in reversed(dimension.units)}
    known |= {spelled: name for name, spelled in (pair.split("=") for pair in _SPELLINGS[dimension.name].split())}
    folded = unit.lower()
    if folded in known:
        return known[folded]
    # A slip of the pen in a long word; in a short one, a letter more or less is another unit.
    alike = [name for name in known if len(name) >= 4 and name[0] == folded[0]]
    near = difflib.get_close_matches(folded, alike, 1, 0.8)
    return known[near[0]] if near else None


def _converted(value: Decimal, dimension: Dimension) -> str:
    """Return a quantity in the largest of the usual units that needs few digits."""
    usual = [
        unit for unit in dimension.examples if dimension.units[unit] <= abs(value) and len(_plain(value / dimension.units[unit])) <= 16
    ]
    unit = usual[-1] if usual else dimension.unit
    return f"{_plain(value / dimension.units[unit])} {unit}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
