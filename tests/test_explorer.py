"""The explorer of a notebook: what moves when a slider is moved, without a browser."""

from __future__ import annotations

import asyncio
import html
import sys
from typing import Any

import pytest

import rolloutsim
from rolloutsim.errors import UsageError
from rolloutsim.explorer import widget
from rolloutsim.explorer.sliders import changed, sliders_of
from rolloutsim.report.headline import run_headline
from rolloutsim.scenario import Scenario, parse

TEN = """
scenario: ten <b>
fleet: [{cohort: dock, robots: 10, link: {rate: 8 Mbit/s}}]
application: {bundle: 350 MB}
deployment: {deploymentConfig: {concurrentDeploymentPercentage: 10, failureThresholdPercentage: 50, robotDeploymentTimeoutInSeconds: 3600}}
seed: 7
"""
STAGES = TEN + "rules: {stages: [{share: 10 %, soak: 30 min}, {share: 40 %, soak: 2 h}]}\n"


def ends(explorer: widget.Explorer) -> set[float]:
    """Return the times to complete that are shown."""
    assert explorer.results is not None
    return set(explorer.results.jobs["time_to_complete_s"])


def shows(explorer: widget.Explorer) -> None:
    """See that headline and picture are those of the results."""
    assert explorer.results is not None
    sentences = run_headline(explorer.results.summary(), explorer.results.scenario)
    assert html.unescape(explorer.headline.value) == f"<p>{' '.join(sentences)}</p>"
    assert explorer.picture.value.startswith('<img alt="Completion curve. Half of the rollouts are over within ')
    assert 'src="data:image/png;base64,iVBOR' in explorer.picture.value
    assert explorer.status.value == ""


def test_a_slider_moves_headline_and_curve() -> None:
    explorer = rolloutsim.explore(parse(TEN), replicates=2)
    assert list(explorer.sliders) == ["concurrency", "threshold", "robot timeout"]
    assert [slider.value for slider in explorer.sliders.values()] == [10, 50, 60]
    assert ends(explorer) == {3500.0}  # ten robots, one after the other, with 350 MB at 1 MB/s
    shows(explorer)
    before = explorer.picture.value
    explorer.sliders["concurrency"].value = 50
    assert ends(explorer) == {700.0}  # five at once
    shows(explorer)
    assert explorer.picture.value != before
    explorer.sliders["concurrency"].value = 10
    assert ends(explorer) == {3500.0}
    assert explorer.picture.value == before


def test_threshold_and_timeout() -> None:
    explorer = rolloutsim.explore(parse(TEN), replicates=2)
    explorer.sliders["robot timeout"].value = 5  # each robot needs 5 min 50 s, so that five fail, and the job is stopped
    assert explorer.results is not None
    assert set(explorer.results.jobs["failed"]) == {5}
    explorer.sliders["threshold"].value = 30
    assert set(explorer.results.jobs["failed"]) == {3}
    shows(explorer)


@pytest.mark.slow
def test_stages() -> None:
    explorer = rolloutsim.explore(parse(STAGES), replicates=2)
    assert list(explorer.sliders)[3:] == ["stage 1, share", "stage 1, soak", "stage 2, share", "stage 2, soak"]
    explorer.sliders["concurrency"].value = 100
    assert ends(explorer) == {3 * 350.0 + 9000.0}  # three stages of robots at once, with soaks of 30 min and 2 h
    explorer.sliders["stage 2, soak"].value = 1
    assert ends(explorer) == {3 * 350.0 + 5400.0}
    explorer.sliders["stage 2, share"].value = 100  # so that there is no third stage
    assert ends(explorer) == {2 * 350.0 + 5400.0}


def test_an_impossible_setting_is_explained_and_the_last_results_stay() -> None:
    explorer = rolloutsim.explore(parse(STAGES), replicates=2)
    before = explorer.headline.value, explorer.picture.value, explorer.scenario
    explorer.sliders["stage 2, share"].value = 5  # below the first stage's
    assert explorer.status.value.startswith("<p>This setting cannot be simulated; below is the last one that could. ")
    assert "rules.stages[1]" in explorer.status.value
    assert (explorer.headline.value, explorer.picture.value, explorer.scenario) == before
    explorer.sliders["stage 2, share"].value = 40
    shows(explorer)


@pytest.mark.parametrize(
    ("request_", "rules", "expected"),
    [
        ("", "{concurrency: 3, failure_limit: 4, robot_timeout: 90 s}", [("robots", 3), ("robots", 4), ("min", 1.5)]),
        ("", "{robot_timeout: none}", [("%", 100), ("%", 100)]),
        ("failureThresholdPercentage: 50", "{limits: [{max: 3 robots}]}", [("%", 50), ("min", 300)]),
        ("concurrentDeploymentPercentage: 10", "{stop: [{at_least: 3 robots}]}", [("%", 10), ("min", 300)]),
    ],
)
def test_settings_that_other_rules_replace_have_no_slider(request_: str, rules: str, expected: list[tuple[str, float]]) -> None:
    fleet = TEN.partition("deployment:")[0]
    scenario = parse(f"{fleet}deployment: {{deploymentConfig: {{{request_}}}}}\nrules: {rules}")
    sliders = sliders_of(scenario)
    assert [(slider.unit, slider.start) for slider in sliders] == expected
    assert changed(scenario, sliders, tuple(slider.start for slider in sliders)) is scenario
    for slider in sliders:  # each end is a scenario
        for end in (slider.low, slider.high):
            scenario.replace(slider.path, slider.written(end))


def test_another_system_has_the_sliders_that_its_configuration_has() -> None:
    explorer = rolloutsim.explore(rolloutsim.load("scenarios/systems/ansible.yaml"), replicates=1)
    assert explorer.sliders == {}
    assert ": no sliders; 1 replicates" in repr(explorer)


def test_without_ipywidgets_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(UsageError, match=r"pip install 'rolloutsim\[jupyter\]'"):
        rolloutsim.explore(parse(TEN))


def test_a_notebook_gets_the_widget() -> None:
    explorer = rolloutsim.explore(parse(TEN), replicates=2)
    assert "application/vnd.jupyter.widget-view+json" in explorer._repr_mimebundle_()
    assert repr(explorer) == "<Explorer of ten <b>: concurrency, threshold, robot timeout; 2 replicates, seed 7>"


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let there be much work and no machine code; return what the status shows when replicates are simulated."""
    seen: list[str] = []
    monkeypatch.setattr(widget, "is_cached", lambda function: False)
    monkeypatch.setattr(widget, "estimate_work", lambda scenario, replicates: 1e9)

    def simulate(scenario: Scenario, *, engine: str, **more: Any) -> Any:
        seen.append(engine)
        return rolloutsim.simulate(scenario, engine="simpy", **more)

    monkeypatch.setattr(widget, "simulate", simulate)
    return seen


def test_the_widget_shows_that_it_compiles_before_it_does(uncompiled: list[str]) -> None:
    async def cell() -> None:
        explorer = widget.explore(parse(TEN), replicates=2)
        assert explorer.status.value == f"<p>{widget.COMPILES}</p>"  # what a notebook shows when the cell ends
        assert explorer.results is None
        assert uncompiled == []
        await asyncio.sleep(0)
        assert uncompiled == ["compiled"]
        shows(explorer)

    asyncio.run(cell())


def test_without_a_kernel_it_compiles_at_once(uncompiled: list[str]) -> None:
    shows(widget.explore(parse(TEN), replicates=2))
    assert uncompiled == ["compiled"]
