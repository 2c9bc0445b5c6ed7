"""The JSON Schema of scenario files, so that editors complete and check them: put together from the parts and the types of their fields."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.fields import FieldType, Part, Schema
from rolloutsim.scenario.sites.schema import add_shorthand
from rolloutsim.scenario.systems.registry import ROBOMAKER, deployment_schema

__all__ = ["json_schema"]


def json_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a scenario file.

    Examples
    --------
    >>> json_schema()["required"]
    ['fleet', 'application']
    """
    definitions: dict[str, Schema] = {}
    schema = _of_part(Scenario, definitions)
    add_shorthand(schema, definitions["Cohort"])
    definitions["Deployment"]["properties"]["system"] = {
        "const": ROBOMAKER,
        "description": "RoboMaker, or another system with its own keys.",
    }
    schema["properties"]["deployment"]["anyOf"].append(deployment_schema())
    _put_in(schema["properties"], definitions)
    schema["$defs"] = definitions
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "rolloutsim scenario"
    schema["patternProperties"] = {"^x-": {"description": "Ignored; a place for anchors of YAML."}}
    return schema


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, but with the defaults only that a file would spell the same way."""

    def default_schema(self, schema: Any) -> Schema:
        inner = self.generate_inner(schema["schema"])
        default = schema.get("default")
        return {**inner, "default": default} if isinstance(default, str | int) else inner


def _of_part(part: type[Part], definitions: dict[str, Schema]) -> Schema:
    """Return the schema of a part, and add the definitions that it refers to."""
    schema = part.model_json_schema(by_alias=True, schema_generator=_Generator)
    parts = schema.pop("$defs", {})
    definitions |= parts
    for one in (schema, *parts.values()):
        optional = one["properties"].keys() - set(one.get("required", ()))
        for key, value in one["properties"].items():
            value.pop("title", None)
            one["properties"][key] = _or_nothing(value) if key in optional else value
        _put_in(one, definitions)
    return schema


def _put_in(schema: Any, definitions: dict[str, Schema]) -> None:
    """Put types and parts in the place of the marks ``x-type``: as references if they have a name."""
    if isinstance(schema, list):
        for part in schema:
            _put_in(part, definitions)
    if not isinstance(schema, dict):
        return
    marked = schema.pop("x-type", None)
    if isinstance(marked, FieldType) and not marked.name:
        inner = marked.schema()
        schema.update({**inner, **schema})
        _put_in(schema, definitions)
        return
    if marked is not None:
        name = marked.name if isinstance(marked, FieldType) else marked.__name__
        schema["$ref"] = f"#/$defs/{name}"
        if name not in definitions:
            definitions[name] = {}  # it may refer to itself
            inner = marked.schema() if isinstance(marked, FieldType) else _of_part(marked, definitions)
            _put_in(inner, definitions)
            definitions[name] = inner
    for part in schema.values():
        _put_in(part, definitions)


def _or_nothing(schema: Schema) -> Schema:
    """Return the schema of an optional key: nothing behind it is its default."""
    if {"type": "null"} in schema.get("anyOf", ()):
        return schema
    rest = {key: value for key, value in schema.items() if key in ("description", "default")}
    return {**rest, "anyOf": [{key: value for key, value in schema.items() if key not in rest}, {"type": "null"}]}
