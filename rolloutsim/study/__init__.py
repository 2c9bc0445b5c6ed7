"""Studies: many replicates, where they come from, and where they are kept."""

from rolloutsim.study.checking import Checked, Checks, check, check_problems, parse_checks
from rolloutsim.study.comparing import Alternative, Compared, Comparison, Gate, compare
from rolloutsim.study.execution.chunk import Chunk, Crash, run_chunk
from rolloutsim.study.execution.executors import ExecutorSpec
from rolloutsim.study.execution.tasks import Request
from rolloutsim.study.execution.work import Done, run_chunks
from rolloutsim.study.naming import unique_names
from rolloutsim.study.planning import Option, PlanResult, plan
from rolloutsim.study.precision import run_to_precision
from rolloutsim.study.run import Run, run_replicates, simulate_again
from rolloutsim.study.sensitivity_study import Effects, Sensitivity, sensitivity
from rolloutsim.study.store.files import make_folder, write_folder
from rolloutsim.study.store.saved_tables import SavedTables
from rolloutsim.study.stored_run import run_into

__all__ = [
    "Alternative",
    "Checked",
    "Checks",
    "Chunk",
    "Compared",
    "Comparison",
    "Crash",
    "Done",
    "Effects",
    "ExecutorSpec",
    "Gate",
    "Option",
    "PlanResult",
    "Request",
    "Run",
    "SavedTables",
    "Sensitivity",
    "check",
    "check_problems",
    "compare",
    "make_folder",
    "parse_checks",
    "plan",
    "run_chunk",
    "run_chunks",
    "run_into",
    "run_replicates",
    "run_to_precision",
    "sensitivity",
    "simulate_again",
    "unique_names",
    "write_folder",
]
