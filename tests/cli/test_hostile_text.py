"""Names, descriptions, file names and values that would steer a terminal or a CI system are refused or made visible."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import build, load
from tests.cli.conftest import TEXT, process

Invoke = Callable[..., Result]

HOSTILE = [
    "::error::x",
    "\x1b[31mred",
    "a\u202eb",
    "a\nb",
    "a\tb",
    "\x9b31m",
    "a\u200bb",
    "",
    " a",
    "-a",
    "_a",
    "x" * 101,
    "*a",
    "a\r",
]
HARMLESS = ["a", "Ünter den Linden", "7", "東京", "night shift (2)", "x" * 100, "a::error::b"]


def data(**changes: object) -> dict[str, object]:
    return {"fleet": [{"cohort": "dock", "robots": 10}], "application": {"bundle": "350 MB"}} | changes


def places(name: str) -> dict[str, dict[str, object]]:
    """Return a scenario with a name in each place that has one."""
    return {
        "scenario": data(scenario=name),
        "cohort": data(fleet=[{"cohort": name, "robots": 1}]),
        "site": data(fleet=[{"cohort": "dock", "robots": 1, "site": name}]),
        "sites": data(fleet=[{"cohort": "dock", "robots": 1, "site": "a"}], network={"sites": {"a": {}, name: {"downlink": "1 MB/s"}}}),
    }


@pytest.mark.parametrize("place", sorted(places("a")))
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_refused(name: str, place: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        build(places(name)[place])
    assert all(problem.hint and str(problem).isprintable() for problem in caught.value.problems)


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_names_are_names_of_scenarios(name: str) -> None:
    build(data(scenario=name))


@pytest.mark.parametrize("command", ["run", "show", "check", "validate"])
def test_a_description_is_never_a_command(invoke: Invoke, small: str, command: str) -> None:
    lines = "\n".join([*(["many words"] * 20), "::error::all is lost", "\x1b[31mred", "##vso[task.complete]"])
    checks = ["failed_share <= 100 %"]
    Path(small).write_text(TEXT + f"description: {json.dumps(lines)}\nchecks: {json.dumps(checks)}\n", encoding="utf-8")
    result = invoke(command, small, *(["--engine", "simpy", "-n", "2"] if command == "run" else []))
    assert result.exit_code in (0, 4)
    harmless(result.output)


def harmless(printed: str) -> None:
    assert not any(line.lstrip().startswith("::") for line in printed.splitlines())
    assert "##vso[" not in printed
    assert all(line.isprintable() for line in printed.split("\n"))


def test_a_description_is_folded(invoke: Invoke, small: str) -> None:
    Path(small).write_text(TEXT + 'description: "one\\n\\n   two\\tthree"\n', encoding="utf-8")
    assert "\none two three\n" in invoke("show", small).stdout
    assert load(small).description == "one\n\n   two\tthree"
    assert json.loads(invoke("show", small, "--json").stdout)["description"] == "one\n\n   two\tthree"


@pytest.mark.parametrize("name", ["a\n::error::b.yaml", "\x1b[31m.yaml", "a\u202eb.yaml"])
@pytest.mark.parametrize("command", ["run", "show", "validate", "check", "compare"])
def test_a_file_name_is_never_a_command(invoke: Invoke, name: str, command: str) -> None:
    result = invoke(command, name)
    assert result.exit_code == 2
    harmless(result.output)
    Path(name).write_text(TEXT.replace("robots: 8", "robots: 0"), encoding="utf-8")
    harmless(invoke(command, name).output)


@pytest.mark.slow
@pytest.mark.parametrize(
    "args",
    [
        ("run", "--set", "a\n::error::b=1"),
        pytest.param(("run", "--set", "\n::error::b"), marks=pytest.mark.slow),
        pytest.param(("run", "--precision", "\n::error::b 5"), marks=pytest.mark.slow),
        ("run", "--engine", "\x1b[31m"),
        ("sweep", "--lever", "rules.dispatch=\n::error::b"),
        pytest.param(("sweep", "--metric", "\n::error::b"), marks=pytest.mark.slow),
        pytest.param(("compare", "--metric", "\x1b[31m"), marks=pytest.mark.slow),
        ("run", "--out", "\n::error::b/\0"),
        pytest.param(("run", "--\x1b[31m"), marks=pytest.mark.slow),
        ("\x1b[31m",),
    ],
)
def test_a_quoted_value_is_never_a_command(small: str, args: tuple[str, ...]) -> None:
    if any("\0" in arg for arg in args):
        args = tuple(arg.replace("\0", "") for arg in args)
        Path(small).with_name("x").write_text("")
    command, *options = args
    result = process(command, small, *options, cwd=Path(small).parent)
    assert result.returncode in (0, 2)
    harmless(result.stdout + result.stderr)


def test_the_check_of_a_hostile_scenario_in_markdown(invoke: Invoke, small: str) -> None:
    Path(small).write_text(TEXT + 'checks: ["failed_share <= 100 %\\u202e"]\n', encoding="utf-8")
    result = invoke("check", small, "--summary", "summary.md")
    assert result.exit_code == 2
    harmless(result.output)
