"""Tabs where YAML 1.2 allows them, and the right reason where it does not."""

from __future__ import annotations

import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import parse
from rolloutsim.scenario.reading.source import read_text
from tests.expected_errors import expected_error

PLAIN = "fleet:\n  - cohort: dock\n    robots: 5\napplication: {bundle: 60 MB}\n"


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ("robots: 5", "robots:\t5"),
        ("robots: 5", "robots: \t 5"),
        ("robots: 5", "robots: 5\t# five"),
        ("robots: 5", "robots: 5\t"),
        ("robots: 5", "robots: 5 \t"),
        ("robots: 5\n", "robots: 5\n\t\n"),
        ("robots: 5\n", "robots: 5\n \t \n"),
        ("robots: 5\n", "robots: 5\n\t# a comment\n"),
        ("fleet:\n", "\t# a fleet\nfleet:\n"),
        ("fleet:\n", "fleet:\t\n"),
        ("fleet:\n", "fleet:\t# a comment\n"),
        ("- cohort: dock", "- cohort\t: dock"),
        ("application: {", "application:\t{\t"),
        ("60 MB}\n", "60 MB}\t\n\t"),
        ("cohort: dock", 'cohort:\t"dock"\t'),
    ],
)
def test_tabs_that_separate_are_read(found: str, instead: str) -> None:
    assert parse(PLAIN.replace(found, instead)).fleet == parse(PLAIN).fleet


def test_tabs_within_plain_text_belong_to_it() -> None:
    assert read_text("a: x \t y\t\nb: [1,\t2]\nc: x\ty # z\n-d: |\n  \ttab\n").plain() == {
        "a": "x \t y",
        "b": [1, 2],
        "c": "x\ty",
        "-d": "\ttab\n",
    }
    assert read_text("- a\n-\tb\n").plain() == ["a", "b"]


@pytest.mark.parametrize("text", ["fleet:\n\t- cohort: a", "fleet:\n  - cohort: a\n  \trobots: 5", "a: 5\n\tb: 6", "\ta: 5", "a:\n \tb: 5"])
def test_tabs_that_indent_are_refused(text: str) -> None:
    with expected_error("not-yaml"):
        read_text(text)


def test_the_reason_is_the_right_one() -> None:
    with pytest.raises(ScenarioError, match="found a tab; the reader of YAML takes no tab here; replace the tab by a space"):
        read_text("a: |\t\n  text\n")
