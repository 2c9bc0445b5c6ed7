"""A study that was left alone, with which those to which something happened are compared."""

from __future__ import annotations

import pytest

from rolloutsim.scenario import Scenario, parse
from rolloutsim.study.sweep import sweep
from tests.study.test_sweep import LEVERS, TEXT, finals


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return parse(TEXT)


@pytest.fixture(scope="session")
def whole(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of the final tables."""
    folder = tmp_path_factory.mktemp("whole")
    sweep(scenario, levers=LEVERS, out=folder, workers=1)
    return finals(folder)
