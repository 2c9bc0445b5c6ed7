"""Uncertainties: the dimension of a distribution is that of its units, wherever in it they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rolloutsim.errors import ScenarioError
from rolloutsim.scenario import build

KEY = "application.steps.launching.duration"


def problems(said: Any, key: str = KEY) -> list[str]:
    """Return what is wrong with an uncertainty."""
    try:
        build({"fleet": [{"cohort": "a", "robots": 1}], "application": {"bundle": "1 MB"}, "sweep": {"uncertainties": {key: said}}})
    except ScenarioError as error:
        return [problem.why for problem in error.problems if problem.severity == "error"]
    return []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"uniform": {"low": "4 MB", "high": "6 s"}}, "4 MB (a size) and 6 s (a duration)"),
        ({"uniform": {"low": "4 s", "high": "6 MB/s"}}, "4 s (a duration) and 6 MB/s (a rate)"),
        (
            {"mixture": [{"weight": 0.5, "of": "3 s"}, {"weight": 0.5, "of": {"exponential": {"mean": "3 MB"}}}]},
            "3 s (a duration) and 3 MB",
        ),
        ({"empirical": {"values": ["1 s", "2 s", "1 MB", "3 Mbit/s"]}}, "1 s (a duration), 1 MB (a size) and 3 Mbit/s (a rate)"),
    ],
)
def test_of_units_that_do_not_go_together_none_is_blamed(said: Any, found: str) -> None:
    (why,) = problems(said)
    assert why.startswith(found)
    assert why.endswith("do not go together")


def test_a_file_or_a_column_may_be_called_as_a_unit_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("B").write_text("MB\n3\n4\n", encoding="utf-8")
    assert problems({"empirical": {"file": "B", "column": "MB", "unit": "s"}}) == []


@pytest.mark.parametrize(
    "said", [{"uniform": {"low": "4 s", "high": "6 min"}}, {"shifted": {"by": "1 s", "of": {"exponential": {"mean": "3 h"}}}}]
)
def test_units_of_the_same_dimension_go_together(said: Any) -> None:
    assert problems(said) == []
