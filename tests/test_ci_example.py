"""The workflow of the documentation does what it shows: its steps run here as they would there, and fail for the right reason.

What `uses:` an action is done by hand; what a shell runs is run, with `rolloutsim` in the path, in an empty folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML

from tests.gate import PATIENCE_S

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / "docs" / "ci" / "rolloutsim.yml"

SCENARIO = """\
scenario: fleet
seed: 3
fleet: [{cohort: dock, robots: 8}]
application:
  bundle: 0 B
  steps: {launching: {duration: {exponential: {mean: MEAN s}}}}
deployment: {deploymentConfig: {concurrentDeploymentPercentage: 50}}
checks: [time_to_complete.p50 <= BOUND]
"""


class Outcome:
    """What became of a job: the exit code of each step that ran, what it printed, and the job's folder."""

    def __init__(self, codes: dict[str, int], printed: dict[str, str], folder: Path) -> None:
        self.codes, self.printed, self.folder = codes, printed, folder

    @property
    def summary(self) -> str:
        return (self.folder / "summary.md").read_text(encoding="utf-8")

    @property
    def outcomes(self) -> dict[str, list[str]]:
        cases = ElementTree.parse(self.folder / "reports/rolloutsim.xml").iter("testcase")
        return {case.attrib["name"]: [child.tag for child in case] for case in cases}


def job(folder: Path, scenario: str, base: str | None = None) -> Outcome:
    """Run the job for a push, or for a pull request if `base` is the scenario of the target branch; empty if that has none."""
    workflow: dict[str, Any] = YAML(typ="safe").load(WORKFLOW)
    folder.mkdir()
    (folder / workflow["env"]["SCENARIO"]).write_text(scenario, encoding="utf-8")
    if base is not None:
        (folder / "base").mkdir()
    if base:
        (folder / "base" / workflow["env"]["SCENARIO"]).write_text(base, encoding="utf-8")
    programs = folder.parent / "bin"
    programs.mkdir(exist_ok=True)
    program = programs / "rolloutsim"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rolloutsim "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    environment = {
        **os.environ,
        **{name: str(value) for name, value in workflow["env"].items()},
        "REPLICATES": "80",
        "MAX_REPLICATES": "120",
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }
    codes: dict[str, int] = {}
    printed: dict[str, str] = {}
    for step in workflow["jobs"]["rollout"]["steps"]:
        condition = str(step.get("if", ""))
        assert set(condition.split()) <= {"", "${{", "}}", "&&", "!cancelled()", "github.event_name", "==", "'pull_request'"}
        if "pull_request" in condition and base is None:
            continue
        if any(codes.values()) and "!cancelled()" not in condition:
            continue
        if "run" not in step or step["name"] == "Install":
            continue
        shell = ["bash", "-e", "-c", step["run"]]
        done = subprocess.run(shell, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert "Traceback" not in done.stderr
        codes[step["name"]], printed[step["name"]] = done.returncode, done.stdout
    return Outcome(codes, printed, folder)


def scenario(mean: float = 10, bound: str = "10 min") -> str:
    return SCENARIO.replace("MEAN", str(mean)).replace("BOUND", bound)


pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")


def test_the_workflow_installs_checks_compares_and_keeps_the_report() -> None:
    steps = YAML(typ="safe").load(WORKFLOW)["jobs"]["rollout"]["steps"]
    named = {step["name"]: step for step in steps if "name" in step}
    assert named["Install"]["run"] == 'python -m pip install "$ROLLOUTSIM"'
    kept = named["Keep the report"]
    assert kept["uses"].startswith("actions/upload-artifact@")
    assert kept["with"]["path"] == "reports/"
    assert "!cancelled()" in kept["if"], "also when a check failed"
    assert named["The scenario as it is on the target branch"]["with"]["path"] == "base"


@pytest.mark.slow
def test_a_good_plan_passes(tmp_path: Path) -> None:
    done = job(tmp_path / "job", scenario(), base=scenario())
    assert done.codes == {"Check": 0, "Compare with the target branch": 0}
    assert done.outcomes == {"time_to_complete.p50 <= 10 min": ["system-out"]}
    assert "| pass | `time_to_complete.p50 <= 10 min` |" in done.summary


def test_a_broken_bound_fails_the_check(tmp_path: Path) -> None:
    done = job(tmp_path / "job", scenario(bound="1 s"))
    assert done.codes == {"Check": 1}
    assert done.outcomes == {"time_to_complete.p50 <= 1 s": ["failure"]}
    assert "| **fail** | `time_to_complete.p50 <= 1 s` |" in done.summary


@pytest.mark.slow
def test_what_is_undecided_does_not_pass(tmp_path: Path) -> None:
    done = job(tmp_path / "job", scenario().replace("time_to_complete.p50 <= 10 min", "abort_probability <= 0.1 %"))
    assert done.codes == {"Check": 4}
    assert done.outcomes == {"abort_probability <= 0.1 %": ["error"]}


@pytest.mark.slow
def test_a_worse_plan_fails_the_comparison_although_its_checks_pass(tmp_path: Path) -> None:
    done = job(tmp_path / "job", scenario(mean=12), base=scenario(mean=10))
    assert done.codes == {"Check": 0, "Compare with the target branch": 1}


def test_the_first_pull_request_has_nothing_to_compare_with(tmp_path: Path) -> None:
    done = job(tmp_path / "job", scenario(), base="")
    assert done.codes == {"Check": 0, "Compare with the target branch": 0}
    assert done.printed["Compare with the target branch"] == "::notice::the target branch has no fleet.yaml to compare with\n"


@pytest.mark.slow
def test_a_mistake_is_no_failed_check(tmp_path: Path) -> None:
    done = job(tmp_path / "job", scenario(bound="1 GB"), base=scenario())
    assert done.codes == {"Check": 2, "Compare with the target branch": 0}


def test_the_page_shows_the_exit_codes_and_the_file() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    assert "(ci/rolloutsim.yml)" in page
    for code in (0, 1, 2, 3, 4, 130, 70):
        assert f"\n| {code} | " in page
