"""Requests that are none."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from rolloutsim.robomaker.operations import OPERATIONS

__all__ = ["garbage_for"]

MEMBERS = sorted({name for operation in OPERATIONS.values() for name in operation.request.members})
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.just("arn:x")
GARBAGE = SCALARS | st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS) | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def garbage_for(name: str) -> st.SearchStrategy[Any]:
    """Return anything, mostly with members of an operation."""
    known = sorted(OPERATIONS[name].request.members)
    return (st.dictionaries(st.sampled_from(known), GARBAGE, max_size=4) if known else GARBAGE) | GARBAGE
