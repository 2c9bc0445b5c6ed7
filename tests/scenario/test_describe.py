"""Scenarios in words, as HTML, as JSON Schema; the starter; and the scenarios that come with the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rolloutsim.scenario import Scenario, describe, json_schema, load, parse, starter
from rolloutsim.scenario.parts.rules import Rules
from rolloutsim.scenario.reading.source import read_file, read_text
from rolloutsim.scenario.words.assumptions import WORDS
from rolloutsim.vocabulary import CODES, PHASE_CODES, PHASES

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
MINIMAL = "fleet: [{cohort: dock, robots: 10}]\napplication: {bundle: 350 MB}\n"


def lines(scenario: Scenario) -> dict[str, str]:
    return {line.text: line.mark for section in describe(scenario) for line in section.lines}


def test_defaults_and_assumptions_are_marked() -> None:
    said = lines(parse(MINIMAL))
    assert said["10 robots in 1 cohort"] == "given"
    assert said["always online"] == "default"
    assert said["link unlimited: downloads take no time online"] == "assumption"
    assert said["C = N = 10: all robots at once, as no percentage is given"] == "assumption"
    assert said["nothing aborts: no failure threshold is given"] == "assumption"
    assert said["each robot has 5 h (18,000 s)"] == "default"
    assert said["dispatch: window - at most C robots at once; a freed slot is granted at that instant"] == "assumption"
    assert said["old_stops: receipt - the running application stops when the command arrives, before the download"] == "default"
    assert said["pre_launch: does not run, the deployment names no file for it"] == "default"


def test_what_is_given_is_marked_and_computed() -> None:
    said = lines(load(ROOT / "scenarios" / "warehouse-night.yaml"))
    assert said["C = 100 robots at once: 10 % of 1,000, rounded by floor, at least 1"] == "given"
    assert said["the job stops at reaching 25 % of 1,000 failed: at the 250th failure"] == "given"
    assert said["the download takes 2.92 min online at the median rate, 6.64 min at the slowest 5 %"] == "derived"
    assert any(text.startswith("online 88.8 % of the time: exponential (mean 20 min") for text in said)
    assert said["courier: PreLaunchFileFailure with probability 3 %"] == "given"
    assert said["then post_launch: PostLaunchFileFailure with probability 40 %"] == "given"
    assert said["condition: defer - a robot that is not ready keeps its slot and is asked again"] == "given"


@pytest.mark.parametrize(
    ("rules", "text", "mark"),
    [
        ("{concurrency: 3}", "C = 3 robots at once (rules.concurrency, overrides the percentage)", "given"),
        ("{concurrency: 30}", "C = 10 robots at once (rules.concurrency, overrides the percentage)", "given"),
        ("{failure_limit: 2}", "the job stops at reaching 2 failures (rules.failure_limit, overrides the percentage)", "given"),
        (
            "{failure_limit: 0, comparator: exceeds}",
            "the job stops at more than 0 failures (rules.failure_limit, overrides the percentage)",
            "given",
        ),
        ("{rollback: {duration: 2 min}}", "rollback: 2 min", "given"),
        ("{cancel_at: 6 h}", "cancel_at: after 6 h", "given"),
        ("{counts: []}", "counts: towards the threshold count: nothing", "given"),
    ],
)
def test_rules_in_words(rules: str, text: str, mark: str) -> None:
    assert lines(parse(f"{MINIMAL}rules: {rules}\n")).get(text) == mark


def test_waiting_for_robots_that_never_come_is_a_warning() -> None:
    scenario = parse("fleet: [{cohort: shelf, robots: 1, connectivity: never}]\napplication: {bundle: 1 MB}\nrules: {offline: wait}\n")
    assert lines(scenario)["offline: wait never grants shelf: the job ends by its fleet timeout after 30 d"] == "warning"


def test_every_rule_is_described() -> None:
    described = "\n".join(
        lines(parse(MINIMAL + "rules: {denominator: completed, minimum_completed: 1, start: 2026-01-05, concurrency: 2, failure_limit: 2}"))
    )
    for name in Rules.model_fields:
        if name not in (
            "condition",
            "stop",
            "limits",
            "admit",
            "robot_timeout",
            "reach_timeout",
            "max_retries",
        ):  # described where they are given
            assert f"{name}: " in described or f"rules.{name}" in described
    for name, words in WORDS.items():
        assert set(words) == set(Rules.model_fields[name].annotation.__args__)  # type: ignore[union-attr]  # a Literal
        assert next(iter(words)) == Rules.model_fields[name].default


def test_html_is_escaped() -> None:
    html = parse(MINIMAL + "description: <script>alert(1)</script>\n")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert html.count("<tr>") == html.count("</tr>") > 30


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenarios_of_the_package(path: Path) -> None:
    scenario = load(path)
    assert scenario.name == path.stem
    assert scenario.description.endswith("?")
    assert scenario.seed is not None
    warned = [problem.path for problem in scenario.warnings if problem.severity != "note"]
    assert warned == (["sites.wh07.downlink"] if path.stem == "twelve-warehouses" else [])
    assert len(describe(scenario)) == 7 + bool(scenario.checks) + bool(warned)
    validator = jsonschema.Draft202012Validator(json_schema())
    for data in (read_file(path).plain(), scenario.resolved()):
        assert [error.message for error in validator.iter_errors(data)] == []


def test_the_six_scenarios_are_there() -> None:
    names = {path.stem for path in SCENARIOS}
    assert names >= {"warehouse-night", "canary-first", "flaky-couriers", "bad-release", "thin-timeouts", "robomaker-100"}


def test_starter() -> None:
    scenario = parse(starter())
    assert scenario.warnings == ()
    assert scenario.robots == 50
    jsonschema.Draft202012Validator(json_schema()).validate(read_text(starter()).plain())


def test_schema_names_everything() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == set(Scenario.keys())
    steps = schema["$defs"]["steps"]["anyOf"][0]["properties"]
    assert tuple(steps) == PHASES
    codes = {phase: tuple(steps[phase]["anyOf"][0]["properties"]["failures"]["anyOf"][0]["properties"]) for phase in PHASES}
    assert codes == PHASE_CODES
    assert all(code in CODES for phase in codes.values() for code in phase)
    rules = schema["$defs"]["Rules"]["properties"]
    assert set(rules) == set(Rules.model_fields)
    assert all(said.get("description") for said in rules.values())


@pytest.mark.parametrize(
    ("data", "valid"),
    [
        ({"bundle": "350 MB"}, True),
        ({"bundle": 350}, False),
        ({"bundle": "350 Mbit/s"}, False),
        ({"bundle": "-5 MB"}, False),
        ({"bundle": {"ARM64": "1.5e3 kB"}}, True),
        ({"bundle": {}}, False),
        ({"bundle": "1 MB", "steps": {"validating": {"duration": {"exponential": {"mean": "5 s"}}}}}, True),
        ({"bundle": "1 MB", "steps": {"validating": {"duration": {"exponential": {"mean": "5 MB"}}}}}, False),
        ({"bundle": "1 MB", "steps": {"validating": {"failures": {"ExtractingBundleFailure": 0.1}}}}, False),
    ],
)
def test_schema_knows_units(data: dict[str, Any], valid: bool) -> None:
    whole = {"fleet": [{"cohort": "a", "robots": 1}], "application": data}
    assert jsonschema.Draft202012Validator(json_schema()).is_valid(whole) == valid


def test_reading_a_scenario_imports_nothing_heavy() -> None:
    code = (
        "import sys, rolloutsim.scenario as s; s.load(sys.argv[1]);"
        "print(sorted({'numpy', 'scipy', 'pandas', 'numba', 'matplotlib', 'jinja2', 'simpy'} & set(sys.modules)))"
    )
    path = str(ROOT / "scenarios" / "warehouse-night.yaml")
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"


def test_successes_that_could_not_be_reported_are_listed() -> None:
    text = "successes that could not be reported by the deadline count towards the threshold, as timeouts"
    assert text not in lines(parse(MINIMAL))
    assert lines(parse(f"{MINIMAL}rules: {{failure_limit: 2 robots}}"))[text] == "assumption"
    assert text not in lines(parse(f"{MINIMAL}rules: {{failure_limit: 2 robots, counts: [failed]}}"))


def test_cohorts_of_a_class_and_sites_that_are_alike_are_described_once() -> None:
    scenario = parse(
        """
        sites: {defaults: {robots: 10, downlink: 10 Mbit/s}, names: a1..a4, a3: {downlink: 1 Mbit/s}}
        fleet:
          - {cohort: steady, at: all, robots: rest, steps: {extracting: {duration: 9 s}}}
          - {cohort: "off", at: all, robots: 10 %, connectivity: never}
        application: {bundle: 1 MB}
        """
    )
    lines = [line.text for section in describe(scenario) for line in section.lines]
    assert "steady: 36 robots in 4 cohorts of 9" in lines
    assert "off: 4 robots in 4 cohorts of 1" in lines
    assert "3 sites (a1, a2, a4), 10 robots each: 10 Mbit/s shared; all 10 MB take at least 8 s" in lines
    assert "site a3, 10 robots: 1 Mbit/s shared; all 10 MB take at least 80 s" in lines
    assert lines.count("steady: 9 s") == 1
