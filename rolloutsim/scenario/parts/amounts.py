"""Types of fields with numbers: quantities, distributions, probabilities, numbers of robots."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

from rolloutsim.distributions import FAMILIES, Distribution, Parameter
from rolloutsim.errors import Problem
from rolloutsim.scenario.parts.fields import MOST_ROBOTS, Custom, FieldType, Schema, closed
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.distribution_io import parse_distribution, write_distribution
from rolloutsim.scenario.reading.numbers import as_float
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.reading.quantities import NUMBER, ROBOTS, TIME, Dimension, format_quantity, parse_number, parse_quantity
from rolloutsim.scenario.reading.slips import whole_number_hint

__all__ = [
    "COHORT_SIZE",
    "PACKED",
    "PERCENT",
    "POSITIVE_TIME",
    "PROBABILITY",
    "CohortSize",
    "Dist",
    "Duration",
    "Or",
    "PositiveDuration",
    "Probability",
    "Quantity",
    "RobotLimit",
    "Robots",
    "parse_probability",
]

T = TypeVar("T")
_NUMBER = r"\s*\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\s*"
#: A percentage as text.
PERCENT: Schema = {"type": "string", "pattern": f"^{_NUMBER}%\\s*$"}

#: Many numbers as text.
PACKED: Schema = {"type": "string", "pattern": "^packed:", "description": "Many numbers, as rolloutsim show --json writes them."}


class Quantity(FieldType[float]):
    """A quantity in SI units, from 0 on.

    Parameters
    ----------
    dimension
        Of what.
    zero
        The problem with 0, if it is none.
    """

    def __init__(self, dimension: Dimension, zero: Problem | None = None) -> None:
        self.dimension, self.zero, self.name = dimension, zero, dimension.name

    def parse(self, raw: Any, folder: DataFolder | None = None) -> float:
        value = parse_quantity(raw, self.dimension)
        if value == 0 and self.zero is not None:
            raise ProblemError.of(self.zero)
        return value

    def write(self, value: float | None) -> Any:
        return None if value is None else format_quantity(value, self.dimension)

    def schema(self) -> Schema:
        dimension = self.dimension
        if dimension is NUMBER:
            return {"anyOf": [{"type": "number"}, PERCENT]}
        units = "|".join(re.escape(unit) for unit in dimension.units)
        examples = [f"20 {unit}" for unit in dimension.examples]
        what = f"{dimension.phrase[:1].upper()}{dimension.phrase[1:]} with its unit: {' '.join(dimension.units)}."
        return {"type": "string", "pattern": f"^{_NUMBER}({units})\\s*$", "description": what, "examples": examples}


class Dist(FieldType[Distribution | None]):
    """A distribution of a quantity; a bare quantity is a constant.

    Parameters
    ----------
    dimension
        Of what.
    check
        Raises a `ProblemError` for distributions that cannot be used.
    """

    def __init__(self, dimension: Dimension, check: Callable[[Distribution], None] | None = None) -> None:
        self.dimension, self.check, self.name = dimension, check, f"{dimension.name}_distribution"

    def parse(self, raw: Any, folder: DataFolder | None = None) -> Distribution:
        distribution = raw if isinstance(raw, Distribution) else parse_distribution(raw, self.dimension, folder)
        if self.check is not None:
            self.check(distribution)
        return distribution

    def write(self, value: Distribution | None) -> Any:
        return None if value is None else write_distribution(value, self.dimension)

    def schema(self) -> Schema:
        dimension = self.dimension
        usable = [name for name in FAMILIES if dimension is NUMBER or not all(form.dimensionless for form in FAMILIES[name].forms)]
        forms = [closed({name: self.parameters(name)}, (name,)) for name in usable]
        return {"anyOf": [Quantity(dimension).ref(), *forms], "description": f"{dimension.phrase.capitalize()}, or a distribution of it."}

    def parameters(self, name: str) -> Schema:
        """Return the JSON Schema of what follows the name of a distribution."""
        nested, quantity, number = self.ref(), Quantity(self.dimension).ref(), Quantity(NUMBER)
        if name == "mixture":
            part = closed({"weight": number.ref("Relative weight of the part."), "of": nested}, ("weight", "of"))
            return {"type": "array", "minItems": 1, "items": part}
        if name == "empirical":
            unit: Schema = {"enum": list(self.dimension.units), "description": "Unit of the samples."}
            file: Schema = {"type": "string", "description": "Path of a CSV file, relative to the scenario."}
            column: Schema = {"type": "string", "description": "Column of samples."}
            required = ("file", "column") if self.dimension is NUMBER else ("file", "column", "unit")
            listed = {"type": "array", "minItems": 1, "items": {"anyOf": [quantity, {"type": "number", "minimum": 0}]}}
            from_file = closed({"file": file, "column": column, "unit": unit}, required)
            return {"anyOf": [from_file, closed({"values": {"anyOf": [listed, PACKED]}, "unit": unit}, ("values",))]}

        def kind(parameter: Parameter) -> Schema:
            return {"quantity": quantity, "plain": number.ref(), "distribution": nested}[parameter.kind]

        forms = [
            closed({p.name: kind(p) for p in form.parameters}, [p.name for p in form.parameters if p.default is None])
            for form in FAMILIES[name].forms
        ]
        return forms[0] if len(forms) == 1 else {"anyOf": forms}


class Or(FieldType[T], Generic[T]):
    """A word that stands for a value, or another type.

    Parameters
    ----------
    word
        As it is written.
    value
        What it stands for.
    other
        What may stand there instead.
    """

    def __init__(self, word: str, value: T, other: FieldType[T], name: str = "") -> None:
        self.word, self.value, self.other, self.name = word, value, other, name

    def parse(self, raw: Any, folder: DataFolder | None = None) -> T:
        return self.value if raw == self.word else self.other.parse(raw, folder)

    def write(self, value: T) -> Any:
        return self.word if value == self.value else self.other.write(value)

    def schema(self) -> Schema:
        return {"anyOf": [{"const": self.word}, self.other.ref()]}


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


class Robots(FieldType[int]):
    """A number of robots: 50, or ``50 robots``.

    Parameters
    ----------
    least
        The lowest number.
    zero
        The problem with 0, if it is a special one.
    """

    def __init__(self, least: int, zero: Problem | None = None) -> None:
        self.least, self.zero, self.name = least, zero, "cohort_size" if least else "robots"

    def parse(self, raw: Any, folder: DataFolder | None = None) -> int:
        if raw == 0 and not isinstance(raw, bool) and self.zero is not None:
            raise ProblemError.of(self.zero)
        return _robots(raw, self.least)

    def schema(self) -> Schema:
        digits = "0*[1-9][0-9]*" if self.least else "[0-9]+"
        text = {"type": "string", "pattern": rf"^\s*{digits}\s*robots?\s*$"}
        return {"anyOf": [{"type": "integer", "minimum": self.least}, text]}


def _robots(raw: Any, least: int) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        value = as_float(raw)
    elif isinstance(raw, str) and raw.strip()[:1] in "+-0123456789":
        value = parse_quantity(raw, ROBOTS)
    elif isinstance(raw, float) and 0 < raw <= MOST_ROBOTS:
        value = raw
    else:
        raise ProblemError("wrong-type", "a whole number of robots is needed", "write e.g. 50 or 50 robots")
    if isinstance(raw, float) or (math.isfinite(value) and not value.is_integer()):
        raise ProblemError("wrong-type", "a number of robots is a whole number", whole_number_hint(raw, "50 or 50 robots"))
    if value < least:
        raise ProblemError("out-of-range", f"{least} or more robots are needed", f"write {least} or more")
    if value > MOST_ROBOTS:
        raise ProblemError("out-of-range", f"more than {MOST_ROBOTS:,} robots are beyond this simulation", "write fewer")
    return int(value)


PROBABILITY = Custom(
    parse_probability,
    {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, PERCENT], "description": "From 0 to 1, or e.g. 5 %."},
    "probability",
)
_NO_ROBOT = Problem("empty", why="a cohort has at least one robot", hint="write 1 or more, or remove the cohort")
_NO_TIME = Problem("out-of-range", why="this duration is longer than zero", hint="write e.g. 1 s or more")

Duration = Annotated[float, Quantity(TIME)]
POSITIVE_TIME = Quantity(TIME, _NO_TIME)
PositiveDuration = Annotated[float, POSITIVE_TIME]
Probability = Annotated[float, PROBABILITY]
COHORT_SIZE = Robots(1, _NO_ROBOT)
CohortSize = Annotated[int, COHORT_SIZE]
RobotLimit = Annotated[int, Robots(0)]
