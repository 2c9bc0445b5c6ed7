"""The documentation is true of the program: generated parts are current, examples run, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from rolloutsim.cli import COMMANDS
from rolloutsim.scenario import Rules
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.vocabulary import CODES, PHASES
from tests.pages import ROOT, consoles, docs_module, text

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "benchmarks" / "README.md",
    ROOT / "scenarios" / "README.md",
]


@pytest.fixture
def generate() -> ModuleType:
    return docs_module("generate")


def test_generated_parts_are_current(generate: ModuleType) -> None:
    assert generate.outdated() == "", "run python docs/generate.py"


def test_an_outdated_part_is_shown(
    generate: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "docs" / "tables.md").write_text("old\n", encoding="utf-8")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert generate.main(["--check"]) == 1
    assert "-old" in capsys.readouterr().out
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    assert generate.main(["--chek"]) == 2


def test_the_readme_answers_five_questions_on_few_lines() -> None:
    assert [command.split()[1] for command, _ in consoles("README.md")] == ["run", "check", "compare", "sensitivity", "plan"]
    assert len(text("README.md").splitlines()) <= 120


def test_the_numbers_in_the_documentation_are_of_this_model() -> None:
    assert f"model version {MODEL_VERSION};" in text("docs/statistics.md"), "renew the summary there, and the numbers in the README"


def test_every_command_is_listed() -> None:
    for command in COMMANDS:
        assert f"rolloutsim {command} " in text("docs/commands.md")


@pytest.mark.parametrize("page", ["docs/studies.md", "docs/exploring.md"])
def test_the_pages_on_studies_show_what_scripts_need(page: str) -> None:
    assert 'if __name__ == "__main__":' in text(page)


@pytest.mark.parametrize("mark", ["run", "test"])
def test_each_set_up_line_is_one_line(mark: str) -> None:
    found = re.search(rf"<!-- {mark} -->\n```bash\n(.*)\n```", text("README.md"))
    assert found is not None
    assert found[1].startswith("python3 -m venv .venv && ")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8")):
        there = page.parent / target if target else page
        assert target.startswith("https://") or there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", [*PHASES, *CODES, *Rules.model_fields])
def test_the_reference_names_everything(name: str) -> None:
    assert re.search(rf"`(rules\.)?{name}\b", text("docs/model.md")), name


def test_pictures_are_small_and_shown_by_a_page() -> None:
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert pictures
    assert all(picture.stat().st_size < 200_000 for picture in pictures)
    pages = "".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    assert {picture.name for picture in pictures} == set(re.findall(r"images/([\w.]+)\)", pages))


def test_pictures_without_images_have_a_dark_palette() -> None:
    for picture in [*(ROOT / "docs" / "images").iterdir(), *(ROOT / "docs" / "reference" / "distributions").iterdir()]:
        text = picture.read_text(encoding="utf-8")
        assert ("prefers-color-scheme:dark" in text) != ("<image" in text), picture  # an image stays light, and all around it


def test_the_changelog_has_its_headings_once_and_is_short_before_the_first_release() -> None:
    changelog = text("CHANGELOG.md")
    assert re.findall(r"^### .*$", changelog, re.MULTILINE) == ["### Added", "### Numbers changed"], (
        "fixed bugs matter after the first release"
    )
    entries = re.findall(r"^- .*$", changelog, re.MULTILINE)
    assert len(set(entries)) == len(entries)
    assert len(changelog.split("### Numbers changed")[0].splitlines()) < 60
