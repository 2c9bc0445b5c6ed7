"""Every command that simulates a study, on workers of every kind: the same answers, or a word about what is wrong with the workers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import Result

from rolloutsim.simulation.replicate import Replicator
from tests.cli.conftest import TEXT

Invoke = Callable[..., Result]

EVERYTHING = "sweep: {uncertainties: {application.bundle: {uniform: {low: 90 MB, high: 120 MB}}}}\nchecks: [failed_share <= 0.9]\n"
STUDIES = {
    "run": ("run", "study.yaml"),
    "run --precision": ("run", "study.yaml", "--precision", "failed_share 0.1", "--max-replicates", 90),
    "check": ("check", "study.yaml", "-n", 10, "--max-replicates", 40),
    "compare": ("compare", "study.yaml", "--against", "rules.dispatch=batch", "-n", 10),
    "sweep": ("sweep", "study.yaml", "--lever", "rules.dispatch=window,batch", "--sample", 2, "--metric", "slot"),
    "plan": ("plan", "study.yaml", "--minimize", "slot", "--over", "rules.concurrency=1,6", "-n", 10, "--max-replicates", 20),
    "sensitivity": ("sensitivity", "study.yaml", "--trajectories", 2, "-n", 2),
}
started: list[Executor] = []


def threads() -> Executor:
    started.append(ThreadPoolExecutor(3))
    return started[-1]


@pytest.fixture(params=STUDIES)
def study(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[object, ...]:
    (tmp_path / "study.yaml").write_text(TEXT + EVERYTHING, encoding="utf-8")
    return STUDIES[request.param]


@pytest.mark.slow
def test_no_number_depends_on_the_executor(invoke: Invoke, study: tuple[object, ...]) -> None:
    started.clear()
    there = invoke(*study, "--json", "--executor", "tests.cli.test_executors:threads")
    assert started
    assert there.exit_code in (0, 4)
    assert there.stdout == invoke(*study, "--json", "--executor", 1).stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--executor", "sheep"], "or module:factory\n"),
        (["--executor", "0"], "'0' is not a whole number from 1 to 1,024\n"),
    ],
)
def test_invalid_workers(invoke: Invoke, study: tuple[object, ...], options: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replicator, "run", None)
    result = invoke(*study, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(said)
