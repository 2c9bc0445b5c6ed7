"""The examples of a page: Python that runs, and commands with what they print."""

from __future__ import annotations

import doctest
import re
import shlex
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from click.testing import CliRunner

from rolloutsim.cli import cli

ROOT = Path(__file__).parents[1]
OMITTED = "…"


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def run_python(page: str) -> dict[str, Any]:
    """Run all Python blocks of a page in order, as one program; those that begin with a prompt print what they show."""
    names: dict[str, Any] = {"__name__": "page"}
    blocks = re.findall(r"^```python\n(.*?)^```", text(page), re.DOTALL | re.MULTILINE)
    assert blocks, f"{page} has no Python"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for block in blocks:
        if not block.startswith(">>>"):
            exec(compile(block, page, "exec"), names)
            continue
        example = doctest.DocTestParser().get_doctest(block, names, page, page, 0)
        reports: list[str] = []
        result = runner.run(example, out=reports.append, clear_globs=False)
        assert result.failed == 0, "".join(reports)
        names = example.globs
    return names


def consoles(page: str) -> list[tuple[str, str]]:
    """Return the commands of a page, each on one line, and what the page shows of their output."""
    found = re.findall(r"^<!-- console -->\n```console\n\$ ((?:[^\n]*\\\n)*[^\n]*)\n(.*?)^```", text(page), re.DOTALL | re.MULTILINE)
    return [(re.sub(r"\\\n *", "", command), output) for command, output in found]


def assert_prints(command: str, shown: str) -> None:
    """Check that a command succeeds and prints what is shown, up to what is left out."""
    # pytest-xdist names a width of 80 columns, and what goes to a file is not folded.
    result = CliRunner().invoke(cli, shlex.split(command)[1:], env={"COLUMNS": None})
    assert result.exit_code == 0, result.output
    assert_shown(shown, result.stdout)


def assert_shown(shown: str, printed: str) -> None:
    """Check that a text is part of what was printed; lines with … stand for any number of lines."""
    for part in filter(None, re.split(rf"^{OMITTED}\n", shown, flags=re.MULTILINE)):
        _, found, printed = printed.partition(part)
        assert found == part, f"not printed, or not in this order:\n{part}\nleft:\n{printed}"


def docs_module(name: str) -> ModuleType:
    """Return a module of the folder docs, whose modules import each other."""
    folder = str(ROOT / "docs")
    sys.path.insert(0, folder)
    try:
        return import_module(name)
    finally:
        sys.path.remove(folder)
