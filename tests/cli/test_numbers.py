"""Whole numbers on the command line have bounds, and what is no number is refused in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result

from rolloutsim.cli.types import Count

LONG = "9" * 5000


@pytest.mark.parametrize("value", [LONG, "²", "1e9", "0", "-1", "10000001", "", " ", "1.5", "2,400"])
def test_options_have_bounds(invoke: Callable[..., Result], small: str, value: str) -> None:
    for option in ("--replicates", "--executor"):
        result = invoke("run", small, f"{option}={value}")
        assert result.exit_code == 2
        words = "there is no executor" if option == "--executor" and not value.strip() else "is not a whole number from 1 to "
        assert words in result.stderr
    assert invoke("sweep", small, "--shard", f"1/{value or 'x'}").exit_code == 2


def test_bounds_are_allowed() -> None:
    assert [Count(2, 9).convert(value, None, None) for value in ("2", "9", 9)] == [2, 9, 9]


def test_a_number_with_a_separator_on_the_command_line(invoke: Callable[..., Result], small: str) -> None:
    assert "write 2400" in invoke("run", small, "--replicates", "2,400").stderr
