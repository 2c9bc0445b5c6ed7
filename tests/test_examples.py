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


@pytest.mark.slow
@pytest.mark.parametrize(("command", "output"), [*consoles("docs/questions.md"), *consoles("docs/push_questions.md")])
def test_commands_answer_the_questions(command: str, output: str) -> None:
    assert_prints(command, output)


def test_every_question_has_a_command_and_a_picture() -> None:
    questions = text("docs/questions.md").partition("## Not yet")[0].split("\n## ")[1:]
    assert len(questions) == 13
    assert all("<!-- console -->" in question for question in questions)
    assert sum("![" in question for question in questions) == 12, "a pipeline has none"


def test_every_question_of_a_tracker_has_a_source_and_a_command() -> None:
    questions = text("docs/push_questions.md").split("\n## ")[1:]
    assert len(questions) == 5
    assert all(re.search(r"^[\w-]+/[\w-]+#\d+: ", question, re.MULTILINE) for question in questions)
    assert all("<!-- console -->" in question for question in questions)


@pytest.mark.slow
def test_the_summary_that_is_explained_is_printed() -> None:
    found = re.search(r"<!-- summary -->\n```text\n(.*?)```", text("docs/statistics.md"), re.DOTALL)
    assert found is not None
    assert_prints("rolloutsim run scenarios/warehouse-night.yaml --details", found[1])


def test_the_python_of_the_api_page_runs() -> None:
    assert len(run_python("docs/python.md")["study"]) == 2
