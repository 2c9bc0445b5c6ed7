"""Studies: many replicates, where they come from, and where they are kept."""

from rolloutsim.study.batch import Batch, Crash, run_batch
from rolloutsim.study.files import make_folder, read_folder, write_folder
from rolloutsim.study.plan import Option, Plan, plan
from rolloutsim.study.run import Run, choose_tables, run_replicates
from rolloutsim.study.sensitivity import Effects, Sensitivity, sensitivity

__all__ = [
    "Batch",
    "Crash",
    "Effects",
    "Option",
    "Plan",
    "Run",
    "Sensitivity",
    "choose_tables",
    "make_folder",
    "plan",
    "read_folder",
    "run_batch",
    "run_replicates",
    "sensitivity",
    "write_folder",
]
