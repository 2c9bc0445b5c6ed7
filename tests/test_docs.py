"""The documentation says what is true of the program: generated parts are current, examples run, links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from rolloutsim.cli import COMMANDS
from rolloutsim.scenario import Rules
from rolloutsim.simulation.replicate import MODEL_VERSION
from rolloutsim.vocabulary import CODES, PHASES

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks" / "README.md"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_parts_are_current(generate: ModuleType) -> None:
    assert generate.outdated() == "", "run python docs/generate.py"


def test_an_outdated_part_is_shown(generate: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "README.md").write_text(f"before\n{generate.BEGIN}\nold\n{generate.END}\nafter\n", encoding="utf-8")
    generate.ROOT = tmp_path
    assert generate.main(["--check"]) == 1
    assert "-old" in capsys.readouterr().out
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    assert "after" in (tmp_path / "README.md").read_text(encoding="utf-8")
    assert generate.main(["--chek"]) == 2


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    found = re.search(r"<!-- python -->\n```python\n(.*?)```", text("README.md"), re.DOTALL)
    assert found is not None
    names: dict[str, object] = {}
    exec(compile(found[1], "README.md", "exec"), names)
    assert len(names["results"].jobs) == 10  # type: ignore[attr-defined]  # a Results


def test_the_numbers_in_the_readme_are_of_this_model() -> None:
    assert f"model version {MODEL_VERSION};" in text("README.md"), "run its first line and renew the numbers below it"


def test_the_readme_names_every_command() -> None:
    for command in COMMANDS:
        assert f"rolloutsim {command} " in text("README.md")


@pytest.mark.parametrize("page", ["docs/studies.md", "docs/exploring.md"])
def test_the_pages_on_studies_say_what_scripts_need(page: str) -> None:
    assert 'if __name__ == "__main__":' in text(page)


@pytest.mark.parametrize("mark", ["run", "test"])
def test_each_set_up_line_is_one_line(mark: str) -> None:
    found = re.search(rf"<!-- {mark} -->\n```bash\n(.*)\n```", text("README.md"))
    assert found is not None
    assert found[1].startswith("python3 -m venv .venv && ")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@pytest.mark.parametrize("name", [*PHASES, *CODES, *Rules.model_fields])
def test_the_reference_names_everything(name: str) -> None:
    assert re.search(rf"`(rules\.)?{name}\b", text("docs/model.md")), name


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "images").glob("*.png"))
    assert pictures
    assert all(picture.stat().st_size < 200_000 for picture in pictures)


def test_the_changelog_has_its_heading() -> None:
    assert "### Numbers changed" in text("CHANGELOG.md")
