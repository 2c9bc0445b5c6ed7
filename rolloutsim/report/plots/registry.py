"""The list of plots: to add one, write a function and put `@plot` above it.

`Results.plot.<name>`, `rolloutsim run --out` and the tests that hold for every plot all walk this list.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from rolloutsim.report.plots.kinds import check_kind
from rolloutsim.report.plots.literal import drawn_literally

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rolloutsim.report.plots.kinds import FrameKind


class Plot(NamedTuple):
    """An entry of the list.

    Attributes
    ----------
    name
        Of the method of `Results.plot` and of the file.
    draw
        ``draw(tables, *, ax=None) -> Axes``, further arguments by keyword with a default.
    needs
        Tables that must have been kept for it.
    links
        Whether it is about shared links, and takes their ``capacities``.
    one
        Whether it always shows a single replicate, ``replicate=``, of which it needs the robots.
    """

    name: str
    draw: Callable[..., Axes]
    needs: tuple[str, ...]
    links: bool
    one: bool


#: All plots by name, in the order in which they are shown and written.
PLOTS: dict[str, Plot] = {}

#: Plots of studies by name: ``draw(frame, *, ax=None) -> Axes``, of a tidy frame with one row per point and metric.
STUDY_PLOTS: dict[str, Callable[..., Axes]] = {}

_Draw = TypeVar("_Draw", bound="Callable[..., Axes]")


def plot(*, needs: tuple[str, ...], links: bool = False, one: bool = False) -> Callable[[_Draw], _Draw]:
    """Enter a function ``plot_<name>`` into the list of plots.

    Parameters
    ----------
    needs
        Names of the tables that it reads.
    links
        Whether it draws shared links: it is given ``capacities=``, and left out where there are none.
    one
        Whether it always draws a single replicate.
    """

    def enter(draw: _Draw) -> _Draw:
        name = draw.__name__.removeprefix("plot_")
        literal = drawn_literally(draw)
        PLOTS[name] = Plot(name, literal, needs, links, one)
        return literal

    return enter


def study_plot(kind: FrameKind) -> Callable[[_Draw], _Draw]:
    """Enter a function ``plot_<name>`` into the list of plots of studies, and let it draw frames of one kind only."""

    def enter(draw: _Draw) -> _Draw:
        literal = drawn_literally(draw)

        @wraps(draw)
        def checked(frame: Any, **more: Any) -> Axes:
            check_kind(frame, kind, draw.__name__)
            return literal(frame, **more)

        STUDY_PLOTS[draw.__name__.removeprefix("plot_")] = checked
        return cast("_Draw", checked)

    return enter
