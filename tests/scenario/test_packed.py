"""Long lists of samples: a resolved scenario stays small, loads again, and is the same scenario to the last bit."""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path

import pytest

from rolloutsim import load, simulate
from rolloutsim.errors import ScenarioError
from rolloutsim.results import Results
from rolloutsim.scenario import build
from rolloutsim.scenario.reading.csv_files import MOST_SAMPLES
from rolloutsim.scenario.reading.packed import pack, unpack
from rolloutsim.scenario.reading.problems import ProblemError

WEEK = """
scenario: week
seed: 1
replicates: 1
fleet: [{cohort: a, robots: 5, link: {trace: {file: week.csv, time: time, rate: mbps, unit: Mbit/s}}}]
application: {bundle: 500 MB, steps: {launching: {duration: {empirical: {file: week.csv, column: mbps, unit: s}}}}}
"""


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario with a trace of a week, a sample every ten seconds."""
    folder = tmp_path_factory.mktemp("week")
    draw = random.Random(2)
    (folder / "week.csv").write_text("time,mbps\n" + "".join(f"{10 * i},{draw.uniform(1, 20):.3f}\n" for i in range(60_480)))
    (folder / "week.yaml").write_text(WEEK)
    return folder / "week.yaml"


def test_numbers_come_back_to_the_last_bit() -> None:
    draw = random.Random(1)
    numbers = [0.0, 5e-324, 1.7976931348623157e308, *(draw.expovariate(1e-3) for _ in range(5000))]
    assert struct.pack(f"{len(numbers)}d", *unpack(pack(numbers))) == struct.pack(f"{len(numbers)}d", *numbers)
    assert len(unpack(pack([1.0] * MOST_SAMPLES))) == MOST_SAMPLES


@pytest.mark.parametrize(
    "text",
    [
        "packed:",
        "packed:?",
        "packed:AAAA",
        pack([1.0, 2.0])[:-8],
        pack([1.0, 2.0]).replace("packed:e", "packed:f"),
        pack([]),
        pack([-1.0]),
        pack([float("nan")]),
        pack([float("inf")]),
        pack([0.0] * (MOST_SAMPLES + 1)),
        pack([0.0] * (MOST_SAMPLES + 5)),
    ],
    ids=range(11),
)
def test_text_that_is_no_packed_numbers(text: str) -> None:
    with pytest.raises(ProblemError, match="packed numbers that are"):
        unpack(text)


def test_a_resolved_scenario_with_a_long_trace_is_a_scenario_again(week: Path) -> None:
    scenario = load(week)
    file = week.with_name("resolved.json")
    file.write_text(json.dumps(scenario.resolved(), indent=2))
    assert file.stat().st_size < 600_000, "numbers written out have 3.2 MB"
    again = load(file)
    assert again.fingerprint() == scenario.fingerprint() == build(scenario.resolved()).fingerprint()
    assert again.fleet[0].link_trace == scenario.fleet[0].link_trace
    assert again.resolved() == scenario.resolved()


def test_results_keep_the_trace(week: Path, tmp_path: Path) -> None:
    scenario = load(week)
    simulate(scenario, executor=1).save(tmp_path)
    assert (tmp_path / "manifest.json").stat().st_size < 600_000
    assert build(Results.load(tmp_path).manifest["scenario"]).fingerprint() == scenario.fingerprint()


def test_damaged_samples_are_a_mistake_at_their_place(week: Path, tmp_path: Path) -> None:
    resolved = load(week).resolved()
    resolved["fleet"][0]["link"]["trace"]["patterns"][0]["times"] = "packed:AAAA"
    resolved["application"]["steps"]["launching"]["duration"]["empirical"]["values"] = "packed:" + "A" * 100
    file = tmp_path / "a.json"
    file.write_text(json.dumps(resolved, indent=2))
    with pytest.raises(ScenarioError) as caught:
        load(file)
    trace, values = caught.value.problems
    assert trace.path == "fleet.a.link.trace.patterns[0].times"
    assert values.path == "application.steps.launching.duration.empirical.values"
    assert {problem.why for problem in caught.value.problems} == {"packed numbers that are damaged"}
    assert len(values.found) < 60, "samples are not quoted"


def test_what_is_long_without_samples_is_no_scenario(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("# " + "x" * 1_000_000 + "\nscenario: " + pack([1.0, 2.0]))
    with pytest.raises(ScenarioError, match=r"found a file of 1\.00004 MB; a scenario has at most 1 MB"):
        load(file)
