"""The base of the typed parts of a scenario, and the types of their fields: each reads, writes and describes its values.

A field is one line: ``rate: Annotated[Distribution | None, Dist(RATE)] = Field(None, description=…)``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError, ValidationInfo, model_serializer, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic_core import CoreSchema, core_schema
from pydantic_core.core_schema import SerializerFunctionWrapHandler

from rolloutsim.printing import escaped, shorten
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.problems import ProblemError, Problems, did_you_mean, problem_of, read_mapping, unknown_key

__all__ = [
    "LINE",
    "MOST_REPLICATES",
    "MOST_ROBOTS",
    "TEXT",
    "Choice",
    "Custom",
    "FieldType",
    "Key",
    "Keys",
    "Of",
    "Part",
    "Schema",
    "Whole",
    "closed",
    "parse_text",
]

T = TypeVar("T")
P = TypeVar("P", bound="Part")

#: A JSON Schema; a mapping ``{"x-type": type}`` in it stands for a type of fields or a part.
Schema = dict[str, Any]

#: More robots than this do not fit into a computer's memory.
MOST_ROBOTS = 100_000_000

#: A longer title fits into no table and no plot.
_LONGEST_LINE = 100

#: The table `jobs` of more replicates than this does not either.
MOST_REPLICATES = 10_000_000


class Part(BaseModel):
    """A mapping of the file: typed, immutable, and closed to keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, serialize_by_alias=True)

    #: Keys that are not written if there is nothing behind them.
    UNWRITTEN: ClassVar[frozenset[str]] = frozenset()

    #: Keys that are written out before the part is read.
    SHORTHAND: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _reword(cls, raw: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(raw, dict):  # nothing behind an optional key, e.g. when everything below it is commented out, is its default
            optional = {field.alias or name for name, field in cls.model_fields.items() if not field.is_required()}
            raw = {key: value for key, value in raw.items() if value is not None or key not in optional}
        elif not isinstance(raw, cls):
            required = [field.alias or name for name, field in cls.model_fields.items() if field.is_required()]
            keys = f"{{{', '.join(f'{key}: …' for key in required)}}}" if required else "{key: value, …}, or the keys below it, indented"
            raise ProblemError("wrong-type", "a mapping is needed", f"write {keys}")
        try:
            return handler(raw)
        except ValidationError as error:
            problems = Problems()
            for line in error.errors(include_url=False):
                unknown = line["type"] == "extra_forbidden"
                problems.add(line["loc"], unknown_key(line["loc"][-1], cls.keys()) if unknown else ProblemError.of(problem_of(line)))
            problems.fail()

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:  # read in the modules of subclasses
        return self.written(handler(self))

    def written(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the fields that are written, of all of them by their keys."""
        kept = {key: value for key, value in fields.items() if value is not None and (value or key not in self.UNWRITTEN)}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in kept.items()}

    def write(self) -> dict[str, Any]:
        """Return the part as a file spells it, exact to the last bit."""
        return self.model_dump(by_alias=True)

    @classmethod
    def keys(cls) -> list[str]:
        """Return the keys as the file spells them."""
        return [*(field.alias or name for name, field in cls.model_fields.items()), *cls.SHORTHAND]


class FieldType(ABC, Generic[T]):
    """How values of a kind are read from plain data, written back and described: the annotation of a field."""

    #: The name of its definition in the JSON Schema; empty if it is described again wherever it is used.
    name: str = ""

    @abstractmethod
    def parse(self, raw: Any, folder: DataFolder | None = None) -> T:
        """Return the value of plain data.

        Parameters
        ----------
        folder
            To which data files are relative.

        Raises
        ------
        ProblemError or pydantic.ValidationError
            It is none; each problem at its place.
        """

    def write(self, value: T) -> Any:
        """Return a value as a file spells it; None is not written."""
        return value

    @abstractmethod
    def schema(self) -> Schema:
        """Return the JSON Schema of the plain data."""

    def ref(self, description: str = "") -> Schema:
        """Return what stands for this type in a JSON Schema."""
        return {"x-type": self, **({"description": description} if description else {})}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            self._parse, serialization=core_schema.plain_serializer_function_ser_schema(self.write)
        )

    def _parse(self, raw: Any, info: ValidationInfo) -> T:
        return self.parse(raw, (info.context or {}).get("folder"))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> Schema:
        return self.ref()


class Custom(FieldType[T]):
    """A type made of functions.

    Parameters
    ----------
    parse
        Returns the value of plain data.
    schema
        The JSON Schema.
    name
        Of its definition.
    write
        Returns a value as a file spells it.
    """

    def __init__(self, parse: Callable[[Any], T], schema: Schema, name: str = "", write: Callable[[T], Any] = lambda value: value) -> None:
        self._read, self._schema, self.name, self._to_plain = parse, schema, name, write

    def parse(self, raw: Any, folder: DataFolder | None = None) -> T:
        return self._read(raw)

    def write(self, value: T) -> Any:
        return self._to_plain(value)

    def schema(self) -> Schema:
        return self._schema


class Of(FieldType[P]):
    """A part, where a type is needed."""

    def __init__(self, part: type[P]) -> None:
        self.part = part

    def parse(self, raw: Any, folder: DataFolder | None = None) -> P:
        return self.part.model_validate(raw, context={"folder": folder})

    def write(self, value: P) -> Any:
        return value.write()

    def schema(self) -> Schema:
        return {"x-type": self.part}


class Choice(FieldType[str]):
    """One of several words."""

    def __init__(self, known: Sequence[str], what: str = "valid", why: str = "not one of the values", default: str = "") -> None:
        self.known, self.what, self.why, self.default = tuple(known), what, why, default

    def parse(self, raw: Any, folder: DataFolder | None = None) -> str:
        if not isinstance(raw, str) or raw not in self.known:
            raise ProblemError("unknown-name", self.why, did_you_mean(raw, self.known, self.what))
        return raw

    def schema(self) -> Schema:
        return {"enum": list(self.known)} | ({"default": self.default} if self.default else {})


class Whole(FieldType[int]):
    """A whole number between two bounds, both included.

    Parameters
    ----------
    least, most
        The bounds.
    example
        A number that the hint shows.
    what
        What it is called in messages.
    name
        Of its definition.
    """

    def __init__(self, least: int, most: int, example: int, what: str = "number", name: str = "") -> None:
        self.least, self.most, self.example, self.what, self.name = least, most, example, what, name

    def parse(self, raw: Any, folder: DataFolder | None = None) -> int:
        whole = isinstance(raw, int) and not isinstance(raw, bool)
        if not whole or not self.least <= raw <= self.most:
            why = f"a whole {self.what} from {self.least:,} to {self.most:,} is needed"
            raise ProblemError("out-of-range" if whole else "wrong-type", why, f"write e.g. {self.example}")
        return int(raw)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Key(NamedTuple):
    """A key of a mapping: its type, and what it means."""

    type: FieldType[Any]
    description: str = ""


class Keys(FieldType[dict[str, Any]]):
    """A closed mapping without a class of its own.

    Parameters
    ----------
    keys
        The known keys.
    required
        Those that must be there.
    description
        What the mapping means.
    """

    def __init__(self, keys: Mapping[str, Key], required: Sequence[str] = (), description: str = "") -> None:
        self.keys, self.required, self.description = keys, required, description

    def parse(self, raw: Any, folder: DataFolder | None = None) -> dict[str, Any]:
        problems = Problems()
        given = read_mapping(raw, self.keys, self.required, problems)
        parsed = {key: problems.attempt((key,), self.keys[key].type.parse, value, folder) for key, value in given.items()}
        problems.check()
        return parsed

    def write(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {name: key.type.write(value[name]) for name, key in self.keys.items() if value.get(name) is not None}

    def schema(self) -> Schema:
        return closed({name: key.type.ref(key.description) for name, key in self.keys.items()}, self.required, self.description)


def closed(properties: Mapping[str, Schema], required: Sequence[str] = (), description: str = "") -> Schema:
    """Return the JSON Schema of a mapping that has no other keys."""
    schema: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {}) | ({"description": description} if description else {})


def parse_text(raw: Any) -> str:
    """Return a text.

    Raises
    ------
    ProblemError
        It is none.
    """
    if isinstance(raw, str):
        return raw
    number = isinstance(raw, int | float) and not isinstance(raw, bool)
    raise ProblemError("wrong-type", "text is needed", f'put it into quotes: "{shorten(str(raw), 40)}"' if number else "write a text")


def _line(raw: Any) -> str:
    """Return one printable line that begins with a letter or digit, so that wherever it is printed it is only a name."""
    name = parse_text(raw)
    if not name:
        raise ProblemError("empty", "a name has at least one character", "write e.g. night-shift, or remove the key")
    if len(name) > _LONGEST_LINE:
        raise ProblemError("out-of-range", f"a name has at most {_LONGEST_LINE} characters, and this has {len(name):,}", "shorten it")
    unprintable = next((letter for letter in name if not letter.isprintable()), None)
    if unprintable is not None:
        raise ProblemError("malformed", "a name is one printable line", f"remove {escaped(unprintable)} (U+{ord(unprintable):04X})")
    if not name[0].isalnum():
        rest = name.lstrip("".join(letter for letter in name if not letter.isalnum()))
        raise ProblemError("malformed", "a name begins with a letter or digit", f"write e.g. {shorten(rest, 40) or 'night-shift'}")
    return name


TEXT = Custom(parse_text, {"type": "string"})
LINE = Custom(_line, {"type": "string", "maxLength": _LONGEST_LINE, "pattern": r"^[^\s!-/:-@\[-`{-~].*$"}, "line")
