"""How much of the shared links was used, as step functions: of each group of robots, and of all of them together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rolloutsim.kernel import kernel
from rolloutsim.simulation.fairshare.shared_links import Links

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

__all__ = ["ROUNDING", "Use", "is_full", "link_use"]

#: Nearer to zero or to the capacity of a link than this share of it is what arithmetic leaves over.
ROUNDING = 1e-9


class Use(NamedTuple):
    """How a link was used: from each instant `t` (s) on at `rate` (B/s)."""

    t: Array
    rate: Array
    capacity: float


@kernel
def is_full(rate: Any, capacity: float) -> Any:
    """Return whether, or where, all of a capacity is used, up to what arithmetic leaves over."""
    return rate >= capacity * (1.0 - ROUNDING)


def link_use(uses: Mapping[str, Array], links: Links) -> list[Use]:
    """Return how each group of robots used its link; the last one is the origin, which all groups share."""
    if not links.sites:
        return [Use(np.zeros(1), np.zeros(1), links.origin)]
    groups = []
    order = np.argsort(uses["group"], kind="stable")
    bounds = np.searchsorted(uses["group"][order], np.arange(len(links.sites) + 1))
    for number, capacity in enumerate(links.capacities):
        own = order[bounds[number] : bounds[number + 1]]
        t, rate = np.append(0.0, uses["t"][own]), np.append(0.0, uses["rate"][own])
        last = np.append(t[1:] != t[:-1], True)
        t, rate = t[last], rate[last]
        changed = np.append(True, rate[1:] != rate[:-1])
        groups.append(Use(t[changed], rate[changed], capacity))
    return [*groups, _together(groups)._replace(capacity=links.origin)]


def _together(uses: list[Use]) -> Use:
    """Return what several lines carry together, added in pairs: each change is read a logarithmic number of times."""
    while len(uses) > 1:
        pairs = [_added(one, other) for one, other in zip(uses[::2], uses[1::2], strict=False)]
        uses = pairs + uses[2 * len(pairs) :]
    return uses[0]


def _added(one: Use, other: Use) -> Use:
    t = np.union1d(one.t, other.t)
    own, others = (use.rate[np.searchsorted(use.t, t, side="right") - 1] for use in (one, other))
    return Use(t, own + others, math.inf)
