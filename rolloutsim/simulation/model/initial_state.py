"""The robots of a replicate as they are at time 0: their links, their rates, and the draws of their first attempts.

Robots are drawn when they are first needed. Compiled code draws many at a time into records of `Robot`, in a hundredth of the time that
plain Python takes (0.2 µs per robot); the bits are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableSequence, Sequence
from dataclasses import fields
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from rolloutsim.kernel import kernel
from rolloutsim.simulation.compilation import compiled, new_records
from rolloutsim.simulation.memory import borrow
from rolloutsim.simulation.model.connectivity import is_ever_online, start_link
from rolloutsim.simulation.model.draws import PHASE_COUNT, draw_keys, draw_release, draw_robot
from rolloutsim.simulation.model.model_tables import ModelTables
from rolloutsim.simulation.model.robot import Robot

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["Fleet", "draw_fleet"]

#: Robots that compiled code draws at a time: enough that a call costs little, few enough that they stay in the processor's cache, which the
#: garbage collector walks through again and again.
BLOCK = 64

#: Attributes of a robot that are drawn, the first of all, after its `durations` and `entered`.
DRAWN = tuple(field.name for field in takewhile(lambda field: field.name != "phase", fields(Robot)[2:]))

#: Whether a robot is online at some instant is not known yet.
UNKNOWN = 2


@kernel
def draw_at_start(plan: ModelTables, r: Robot, keys: MutableSequence[int], index: int) -> bool:
    """Make `r` a robot of the fleet at time 0; return whether it is online at some instant of the observation."""
    draw_robot(plan, r, keys, index)
    if r.up and r.until > 0.0:
        return True
    found = is_ever_online(plan, r, plan.observe)
    start_link(plan, r)
    return found


@kernel
def draw_fleet(
    columns: ModelTables,
    robots: Sequence[Robot],
    keys: MutableSequence[int],
    indices: Sequence[int],
    reachable: MutableSequence[bool],
    holder: MutableSequence[int],
) -> None:
    """Draw the robots of some indices, a record each; `holder` is for `borrow`."""
    plan = borrow(columns, holder)
    for place in range(len(indices)):
        reachable[place] = draw_at_start(plan, robots[place], keys, indices[place])


class Fleet:
    """The robots of one replicate at time 0.

    Parameters
    ----------
    plan
        The scenario, of lists.
    arrays
        The same of arrays: robots are drawn by compiled code. None: by plain Python.
    seed, replicate
        Of all draws.

    Attributes
    ----------
    release, job_key
        Whether the job has the bad release (1) or not (0), and the key of its draws.
    """

    def __init__(self, plan: ModelTables, arrays: ModelTables | None, seed: int, replicate: int) -> None:
        self._plan, self._arrays = plan, arrays
        self.release = draw_release(plan, seed, replicate)
        self._keys = [0] * (1 + 3 * len(plan.cohorts))
        draw_keys(plan, seed, replicate, self.release, self._keys, len(plan.cohorts))
        self.job_key = self._keys[0]
        self._reachable = [UNKNOWN] * len(plan.cohort)

    @property
    def releases(self) -> list[int]:
        """By cohort, whether it gets the bad release (1)."""
        return self._keys[3::3]

    def robots(self, order: Sequence[int]) -> Iterator[Robot]:
        """Draw the robots of some indices, each when it is asked for or, by compiled code, shortly before."""
        if self._arrays is None:
            for index in order:
                robot = Robot([0.0] * PHASE_COUNT, [-1.0] * PHASE_COUNT)
                self._reachable[index] = draw_at_start(self._plan, robot, self._keys, index)
                yield robot
            return
        for start in range(0, len(order), BLOCK):
            records = self.records(order[start : start + BLOCK])
            for values in zip(*_columns(records), strict=True):
                yield Robot(list(values[:PHASE_COUNT]), [-1.0] * PHASE_COUNT, *values[PHASE_COUNT:])

    def reachable(self) -> list[bool]:
        """Return for each robot of the fleet whether it is online at some instant of the observation."""
        unknown = [index for index, known in enumerate(self._reachable) if known == UNKNOWN]
        if self._arrays is not None:
            self.records(unknown)
        else:
            for _ in self.robots(unknown):
                pass
        return list(map(bool, self._reachable))

    def records(self, indices: Sequence[int]) -> Array:
        """Return the records of some robots, drawn by compiled code at once."""
        import numpy as np

        arrays = self._arrays
        assert arrays is not None
        records: Array = new_records(Robot).repeat(len(indices))
        reachable = np.zeros(len(indices), np.bool_)
        keys, holder = np.array(self._keys, np.uint64), np.zeros(2 * len(arrays), np.int64)
        compiled(draw_fleet)(arrays, records, keys, np.array(indices, np.int64), reachable, holder)
        for index, known in zip(indices, reachable.tolist(), strict=True):
            self._reachable[index] = known
        return records


def _columns(records: Array) -> list[list[Any]]:
    """Return the durations of robots phase by phase, then their other attributes that are `DRAWN`.

    Values that are equal for all of them, as most are, are one object: that halves the memory of robots.
    """
    import numpy as np

    words = records.view(np.uint64).reshape(len(records), -1)
    is_same = (words == words[0]).all(axis=0).tolist()
    offsets = [records.dtype.fields[name][1] // words.itemsize for name in DRAWN]
    columns = [*records["durations"].T, *(records[name] for name in DRAWN)]
    return [
        [column[0].item()] * len(column) if is_same[word] else column.tolist()
        for word, column in zip([*range(PHASE_COUNT), *offsets], columns, strict=True)
    ]
