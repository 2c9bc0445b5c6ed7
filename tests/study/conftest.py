"""Studies and runs that were left alone, with which those to which something happened are compared."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rolloutsim.scenario import Scenario, parse
from rolloutsim.study.store.run_parts import part_size
from rolloutsim.study.sweep import sweep
from tests.study.run_folders import SCENARIO as RUN
from tests.study.run_folders import SIZE, Counted, into, tables_in
from tests.study.test_sweep import LEVERS, TEXT, finals


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return parse(TEXT)


@pytest.fixture(scope="session")
def whole(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of the final tables."""
    folder = tmp_path_factory.mktemp("whole")
    sweep(scenario, levers=LEVERS, out=folder, executor=1)
    return finals(folder)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make parts of four replicates, and tasks of one."""
    monkeypatch.setattr("rolloutsim.study.store.run_parts._DEPLOYMENTS", SIZE * 5)
    monkeypatch.setattr("rolloutsim.study.execution.tasks._GROWTH", 0)
    assert part_size(RUN) == SIZE


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], dict[str, bytes]]:
    """Return the files of an undisturbed run of so many replicates."""
    known: dict[int, dict[str, bytes]] = {}

    def make(replicates: int) -> dict[str, bytes]:
        if replicates not in known:
            folder = tmp_path_factory.mktemp("whole") / "run"
            into(folder, replicates=replicates)
            known[replicates] = tables_in(folder)
        return known[replicates]

    return make


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)
