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

# Hypothesis finds the same examples every time, so that a failure is one on every machine.
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

# Tests kill processes and never the machine, so nothing need reach the disk; some thousand waits for it take a minute.
os.fsync = lambda descriptor: None

#: Files whose tests make machine code, which takes a minute once per state of the sources. They are first, so that one process makes it
#: while others run tests that need none.
COMPILED = {
    "cli/test_verify.py",
    "distributions/test_compiled.py",
    "robomaker/test_engines.py",
    "simulation/test_cancel_after.py",
    "simulation/test_compiled.py",
    "simulation/test_dated_traces.py",
    "simulation/test_engines.py",
    "simulation/test_equilibrium.py",
    "simulation/test_flapping.py",
    "simulation/test_golden.py",
    "simulation/test_laws.py",
    "simulation/test_machine.py",
    "simulation/test_machine_code.py",
    "simulation/test_network.py",
    "simulation/test_oracles.py",
    "simulation/test_outages.py",
    "simulation/test_processors.py",
    "simulation/test_reduction.py",
    "simulation/test_schedules.py",
    "simulation/test_sharing.py",
    "simulation/test_sharing_laws.py",
    "simulation/test_soaks.py",
    "simulation/test_ties.py",
    "simulation/test_traces.py",
    "study/test_engines.py",
    "test_benchmarks.py",
    "test_examples.py",
    "test_extending.py",
    "test_elementary.py",
    "test_kernel.py",
    "test_randomness.py",
}

#: Files that answer within two seconds and need no machine code.
QUICK = {
    "analysis/test_bounds.py",
    "analysis/test_codes.py",
    "analysis/test_curves.py",
    "analysis/test_deciding.py",
    "analysis/test_estimates.py",
    "analysis/test_expressions.py",
    "analysis/test_links.py",
    "analysis/test_summary.py",
    "cli/test_commands.py",
    "cli/test_mistakes.py",
    "cli/test_numbers.py",
    "distributions/test_forms.py",
    "distributions/test_length_biased.py",
    "distributions/test_oracles.py",
    "distributions/test_quantiles.py",
    "distributions/test_validation.py",
    "report/test_axes.py",
    "report/test_robots_by_state.py",
    "report/test_verdicts.py",
    "robomaker/test_client.py",
    "robomaker/test_client_over_time.py",
    "robomaker/test_exceptions.py",
    "robomaker/test_jobs.py",
    "robomaker/test_operations.py",
    "robomaker/test_page.py",
    "robomaker/test_protocol.py",
    "robomaker/test_validation.py",
    "scenario/test_chance.py",
    "scenario/test_messages.py",
    "scenario/test_model.py",
    "scenario/test_nothing.py",
    "scenario/test_numbers.py",
    "scenario/test_paths.py",
    "scenario/test_presets.py",
    "scenario/test_quantities.py",
    "scenario/test_record_warnings.py",
    "scenario/test_records.py",
    "scenario/test_schedule.py",
    "scenario/test_source.py",
    "scenario/test_stages.py",
    "scenario/test_suspicions.py",
    "scenario/test_tabs.py",
    "scenario/test_uncertainties.py",
    "simulation/test_agenda.py",
    "simulation/test_calendars.py",
    "simulation/test_choice.py",
    "simulation/test_heaps.py",
    "simulation/test_plan.py",
    "simulation/test_skip.py",
    "simulation/test_tables.py",
    "study/test_arguments.py",
    "study/test_cores.py",
    "study/test_effects.py",
    "study/test_interruption.py",
    "study/test_parquet.py",
    "study/test_records.py",
    "test_dependencies.py",
    "test_docs.py",
    "test_faults.py",
    "test_formatting.py",
    "test_layering.py",
    "test_printing.py",
    "test_public_api.py",
    "test_scenario_page.py",
}

#: Folders whose subject is the numbers: nothing waits there, and nothing is interrupted.
NUMBERS = ("analysis", "distributions", "report", "scenario", "simulation")

_numba_was_there = pytest.StashKey[bool]()

# Every process that a test starts begins in `tests/startup`, and can import the tests.
os.environ["PYTHONPATH"] = os.pathsep.join([str(FOLDER / "startup"), str(gate.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
if gate.wanted():
    from rolloutsim.simulation.replicate import Replicator

    gate.obey(Replicator)


def _file(item: pytest.Item) -> str:
    return item.path.relative_to(FOLDER).as_posix() if item.path.is_relative_to(FOLDER) else ""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files out that have no quick test, if only these are asked for: to import all files takes a third of the time."""
    if config.option.markexpr == "quick" and collection_path.name.startswith("test_") and collection_path.is_relative_to(FOLDER):
        return collection_path.relative_to(FOLDER).as_posix() not in QUICK
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that answer at once, and those of numbers; put those that need machine code first."""
    for item in items:
        file = _file(item)
        if (file in QUICK or not file) and item.get_closest_marker("slow") is None:
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """Refuse a quick test that needs machine code."""
    result = yield
    if item.get_closest_marker("quick") and "numba" in sys.modules and not item.stash[_numba_was_there]:
        pytest.fail("a quick test must not import numba: its file is none of QUICK in tests/conftest.py")
    return result
