"""Cohorts and sites have one rule for their names, and a path quotes what is no plain word."""

from __future__ import annotations

import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import Scenario, parse
from rolloutsim.scenario.parts.names import parse_name
from rolloutsim.scenario.reading.paths import join_path, split_path
from rolloutsim.scenario.reading.problems import ProblemError

NORTH = """\
fleet: [{cohort: "wh.01 north/a", robots: 3, site: "wh.01 north", link: {rate: 8 Mbit/s}}]
network: {sites: {"wh.01 north": {downlink: 16 Mbit/s}}}
application: {bundle: 1 MB}
"""

RESERVED = ("good", "bad", "succeeded", "failed", "all", "rest", "defaults", "names")
GOOD = ["a", "7", "dock", "flaky@wh07", "wh.01 north", "a/b+c_d-e.", "Köln 2", "東京", "a" * 64]
BAD = {
    "": "dock",
    "_dock": "dock",
    "-": "dock",
    " dock": "dock",
    "dock ": "dock",
    "a  b": "a b",
    "a\tb": "a-b",
    "dock #4, north": "dock-4-north",
    "a[b]": "a-b",
    "it's": "it-s",
    "a=b": "a-b",
    "a" * 65: "a" * 64,
    **{word: f"{word}-1" for word in RESERVED},
}


def made(text: str) -> Scenario:
    return parse(text, "fleet.yaml")


@pytest.mark.parametrize("name", GOOD)
def test_names(name: str) -> None:
    assert parse_name(name) == name


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_is_refused_has_a_suggestion_that_is_not(name: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_name(name)
    assert caught.value.problem.hint.removeprefix("write e.g. ").removesuffix(", or remove the key") == BAD[name]
    assert parse_name(BAD[name]) == BAD[name]


@pytest.mark.parametrize("name", ["all", "a:b"])
@pytest.mark.parametrize("where", ["fleet.'wh.01 north/a'.cohort", "fleet.'wh.01 north/a'.site"])
def test_the_rule_holds_for_cohorts_and_sites(where: str, name: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        made(NORTH).replace(where, name)
    assert [problem.code for problem in caught.value.problems if problem.severity == "error"] == ["malformed"]


def test_the_rule_holds_for_described_sites() -> None:
    with pytest.raises(ScenarioError) as caught:
        made(NORTH.replace('{"wh.01 north":', '{"a:b":'))
    assert [(problem.code, problem.path) for problem in caught.value.problems] == [("malformed", "network.sites.'a:b'")]


def test_quoted_parts_of_paths() -> None:
    scenario = made(NORTH)
    changed = scenario.replace_all(
        {"network.sites.'wh.01 north'.downlink": "8 Mbit/s", 'fleet."wh.01 north/a".robots': 4, "fleet.wh'.'01 north/a.priority": 2}
    )
    assert changed.network is not None
    assert changed.network.sites["wh.01 north"].downlink == 8e6
    assert (changed.robots, changed.fleet[0].priority) == (4, 2)


def test_a_message_quotes_parts_as_a_path_takes_them() -> None:
    with pytest.raises(ScenarioError) as caught:
        made(NORTH.replace("rate: 8 Mbit/s", "rate: 8"))
    (problem,) = caught.value.problems
    assert problem.path == "fleet.'wh.01 north/a'.link.rate"
    assert split_path(problem.path) == ["fleet", "wh.01 north/a", "link", "rate"]


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("a.b", ["a", "b"]),
        ("a[0].b", ["a", "0", "b"]),
        ("a..b", ["a", "", "b"]),
        ("a.'x.y[0]'[1]", ["a", "x.y[0]", "1"]),
        ("""a."it's".b""", ["a", "it's", "b"]),
        ("a.'b", ["a", "'b"]),
    ],
)
def test_parts_of_paths(path: str, parts: list[str]) -> None:
    assert split_path(path) == parts
    assert split_path(join_path(parts)) == parts
