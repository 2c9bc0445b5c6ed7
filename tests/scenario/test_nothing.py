"""One rule for a key with nothing behind it: if it is optional, it has its default; and keys ``x-…`` at the top hold anchors."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, get_args

import jsonschema
import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import Renewal, Scenario, Schedule, build, json_schema, parse
from rolloutsim.scenario.parts.fields import Part
from rolloutsim.scenario.reading.source import read_text
from tests.expected_errors import expected_error

FULL = """\
x-later: &later {probability: 0.1, delay: 1 h}
x-bad: &bad {probability: 0.1, link: {rate: 8 Mbit/s}, connectivity: {renewal: {up: 1 h, down: 1 min}}, after_success: *later}
fleet:
  - {cohort: a, robots: 5, site: berlin, link: {rate: 8 Mbit/s}, connectivity: {renewal: {up: 1 h, down: 1 min}}, after_success: *later}
network: {origin_connectivity: {renewal: {up: 1 d, down: 1 h}}, sites: {berlin: {downlink: 1 Gbit/s}}}
application: {bundle: 60 MB, download: {}, release: {bad: *bad}, after_success: *later}
deployment:
  deploymentConfig: {downloadConditionFile: {bucket: abc, key: d}}
  deploymentApplicationConfigs:
    - {application: "arn:x", applicationVersion: "1", launchConfig: {packageName: a, launchFile: b}}
rules:
  {stages: [{robots: 1}], stop: [{at_least: 2 robots}],
  limits: [{max: 3 robots, every: 1 h, grow: {factor: 2, each: 3, to: 9}}], timeout_codes: {},
  retries: [{codes: [ExtractingBundleFailure], max: 1}]}
sweep: {levers: {rules.dispatch: [window, batch]}}
"""

SCHEMA = jsonschema.Draft202012Validator(json_schema())
DATA = read_text(FULL).plain()
Path = tuple[str | int, ...]


def optional_keys(part: type[Part], path: Path = ()) -> Iterator[Path]:
    """Yield the paths of all optional keys of a typed part and of those in it."""
    for name, field in part.model_fields.items():
        own: Path = (*path, field.alias or name)
        if not field.is_required():
            yield own
        written = str(field.annotation)
        inside: Path = (*own, 0) if "tuple[" in written else (*own, "berlin") if "Site" in written else own
        for inner in parts_in(field.annotation):
            if inner is not Schedule:  # which is in another fleet
                yield from optional_keys(inner, (*inside, "renewal") if inner is Renewal else inside)


def parts_in(annotation: Any) -> list[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return [annotation]
    return [part for argument in get_args(annotation) for part in parts_in(argument)]


def at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def outcome(data: Any) -> object:
    """Return the resolved scenario, or what is wrong with it."""
    try:
        return build(data).resolved()
    except ScenarioError as error:
        return [problem.why for problem in error.problems]


def name(path: Path) -> str:
    return ".".join(map(str, path))


@pytest.mark.parametrize("path", list(optional_keys(Scenario)), ids=name)
def test_nothing_is_the_default(path: Path) -> None:
    without, empty = deepcopy(DATA), deepcopy(DATA)
    at(without, path[:-1]).pop(path[-1], None)
    at(empty, path[:-1])[path[-1]] = None
    assert SCHEMA.is_valid(empty) == SCHEMA.is_valid(without)
    assert outcome(empty) == outcome(without)


@pytest.mark.parametrize("path", [("fleet",), ("application",), ("application", "bundle"), ("fleet", 0, "robots"), ("fleet", 0, "cohort")])
def test_nothing_is_a_mistake_where_something_is_needed(path: Path) -> None:
    data = deepcopy(DATA)
    at(data, path[:-1])[path[-1]] = None
    with pytest.raises(ScenarioError):
        build(data)


ANCHORS = """\
x-link: &link {rate: {lognormal: {median: 16 Mbit/s, sigma: 0.5}}}
x-note: [whatever, {is: here}]
fleet:
  - {cohort: a, robots: 5, link: *link}
  - {cohort: b, robots: 5, link: {<<: *link}}
application: {bundle: 60 MB}
"""


def test_a_place_for_anchors() -> None:
    scenario = parse(ANCHORS)
    written = parse(ANCHORS.replace("x-note: [whatever, {is: here}]\n", ""))
    assert scenario.fleet[0].link == scenario.fleet[1].link is not None
    assert scenario.warnings == ()
    assert scenario.fingerprint() == written.fingerprint()
    assert not any(key.startswith("x-") for key in scenario.resolved())
    assert SCHEMA.is_valid(read_text(ANCHORS).plain())


def test_anchors_are_at_the_top_only() -> None:
    with expected_error("unknown-key", "rules.x-a"):
        parse(ANCHORS + "rules: {x-a: 1}")


def test_an_anchor_is_no_path() -> None:
    with expected_error("unknown-path", "x-link.rate"):
        parse(ANCHORS).replace("x-link.rate", "1 Mbit/s")
