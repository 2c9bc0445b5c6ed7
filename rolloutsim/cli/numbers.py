"""Whole numbers on the command line: always with an upper bound."""

from __future__ import annotations

from typing import Any

import click

MOST_SHARDS = 1_000_000


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
