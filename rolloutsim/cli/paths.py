"""Paths that are given to commands: never empty, and seen to be writable before anything is simulated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click


class PathOption(click.Path):
    """A file or folder; an empty text is none, although Python would take it for the current folder.

    >>> PathOption().convert("reports", None, None).name
    'reports'
    """

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        if not str(value).strip():
            self.fail("this is empty, e.g. by a variable that is not set: name a path (the current folder is .)", param, ctx)
        return super().convert(value, param, ctx)


def ready_file(file: Path) -> None:
    """See that a file can be written, and make its folder: now, not when everything is simulated.

    Raises
    ------
    StoreError
        If it cannot.
    """
    from rolloutsim.errors import StoreError
    from rolloutsim.study import make_folder

    if file.is_dir():
        raise StoreError(f"{file}: cannot be written (it is a folder): name a file")
    if not file.exists():
        make_folder(file.parent)
    elif not os.access(file, os.W_OK):
        raise StoreError(f"{file}: cannot be written (it may only be read): choose another file")
