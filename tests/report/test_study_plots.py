"""What holds for every plot of a study, and that each draws the numbers of its frame."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from rolloutsim.errors import UsageError
from rolloutsim.report.plots import STUDY_PLOTS, plot_difference, plot_frontier, plot_heat_map, plot_response, plot_tornado
from rolloutsim.report.plots.points import lever
from rolloutsim.report.texts import short_paths
from tests.report.study_frames import LEVERS, PERCENTAGE, both, differences, drawn_values, indices, inside, points, some

UNIT = re.compile(r"\((s|min|h|d|%|[kMGT]?B|number)\)$")

FRAMES = {
    "response": lambda: some(PERCENTAGE),
    "heat_map": lambda: some(PERCENTAGE, "network.origin"),
    "frontier": lambda: both(some(PERCENTAGE, "network.origin")),
    "difference": differences,
    "tornado": indices,
}


def missing(frame):
    """Make the second row one that is never, and the third one that is not estimable."""
    frame = frame.reset_index(drop=True)
    frame.loc[1, ["low", "best", "high"]] = [frame.loc[1, "low"], np.inf, np.inf]
    frame.loc[2, ["low", "best", "high"]] = np.nan
    return frame.assign(note=["not estimable, needs 72" if math.isnan(best) else "" for best in frame["best"]])


EDGES = {
    "one row": lambda name: FRAMES[name]().groupby("metric", sort=False).head(1),
    "missing": lambda name: missing(FRAMES[name]()),
    "nothing finite": lambda name: FRAMES[name]().assign(low=np.nan, best=np.nan, high=np.nan),
    "all never": lambda name: FRAMES[name]().assign(low=np.inf, best=np.inf, high=np.inf),
    "all zero": lambda name: FRAMES[name]().assign(low=0.0, best=0.0, high=0.0),
    "long names": lambda name: FRAMES[name]().rename(columns={"network.origin": "fleet." + 12 * "very_long_" + ".rate"}),
}


def test_there_is_a_plot_for_each_question():
    assert sorted(STUDY_PLOTS) == sorted(FRAMES)


@pytest.mark.parametrize("name", FRAMES)
def test_draws_frames_of_its_own_kind_only(name):
    kinds = {"difference": differences, "tornado": indices}
    own = kinds.get(name)
    for frame in {differences, indices, FRAMES["frontier"]} - {own or FRAMES["frontier"]}:
        with pytest.raises(UsageError, match=rf"^plot_{name} draws .*; this frame is of .*, which plot_\w+.* draw"):
            STUDY_PLOTS[name](frame())
    with pytest.raises(UsageError, match=rf"^plot_{name} draws .*, a frame with the columns metric, low"):
        STUDY_PLOTS[name]("study")


@pytest.mark.parametrize("name", FRAMES)
def test_draws_on_the_given_axes_and_opens_no_figure(name):
    before = pyplot.get_fignums()
    figure = Figure()
    ax, other = figure.subplots(1, 2)
    assert STUDY_PLOTS[name](FRAMES[name](), ax=ax) is ax
    assert figure.axes == [ax, other]
    assert not other.has_data()
    assert pyplot.get_fignums() == before


@pytest.mark.parametrize("name", FRAMES)
def test_axes_have_units_and_the_title_shows_n(name):
    ax = STUDY_PLOTS[name](FRAMES[name]())
    panels = ax.child_axes if name in ("heat_map", "difference") else [ax]
    labels = [label for panel in panels for label in (panel.get_xlabel(), panel.get_ylabel())]
    assert any(UNIT.search(label) for label in labels)
    assert re.search(r"n = (400|20)", ax.get_title(loc="left"))


@pytest.mark.slow
@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("name", FRAMES)
def test_edges_are_drawn_and_laid_out_inside_the_figure(name, edge):
    ax = STUDY_PLOTS[name](EDGES[edge](name))
    assert inside(ax.figure)
    assert all(math.isfinite(limit) for limit in (*ax.get_xlim(), *ax.get_ylim()))


@pytest.mark.parametrize("name", FRAMES)
def test_what_is_missing_is_reported(name):
    if name == "tornado":  # whose metrics are finite, or the study is refused
        return
    ax = STUDY_PLOTS[name](missing(FRAMES[name]()))
    texts = " ".join(text.get_text() for panel in (ax, *ax.child_axes) for text in panel.texts)
    assert {"difference": "no finite difference (2 of 4)"}.get(name, "never") in texts
    assert name == "difference" or "not estimable" in texts


@pytest.mark.parametrize("edge", ["nothing finite", "all never"])
@pytest.mark.parametrize("name", ["response", "heat_map", "frontier"])
def test_an_axis_without_a_value_has_no_numbers_and_no_unit(name, edge):
    ax = STUDY_PLOTS[name](EDGES[edge](name))
    axis = (ax.child_axes[0] if name == "heat_map" else ax).yaxis
    assert not len(axis.get_ticklocs())
    assert axis.get_label_text()
    assert not UNIT.search(axis.get_label_text())


# Response ------------------------------------------------------------------------------------------------------------------------------


def line(ax):
    (found,) = [line for line in ax.lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 1]
    return found


def test_numbers_are_drawn_to_scale_with_a_band():
    frame = some(PERCENTAGE)
    ax = plot_response(frame.sample(frac=1, random_state=1))
    np.testing.assert_array_equal(line(ax).get_xdata(), [5, 10, 20, 50])
    np.testing.assert_array_equal(line(ax).get_ydata(), frame["best"])
    (band,) = [band for band in ax.collections if isinstance(band, PolyCollection)]
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices}
    assert {(x, y) for column in ("low", "high") for x, y in zip([5.0, 10, 20, 50], frame[column], strict=True)} <= corners
    assert ax.get_xscale() == "log"  # from 5 to 50
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["5", "10", "20", "50"]


def test_quantities_are_drawn_to_scale_and_labelled_in_one_unit():
    ax = plot_response(some("network.origin"))
    np.testing.assert_array_equal(line(ax).get_xdata(), [5e8, 1e9])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0.5", "1"]
    assert ax.get_xlabel() == "network.origin (Gbit/s)"
    assert ax.get_ylim()[0] == 0  # hours from 0


def test_words_are_drawn_side_by_side_without_a_line():
    ax = plot_response(some("rules.dispatch"))
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["window", "batch"]
    assert not [band for band in ax.collections if isinstance(band, PolyCollection)]
    (bars,) = [bars for bars in ax.collections if isinstance(bars, LineCollection)]
    assert [segment.tolist() for segment in bars.get_segments()] == [[[0, 3000], [0, 4200]], [[1, 6600], [1, 7800]]]


def test_several_levers_are_small_multiples_with_common_limits():
    frame = some(PERCENTAGE, "network.origin", "rules.dispatch")
    ax = plot_response(frame)
    panels = ax.child_axes
    assert [panel.get_title(loc="left") for panel in panels] == [
        f"network.origin = {origin}\nrules.dispatch = {dispatch}"
        for origin in ("0.5 Gbit/s", "1 Gbit/s")  # by size
        for dispatch in LEVERS["rules.dispatch"]
    ]
    assert len({(*panel.get_xlim(), *panel.get_ylim()) for panel in panels}) == 1
    by_size = frame.sort_values("network.origin", ascending=False, kind="stable")
    for panel, ((_, _), rows) in zip(panels, by_size.groupby(["network.origin", "rules.dispatch"], sort=False), strict=True):
        np.testing.assert_array_equal(line(panel).get_ydata(), rows["best"])
    assert [bool(panel.get_ylabel()) for panel in panels] == [True, False, True, False]
    assert [bool(panel.get_xlabel()) for panel in panels] == [False, False, True, True]


def test_panels_are_sorted_by_value_whatever_the_order_of_rows():
    frame = some(PERCENTAGE, "network.origin").sample(frac=1, random_state=3)
    ax = plot_response(frame, levers=["network.origin", PERCENTAGE])
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == [f"…concurrentDeploymentPercentage = {n}" for n in (5, 10, 20, 50)]
    for panel, value in zip(ax.child_axes, (5, 10, 20, 50), strict=True):
        own = frame[frame[PERCENTAGE] == value].sort_values("network.origin", ascending=False)  # 500 Mbit/s, 1 Gbit/s
        np.testing.assert_array_equal(line(panel).get_ydata(), own["best"])


def test_levers_of_one_value_are_not_drawn_unless_named():
    frame = some("rules.dispatch", PERCENTAGE, count=3)
    frame = frame[frame["rules.dispatch"] == "batch"]
    assert plot_response(frame).get_xlabel() == PERCENTAGE
    assert plot_response(frame, levers=["rules.dispatch", PERCENTAGE]).child_axes[0].get_xlabel() == "rules.dispatch"


def test_drawn_values_have_their_units():
    response, heat = plot_response(drawn_values()), plot_heat_map(drawn_values())
    assert [panel.get_title(loc="left") for panel in response.child_axes] == [
        "application.bundle = 231.1 MB",
        "application.bundle = 324 MB",
    ]
    for ax in (response.child_axes[0], heat):
        assert [tick.get_text() for tick in ax.get_xticklabels()] == ["8.367", "15.05"]
        assert ax.get_xlabel() == "fleet.dock.link.rate (Mbit/s)"
    assert {text.get_text() for text in plot_frontier(both(drawn_values())).texts} >= {"8.37 Mbit/s, 231 MB", "15.1 Mbit/s, 324 MB"}


def test_points_that_are_no_numbers_stand_at_the_edges():
    ax = plot_response(missing(some(PERCENTAGE)))
    marks = {line.get_marker(): line.get_xdata().tolist() for line in ax.lines if line.get_marker() in ("^", "x")}
    assert marks == {"^": [10.0], "x": [20.0]}
    (note,) = [text.get_text() for text in ax.texts]
    assert note == "▲ never: 1 of 4, × not estimable: 1 of 4 (not estimable, needs 72)"


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: plot_response(both(some(PERCENTAGE))), "metric= is needed: the frame has time_to_complete.p95, abort_probability"),
        (lambda: plot_response(some(PERCENTAGE), metric="slot"), "the frame has no metric slot; it has time_to_complete.p95"),
        (lambda: plot_response(some(PERCENTAGE), levers=["a.b"]), f"there is no lever a.b; the frame has {PERCENTAGE}"),
        (lambda: plot_response(some(PERCENTAGE, "rules.dispatch"), levers=[PERCENTAGE]), f"several points have the same {PERCENTAGE}"),
        (lambda: plot_response(points({"a.b": [1], "c.d": range(30)}), levers=["a.b", "c.d"]), "30 panels are too many to be read"),
        (lambda: plot_heat_map(some(PERCENTAGE)), f"levers= needs two of {PERCENTAGE}"),
        (lambda: plot_heat_map(some(*LEVERS), levers=[PERCENTAGE, "network.origin"]), "several points have the same"),
        (lambda: plot_frontier(some(PERCENTAGE)), "a frontier lies between two metrics; the frame has time_to_complete.p95"),
        (lambda: plot_frontier(pd.concat([both(some(PERCENTAGE))] * 2)), "several points have the same levers"),
        (lambda: plot_frontier(both(some(PERCENTAGE)).iloc[[0, 5]]), "no point has both metrics"),
        (lambda: plot_tornado(indices()[lambda rows: rows["index"] == "mu"]), "no index that ranks inputs"),
    ],
)
def test_what_cannot_be_drawn_is_reported(draw, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        draw()


def test_levers_of_other_types_are_words():
    def drawn(values):
        return lever(pd.DataFrame({"a.b": values}), "a.b")

    assert not drawn([True, False]).numeric
    assert not drawn(["5 s", "5 MB"]).numeric
    assert not drawn(["none", 5]).numeric
    assert list(drawn([{"constant": "1 s"}, {"constant": "1 s"}]).places) == [0.0, 0.0]


def test_paths_are_shortened_without_becoming_the_same():
    assert short_paths(["a.b.c", "d.b.c"], room=3) == {"a.b.c": "a.b.c", "d.b.c": "d.b.c"}
    assert short_paths(["a.b.c", "a.b.d"], room=3) == {"a.b.c": "…b.c", "a.b.d": "…b.d"}


# Heat map ------------------------------------------------------------------------------------------------------------------------------


def test_cells_have_the_values_and_intervals_of_their_points():
    ax = plot_heat_map(some(PERCENTAGE, "network.origin"))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["0.5", "1"]  # by size
    assert ax.get_ylabel() == "network.origin (Gbit/s)"
    texts = {text.get_position(): text.get_text() for text in ax.texts}
    assert texts[0, 1] == "1.00 h\n[0.83, 1.17]"  # the unit of the longest
    assert texts[3, 0] == "8.00 h\n[7.83, 8.17]"
    assert len(texts) == 8


def test_a_third_lever_of_one_value_is_reported():
    frame = some(PERCENTAGE, "network.origin", "rules.dispatch")
    ax = plot_heat_map(frame[frame["rules.dispatch"] == "batch"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == (PERCENTAGE, "network.origin (Gbit/s)")
    assert ax.get_title(loc="left").endswith("\nrules.dispatch = batch")


def test_cells_without_a_number_are_hatched():
    ax = plot_heat_map(missing(some(PERCENTAGE, "network.origin")))
    hatched = [patch.get_xy() for patch in ax.patches if patch.get_hatch()]
    assert sorted(hatched) == [(-0.5, -0.5), (0.5, 0.5)]
    assert "not estimable" in [text.get_text() for text in ax.texts]


@pytest.mark.slow
def test_small_cells_have_no_text():
    ax = plot_heat_map(points({"a.b": range(40), "c.d": range(40)}), ax=Figure(figsize=(4, 4)).add_subplot())
    assert not ax.texts


# Differences ---------------------------------------------------------------------------------------------------------------------------


def test_units_are_drawn_apart_each_with_a_line_at_zero():
    ax = plot_difference(differences())
    assert [panel.get_xlabel() for panel in ax.child_axes] == ["difference (min)", "difference (pp)", "difference (number)"]
    assert all(any(list(line.get_xdata()) == [0, 0] for line in panel.lines) for panel in ax.child_axes)
    assert [tick.get_text() for tick in ax.child_axes[1].get_yticklabels()] == ["abort_probability"]


def test_intervals_and_verdicts_of_differences():
    ax = plot_difference(differences().iloc[:2])
    spans = [tuple(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2]
    assert spans == [(0, 0), (-300.0, -100.0), (-20.0, 40.0)]
    assert [text.get_text() for text in ax.texts] == ["-3.33 min [-5.00, -1.67]", "~ 0.17 min [-0.33, 0.67]"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["better", "~ undecided"]


def test_texts_stand_beside_their_intervals_away_from_zero():
    ax = plot_difference(differences().iloc[:2])
    less, more = ax.texts
    assert (less.xy, less.get_ha()) == ((-300.0, 0), "right")
    assert (more.xy, more.get_ha()) == ((40.0, 1), "left")
    ax.figure.draw_without_rendering()
    page = ax.get_window_extent()
    assert all(page.x0 <= text.get_window_extent().x0 and text.get_window_extent().x1 <= page.x1 for text in ax.texts)


def test_a_verdict_counts_more_than_the_interval():
    # Of many metrics one interval without zero is no proof: Holm.
    ax = plot_difference(differences().iloc[:1].assign(verdict="~"))
    assert [text.get_text() for text in ax.texts] == ["~ -3.33 min [-5.00, -1.67]"]


def test_without_verdicts_the_interval_decides():
    ax = plot_difference(differences().drop(columns="verdict").iloc[:2])
    assert [text.get_text() for text in ax.texts] == ["-3.33 min [-5.00, -1.67]", "~ 0.17 min [-0.33, 0.67]"]


def test_several_alternatives_are_named():
    frame = pd.concat([differences().iloc[:1], differences().iloc[:1].assign(alternative="c")])
    assert [tick.get_text() for tick in plot_difference(frame).get_yticklabels()] == ["b: time_to_complete.p95", "c: time_to_complete.p95"]


def test_nothing_compared_is_reported():
    assert [text.get_text() for text in plot_difference(differences().iloc[:0]).texts] == ["nothing was compared"]


# Tornado -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_the_largest_bar_is_on_top_and_the_floor_is_drawn(method):
    ax = plot_tornado(indices(method))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["fleet.dock.link.rate", "a.b", "application.bundle"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first is on top
    bars = {round(patch.get_y() + patch.get_height() / 2): patch.get_width() for patch in ax.patches}
    assert bars == {0: 0.9, 1: 0.5, 2: 0.2}
    (floor,) = [lines for lines in ax.collections if lines.get_label() == "noise floor"]
    assert {segment[0][0] for segment in floor.get_segments()} == {0.3}
    assert [text.get_text() for text in ax.texts] == ["falls with it", "both ways", "~"]
    spans = {tuple(segment[:, 0]) for lines in ax.collections for segment in lines.get_segments()}
    assert {(0.8 * best, 1.3 * best) for best in (0.9, 0.5, 0.2)} <= spans
    words = {text.get_text() for text in ax.get_legend().get_texts()}
    named = ("average effect", "how unevenly: bent, or together with others")
    assert words >= {*(named if method == "morris" else ("share with all its interactions", "share of it alone"))}
    assert not any(index in word for word in words for index in ("mu", "sigma", "ST", "S1"))


@pytest.mark.parametrize("path", ["application.bundle", "fleet.dock.connectivity.renewal.down.exponential.mean"])
def test_the_legend_stays_within_the_axes(path):
    frame = indices().assign(decided=lambda rows: rows["input"] == "a.b")
    ax = plot_tornado(frame.assign(input=frame["input"].replace("application.bundle", path)))
    ax.figure.draw_without_rendering()
    assert ax.get_legend().get_window_extent().x1 <= ax.get_window_extent().x1
    assert len(ax.get_legend().get_texts()) == 4


def test_a_floor_that_is_not_known_is_reported():
    ax = plot_tornado(indices().assign(floor=np.nan, decided=False))
    assert "Without a noise floor: too few replicates to estimate it." in [text.get_text() for text in ax.texts]
    assert "noise floor" not in [text.get_text() for text in ax.get_legend().get_texts()]
