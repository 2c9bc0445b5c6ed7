"""A progress bar in a notebook: how many replicates of a piece of work are done. Elsewhere there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from rolloutsim.formatting import count
from rolloutsim.notebook import in_notebook

__all__ = ["bar_html", "notebook_bar"]

#: Work that is done before is not worth a bar, and a bar is not drawn more often (s).
_FIRST, _BETWEEN = 0.5, 0.2


class _Shown(Protocol):
    """What IPython returns of something that is displayed."""

    def update(self, shown: Any) -> None:
        """Show something else in its place."""


class _Html:
    def __init__(self, text: str) -> None:
        self._text = text

    def _repr_html_(self) -> str:
        return self._text


@contextmanager
def notebook_bar(total: int, *, clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[int], None]]:
    """Show how many replicates are done while there is work, in a notebook; yield what to call with the number of more that are.

    The bar appears after half a second, and disappears at the end.

    Parameters
    ----------
    total
        Number of replicates.
    clock
        The time (s).
    """
    if not in_notebook():
        yield lambda _: None
        return
    from IPython.display import display

    show: Callable[..., _Shown] = display
    done, due = 0, clock() + _FIRST
    shown: _Shown | None = None

    def advance(more: int) -> None:
        nonlocal done, due, shown
        done += more
        if clock() < due:
            return
        due = clock() + _BETWEEN
        bar = _Html(bar_html(done, total))
        if shown is None:
            shown = show(bar, display_id=True)
        else:
            shown.update(bar)

    try:
        yield advance
    finally:
        if shown is not None:
            shown.update(_Html(""))


def bar_html(done: int, total: int) -> str:
    """Return a bar as HTML.

    >>> bar_html(250, 1000)
    '<progress value="250" max="1000"></progress> 250 of 1,000 replicates'
    """
    return f'<progress value="{done}" max="{total}"></progress> {count(done)} of {count(total)} replicates'
