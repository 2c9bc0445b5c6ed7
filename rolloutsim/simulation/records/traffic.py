"""The largest bit rate and number of simultaneous transfers, counted at once or as the replicate goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, MutableSequence, Sequence
from dataclasses import dataclass
from typing import Any

from rolloutsim.kernel import compiled_as, kernel
from rolloutsim.simulation.records.order import in_order

__all__ = ["Traffic", "count_transfers"]


@dataclass(slots=True, eq=False)
class Traffic:
    """What the transfers of a replicate add up to."""

    until: float = 0.0  #: changes before this instant (s) have been counted
    rate: float = 0.0  #: B/s
    number: int = 0
    largest: float = 0.0
    most: int = 0
    shared: float = 0.0  #: B/s, the part of the rate that all shared links carry together


@kernel
def count_transfers(
    traffic: Traffic,
    flows: Sequence[float],
    rows: int,
    of_robots: tuple[Sequence[int], Sequence[int]],
    steps: Sequence[float],
    count: int,
    until: float,
) -> tuple[float, int]:
    """Count what changes before an instant and has not been counted yet.

    In parts the sums are what they are at once, to the last bit: changes are added in order of time, and those of one instant in an order
    of their own, so a part must contain everything that changes before its end.

    Parameters
    ----------
    traffic
        A `Traffic`, which is changed.
    flows
        `rolloutsim.simulation.records.log.FLOW_FIELDS` of one transfer after the other: robot, start (s), end (s), rate (B/s).
    rows
        How many there are.
    of_robots
        The cohort of each robot of the fleet, and of each cohort the group of robots with which it shares a link, -1 if it shares none.
    steps
        Instants (s), each followed by the rate (B/s) from then on of all shared links together, which counts instead of the rates of single
        transfers over them.
    count
        How many there are.
    until
        The instant (s).

    Returns
    -------
    largest, most
        The largest sum of the rates (B/s) of simultaneous transfers, and the largest number of them, so far. What takes no time does not
        count: unlimited transfers, and what changes again within the same instant.

    Examples
    --------
    >>> flows = sum([[0.0, 0.0, 2.0, 1.0], [1.0, 1.0, 3.0, 5.0], [2.0, 2.0, 4.0, 3.0]], [])
    >>> count_transfers(Traffic(), flows, 3, ([0] * 3, [-1]), [], 0, math.inf)
    (8.0, 2)
    """
    cohort, group = of_robots
    t, change, order = spare(2 * rows + count)
    ascending, _, row = spare(2 * rows + count)
    by_robot(flows, rows, t, ascending, row)
    for place in range(rows):
        row[place] *= 4
    ended = 0
    for place in range(rows):
        if traffic.until <= flows[row[place] + 2] < until:
            t[ended] = flows[row[place] + 2]
            change[ended] = -rate_alone(flows, row[place], cohort, group)
            ended += 1
    last = ended
    for place in range(rows):
        if traffic.until <= flows[row[place] + 1] < until:
            t[last] = flows[row[place] + 1]
            change[last] = rate_alone(flows, row[place], cohort, group)
            last += 1
    started = last
    for i in range(count):
        if traffic.until <= steps[2 * i] < until:
            t[last], change[last] = steps[2 * i], steps[2 * i + 1] - traffic.shared
            traffic.shared = steps[2 * i + 1]
            last += 1
    in_order(t, last, ascending, order)
    for place in range(last):
        i = order[place]
        traffic.rate += change[i]
        if i < ended:
            traffic.number -= 1
        elif i < started:
            traffic.number += 1
        if place + 1 == last or ascending[place + 1] != ascending[place]:
            traffic.largest = max(traffic.largest, traffic.rate)
            traffic.most = max(traffic.most, traffic.number)
    traffic.until = until
    return traffic.largest, traffic.most


@kernel
def rate_alone(flows: Sequence[float], row: int, cohort: Sequence[int], group: Sequence[int]) -> float:
    """Return the rate (B/s) by which a transfer counts; 0 over a shared link, and if it takes no time."""
    rate = flows[row + 3]
    return 0.0 if group[cohort[int(flows[row])]] >= 0 or rate == math.inf else rate


@kernel
def by_robot(
    flows: Sequence[float], rows: int, robots: MutableSequence[float], spare_robots: MutableSequence[float], order: MutableSequence[int]
) -> None:
    """Put the places of transfers in order of their robots; those of one robot keep theirs."""
    ascending = True
    for i in range(rows):
        robots[i], order[i] = flows[4 * i], i
        ascending = ascending and (i == 0 or robots[i - 1] <= robots[i])
    if not ascending:
        in_order(robots, rows, spare_robots, order)


def _spare_compiled() -> Callable[..., Any]:
    import numpy as np

    def spare(count: int) -> Any:
        return np.empty(count), np.empty(count), np.empty(count, np.int64)

    return spare


@compiled_as(_spare_compiled)
def spare(count: int) -> tuple[MutableSequence[float], MutableSequence[float], MutableSequence[int]]:
    """Return room for so many instants, changes and places."""
    return [0.0] * count, [0.0] * count, [0] * count
