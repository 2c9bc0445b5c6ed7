"""Time zones: those of the tzdata package, so that a name means the same on every machine; its version is part of every result."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from rolloutsim.scenario.reading.problems import ProblemError, did_you_mean

__all__ = ["parse_timezone", "zone_of"]

_EXAMPLE = "write e.g. Europe/Berlin or UTC"

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([-+\u2212])([0-9]{1,2})(?::?([0-9]{2}))?\Z", re.IGNORECASE)

#: Names in the zone folders of machines that stand for no zone, or for another one on each machine.
_NO_ZONES = {
    "localtime": "this is the zone of the machine that computes, and results would depend on it",
    "posixrules": "this is another zone on other machines, and results would depend on it",
    "Factory": "this stands for a machine whose zone was never set",
}


@cache
def _names() -> frozenset[str]:
    return frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split()) - _NO_ZONES.keys()


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name.

    Examples
    --------
    >>> str(zone_of("Europe/Berlin"))
    'Europe/Berlin'
    """
    with (files("tzdata") / "zoneinfo" / name).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def parse_timezone(raw: Any) -> str:
    """Return the name of a time zone.

    Raises
    ------
    ProblemError
        There is no such zone, or what it means depends on the machine.

    Examples
    --------
    >>> parse_timezone("Europe/Berlin")
    'Europe/Berlin'
    """
    if not isinstance(raw, str):
        raise ProblemError("wrong-type", "a time zone is needed", _EXAMPLE)
    if raw in _names():
        return raw
    if raw in _NO_ZONES:
        raise ProblemError("unknown-name", _NO_ZONES[raw], _EXAMPLE)
    folder, _, zone = raw.partition("/")
    if folder in ("right", "posix"):
        why = "it counts leap seconds, which dates of POSIX time do not" if folder == "right" else "not every machine has it"
        raise ProblemError("unknown-name", f"this is no name of the tz database: {why}", f"write {zone}" if zone in _names() else _EXAMPLE)
    if offset := _OFFSET.match(raw.strip()):
        raise ProblemError("unknown-name", "this is an offset, and a time zone is needed", _instead_of_offset(*offset.groups()))
    raise ProblemError("unknown-name", "no such time zone", did_you_mean(raw, _guesses(raw), listing=_EXAMPLE))


def _instead_of_offset(sign: str, hours: str, minutes: str | None) -> str:
    """Return the hint for an offset from UTC; the names of zones with a fixed one count hours to the west."""
    if int(minutes or 0):
        return "write the name of a zone, e.g. Asia/Kolkata"
    if not int(hours):
        return "write UTC"
    zone = f"Etc/GMT{'-' if sign == '+' else '+'}{int(hours)}"
    fixed = f", or {zone} (its sign is reversed) for the same offset all year" if zone in _names() else ""
    return f"write the name of a zone, e.g. Europe/Berlin{fixed}"


def _guesses(raw: str) -> list[str]:
    """Return the names that a wrong one may stand for: between abbreviations, a letter is hours."""

    def is_safe(name: str) -> bool:
        return name.lower() == raw.lower() or (name != name.upper() and not name.startswith("Etc/"))

    return sorted(filter(is_safe, _names()))
