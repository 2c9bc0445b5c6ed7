"""The page on extending is true: its changes apply to the package as it is, and its Python does what the page shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gate import PATIENCE_S
from tests.pages import ROOT, text

SECTIONS: dict[str, str] = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", text("docs/extending.md"), re.DOTALL | re.MULTILINE))
CHANGES = [heading for heading, body in SECTIONS.items() if "```diff" in body]
ADDITIONS = [heading for heading in SECTIONS if heading not in CHANGES]


def apply(diff: str, root: Path) -> None:
    """Apply changes of which each is found by its text, not by the number of its line."""
    for name, changes in re.findall(r"^--- (.*?)\n(.*?)(?=^--- |\Z)", diff, re.DOTALL | re.MULTILINE):
        path = root / name
        for change in changes.split("@@\n")[1:]:
            lines = change.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] != "+")
            after = "".join(line[1:] for line in lines if line[0] != "-")
            old = path.read_text(encoding="utf-8") if path.exists() else ""
            assert old.count(before) == 1 or not old, f"not once in {name}:\n{before}"
            path.write_text(old.replace(before, after) if old else after, encoding="utf-8")


def run(page: Path, package: Path) -> None:
    """Run the Python of a page in a process of its own with a package of its own, so that nothing stays registered here."""
    program = f"from tests.pages import run_python\nrun_python({str(page)!r})"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package), str(ROOT)]), "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_metric_plot_and_executor_in_code_of_your_own(tmp_path: Path) -> None:
    assert ADDITIONS == ["A metric", "A plot", "An executor"]
    page = tmp_path / "page.md"
    page.write_text("".join(SECTIONS[heading] for heading in ADDITIONS), encoding="utf-8")
    run(page, ROOT)


def changed(heading: str, folder: Path) -> None:
    """Copy the package and change it as a section does."""
    shutil.copytree(ROOT / "rolloutsim", folder / "rolloutsim", ignore=shutil.ignore_patterns("__pycache__"))
    for diff in re.findall(r"^```diff\n(.*?)^```", SECTIONS[heading], re.DOTALL | re.MULTILINE):
        apply(diff, folder)


@pytest.mark.parametrize("heading", CHANGES)
def test_a_change_applies_to_the_package(heading: str, tmp_path: Path) -> None:
    changed(heading, tmp_path)


@pytest.mark.parametrize("heading", [CHANGES[0], *(pytest.param(heading, marks=pytest.mark.slow) for heading in CHANGES[1:])])
def test_a_change_of_the_package(heading: str, tmp_path: Path) -> None:
    changed(heading, tmp_path)
    page = tmp_path / "page.md"
    page.write_text(SECTIONS[heading], encoding="utf-8")
    run(page, tmp_path)


def test_a_change_that_does_not_apply_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\ntwo\n", encoding="utf-8")
    apply("--- a.py\n@@\n-two\n+three\n", tmp_path)
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == "one\nthree\n"
    with pytest.raises(AssertionError, match=r"not once in a\.py"):
        apply("--- a.py\n@@\n-two\n+three\n", tmp_path)
