"""What is listed robot by robot: their names, and the constant rates of their links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rolloutsim.distributions.base import LARGEST, SMALLEST
from rolloutsim.scenario.parts.amounts import PACKED, Quantity
from rolloutsim.scenario.parts.fields import Choice, Custom, FieldType, Key, Keys, Schema, parse_text
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import parse_unit
from rolloutsim.scenario.reading.packed import is_packed, pack_texts, unpack, unpack_texts
from rolloutsim.scenario.reading.problems import ProblemError, parse_each
from rolloutsim.scenario.reading.quantities import NUMBER, RATE, parse_number

__all__ = ["ListedRates", "ListedRatesType", "RobotNamesType", "check_rate", "parse_robot_name"]

#: Longer names fit into no table.
LONGEST_NAME = 100
#: Lists of more names than this are packed.
_LONG = 20


@dataclass(frozen=True)
class ListedRates:
    """The constant rate (bit/s) of each robot's link; 0 is drawn."""

    values: tuple[float, ...]


def check_rate(rate: float) -> float:
    """Return a rate (bit/s), or 0.

    Raises
    ------
    ProblemError
        It is beyond the bounds that distributions have as well.
    """
    if rate and not SMALLEST <= rate <= LARGEST:
        why = f"the rate {rate:g} bit/s is not 0 and not from {SMALLEST:g} to {LARGEST:g}"
        raise ProblemError("out-of-range", why, "is the unit right?")
    return rate


def _numbers(raw: Any) -> list[float]:
    if is_packed(raw):
        return unpack(raw)
    if not isinstance(raw, list) or not raw:
        raise ProblemError("wrong-type", "a list of numbers is needed", "write e.g. [16, 4]")
    return list(parse_each(_number, enumerate(raw)).values())


def _number(raw: Any) -> float:
    value = parse_number(raw)
    if value < 0:
        raise ProblemError("out-of-range", "a rate is not negative", "write 0 or more")
    return value


class ListedRatesType(FieldType[ListedRates]):
    """``{values: [16, 4], unit: Mbit/s}``."""

    keys = Keys(
        {
            "values": Key(
                Custom(_numbers, {"anyOf": [{"type": "array", "minItems": 1, "items": Quantity(NUMBER).ref()}, PACKED]}),
                "The rates, in the order of the robots.",
            ),
            "unit": Key(Choice(tuple(RATE.units)), "Unit of the rates."),
        },
        ("values", "unit"),
    )

    def parse(self, raw: Any, folder: DataFolder | None = None) -> ListedRates:
        if isinstance(raw, ListedRates):
            return raw
        given = self.keys.parse(raw)
        factor = parse_unit(given["unit"], RATE)
        return ListedRates(tuple(check_rate(value * factor) for value in given["values"]))

    def write(self, value: ListedRates | None) -> Any:
        return None if value is None else {"values": list(value.values), "unit": "bit/s"}

    def schema(self) -> Schema:
        return self.keys.schema()


def parse_robot_name(raw: Any) -> str:
    """Return the name of a robot: one printable line.

    Raises
    ------
    ProblemError
        It is none.
    """
    name = parse_text(raw)
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        why = f"the name of a robot is a printable line of 1 to {LONGEST_NAME} characters"
        raise ProblemError("malformed", why, "write e.g. wr-0107")
    return name


class RobotNamesType(FieldType[tuple[str, ...]]):
    """``[wr-0101, wr-0102]``."""

    def parse(self, raw: Any, folder: DataFolder | None = None) -> tuple[str, ...]:
        if isinstance(raw, tuple):
            return raw
        if is_packed(raw):
            raw = unpack_texts(raw)
        if not isinstance(raw, list):
            raise ProblemError("wrong-type", "a list of names is needed", "write e.g. [wr-0101, wr-0102]")
        return tuple(parse_each(parse_robot_name, enumerate(raw)).values())

    def write(self, value: tuple[str, ...]) -> Any:
        return pack_texts(value) if len(value) > _LONG else list(value)

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "array", "items": {"type": "string"}}, PACKED]}
