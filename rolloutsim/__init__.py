"""Simulate rollouts to fleets of robots before anyone presses *deploy*.

>>> import rolloutsim
>>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
>>> results = rolloutsim.simulate(scenario, replicates=3, seed=1)
>>> len(results.jobs)
3
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rolloutsim.errors import RolloutsimError, ScenarioError, SimulationError, StoreError, UsageError
    from rolloutsim.results import Results, simulate
    from rolloutsim.scenario import Scenario, load
    from rolloutsim.study import check, compare, plan, sensitivity
    from rolloutsim.study.store.files import load_tables
    from rolloutsim.study.study import Study
    from rolloutsim.study.sweep import sweep

__all__ = [
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
    "load",
    "load_tables",
    "plan",
    "sensitivity",
    "simulate",
    "sweep",
]

_HOMES = {
    "Results": "results",
    "simulate": "results",
    "check": "study",
    "compare": "study",
    "plan": "study",
    "sensitivity": "study",
    "Study": "study.study",
    "sweep": "study.sweep",
    "Scenario": "scenario",
    "load": "scenario",
    "load_tables": "study.store.files",
}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that commands which simulate nothing start at once.
    if name not in __all__:
        raise AttributeError(f"module 'rolloutsim' has no attribute {name!r}")
    return getattr(import_module(f"rolloutsim.{_HOMES.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return __all__
