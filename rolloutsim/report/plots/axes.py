"""The axes that plots are drawn on: made out of pyplot's sight, with times in readable units.

A plot draws on the axes that it is given. Without any it makes a figure of its own that pyplot never hears of: nothing to close, nothing
leaks, and it works in threads. Such axes show themselves as a picture when they are the last value of a Jupyter cell.

Times are drawn in seconds, as the tables have them, so that two results can share axes; only ticks and label turn to min, h or d.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis, YAxis
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure, SubFigure
from matplotlib.text import Annotation
from matplotlib.ticker import Formatter, FuncFormatter, Locator, MaxNLocator
from matplotlib.transforms import ScaledTranslation

from rolloutsim.formatting import TIME_SCALES, Scale, count, duration, scale_of, trim
from rolloutsim.report.plots.literal import literal_text
from rolloutsim.report.plots.palette import BLUE

if TYPE_CHECKING:
    from matplotlib.artist import Artist

    from rolloutsim.analysis.replicates import FloatArray
    from rolloutsim.scenario.local_time import LocalClock

_LEGEND_ROW = 14.5  # points

#: How a tick shows local time on another day than the tick before; from a week on a weekday is ambiguous.
_DAY, _DATE = "%a %H:%M", "%d %b %H:%M"
_WEEK = 6 * 86400.0

#: Distances of ticks that read well, by unit of time.
_STEPS: dict[str, tuple[float, ...]] = {
    "s": (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30),
    "min": (0.5, 1, 2, 5, 10, 15, 20, 30),
    "h": (0.25, 0.5, 1, 2, 3, 4, 6, 8, 12),
    "d": (0.5, 1, 2, 5, 10, 20, 30),
}


class ReportAxes(Axes):
    """Axes that a notebook shows as the picture of their figure."""

    def _repr_png_(self) -> bytes:
        return png(self)


def png(axes: Axes) -> bytes:
    """Return the figure that axes lie on as a PNG picture for a screen."""
    picture = io.BytesIO()
    with literal_text():
        root(axes).savefig(picture, format="png", dpi=96)
    return picture.getvalue()


def new_axes(width: float = 8.0, height: float = 4.8) -> Axes:
    """Return axes on a new figure of this size in inches, unknown to pyplot."""
    axes: Axes = Figure(figsize=(width, height), layout="constrained").add_subplot(axes_class=ReportAxes)
    return axes


def root(axes: Axes) -> Figure:
    """Return the figure that axes lie on, also if they are on a part of it."""
    figure = axes.figure
    while isinstance(figure, SubFigure):
        figure = figure.figure
    return figure


class TimeLocator(Locator):
    """Ticks at round numbers of s, min, h or d on an axis of seconds; `unit` is the one in use.

    `of_job` is whether times count from the creation of a job, and `clock` that job's, if it is to be shown too.
    """

    def __init__(self) -> None:
        self.unit: Scale = scale_of("s", 0.0)
        self.of_job = False
        self.clock: LocalClock | None = None

    def __call__(self) -> list[float]:
        """Return the ticks of the present view."""
        assert self.axis is not None  # it asks for its own ticks
        low, high = sorted(self.axis.get_view_interval())
        return self.tick_values(low, high)

    def tick_values(self, vmin: float, vmax: float) -> list[float]:
        """Return the ticks between two times in s."""
        room = max(2, min(9, self.axis.get_tick_space() // 2)) if self.axis is not None else 8
        size = self.unit.size
        step = next((step for step in _STEPS[self.unit.symbol] if (vmax - vmin) / (step * size) <= room), None)
        if step is None or (vmax - vmin) / (step * size) < 4:
            return [tick * size for tick in MaxNLocator(room, steps=[1, 2, 2.5, 5, 10]).tick_values(vmin / size, vmax / size)]
        first = -int(-vmin // (step * size))
        return [k * step * size for k in range(first, int(vmax // (step * size)) + 1)]

    def write(self, time_s: float) -> str:
        """Return the text at a tick."""
        size = self.unit.size
        return trim(f"{time_s / size:,.3f}").rstrip("0") if time_s % size else f"{time_s / size:,.0f}"


class TimeFormatter(Formatter):
    """Texts of the ticks of a `TimeLocator`; below them what the clock shows, with the day where that is another one."""

    def __init__(self, locator: TimeLocator) -> None:
        self._locator = locator

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the text at one tick, as a cursor shows it."""
        return self._locator.write(x)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return the texts at all ticks."""
        clock = self._locator.clock
        texts = [self._locator.write(value) for value in values]
        if clock is None or self.axis is None:
            return texts
        low, high = sorted(self.axis.get_view_interval())
        margin = 1e-9 * (high - low)
        seen = None
        for number, value in enumerate(values):
            if low - margin <= value <= high + margin:
                local = clock.local(value)
                day = local.date()
                texts[number] += f"\n{local:%H:%M}" if day == seen else f"\n{local:{_DAY if high < _WEEK else _DATE}}"
                seen = day
        return texts


def time_axis(axis: XAxis | YAxis, label: str) -> None:
    """Let an axis of seconds show s, min, h or d, whatever its range calls for, also after zooming or drawing more on it.

    Parameters
    ----------
    axis
        ``ax.xaxis`` or ``ax.yaxis``, on which times in s are drawn.
    label
        What it shows, without the unit.
    """
    if not isinstance(axis.get_major_locator(), TimeLocator):
        locator = TimeLocator()
        axis.set_major_locator(locator)
        axis.set_major_formatter(TimeFormatter(locator))
    axis.set_label_text(f"{label} ({TIME_SCALES[0].symbol})")
    axis.axes.callbacks.connect(f"{axis.axis_name}lim_changed", _refresh)
    _refresh(axis.axes)


def job_axis(axes: Axes, end_s: float, label: str = "time since the job was created") -> None:
    """Make the horizontal axis one of the time since the creation of a job."""
    axes.set_xlim(0, end_s if end_s > 0 else 1.0)
    instant_axis(axes.xaxis, label)


def instant_axis(axis: XAxis | YAxis, label: str) -> None:
    """Make an axis show the time since the creation of a job; `show_clock` adds local times."""
    time_axis(axis, label)
    locator = axis.get_major_locator()
    assert isinstance(locator, TimeLocator)
    locator.of_job = True


def show_clock(axes: Axes, clock: LocalClock) -> None:
    """Let the axes that count from the creation of a job show the local time too, those of panels included."""
    below = False
    for each in (axes, *axes.child_axes):
        for axis in (each.xaxis, each.yaxis):
            locator = axis.get_major_locator()
            if isinstance(locator, TimeLocator) and locator.of_job:
                locator.clock = clock
                below |= each is not axes and axis is each.xaxis
                if axis.get_label_text():
                    axis.set_label_text(f"local time, and {axis.get_label_text()}")
    if below and axes.get_xlabel():  # one label for all panels, below two lines of ticks
        axes.set_xlabel(f"local time, and {axes.get_xlabel()}", labelpad=axes.xaxis.labelpad + 10)


def _refresh(axes: Axes) -> None:
    # Shared axes share their locator, hence its unit, but each has its own label.
    for name, shared in (("x", axes.get_shared_x_axes()), ("y", axes.get_shared_y_axes())):
        for sibling in shared.get_siblings(axes):
            axis = getattr(sibling, f"{name}axis")
            locator = axis.get_major_locator()
            if isinstance(locator, TimeLocator):
                locator.unit = scale_of("s", max(abs(limit) for limit in axis.get_view_interval()))
                what, _, symbol = axis.get_label_text().rpartition(" ")
                # Another label stays.
                if symbol in {f"({unit.symbol})" for unit in TIME_SCALES}:
                    axis.set_label_text(f"{what} ({locator.unit.symbol})")


def footnote(axes: Axes, text: str) -> Annotation:
    """Write small print below the label of the horizontal axis, where no layout cuts it off."""
    return axes.annotate(
        text,
        xy=(0, 0),
        xycoords=("axes fraction", axes.xaxis.label),
        xytext=(0, -6),
        textcoords="offset points",
        ha="left",
        va="top",
        fontsize="x-small",
        color="0.3",
        annotation_clip=False,
    )


def time_end(times_s: FloatArray, also_s: float = 0.0) -> tuple[float, str]:
    """Return where an axis of times ends, so that a few stragglers, days late, do not press all others into one line.

    Parameters
    ----------
    times_s
        The times to be shown, in s; infinite ones and NaN are not.
    also_s
        A time that must be seen.

    Returns
    -------
    end_s
        The longest time, unless it is more than four times as long as nine in ten are.
    note
        What lies beyond; empty if nothing does.

    Examples
    --------
    >>> import numpy as np
    >>> time_end(np.array([3600.0] * 99 + [2592000.0]))
    (14400.0, '1 beyond the right edge, up to 30 d')
    """
    times_s = times_s[np.isfinite(times_s)]
    if not len(times_s):
        return also_s, ""
    longest = float(times_s.max())
    end = min(longest, max(4 * float(np.quantile(times_s, 0.9)), also_s))
    beyond = int((times_s > end).sum())
    return max(end, also_s), f"{count(beyond)} beyond the right edge, up to {duration(longest)}" if beyond else ""


def percent_axis(axis: Axis, label: str, symbol: str = "%") -> None:
    """Let an axis of shares (0 to 1) show percent, or percentage points (pp)."""
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.6g}"))
    axis.set_label_text(f"{label} ({symbol})")


def inside(axes: Axes, bounds: Sequence[tuple[float, float, float, float]]) -> list[Axes]:
    """Return panels on axes of which nothing else is left, at left, bottom, width and height as shares of these."""
    axes.set(xticks=[], yticks=[])
    axes.patch.set_visible(False)
    axes.spines[:].set_visible(False)
    panels = [axes.inset_axes(place) for place in bounds]
    for panel in panels:
        open_frame(panel)
    return panels


def band(
    axes: Axes,
    x: FloatArray,
    low: FloatArray,
    high: FloatArray,
    alpha: float,
    *,
    colour: str = BLUE,
    step: Literal["post"] | None = None,
    label: str | None = None,
) -> None:
    """Draw the area between two curves, with a rim: a pale area alone is hardly seen on a dark page."""
    look: dict[str, Any] = {"facecolor": to_rgba(colour, alpha), "edgecolor": to_rgba(colour, 0.75), "linewidth": 0.5}
    axes.fill_between(x, low, high, step=step, label=label, **look)


def legend_above(axes: Axes, handles: Sequence[Artist], above: float = 0.0) -> float:
    """Put a legend between title and axes, where it hides no data, in as many rows as its labels need.

    Parameters
    ----------
    above
        Points that it leaves free above the axes.

    Returns
    -------
    height
        Points that the title must leave free.
    """
    if not handles:
        return 0.0
    figure = root(axes)
    figure.draw_without_rendering()  # only then it is known how wide the axes are beside their labels
    lifted = axes.transAxes + ScaledTranslation(0, above / 72, figure.dpi_scale_trans)
    for columns in range(len(handles), 0, -1):
        legend = axes.legend(
            handles=[*handles],
            loc="lower left",
            bbox_to_anchor=(0, 1),
            bbox_transform=lifted,
            ncols=columns,
            frameon=False,
            borderaxespad=0.1,
            borderpad=0.1,
            fontsize="small",
            handlelength=1.2,
            columnspacing=1.2,
        )
        if legend.get_window_extent().width <= axes.get_window_extent().width:
            break
    return _LEGEND_ROW * -(-len(handles) // columns)


def finish(axes: Axes, title: str, subtitle: str, *, legend: Sequence[Artist] = (), above: float = 0.0, note: str = "") -> None:
    """Give axes a title, with what stands behind the picture below it, a legend and small print, and take away what is only frame.

    Parameters
    ----------
    legend
        What the legend between the title and the axes explains.
    above
        Height in points of anything else that stands there, below the legend.
    note
        For `footnote`; may be empty.
    """
    above += legend_above(axes, legend, above)
    axes.set_title(f"{title}\n{subtitle}", loc="left", fontsize="medium", pad=6 + above, parse_math=False, usetex=False)
    open_frame(axes)
    if note:
        footnote(axes, note)


def open_frame(axes: Axes) -> None:
    """Take away the upper and the right edge, and draw a grid below everything."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
