"""Settings of all tests: random examples, the order, which tests are quick, and control of simulations."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests import gate

# Hypothesis finds the same examples every time, so that a failure is a failure for everybody.
settings.register_profile(
    "rolloutsim",
    derandomize=True,
    deadline=None,
    max_examples=50,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("rolloutsim")

# In the background of a shell Ctrl-C is ignored, also by what is started there; some tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

FOLDER = Path(__file__).parent

#: Files whose tests make machine code, which takes a minute once per state of the sources. They are first, so that one process makes it
#: while others run tests that need none.
COMPILED = {}

#: Other files of which a test takes a second or more: most start processes or draw pictures.
LONG = {}

#: Folders whose subject is the numbers: nothing waits there, and nothing is interrupted.
NUMBERS = ("analysis", "distributions", "scenario", "simulation")

_numba_was_there = pytest.StashKey[bool]()

# Every process that a test starts begins in `tests/startup`, and can import the tests.
os.environ["PYTHONPATH"] = os.pathsep.join([str(FOLDER / "startup"), str(gate.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
if gate.wanted():
    from rolloutsim.simulation.replicate import Replicator

    gate.obey(Replicator)


def _file(item: pytest.Item) -> str:
    return item.path.relative_to(FOLDER).as_posix() if item.path.is_relative_to(FOLDER) else ""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that answer at once, and those of numbers; put those that need machine code first."""
    for item in items:
        file = _file(item)
        if file not in COMPILED and file not in LONG and item.get_closest_marker("slow") is None:
            item.add_marker(pytest.mark.quick)
        if file.split("/")[0] in NUMBERS:
            item.add_marker(pytest.mark.numbers)
    items.sort(key=lambda item: _file(item) not in COMPILED)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    """Simulate every replicate where the numbers are the subject."""
    with gate.at_full_cost() if item.get_closest_marker("numbers") else nullcontext():
        return (yield)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember whether numba has been imported before the test."""
    item.stash[_numba_was_there] = "numba" in sys.modules


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Refuse a quick test that needs machine code."""
    if item.get_closest_marker("quick") and "numba" in sys.modules and not item.stash[_numba_was_there]:
        pytest.fail("a quick test must not import numba: name its file in COMPILED of tests/conftest.py")
