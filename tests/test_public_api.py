"""What `import rolloutsim` offers, and what it costs."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import rolloutsim
from rolloutsim.errors import Problem, RolloutsimError, ScenarioError, SimulationError, StoreError, UsageError
from tests.gate import PATIENCE_S

ROOT = Path(__file__).parents[1]
PROBLEM = Problem(
    "out-of-range", ("fleet", 0, "robots"), "a cohort has at least one robot", "write 1 or more", found="0", file="a.yaml", line=3
)
ERRORS = [
    RolloutsimError("something"),
    ScenarioError((PROBLEM, PROBLEM._replace(line=4, severity="warning"))),
    SimulationError("replicate 3 crashed"),
    StoreError("out: cannot be written"),
    UsageError("seed -1 is out of range"),
]


def test_the_list_of_names() -> None:
    assert rolloutsim.__all__ == [
        "DispatchPolicy",
        "JobView",
        "Results",
        "RolloutsimError",
        "Scenario",
        "ScenarioError",
        "SimulationError",
        "StoreError",
        "Study",
        "UsageError",
        "check",
        "compare",
        "explore",
        "load",
        "load_tables",
        "plan",
        "sensitivity",
        "simulate",
        "sweep",
    ]
    assert dir(rolloutsim) == rolloutsim.__all__


@pytest.mark.parametrize("name", rolloutsim.__all__)
def test_every_name_is_there_and_documented(name: str) -> None:
    assert getattr(rolloutsim, name).__doc__


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = rolloutsim.simulat


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_survive_pickling_and_rebuilding(error: RolloutsimError) -> None:
    for twin in (pickle.loads(pickle.dumps(error)), type(error)(*error.args)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)
        assert twin.exit_code == error.exit_code


def test_every_error_is_in_the_list_above() -> None:
    assert {type(error) for error in ERRORS} == {RolloutsimError, *RolloutsimError.__subclasses__()}


def imported_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE_S, cwd=ROOT)
    return set(done.stdout.splitlines()[-1].split())


HEAVY = {
    "numpy",
    "pandas",
    "matplotlib",
    "numba",
    "scipy",
    "simpy",
    "pydantic",
    "pyarrow",
    "rich",
    "sqlite3",
    "starlette",
    "uvicorn",
    "ipywidgets",
    "IPython",
}


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not imported_by("import rolloutsim") & HEAVY


def test_the_command_line_imports_nothing_heavy_for_help() -> None:
    modules = imported_by("from rolloutsim.cli import cli\ntry: cli(['--help'])\nexcept SystemExit: pass")
    assert "rolloutsim.cli" in modules
    assert not modules & HEAVY


def test_loading_a_scenario_imports_no_engine_and_no_tables() -> None:
    modules = imported_by("import rolloutsim\nrolloutsim.load('scenarios/warehouse-night.yaml')")
    assert "rolloutsim.scenario" in modules
    assert not modules & {"pandas", "matplotlib", "numba", "simpy", "pyarrow", "scipy.stats"}
