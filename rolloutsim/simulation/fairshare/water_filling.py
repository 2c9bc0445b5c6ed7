"""The levels: what each flow that shares gets, at a site and at the origin."""

from __future__ import annotations

import math

from rolloutsim.kernel import inlined, kernel
from rolloutsim.simulation.fairshare.flow_classes import cross, settle
from rolloutsim.simulation.fairshare.heaps import add, take_out
from rolloutsim.simulation.fairshare.layout import (
    AT,
    BY_CAP,
    BYTES,
    CAPACITY,
    CLOCK,
    DEMAND,
    FASTEST,
    FULL,
    LEVEL,
    NEXT,
    NOTHING,
    SHARERS,
    SITE_WIDTH,
    SLOWEST,
    SPREAD,
    TAKEN,
    TOTAL,
    VIRTUAL,
    Sharing,
)

__all__ = ["level_out"]

#: Up to this share of its capacity the origin limits nothing for sure: sums of demands are rounded.
_AMPLE = 1.0 - 1e-6


@kernel
def level(capacity: float, taken: float, sharers: int) -> float:
    """Return what each of the sharers gets of a capacity; without any: whether the others fit (infinity) or do not (-1)."""
    if sharers > 0:
        return max(0.0, capacity - taken) / sharers
    return math.inf if taken <= capacity else -1.0


@kernel
def level_out(s: Sharing, g: int, t: float) -> None:
    """Find the levels after something has changed at a site."""
    if s.x[s.end_of_sites + CAPACITY] < math.inf:
        share_origin(s, g, t)
        return
    fill(s, g, t)
    set_level(s, g, t, level(s.x[g + CAPACITY], s.x[g + TAKEN], s.w[g + SHARERS]))
    schedule(s, g)


@kernel
def fill(s: Sharing, g: int, t: float) -> float:
    """Sort the kinds of a site into capped and sharing, by the level that its own capacity gives; returns that level.

    When a kind begins to share, because its cap is above the level, the level rises, but stays below its cap; when one ceases to
    share, because its cap is below the level, the level rises too: so first the one, then the other, and every kind is where it belongs.
    """
    x, w = s.x, s.w
    while w[g + FASTEST] >= 0 and -x[w[g + FASTEST]] > level(x[g + CAPACITY], x[g + TAKEN], w[g + SHARERS]):
        cross(s, g, t, w[g + FASTEST] - BY_CAP)
    while w[g + SLOWEST] >= 0:
        cap = x[w[g + SLOWEST]]
        if cap == math.inf or cap > level(x[g + CAPACITY], x[g + TAKEN], w[g + SHARERS]):
            break
        cross(s, g, t, w[g + SLOWEST] - BY_CAP)
    own = level(x[g + CAPACITY], x[g + TAKEN], w[g + SHARERS])
    w[g + FULL] = 1 if w[g + SHARERS] > 0 and own < math.inf else 0
    return own


@kernel
def set_level(s: Sharing, g: int, t: float, to: float) -> None:
    if s.w[g + SHARERS] == 0:
        s.x[g + VIRTUAL] = 0.0
        s.x[g + AT] = t
        s.x[g + LEVEL] = to
    elif s.x[g + LEVEL] != to:
        settle(s, g, t)
        s.x[g + LEVEL] = to


@kernel
def schedule(s: Sharing, g: int) -> None:
    """Find out which flow of a site is done next, and when."""
    x, w = s.x, s.w
    t, flow = math.inf, NOTHING
    if w[g + CLOCK] >= 0:
        t, flow = x[w[g + CLOCK]], w[w[g + CLOCK]]
    if w[g + BYTES] >= 0:
        behind = x[w[g + BYTES]] - x[g + VIRTUAL]
        done = math.inf
        if behind <= 0.0:
            done = x[g + AT]
        elif x[g + LEVEL] > 0.0:
            done = x[g + AT] + behind / x[g + LEVEL]
        if done < t or (done == t and (flow < 0 or w[w[g + BYTES]] < flow)):
            t, flow = done, w[w[g + BYTES]]
    t = max(t, x[g + AT])
    if x[g] == t and w[g] == flow:
        return
    root = w[s.end_of_sites + NEXT]
    if w[g] >= 0:
        root = take_out(x, w, root, g)
    x[g] = t
    w[g] = flow
    if flow >= 0:
        root = add(x, w, root, g)
    w[s.end_of_sites + NEXT] = root


