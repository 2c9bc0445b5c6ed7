"""Stages in a scenario: how many robots each has, how they read in words, and that they are written back as they were read."""

from __future__ import annotations

import json

import jsonschema
import pytest

from rolloutsim.scenario import Scenario, build, describe, json_schema, parse, stage_sizes
from rolloutsim.scenario.reading.source import read_text
from rolloutsim.scenario.stage_sizes import level_of_share
from tests.expected_errors import expected_error

FLEET = "fleet: [{cohort: canary, robots: 5}, {cohort: dock, robots: 175}, {cohort: van, robots: 20}]\napplication: {bundle: 350 MB}\n"


def staged(stages: str, rules: str = "") -> Scenario:
    return parse(f"{FLEET}rules: {{stages: [{stages}]{rules}}}\n")


@pytest.mark.parametrize(
    ("stages", "rules", "sizes"),
    [
        ("", "", ()),
        ("{share: 1 %}, {share: 10 %}", "", (2, 18, 180)),
        ("{share: 0.01}, {share: 0.1}", "", (2, 18, 180)),
        ("{share: 100 %}", "", (200,)),
        ("{share: 10 %}, {share: 100 %}", "", (20, 180)),
        ("{robots: 20}, {robots: 20 robots}", "", (20, 20, 160)),
        ("{robots: 20}, {share: 50 %}", "", (20, 80, 100)),
        ("{cohorts: [canary]}, {share: 10 %}", "", (5, 15, 180)),
        ("{share: 10 %}, {cohorts: [canary]}", "", (20, 5, 175)),
        ("{cohorts: [canary, van]}, {share: 20 %}, {robots: 1}", "", (25, 15, 1, 159)),
        ("{cohorts: [van]}, {cohorts: [canary]}, {cohorts: [dock]}", "", (20, 5, 175)),
        ("{share: 0.1 %}, {share: 0.2 %}, {share: 0.3 %}", "", (1, 1, 1, 197)),  # at least one each
        ("{share: 1.75 %}, {share: 10.25 %}", "", (3, 17, 180)),
        ("{share: 1.75 %}, {share: 10.25 %}", ", rounding: ceil", (4, 17, 179)),
        ("{share: 1.75 %}, {share: 10.25 %}", ", rounding: half_up", (4, 17, 179)),
    ],
)
def test_sizes(stages: str, rules: str, sizes: tuple[int, ...]) -> None:
    assert stage_sizes(staged(stages, rules)) == sizes


def test_a_share_is_the_decimal_number_of_the_file() -> None:
    """29 % of 100 are 29, though 0.29 * 100 in floating point is less; the same for every whole percentage."""
    assert [level_of_share(100, percent / 100) for percent in range(1, 101)] == list(range(1, 101))
    assert [level_of_share(100, percent / 100, "ceil") for percent in range(1, 101)] == list(range(1, 101))


SITES = """\
fleet:
  - {cohort: a1, robots: 30, site: a}
  - {cohort: a2, robots: 10, site: a}
  - {cohort: van, robots: 4}
  - {cohort: b, robots: 25, site: b}
  - {cohort: c, robots: 2, site: c}
application: {bundle: 0 B}
"""


@pytest.mark.parametrize(
    ("stages", "rules", "sizes"),
    [
        ("{sites: [a]}", "", (40, 31)),
        ("{sites: [c, b]}, {robots: 5}", "", (27, 5, 39)),
        ("{share: 10 %, of: each site}", "", (4 + 1 + 2 + 1, 63)),  # of 40, of the 4 without a site, of 25, of 2
        ("{share: 10 %, of: each site}", ", rounding: ceil", (4 + 1 + 3 + 1, 62)),
        ("{sites: [a]}, {share: 10 %, of: each site}", "", (40, 0 + 1 + 2 + 1, 27)),
        ("{share: 10 %, of: each site}, {sites: [a]}", "", (0 + 1 + 2 + 1, 40, 27)),
        ("{share: 10 %, of: each site}, {share: 50 %, of: each site}", "", (8, 16 + 1 + 10 + 0, 36)),
        ("{share: 1 %, of: each site}, {share: 50 %}", "", (4, 31, 36)),
        ("{cohorts: [a2]}, {share: 10 %, of: each site}", "", (10, 0 + 1 + 2 + 1, 57)),  # a has its share
        ("{share: 90 %, of: each site}, {cohorts: [a2]}", "", (30 + 3 + 22 + 1, 10, 5)),  # no more of a is in no other stage
        ("{share: 100 %, of: each site}", "", (71,)),
    ],
)
def test_sizes_of_stages_by_site(stages: str, rules: str, sizes: tuple[int, ...]) -> None:
    assert stage_sizes(parse(f"{SITES}rules: {{stages: [{stages}]{rules}}}\n")) == sizes


