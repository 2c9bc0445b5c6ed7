"""Max-min fair sharing of links in virtual time: how fast each flow is, and which one ends next.

A *flow* is the download of one robot. It is capped at the robot's own rate; the flows of a *site* together at the site's capacity; all
of them together at the *origin's*. Max-min fair means that every site has a level, and each of its flows gets the level or its own cap,
whichever is less; the level is where the site is full, or where the origin is, whichever comes first.

No flow is re-rated when the level changes. A flow that shares gets as many bytes as every other one that shares, so the site counts what
each of them has got so far: its *virtual time* (bytes). A flow of b bytes that joins at V is done when virtual time reaches V + b,
whatever happens until then. A flow whose cap is below the level does not notice the others and is done by the clock. Flows of a site
with equal caps are *of a kind*: they cross the level together, so the kind moves from one heap to the other, and not every one of
them. A kind has its own count of bytes, from which that of the site differs by a constant while the kind shares.

Whatever happens costs O(log n) for the link it happens to, and O(number of sites) more while the origin limits them. A number
that grows as bytes flow restarts at 0 when no flow shares the link any more; sums of caps are kept to twice the precision: errors do
not pile up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from rolloutsim.kernel import compiled_as, kernel
from rolloutsim.simulation.fairshare.flow_classes import enlist, got, settle, strike_out
from rolloutsim.simulation.fairshare.layout import (
    BASE,
    CAP,
    CAPACITY,
    CAPPED,
    FLOW_WIDTH,
    FLOWING,
    FLOWS,
    FREE,
    FULL,
    KIND,
    KIND_WIDTH,
    LEVEL,
    NEXT,
    NOTHING,
    ORIGIN_WIDTH,
    SHARERS,
    SINCE,
    SITE,
    SITE_WIDTH,
    SPREAD,
    TAKEN,
    VIRTUAL,
    Sharing,
)
from rolloutsim.simulation.fairshare.water_filling import level_out

__all__ = [
    "Sharing",
    "finish",
    "flowing",
    "is_flowing",
    "join",
    "leave",
    "left",
    "make_sharing",
    "next_finish",
    "rate",
    "spreads",
    "used",
    "with_kinds",
]


def make_sharing(flows: int, capacities: Sequence[float], origin: float = math.inf, *, arrays: bool = False) -> Sharing:
    """Return links on which nothing flows.

    Parameters
    ----------
    flows
        How many there may be; they are numbered from 0.
    capacities
        Of the sites (B/s); infinity for a group of robots that shares nothing but the origin.
    origin
        Capacity of the origin (B/s).
    arrays
        For compiled code, which adds its own kinds by `with_kinds`: arrays; otherwise lists.

    Examples
    --------
    Two flows share 10 B/s; the third is capped at 1 B/s and leaves them 9.

    >>> s = make_sharing(3, [10.0])
    >>> for flow, cap in enumerate((math.inf, math.inf, 1.0)):
    ...     join(s, 0.0, flow, 0, cap, 90.0)
    >>> [rate(s, flow) for flow in range(3)]
    [4.5, 4.5, 1.0]
    >>> finish(s), finish(s), next_finish(s)
    ((20.0, 0), (20.0, 1), (90.0, 2))
    """
    import numpy as np

    first_site = flows * (FLOW_WIDTH + KIND_WIDTH)
    end = first_site + len(capacities) * SITE_WIDTH
    x: Any = np.zeros(end + ORIGIN_WIDTH)
    w: Any = np.full(end + ORIGIN_WIDTH, NOTHING)
    kinds: Any = None
    sites = slice(first_site, end)
    x[sites][CAPACITY::SITE_WIDTH] = capacities
    x[sites][LEVEL::SITE_WIDTH] = math.inf
    for number in (SHARERS, FULL, FLOWING):
        w[sites][number::SITE_WIDTH] = 0
    x[end + CAPACITY] = origin
    x[end + LEVEL] = math.inf
    rows = np.arange(flows * FLOW_WIDTH, first_site, KIND_WIDTH)
    w[rows[:-1] + FLOWS] = rows[1:]
    w[end + FREE] = rows[0] if flows else NOTHING
    if not arrays:
        return Sharing(x.tolist(), w.tolist(), new_kinds(), first_site, end)
    return Sharing(x, w, kinds, first_site, end)


def _new_kinds_compiled() -> Callable[..., Any]:
    from numba import typed, types

    key = types.Tuple((types.int64, types.float64))  # type: ignore[no-untyped-call]

    def new_kinds() -> Any:
        return typed.Dict.empty(key, types.int64)

    return new_kinds


@compiled_as(_new_kinds_compiled)
def new_kinds() -> Any:
    """Return the places of the kinds of flows by site and cap, of which there are none yet."""
    return {}


@kernel
def with_kinds(s: Sharing) -> Sharing:
    """Return links of arrays as compiled code can use them (made in Python, a dictionary of its own would slow every call down)."""
    return Sharing(s.x, s.w, new_kinds(), s.first_site, s.end_of_sites)


# What happens


@kernel
def join(s: Sharing, t: float, flow: int, site: int, cap: float, size: float) -> None:
    """Let a flow of `size` bytes begin at `t`.

    Parameters
    ----------
    s
        The links; instants never decrease from one call to the next.
    t
        Now.
    flow, site
        Their numbers.
    cap
        The flow's own rate, infinity if it has no limit.
    size
        From 0.
    """
    g = s.first_site + site * SITE_WIDTH
    settle(s, g, t)
    enlist(s, g, t, flow * FLOW_WIDTH, cap, size)
    level_out(s, g, t)


@kernel
def leave(s: Sharing, t: float, flow: int) -> float:
    """End a flow at `t`, done or not; returns the bytes left."""
    f = flow * FLOW_WIDTH
    kind = s.w[f + KIND]
    g = s.w[kind + SITE]
    settle(s, g, t)
    remaining = float(max(0.0, s.x[f] - got(s, kind, t)))
    strike_out(s, g, f)
    level_out(s, g, t)
    return remaining


@kernel
def next_finish(s: Sharing) -> tuple[float, int]:
    """Return when the next flow is done, and which: of several at one instant that of the lowest number; (inf, -1) if none ever is."""
    site = s.w[s.end_of_sites + NEXT]
    if site < 0 or s.x[site] == math.inf:
        return math.inf, NOTHING
    return float(s.x[site]), int(s.w[site])


@kernel
def finish(s: Sharing, latest: float = math.inf) -> tuple[float, int]:
    """End the flow that is done next; returns what `next_finish` did, or `latest` instead of a later instant."""
    t, flow = next_finish(s)
    t = min(t, latest)
    f = flow * FLOW_WIDTH
    kind = s.w[f + KIND]
    g = s.w[kind + SITE]
    settle(s, g, t)
    # Whoever is due at the same count of bytes is done at the same instant, whatever the arithmetic left over.
    if s.w[kind + CAPPED]:
        s.x[kind + BASE] = s.x[f]
        s.x[kind + SINCE] = t
    else:
        s.x[g + VIRTUAL] = s.x[f] - s.x[kind + BASE]
    strike_out(s, g, f)
    level_out(s, g, t)
    return t, flow


# What is asked


@kernel
def left(s: Sharing, t: float, flow: int) -> float:
    """Return the bytes that a flow still has to get at `t`, which is not before the last change nor after the next finish."""
    f = flow * FLOW_WIDTH
    return float(max(0.0, s.x[f] - got(s, s.w[f + KIND], t)))


@kernel
def rate(s: Sharing, flow: int) -> float:
    """Return how fast a flow flows (B/s)."""
    kind = s.w[flow * FLOW_WIDTH + KIND]
    return float(min(s.x[kind + CAP], s.x[s.w[kind + SITE] + LEVEL]))


@kernel
def is_flowing(s: Sharing, flow: int) -> bool:
    """Return whether a flow has begun and not ended."""
    return bool(s.w[flow * FLOW_WIDTH + KIND] != NOTHING)


@kernel
def flowing(s: Sharing, site: int) -> int:
    """Return how many flows a site has."""
    return int(s.w[s.first_site + site * SITE_WIDTH + FLOWING])


@kernel
def spreads(s: Sharing) -> bool:
    """Return whether the last change was felt at all sites, because the origin limits them."""
    return bool(s.w[s.end_of_sites + SPREAD] == 1)


@kernel
def used(s: Sharing, site: int) -> float:
    """Return how fast the flows of a site flow together (B/s)."""
    g = s.first_site + site * SITE_WIDTH
    if s.w[g + SHARERS] == 0:
        return float(s.x[g + TAKEN])
    return float(min(s.x[g + CAPACITY], s.x[g + TAKEN] + s.w[g + SHARERS] * s.x[g + LEVEL]))
