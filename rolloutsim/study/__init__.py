"""Studies: many replicates, how they are simulated, and where they are kept.

Read in this order: `context` (what all replicates of a study share), `run` and `precision` (one scenario), then one file per
question: `checking`, `comparing`, `sweep` and `study` (many points in a folder), `planning` with `race`, `sensitivity_study` with
`designs`, `verify`, and `advice`, a few comparisons that a run suggests. `execution` hands work to processes and clusters,
`store` holds everything that is on disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolloutsim.lazy import lazy_names

if TYPE_CHECKING:
    from rolloutsim.study.advice import advise as advise
    from rolloutsim.study.checking import Checked as Checked
    from rolloutsim.study.checking import Checks as Checks
    from rolloutsim.study.checking import check as check
    from rolloutsim.study.comparing import Alternative as Alternative
    from rolloutsim.study.comparing import Compared as Compared
    from rolloutsim.study.comparing import Comparison as Comparison
    from rolloutsim.study.comparing import compare as compare
    from rolloutsim.study.execution.executors import ExecutorLike as ExecutorLike
    from rolloutsim.study.gates import Gate as Gate
    from rolloutsim.study.naming import unique_names as unique_names
    from rolloutsim.study.planning import Option as Option
    from rolloutsim.study.planning import PlanResult as PlanResult
    from rolloutsim.study.planning import plan as plan
    from rolloutsim.study.scenario_checks import check_problems as check_problems
    from rolloutsim.study.scenario_checks import parse_checks as parse_checks
    from rolloutsim.study.sensitivity_study import Effects as Effects
    from rolloutsim.study.sensitivity_study import Sensitivity as Sensitivity
    from rolloutsim.study.sensitivity_study import sensitivity as sensitivity
    from rolloutsim.study.store.files import make_folder as make_folder
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "advice": ["advise"],
            "checking": ["Checked", "Checks", "check"],
            "comparing": ["Alternative", "Compared", "Comparison", "compare"],
            "gates": ["Gate"],
            "execution.executors": ["ExecutorLike"],
            "naming": ["unique_names"],
            "planning": ["Option", "PlanResult", "plan"],
            "scenario_checks": ["check_problems", "parse_checks"],
            "sensitivity_study": ["Effects", "Sensitivity", "sensitivity"],
            "store.files": ["make_folder"],
        },
    )
