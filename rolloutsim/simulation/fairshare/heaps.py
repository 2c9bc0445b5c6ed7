"""Heaps of which any node can be taken out: pairing heaps (Fredman, Sedgewick, Sleator and Tarjan, 1986) in two sequences.

A node is a position `node` in a sequence `x` of numbers and one `w` of whole numbers: its key is ``x[node]``, and ``w[node]`` decides among
equal keys; the three places after that in `w` hold its first child, its next sibling, and its parent or previous sibling. A heap is
the node of its root, -1 if it is empty. So any number of heaps live in the same two sequences, lists or arrays, and nothing is
allocated. Adding costs O(1), taking out O(log n) on average over many.
"""

from __future__ import annotations

from collections.abc import MutableSequence

from rolloutsim.kernel import kernel

__all__ = ["NODE_WIDTH", "add", "take_out"]

_CHILD, _NEXT, _PREVIOUS = 1, 2, 3

#: Places of `w` that a node occupies.
NODE_WIDTH = 4


@kernel
def meld(x: MutableSequence[float], w: MutableSequence[int], a: int, b: int) -> int:
    """Join two heaps that are not empty; the greater root becomes the first child of the other."""
    if x[b] < x[a] or (x[b] == x[a] and w[b] < w[a]):
        a, b = b, a
    first = w[a + _CHILD]
    if first >= 0:
        w[first + _PREVIOUS] = b
    w[b + _NEXT] = first
    w[b + _PREVIOUS] = a
    w[a + _CHILD] = b
    return a


@kernel
def add(x: MutableSequence[float], w: MutableSequence[int], root: int, node: int) -> int:
    """Return the root of a heap to which a node was added; its key and tie are set already.

    Examples
    --------
    >>> x, w = [3.0] + 3 * [0.0] + [2.0] + 3 * [0.0], 8 * [0]
    >>> add(x, w, add(x, w, -1, 0), 4)
    4
    """
    w[node + _CHILD] = -1
    w[node + _NEXT] = -1
    w[node + _PREVIOUS] = -1
    if root < 0:
        return node
    return int(meld(x, w, root, node))


@kernel
def gather(x: MutableSequence[float], w: MutableSequence[int], first: int) -> int:
    """Make one heap of a list of siblings: in pairs from the first to the last, then from the last to the first."""
    stack = -1
    while first >= 0:
        a = first
        b = w[a + _NEXT]
        first = -1
        if b >= 0:
            first = w[b + _NEXT]
            a = meld(x, w, a, b)
        w[a + _NEXT] = stack
        stack = a
    if stack < 0:
        return -1
    root = stack
    stack = w[root + _NEXT]
    while stack >= 0:
        following = w[stack + _NEXT]
        root = meld(x, w, root, stack)
        stack = following
    w[root + _NEXT] = -1
    w[root + _PREVIOUS] = -1
    return int(root)


@kernel
def take_out(x: MutableSequence[float], w: MutableSequence[int], root: int, node: int) -> int:
    """Return the root of a heap from which a node was taken out."""
    below = gather(x, w, w[node + _CHILD])
    if node == root:
        return int(below)
    before = w[node + _PREVIOUS]
    following = w[node + _NEXT]
    if w[before + _CHILD] == node:
        w[before + _CHILD] = following
    else:
        w[before + _NEXT] = following
    if following >= 0:
        w[following + _PREVIOUS] = before
    if below < 0:
        return root
    return int(meld(x, w, root, below))
