"""Flows of a kind: those with equal caps at one site, and how many bytes each of them has got."""

from __future__ import annotations

import math

from rolloutsim.kernel import kernel
from rolloutsim.simulation.fairshare.heaps import add, take_out
from rolloutsim.simulation.fairshare.layout import (
    AT,
    BASE,
    BY_CAP,
    BYTES,
    CAP,
    CAPPED,
    CLOCK,
    COUNT,
    FASTEST,
    FLOW_WIDTH,
    FLOWING,
    FLOWS,
    FREE,
    KIND,
    LEVEL,
    NOTHING,
    SHARERS,
    SINCE,
    SITE,
    SLOWEST,
    TAKEN,
    TAKEN_REST,
    VIRTUAL,
    Sharing,
)

__all__ = ["cross", "enlist", "got", "settle", "strike_out", "virtual"]


@kernel
def virtual(s: Sharing, g: int, t: float) -> float:
    """Return a site's virtual time at `t`."""
    if t <= s.x[g + AT] or s.x[g + LEVEL] == math.inf:
        return float(s.x[g + VIRTUAL])
    return float(s.x[g + VIRTUAL] + s.x[g + LEVEL] * (t - s.x[g + AT]))


@kernel
def settle(s: Sharing, g: int, t: float) -> None:
    """Move a site's virtual time on to `t`."""
    s.x[g + VIRTUAL] = virtual(s, g, t)
    s.x[g + AT] = t


@kernel
def got(s: Sharing, kind: int, t: float) -> float:
    """Return a kind's count of bytes at `t`."""
    if s.w[kind + CAPPED]:
        return float(s.x[kind + BASE] + s.x[kind + CAP] * (t - s.x[kind + SINCE]))
    return float(s.x[kind + BASE] + virtual(s, s.w[kind + SITE], t))


@kernel
def enlist(s: Sharing, g: int, t: float, f: int, cap: float, size: float) -> None:
    """Put a flow to those of its kind; the site is settled."""
    x, w = s.x, s.w
    if (g, cap) in s.kinds:
        kind = s.kinds[(g, cap)]
        count(s, g, kind, 0)
    else:
        kind = w[s.end_of_sites + FREE]
        w[s.end_of_sites + FREE] = w[kind + FLOWS]
        s.kinds[(g, cap)] = kind
        x[kind + CAP] = cap
        x[kind + BASE] = 0.0
        x[kind + SINCE] = t
        w[kind + SITE] = g
        w[kind + FLOWS] = NOTHING
        w[kind + COUNT] = 0
        w[kind + CAPPED] = 1 if cap <= x[g + LEVEL] and cap < math.inf else 0
        add_by_cap(s, g, kind)
    if w[kind + FLOWS] >= 0:
        take_from_due(s, g, kind)
    x[f] = got(s, kind, t) + size
    w[f] = f // FLOW_WIDTH
    w[f + KIND] = kind
    w[kind + FLOWS] = add(x, w, w[kind + FLOWS], f)
    w[kind + COUNT] += 1
    w[g + FLOWING] += 1
    add_to_due(s, g, kind)
    count(s, g, kind, 1)


@kernel
def strike_out(s: Sharing, g: int, f: int) -> None:
    """Take a flow from those of its kind; a kind without flows is no more."""
    x, w = s.x, s.w
    kind = w[f + KIND]
    w[f + KIND] = NOTHING
    count(s, g, kind, 0)
    take_from_due(s, g, kind)
    w[kind + FLOWS] = take_out(x, w, w[kind + FLOWS], f)
    w[kind + COUNT] -= 1
    w[g + FLOWING] -= 1
    if w[kind + COUNT] > 0:
        add_to_due(s, g, kind)
        count(s, g, kind, 1)
    else:
        take_by_cap(s, g, kind)
        del s.kinds[(g, x[kind + CAP])]
        w[kind + FLOWS] = w[s.end_of_sites + FREE]
        w[s.end_of_sites + FREE] = kind


@kernel
def count(s: Sharing, g: int, kind: int, sign: int) -> None:
    """Count a kind among the flows of its site that share, or its caps among the sum of the capped ones; ``sign=0``: no longer."""
    if not s.w[kind + CAPPED]:
        s.w[g + SHARERS] += s.w[kind + COUNT] if sign else -s.w[kind + COUNT]
        return
    term = s.w[kind + COUNT] * s.x[kind + CAP]
    if not sign:
        term = -term
    # Two sums, the second of what the first rounds off (Knuth's TwoSum): the same terms, added and taken away, leave nothing behind.
    before = s.x[g + TAKEN]
    total = before + term
    part = total - before
    s.x[g + TAKEN_REST] += (before - (total - part)) + (term - part)
    s.x[g + TAKEN] = total + s.x[g + TAKEN_REST]
    s.x[g + TAKEN_REST] -= s.x[g + TAKEN] - total


@kernel
def add_to_due(s: Sharing, g: int, kind: int) -> None:
    """Put a kind to those of its site that will be done: by the clock or by virtual time."""
    x, w = s.x, s.w
    f = w[kind + FLOWS]
    w[kind] = w[f]
    if w[kind + CAPPED]:
        x[kind] = math.inf
        if x[f] <= x[kind + BASE]:
            x[kind] = x[kind + SINCE]
        elif x[kind + CAP] > 0.0:
            x[kind] = x[kind + SINCE] + (x[f] - x[kind + BASE]) / x[kind + CAP]
        w[g + CLOCK] = add(x, w, w[g + CLOCK], kind)
    else:
        x[kind] = x[f] - x[kind + BASE]
        w[g + BYTES] = add(x, w, w[g + BYTES], kind)


@kernel
def take_from_due(s: Sharing, g: int, kind: int) -> None:
    heap = g + (CLOCK if s.w[kind + CAPPED] else BYTES)
    s.w[heap] = take_out(s.x, s.w, s.w[heap], kind)


@kernel
def add_by_cap(s: Sharing, g: int, kind: int) -> None:
    node = kind + BY_CAP
    s.x[node] = -s.x[kind + CAP] if s.w[kind + CAPPED] else s.x[kind + CAP]
    s.w[node] = kind
    heap = g + (FASTEST if s.w[kind + CAPPED] else SLOWEST)
    s.w[heap] = add(s.x, s.w, s.w[heap], node)


@kernel
def take_by_cap(s: Sharing, g: int, kind: int) -> None:
    heap = g + (FASTEST if s.w[kind + CAPPED] else SLOWEST)
    s.w[heap] = take_out(s.x, s.w, s.w[heap], kind + BY_CAP)


@kernel
def cross(s: Sharing, g: int, t: float, kind: int) -> None:
    """Move a kind to the other side of the level."""
    bytes_now = got(s, kind, t)
    count(s, g, kind, 0)
    take_from_due(s, g, kind)
    take_by_cap(s, g, kind)
    if s.w[kind + CAPPED]:
        s.w[kind + CAPPED] = 0
        s.x[kind + BASE] = bytes_now - virtual(s, g, t)
    else:
        s.w[kind + CAPPED] = 1
        s.x[kind + BASE] = bytes_now
        s.x[kind + SINCE] = t
    add_to_due(s, g, kind)
    add_by_cap(s, g, kind)
    count(s, g, kind, 1)
