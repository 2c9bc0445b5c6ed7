"""Studies: many replicates, where they come from, and where they are kept."""

from rolloutsim.study.batch import Batch, Crash, run_batch
from rolloutsim.study.files import make_folder, read_folder, write_folder
from rolloutsim.study.run import Run, choose_tables, run_replicates
from rolloutsim.study.tasks import Request
from rolloutsim.study.work import Done, run_batches

__all__ = [
    "Batch",
    "Crash",
    "Done",
    "Request",
    "Run",
    "choose_tables",
    "make_folder",
    "read_folder",
    "run_batch",
    "run_batches",
    "run_replicates",
    "write_folder",
]
