"""Everything that chance decides about a fleet before its first event: links at time 0, rates, the first attempt of every robot.

Drawn in bulk because that is quick when compiled (0.3 µs a robot instead of 30): the kernel below is the same in both lives and fills lists or arrays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rolloutsim.kernel import kernel
from rolloutsim.simulation.compiled import compiled, scratch_record
from rolloutsim.simulation.draws import PHASE_COUNT, draw_release, draw_robot
from rolloutsim.simulation.plan import Plan
from rolloutsim.simulation.robot import Robot

__all__ = ["Fates", "draw_fates", "new_robot"]


class Fates(NamedTuple):
    """Columns over the robots of one replicate."""

    key: Any
    cohort_key: Any
    rate: Any
    up: Any
    until: Any
    idle: Any
    idle_until: Any
    durations: Any  #: robots × phases
    codes: Any


@kernel
def draw_fleet(plan: Any, r: Any, seed: int, replicate: int, release: int, fates: Any) -> int:
    """Fill the columns, with `r` as scratch; returns the key of the job."""
    for index in range(len(plan.cohort)):
        draw_robot(plan, r, seed, replicate, index, release)
        fates.key[index] = r.key
        fates.cohort_key[index] = r.cohort_key
        fates.rate[index] = r.rate
        fates.up[index] = r.up
        fates.until[index] = r.until
        fates.idle[index] = r.idle
        fates.idle_until[index] = r.idle_until
        for phase in range(PHASE_COUNT):
            fates.durations[index][phase] = r.durations[phase]
            fates.codes[index][phase] = r.codes[phase]
    return r.job_key


def scratch_robot() -> Robot:
    """Return a robot with room for its draws."""
    robot = Robot()
    robot.durations = [0.0] * PHASE_COUNT
    robot.codes = [-1] * PHASE_COUNT
    return robot


def draw_fates(plan: Plan, arrays: Plan | None, seed: int, replicate: int) -> tuple[int, int, Fates]:
    """Draw the fates of one replicate.

    Parameters
    ----------
    plan
        Of lists.
    arrays
        The same plan of arrays: draw with compiled code. None: in plain Python.

    Returns
    -------
    release, job_key, fates
        The columns are lists either way, with the same numbers to the last bit.
    """
    robots = len(plan.cohort)
    release = draw_release(plan, seed, replicate)
    if arrays is None:
        fates = Fates(
            *([0] * robots for _ in range(7)),
            durations=[[0.0] * PHASE_COUNT for _ in range(robots)],
            codes=[[-1] * PHASE_COUNT for _ in range(robots)],
        )
        return release, draw_fleet(plan, scratch_robot(), seed, replicate, release, fates), fates
    import numpy as np

    kinds = (np.uint64, np.uint64, np.float64, np.bool_, np.float64, np.bool_, np.float64)
    columns = [np.empty(robots, kind) for kind in kinds]
    fates = Fates(*columns, durations=np.zeros((robots, PHASE_COUNT)), codes=np.full((robots, PHASE_COUNT), -1, np.int64))
    job_key = compiled(draw_fleet)(arrays, scratch_record(), np.uint64(seed), replicate, release, fates)
    return release, int(job_key), Fates(*(column.tolist() for column in fates))


def new_robot(plan: Plan, fates: Fates, job_key: int, index: int, release: int) -> Robot:
    """Return a robot as it is at time 0."""
    cohort = plan.cohort[index]
    robot = Robot()
    robot.index = index
    robot.profile = profile = 2 * cohort + release
    robot.link = cohort
    robot.busy = plan.busy[profile]
    robot.key = fates.key[index]
    robot.cohort_key = fates.cohort_key[index]
    robot.job_key = job_key
    robot.rate = fates.rate[index]
    robot.left = plan.size[profile]
    robot.up = fates.up[index]
    robot.until = fates.until[index]
    robot.idle = fates.idle[index]
    robot.idle_until = fates.idle_until[index]
    robot.durations = fates.durations[index]
    robot.codes = fates.codes[index]
    return robot
