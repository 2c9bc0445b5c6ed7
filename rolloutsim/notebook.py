"""What is different in a notebook: results are shown as HTML, which a floor above lays out."""

from __future__ import annotations

import sys
from collections.abc import Callable

__all__ = ["html_of", "in_notebook", "lay_out_by"]

#: What lays out results, the last one in force.
_layouts: list[Callable[[object], str]] = []


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook.

    >>> in_notebook()
    False
    """
    if "IPython" not in sys.modules:
        return False
    shell = type(sys.modules["IPython"].get_ipython())
    return any(kind.__name__ == "ZMQInteractiveShell" for kind in shell.__mro__)  # Colab has a shell of its own below that one


def lay_out_by(layout: Callable[[object], str]) -> None:
    """Let a function return results as HTML: studies do not know the reports, which stand above them."""
    _layouts.append(layout)


def html_of(result: object) -> str:
    """Return a result as HTML, for its ``_repr_html_``."""
    return _layouts[-1](result)
