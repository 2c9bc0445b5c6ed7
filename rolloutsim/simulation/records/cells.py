"""Bit rates on a grid: the exact bytes and the peak of each cell, instead of a row for each change."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.simulation.records.link_usage import ROUNDING, is_full

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

__all__ = ["MOST", "Cells", "cell_width", "cells"]

#: Cells of a job at most.
MOST = 512


class Cells(NamedTuple):
    """Cells in which anything flows; all of shape (n,)."""

    t: Array  #: begin (s)
    until: Array  #: end (s)
    amount: Array  #: integral of the rate over the cell
    peak: Array  #: largest rate in it
    busy: Array  #: for how long anything flows (s)
    full: Array  #: for how long all of the capacity is used (s); NaN without a limit


def cell_width(end: float) -> float:
    """Return the width of cells (s): 1 s, doubled until `MOST` of them cover a job that ends then.

    Examples
    --------
    >>> cell_width(0.0), cell_width(512.0), cell_width(513.0)
    (1.0, 1.0, 2.0)
    """
    width = 1.0
    while width * MOST < end:
        width *= 2.0
    return width


def cells(t: Array, rate: Array, end: float, capacity: float = math.inf) -> Cells:
    """Put a step function of the rate on the grid of a job.

    Parameters
    ----------
    t, rate
        Instants (s), ascending from 0 on, and the rate from each of them on; the last one is 0.
    end
        When the job ends (s), and with it the last of its cells. What flows after that is in one more cell.
    capacity
        Of the link, in the unit of the rate.

    Examples
    --------
    >>> found = cells(np.array([0.0, 0.5, 2.5]), np.array([0.0, 8.0, 0.0]), 1.5)
    >>> found.t.tolist(), found.until.tolist(), found.amount.tolist(), found.peak.tolist()
    ([0.0, 1.0, 1.5], [1.0, 1.5, 2.5], [4.0, 4.0, 8.0], [8.0, 8.0, 8.0])
    """
    width = cell_width(end)
    edges = np.concatenate([width * np.arange(np.ceil(end / width)), np.unique([end, max(end, t[-1])])])
    # The instants and the edges in one order, each with the rate from it on.
    instants = np.union1d(t, edges)
    rates = rate[np.searchsorted(t, instants, side="right") - 1]
    # What arithmetic leaves over when nothing flows is no rate.
    rates = np.where(rates > ROUNDING * rates.max(), rates, 0.0)[:-1]
    first = np.searchsorted(instants, edges[:-1])
    if not len(first):
        return Cells(*(np.empty(0) for _ in Cells._fields))
    spans = np.diff(instants)
    amount, busy, full = (np.add.reduceat(part, first) for part in (rates * spans, spans * (rates > 0.0), spans * is_full(rates, capacity)))
    peak = np.maximum.reduceat(rates, first)
    found = Cells(edges[:-1], edges[1:], amount, peak, busy, full if capacity < math.inf else np.full(len(full), np.nan))
    return Cells(*(column[amount > 0.0] for column in found))
