"""What is probably not meant gets a warning, wherever it is written, and each warning once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import TEXT

Invoke = Callable[..., Result]

TIME = "time_to_complete.p50"
BUNDLES = "application.bundle=1.000 MB,2.000 MB"


@pytest.fixture(autouse=True)
def _simple(small: str) -> None:
    Path(small).write_text(TEXT.replace("replicates: 4", "replicates: 20"), encoding="utf-8")


def warnings(result: Result) -> list[str]:
    return [line for line in result.stderr.splitlines() if line.startswith("warning: ")]


@pytest.mark.parametrize(
    ("command", "hints"),
    [
        (("sweep", "-n", "2", "--sample", "1", "--lever", BUNDLES), [f"--lever {BUNDLES}: write 1 MB", f"--lever {BUNDLES}: write 2 MB"]),
        (
            ("plan", "--minimize", TIME, "--over", "application.bundle=1.5 MB,2.000 MB", "--subject-to", f"{TIME} <= 9.000 h"),
            ["--over application.bundle=1.5 MB,2.000 MB: write 2 MB", f"--subject-to {TIME} <= 9.000 h: write 9 h"],
        ),
        (("run", "--by", "1.000 h"), ["--by 1.000 h: write 1 h"]),
        (("run", "--precision", f"{TIME} 100.500 s", "--max-replicates", "20"), [f"--precision {TIME} 100.500 s: write 100.5 s"]),
        (
            ("compare", "--against", "application.bundle=2.000 MB", "--fail-if-worse", f"{TIME} 1.000 s"),
            ['small.yaml: application.bundle: found "2.000 MB"; write 2 MB', f"--fail-if-worse {TIME} 1.000 s: write 1 s"],
        ),
        (("check", "--set", f'checks=["{TIME} <= 1.000 h"]'), [f'small.yaml: checks[0]: found "{TIME} <= 1.000 h"; write 1 h']),
        (("run", "--set", "fleet.dock.robots=2.000 robots"), ['fleet.dock.robots: found "2.000 robots"; write 2 robots']),
        (("run", "--by", "1.5 h"), []),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_point_that_may_be_meant_for_thousands(invoke: Invoke, small: str, command: tuple[str, ...], hints: list[str]) -> None:
    found = [
        line.replace("a point separates decimals; before three digits it may be meant for thousands; ", "")
        for line in warnings(invoke(command[0], small, *command[1:]))
    ]
    assert len(found) == len(hints), found
    for line, hint in zip(found, hints, strict=True):
        assert hint in line


def test_a_warning_of_both_sides_of_a_comparison_is_printed_once(invoke: Invoke, small: str) -> None:
    Path(small).write_text(TEXT.replace("bundle: 100 MB", "bundle: 1.000 MB"), encoding="utf-8")
    (warning,) = warnings(invoke("compare", small, "--metric", "failed", "--against", "fleet.dock.robots=3"))
    assert f"{small}:8:11: application.bundle: found 1.000 MB" in warning
    both = warnings(invoke("compare", small, "--metric", "failed", "--against", "application.bundle=2.000 MB"))
    assert [line.partition("write ")[2][:4] for line in both] == ["1 MB", "2 MB"]
