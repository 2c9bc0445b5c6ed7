"""Printing: the one way in which commands write, so that no text of others steers a terminal or a CI system."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

import click

from rolloutsim.printing import as_json, visible

#: Longer lines are hard to read, however wide the window is.
_WIDEST = 100
_NARROWEST = 40


def echo(text: str = "", *, err: bool = False, nl: bool = True, **style: Any) -> None:
    """Print text, with what is not printable made visible.

    Parameters
    ----------
    text
        One line or several.
    err
        Whether to the standard error.
    nl
        Whether with a line break at the end.
    style
        As for `click.style`; without effect where colours are unwanted.

    Examples
    --------
    >>> echo("a\\x1b[31mb")
    a\\x1b[31mb
    """
    shown = click.style(visible(text), **style) if style else visible(text)
    click.echo(shown, err=err, nl=nl, color=False if colourless() else None)


def echo_json(data: Any, *, indent: int | None = 2, default: Callable[[Any], Any] | None = None) -> None:
    """Print data as JSON."""
    click.echo(as_json(data, indent=indent, default=default))


def colourless() -> bool:
    """Return whether the environment asks for no colours, by NO_COLOR (https://no-color.org) or by a terminal that has none."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def line_width() -> int:
    """Return how many columns a line may have: those of the terminal, 100 at most."""
    return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((_WIDEST, 24)).columns))


def wrap(text: str, indent: str = "", hanging: str | None = None) -> str:
    """Return text in lines that fit; what is not printable is made visible first, because it is as long as what is shown.

    >>> print(wrap("one two", "  "))
      one two
    """
    return click.wrap_text(visible(text), line_width(), initial_indent=indent, subsequent_indent=indent if hanging is None else hanging)


def fold(text: str, hanging: str) -> str:
    """Return a line that is folded between words where a terminal is narrower; in files and pipes it stays one line."""
    columns = shutil.get_terminal_size((0, 0)).columns
    return click.wrap_text(visible(text), max(_NARROWEST, columns), subsequent_indent=hanging) if 0 < columns < len(text) else text
