"""The JSON Schema of scenario files, so that editors complete and check them.

The mappings come from the typed parts; what those read by functions of their own (quantities, distributions, phases) is described here,
from the same tables.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from rolloutsim.distributions import FORMS, Parameter
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.fields import LONGEST_NAME, MOST_REPLICATES, MOST_ROBOTS
from rolloutsim.scenario.parts.fleet import MOST_PRIORITY
from rolloutsim.scenario.parts.presets import FITS, PRESETS, SOURCE
from rolloutsim.scenario.parts.rules import COUNTS, ROBOT_CODES
from rolloutsim.scenario.parts.steps import SCOPES
from rolloutsim.scenario.parts.traces import OFFSETS
from rolloutsim.scenario.reading.quantities import NUMBER, RATE, SIZE, TIME, Dimension
from rolloutsim.scenario.reading.times import TIME_UNITS
from rolloutsim.vocabulary import ARCHITECTURES, FAILURE_CODES, PHASE_CODES, PHASES, STEP_OF_PHASE

__all__ = ["json_schema"]

Schema = dict[str, Any]

_TIMEZONE: Schema = {"type": "string", "description": "Name of the time zone.", "examples": ["Europe/Berlin", "UTC"]}
_PACKED: Schema = {"type": "string", "pattern": "^packed:", "description": "Many numbers, as rolloutsim show --json writes them."}
_NUMBER = r"\s*\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\s*"


def json_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a scenario file.

    Examples
    --------
    >>> json_schema()["required"]
    ['fleet', 'application']
    """
    schema = Scenario.model_json_schema(by_alias=True, schema_generator=_Generator)
    for part in (schema, *schema["$defs"].values()):
        optional = part["properties"].keys() - set(part.get("required", ()))
        part["properties"] |= {key: _or_nothing(part["properties"][key]) for key in part["properties"] if key in optional}
    schema["$defs"] = {**schema["$defs"], **_definitions()}
    _connect(schema)
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


def _connect(schema: Any) -> None:
    """Replace the marks of `rolloutsim.scenario.parts.fields.shared` by references."""
    if isinstance(schema, dict):
        name = schema.pop("x-definition", None)
        if name is not None:
            schema["$ref"] = f"#/$defs/{name}"
        if "properties" in schema:
            for part in schema["properties"].values():
                part.pop("title", None)
        for part in schema.values():
            _connect(part)
    elif isinstance(schema, list):
        for part in schema:
            _connect(part)


def _or_nothing(schema: Schema) -> Schema:
    """Return the schema of an optional key: nothing behind it is its default."""
    if {"type": "null"} in schema.get("anyOf", ()):
        return schema
    rest = {key: value for key, value in schema.items() if key in ("description", "default")}
    return {**rest, "anyOf": [{key: value for key, value in schema.items() if key not in rest}, {"type": "null"}]}


def _closed(properties: dict[str, Schema], required: tuple[str, ...] = (), description: str = "") -> Schema:
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {}) | ({"description": description} if description else {})


