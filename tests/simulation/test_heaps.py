"""Pairing heaps against the least of a dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rolloutsim.simulation.fairshare.heaps import NODE_WIDTH, add, take_out


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 15), st.integers(0, 3)), max_size=80))
def test_heap_gives_the_least_whatever_is_taken_out(actions: list[tuple[bool, int, int]]) -> None:
    x, w = [0.0] * 16 * NODE_WIDTH, [0] * 16 * NODE_WIDTH
    held: dict[int, tuple[float, int]] = {}
    root = -1
    for adds, number, key in actions:
        node = number * NODE_WIDTH
        if adds and node not in held:
            x[node], w[node] = float(key), number
            held[node] = (float(key), number)
            root = add(x, w, root, node)
        elif not adds and node in held:
            del held[node]
            root = take_out(x, w, root, node)
        assert root == min(held, key=lambda n: held[n], default=-1)
    while held:
        assert root == min(held, key=lambda n: held[n])
        del held[root]
        root = take_out(x, w, root, root)
    assert root == -1
