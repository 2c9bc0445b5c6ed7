"""``verify`` reports that both engines agree, or where they differ first."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from rolloutsim.simulation.engines.compiled.engine import Machine
from rolloutsim.simulation.records.log import Columns

Invoke = Callable[..., Result]


def test_engines_that_agree(invoke: Invoke, small: str) -> None:
    result = invoke("verify", small, "-n", "2")
    assert result.exit_code == 0
    assert result.stdout == "small: both engines give the same tables in 2 of 2 replicates, seed 3\n"


@pytest.mark.numbers
def test_engines_that_differ(invoke: Invoke, small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last bit of one robot's instant, in replicate 1."""
    run = Machine.run

    def other(self: Machine, line: Any, rules: Any, seed: int, replicate: int) -> tuple[Columns, Any]:
        columns, reachable = run(self, line, rules, seed, replicate)
        if replicate == 1:
            columns.robots["reached"].view("int64")[4] += 1
        return columns, reachable

    monkeypatch.setattr(Machine, "run", other)
    result = invoke("verify", small, "-n", "3")
    assert result.exit_code == 1
    assert result.stdout.startswith(
        "small: the engines differ in 1 of 3 replicates, seed 3\n  replicate 1, table robots, row 4, column reached_s: "
    )
    assert "please report it" in result.stdout
    found = json.loads(invoke("verify", small, "-n", "3", "--json").stdout)["differences"]
    assert [(each["replicate"], each["row"], each["column"]) for each in found] == [(1, 4, "reached_s")]
    assert found[0]["simpy"] != found[0]["compiled"]
