"""Studies: many replicates, how they are simulated, and where they are kept.

Read in this order: `context` (what all replicates of a study share), `run`, `precision` and `gathering` (one scenario), then one file per
question: `checking`, `comparing`, `sweep` and `study` (many points in a folder), `planning` with `race`, `sensitivity_study` with
`designs`, `verify`. `execution` hands work to processes and clusters, `store` holds everything that is on disk.
"""

from rolloutsim.study.checking import Checked, Checks, check, check_problems, parse_checks
from rolloutsim.study.comparing import Alternative, Compared, Comparison, Gate, compare
from rolloutsim.study.execution.executors import ExecutorLike
from rolloutsim.study.naming import unique_names
from rolloutsim.study.planning import Option, PlanResult, plan
from rolloutsim.study.sensitivity_study import Effects, Sensitivity, sensitivity
from rolloutsim.study.store.files import make_folder

__all__ = [
    "Alternative",
    "Checked",
    "Checks",
    "Compared",
    "Comparison",
    "Effects",
    "ExecutorLike",
    "Gate",
    "Option",
    "PlanResult",
    "Sensitivity",
    "check",
    "check_problems",
    "compare",
    "make_folder",
    "parse_checks",
    "plan",
    "sensitivity",
    "unique_names",
]
