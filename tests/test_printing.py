"""Whatever others wrote is printed so that it steers neither a terminal nor a CI system."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolloutsim.printing import as_json, escaped, log_warning, one_line, visible

PACKAGE = Path(__file__).parents[1] / "rolloutsim"

#: The modules through which everything is printed.
PRINTERS = {"cli/output.py"}


@given(st.text())
def test_nothing_that_is_not_printable_is_left(text: str) -> None:
    assert visible(text).replace("\n", "").isprintable()
    assert escaped(text).isprintable()
    assert one_line(text).isprintable()
    assert visible(text).count("\n") == text.count("\n")


@given(st.text(alphabet="\n :#[]abc", max_size=40))
def test_no_line_is_a_command_of_a_ci_system(text: str) -> None:
    for printed in (visible(text), one_line(text)):
        assert not any(line.lstrip().startswith("::") for line in printed.splitlines())
        assert "##[" not in printed
        assert "##vso[" not in visible(f"{text}##vso[{text}")


@given(st.text(alphabet="abcäöü .,;-_*'\"\n", max_size=40))
def test_ordinary_text_stays(text: str) -> None:
    assert visible(text) == text


@given(st.recursive(st.text() | st.none() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_reads_back_the_same(data: object) -> None:
    text = as_json(data)
    assert json.loads(text) == data
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_everything_is_printed_through_one_function(path: Path) -> None:
    """`click.echo`, `click.secho` and `print` are called with visible text only."""
    text = path.read_text(encoding="utf-8")
    if str(path.relative_to(PACKAGE)) in PRINTERS or not any(f"{name}(" in text for name in ("echo", "print")):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("click.echo", "click.secho", "print"):
            assert node.args, f"line {node.lineno}"
            assert ast.unparse(node.args[0]).startswith("visible("), f"line {node.lineno}: print through rolloutsim.cli.output.echo"


@pytest.mark.parametrize("close", ["sys.stderr.close()", "sys.stderr = None", "os.close(2)"])
def test_a_closed_standard_error_ends_no_program(close: str) -> None:
    code = f"import os, sys; from rolloutsim.printing import log_warning; {close}; log_warning('lost'); print(1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "1\n")


def test_a_warning_is_made_visible(caplog: pytest.LogCaptureFixture) -> None:
    log_warning("red: \x1b[31m, 100 %s")
    assert caplog.messages == ["red: \\x1b[31m, 100 %s"]
