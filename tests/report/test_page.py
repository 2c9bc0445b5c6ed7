"""The HTML page: complete, escaped, within its limits, readable without sight or network, and its numbers are those of the summary."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import Result

import rolloutsim
from rolloutsim import Results, compare, simulate
from rolloutsim.report import PLOTS, STUDY_PLOTS, run_headline
from rolloutsim.report.page import Shown, page_of
from rolloutsim.report.page.captions import CAPTIONS
from rolloutsim.report.page.content import Listing
from rolloutsim.report.page.pictures import MOST_BYTES, dark, inline_svg, palette_css
from rolloutsim.report.page.provenance import scenario_of
from rolloutsim.report.page.render import page_html
from rolloutsim.report.page.run import run_chapter
from rolloutsim.report.plots.axes import new_axes
from rolloutsim.report.plots.palette import BLUE
from rolloutsim.report.texts import glued
from rolloutsim.report.words import WORDS
from rolloutsim.scenario import Scenario, describe, parse
from rolloutsim.scenario.local_time import LocalClock
from rolloutsim.study.advice import ADVICE_METRICS
from tests.report.test_headline import BASE

Invoke = Callable[..., Result]

HOSTILE = 'a <script>alert("1")</script> & "quotes" \U0001f916'
VOID = {"meta", "link", "input", "br", "wbr"}


class Page(HTMLParser):
    """Collects elements, text and values; fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    text = BASE.replace("replicates: 80", f"replicates: 80\nscenario: {json.dumps(HOSTILE)}\ndescription: {json.dumps(HOSTILE)}")
    return parse(f'{text}\nchecks: ["failed_share <= 90 %", "abort_probability <= 1 %"]')


@pytest.fixture(scope="module")
def results(scenario: Scenario) -> Results:
    return simulate(scenario, engine="simpy", executor=1, keep="all")


@pytest.fixture(scope="module")
def html(results: Results, scenario: Scenario) -> str:
    return page_html(page_of([Shown(results, scenario)]))


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_names_and_descriptions_are_text(page: Page) -> None:
    assert [attrs.get("type") for attrs in page.all("script")] == ["application/json", None, None]
    assert page.texts.count(HOSTILE) >= 2


def test_nothing_comes_from_elsewhere(page: Page, html: str) -> None:
    for tag, attrs in page.elements:
        for name in ("src", "href", "xlink:href", "action"):
            link = attrs.get(name)
            assert link is None or link.startswith(("#", "data:")), (tag, link)
    assert "@import" not in html
    assert "default-src 'none'" in html


def test_names_within_the_page_are_unique_and_references_lead_somewhere(page: Page, html: str) -> None:
    names = [str(attrs["id"]) for _, attrs in page.elements if attrs.get("id")]
    assert len(set(names)) == len(names)
    used = {name for _, attrs in page.elements for name in (attrs.get("aria-labelledby") or "").split()}
    used |= {str(attrs["href"])[1:] for _, attrs in page.elements if (attrs.get("href") or "").startswith("#")}
    assert used <= set(names)


def test_pictures_have_descriptions_made_of_their_numbers_and_are_small(html: str, page: Page, results: Results) -> None:
    svgs = html.split("<svg ")[1:]
    assert len(svgs) == len(results.plot.drawable()) >= 6
    for svg in svgs:
        body = svg.split("</svg>")[0]
        assert len(body.encode()) <= MOST_BYTES
        assert "<desc" in body
    clock = LocalClock.of(results.scenario)
    assert clock is not None
    median = results.summary().time_to_complete["all"]["p50"].best
    shown = f"all jobs P50 ({clock.at(median)}): "
    assert any(shown in text for text in page.texts)


def test_pictures_begin_with_the_fleet(html: str) -> None:
    titles = [title for title, _, _ in CAPTIONS.values() if f">{title}</h3>" in html]
    assert sorted(titles, key=lambda title: html.index(f">{title}</h3>")) == titles
    assert titles[0] == CAPTIONS["completion_curve"][0]


def test_methods_and_words_are_explained(page: Page) -> None:
    texts = " ".join(page.texts)
    for method in (
        "Clopper-Pearson",
        "order statistics",
        "Student's t",
        "weighted by the probability",
        "They do not cover errors of its input",
    ):
        assert method in texts
    glossary = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
    for word, meaning in WORDS.items():
        assert {word, meaning} <= set(page.texts)
        assert f"| {word} |" in glossary


