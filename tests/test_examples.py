"""The examples of the documentation run, and commands print what the pages show."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests import gate
from tests.pages import ROOT, assert_prints, assert_shown, consoles, run_python, text


@pytest.fixture(autouse=True)
def at_the_root_at_full_cost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(ROOT)
    with gate.at_full_cost():
        yield


def test_the_python_of_the_readme_runs() -> None:
    assert len(run_python("README.md")["results"].jobs) == 400


@pytest.mark.slow
@pytest.mark.parametrize(("command", "output"), consoles("README.md"), ids=[command.split()[1] for command, _ in consoles("README.md")])
def test_commands_print_what_the_readme_shows(command: str, output: str) -> None:
    assert_prints(command, output)


def test_what_is_not_printed_is_found() -> None:
    assert_shown("one\n…\nthree\n", "zero\none\ntwo\nthree\n")
    with pytest.raises(AssertionError, match="not in this order"):
        assert_shown("three\n…\none\n", "zero\none\ntwo\nthree\n")


def pages(folder: str) -> list[str]:
    """Return the pages of the questions in a folder of the documentation."""
    return sorted(page.relative_to(ROOT).as_posix() for page in (ROOT / "docs" / folder).glob("*.md"))


QUESTIONS, TRACKERS = pages("questions"), pages("push_questions")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "command", "output"), [(page, *example) for page in [*QUESTIONS, *TRACKERS] for example in consoles(page)]
)
def test_commands_answer_the_questions(page: str, command: str, output: str) -> None:
    assert_prints(command, output)


def test_every_question_has_a_picture_and_how_to_read_it() -> None:
    assert len(QUESTIONS) == 13
    assert [page for page in QUESTIONS if "![" not in text(page)] == ["docs/questions/pipeline.md"]
    assert all("**How to read" in text(page) for page in QUESTIONS)


def test_every_question_of_a_tracker_has_a_source() -> None:
    assert len(TRACKERS) == 5
    assert all(re.search(r"^[\w-]+/[\w-]+#\d+: ", text(page), re.MULTILINE) for page in TRACKERS)


@pytest.mark.parametrize("page", [*QUESTIONS, *TRACKERS])
def test_every_question_has_a_command_and_traps_and_an_answer_in_the_index(page: str) -> None:
    assert consoles(page)
    assert 1 <= len(re.findall(r"^- \*\*", text(page).partition("\n## Traps\n")[2], re.MULTILINE)) <= 4
    index, name = text(f"{page.rpartition('/')[0]}.md"), page.removeprefix("docs/")
    title = text(page).partition("\n")[0].removeprefix("# ")
    assert re.search(rf"^##+ {re.escape(title)}\n\n.+\({name}\)$", index, re.MULTILINE)


@pytest.mark.slow
def test_the_summary_that_is_explained_is_printed() -> None:
    found = re.search(r"<!-- summary -->\n```text\n(.*?)```", text("docs/statistics.md"), re.DOTALL)
    assert found is not None
    assert_prints("rolloutsim run scenarios/warehouse-night.yaml --details", found[1])


@pytest.mark.slow
def test_the_python_of_the_api_page_runs() -> None:
    assert len(run_python("docs/python.md")["study"]) == 2
