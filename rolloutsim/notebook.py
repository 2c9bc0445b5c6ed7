"""What is different in a notebook: results are shown as HTML, which a floor above lays out."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import cast

__all__ = ["html_of", "in_notebook"]


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook.

    >>> in_notebook()
    False
    """
    if "IPython" not in sys.modules:
        return False
    shell = type(sys.modules["IPython"].get_ipython())
    return any(kind.__name__ == "ZMQInteractiveShell" for kind in shell.__mro__)  # Colab has a shell of its own below that one


def html_of(result: object) -> str:
    """Return a result as HTML, for its ``_repr_html_``.

    `rolloutsim.report` stands above the studies, which know nothing of it: it is found by its name when a notebook shows a result.
    """
    return cast(str, import_module("rolloutsim.report.notebook").result_html(result))