def _about(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _spells(first: str, second: str, in_first: str, in_second: str) -> dict[str, Schema]:
    """Return the keys of two alternating spells."""
    return {
        first: _about(_ref("time_distribution"), f"Length of a spell {in_first}."),
        second: _about(_ref("time_distribution"), f"Length of a spell {in_second}."),
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _quantity(dimension: Dimension) -> Schema:
    units = "|".join(re.escape(unit) for unit in dimension.units)
    examples = [f"20 {unit}" for unit in dimension.examples]
    what = f"{dimension.phrase[:1].upper()}{dimension.phrase[1:]} with its unit: {' '.join(dimension.units)}."
    return {"type": "string", "pattern": f"^{_NUMBER}({units})\\s*$", "description": what, "examples": examples}


def _definitions() -> dict[str, Schema]:
    percent = {"type": "string", "pattern": f"^{_NUMBER}%\\s*$"}
    sizes = {name: _about(_ref("size"), f"Size of the bundle for {name}.") for name in ARCHITECTURES}
    definitions: dict[str, Schema] = {dimension.name: _quantity(dimension) for dimension in (SIZE, RATE, TIME)}
    definitions |= {
        "number": {"anyOf": [{"type": "number"}, percent]},
        "probability": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, percent], "description": "From 0 to 1, or e.g. 5 %."},
        "share": {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, percent]},
        "percentage": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 100}, {"type": "string", "pattern": r"^\s*[0-9]+\s*%\s*$"}]},
        "robots": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\s*[0-9]+\s*robots?\s*$"}]},
        "cohort_size": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^\s*0*[1-9][0-9]*\s*robots?\s*$"}]},
        "line": {"type": "string", "maxLength": LONGEST_NAME, "pattern": r"^[^\s!-/:-@\[-`{-~].*$"},
        "name": {
            "type": "string",
            "maxLength": LONGEST_NAME,
            "pattern": r"^[^\W_][\w-]*$",
            "not": {"enum": ["good", "bad", "succeeded", "failed"]},
        },
        "seed": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 2**64 - 1}, {"type": "null"}]},
        "replicates": {"type": "integer", "minimum": 1, "maximum": MOST_REPLICATES},
        "priority": {"type": "integer", "minimum": -MOST_PRIORITY, "maximum": MOST_PRIORITY},
        "minimum_completed": {"type": "integer", "minimum": 1, "maximum": MOST_ROBOTS},
        "date": {"type": ["string", "null"]},
        "capacity": {"anyOf": [_ref("rate"), {"type": "null"}]},
        "outages": {"anyOf": [_closed(_spells("up", "down", "with a connection", "without one"), ("up", "down")), {"type": "null"}]},
        "checks": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
        "levers": {"type": "object", "additionalProperties": {"type": "array", "minItems": 1}},
        "uncertainties": {
            "type": "object",
            "additionalProperties": {"anyOf": [_ref(f"{d.name}_distribution") for d in (SIZE, RATE, TIME, NUMBER)]},
        },
        "counts": {"type": "array", "items": {"enum": list(COUNTS)}, "uniqueItems": True},
        "time_or_never": {"anyOf": [{"const": "never"}, _ref("time"), {"type": "null"}]},
        "bundle": {"anyOf": [_ref("size"), {**_closed(sizes), "minProperties": 1}]},
        "rollback": {
            "anyOf": [
                {"const": "none"},
                {"type": "null"},
                _closed({"duration": _about(_ref("time_distribution"), "How long it takes.")}, ("duration",)),
            ]
        },
        "retries": {"anyOf": [{"const": "none"}, {"type": "null"}, _closed({}), _retries()]},
        **_links(),
        "chance": _chance(),
        "steps": _steps(PHASES),
        "cohort_steps": _steps(PHASES[1:]),
    }
    for dimension in (SIZE, RATE, TIME, NUMBER):
        definitions[f"{dimension.name}_distribution"] = _distribution(dimension)
    return definitions


def _retries() -> Schema:
    codes = {"type": "array", "items": {"enum": list(ROBOT_CODES)}, "minItems": 1, "uniqueItems": True}
    attempts = {"type": "integer", "minimum": 1, "maximum": 1000}
    slot = {"enum": ["hold", "queue"]}
    keys = {
        "codes": _about(codes, "Failure codes after which the robot tries again."),
        "max": _about(attempts, "Retries per robot at most."),
        "backoff": _about(_ref("time_distribution"), "Pause before a retry; 0 s if absent."),
        "slot": _about(slot, "Whether the robot holds its slot or goes to the back of the queue; hold if absent."),
    }
    return _closed(keys, ("codes", "max"))


def _renewal() -> Schema:
    start: Schema = {"enum": ["equilibrium", "up", "down"], "default": "equilibrium"}
    spells = _spells("up", "down", "online", "offline")
    keys = {**spells, "start": _about(start, "State at the job's creation.")}
    return _closed(keys, ("up", "down"), "Alternating spells online and offline, drawn for each robot.")


