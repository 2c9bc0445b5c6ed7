"""The documentation as a site: every page is in its contents, and the commands of the first page print what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import gate
from tests.pages import ROOT, assert_prints, consoles

DOCS = ROOT / "docs"


def test_every_page_is_in_the_contents() -> None:
    listed = set()
    for page in DOCS.rglob("*.md"):
        for tree in re.findall(r"^```\{toctree\}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
            listed |= {(page.parent / f"{name}.md").resolve() for name in filter(None, tree.splitlines()) if not name.startswith(":")}
    pages = {page for page in DOCS.rglob("*.md") if page != DOCS / "index.md" and page.parent != DOCS / "exploring"}
    assert {page.relative_to(DOCS) for page in pages - listed} == set()
    assert {page for page in listed if not page.exists()} == set()


@pytest.mark.slow
def test_what_the_first_page_shows_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = consoles("docs/start.md")
    assert len(examples) == 5
    monkeypatch.chdir(tmp_path)
    with gate.at_full_cost():
        for command, output in examples:
            assert_prints(command, output)
