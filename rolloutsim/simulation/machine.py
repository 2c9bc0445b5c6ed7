"""The compiled engine from Python's side: what it is given, and the columns that come back."""

from __future__ import annotations

from typing import Any

import numpy as np

from rolloutsim.simulation.compiled import compiled, new_records, record_dtype, record_of
from rolloutsim.simulation.controller import UNKNOWN, Desk
from rolloutsim.simulation.engine import run_job
from rolloutsim.simulation.job import Job
from rolloutsim.simulation.log import FLOW_FIELDS, HOLD_FIELDS, ROBOT_FIELDS, Columns, job_record, make_columns
from rolloutsim.simulation.memory import new_buffer, numbers_in
from rolloutsim.simulation.plan import Plan
from rolloutsim.simulation.rules import Gate, JobRules

__all__ = ["Machine"]

Array = np.ndarray[Any, Any]


class Machine:
    """Runs replicates of one scenario with `rolloutsim.simulation.engine`.

    Parameters
    ----------
    plan
        Of arrays.
    rules
        The rules of the job.
    steps
        Whether to keep a record of each phase.
    """

    def __init__(self, plan: Plan, rules: JobRules, *, steps: bool) -> None:
        self._plan, self._steps = plan, steps
        self._run = compiled(run_job)
        self._holder = np.zeros(len(plan), np.int64)
        self._rules = record_of(rules)
        gates = np.zeros(len(rules.gates), record_dtype(Gate))
        for number, gate in enumerate(rules.gates):
            gates[number] = tuple(gate)
        self._gates = gates

    def run(self, line: Array, bounds: Array, seed: int, replicate: int) -> tuple[Columns, Array]:
        """Run one replicate.

        Parameters
        ----------
        line
            The robots in order of deployment, stage by stage.
        bounds
            Where the stages begin in it, and where the last one ends.

        Returns
        -------
        columns, reachable
            Its records, and for each robot of the fleet whether it is online at some instant of the observation.
        """
        robots = len(self._plan.cohort)
        job, desk = new_records(Job)[0], new_records(Desk)[0]
        desk["seed"], desk["replicate"] = seed, replicate
        reachable = np.full(robots, UNKNOWN, np.uint8)
        buffers = (
            new_buffer(robots * len(ROBOT_FIELDS)),
            new_buffer(0),
            new_buffer(robots * len(HOLD_FIELDS)),
            new_buffer(robots * len(FLOW_FIELDS)),
        )
        result = self._run(
            self._plan,
            self._holder,
            self._rules,
            self._gates,
            line.copy(),  # where robots come back to
            bounds,
            self._plan.most_retries == 0,
            self._steps,
            job,
            desk,
            new_records(count=16),
            reachable,
            *buffers,
        )
        return make_columns(job_record(Job(*job.item()), int(desk["release"])), *map(numbers_in, result), np.empty(0)), reachable != 0
