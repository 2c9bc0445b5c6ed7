"""Simulate rollouts to fleets of robots before anyone presses *deploy*.

>>> import rolloutsim
>>> scenario = rolloutsim.load("scenarios/robomaker-100.yaml")
>>> results = rolloutsim.simulate(scenario, replicates=3, seed=1)
>>> len(results.jobs)
3
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.lazy import lazy_names
from rolloutsim.notebook import lay_out_by

if TYPE_CHECKING:
    from rolloutsim.errors import RolloutsimError as RolloutsimError
    from rolloutsim.errors import ScenarioError as ScenarioError
    from rolloutsim.errors import SimulationError as SimulationError
    from rolloutsim.errors import StoreError as StoreError
    from rolloutsim.errors import UsageError as UsageError
    from rolloutsim.explorer import explore as explore
    from rolloutsim.results import Results as Results
    from rolloutsim.scenario import Scenario as Scenario
    from rolloutsim.scenario import load as load
    from rolloutsim.simulating import simulate as simulate
    from rolloutsim.simulation.model.policy import DispatchPolicy as DispatchPolicy
    from rolloutsim.simulation.model.policy import JobView as JobView
    from rolloutsim.study import check as check
    from rolloutsim.study import compare as compare
    from rolloutsim.study import plan as plan
    from rolloutsim.study import sensitivity as sensitivity
    from rolloutsim.study.store.files import load_tables as load_tables
    from rolloutsim.study.study import Study as Study
    from rolloutsim.study.sweep import sweep as sweep
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "errors": ["RolloutsimError", "ScenarioError", "SimulationError", "StoreError", "UsageError"],
            "explorer": ["explore"],
            "results": ["Results"],
            "scenario": ["Scenario", "load"],
            "simulating": ["simulate"],
            "simulation.model.policy": ["DispatchPolicy", "JobView"],
            "study": ["check", "compare", "plan", "sensitivity"],
            "study.store.files": ["load_tables"],
            "study.study": ["Study"],
            "study.sweep": ["sweep"],
        },
    )


def _html_of(result: object) -> str:
    from rolloutsim.report.notebook import result_html

    return result_html(result)


lay_out_by(_html_of)
