"""What a notebook shows of each kind of result: the numbers of its tables, a headline, and no text that is HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import rolloutsim
from rolloutsim.notebook import html_of
from rolloutsim.scenario import Scenario, parse
from rolloutsim.study.deadlines import latest_start

NAME = "ten <b>&\"'"


@pytest.fixture(scope="module")
def ten() -> Scenario:
    """Return ten robots, one after the other, that take 3500 s in all, with a name that is no plain word."""
    fleet = "fleet: [{cohort: dock, robots: 10, link: {rate: 8 Mbit/s}}]\napplication: {bundle: 350 MB}\nrules: {concurrency: 1}\nseed: 7"
    return parse(fleet).replace("scenario", NAME)


class Reader(HTMLParser):
    """Collects text and the names of tags, and sees that each is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def shown(result: Any) -> str:
    """Return the text that a notebook shows."""
    reader = Reader(result._repr_html_())
    assert reader.tags <= {"div", "style", "strong", "p", "details", "summary", "table", "tr", "td", "th"}
    return " ".join(reader.texts)


def test_a_comparison(ten: Scenario) -> None:
    found = rolloutsim.compare(
        ten, ten.replace_all({"scenario": "two", "concurrency": "2 robots"}), metrics=["time_to_complete"], replicates=2, executor=1
    )
    text = shown(found)
    assert NAME in text
    assert "two against" in text
    assert "-29.2 min" in text


def test_checks(ten: Scenario) -> None:
    checked = ten.replace("checks", ["time_to_complete <= 1 h", "failed >= 1"])
    text = shown(rolloutsim.check(checked, replicates=2, executor=1))
    assert NAME in text
    assert "1 of 2 checks fails: failed >= 1; 1 of 2 checks pass" in text
    assert "58.3 min" in text


def test_a_plan(ten: Scenario) -> None:
    levers = {"concurrency": ["1 robot", "5 robots"]}
    text = shown(rolloutsim.plan(ten, "time_to_complete.mean", levers=levers, replicates=2, max_replicates=2, executor=1))
    assert NAME in text
    assert "The best of 2 settings is" in text
    assert "11.7 min" in text


def test_a_sensitivity(ten: Scenario) -> None:
    uniform = {"application.bundle": {"uniform": {"low": "300 MB", "high": "400 MB"}}}
    text = shown(rolloutsim.sensitivity(ten.replace("sweep", {"uncertainties": uniform}), size=2, replicates=2, executor=1))
    assert NAME in text
    assert "moved most by application.bundle" in text


def test_a_sweep(ten: Scenario, tmp_path: Path) -> None:
    study = rolloutsim.sweep(ten, levers={"rules.concurrency": [1, 2]}, replicates=10, executor=1, out=tmp_path / "study")
    text = shown(study)
    assert NAME in text
    assert "Point 1 of 2 (rules.concurrency = 2) has the lowest time_to_complete.p50: 29.2 min" in text
    assert "58.3 min" in text


def test_a_latest_start(ten: Scenario) -> None:
    found = latest_start(ten.replace("rules.start", "2026-01-05 21:00"), "06:00", replicates=80, seed=1, executor=1)
    assert "05:00" in shown(found)  # 58 min 20 s before six o'clock, at a quarter


def test_results_and_their_summary(ten: Scenario) -> None:
    results = rolloutsim.simulate(ten, replicates=2, executor=1)
    for result in (results, results.summary()):
        assert NAME in shown(result)
        assert "58.3 min" in shown(result)
    assert "Half of the rollouts are over within" in shown(results)


def test_nothing_else_has_a_face() -> None:
    with pytest.raises(TypeError, match="int has no face"):
        html_of(3)


def test_html_stands_alone(ten: Scenario) -> None:
    assert not re.search(r"https?://|src=|href=|<script|url\(", rolloutsim.simulate(ten, replicates=1, executor=1)._repr_html_())
