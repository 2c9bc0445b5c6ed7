"""The keys of a scenario file, each with type, unit, default, example and meaning: read from the JSON Schema and the typed parts.

The page on the scenario file and ``rolloutsim explain`` show them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import NamedTuple

from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.connectivity import Always
from rolloutsim.scenario.parts.fields import Part, Schema
from rolloutsim.scenario.schema import json_schema
from rolloutsim.vocabulary import PHASES, VERDICT_KINDS

__all__ = ["STEPS", "Reference", "Row", "Section", "anchor"]

#: Where phases are described; cohorts and a bad release have the same keys.
STEPS = "application.steps"

#: Values that are written the same way wherever they occur: the type as a table shows it, its unit, and an example.
VALUES: dict[str, tuple[str, str, str]] = {
    "size": ("[size](#quantities)", "MB, …", "350 MB"),
    "rate": ("[rate](#quantities)", "Mbit/s, …", "16 Mbit/s"),
    "time": ("[duration](#quantities)", "s, min, h, …", "20 min"),
    "number": ("number, or a percentage", "", "0.5"),
    "probability": ("number from 0 to 1, or a percentage", "", "5 %"),
    "share": ("number above 0 up to 1, or a percentage", "", "10 %"),
    "percentage": ("whole number from 1 to 100", "%", "20"),
    "robots": ("whole number", "robots", "2"),
    "factor": ("number from 1.01 to 1,000", "", "2"),
    "amount": ("percentage, or number of robots", "%, robots", "20 %"),
    "cohort_size": ("whole number from 1", "robots", "50"),
    "line": ("one line of text", "", "berlin"),
    "name": ("[name](#names)", "", "dock"),
    "date": ("local date and time", "", '"2026-01-05 21:00"'),
    "time_or_none": ("[duration](#quantities), or `none`", "s, min, h, …", "10 min"),
    "time_or_never": ("[duration](#quantities), or `never`", "s, min, h, …", "8 h"),
    "chance": ("[chance](#chances)", "", "0.01"),
    "size_distribution": ("[size](#quantities), or a [distribution](#distributions)", "MB, …", "{uniform: {low: 300 MB, high: 400 MB}}"),
    "rate_distribution": (
        "[rate](#quantities), or a [distribution](#distributions)",
        "Mbit/s, …",
        "{lognormal: {median: 16 Mbit/s, sigma: 0.5}}",
    ),
    "time_distribution": ("[duration](#quantities), or a [distribution](#distributions)", "s, min, h, …", "{exponential: {mean: 20 s}}"),
    "number_distribution": ("number, or a [distribution](#distributions)", "", "{beta: {mean: 0.01, concentration: 50}}"),
}

#: Examples of keys whose values are free text or mappings of names, by the end of their path.
EXAMPLES = {
    "origin": "1 Gbit/s",
    "downlink": "200 Mbit/s",
    "scenario": "warehouse-night",
    "description": "How long does a night rollout take?",
    "seed": "1",
    "replicates": "400",
    "checks": '["time_to_complete.p95 <= 2 h", "abort_probability <= 5 %"]',
    "levers": "{rules.dispatch: [window, batch]}",
    "uncertainties": "{fleet.dock.link.rate: {lognormal: {median: 16 Mbit/s, sigma: 0.5}}}",
    "priority": "1",
    "site": "berlin",
    "class": "flaky",
    "sites.names": "wh01..wh12",
    "fleet.file": "robots.csv",
    "fleet.unit": "Mbit/s",
    "columns.robot": "serial",
    "columns.site": "hall",
    "columns.class": "kind",
    "columns.architecture": "arch",
    "columns.priority": "rank",
    "columns.link_rate": "mbps",
    "names": "[wr-0101, wr-0102]",
    "rates.values": "[16, 4]",
    "connectivity.availability": "95 %",
    "connectivity.offline": "10 min",
    "late_convergence": "false",
    "minimum_completed": "20",
    "counts": "[failed, timeout]",
    "kinds": "[failed, timeout]",
    "admit.windows": '["22:00-06:00 Mon-Fri"]',
    "limits[].max": "10 %",
    "limits[].counts": "[in_flight, failed]",
    "limits[].plus": "2",
    "limits[].of": "[new]",
    "max_retries": "10",
    "tries": "3",
    "stop[].minimum": "100",
    "cohorts": "[canary]",
    "codes": "[ExtractingBundleFailure]",
    "max": "2",
    "not_reached": "RobotDeploymentNoResponse",
    "offline": "RobotDeploymentNoResponse",
    "working": "RobotDeploymentAborted",
    "robotDeploymentTimeoutInSeconds": "3600",
    "deploymentApplicationConfigs[].application": "arn:aws:robomaker:eu-central-1:111111111111:robot-application/pick/1",
    "applicationVersion": '"7"',
    "packageName": "pick",
    "launchFile": "pick.launch",
    "preLaunchFile": "pre.sh",
    "postLaunchFile": "post.sh",
    "environmentVariables": "{LOG_LEVEL: info}",
    "deployment.fleet": "arn:aws:robomaker:eu-central-1:111111111111:deployment-fleet/berlin/1",
    "clientRequestToken": "night-42",
    "tags": "{team: logistics}",
    "bucket": "fleet",
    "downloadConditionFile.key": "is_docked.sh",
    "etag": "abc123",
    "schedule.online": '["22:00-06:00 Mon-Fri"]',
    "timezone": "Europe/Berlin",
    "trace.unit": "Mbit/s",
    "trace.file": "traces/links.csv",
    "trace.time": "t_s",
    "trace.online": "online",
    "trace.rate": "mbps",
    "trace.group": "trace_id",
    "times": "[0, 20]",
    "patterns[].online": "[1, 0]",
    "patterns[].rate": "[16, 4]",
    "begins": '"2026-01-05T00:00:00+01:00"',
    "ready": "0.95",
    "agent_timeout": "10 min",
}


class Row(NamedTuple):
    """A key of a mapping."""

    path: str
    key: str
    schema: Schema
    required: bool
    default: str
    meaning: str


class Section(NamedTuple):
    """The mapping at a path."""

    path: str
    meaning: str
    rows: list[Row]


def anchor(path: str) -> str:
    """Return the anchor that GitHub and MyST give to the heading of a section."""
    return "".join(letter for letter in path.lower() if letter.isalnum() or letter in "-_")


def _are_phases(mappings: list[tuple[Schema, type[Part] | None]]) -> bool:
    """Whether the keys of a mapping are phases."""
    return bool(mappings) and set(PHASES[1:]) <= set(mappings[0][0]["properties"])


def _parts() -> dict[str, type[Part]]:
    """Return the typed parts by the names of their definitions."""
    found: dict[str, type[Part]] = {}
    waiting: list[type[Part]] = [Part]
    while waiting:
        part = waiting.pop()
        found[part.__name__] = part
        waiting += part.__subclasses__()
    return found


class Reference:
    """Collects the mappings of a schema, each once, from the top down."""

    def __init__(self) -> None:
        self.schema = json_schema()
        self.parts = _parts()
        self.sections: list[Section] = []
        self.known: dict[str, Section] = {}
        self.enter("scenario", [(self.schema, Scenario)])

    def forms(self, schema: Schema) -> Iterator[tuple[Schema, type[Part] | None]]:
        """Yield the alternatives of a schema that are no references to common values, with the parts that they describe."""
        name = schema.get("$ref", "").removeprefix("#/$defs/")
        if name and name not in VALUES:
            part = self.parts.get(name)
            yield from ((form, found or part) for form, found in self.forms(self.schema["$defs"][name]))
        elif "anyOf" in schema:
            for one in schema["anyOf"]:
                yield from self.forms(one)
        elif schema.get("type") != "null":
            yield schema, None

    def mappings(self, schema: Schema) -> list[tuple[Schema, type[Part] | None]]:
        """Return the alternatives with keys of their own."""
        return [form for form in self.forms(schema) if form[0].get("properties")]

    def enter(self, path: str, mappings: list[tuple[Schema, type[Part] | None]]) -> Section:
        """Return the section of a mapping, or of the alternatives at one place, and collect what is below."""
        known = json.dumps([one for one, _ in mappings], sort_keys=True)
        if known in self.known:
            return self.known[known]
        section = Section(path, mappings[0][0].get("description", "").split("\n")[0], [])
        self.known[known] = section
        self.sections.append(section)
        if _are_phases(mappings):
            merged = {"anyOf": list(mappings[0][0]["properties"].values())}
            section.rows.append(Row(f"{path}.<phase>", "<phase>", merged, False, "", "Duration and failures of the phase."))
            self.enter(f"{path}.<phase>", self.mappings(merged))
            return section
        for key in dict.fromkeys(key for one, _ in mappings for key in one["properties"]):
            having = [(one, part) for one, part in mappings if key in one["properties"]]
            schemas = [one["properties"][key] for one, _ in having]
            value = schemas[0] if all(one == schemas[0] for one in schemas) else {**schemas[0], "anyOf": schemas}
            required = all(key in one.get("required", ()) for one, _ in having)
            here = key if path == "scenario" else f"{path}.{key}"
            row = Row(here, key, value, required, _default(value, key, having[0][1]), self.meaning(value))
            section.rows.append(row)
        for row in section.rows:
            self.below(row.path, row.schema)
        return section

    def below(self, path: str, schema: Schema) -> None:
        """Collect the mappings inside a value."""
        for form, _ in self.forms(schema):
            if isinstance(form.get("items"), dict):
                self.below(f"{path}[]", form["items"])
        mappings = self.mappings(schema)
        if mappings and (path == STEPS or not _are_phases(mappings)):
            self.enter(path, mappings)
        for form, _ in self.forms(schema):
            if isinstance(form.get("additionalProperties"), dict):
                self.below(f"{path}.<name>", form["additionalProperties"])

    def meaning(self, schema: Schema) -> str:
        """Return the description of a value, or else of what it refers to."""
        if "description" in schema:
            return str(schema["description"])
        found = [form["description"] for form, _ in self.forms(schema) if "description" in form]
        return str(found[0]).split("\n")[0] if found else ""

    def type_text(self, schema: Schema) -> tuple[str, str]:
        """Return the type of a value as a table shows it, and its unit."""
        texts, units = [], []
        for form, _ in self.forms(schema):
            name = form.get("$ref", "").removeprefix("#/$defs/")
            text, unit = VALUES[name][:2] if name else (self.plain_text(form), "")
            texts.append(text)
            units.append(unit)
        mappings = self.mappings(schema)
        if _are_phases(mappings):
            texts.append(f"[phases](#{anchor(STEPS)})")
        elif mappings:
            section = self.known.get(json.dumps([one for one, _ in mappings], sort_keys=True))
            texts.append(f"[mapping](#{anchor(section.path)})" if section else "mapping")
        return " or ".join(dict.fromkeys(text for text in texts if text)), next((unit for unit in units if unit), "")

    def plain_text(self, form: Schema) -> str:
        """Return the type of a value that is no reference and has no keys of its own."""
        if form.get("properties"):
            return ""
        if "const" in form:
            return f"`{form['const']}`"
        if "enum" in form:
            return ", ".join(f"`{value}`" for value in form["enum"])
        if "items" in form:
            return f"list of {self.type_text(form['items'])[0] or 'values'}"
        if isinstance(form.get("additionalProperties"), dict):
            return f"names with {self.type_text(form['additionalProperties'])[0] or 'values'}"
        if form.get("type") == "integer":
            bounds = form.get("minimum"), form.get("maximum")
            return f"whole number from {bounds[0]:,} to {bounds[1]:,}" if None not in bounds else "whole number"
        return {"boolean": "`true`, `false`", "string": "text", "number": "number", "array": "list of values"}.get(form.get("type", ""), "")

    def example(self, row: Row) -> str:
        """Return how a value may be written; empty for mappings with keys of their own."""
        ends = [end for end in EXAMPLES if row.path == end or row.path.endswith(f".{end}")]
        if ends and not (row.path.startswith("rules.offline") and ends == ["offline"]):
            return EXAMPLES[max(ends, key=len)]
        for form, _ in self.forms(row.schema):
            name = form.get("$ref", "").removeprefix("#/$defs/")
            if name:
                return VALUES[name][2]
            if "enum" in form:
                return str(form["enum"][-1])
        return ""


def _default(schema: Schema, key: str, part: type[Part] | None) -> str:
    """Return the default of a key as a file spells it."""
    if "default" in schema:
        return f"`{json.dumps(schema['default']).strip(chr(34))}`" if schema["default"] != "" else "–"
    field = next((f for name, f in part.model_fields.items() if (f.alias or name) == key), None) if part is not None else None
    value = None if field is None or field.is_required() else field.default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float):
        days = value / 86400
        return "`never`" if math.isinf(value) else f"`{days:g} d`" if value and days.is_integer() else f"`{value:g} s`"
    if isinstance(value, frozenset):
        if value == set(VERDICT_KINDS):
            return "all but `latent`"
        return ", ".join(f"`{name}`" for name in sorted(value)) or "–"
    return "`always`" if isinstance(value, Always) else "–"
