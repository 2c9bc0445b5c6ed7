"""Progress bars on the standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Protocol


class Update(Protocol):
    """What moves a progress bar."""

    def __call__(self, done: int, total: int | None, notes: Sequence[str] = ()) -> None:
        """Show how much is done, of how much, and lines below the bar."""


@contextmanager
def progress_bar(what: str, total: int | None = None) -> Iterator[Update | None]:
    """Show how much of a study is done, if the standard error is a terminal that can move its cursor; yield what to call with that."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Bar(Progress):
        def get_renderables(self) -> Iterator[RenderableType]:
            yield from super().get_renderables()
            for task in self.tasks:
                for line in task.fields["notes"]:
                    yield Text(line, overflow="ellipsis", no_wrap=True)

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "")

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total, notes=())

        def update(done: int, total: int | None, notes: Sequence[str] = ()) -> None:
            bar.update(task, completed=done, total=total, notes=notes)

        yield update


@contextmanager
def replicates_bar(total: int | None) -> Iterator[Callable[[int], None] | None]:
    """Show a progress bar of replicates; yield what to call after each."""
    with progress_bar("replicates", total) as update:
        done = count(1)
        yield None if update is None else lambda _: update(next(done), total)
