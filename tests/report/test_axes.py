"""Axes of time: the unit follows the range, on the ticks and on the label."""

from __future__ import annotations

import subprocess
import sys

import pytest
from matplotlib.figure import Figure

from rolloutsim.report.plots.axes import ReportAxes, TimeLocator, footnote, legend_above, new_axes, percent_axis, root, time_axis


def ticks(ax):
    low, high = ax.get_xlim()
    ax.figure.draw_without_rendering()
    return [label.get_text() for tick, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True) if low <= tick <= high]


@pytest.mark.parametrize(
    ("end_s", "unit", "shown"),
    [
        (0.8, "s", ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8"]),
        (60, "s", ["0", "10", "20", "30", "40", "50", "60"]),
        (3600, "min", ["0", "10", "20", "30", "40", "50", "60"]),
        (5.2 * 3600, "h", ["0", "1", "2", "3", "4", "5"]),
        (24 * 3600, "h", ["0", "3", "6", "9", "12", "15", "18", "21", "24"]),
        (30 * 86400, "d", ["0", "5", "10", "15", "20", "25", "30"]),
        (3000 * 86400, "d", ["0", "500", "1,000", "1,500", "2,000", "2,500", "3,000"]),
    ],
)
def test_round_ticks_in_the_unit_of_the_range(end_s, unit, shown):
    ax = new_axes()
    ax.set_xlim(0, end_s)
    time_axis(ax.xaxis, "time")
    assert ax.get_xlabel() == f"time ({unit})"
    assert ticks(ax) == shown


def test_narrow_range_far_from_zero_still_has_ticks():
    ax = new_axes()
    ax.set_xlim(6.5 * 3600, 7 * 3600)
    time_axis(ax.xaxis, "time")
    assert ticks(ax) == ["6.5", "6.6", "6.7", "6.8", "6.9", "7"]


def test_zooming_changes_ticks_and_label_of_all_that_share_the_axis():
    first, second = Figure().subplots(1, 2, sharex=True)
    for ax in (first, second):
        ax.plot([0, 7200], [0, 1])
        time_axis(ax.xaxis, f"time of {'first' if ax is first else 'second'}")
    assert (first.get_xlabel(), second.get_xlabel()) == ("time of first (h)", "time of second (h)")
    first.set_xlim(0, 30)
    assert (first.get_xlabel(), second.get_xlabel()) == ("time of first (s)", "time of second (s)")
    second.set_xlim(0, 864000)
    assert (first.get_xlabel(), second.get_xlabel()) == ("time of first (d)", "time of second (d)")


def test_label_that_the_caller_wrote_stays():
    ax = new_axes()
    time_axis(ax.xaxis, "time")
    ax.set_xlabel("since midnight")
    ax.set_xlim(0, 864000)
    assert ax.get_xlabel() == "since midnight"


def test_vertical_axis_works_alike():
    ax = new_axes()
    ax.set_ylim(0, 7200)
    time_axis(ax.yaxis, "wait")
    ax.set_ylim(0, 60)
    assert ax.get_ylabel() == "wait (s)"
    assert isinstance(ax.yaxis.get_major_locator(), TimeLocator)


def test_drawing_twice_on_the_same_axes_keeps_one_locator():
    ax = new_axes()
    time_axis(ax.xaxis, "a")
    locator = ax.xaxis.get_major_locator()
    time_axis(ax.xaxis, "b")
    assert ax.xaxis.get_major_locator() is locator
    assert ax.get_xlabel() == "b (s)"


def test_percent_axis_shows_percent():
    ax = new_axes()
    ax.set_xlim(0, 0.02)
    percent_axis(ax.xaxis, "share")
    assert ax.get_xlabel() == "share (%)"
    assert ticks(ax)[-1] == "2"


def test_new_axes_show_themselves_as_a_picture_and_are_unknown_to_pyplot():
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    ax = new_axes()
    assert isinstance(ax, ReportAxes)
    assert ax._repr_png_().startswith(b"\x89PNG")
    assert pyplot.get_fignums() == before


def test_root_of_axes_on_a_subfigure_is_the_whole_figure():
    figure = Figure()
    assert root(figure.subfigures(1, 2)[0].subfigures(2, 1)[1].subplots()) is figure


def test_legend_takes_the_rows_it_needs_and_none_for_nothing():
    wide, narrow = new_axes(9), new_axes(3)
    handles = [ax.plot([0], [0], label="a label of some length")[0] for ax in (wide,) * 4]
    assert legend_above(wide, []) == 0
    assert wide.get_legend() is None
    assert 0 < legend_above(wide, handles) < legend_above(narrow, handles)


def test_footnote_is_inside_the_picture():
    ax = new_axes()
    ax.set_xlabel("time")
    note = footnote(ax, "two\nlines")
    ax.figure.draw_without_rendering()
    box = note.get_window_extent()
    assert box.y0 >= 0
    assert box.y1 <= ax.xaxis.label.get_window_extent().y0


def test_importing_the_reports_does_not_import_matplotlib_or_pandas():
    heavy = "{'matplotlib', 'pandas', 'scipy', 'rich', 'numba'}"
    code = f"import sys, rolloutsim.report; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
