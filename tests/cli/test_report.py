"""`rolloutsim report`: folders of every kind, scenario files, and what is no result."""

from __future__ import annotations

import html
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rolloutsim import simulate
from rolloutsim.scenario import load
from rolloutsim.study.store.control_files import to_json
from rolloutsim.study.store.saved_studies import load_plan, load_sensitivity
from tests.gate import ROOT
from tests.simulation.test_policies import Window

Invoke = Callable[..., Result]
DEPOT = ROOT / "docs" / "exploring" / "depot.yaml"


@pytest.mark.slow
def test_folders_and_scenarios_make_one_page(invoke: Invoke, small: str, tmp_path: Path) -> None:
    assert invoke("run", small, "--out", "run").exit_code == 0
    assert invoke("sweep", small, "--lever", "concurrency=10 %,50 %", "--replicates", 8, "--out", "sweep").exit_code == 0
    result = invoke("report", "run", "sweep", small, "-o", "page.html")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (0, "the report is in page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count("<article ") == 3
    assert "rolloutsim run " in text
    assert "rolloutsim sweep " in text
    path = "deployment.deploymentConfig.concurrentDeploymentPercentage"
    assert f"…concurrentDeploymentPercentage is {path}." in text
    assert ">…concurrent<wbr>Deployment<wbr>Percentage</button>" in text
    assert text.count("[assumption; otherwise batch]") == 3  # in a sweep, too, what nothing sets is an assumption


@pytest.mark.slow
@pytest.mark.numbers
def test_a_report_advises(invoke: Invoke, small: str, tmp_path: Path) -> None:
    assert invoke("run", small, "--out", "run", "-n", 20).exit_code == 0
    for sources in (["run"], [small, "-n", 20]):
        assert invoke("report", *sources, "-o", "page.html").exit_code == 0
        text = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert "What would other settings do? Try: rolloutsim run scenario.json --advise" in text
        assert "With the same random numbers" not in text
        assert invoke("report", *sources, "--advise", "-o", "page.html").exit_code == 0
        text = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert "Try: rolloutsim" not in text
        assert (
            "With the same random numbers, with a robot timeout of 2.5 h instead of 5 h: half of the rollouts end at the same time"
            in text.replace("\u00a0", " ")
        )


@pytest.mark.numbers
@pytest.mark.slow
def test_no_other_setting_is_tried_with_a_policy_that_is_not_in_the_results(invoke: Invoke, small: str, tmp_path: Path) -> None:
    simulate(load(small), dispatch=Window(3), replicates=20, seed=1, out=tmp_path / "window")
    assert invoke("report", "window", "-o", "page.html").exit_code == 0
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Half of the rollouts are over" in text
    assert "Try: rolloutsim" not in text
    result = invoke("report", "window", "--advise", "-o", "other.html")
    why = "window: the dispatch policy window is not in the results, so no other setting can be tried: leave --advise out"
    assert (result.exit_code, why in result.output, (tmp_path / "other.html").exists()) == (2, True, False)


@pytest.mark.slow
def test_two_scenarios_are_compared(invoke: Invoke, small: str, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(
        Path(small).read_text(encoding="utf-8").replace("robots: 12", "robots: 30").replace("small", "larger"), encoding="utf-8"
    )
    assert invoke("report", small, other, "-n", 80).exit_code == 0
    assert "larger against small: " in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_plans_and_sensitivities_are_read_back(invoke: Invoke, tmp_path: Path) -> None:
    options = ["--minimize", "time_to_complete.mean", "--subject-to", "failed_share <= 90 %", "--replicates", 10, "--max-replicates", 10]
    assert invoke("plan", DEPOT, *options, "--out", "plan").exit_code in (0, 4)
    assert invoke("sensitivity", DEPOT, "--trajectories", 2, "--replicates", 4, "--out", "sens").exit_code == 0
    result = invoke("report", "plan", "sens")
    assert result.exit_code == 0, result.output
    found = load_plan(tmp_path / "plan")
    text = (tmp_path / "plan" / "plan.json").read_text(encoding="utf-8")
    assert to_json(found.to_json()).decode() == text
    saved = load_sensitivity(tmp_path / "sens")
    text = (tmp_path / "sens" / "sensitivity.json").read_text(encoding="utf-8")
    assert to_json(saved.to_json()).decode() == text


@pytest.mark.slow
@pytest.mark.numbers
@pytest.mark.parametrize(
    "command",
    [
        ("plan", "--minimize", "time_to_complete.mean", "--over", "concurrency=2 robots,4 robots", "-n", "10", "--max-replicates", "10"),
        ("sensitivity", "--trajectories", "2", "--replicates", "4", "--metric", "time_to_complete.mean"),
    ],
    ids=lambda command: command[0],
)
def test_a_page_of_a_study_has_the_command_that_makes_its_numbers(invoke: Invoke, tmp_path: Path, command: tuple[str, ...]) -> None:
    name, *options = command
    assert invoke(name, DEPOT, *options, "--out", "made").exit_code == 0
    assert invoke("report", "made", "-o", "page.html").exit_code == 0
    listings = re.findall(r"<pre[^>]*>(.*?)</pre>", (tmp_path / "page.html").read_text(encoding="utf-8"), flags=re.DOTALL)
    again, scenario = map(html.unescape, listings[-2:])
    (tmp_path / "scenario.json").write_text(scenario, encoding="utf-8")
    result = invoke(*shlex.split(again)[1:], "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == json.loads((tmp_path / "made" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("arguments", "why"), [(["."], "holds no results"), (["nothing.yaml"], "nothing.yaml"), ([".", "--set", "a=1"], "--set")]
)
def test_what_is_no_result_is_refused(invoke: Invoke, arguments: list[str], why: str) -> None:
    result = invoke("report", *arguments)
    assert result.exit_code == 2
    assert why in result.output