def _links() -> dict[str, Schema]:
    """Return when robots are online and ready, and traces."""
    kinds: dict[str, Schema] = {"renewal": _renewal(), "schedule": _ref("schedule"), "trace": _trace("online"), "preset": _preset()}
    busy = _closed(_spells("busy", "idle", "in which the robot is busy", "in which it is idle, and ready"), ("busy", "idle"))
    windows: Schema = {
        "type": "array",
        "minItems": 1,
        "items": {"type": "string", "pattern": r"^\s*\d\d?:\d\d\s*-\s*\d\d?:\d\d(\s+\S.*)?$"},
    }
    windows |= {"description": "Windows as local times of day, and days of the week on which they open, e.g. 22:00-06:00 Mon-Fri."}
    jitter = {**_ref("time_distribution"), "description": "Delay of a robot's whole calendar, drawn once per robot."}
    schedule: dict[str, Schema] = {
        "online": windows,
        "timezone": _TIMEZONE,
        "jitter": jitter,
    }
    return {
        "connectivity": {"anyOf": [{"enum": ["always", "never"]}, *(_closed({name: kind}, (name,)) for name, kind in kinds.items())]},
        "ready": {"anyOf": [_ref("probability"), busy, _closed({"schedule": _ref("schedule")}, ("schedule",))]},
        "schedule": _closed(schedule, ("online", "timezone"), "Windows of local time, repeated weekly."),
        "rate_trace": _trace("rate"),
    }


def _preset() -> Schema:
    systems = {"enum": list(PRESETS)}
    fit: Schema = {"enum": list(FITS), "description": "The fitted distribution; weibull if absent."}
    keys = {"system": _about(systems, "The measured system."), "fit": fit}
    return {"anyOf": [systems, _closed(keys, ("system",))], "description": SOURCE}


def _trace(kind: str) -> Schema:
    text: Schema = {"type": "string"}
    unit: dict[str, Schema] = {"unit": {"enum": list(RATE.units), "description": "Unit of the rates."}} if kind == "rate" else {}
    offset: Schema = {
        "enum": list(OFFSETS),
        "default": "random",
        "description": "Where a robot begins: at a random point, at the first sample, or at the time of rules.start.",
    }
    zone: Schema = {**_TIMEZONE, "description": "Time zone of dates without an offset from UTC."}
    times: dict[str, Schema] = {
        "time_unit": {"enum": list(TIME_UNITS), "description": "Unit of times that are numbers; seconds if absent."},
        "timezone": zone,
        "period": {**_ref("time"), "description": "Length of the record; if absent, its last sample holds for the usual distance."},
    }
    group = _about(text, "Column that separates several traces; each robot draws one.")
    columns = {
        "file": _about(text, "Path of a CSV file, relative to the scenario."),
        "time": _about(text, "Column of times, in seconds or as dates."),
        kind: _about(text, "Column of rates." if kind == "rate" else "Column of states: 1 or 0, online or offline, …"),
    }
    numbers: Schema = {"anyOf": [{"type": "array", "minItems": 1, "items": _ref("number")}, _PACKED]}
    date: Schema = {"type": "string", "description": "With offset: clock, the date of time 0 with its offset from UTC."}
    spelled = {
        "period": _about(_ref("time"), "Length of the pattern."),
        "times": _about(numbers, "Times of the samples (s)."),
        kind: _about(numbers, "The samples."),
    }
    pattern = _closed({**spelled, "begins": date}, ("period", "times", kind))
    patterns: Schema = {"type": "array", "minItems": 1, "items": pattern, "description": "Traces spelled out instead of a file."}
    described = "Columns of a CSV file, times in seconds or as dates."
    return {
        "anyOf": [
            _closed({**columns, **unit, "group": group, "offset": offset, **times}, (*columns, *unit), described),
            _closed({"patterns": patterns, **unit, "offset": offset, "timezone": zone}, ("patterns", *unit), "Spelled out, in seconds."),
        ]
    }