def test_stages_by_site_in_words() -> None:
    said = lines(parse(f"{SITES}rules: {{stages: [{{sites: [a, c]}}, {{share: 10 %, of: each site}}]}}\n"))
    assert said["stage 1: 42 robots, all at a, c; no soak; no gate"] == "given"
    assert said["stage 2: 3 robots, up to 10 % of each site; no soak; no gate"] == "given"
    assert said["robots at a site that a stage names are in no other stage"] == "assumption"
    assert sum(text.startswith("a share of each site goes up to that part") for text in said) == 1


def test_soak_is_zero_if_absent() -> None:
    (stage,) = staged("{share: 1 %}").rules.stages
    assert (stage.soak, stage.max_failures, stage.max_failure_share) == (0.0, None, None)


def test_nothing_is_no_stages() -> None:
    plain = parse(FLEET)
    for text in ("rules: {stages: []}\n", "rules:\n  stages:\n"):
        scenario = parse(FLEET + text)
        assert scenario.rules == plain.rules
        assert scenario.fingerprint() == plain.fingerprint()
        jsonschema.Draft202012Validator(json_schema()).validate(read_text(FLEET + text, "a").plain())
    assert "stages" not in plain.resolved()["rules"]


ALL = "{share: 1.5 %, soak: 24 h, max_failures: 0}, {robots: 20, max_failure_share: 2 %}, {cohorts: [van, canary], soak: 0.1 s}"


def test_stages_are_written_back() -> None:
    scenario = staged(ALL)
    again = build(json.loads(json.dumps(scenario.resolved(), allow_nan=False)))
    assert again.rules == scenario.rules
    assert again.resolved() == scenario.resolved()
    assert again.fingerprint() == scenario.fingerprint()
    jsonschema.Draft202012Validator(json_schema()).validate(scenario.resolved())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("rules.stages", None),
        ("rules.stages[0].share", "1.6 %"),
        ("rules.stages[0].soak", "23 h"),
        ("rules.stages[0].max_failures", 1),
        ("rules.stages[1].robots", 21),
        ("rules.stages[1].max_failure_share", "3 %"),
        ("rules.stages[2].cohorts", ["van"]),
    ],
)
def test_every_part_of_a_stage_moves_the_fingerprint(path: str, value: object) -> None:
    scenario = staged(ALL)
    assert scenario.replace(path, value).fingerprint() != scenario.fingerprint()


def test_a_change_that_takes_too_much_is_refused() -> None:
    with expected_error("does-not-fit", "rules.stages[1].robots"):
        staged(ALL).replace("rules.stages[1].robots", 200)


def lines(scenario: Scenario) -> dict[str, str]:
    return {line.text: line.mark for section in describe(scenario) for line in section.lines}


def test_stages_in_words() -> None:
    said = lines(staged(ALL))
    assert said["stages: 4, each by the rules above over its own robots"] == "given"
    text = "stage 1: 3 robots, up to 1.5 % of the fleet; soaks 24 h after its last verdict; the job stops if more than 0 robots have failed"
    assert said[text] == "given"
    assert said["stage 2: 20 robots; no soak; the job stops if more than 2 % of the robots so far have failed"] == "given"
    assert said["stage 3: 25 robots, all of van, canary; soaks 0.1 s after its last verdict; no gate"] == "given"
    assert said["stage 4: the rest, 152 robots; no soak, no gate"] == "derived"
    assert said["only the gates of the stages stop the job: no failure threshold is given"] == "assumption"
    assert said["robots of a cohort that a stage names are in no other stage"] == "assumption"
    assert sum(mark == "assumption" and "gate looks at all verdicts of the job so far" in text for text, mark in said.items()) == 1
    assert any(mark == "note" and text.startswith("nothing new fails during a soak") for text, mark in said.items())


def test_no_stages_in_words() -> None:
    assert lines(parse(FLEET))["stages: none - the whole fleet is deployed in one go"] == "default"
    said = lines(staged("{robots: 1}"))
    assert said["stage 1: 1 robot; no soak; no gate"] == "given"
    assert not any("soak" in text and mark in ("note", "assumption") for text, mark in said.items())
