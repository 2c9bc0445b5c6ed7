"""All plots of one result: as methods of `Results.plot`, and as files in a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rolloutsim.analysis.replicates import first_replicate, is_kept
from rolloutsim.errors import StoreError, remedy
from rolloutsim.report.plots.literal import literal_text
from rolloutsim.report.plots.registry import PLOTS, Plot
from rolloutsim.report.plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rolloutsim.analysis.replicates import ResultTables

#: What a result gives to a plot, and its reader does not.
_GIVEN = ("capacities", "premises", "stages")

#: Dots per inch of a saved picture.
_DPI = 150


class Plotter:
    """The plots of a result as methods: ``results.plot.gantt(replicate=3)``.

    Parameters
    ----------
    tables
        What they are drawn from.
    capacities
        Of the shared links, in bit/s, as `rolloutsim.analysis.link_capacities` returns them.
    one
        Returns all tables of a replicate of which `tables` may hold some only.
    subject
        The scenario, which pictures name, and whose clock and stages they show.

    Examples
    --------
    >>> ", ".join(Plotter(None))
    'completion_by_site, completion_curve, failure_codes, failure_codes_by_site, gantt, link_use, robots_by_state, time_to_complete'
    """

    def __init__(
        self,
        tables: ResultTables,
        capacities: Mapping[str | None, float] | None = None,
        one: Callable[[int], ResultTables] | None = None,
        subject: Subject | None = None,
    ) -> None:
        self._tables, self._capacities, self._one, self._subject = tables, capacities, one, subject or Subject()

    def __getattr__(self, name: str) -> Callable[..., Axes]:
        if name not in PLOTS:
            raise AttributeError(f"there is no plot {name}; there are {', '.join(PLOTS)}")
        return self._method(name, PLOTS[name])

    def _method(self, name: str, entry: Plot) -> Callable[..., Axes]:
        """Return a plot as a method: its own documentation and signature, without the tables that the result gives it."""

        _, *parameters = signature(entry.draw).parameters.values()
        own = signature(entry.draw).replace(parameters=[each for each in parameters if each.name not in _GIVEN])

        @wraps(entry.draw)
        def method(*other: Any, **more: Any) -> Axes:
            return self._draw(entry, **own.bind(*other, **more).arguments)

        vars(method).update(__signature__=own)
        method.__name__ = method.__qualname__ = name
        return method

    def _draw(self, entry: Plot, *, replicate: int | None = None, other: Any = None, **more: Any) -> Axes:
        if other is not None:
            more = {"other": getattr(other, "tables", other), "names": self._names(other)} | more
        if entry.links:
            more = {"capacities": self._capacities} | more
        if entry.stages:
            more = {"stages": self._subject.stages} | more
        if entry.premises:
            more = {"premises": self._subject.premises} | more
        if replicate is None and entry.one:
            replicate = first_replicate(self._tables)
        if replicate is None:
            return self._subject.inscribe(entry.draw(self._tables, **more))
        shown = self._tables if self._one is None else _OneOf(self._tables, self._one(replicate))
        return self._subject.inscribe(entry.draw(shown, replicate=replicate, **more))

    def _names(self, other: Any) -> tuple[str, str]:
        """Return the names of this result and of another one."""
        own, name = self._subject.name or "this result", getattr(other, "manifest", {}).get("name", "the other")
        return own, f"the other {name}" if name == own else name

    def __dir__(self) -> list[str]:
        return [*PLOTS, "drawable", "left_out", "save"]

    def __iter__(self) -> Iterator[str]:
        return iter(PLOTS)

    def __repr__(self) -> str:
        return f"plots: {', '.join(PLOTS)}"

    def save(self, directory: str | os.PathLike[str], *, redraw: bool = True) -> list[Path]:
        """Write every plot as a PNG file into a folder, which is made if it does not exist.

        A plot whose tables were not kept (None) is left out, and so are shared links where there are none; pictures of them that
        earlier results have left in the folder are removed. Each file appears whole or not at all, and a plot that fails costs no other.

        Parameters
        ----------
        redraw
            Also draw the pictures that are there already.

        Returns
        -------
        paths
            The files, named after the plots.

        Raises
        ------
        StoreError
            If plots cannot be drawn or written.
        """
        folder = Path(directory)
        wanted = self.drawable()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in PLOTS.keys() - wanted:
                (folder / f"{name}.png").unlink(missing_ok=True)  # it would show other results than the files beside it
        except OSError as error:
            raise StoreError(f"{folder}: the plots cannot be written ({error.strerror or error}): {remedy(error)}") from error
        return draw_into(folder, {name: getattr(self, name) for name in wanted if redraw or not (folder / f"{name}.png").is_file()})

    def drawable(self) -> list[str]:
        """Return the names of the plots that can be drawn from what was kept."""
        return [name for name, entry in PLOTS.items() if self._has_subject(entry) and self._is_kept(entry)]

    def left_out(self) -> list[str]:
        """Return the names of the plots that are not written because their tables were not kept."""
        return [name for name, entry in PLOTS.items() if self._has_subject(entry) and not self._is_kept(entry)]

    def _has_subject(self, entry: Plot) -> bool:
        return (bool(self._capacities) or not entry.links) and (is_kept(self._tables, "sites") or not entry.sites)

    def _is_kept(self, entry: Plot) -> bool:
        return (entry.one and self._one is not None) or all(is_kept(self._tables, name) for name in entry.needs)


def draw_into(folder: Path, drawings: Mapping[str, Callable[[], Axes]]) -> list[Path]:
    """Draw pictures and write them into a folder, each named after its key; one that fails costs no other.

    Raises
    ------
    StoreError
        If some cannot be drawn or written, after all others are there.
    """
    paths, wrong = [], []
    for name, draw in drawings.items():
        path = folder / f"{name.replace('/', '_')}.png"  # names of sites and cohorts may have slashes
        try:
            save_plot(draw(), path)
            paths.append(path)
        except OSError as error:
            wrong.append(f"{path.name} cannot be written: {error.strerror or error}")
        except Exception as error:  # of a library, or of settings that a user has for it: the numbers are good
            first = (str(error).splitlines() or [""])[0]
            wrong.append(f"{path.name}: {type(error).__name__}: {first}")
    if wrong:
        raise StoreError(f"{folder}: the plots cannot be drawn ({'; '.join(wrong)}); tables and summary are there")
    return paths


class _OneOf:
    """All jobs of a result, and the other tables of one of its replicates."""

    def __init__(self, tables: ResultTables, one: ResultTables) -> None:
        self.jobs = tables.jobs
        self._one = one

    def __getattr__(self, name: str) -> Any:
        return getattr(self._one, name)


def save_plot(axes: Axes, path: Path) -> None:
    """Write the figure that axes lie on as a PNG file, whole or not at all."""
    from rolloutsim.report.plots.axes import root

    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with literal_text():
            root(axes).savefig(temporary, format="png", dpi=_DPI)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
