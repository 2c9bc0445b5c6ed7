"""The list of plots: to add one, write a function and put `@plot` above it.

`Results.plot.<name>`, `rolloutsim run --out` and the tests that hold for every plot all walk this list.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from rolloutsim.errors import UsageError
from rolloutsim.report.plots.literal import drawn_literally
from rolloutsim.report.plots.subject import add_name
from rolloutsim.scenario.local_time import LocalClock

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Plot(NamedTuple):
    """An entry of the list.

    Attributes
    ----------
    draw
        ``draw(tables, *, ax=None) -> Axes``, further arguments by keyword with a default.
    needs
        Tables that must have been kept for it.
    links
        Whether it is about shared links, and takes their ``capacities``.
    one
        Whether it always shows a single replicate, ``replicate=``, of which it needs the robots.
    sites
        Whether it is about sites.
    stages
        Whether it marks the stages of the job, and takes them as ``stages``.
    premises
        Whether its estimates rest on the premises of the scenario, and takes them as ``premises``.
    """

    draw: Callable[..., Axes]
    needs: tuple[str, ...]
    links: bool
    one: bool
    sites: bool = False
    stages: bool = False
    premises: bool = False


class FrameKind(NamedTuple):
    """A kind of frame that studies make: a plot of another kind would draw nonsense.

    Attributes
    ----------
    what
        How it is called, and where it comes from.
    columns
        By which it is known, beside those of an estimate.
    plots
        That draw it.
    """

    what: str
    columns: tuple[str, ...]
    plots: str


SENSITIVITY = FrameKind("the indices of a sensitivity (Sensitivity.frame)", ("input", "index"), "plot_tornado draws")
COMPARISON = FrameKind("the differences of a comparison (Comparison.frame)", ("alternative",), "plot_difference draws")
ESTIMATES = FrameKind("estimates at points (Study.frame, PlanResult.frame)", (), "plot_response, plot_heat_map and plot_frontier draw")

_ESTIMATE = ("metric", "low", "best", "high", "n")

#: All plots by name, in the order in which they are shown and written.
PLOTS: dict[str, Plot] = {}

#: Plots of studies by name: ``draw(frame, *, ax=None) -> Axes``, of a tidy frame with one row per point and metric.
STUDY_PLOTS: dict[str, Callable[..., Axes]] = {}

_Draw = TypeVar("_Draw", bound="Callable[..., Axes]")


def plot(
    *,
    needs: tuple[str, ...],
    links: bool = False,
    one: bool = False,
    sites: bool = False,
    stages: bool = False,
    premises: bool = False,
) -> Callable[[_Draw], _Draw]:
    """Enter a function ``plot_<name>`` into the list of plots.

    Parameters
    ----------
    needs
        Names of the tables that it reads.
    links
        Whether it draws shared links: it is given ``capacities=``, and left out where there are none.
    one
        Whether it always draws a single replicate.
    sites
        Whether it draws sites: it is left out where there are none.
    stages
        Whether it marks the stages of the job: it is given ``stages=``.
    premises
        Whether it shows estimates that rest on the premises of the scenario: it is given ``premises=``.
    """

    def enter(draw: _Draw) -> _Draw:
        literal = drawn_literally(draw)
        PLOTS[draw.__name__.removeprefix("plot_")] = Plot(literal, needs, links, one, sites, stages, premises)
        return literal

    return enter


def study_plot(kind: FrameKind) -> Callable[[_Draw], _Draw]:
    """Enter a function ``plot_<name>`` into the list of plots of studies, and let it draw frames of one kind only."""

    def enter(draw: _Draw) -> _Draw:
        literal = drawn_literally(draw)

        @wraps(draw)
        def checked(frame: Any, **more: Any) -> Axes:
            from rolloutsim.report.plots.axes import show_clock

            _check_kind(frame, kind, draw.__name__)
            axes = literal(frame, **more)
            if name := frame.attrs.get("scenario", ""):
                add_name(axes, name)
            if clock := frame.attrs.get("clock"):
                show_clock(axes, LocalClock.from_json(clock))
            return axes

        STUDY_PLOTS[draw.__name__.removeprefix("plot_")] = checked
        return cast("_Draw", checked)

    return enter


def _check_kind(frame: Any, kind: FrameKind, plot: str) -> None:
    """Make sure that a plot is given a frame of its own kind.

    Raises
    ------
    UsageError
        If it is of another kind, or none at all.
    """
    columns = set(getattr(frame, "columns", ()))
    if not columns.issuperset(_ESTIMATE):
        raise UsageError(f"{plot} draws {kind.what}, a frame with the columns {', '.join((*_ESTIMATE, *kind.columns))}")
    found = next(one for one in (SENSITIVITY, COMPARISON, ESTIMATES) if columns.issuperset(one.columns))
    if found is not kind:
        raise UsageError(f"{plot} draws {kind.what}; this frame is of {found.what}, which {found.plots}")
