"""What studies will do with a scenario: checks and sweeps. Validated here, evaluated elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from rolloutsim.distributions import Distribution
from rolloutsim.printing import shorten
from rolloutsim.scenario.parts.amounts import Dist
from rolloutsim.scenario.parts.fields import Custom, FieldType, Part, Schema
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import parse_distribution, write_distribution
from rolloutsim.scenario.reading.numbers import NUMBER_PATTERN, read_number
from rolloutsim.scenario.reading.problems import ProblemError, parse_each
from rolloutsim.scenario.reading.quantities import NUMBER, RATE, SIZE, TIME, Dimension, dimension_of, words

__all__ = ["METRIC", "Sweep", "Uncertainty", "parse_check", "split_check"]

#: The form of an expression of a metric; what it means is known where tables are.
METRIC = re.compile(r"(?P<name>[^\[\].\s]+)(?P<brackets>(?:\[[^\[\]]*\])*)(?:\.(?P<statistic>\S+))?")
_CHECK = re.compile(r"((?:\[[^\[\]]*\]|.)*?)\s*(<=|>=|==|=|<|>)\s*(.*)\Z", re.DOTALL)
_BOUND = re.compile(rf"({NUMBER_PATTERN})\s*([^\d\s.]\S*)?\Z", re.ASCII)


def parse_check(raw: Any) -> str:
    """Return a check if it has the form ``metric[condition].statistic <= bound``.

    Raises
    ------
    ProblemError
        It has not.
    """
    example = "write e.g. time_to_reach_90.p90 <= 9 h"
    if not isinstance(raw, str):
        raise ProblemError("wrong-type", "a check is a text", example)
    match = _CHECK.match(raw.strip())
    if match is None or match[2] not in ("<=", ">=", "<", ">"):
        raise ProblemError("malformed", "a check compares a metric with a bound by <=, <, >= or >", example)
    if not METRIC.fullmatch(match[1]):
        raise ProblemError("malformed", f"{match[1] or 'nothing'} is not a metric", example)
    bound = _BOUND.match(match[3])
    if bound is None:
        raise ProblemError("malformed", f"{match[3] or 'nothing'} is not a bound", example)
    read_number(bound[1])
    if bound[2] is not None and dimension_of(bound[2]) is None:
        hint = f"write {bound[1]} min" if bound[2] == "m" else example
        raise ProblemError("wrong-unit", f"{shorten(bound[2], 40)} is not a unit", hint)
    return raw.strip()


def split_check(check: str) -> tuple[str, str, str]:
    """Return metric, comparison and bound of a check.

    >>> split_check("time_to_reach_90.p90 <= 9 h")
    ('time_to_reach_90.p90', '<=', '9 h')
    >>> split_check("failed[site=wh07] < 3")
    ('failed[site=wh07]', '<', '3')
    """
    match = _CHECK.match(check.strip())
    if match is None:
        raise ValueError(f"{check} is not a check")
    return match[1], match[2], match[3]


@dataclass(frozen=True)
class Uncertainty:
    """A distribution of what is not known, and its dimension."""

    distribution: Distribution
    dimension: Dimension = field(hash=False)


def _levers(raw: Any) -> Mapping[str, tuple[Any, ...]]:
    if not isinstance(raw, dict):
        raise ProblemError("wrong-type", "a mapping of paths to lists is needed", "write e.g. {rules.dispatch: [window, batch]}")
    return parse_each(_lever, raw.items())


def _lever(raw: Any) -> tuple[Any, ...]:
    if not isinstance(raw, list) or not raw:
        raise ProblemError("wrong-type", "a list of values is needed", "write [ … ] with at least one value")
    return tuple(raw)


def _uncertain(raw: Any, folder: DataFolder | None) -> Uncertainty:
    """Return a distribution of the dimension of its units."""
    units: dict[str, tuple[str, Dimension]] = {}
    for text, dimension in _units(raw):
        units.setdefault(dimension.name, (text, dimension))
    if len(units) > 1:  # which of them is meant, only the key knows
        found = words([f"{text} ({dimension.phrase})" for text, dimension in units.values()], "and")
        raise ProblemError("wrong-unit", f"{found} do not go together", "write all quantities in units of what the key is")
    dimension = next((dimension for _, dimension in units.values()), NUMBER)
    return Uncertainty(parse_distribution(raw, dimension, folder), dimension)


def _units(raw: Any) -> Iterator[tuple[str, Dimension]]:
    """Yield what in a distribution has a unit, or is one, with its dimension."""
    if isinstance(raw, str):
        match = _BOUND.match(raw.strip())
        dimension = dimension_of(match[2]) if match and match[2] else dimension_of(raw.strip())
        if dimension in (SIZE, RATE, TIME):
            yield raw.strip(), dimension
    elif isinstance(raw, dict):
        for key, value in raw.items():
            if key not in ("file", "column"):  # whose names may be those of units
                yield from _units(value)
    elif isinstance(raw, list):
        for value in raw:
            yield from _units(value)


class UncertaintiesType(FieldType[Mapping[str, Uncertainty]]):
    """Distributions by paths."""

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Mapping[str, Uncertainty]:
        if not isinstance(raw, dict):
            hint = "write e.g. {application.bundle: {uniform: {low: 300 MB, high: 400 MB}}}"
            raise ProblemError("wrong-type", "a mapping of paths to distributions is needed", hint)
        return parse_each(_uncertain, raw.items(), folder)

    def write(self, value: Mapping[str, Uncertainty]) -> Any:
        return {path: write_distribution(unknown.distribution, unknown.dimension) for path, unknown in value.items()}

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": {"anyOf": [Dist(dimension).ref() for dimension in (SIZE, RATE, TIME, NUMBER)]}}


def _write_levers(levers: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
    return {path: list(values) for path, values in levers.items()}


LEVERS = Custom(_levers, {"type": "object", "additionalProperties": {"type": "array", "minItems": 1}}, write=_write_levers)


class Sweep(Part):
    """What a study varies."""

    levers: Annotated[Mapping[str, tuple[Any, ...]], LEVERS] = Field(
        {}, description="Settings that you can choose: path to a list of values."
    )
    uncertainties: Annotated[Mapping[str, Uncertainty], UncertaintiesType()] = Field(
        {}, description="What you do not know exactly: path to a distribution."
    )
