"""What workers have from the start: they are forked by a server that has imported this, so the machine code is loaded once for all."""

from rolloutsim.simulation.engine_choice import prepare
from rolloutsim.simulation.engines.compiled.loop import run_job
from rolloutsim.simulation.machine_code import is_cached
from rolloutsim.study.execution import tasks as tasks

if is_cached(run_job):
    prepare()
