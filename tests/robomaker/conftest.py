"""What the tests of RoboMaker's API share."""

from __future__ import annotations

import pytest

from tests.cli.conftest import invoke
from tests.robomaker.fleets import Bench

__all__ = ["bench", "invoke"]


@pytest.fixture
def bench() -> Bench:
    return Bench(registered=False, robots=4)
