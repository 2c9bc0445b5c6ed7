"""A replay that plays by itself in a page: self-contained, small, and in a browser it shows the numbers of the tables."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape, unescape

import pytest

import rolloutsim
from rolloutsim.report.replay import MOST_BYTES
from rolloutsim.report.replay_html import replay_figure
from rolloutsim.scenario import build
from tests.report.test_replay import HAND, large

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")

#: Sets the slider to a frame and writes what the page then shows.
PROBE = """<script>
const slider = document.querySelector("input[type=range]");
const shown = [0, 100, 399].map((frame) => {
  slider.value = frame;
  slider.dispatchEvent(new Event("input"));
  return [document.querySelector(".status").textContent, ...[...document.querySelectorAll(".legend li")].map((item) => item.textContent)];
});
const button = document.querySelector("button");
slider.value = 390;
slider.dispatchEvent(new Event("input"));
button.click();
const label = button.textContent;
setTimeout(() => {
  const found = { shown, label, end: [slider.value, button.textContent], wide: document.documentElement.scrollWidth <= window.innerWidth };
  const out = document.createElement("pre");
  out.id = "found";
  out.textContent = JSON.stringify(found);
  document.body.append(out);
}, 3000);
</script>"""


@pytest.fixture(scope="module")
def replay():
    return rolloutsim.simulate(build(HAND), replicates=1, seed=1, executor=1).replay()


def data_of(page):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])


def test_a_notebook_shows_it(replay):
    assert data_of(replay._repr_html_()) == json.loads(json.dumps(replay.to_json()))


def test_it_needs_nothing_from_elsewhere(replay):
    assert not re.search(r"https?://|src=|href=|@import|url\(|fetch\(|XMLHttp|innerHTML", replay._repr_html_())


def test_names_are_shown_as_text():
    name = 'a "b" </script><script>alert(1)</script> 🤖'
    named = rolloutsim.simulate(build(HAND), replicates=1, seed=1, executor=1).replay()._replace(scenario=name)
    figure = replay_figure(named.to_json(), named.words())
    assert figure.count("<script") == 1
    assert escape(name) in figure
    assert data_of(figure)["scenario"] == name


def test_words_are_those_of_the_tables(replay):
    assert replay.words() == "by hand, replicate 0: the job succeeded after 65 s; at the end 6 of 8 robots InSync, 2 NoResponse or Failed."


def test_paper_has_the_colours_of_the_legend(replay):
    assert re.search(r"\.legend i\{[^}]*;print-color-adjust:exact\}", replay._repr_html_())


def test_a_large_fleet_is_small():
    results = rolloutsim.simulate(build(large(20000)), replicates=1, seed=1, executor=1, keep="all")
    assert len(results.replay()._repr_html_().encode()) < MOST_BYTES


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs a browser")
@pytest.mark.parametrize("width", [1000, 360])
def test_in_a_browser_it_scrubs_and_plays(replay, tmp_path, width):
    page = tmp_path / "replay.html"
    page.write_text(f'<!DOCTYPE html><meta charset="utf-8"><body>{replay._repr_html_()}{PROBE}</body>', encoding="utf-8")
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--window-size={width},900",
    ]
    options = ["--enable-logging=stderr", "--virtual-time-budget=10000", "--dump-dom", page.as_uri()]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=600, check=True)
    assert "CONSOLE" not in done.stderr
    found = json.loads(unescape(re.search(r'<pre id="found">(.*?)</pre>', done.stdout)[1]))
    first, middle, last = found["shown"]
    assert first[0] == "0 s (Mon 22:10): 0 of 8 robots InSync, 0 NoResponse or Failed"
    assert "not started 8" in first
    assert middle[0].startswith("16.3 s (Mon 22:10): 0 of 8 robots InSync, 0 NoResponse or Failed")
    assert {"downloading 6", "waiting to be reached 2"} <= set(middle)
    assert last[0] == "65 s (Mon 22:11): 6 of 8 robots InSync, 2 NoResponse or Failed, job succeeded"
    assert {"InSync 6", "NoResponse 2", "rows of a site: steady, off"} <= set(last)
    assert (found["label"], found["end"]) == ("Pause", ["399", "Play"])
    assert found["wide"]