def _chance() -> Schema:
    per = {"enum": list(SCOPES), "description": "Scope of one coin, or of one draw of the probability."}
    probability: Schema = {"anyOf": [_ref("probability"), _ref("number_distribution")], "description": "The probability."}
    wrapped = _closed({"probability": probability, "per": per}, ("probability",))
    drawn = [_closed({name: _parameters(name, NUMBER), "per": per}, (name,)) for name in FORMS]
    return {
        "anyOf": [_ref("probability"), wrapped, *drawn],
        "description": "A probability, or a distribution of it; per is the scope of one coin or draw.",
    }


def _steps(phases: tuple[str, ...]) -> Schema:
    meanings = {code.name: f"{code.meaning} Here: {code.produced}." for code in FAILURE_CODES}
    steps = {}
    for phase in phases:
        codes = {code: {**_ref("chance"), "description": meanings[code]} for code in PHASE_CODES[phase]}
        properties: dict[str, Schema] = {
            "duration": {**_ref("time_distribution"), "description": "Duration of the phase; 0 s if absent."},
            "failures": {"anyOf": [_closed(codes), {"type": "null"}], "description": "Probabilities of failure codes."},
        }
        if phase == "reaching":
            properties["agent_timeout"] = {
                "anyOf": [{"const": "never"}, _ref("time")],
                "description": "In reaching: longest handshake, in time online; never if absent.",
            }
        if phase == "condition":
            properties["ready"] = {**_ref("ready"), "description": "In condition: whether the robot may be updated; 1 if absent."}
            properties["recheck"] = {
                **_ref("time"),
                "description": "In condition: time between checks of a deferred robot; 10 min if absent.",
            }
        step = STEP_OF_PHASE.get(phase)
        described = f"RoboMaker's step {step}." if step else "No step of RoboMaker's."
        steps[phase] = {"anyOf": [_closed(properties), {"type": "null"}], "description": described}
    return {"anyOf": [_closed(steps), {"type": "null"}]}


def _distribution(dimension: Dimension) -> Schema:
    forms = [_closed({name: _parameters(name, dimension)}, (name,)) for name in FORMS if _usable(name, dimension)]
    return {"anyOf": [_ref(dimension.name), *forms], "description": f"{dimension.phrase.capitalize()}, or a distribution of it."}


def _usable(name: str, dimension: Dimension) -> bool:
    return dimension is NUMBER or not all(form.dimensionless for form in FORMS[name])


def _parameters(name: str, dimension: Dimension) -> Schema:
    """Return what follows the name of a distribution."""
    nested, quantity = _ref(f"{dimension.name}_distribution"), _ref(dimension.name)
    if name == "mixture":
        part = {"weight": _about(_ref("number"), "Relative weight of the part."), "of": nested}
        return {"type": "array", "minItems": 1, "items": _closed(part, ("weight", "of"))}
    if name == "empirical":
        unit: Schema = {"enum": list(dimension.units), "description": "Unit of the samples."}
        required = ("file", "column") if dimension is NUMBER else ("file", "column", "unit")
        file: Schema = {"type": "string", "description": "Path of a CSV file, relative to the scenario."}
        from_file = _closed({"file": file, "column": {"type": "string", "description": "Column of samples."}, "unit": unit}, required)
        listed = {"type": "array", "minItems": 1, "items": {"anyOf": [quantity, {"type": "number", "minimum": 0}]}}
        values: Schema = {"anyOf": [listed, _PACKED]}
        return {"anyOf": [from_file, _closed({"values": values, "unit": unit}, ("values",))]}

    def kind(parameter: Parameter) -> Schema:
        return {"quantity": quantity, "plain": _ref("number"), "distribution": nested}[parameter.kind]

    forms = [
        _closed({p.name: kind(p) for p in form.parameters}, tuple(p.name for p in form.parameters if p.default is None))
        for form in FORMS[name]
    ]
    return forms[0] if len(forms) == 1 else {"anyOf": forms}