# The origin: to it a site that is full is what a capped kind is to a site


@kernel
def share_origin(s: Sharing, changed: int, t: float) -> None:
    """Find the levels of all sites after something has changed at one of them, or at the origin."""
    x, w, origin = s.x, s.w, s.end_of_sites
    w[origin + SPREAD] = 0
    if x[origin + LEVEL] == math.inf and has_room(s, changed, t):
        return
    w[origin + SPREAD] = 1
    if w[changed + FULL]:
        fill(s, changed, t)
    rise(s, changed, t, x[origin + LEVEL])
    sink(s, t)
    common = origin_level(s)
    while True:
        for g in range(s.first_site, origin, SITE_WIDTH):
            rise(s, g, t, common)
        higher = origin_level(s)
        if higher <= common:
            break
        common = higher
    x[origin + LEVEL] = common
    x[origin + TOTAL] = 0.0
    for g in range(s.first_site, origin, SITE_WIDTH):
        own = level(x[g + CAPACITY], x[g + TAKEN], w[g + SHARERS]) if w[g + FULL] else math.inf
        set_level(s, g, t, min(own, common))
        schedule(s, g)
        x[g + DEMAND] = demand(s, g)
        x[origin + TOTAL] += x[g + DEMAND]


@kernel
def has_room(s: Sharing, g: int, t: float) -> bool:
    """Find the level of a site as if the origin had no limit; return whether that is so, so that no other site notices."""
    x, w, origin = s.x, s.w, s.end_of_sites
    own = fill(s, g, t)
    wanted = demand(s, g)
    if not x[origin + TOTAL] - x[g + DEMAND] + wanted <= _AMPLE * x[origin + CAPACITY]:
        return False
    x[origin + TOTAL] += wanted - x[g + DEMAND]
    x[g + DEMAND] = wanted
    set_level(s, g, t, own if w[g + FULL] else math.inf)
    schedule(s, g)
    return True


@kernel
def demand(s: Sharing, g: int) -> float:
    """Return what a site takes of an origin without limit."""
    if s.w[g + FULL]:
        return float(s.x[g + CAPACITY])
    return math.inf if s.w[g + SHARERS] > 0 else float(s.x[g + TAKEN])


@kernel
def origin_level(s: Sharing) -> float:
    """Return the level that the origin's capacity gives to the sites that are not full; -1 if the others do not fit."""
    taken, sharers = 0.0, 0
    for g in range(s.first_site, s.end_of_sites, SITE_WIDTH):
        if s.w[g + FULL]:
            taken += s.x[g + CAPACITY]
        else:
            taken += s.x[g + TAKEN]
            sharers += s.w[g + SHARERS]
    return float(level(s.x[s.end_of_sites + CAPACITY], taken, sharers))


@kernel
def rise(s: Sharing, g: int, t: float, common: float) -> None:
    """Let the kinds of a site with caps up to the common level cease to share, unless the site is full before."""
    x, w = s.x, s.w
    if w[g + FULL]:
        return
    while w[g + SLOWEST] >= 0 and x[w[g + SLOWEST]] <= common and x[w[g + SLOWEST]] < math.inf:
        cross(s, g, t, w[g + SLOWEST] - BY_CAP)
    sharing = w[g + SHARERS] * common if w[g + SHARERS] > 0 else 0.0
    if x[g + TAKEN] + sharing > x[g + CAPACITY]:
        fill(s, g, t)


@inlined
def sink(s: Sharing, t: float) -> None:
    """Let those above the common level share the origin, the highest first: kinds, and sites that are not full any more."""
    x, w = s.x, s.w
    while True:
        highest, where = -1.0, NOTHING
        for g in range(s.first_site, s.end_of_sites, SITE_WIDTH):
            height = -1.0
            if w[g + FULL]:
                height = level(x[g + CAPACITY], x[g + TAKEN], w[g + SHARERS])
            elif w[g + FASTEST] >= 0:
                height = -x[w[g + FASTEST]]
            if height > highest:
                highest, where = height, g
        if where < 0 or highest <= origin_level(s):
            return
        if w[where + FULL]:
            w[where + FULL] = 0
        else:
            cross(s, where, t, w[where + FASTEST] - BY_CAP)
