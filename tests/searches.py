"""Random searches: few examples in the quick suite, and several times as many in the exhaustive one."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import settings

__all__ = ["FACTOR", "search"]

F = TypeVar("F", bound=Callable[..., Any])

#: How many times as many examples as in the quick suite.
FACTOR = int(os.environ.get("ROLLOUTSIM_SEARCH", "1"))


def search(examples: int, **more: Any) -> Callable[[F], F]:
    """Mark a test as a random search with so many examples in the quick suite."""

    def mark(test: F) -> F:
        found: F = pytest.mark.search(settings(max_examples=examples * FACTOR, **more)(test))
        return found

    return mark
