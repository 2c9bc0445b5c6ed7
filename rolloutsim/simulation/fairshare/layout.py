"""The links that flows share, laid out in rows; `rolloutsim.simulation.fairshare.sharing` is what happens on them.

Everything is a row of the same place in two sequences, `x` of numbers and `w` of whole numbers (few sequences, because compiled code
counts references to each that it passes on). Flows, kinds and sites are handled by the places where their rows begin.
"""

from __future__ import annotations

from collections.abc import MutableMapping, MutableSequence
from typing import NamedTuple

from rolloutsim.simulation.fairshare.heaps import NODE_WIDTH

__all__ = [
    "AT",
    "BASE",
    "BYTES",
    "BY_CAP",
    "CAP",
    "CAPACITY",
    "CAPPED",
    "CLOCK",
    "COUNT",
    "DEMAND",
    "FASTEST",
    "FLOWING",
    "FLOWS",
    "FLOW_WIDTH",
    "FREE",
    "FULL",
    "KIND",
    "KIND_WIDTH",
    "LEVEL",
    "NEXT",
    "NOTHING",
    "ORIGIN_WIDTH",
    "SHARERS",
    "SINCE",
    "SITE",
    "SITE_WIDTH",
    "SLOWEST",
    "SPREAD",
    "TAKEN",
    "TAKEN_REST",
    "TOTAL",
    "VIRTUAL",
    "Sharing",
]

# The row of a flow begins with a node of its kind's heap: the key is at which count of bytes the flow is done, the tie its number.
KIND = 4  # w: -1 = it does not flow
FLOW_WIDTH = 5

# The row of a kind begins with two nodes: in the heap of those that are done next, and at BY_CAP in that of the caps.
BY_CAP = NODE_WIDTH
CAP, BASE, SINCE = 1, 2, 3  # x. Capped: it had got BASE bytes at SINCE; sharing: BASE more than the site's virtual time
SITE, FLOWS, COUNT, CAPPED = 8, 9, 10, 11  # w. FLOWS: root of the heap of its flows
KIND_WIDTH = 12

# The row of a site begins with a node: the key is when its next flow is done, the tie which.
CAPACITY, LEVEL, VIRTUAL, AT = 1, 2, 3, 4  # x. VIRTUAL: virtual time at AT
TAKEN, TAKEN_REST = 5, 6  # x. The sum of the caps of the capped flows
DEMAND = 7  # x. What the site takes of the origin when that limits nothing
SHARERS, FULL = 4, 5  # w. SHARERS: number of flows that share. FULL: the level is the site's own, not the origin's
CLOCK, BYTES = 6, 7  # w. Roots of heaps of kinds: the capped by when they are done, those that share by at what virtual time
FASTEST, SLOWEST = 8, 9  # w. Roots of heaps of kinds: of the capped the fastest, of those that share the slowest
FLOWING = 10  # w. Number of flows
SITE_WIDTH = 11

# The row of the origin uses CAPACITY and LEVEL of x.
TOTAL = 3  # x. The sum of what the sites demand
SPREAD = 3  # w. Whether the last change was felt at all sites
NEXT, FREE = 4, 5  # w. NEXT: root of the heap of sites. FREE: a row for a new kind; further free rows follow by their FLOWS
ORIGIN_WIDTH = 6

NOTHING = -1


class Sharing(NamedTuple):
    """The state of all links. Rates are in B/s, sizes in B, instants in s."""

    x: MutableSequence[float]
    w: MutableSequence[int]
    kinds: MutableMapping[tuple[int, float], int]  #: by site and cap: the kind's place
    first_site: int
    end_of_sites: int  #: the place of the origin's row
