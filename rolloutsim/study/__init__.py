"""Studies: many replicates, where they come from, and where they are kept."""

from rolloutsim.study.files import make_folder, read_folder, write_folder
from rolloutsim.study.run import Crash, Run, run_replicates

__all__ = ["Crash", "Run", "make_folder", "read_folder", "run_replicates", "write_folder"]
