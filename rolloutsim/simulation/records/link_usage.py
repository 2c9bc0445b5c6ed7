"""How much of the shared links was used: step functions of each group of robots, and what they add up to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.simulation.fairshare.shared_links import Links

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

__all__ = ["ROUNDING", "Use", "is_full", "link_columns", "link_use"]

#: Nearer to zero or to the capacity of a link than this share of it is what arithmetic leaves over.
ROUNDING = 1e-9


class Use(NamedTuple):
    """How a link was used: from each instant `t` (s) on at `rate` (B/s)."""

    t: Array
    rate: Array
    capacity: float


def is_full(rate: Array, capacity: float) -> Array:
    """Return where all of a capacity is used, up to what arithmetic leaves over."""
    return rate >= capacity * (1.0 - ROUNDING)


def link_use(uses: Mapping[str, Array], links: Links) -> list[Use]:
    """Return how each group of robots used its link; the last one is the origin, which all groups share."""
    if not links.sites:
        return [Use(np.zeros(1), np.zeros(1), links.origin)]
    groups = []
    bounds = np.searchsorted(uses["group"], np.arange(len(links.sites) + 1))  # rows are sorted by group
    for number, capacity in enumerate(links.capacities):
        own = slice(bounds[number], bounds[number + 1])
        t, rate = np.append(0.0, uses["t"][own]), np.append(0.0, uses["rate"][own])
        last = np.append(t[1:] != t[:-1], True)
        t, rate = t[last], rate[last]
        changed = np.append(True, rate[1:] != rate[:-1])
        groups.append(Use(t[changed], rate[changed], capacity))
    return [*groups, _together(groups)._replace(capacity=links.origin)]


def _together(uses: list[Use]) -> Use:
    """Return what several lines carry together, added in pairs: each change is looked at a logarithmic number of times."""
    while len(uses) > 1:
        pairs = [_added(one, other) for one, other in zip(uses[::2], uses[1::2], strict=False)]
        uses = pairs + uses[2 * len(pairs) :]
    return uses[0]


def _added(one: Use, other: Use) -> Use:
    t = np.union1d(one.t, other.t)
    own, others = (use.rate[np.searchsorted(use.t, t, side="right") - 1] for use in (one, other))
    return Use(t, own + others, math.inf)


def link_columns(uses: list[Use], until: float) -> dict[str, float]:
    """Return the columns of `jobs` on links.

    Parameters
    ----------
    uses
        From `link_use`.
    until
        When the job ended (s).
    """
    limited = [use for use in uses if use.capacity < math.inf]
    if not limited:
        return {"utilisation_peak": math.nan, "utilisation_mean": math.nan, "saturated_s": math.nan}
    means = [_integral(use.t, use.rate, until) / use.capacity for use in limited]
    instants = np.unique(np.concatenate([use.t for use in limited]))
    lines_full = np.zeros(len(instants), np.int64)
    for use in limited:
        changes: Array = np.diff(is_full(use.rate, use.capacity).astype(np.int64), prepend=0)
        lines_full[np.searchsorted(instants, use.t)] += changes
    full = np.cumsum(lines_full) > 0
    return {
        "utilisation_peak": max(min(1.0, float(use.rate.max()) / use.capacity) for use in limited),
        "utilisation_mean": min(1.0, max(means) / until) if until > 0.0 else 0.0,
        "saturated_s": _integral(instants, full.astype(np.float64), math.inf),
    }


def _integral(t: Array, value: Array, until: float) -> float:
    """Integrate a step function; its last value, which holds for ever, is zero or counts up to `until`."""
    ends = np.minimum(np.append(t[1:], until if until < math.inf else t[-1]), until)
    return math.fsum((value * np.maximum(0.0, ends - t)).tolist())
