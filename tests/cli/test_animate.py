"""``rolloutsim animate``: one rollout as a moving picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from PIL import Image

import rolloutsim
from rolloutsim.analysis.replicates import median_replicate
from rolloutsim.report import animation

Invoke = Callable[..., Result]

SCENARIO = """
scenario: small
seed: 5
replicates: 7
fleet: [{cohort: dock, robots: 6, link: {rate: 8 Mbit/s}}]
application: {bundle: 10 MB, steps: {launching: {duration: {exponential: {mean: 1 min}}}}}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(animation, "MOST_FRAMES", 4)
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def test_the_median_replicate_is_drawn(invoke: Invoke, file: Path) -> None:
    picture = file.with_suffix(".gif")
    result = invoke("animate", str(file), "-o", str(picture))
    assert result.exit_code == 0, result.output
    median = median_replicate(rolloutsim.simulate(rolloutsim.load(file), executor=1).tables)
    assert f"{picture} shows replicate {median} of seed 5" in result.stderr
    with Image.open(picture) as opened:
        assert opened.format == "GIF"


def test_a_named_replicate_is_drawn_without_the_others(invoke: Invoke, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rolloutsim.simulating.simulate", lambda *_, **__: pytest.fail("simulated all"))
    result = invoke("animate", str(file), "--replicate", "100", "--set", "fleet.dock.robots=3", "-o", str(file.with_suffix(".gif")))
    assert "shows replicate 100 of seed 5" in result.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["-o", "rollout.png"], "rollout.png: a moving picture is a .gif or an .mp4 file"),
        (["-o", "rollout.mp4"], "pip install 'rolloutsim[video]', or write a .gif"),
        (["-o", "r.gif", "--replicate", "1", "-n", "3"], "leave out one"),
        ([], "Missing option '--out'"),
    ],
)
def test_mistakes_are_found_before_anything_is_simulated(
    invoke: Invoke, file: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], said: str
) -> None:
    monkeypatch.setattr(animation, "find_spec", lambda name: None)
    monkeypatch.setattr("rolloutsim.study.run.simulate_one", lambda *_: pytest.fail("simulated"))
    result = invoke("animate", str(file), *args)
    assert result.exit_code == 2
    assert said in result.stderr
