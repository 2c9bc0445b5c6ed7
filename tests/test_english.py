"""Plain English: the documentation, help texts, messages, docstrings and comments avoid a few habits.

The documentation and the help texts are strict. Habits in the package are counted, and their number may only fall.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from rolloutsim.cli import cli
from tests.pages import ROOT

_ONE = "row|file|event|column|coin|robot|replicate|process|processe|entry|entrie|point|value|case|suite|plan|line|task|share|mean|byte|cell"
_EACH = (
    "replicate|robot|cohort|site|job|point|input|core|second|machine|check|scenario|metric|task|chunk|call|stage|attempt|phase|concept|week"
)

_AMOUNT = r"[0-9]{3,}|[0-9]+ (?:ns|us|ms|s|min|h)|one|yes or no"

#: Habits, and what to write instead.
HABITS: dict[str, tuple[str, str]] = {
    "a for per": (
        rf"\b(?:once|{_AMOUNT}|(?:{_ONE})s?)\s+an?\s+(?:{_EACH})\b(?!\s+(?:of|that|with|in|is|has)\b)",
        "one row per replicate",
    ),
    "tell": (r"\b(?:tell|tells|telling|told)\b", "show, print, report, distinguish"),
    "say": (r"\b(?:say|says|saying|said)\b", "show, print, report, define, mean"),
    "persons": (
        r"\b(?:he|him|his|who|whom|nobody|somebody|anybody|everybody)\b",
        "robots, flows and programs are it; no robot, any process",
    ),
    "it is looked": (r"\b(?:it|is|are|was|be) looked\b", "check, read, compare"),
    "cannot be": (r"\b(?:that|which|it) cannot be(?=[.,;:)]|$)", "invalid"),
    "one's own": (r"\bone['’]s own\b", "your own"),
    "come along": (r"\bcomes? along\b", "bundled"),
    "means nothing": (r"\bmeans nothing\b", "is invalid"),
    "anew": (r"\banew\b", "again"),
}

#: What stays, with the reason: the end of a path, and the words that stay.
ALLOWED: dict[tuple[str, str], str] = {}

#: Habits in docstrings, comments and messages of the package. Lower it with every file that you mend; it must end at 0.
MOST_IN_PACKAGE = 0


def found(text: str, where: str) -> Iterator[str]:
    """Yield the habits in a text, each with its place."""
    for name, (pattern, better) in HABITS.items():
        for match in re.finditer(pattern, text, re.IGNORECASE | re.MULTILINE):
            around = " ".join(text[max(match.start() - 40, 0) : match.end() + 40].split())
            if not any(where.split(":")[0].endswith(path) and words in around for path, words in ALLOWED):
                line = text.count("\n", 0, match.start()) + 1
                yield f"{where}:{line}: {name}: …{around}… (write e.g. {better})"


def notebook_text(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def yaml_text(path: Path) -> str:
    """Return comments and descriptions."""
    return "\n".join(re.findall(r"(?:#|description:) .*", path.read_text(encoding="utf-8")))


def documents() -> dict[str, str]:
    """Return what is strict, by its name."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "scenarios").rglob("*.md"), ROOT / "benchmarks" / "README.md"]
    texts = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in pages}
    texts |= {path.relative_to(ROOT).as_posix(): notebook_text(path) for path in (ROOT / "notebooks").glob("*.ipynb")}
    yaml = [*(ROOT / "scenarios").glob("*.yaml"), *(ROOT / "docs").rglob("*.y*ml"), *(ROOT / "rolloutsim").rglob("*.yaml")]
    return texts | {path.relative_to(ROOT).as_posix(): yaml_text(path) for path in yaml}


def help_text(command: click.Command) -> str:
    options = [option.help or "" for option in command.params if isinstance(option, click.Option)]
    return "\n".join([command.help or "", command.short_help or "", *options])


def prose(source: str) -> str:
    """Return the docstrings, comments and messages of a module, each at its line."""
    lines = [""] * (source.count("\n") + 2)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            lines[token.start[0] - 1] += token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            for number, line in enumerate(node.value.splitlines(), node.lineno - 1):
                lines[min(number, len(lines) - 1)] += re.sub(r"(?:>>>|\.\.\.) .*", "", line)
    return "\n".join(lines)


def names_and_comments(source: str) -> str:
    """Return names of functions and classes, docstrings and comments of a module, each at its line."""
    lines = [""] * (source.count("\n") + 2)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            lines[token.start[0] - 1] += token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            lines[node.lineno - 1] += node.name.replace("_", " ")
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and (docstring := ast.get_docstring(node)):
            for number, line in enumerate(docstring.splitlines(), node.body[0].lineno - 1):
                lines[number] += line
    return "\n".join(lines)


@pytest.mark.parametrize("name", documents())
def test_the_documentation_is_in_plain_english(name: str) -> None:
    assert list(found(documents()[name], name)) == []


@pytest.mark.parametrize("name", cli.list_commands(click.Context(cli)))
def test_help_texts_are_in_plain_english(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert list(found(help_text(command), f"rolloutsim {name} --help")) == []


def test_the_package_gets_better() -> None:
    habits = [
        habit
        for path in sorted((ROOT / "rolloutsim").rglob("*.py"))
        for habit in found(prose(path.read_text(encoding="utf-8")), path.relative_to(ROOT).as_posix())
    ]
    assert len(habits) <= MOST_IN_PACKAGE, "\n".join(habits)


def test_tests_are_in_plain_english() -> None:
    """Strings of tests hold what programs print, and what they must refuse."""
    assert [
        habit
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for habit in found(names_and_comments(path.read_text(encoding="utf-8")), path.relative_to(ROOT).as_posix())
    ] == []


def test_few_exceptions() -> None:
    assert len(ALLOWED) <= 30
    texts = {**documents(), **{path.as_posix(): path.read_text(encoding="utf-8") for path in (ROOT / "rolloutsim").rglob("*.py")}}
    for (path, words), reason in ALLOWED.items():
        assert reason
        assert any(name.endswith(path) and words in " ".join(text.split()) for name, text in texts.items()), f"{path}: {words} is gone"


@pytest.mark.parametrize(
    ("text", "habit"),
    [
        ("one row a replicate", "a for per"),
        ("drawn once a job", "a for per"),
        ("about 80 ns a call", "a for per"),
        ("one yes or no a replicate", "a for per"),
        ("about 20,000 a second", "a for per"),
        ("the command tells which", "tell"),
        ("the file says so", "say"),
        ("a robot that nobody waits for", "persons"),
        ("it is looked after 40 replicates", "it is looked"),
        ("For arguments that cannot be.", "cannot be"),
        ("an executor of one's own", "one's own"),
        ("it is made anew", "anew"),
    ],
)
def test_habits_are_found(text: str, habit: str) -> None:
    assert [one.split(": ")[1] for one in found(text, "here")] == [habit]


@pytest.mark.parametrize("text", ["one row per replicate", "a file that cannot be read", "give each robot a slot", "whose rates vary"])
def test_plain_sentences_pass(text: str) -> None:
    assert list(found(text, "here")) == []
