"""Everything that chance decides about a fleet before its first event: links at time 0, rates, the first attempt of every robot.

Drawn in bulk because that is quick when compiled (0.3 µs a robot instead of 30): the kernel below is the same in both lives
and fills lists or arrays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rolloutsim.kernel import kernel
from rolloutsim.simulation.compilation import compiled, scratch_record
from rolloutsim.simulation.model.connectivity import is_ever_online
from rolloutsim.simulation.model.draws import PHASE_COUNT, draw_keys, draw_release, draw_robot
from rolloutsim.simulation.model.model_tables import ModelTables
from rolloutsim.simulation.model.robot import Robot

__all__ = ["InitialState", "draw_initial_state", "new_robot", "reachable"]


class InitialState(NamedTuple):
    """Tables over the robots of one replicate, rows of lists or of arrays.

    Attributes
    ----------
    words
        ``key, cohort_key, profile, up, idle, fail_phase + 1, fail_code + 1, site_key, reachable``.
    numbers
        ``rate, until, idle_until``, then the durations of all phases.
    layers
        Where the plan has sites with outages or patterns, otherwise without rows: ``own_up, own_until, site_up, site_until, spell,
        pattern, shift, idle_spell, idle_pattern, idle_shift, rates, rate_shift``.
    """

    words: Any
    numbers: Any
    layers: Any


_WORDS, _NUMBERS, _LAYERS = 9, 3 + PHASE_COUNT, 12


@kernel
def draw_fleet(plan: Any, r: Any, seed: int, replicate: int, release: int, keys: Any, initial: Any) -> int:
    """Fill the tables, with `r` and `keys` as scratch; returns the key of the job."""
    draw_keys(plan, seed, replicate, keys, len(keys) // 2)
    for index in range(len(plan.cohort)):
        draw_robot(plan, r, keys, index, release)
        words = initial.words[index]
        words[0] = r.key
        words[1] = r.cohort_key
        words[2] = r.profile
        words[3] = r.up
        words[4] = r.idle
        words[5] = r.fail_phase + 1
        words[6] = r.fail_code + 1
        words[7] = r.site_key
        numbers = initial.numbers[index]
        numbers[0] = r.rate
        numbers[1] = r.until
        numbers[2] = r.idle_until
        for phase in range(PHASE_COUNT):
            numbers[3 + phase] = r.durations[phase]
        if plan.layered:
            layers = initial.layers[index]
            layers[0] = r.own_up
            layers[1] = r.own_until
            layers[2] = r.site_up
            layers[3] = r.site_until
            layers[4] = r.spell
            layers[5] = r.pattern
            layers[6] = r.shift
            layers[7] = r.idle_spell
            layers[8] = r.idle_pattern
            layers[9] = r.idle_shift
            layers[10] = r.rates
            layers[11] = r.rate_shift
        words[8] = is_ever_online(plan, r, plan.observe)
    return int(keys[0])


def draw_initial_state(plan: ModelTables, arrays: ModelTables | None, seed: int, replicate: int) -> tuple[int, int, InitialState]:
    """Draw the initial of one replicate.

    Parameters
    ----------
    plan
        Of lists.
    arrays
        The same plan of arrays: draw with compiled code. None: in plain Python.

    Returns
    -------
    release, job_key, initial
        The same numbers to the last bit either way.
    """
    robots = len(plan.cohort)
    release = draw_release(plan, seed, replicate)
    if arrays is None:
        layers = [[0.0] * _LAYERS for _ in range(robots)] if plan.layered else []
        initial = InitialState([[0] * _WORDS for _ in range(robots)], [[0.0] * _NUMBERS for _ in range(robots)], layers)
        robot = Robot([0.0] * PHASE_COUNT, [-1.0] * PHASE_COUNT)
        return release, draw_fleet(plan, robot, seed, replicate, release, [0] * (1 + 2 * len(plan.rate)), initial), initial
    import numpy as np

    rows = np.zeros((robots if plan.layered else 0, _LAYERS))
    initial = InitialState(np.zeros((robots, _WORDS), np.uint64), np.zeros((robots, _NUMBERS)), rows)
    keys = np.zeros(1 + 2 * len(plan.rate), np.uint64)
    job_key = compiled(draw_fleet)(arrays, scratch_record(), np.uint64(seed), replicate, release, keys, initial)
    return release, int(job_key), initial


def reachable(initial: InitialState) -> list[bool]:
    """Return for each robot whether it is online at some instant of the observation."""
    return [bool(words[8]) for words in initial.words]


def new_robot(plan: ModelTables, initial: InitialState, job_key: int, index: int) -> Robot:
    """Return a robot as it is at time 0."""
    words, numbers = initial.words[index], initial.numbers[index]
    if not isinstance(words, list):
        words, numbers = words.tolist(), numbers.tolist()
    robot = Robot(numbers[3:], [-1.0] * PHASE_COUNT, index)
    robot.job_key = job_key
    robot.key, robot.cohort_key, profile, up, idle, fail_phase, fail_code, robot.site_key, _ = words
    robot.profile = profile
    robot.link = profile >> 1
    robot.busy = plan.busy[profile]
    robot.up = up == 1
    robot.idle = idle == 1
    robot.fail_phase = fail_phase - 1
    robot.fail_code = fail_code - 1
    robot.left = plan.size[profile]
    robot.rate, robot.until, robot.idle_until = numbers[:3]
    if plan.layered:
        _restore_layers(plan, robot, initial.layers[index])
    return robot


def _restore_layers(plan: ModelTables, robot: Robot, layers: Any) -> None:
    own_up, robot.own_until, site_up, robot.site_until, *pattern, rates, robot.rate_shift = map(float, layers)
    robot.own_up, robot.site_up = own_up == 1.0, site_up == 1.0
    robot.spell, robot.pattern, robot.shift = int(pattern[0]), int(pattern[1]), pattern[2]
    robot.idle_spell, robot.idle_pattern, robot.idle_shift = int(pattern[3]), int(pattern[4]), pattern[5]
    robot.rates = int(rates)
    robot.site, robot.rate_process = plan.site[robot.link], plan.rates[robot.link]
