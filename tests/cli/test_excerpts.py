"""Mistakes are printed with the line of the file, and carets below what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Invoke = Callable[..., Result]

MISTAKES = """\
fleet:
  - {cohort: dock, robots: 5.5}
application: {bundle: 8 MB}
rules:
  dispatch: "batsch"   # a slip
  oder: listed
"""


def printed(invoke: Invoke, text: str, *command: str, name: str = "fleet.yaml") -> list[str]:
    Path(name).write_text(text, encoding="utf-8")
    result = invoke(*(command or ("run",)), name)
    assert result.exit_code == 2
    return result.stderr.splitlines()


@pytest.mark.parametrize("command", ["run", "show", "validate"])
def test_each_mistake_has_its_line(invoke: Invoke, command: str) -> None:
    lines = printed(invoke, MISTAKES, command)
    assert [line for line in lines if line.startswith("  ")] == [
        "  2 |   - {cohort: dock, robots: 5.5}",
        "    |                            ^^^",
        '  5 |   dispatch: "batsch"   # a slip',
        "    |             ^^^^^^^^",
        "  6 |   oder: listed",
        "    |   ^^^^",
    ]
    assert [line.removeprefix("error: ").partition(": found")[0] for line in lines[::3]] == [
        "fleet.yaml:2:28: fleet.dock.robots",
        "fleet.yaml:5:13: rules.dispatch",
        "fleet.yaml:6:3: rules.oder",
    ]


def test_a_long_line_is_cut_around_the_mistake(invoke: Invoke) -> None:
    lines = printed(invoke, f'fleet: [{{cohort: dock, class: "{"x" * 200}", robots: 5.5}}]\napplication: {{bundle: 8 MB}}\n')
    shown = [line for line in lines if line.startswith("  ")]
    assert all(len(line) <= 100 for line in shown)
    place = shown[-1].index("^")
    assert shown[-2][place : place + 3] == "5.5"


def test_control_characters_do_not_move_the_carets(invoke: Invoke) -> None:
    _, line, carets = printed(invoke, 'fleet: [{cohort: dock, class: "\u202e", robots: 5.5}]\napplication: {bundle: 8 MB}\n')[-3:]
    assert "\u202e" not in line
    assert line[carets.index("^") :].startswith("5.5")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("fleet: [{cohort: dock, robots: 5}]\n", "fleet.yaml"),  # a key is missing
        (MISTAKES, "secrets.env"),  # not the name of a scenario
        ("fleet: [\n  {a: b\n", "fleet.yaml"),  # it ends too early
    ],
)
def test_what_has_no_line_to_show(invoke: Invoke, text: str, name: str) -> None:
    assert not any("^" in line for line in printed(invoke, text, name=name))
