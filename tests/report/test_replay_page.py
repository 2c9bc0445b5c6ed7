"""The replay in a page: the rollout with the median time, small, allowed to run, and a sentence where there is none."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from hashlib import sha256

import pytest

import rolloutsim
from rolloutsim import Results
from rolloutsim.analysis.replicates import median_replicate
from rolloutsim.errors import UnusableFileError
from rolloutsim.report.page import Shown, page_of, run
from rolloutsim.report.page.content import Part
from rolloutsim.report.page.one_rollout import one_rollout_part
from rolloutsim.report.page.render import page_html
from rolloutsim.report.replay import MOST_BYTES
from rolloutsim.report.replay_html import replay_script
from rolloutsim.scenario import build
from tests.report.test_page import HOSTILE, Page
from tests.report.test_replay import HAND, large
from tests.report.test_replay_html import BROWSER, data_of

TITLE = "One rollout, robot by robot"


def simulated(scenario=HAND, replicates=5, **more):
    return rolloutsim.simulate(build(scenario), replicates=replicates, seed=1, executor=1, **more)


def page(*results):
    return page_html(page_of([Shown(each) for each in results]))


@pytest.fixture(scope="module")
def kept():
    return simulated(keep="all")


@pytest.fixture(scope="module")
def html(kept):
    return page(kept)


def test_the_page_has_the_replay_of_the_median(html, kept):
    assert TITLE in Page(html).texts
    assert data_of(html) == json.loads(json.dumps(kept.replay().to_json()))
    assert data_of(html)["replicate"] == median_replicate(kept.tables)
    assert kept.replay().words() in Page(html).texts


def test_only_the_scripts_of_the_page_may_run(html):
    policy = re.search(r"script-src ([^\"]*)\"", html)[1]
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert replay_script() in scripts
    digests = [base64.b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    assert policy.split() == [f"'sha256-{digest}'" for digest in digests]
    assert len(digests) == 2


@pytest.mark.slow
def test_two_replays_have_one_script(kept):
    text = page(kept, kept)
    assert text.count("data-rolloutsim-replay>") == 2
    assert text.count("<script>") == 2


def test_without_steps_the_replicate_is_simulated_again(html):
    assert data_of(page(simulated(keep="jobs"))) == data_of(html)


def test_of_a_folder_it_is_simulated_again_from_its_manifest(html, tmp_path):
    results = simulated(keep="jobs")
    results.save(tmp_path / "run")
    assert data_of(page(Results.load(tmp_path / "run"))) == data_of(html)


@pytest.mark.parametrize("manifest", [{"model_version": 1}, {"dispatch": {"name": "mine", "version": "1"}}])
@pytest.mark.slow
def test_a_rollout_that_cannot_be_simulated_again_is_a_sentence(manifest):
    results = simulated(keep="jobs")
    shown = Page(page(Results(results.tables, results.manifest | manifest)))
    assert TITLE in shown.texts
    (sentence,) = [text for text in shown.texts if text.startswith("There is no replay")]
    assert "cannot be simulated again: " in sentence
    assert len(shown.all("script")) == 1
    assert "The slots of one rollout" not in shown.texts


@pytest.mark.slow
def test_kept_steps_need_not_be_simulated_again(kept, html):
    other = Results(kept.tables, kept.manifest | {"model_version": 1})
    assert data_of(page(other)) == data_of(html)


def test_a_damaged_table_is_an_error_and_no_sentence(tmp_path, monkeypatch):
    simulated(keep="all").save(tmp_path / "run")
    (tmp_path / "run" / "steps.parquet").write_bytes(b"nonsense")
    with pytest.raises(UnusableFileError):
        one_rollout_part(Results.load(tmp_path / "run"))
    monkeypatch.setattr(run, "one_rollout_part", lambda _: Part(TITLE, ()))
    with pytest.raises(UnusableFileError):  # of a picture
        page(Results.load(tmp_path / "run"))


@pytest.mark.slow
def test_names_are_text():
    shown = Page(page(simulated(HAND | {"scenario": HOSTILE})))
    assert len(shown.all("script")) == 3
    assert any(text.startswith(f"{HOSTILE}, replicate ") for text in shown.texts)


@pytest.mark.slow
def test_a_large_fleet_is_small():
    text = page(simulated(large(2100), replicates=1, keep="all"))
    figure = re.search(r"<figure class=\"rolloutsim-replay\".*?</figure>", text, re.DOTALL)[0]
    assert len(figure.encode()) < MOST_BYTES
    assert "Each cell is a group of 3 robots, in the state of most of them" in text
    assert "Where two states have equally many robots, it is the later one in the legend." in text


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs a browser")
def test_in_a_browser_the_policy_of_the_page_lets_it_run(html, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    options = ["--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom", path.as_uri()]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=600, check=True)
    assert "CONSOLE" not in done.stderr
    (status,) = re.findall(r'<p class="status">(.*?)</p>', done.stdout)
    assert status == "65 s (Mon 22:11): 6 of 8 robots InSync, 2 NoResponse or Failed, job succeeded"
