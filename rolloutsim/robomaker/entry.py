"""An entry of the log: a request that changed something."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Entry"]


class Entry(NamedTuple):
    """A request that changed something.

    Attributes
    ----------
    t
        Its instant, in seconds since the service's clock began.
    operation
        Its name; what is not of RoboMaker's API begins with ``-``.
    request, answer
        As plain data.
    found
        What else its change needs.
    """

    t: float
    operation: str
    request: Any
    answer: Any
    found: Any = None
