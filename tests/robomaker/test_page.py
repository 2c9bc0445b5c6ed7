"""The guide runs, and the reference names everything."""

from __future__ import annotations

import pytest

from rolloutsim.robomaker.assumptions import ASSUMPTIONS
from rolloutsim.robomaker.operations import OPERATIONS, UNSERVED
from rolloutsim.robomaker.shapes import SHAPES
from tests.pages import ROOT, run_python, text


def test_the_guide_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    names = run_python("docs/robomaker.md")
    assert names["answer"]["status"] == "Succeeded"
    assert len(capsys.readouterr().out.splitlines()) == 100


def test_the_reference_names_everything() -> None:
    page = text("docs/reference/robomaker.md")
    for name, operation in OPERATIONS.items():
        section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert all(f"`{part}`" in section for part in (*operation.request.members, *operation.response.members, *operation.errors))
        assert all(what in section for what in ASSUMPTIONS.get(name, {}).values())
    assert all(f"`{name}`" in page for name in UNSERVED)
    assert all(f"| {name} |" in page for name in SHAPES)
