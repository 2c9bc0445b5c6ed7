"""The base of the typed parts of a scenario, and the kinds of fields they have."""

from __future__ import annotations

import math
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler

from rolloutsim.distributions import Distribution
from rolloutsim.printing import escaped, shorten
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import parse_distribution
from rolloutsim.scenario.reading.numbers import as_float
from rolloutsim.scenario.reading.problems import ProblemError, Problems, problem_of, unknown_key
from rolloutsim.scenario.reading.quantities import ROBOTS, TIME, Dimension, parse_number, parse_quantity

__all__ = [
    "CohortSize",
    "Duration",
    "Name",
    "Part",
    "PositiveDuration",
    "Probability",
    "RobotLimit",
    "Text",
    "distribution_of",
    "folder_of",
    "parse_name",
    "parse_probability",
    "shared",
    "whole_number",
]

#: More robots than this do not fit into a computer's memory.
MOST_ROBOTS = 100_000_000

#: A longer name fits into no table and no plot.
LONGEST_NAME = 100

#: The table `jobs` of more replicates than this does not either.
MOST_REPLICATES = 10_000_000


class Part(BaseModel):
    """A mapping of the file: typed, immutable, and closed to keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, serialize_by_alias=True)

    @model_validator(mode="wrap")
    @classmethod
    def _reword(cls, raw: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(raw, dict):  # nothing behind an optional key, e.g. when everything below it is commented out, is its default
            optional = {field.alias or name for name, field in cls.model_fields.items() if not field.is_required()}
            raw = {key: value for key, value in raw.items() if value is not None or key not in optional}
        try:
            return handler(raw)
        except ValidationError as error:
            problems = Problems()
            for line in error.errors(include_url=False):
                unknown = line["type"] == "extra_forbidden"
                problems.add(line["loc"], unknown_key(line["loc"][-1], cls.keys()) if unknown else ProblemError.of(problem_of(line)))
            problems.fail()

    @classmethod
    def keys(cls) -> list[str]:
        """Return the keys as the file spells them."""
        return [field.alias or name for name, field in cls.model_fields.items()]


def shared(name: str) -> WithJsonSchema:
    """Return the JSON Schema of a field as a reference to a definition that `rolloutsim.scenario.schema` makes."""
    return WithJsonSchema({"x-definition": name})


def _positive(raw: Any) -> float:
    seconds = parse_quantity(raw, TIME)
    if seconds == 0:
        raise ProblemError("out-of-range", "this duration is longer than zero", "write e.g. 1 s or more")
    return seconds


def parse_probability(raw: Any) -> float:
    """Return a probability: a number from 0 to 1, or a percentage.

    Raises
    ------
    ProblemError
        It is not one.
    """
    value = parse_number(raw)
    if not 0 <= value <= 1:
        percent = f"{raw} % if that is meant" if 1 < value <= 100 and isinstance(raw, int | float) else "e.g. 5 %"
        raise ProblemError("out-of-range", "a probability lies between 0 and 1", f"write a number from 0 to 1, or {percent}")
    return value


def _robots(raw: Any, least: int) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        value = as_float(raw)
    elif isinstance(raw, str) and raw.strip()[:1] in "+-0123456789":
        value = parse_quantity(raw, ROBOTS)
    elif isinstance(raw, float) and raw.is_integer() and 0 < raw <= MOST_ROBOTS:
        raise ProblemError("wrong-type", "a number of robots is a whole number", f"write {int(raw)}")
    else:
        raise ProblemError("wrong-type", "a whole number of robots is needed", "write e.g. 50 or 50 robots")
    if math.isfinite(value) and not value.is_integer():
        raise ProblemError("wrong-type", "a number of robots is a whole number", "write e.g. 50 or 50 robots")
    if value < least:
        raise ProblemError("out-of-range", f"{least} or more robots are needed", f"write {least} or more")
    if value > MOST_ROBOTS:
        raise ProblemError("out-of-range", f"more than {MOST_ROBOTS:,} robots are beyond this simulation", "write fewer")
    return int(value)


def whole_number(least: int, most: int, example: int, what: str = "number") -> PlainValidator:
    """Return the validator of a whole number between two bounds, both included.

    Parameters
    ----------
    least, most
        The bounds.
    example
        A number that the hint shows.
    what
        What it is called in messages.
    """

    def parse(raw: Any) -> int:
        whole = isinstance(raw, int) and not isinstance(raw, bool)
        if not whole or not least <= raw <= most:
            raise ProblemError(
                "out-of-range" if whole else "wrong-type", f"a whole {what} from {least:,} to {most:,} is needed", f"write e.g. {example}"
            )
        return int(raw)

    return PlainValidator(parse, json_schema_input_type=int)


def _cohort_size(raw: Any) -> int:
    if raw == 0 and not isinstance(raw, bool):
        raise ProblemError("empty", "a cohort has at least one robot", "write 1 or more, or remove the cohort")
    return _robots(raw, 1)


def _limit(raw: Any) -> int:
    return _robots(raw, 0)


def _text(raw: Any) -> str:
    if isinstance(raw, str):
        return raw
    number = isinstance(raw, int | float) and not isinstance(raw, bool)
    raise ProblemError("wrong-type", "text is needed", f'put it into quotes: "{shorten(str(raw), 40)}"' if number else "write a text")


def parse_name(raw: Any) -> str:
    """Return a name: one printable line that begins with a letter or digit, so that wherever it is printed it is only a name.

    Raises
    ------
    ProblemError
        It is not one.
    """
    name = _text(raw)
    if not name:
        raise ProblemError("empty", "a name has at least one character", "write e.g. night-shift, or remove the key")
    if len(name) > LONGEST_NAME:
        raise ProblemError("out-of-range", f"a name has at most {LONGEST_NAME} characters, and this has {len(name):,}", "shorten it")
    unprintable = next((letter for letter in name if not letter.isprintable()), None)
    if unprintable is not None:
        raise ProblemError("malformed", "a name is one printable line", f"remove {escaped(unprintable)} (U+{ord(unprintable):04X})")
    if not name[0].isalnum():
        rest = name.lstrip("".join(letter for letter in name if not letter.isalnum()))
        raise ProblemError("malformed", "a name begins with a letter or digit", f"write e.g. {shorten(rest, 40) or 'night-shift'}")
    return name


def folder_of(info: ValidationInfo) -> DataFolder | None:
    """Return the folder to which the scenario's files are relative."""
    folder: DataFolder | None = (info.context or {}).get("folder")
    return folder


def distribution_of(dimension: Dimension) -> Any:
    """Return the validator of a distribution."""

    def parse(raw: Any, info: ValidationInfo) -> Distribution:
        return parse_distribution(raw, dimension, folder_of(info))

    return PlainValidator(parse)


Text = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]
Name = Annotated[str, PlainValidator(parse_name), shared("line")]
Duration = Annotated[float, PlainValidator(parse_quantity), shared("time")]
PositiveDuration = Annotated[float, PlainValidator(_positive), shared("time")]
Probability = Annotated[float, PlainValidator(parse_probability), shared("probability")]
CohortSize = Annotated[int, PlainValidator(_cohort_size), shared("cohort_size")]
RobotLimit = Annotated[int, PlainValidator(_limit), shared("robots")]
