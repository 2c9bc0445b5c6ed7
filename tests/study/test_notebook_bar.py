"""Progress in a notebook: a bar that appears, follows the work and disappears; nothing elsewhere, and nothing on the standard error."""

from __future__ import annotations

import sys
from itertools import pairwise
from types import SimpleNamespace

import nbclient
import nbformat
import pytest

import rolloutsim
from rolloutsim.notebook import in_notebook
from rolloutsim.scenario import parse
from rolloutsim.study.execution import notebook_bar as module
from rolloutsim.study.execution.notebook_bar import bar_html, notebook_bar
from tests.gate import PATIENCE_S


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what a notebook displays, each time that it changes."""
    seen: list[str] = []

    class Handle:
        def update(self, shown: module._Html) -> None:
            seen.append(shown._repr_html_())

    def display(shown: module._Html, *, display_id: bool) -> Handle:
        assert display_id
        seen.append(shown._repr_html_())
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr(module, "in_notebook", lambda: True)
    return seen


def test_the_bar_follows_the_work(displayed: list[str]) -> None:
    now = 0.0
    with notebook_bar(1000, clock=lambda: now) as advance:
        advance(100)
        assert displayed == []  # half a second is not over
        now = 0.6
        advance(150)
        now = 0.7
        advance(100)  # too soon after the one before
        now = 0.9
        advance(50)
    assert displayed == [bar_html(250, 1000), bar_html(400, 1000), ""]


def test_the_bar_disappears_when_the_work_fails(displayed: list[str]) -> None:
    now = 0.0
    with pytest.raises(KeyboardInterrupt), notebook_bar(3, clock=lambda: now) as advance:  # noqa: PT012
        now = 1.0
        advance(1)
        raise KeyboardInterrupt
    assert displayed == [bar_html(1, 3), ""]


@pytest.mark.parametrize(("name", "expected"), [("ZMQInteractiveShell", True), ("Shell", True), ("TerminalInteractiveShell", False)])
def test_which_shells_are_those_of_notebooks(name: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = type("ZMQInteractiveShell", (), {})
    shell = type(name, (kernel,) if expected else (), {})()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert in_notebook() is expected


def test_short_work_shows_nothing(displayed: list[str]) -> None:
    with notebook_bar(3, clock=lambda: 0.0) as advance:
        advance(3)
    assert displayed == []


SCENARIO = "scenario: one\nfleet: [{cohort: dock, robots: 1, link: {rate: 8 Mbit/s}}]\napplication: {bundle: 350 MB}\nseed: 7"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST", 0.0)
    monkeypatch.setattr(module, "_BETWEEN", 0.0)


@pytest.mark.usefixtures("at_once")
def test_every_study_shows_it(displayed: list[str]) -> None:
    scenario = parse(SCENARIO)
    two = scenario.replace("application.bundle", "300 MB")
    rolloutsim.simulate(scenario, replicates=3, executor=1)
    rolloutsim.compare(scenario, two, metrics=["time_to_complete"], replicates=4, executor=1)
    levers = {"application.bundle": ["200 MB", "300 MB"]}
    rolloutsim.sweep(scenario, levers=levers, replicates=5, executor=1)
    rolloutsim.plan(scenario, "time_to_complete.mean", levers=levers, replicates=6, max_replicates=6, executor=1)
    last = [before for before, after in pairwise(displayed) if not after]
    assert last == [bar_html(n, n) for n in (3, 4, 4, 10, 12, 12)]  # a plan simulates its settings, and again with a fresh seed


@pytest.mark.usefixtures("at_once")
def test_whoever_takes_the_progress_gets_no_bar(displayed: list[str]) -> None:
    seen: list[int] = []
    rolloutsim.simulate(parse(SCENARIO), replicates=3, executor=1, progress=seen.append)
    assert seen == [0, 1, 2]
    assert displayed == []


@pytest.mark.usefixtures("at_once")
def test_outside_of_a_notebook_there_is_none(capfd: pytest.CaptureFixture[str]) -> None:
    rolloutsim.simulate(parse(SCENARIO), replicates=3, executor=1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*TCP without encryption.*")
def test_a_kernel_shows_bar_and_explorer() -> None:
    cells = [
        f"""import rolloutsim
from rolloutsim.notebook import in_notebook
from rolloutsim.scenario import parse
from rolloutsim.study.execution import notebook_bar
notebook_bar._FIRST = 0.0
scenario = parse({SCENARIO!r})
rolloutsim.simulate(scenario, replicates=3, executor=1)""",
        "explorer = rolloutsim.explore(scenario, replicates=2)\nexplorer",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=PATIENCE_S).execute()
    bar, results = [output for output in notebook.cells[0].outputs if output.output_type != "stream"]
    assert bar.data["text/html"] == ""  # it was there, and is empty at the end
    assert results.output_type == "execute_result"
    (shown,) = [output for output in notebook.cells[1].outputs if output.output_type != "stream"]
    assert "application/vnd.jupyter.widget-view+json" in shown.data
    texts = [output.text for cell in notebook.cells for output in cell.outputs if output.output_type == "stream"]
    assert not [text for text in texts if "IPKernelApp" not in text]