@pytest.mark.slow
def test_the_command_of_a_page_with_advice_advises() -> None:
    scenario = parse(BASE)
    results = simulate(scenario, replicates=20, engine="simpy", executor=1)
    advice = compare(scenario, scenario.replace("concurrency", "50 %"), metrics=ADVICE_METRICS, replicates=20, seed=3, executor=1)
    for given, end in ((None, "--seed 3"), (advice, "--seed 3 --advise")):
        blocks = run_chapter(results, scenario, "run", given).parts[-1].blocks
        (command,) = [block.text for block in blocks if isinstance(block, Listing) and block.title.startswith("The command")]
        assert command.endswith(end)


def test_paper_has_nothing_to_play_or_to_save(html: str) -> None:
    for text in ("Play it, or move the slider", "<summary>The same from this page alone", "<summary>scenario.json"):
        before = html[: html.index(text)]
        assert 'class="screen"' in before[before.rindex("<", 0, -1) :], text
    assert ".screen{display:none}" in html[html.index("@media print") :]


def test_no_line_of_the_headline_ends_between_a_number_and_its_unit(html: str) -> None:
    headline = html[html.index('class="headline"') : html.index("<nav")]
    assert re.search(r"over within [\d.]+\u00a0(h|min) ", headline)
    assert not re.search(r"\d (h|min|%)", headline)


def test_landmarks_and_labels(page: Page) -> None:
    assert [len(page.all(tag)) for tag in ("main", "footer", "h1")] == [1, 1, 1]
    assert all(attrs.get("scope") == "col" for attrs in page.all("th"))
    labelled = {attrs["for"] for attrs in page.all("label")}
    assert {attrs["id"] for attrs in page.all("input")} == labelled != set()


def test_every_number_of_the_summary_is_there(page: Page, results: Results) -> None:
    shown = {str(attrs["data-name"]): attrs["data-value"] for attrs in page.all("td") if attrs.get("data-name")}
    found = json.loads(json.dumps(results.summary().to_json()))
    assert len(shown) > 50
    for path, value in shown.items():
        place = found
        for part in path.split("."):
            place = place[int(part)] if isinstance(place, list) else place[part]
        expected = {None: "nan"}.get(place["best"], repr(float(place["best"] or 0)))
        assert value == expected, path


def test_headline_verdicts_and_assumptions_are_there(page: Page, results: Results, scenario: Scenario) -> None:
    text = " ".join(page.texts)
    for sentence in run_headline(results.summary(), scenario):
        assert glued(sentence) in page.texts
    assert "fail" in page.texts
    assert "pass" in page.texts
    for section in describe(scenario):
        for line in section.lines:
            assert line.text in text


def test_assumptions_are_found_again_in_a_manifest(results: Results, scenario: Scenario) -> None:
    marks = [line.mark for section in describe(scenario) if section.title == "Rules" for line in section.lines]
    found = [line.mark for section in describe(scenario_of(results.manifest)) if section.title == "Rules" for line in section.lines]
    assert found.count("assumption") == marks.count("assumption") > 5


def test_each_plot_has_a_caption() -> None:
    assert set(CAPTIONS) == {*PLOTS, *STUDY_PLOTS}


def test_dark_colours_are_light_enough_on_a_dark_page() -> None:
    for colour in ("#000000", "#0072b2", "#d55e00", "#009e73", "#777777"):
        parts = [int(dark(colour)[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert (luminance + 0.05) / (0.008 + 0.05) >= 4.5


def test_a_picture_that_holds_an_image_keeps_the_colours_of_a_light_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn() -> str:
        axes = new_axes()
        axes.bar([1, 2], [3, 4], color=BLUE, label="bars")
        axes.legend()
        return inline_svg(axes, "a", "a", "b")

    assert "var(--0072b2)" in drawn()
    assert 'class="light"' not in drawn()
    monkeypatch.setattr("rolloutsim.report.page.pictures.MOST_BYTES", 1)
    assert "<image" in drawn()
    assert 'class="light"' in drawn()
    assert "var(--0072b2)" not in drawn()
    assert "#0072b2" in drawn()
    assert "prefers-color-scheme" not in palette_css(["var(--0072b2)"], light_only=True)


def test_results_write_a_page(results: Results, tmp_path: Path) -> None:
    results.report(tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_comparison_has_a_chapter(scenario: Scenario) -> None:
    found = compare(scenario, scenario.replace("robot_timeout", "900 s"), metrics=["time_to_complete.p50"], replicates=20, executor=1)
    (chapter,) = page_of([Shown(found)])
    assert chapter.headline[0].endswith("it is undecided in 1 of 1 metrics.")
    Page(page_html([chapter]))
    (checks,) = page_of([Shown(rolloutsim.check(scenario, replicates=20, executor=1))])
    assert checks.headline[0].startswith("1 of 2 checks fail")
    Page(page_html([checks]))
