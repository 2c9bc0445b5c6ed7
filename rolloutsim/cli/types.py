"""Types of the values of options: whole numbers with bounds, paths that are never empty, and executors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class Count(click.IntRange):
    """A whole number from `least` to `most`.

    >>> Count(1, 10).convert("7", None, None)
    7
    """

    def __init__(self, least: int, most: int) -> None:
        super().__init__(least, most)
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        from rolloutsim.printing import shorten
        from rolloutsim.scenario.reading.numbers import read_whole

        number = value if isinstance(value, int) else read_whole(str(value).strip())
        if number is None or not self.least <= number <= self.most:
            joined = str(value).replace(",", "").replace("_", "")
            hint = f"; write {joined}" if joined != str(value) and read_whole(joined) is not None else ""
            self.fail(f"{shorten(str(value), 40)!r} is not a whole number from {self.least:,} to {self.most:,}{hint}", param, ctx)
        return number


#: As many as scenario files take; their module is not imported for ``--help``.
REPLICATES = Count(1, 10_000_000)
PROCESSES = Count(1, 1024)
MOST_SHARDS = 1_000_000


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


class ExecutorOption(click.types.StringParamType):
    """What `simulate` takes as its executor, as text.

    >>> ExecutorOption().convert("4", None, None), ExecutorOption().convert("dask", None, None)
    (4, 'dask')
    """

    name = "executor"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a number, or the text."""
        return PROCESSES.convert(value, param, ctx) if str(value).strip().lstrip("+-")[:1].isdigit() else value
