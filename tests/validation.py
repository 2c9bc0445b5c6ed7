"""The page on validation, made by the tests: what theory expects, what the simulation gives, and the standard error.

``python -m tests.validation`` runs the statistical tests, the slow ones too, and writes ``docs/validation.md``.
``python -m tests.validation --check FILE`` compares the page with what a run of the tests noted in a file, which the environment
variable `NOTES` names.
"""

from __future__ import annotations

import ast
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

__all__ = ["NOTES", "Note", "note", "read_notes", "validation_page"]

NOTES = "ROLLOUTSIM_VALIDATION"
ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "validation.md"

HEAD = """\
# Validation

The tests make this page (`python -m tests.validation`); do not edit it. Each row compares the simulation with an exact result: a closed
form, a binomial, or a distribution function. *z* is the difference in standard errors. A test fails if a difference of this size had a
probability below one in a million, and it refuses samples that are too small to find the error that it promises to find.

The rows for distributions show the largest distance between the two distribution functions (Kolmogorov and Smirnov). That of a correct
sample is not 0: expected are its mean and its standard deviation.

Beside these, both engines give the same tables to the last bit (`rolloutsim verify`),
and an independent reference in `tests/simulation/reference`, written from [the text of the model](model.md), agrees with them on thousands
of random scenarios.
"""


class Note(NamedTuple):
    """What a test found.

    Attributes
    ----------
    test
        Its file, name and parameters, as pytest writes them.
    kind
        ``mean``, ``share`` or ``distance``.
    n
        Size of the sample.
    expected, found, error
        The exact value, that of the sample, and the standard error.
    """

    test: str
    kind: str
    n: int
    expected: float
    found: float
    error: float


def note(kind: str, n: int, expected: float, found: float, error: float) -> None:
    """Note what the current test found, if a file for it is named; processes append whole lines to it."""
    file = os.environ.get(NOTES)
    if file:
        test = os.environ["PYTEST_CURRENT_TEST"].removesuffix(" (call)")
        with open(file, "a", encoding="utf-8") as stream:
            stream.write(json.dumps([test, kind, n, expected, found, error]) + "\n")


def read_notes(file: Path) -> list[Note]:
    """Return what tests noted, in the order of their names; what a test noted keeps its order."""
    rows = [Note(*json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]
    return sorted(dict.fromkeys(rows), key=lambda row: row.test)


def validation_page(notes: Iterable[Note]) -> str:
    """Return the page."""
    files: dict[str, list[Note]] = {}
    for row in notes:
        files.setdefault(row.test.partition("::")[0], []).append(row)
    lines = [HEAD]
    for file, rows in files.items():
        subject = (ast.get_docstring(ast.parse((ROOT / file).read_text(encoding="utf-8"))) or file).split("\n\n")[0].replace("\n", " ")
        lines += [f"## {subject.rstrip('.')}", "", f"`{file}`", ""]
        lines += ["| test | compared | n | expected | simulated | standard error | z |", "|---|---|---|---|---|---|---|"]
        lines += [_line(row) for row in rows]
        lines.append("")
    return "\n".join(lines)


def _line(row: Note) -> str:
    name = re.sub(r"_", " ", row.test.partition("::")[2].removeprefix("test_")).replace("|", "\\|")
    z = f"{(row.found - row.expected) / row.error:+.1f}" if row.error else "0"
    numbers = " | ".join(f"{value:.5g}" for value in (row.expected, row.found, row.error))
    return f"| {name} | {row.kind} | {row.n:,} | {numbers} | {z} |"


def main(arguments: list[str]) -> int:
    """Write the page, or check it."""
    if arguments[:1] == ["--check"]:
        found, page = PAGE.read_text(encoding="utf-8"), validation_page(read_notes(Path(arguments[1])))
        difference = list(
            difflib.unified_diff(found.splitlines(), page.splitlines(), "docs/validation.md", "what the tests found", lineterm="")
        )
        if difference:
            print("\n".join(difference), "docs/validation.md is out of date: run python -m tests.validation", sep="\n")
        return bool(difference)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "notes"
        users = [path for path in sorted((ROOT / "tests" / "simulation").glob("test_*.py")) if "simulation.statistical" in path.read_text()]
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "slow or not slow", *map(str, users)]
        subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, NOTES: str(file)})
        PAGE.write_text(validation_page(read_notes(file)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
