"""All plots of one result: as methods of `Results.plot`, and as files in a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rolloutsim.report.plots.registry import PLOTS, Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rolloutsim.analysis.replicates import ResultTables

__all__ = ["Plotter", "save_plot", "save_plots"]

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

    Examples
    --------
    >>> list(Plotter(None))
    ['completion_curve', 'failure_codes', 'gantt', 'link_use', 'robots_by_state', 'time_to_complete']
    """

    def __init__(self, tables: ResultTables, capacities: Mapping[str | None, float] | None = None) -> None:
        self._tables = tables
        self._capacities = capacities

    def __getattr__(self, name: str) -> Callable[..., Axes]:
        if name not in PLOTS:
            raise AttributeError(f"there is no plot {name}; there are {', '.join(PLOTS)}")
        return _drawing(PLOTS[name], self._tables, self._capacities)

    def __dir__(self) -> list[str]:
        return [*PLOTS, "left_out", "save"]

    def __iter__(self) -> Iterator[str]:
        return iter(PLOTS)

    def __repr__(self) -> str:
        return f"plots: {', '.join(PLOTS)}"

    def save(self, directory: str | os.PathLike[str]) -> list[Path]:
        """Write all plots as PNG files; see `save_plots`."""
        return save_plots(self._tables, directory, self._capacities)

    def left_out(self) -> list[str]:
        """Return the names of the plots that are not written because their tables were not kept."""
        return [name for name, entry in PLOTS.items() if not _is_kept(entry, self._tables) and (self._capacities or not entry.links)]


def save_plots(tables: ResultTables, directory: str | os.PathLike[str], capacities: Mapping[str | None, float] | None = None) -> list[Path]:
    """Write every plot as a PNG file into a folder, which is made if it does not exist.

    A plot whose tables were not kept (None or empty) is left out, and so are shared links where there are none; pictures of them that
    earlier results have left in the folder are removed. Each file appears whole or not at all.

    Parameters
    ----------
    tables
        Anything with the tables that the plots need.
    directory
        Where to.
    capacities
        Of the shared links, in bit/s.

    Returns
    -------
    paths
        The files, named after the plots.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for entry in PLOTS.values():
        path = folder / f"{entry.name}.png"
        if _is_kept(entry, tables) and (capacities or not entry.links):
            save_plot(_drawing(entry, tables, capacities)(), path)
            paths.append(path)
        else:
            path.unlink(missing_ok=True)  # it would show other results than the files beside it
    return paths


def _is_kept(entry: Plot, tables: ResultTables) -> bool:
    kept: list[Any] = [getattr(tables, name, None) for name in entry.needs]
    return all(table is not None and len(table) for table in kept)


def _drawing(entry: Plot, tables: ResultTables, capacities: Mapping[str | None, float] | None) -> Callable[..., Axes]:
    return partial(entry.draw, tables, capacities=capacities) if entry.links else partial(entry.draw, tables)


def save_plot(axes: Axes, path: Path) -> None:
    """Write the figure that axes lie on as a PNG file, whole or not at all."""
    from rolloutsim.report.plots.axes import root

    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        root(axes).savefig(temporary, format="png", dpi=_DPI)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
